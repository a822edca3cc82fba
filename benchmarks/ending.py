"""How the benchmarks' commands end: whatever is wrong is one line on stderr, and an exit status that says what it was."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from agent.errors import SangakuError
from sandbox import SandboxError

__all__ = ["run_and_exit"]


def run_and_exit(
    command: click.Command, name: str, arguments: Sequence[str] | None, *, without_sandbox: str = ""
) -> NoReturn:
    """Run ``command``, called ``name``, and exit. ``without_sandbox``: what else to give where no sandbox is to be had."""
    try:
        code = command.main(arguments, prog_name=name, standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except click.ClickException as error:
        code = _tell(f"{error.format_message().rstrip('.')}. See `{name} --help`.", 2)
    except SandboxError as error:
        code = _tell(f"{error.message}. {error.advice} {without_sandbox}".rstrip(), 4)
    except SangakuError as error:
        code = _tell(f"{error.message}. {error.advice}", error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        code = _tell("Interrupted.", 130)
    except BrokenPipeError:
        # The reader (head, less) has what it wanted; Python must not fail again when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = 128 + signal.SIGPIPE
    except asyncio.CancelledError:  # SIGTERM
        code = 128 + signal.SIGTERM
    sys.exit(code if isinstance(code, int) else 0)


def _tell(message: str, code: int) -> int:
    click.echo(f"Error: {message}", err=True)
    return code

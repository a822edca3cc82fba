"""The commands `sangaku` and `solve`. This is the only place that reads the environment and writes to the terminal."""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any, NoReturn

import click

from agent.cli.clean import clean
from agent.cli.lazy import LazyGroup
from agent.errors import SangakuError

__all__ = ["main", "solve_main"]

_COMMANDS = {
    "bench": ("benchmarks.cli", "bench", "Run models and strategies over problem sets, compare them, report on them."),
    "doctor": ("agent.cli.doctor", "doctor", "Check what this machine has, and say how to mend what is missing."),
    "grade": ("agent.cli.grade", "grade", "Grade predictions against gold answers."),
    "lexicon": ("agent.cli.lexicon", "lexicon", "Look mathematical terms up, and check terms of your own."),
    "model": ("agent.cli.model", "model", "Fetch, list and find model files."),
    "replay": ("agent.cli.trace", "replay", "Run the programs of a saved trace again, without a model."),
    "sandbox": ("agent.cli.sandbox", "sandbox", "Build, inspect and use the sandbox."),
    "screen": ("agent.cli.screen", "screen", "Show what is degenerate in a text."),
    "show": ("agent.cli.trace", "show", "Render a saved trace again."),
    "solve": ("agent.cli.solve", "solve", "Solve one problem."),
}


@click.command(
    cls=LazyGroup,
    commands=_COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="sangaku", prog_name="sangaku")
def _sangaku() -> None:
    """A math solver agent: a language model writes Python, a sealed sandbox runs it, and the answer is what it computed."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """The command `sangaku`."""
    _run(_sangaku, "sangaku", sys.argv[1:] if arguments is None else arguments)


def solve_main(arguments: list[str] | None = None) -> NoReturn:
    """The command `solve`, which is `sangaku solve`."""
    from agent.cli.solve import solve

    _run(solve, "solve", sys.argv[1:] if arguments is None else arguments)


def _run(command: click.Command, name: str, arguments: list[str]) -> NoReturn:
    as_json = "--json" in arguments
    try:
        code = command.main(arguments, prog_name=name, standalone_mode=False)
        sys.stdout.flush()
    except SangakuError as error:
        code = _tell(type(error).__name__, error.message, error.advice, as_json=as_json, code=error.exit_code)
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        code = 2
    except click.ClickException as error:
        command_path = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else name
        advice = f"See `{command_path} --help`."
        if "unexpected extra argument" in error.format_message() and command_path.endswith("solve"):
            advice = f'Put the problem in quotes: {name} "…".'
        code = _tell("UsageError", error.format_message().rstrip("."), advice, as_json=as_json, code=2)
    except (KeyboardInterrupt, click.Abort):
        code = _tell("Interrupted", "interrupted", "", as_json=as_json, code=130)
    except BrokenPipeError:
        # The reader (head, less) has what it wanted; Python must not fail again when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = 128 + signal.SIGPIPE
    except Exception as error:
        if os.environ.get("SANGAKU_DEBUG"):
            raise
        advice = "This is a defect of Sangaku; SANGAKU_DEBUG=1 shows the traceback to report."
        code = _tell("InternalError", f"{type(error).__name__}: {error}", advice, as_json=as_json, code=70)
    sys.exit(code if isinstance(code, int) else 0)


def _tell(kind: str, message: str, advice: str, *, as_json: bool, code: int) -> int:
    """One line on stderr for people; with --json the same as an object on stdout."""
    if as_json:
        failure: dict[str, Any] = {"error": {"type": kind, "message": message, "advice": advice}}
        # A lone surrogate (a file name that is no UTF-8) goes out as the escape that JSON has for it.
        click.echo(json.dumps(failure, ensure_ascii=False).encode("utf-8", "backslashreplace").decode("utf-8"))
    else:
        first = message.split(maxsplit=1)[0] if message.strip() else ""
        line = (
            f"{message[:1].upper()}{message[1:]}" if first.isalpha() else message
        )  # no capital for addresses and paths
        line = line if line.endswith(("?", "!")) else f"{line.rstrip('.')}."
        words = " ".join(clean(f"{line} {advice}").split())
        click.echo(f"{click.style('Error:', fg='red', bold=True)} {words}", err=True)
    return code

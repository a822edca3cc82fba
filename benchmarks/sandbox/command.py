"""The command line of the benchmark: options in, tables or JSON out, progress on stderr."""

from __future__ import annotations

import asyncio
import signal
import time
from dataclasses import replace
from typing import NoReturn

import click

from benchmarks.ending import run_and_exit
from benchmarks.sandbox.measure import QUICK, Plan
from benchmarks.sandbox.run import Results, run
from sandbox import BACKENDS, BackendName

__all__ = ["main"]

NAME = "python -m benchmarks.sandbox"


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--json", "as_json", is_flag=True, help="JSON alone on stdout; the last line is the summary.")
@click.option(
    "--backend", "names", multiple=True, type=click.Choice(BACKENDS), help="Only this one; may be given again.  [all]"
)
@click.option("--no-peers", is_flag=True, help="Leave out llm-sandbox, ipykernel and smolagents.")
@click.option("--quick", is_flag=True, help="A few samples: to see that it works. The numbers mean nothing.")
@click.option("--rounds", type=click.IntRange(1, 1_000_000), help=f"Rounds of turns.  [{Plan().rounds}]")
@click.option("--soak", type=click.IntRange(0, 100_000_000), default=0, metavar="N", help="Then N programs in a row.")
@click.pass_context
def _command(
    context: click.Context,
    as_json: bool,
    names: tuple[BackendName, ...],
    no_peers: bool,
    quick: bool,
    rounds: int | None,
    soak: int,
) -> None:
    """Measure what the sandbox costs, beside a bare fork, a container for each program, and other sandboxes.

    Everything takes turns in one run on the same programs; about ten minutes. Exits with 1 where Sangaku gave a wrong answer
    or no backend could be measured, whether goals are met or not.
    """
    plan = QUICK if quick else Plan()
    if rounds is not None:
        plan = replace(
            plan, rounds=rounds, slow_rounds=min(plan.slow_rounds, rounds), fresh_rounds=min(plan.fresh_rounds, rounds)
        )
    chosen = [name for name in BACKENDS if name in names or not names]
    results = asyncio.run(_run(plan, chosen, peers=not no_peers, soak=soak))
    _tell(results, as_json=as_json)
    wrong = any(name.partition(" ")[0] in BACKENDS for name, *_ in results.errors) or any(
        s.errors for s in results.soaks
    )
    context.exit(1 if wrong or not results.backends else 0)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command and exit; whatever is wrong is one line on stderr."""
    run_and_exit(_command, NAME, arguments)


async def _run(plan: Plan, backends: list[BackendName], *, peers: bool, soak: int) -> Results:
    task = asyncio.current_task()
    assert task is not None
    # As Ctrl-C: everything that was started is stopped.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    started = time.monotonic()

    def say(line: str) -> None:
        click.echo(f"[{time.monotonic() - started:4.0f} s] {line}", err=True)

    return await run(plan, backends, peers=peers, soak_programs=soak, say=say)


def _tell(results: Results, *, as_json: bool) -> None:
    from benchmarks.sandbox.report import show, to_lines

    if as_json:
        for line in to_lines(results):
            click.echo(line)
        return
    from rich.console import Console

    console = Console()
    show(results, console if console.is_terminal else Console(width=120))

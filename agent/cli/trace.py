"""`show` and `replay`: a saved solution, drawn again and run again."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import click

from agent.cli.clean import clean
from agent.cli.options import json_option, sandbox_option

__all__ = ["replay", "show"]


@click.command()
@click.argument("trace", type=click.Path(path_type=Path))
@json_option("the solution")
def show(trace: Path, *, as_json: bool) -> int:
    """Render TRACE, a file written by `solve --save`, again."""
    from rich.console import Console

    from agent.cli.view import View
    from agent.trace import events_of, load

    solution = load(trace)
    if as_json:
        click.echo(solution.model_dump_json())
    else:
        view = View(Console())
        for event in events_of(solution):
            view.show(event)
    return 0


@click.command()
@click.argument("trace", type=click.Path(path_type=Path))
@sandbox_option
@json_option("one line for each program")
def replay(trace: Path, *, sandbox: Any, as_json: bool) -> int:
    """Run the programs of TRACE again, without a model, and compare. Exit status 1 where one does something else."""
    from rich.console import Console

    from agent.trace import load

    return asyncio.run(_replay(load(trace), sandbox, as_json, Console()))


async def _replay(solution: Any, sandbox: Any, as_json: bool, console: Any) -> int:
    from rich.table import Table
    from rich.text import Text

    from agent.trace import rerun
    from sandbox import open_sandbox

    table = Table("attempt", "turn", "recorded", "now", "output now", "")
    different = count = 0
    async with await open_sandbox(sandbox, workers=1) as box:
        async for run in rerun(solution, box):
            count += 1
            different += not run.same
            if as_json:
                line = {"attempt": run.attempt, "turn": run.turn, "same": run.same, "status": run.now.status.value}
                click.echo(json.dumps({**line, "recorded": run.before.status.value, "stdout": run.now.stdout}))
            mark = Text("same", style="green") if run.same else Text("different", style="red")
            last = (run.now.stdout.strip() or run.now.message).splitlines()[-1:]
            output = Text(clean("".join(last)[:60]))
            table.add_row(
                str(run.attempt + 1), str(run.turn + 1), run.before.status.value, run.now.status.value, output, mark
            )
    if not as_json:
        console.print(table if count else "the trace holds no program that ran")
    return 1 if different else 0

"""The command: CPU of this process for each problem, problems a second, and how memory grows with the number of problems.

The model is a script without latency, the programs print a number; they run in the real sandbox, whose processes are not counted
in the CPU, and neither are the comparison's. Memory is that of this process after a tenth of the problems and at the end.
"""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import click
from langchain_core.messages import BaseMessage
from rich.console import Console
from rich.table import Table

from agent.config import SolverConfig
from agent.equivalence import Comparer
from agent.solver import Solver
from agent.testing import ScriptedModel
from agent.types import Problem
from benchmarks.ending import run_and_exit
from benchmarks.problem_sets import Item, ProblemSet
from benchmarks.run import sweep
from benchmarks.strategy import strategies

__all__ = ["main", "measure"]


def _items(count: int) -> Iterator[Item]:
    for number in range(count):
        text = f"A shelf holds {number} books and gets {number % 97} more. How many are there?"
        yield Item(set="made", problem=Problem(id=f"{number:07}", text=text), gold=(str(number + number % 97),))


def _reply(messages: Sequence[BaseMessage]) -> str:
    numbers = re.findall(r"holds (\d+) books and gets (\d+) more", str(messages[-1].content))
    first, second = numbers[-1] if numbers else ("1", "2")
    return f"```python\nprint({first} + {second})\n```"


def _resident_mb() -> float:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


async def measure(problems: int, *, concurrency: int = 8, sandbox: Any = "auto") -> dict[str, float]:
    """``cpu_ms_per_problem`` of this process, ``problems_per_s``, and ``rss_growth_mb`` from a tenth of the problems to the end."""
    made = ProblemSet(name="made", source="made", digest="made", read=lambda: _items(problems))
    config = SolverConfig()
    model = ScriptedModel(by=_reply, keep=False, piece=10_000)
    chosen = strategies(["agent"], {})
    solver = Solver(model=model, sandbox=sandbox, config=config, workers=2)
    marks: dict[str, float] = {}
    done = right = 0
    with tempfile.TemporaryDirectory() as folder:
        async with solver:
            _, _, profile = await solver.aopen()
            async with Comparer(profile.backend, workers=1) as comparer:
                started, used = time.monotonic(), time.process_time()
                stream = sweep(
                    [made], chosen, solver=solver, comparer=comparer, out=Path(folder), concurrency=concurrency
                )
                async with aclosing(stream) as records:
                    async for record in records:
                        done += 1
                        right += record.graded.outcome == "right"
                        if done == max(1, problems // 10):
                            marks["rss"] = _resident_mb()
                seconds, cpu = time.monotonic() - started, time.process_time() - used
    assert right == done == problems, "the scripted problems are all solved"
    return {
        "cpu_ms_per_problem": round(cpu / problems * 1000, 2),
        "problems_per_s": round(problems / seconds, 1),
        "rss_growth_mb": round(_resident_mb() - marks["rss"], 1),
    }


@click.command()
@click.option("--problems", type=click.IntRange(10), default=2000, show_default=True, help="How many.")
@click.option("--concurrency", type=click.IntRange(1), default=8, show_default=True, help="Problems in hand at once.")
@click.option(
    "--sandbox",
    type=click.Choice(["auto", "docker", "bubblewrap", "process"]),
    default="auto",
    show_default=True,
    help="Where the programs run.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON on the last line of stdout.")
def overhead(problems: int, concurrency: int, sandbox: str, as_json: bool) -> int:
    """Measure what Sangaku itself costs, with a scripted model and trivial programs."""
    found = asyncio.run(measure(problems, concurrency=concurrency, sandbox=sandbox))
    if as_json:
        click.echo(json.dumps(found))
        return 0
    table = Table("", f"{problems} problems")
    for name, value in found.items():
        table.add_row(name.replace("_", " "), str(value))
    Console().print(table)
    return 0


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line; exits."""
    run_and_exit(overhead, "python -m benchmarks.overhead", arguments)

"""`sangaku bench`: sweeps over problem sets."""

from __future__ import annotations

import click

from agent.cli.lazy import LazyGroup

__all__ = ["bench"]

_COMMANDS = {
    "compare": ("benchmarks.cli.compare", "compare", "Compare strategies or runs on the problems that they share."),
    "report": ("benchmarks.cli.report", "report", "Make a page, a Markdown table and CSV files of runs."),
    "run": ("benchmarks.cli.run", "run", "Solve problem sets with one or more strategies; resumes."),
    "sets": ("benchmarks.cli.sets", "sets", "List the problem sets, or look at the problems of one."),
    "strip": ("benchmarks.cli.strip", "strip", "Copy a run without the texts of problems and completions."),
}


@click.command(cls=LazyGroup, commands=_COMMANDS)
def bench() -> None:
    """Run models and strategies over problem sets, compare them, report on them."""

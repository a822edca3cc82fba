"""Sweeps from Python: the same as `sangaku bench`.

from benchmarks import open_set, run, strategies          # run(…) is an asynchronous iterator of Record
from benchmarks import RunFolder, compare, summarise, frame  # what a folder holds: typed, or as a pandas DataFrame
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.compare import Comparison, Contender, compare, contenders
    from benchmarks.folder import RunFolder
    from benchmarks.frame import frame
    from benchmarks.metrics import Summary, summarise
    from benchmarks.problem_sets import Columns, Item, ProblemSet, open_set
    from benchmarks.records import Graded, Record
    from benchmarks.run import Budget, Patience, run
    from benchmarks.strategies import Strategy, strategies

_HOME = {
    "Budget": "run",
    "Columns": "problem_sets",
    "Comparison": "compare",
    "Contender": "compare",
    "Graded": "records",
    "Item": "problem_sets",
    "Patience": "run",
    "ProblemSet": "problem_sets",
    "Record": "records",
    "RunFolder": "folder",
    "Strategy": "strategies",
    "Summary": "metrics",
    "compare": "compare",
    "contenders": "compare",
    "frame": "frame",
    "open_set": "problem_sets",
    "run": "run",
    "strategies": "strategies",
    "summarise": "metrics",
}

__all__ = [
    "Budget",
    "Columns",
    "Comparison",
    "Contender",
    "Graded",
    "Item",
    "Patience",
    "ProblemSet",
    "Record",
    "RunFolder",
    "Strategy",
    "Summary",
    "compare",
    "contenders",
    "frame",
    "open_set",
    "run",
    "strategies",
    "summarise",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"benchmarks.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__

"""Sweeps from Python: the same as `sangaku bench`.

from benchmarks import open_set, strategies, sweep           # sweep(…) is an asynchronous iterator of Record
from benchmarks import RunFolder, compare_all, summarise, frame  # what a folder holds: typed, or as a pandas DataFrame

No public name is that of a module of this package, since importing a module would replace it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.compare import Comparison, Contender, compare_all, contenders
    from benchmarks.dataframe import frame
    from benchmarks.folder import RunFolder
    from benchmarks.metrics import Summary, summarise
    from benchmarks.problem_sets import Columns, Item, ProblemSet, open_set
    from benchmarks.records import Graded, Record
    from benchmarks.run import Budget, Patience, sweep
    from benchmarks.strategy import Strategy, strategies

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
    "Strategy": "strategy",
    "Summary": "metrics",
    "compare_all": "compare",
    "contenders": "compare",
    "frame": "dataframe",
    "open_set": "problem_sets",
    "strategies": "strategy",
    "summarise": "metrics",
    "sweep": "run",
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
    "compare_all",
    "contenders",
    "frame",
    "open_set",
    "strategies",
    "summarise",
    "sweep",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"benchmarks.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__

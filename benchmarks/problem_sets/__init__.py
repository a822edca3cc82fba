"""Problem sets for sweeps: problems with their gold answers, from files, from what is shipped, from a seed, or from the hub.

`open_set` takes a name or a file and gives a `ProblemSet`, which streams `Item`s as often as it is asked to and names the rows
that it leaves out. `available` lists the names.
"""

from __future__ import annotations

from benchmarks.problem_sets.columns import Columns
from benchmarks.problem_sets.item import Item
from benchmarks.problem_sets.offers import Offer, available
from benchmarks.problem_sets.opening import open_set
from benchmarks.problem_sets.problem_set import ProblemSet
from benchmarks.problem_sets.rows import Skipped

__all__ = ["Columns", "Item", "Offer", "ProblemSet", "Skipped", "available", "open_set"]

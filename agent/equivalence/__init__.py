"""Equivalence: is a predicted answer the gold one, by the conventions of school mathematics?

`equivalent` reads both texts (`reading`), has a sandbox worker parse their leaves and compare, and says `equal`, `different` or
`undecided`. A time-out or a text that nobody can read is undecided, never different.
"""

from __future__ import annotations

from agent.equivalence.comparer import Comparer, classes, equivalent
from agent.equivalence.expressing import Expressed
from agent.equivalence.verdict import Mode, Pair, Verdict

__all__ = ["Comparer", "Expressed", "Mode", "Pair", "Verdict", "classes", "equivalent"]

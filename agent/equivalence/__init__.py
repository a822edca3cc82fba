"""Equivalence: is a predicted answer the gold one, by the conventions of school mathematics?

`equivalent` reads both texts (`reading`), has a sandbox worker parse their leaves and compare, and says `equal`, `different` or
`undecided`. A time-out or a text that nobody can read is undecided, never different.
"""

from __future__ import annotations

from agent.equivalence.comparer import Comparer, Mode, Verdict, classes, equivalent

__all__ = ["Comparer", "Mode", "Verdict", "classes", "equivalent"]

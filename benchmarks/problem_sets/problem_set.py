"""ProblemSet: items that can be gone through as often as asked, one at a time, and what is known about where they come from."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from agent.errors import UsageError
from benchmarks.problem_sets.item import Item
from benchmarks.problem_sets.rows import Skipped

__all__ = ["ProblemSet"]

_NEAR = 2000
"""Items among which an id like a missing one is looked for."""


@dataclass(frozen=True, kw_only=True)
class ProblemSet:
    name: str
    source: str
    """Where the items come from, with revision and licence where they are known; in one line, for a manifest."""
    digest: str
    """SHA-256 of the bytes that the items are read from; of the parameters where they are made."""
    read: Callable[[], Iterator[Item | Skipped]]
    """Starts from the beginning each time."""
    keep: Callable[[Item], bool] | None = None
    limit: int | None = None
    ids: frozenset[str] = frozenset()

    def __iter__(self) -> Iterator[Item]:
        return self.items()

    def items(self, *, on_skip: Callable[[Skipped], None] | None = None) -> Iterator[Item]:
        """The items; rows that are left out go to ``on_skip``. Raises `UsageError` where not one is left, or an id is missing.

        Ends as soon as ``limit`` items were had, or all ``ids``: rows behind them are not looked at.
        """
        count = passed = 0
        first: Skipped | None = None
        missing = set(self.ids)
        near: dict[str, str] = {}
        for found in self.read():
            if isinstance(found, Skipped):
                first = first or found
                if on_skip is not None:
                    on_skip(found)
                continue
            if self.keep is not None and not self.keep(found):
                continue
            if self.ids and found.id not in missing:
                passed += 1
                if passed <= _NEAR:
                    near |= dict.fromkeys(difflib.get_close_matches(found.id, missing, n=1, cutoff=0.8), found.id)
                continue
            missing.discard(found.id)
            count += 1
            yield found
            if count == self.limit or (self.ids and not missing):
                break
        if missing and count != self.limit:
            identity = sorted(missing)[0]
            hint = f"Did you mean {near[identity]}? " if identity in near else ""
            raise UsageError(
                f"{self.name} has no problem with the id {identity[:80]!r}",
                advice=f"{hint}`sangaku bench sets {self.name}` shows its first ones.",
            )
        if not count:
            why = f": line {first.line} {first.reason}" if first is not None else ""
            raise UsageError(
                f"{self.name} holds no problem{why}",
                advice='Give one object a line: {"id": 1, "problem": "…", "answer": "…"}.',
            )

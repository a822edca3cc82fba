"""What cards, plots and Markdown share: a contender with its summary, and how shares are told.

The numbers are `benchmarks.metrics`'; nothing is computed here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from benchmarks.metrics import Group, Summary
from benchmarks.report.frame import Value
from benchmarks.share import Share

__all__ = ["GROUPINGS", "Entry", "amount", "drawn", "interval", "told"]

GROUPINGS = ("category", "level", "set", "language")


@dataclass(frozen=True)
class Entry:
    """One strategy of one run, as the report names it."""

    label: str
    summary: Summary

    def groups(self, what: str) -> dict[str, Group]:
        """``what`` is one of `GROUPINGS`."""
        by = {
            "category": self.summary.by_category,
            "level": self.summary.by_level,
            "set": self.summary.by_set,
            "language": self.summary.by_language,
        }
        return {group.name: group for group in by[what]}

    @property
    def causes(self) -> Counter[str]:
        """How many problems have each cause; failures are among them."""
        parts = (*self.summary.causes, *self.summary.failures)
        return Counter({part.name: round(part.share.hits) for part in parts})


def told(share: float | None) -> str:
    return "—" if share is None else f"{share:.1%}"


def interval(share: Share) -> str:
    return f"{told(share.low)} to {told(share.high)}"


def amount(number: float | None, digits: int = 0) -> str:
    return "—" if number is None else f"{number:,.{digits}f}"


def drawn(share: Share, name: str) -> Value | None:
    """A share on a plot; None where there is nothing that it would be a share of."""
    if share.value is None:
        return None
    return Value(
        share.value, share.low, share.high, f"{name}: {told(share.value)} ({interval(share)}; n = {share.n:,})"
    )

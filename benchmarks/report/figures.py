"""The numbers that a report shows of each contender, whatever computed them. Plots, cards and Markdown are made from these alone.

Covers the values and their words. Computing them is `benchmarks.metrics`' task; `benchmarks.report.sources` asks it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.report.frame import Value

__all__ = ["Contender", "Mean", "OverTurns", "Share", "told_percent"]


def told_percent(share: float) -> str:
    return f"{share:.1%}"


@dataclass(frozen=True)
class Share:
    """``hits`` of ``n`` with an interval; ``value`` may be an estimate that is no plain hits / n (pass@k)."""

    value: float
    low: float
    high: float
    n: int

    @property
    def interval(self) -> str:
        return f"{told_percent(self.low)} to {told_percent(self.high)}"

    def drawn(self, name: str) -> Value:
        return Value(
            self.value, self.low, self.high, f"{name}: {told_percent(self.value)} ({self.interval}; n = {self.n:,})"
        )


@dataclass(frozen=True)
class Mean:
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class OverTurns:
    """How many problems are right after so many turns, and what the last of them gained and lost."""

    turn: int
    accuracy: Share
    gained: int = 0
    lost: int = 0


@dataclass(frozen=True)
class Contender:
    """One strategy of one run."""

    label: str
    problems: int
    """With what failed."""
    accuracy: Share
    """Over all problems but those that failed: that is our fault, and never counts as wrong."""
    outcomes: Mapping[str, int]
    causes: Mapping[str, int]
    """Of what is not right, failures included."""
    tokens: Mean
    """Completion tokens for a problem."""
    tokens_per_right: float | None
    seconds: float
    sandbox_share: float | None
    """Of the time that model and programs took together, what programs took."""
    by: Mapping[str, Mapping[str, Share]] = field(default_factory=dict)
    """category, level, set → its words → accuracy."""
    majority: tuple[tuple[int, Share], ...] = ()
    passed: tuple[tuple[int, Share], ...] = ()
    turns: tuple[OverTurns, ...] = ()
    risk: tuple[tuple[float, Share], ...] = ()
    """Coverage → accuracy on the problems that are answered at that confidence."""

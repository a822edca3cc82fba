"""Figures: the table of a run's strategies, one line each, within 80 columns."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from benchmarks.metrics import Summary

__all__ = ["table"]

_COLUMNS = ("n", "right", "acc.", "95 %", "abst.", "undec.", "failed", "tokens", "s")


def table(summaries: Sequence[Summary]) -> Table:
    """Accuracy with its interval, what is missing from it, and what a problem cost: tokens written, wall seconds."""
    drawn = Table("strategy", box=SIMPLE_HEAD, padding=(0, 1), collapse_padding=True)
    for name in _COLUMNS:
        drawn.add_column(name, justify="right", no_wrap=True)
    for one in summaries:
        share, seconds = one.accuracy, one.seconds
        drawn.add_row(
            one.strategy,
            str(one.n),
            str(one.right),
            "–" if share.value is None else f"{share.value:.1%}",
            f"{share.low * 100:.1f} to {share.high * 100:.1f}" if share.n else "–",
            str(one.abstained),
            str(one.undecided),
            str(one.failed),
            _number(one.tokens.completion_per_problem),
            _number(seconds.per_problem if seconds is not None else None),
        )
    return drawn


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}" if value >= 10 else f"{value:.1f}"

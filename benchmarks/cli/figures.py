"""Figures: the table of a run's strategies, one line each."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from benchmarks.metrics import Summary

__all__ = ["table"]


def table(summaries: Sequence[Summary]) -> Table:
    """Accuracy with its interval, what is missing from it, and what it cost."""
    drawn = Table("strategy", title_justify="left")
    for name in (
        "n",
        "right",
        "accuracy",
        "95 %",
        "abstained",
        "undecided",
        "failed",
        "tokens each",
        "per right",
        "s each",
    ):
        drawn.add_column(name, justify="right")
    for one in summaries:
        share, tokens, seconds = one.accuracy, one.tokens, one.seconds
        drawn.add_row(
            one.strategy,
            str(one.n),
            str(one.right),
            f"{share.value:.1%}" if share.n else "–",
            f"{share.low:.1%} to {share.high:.1%}" if share.n else "–",
            str(one.abstained),
            str(one.undecided),
            str(one.failed),
            _number(tokens.completion_per_problem),
            _number(tokens.completion / one.right if one.right else None),
            _number(seconds.per_problem if seconds is not None else None),
        )
    return drawn


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}" if value >= 10 else f"{value:.1f}"

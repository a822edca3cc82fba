"""Which plots a page has, and from which numbers. A plot that would show nothing is left out."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.report.causes import breakdown
from benchmarks.report.figures import Contender, Share
from benchmarks.report.frame import Value
from benchmarks.report.markup import Markup
from benchmarks.report.plots import Group, Line, Point, intervals, lines
from benchmarks.report.scales import percent, thousands

__all__ = ["charts"]

_GROUPS = 24
"""Rows of a plot by category; the rarest beyond these are left out and counted."""


def charts(contenders: Sequence[Contender]) -> list[Markup]:
    """All plots, in the order of the page; two stand side by side."""
    drawn = [
        _accuracy(contenders),
        breakdown(contenders),
        _cost(contenders),
        _turns(contenders),
        _samples(contenders),
        _risk(contenders),
        *(_by(contenders, what) for what in ("category", "level", "set")),
    ]
    return [chart for chart in drawn if chart is not None]


def _accuracy(contenders: Sequence[Contender]) -> Markup:
    return intervals(
        title="Accuracy",
        description="Problems answered right, with Wilson’s 95% interval. What failed on our side is left out.",
        groups=[Group(one.label, (one.accuracy.drawn(one.label),), f"n={one.accuracy.n:,}") for one in contenders],
        series=[],
        axis="right answers",
    )


def _cost(contenders: Sequence[Contender]) -> Markup | None:
    if not any(one.tokens.value for one in contenders):
        return None
    drawn = [
        Line(
            one.label,
            (Point(one.tokens.value, one.accuracy.drawn(one.label), one.tokens.low, one.tokens.high),),
            number,
        )
        for number, one in enumerate(contenders)
    ]
    return lines(
        title="Accuracy against tokens",
        description="Up and to the left is better. Lines are 95% intervals.",
        lines=drawn,
        x_axis="completion tokens for a problem",
        y_axis="right answers",
        x_form=thousands,
        joined=False,
    )


def _turns(contenders: Sequence[Contender]) -> Markup | None:
    shown = [(number, one) for number, one in enumerate(contenders) if len(one.turns) > 1]
    if not shown:
        return None
    drawn = [
        Line(
            one.label,
            tuple(Point(step.turn, _told(step.accuracy, one, f"turn {step.turn}")) for step in one.turns),
            number,
        )
        for number, one in shown
    ]
    changes = "; ".join(
        f"{one.label}: " + ", ".join(f"turn {step.turn} +{step.gained} −{step.lost}" for step in one.turns[1:6])
        for _, one in shown
    )
    return lines(
        title="Accuracy by turn",
        description=f"Right answers if solving had stopped after that turn. Gained and lost: {changes}.",
        lines=drawn,
        x_axis="turns",
        y_axis="right answers",
        x_form=lambda turn: f"{turn:g}",
        whole=True,
    )


def _samples(contenders: Sequence[Contender]) -> Markup | None:
    shown = [(number, one) for number, one in enumerate(contenders) if len(one.majority) > 1 or len(one.passed) > 1]
    if not shown:
        return None
    drawn = []
    for number, one in shown:
        drawn.append(
            Line(one.label, tuple(Point(k, _told(share, one, f"maj@{k}")) for k, share in one.majority), number)
        )
        passed = tuple(Point(k, _told(share, one, f"pass@{k}")) for k, share in one.passed)
        drawn.append(Line(f"{one.label}, pass@k", passed, number, dashed=True))
    return lines(
        title="More attempts: maj@k and pass@k",
        description="Solid: the vote of k attempts is right, with its 95% interval. Dashed: at least one of k is.",
        lines=drawn,
        x_axis="attempts (k)",
        y_axis="right answers",
        x_form=lambda k: f"{k:g}",
        whole=True,
    )


def _risk(contenders: Sequence[Contender]) -> Markup | None:
    shown = [(number, one) for number, one in enumerate(contenders) if len(one.risk) > 1]
    if not shown:
        return None
    drawn = [
        Line(
            one.label,
            tuple(Point(coverage, _told(share, one, f"{coverage:.0%} answered")) for coverage, share in one.risk),
            number,
        )
        for number, one in shown
    ]
    return lines(
        title="Accuracy when unsure answers are withheld",
        description="Answers in order of agreement: how many of those given are right, by the share of problems answered.",
        lines=drawn,
        x_axis="share of problems answered",
        y_axis="right among answered",
        x_form=percent,
        x_ceiling=1.0,
        marked=False,
    )


def _by(contenders: Sequence[Contender], what: str) -> Markup | None:
    counts: dict[str, int] = {}
    for one in contenders:
        for word, share in one.by.get(what, {}).items():
            counts[word] = max(counts.get(word, 0), share.n)
    if len(counts) < 2:
        return None
    words = (
        sorted(counts) if len(counts) <= _GROUPS else sorted(sorted(counts, key=lambda word: -counts[word])[:_GROUPS])
    )
    groups = []
    for word in words:
        shares = [one.by.get(what, {}).get(word) for one in contenders]
        values = tuple(
            share.drawn(f"{one.label}, {word}") if share else None
            for one, share in zip(contenders, shares, strict=True)
        )
        groups.append(Group(word or "(none)", values, f"n={counts[word]:,}"))
    left_out = f" The {len(counts) - _GROUPS} smallest are left out." if len(counts) > _GROUPS else ""
    return intervals(
        title=f"Accuracy by {what}",
        description=f"With Wilson’s 95% interval; n is the number of problems.{left_out}",
        groups=groups,
        series=[one.label for one in contenders],
        axis="right answers",
    )


def _told(share: Share, contender: Contender, what: str) -> Value:
    return share.drawn(f"{contender.label}, {what}")

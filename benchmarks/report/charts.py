"""Which plots a page has, and from which numbers. A plot that would show nothing is left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.report.causes import breakdown
from benchmarks.report.figures import GROUPINGS, Entry, drawn
from benchmarks.report.frame import Value
from benchmarks.report.markup import Markup
from benchmarks.report.plots import Group, Line, Point, intervals, lines
from benchmarks.report.scales import percent, thousands

__all__ = ["charts"]

_MARKS = 72
"""Values in a plot by category; the smallest categories beyond these are left out, and said to be."""


def charts(entries: Sequence[Entry]) -> list[Markup]:
    """All plots, in the order of the page; two stand side by side."""
    made = [
        _accuracy(entries),
        breakdown(entries),
        _cost(entries),
        _turns(entries),
        _samples(entries),
        _coverage(entries),
        *(_by(entries, what) for what in GROUPINGS),
    ]
    return [chart for chart in made if chart is not None]


def _accuracy(entries: Sequence[Entry]) -> Markup:
    return intervals(
        title="Accuracy",
        description="Problems answered right, with Wilson’s 95% interval. Failures of model server or sandbox are left out.",
        groups=[
            Group(one.label, (drawn(one.summary.accuracy, one.label),), f"n={one.summary.accuracy.n:,}")
            for one in entries
        ],
        series=[],
        axis="right answers",
    )


def _cost(entries: Sequence[Entry]) -> Markup | None:
    made = []
    for number, one in enumerate(entries):
        tokens, right = one.summary.tokens.per_problem, drawn(one.summary.accuracy, one.label)
        if tokens and right:
            made.append(Line(one.label, (Point(tokens, right),), number))
    if not made:
        return None
    return lines(
        title="Accuracy against tokens",
        description="Up and to the left is better: more right answers, fewer tokens, prompts included.",
        lines=made,
        x_axis="tokens per problem",
        y_axis="right answers",
        x_form=thousands,
        joined=False,
    )


def _turns(entries: Sequence[Entry]) -> Markup | None:
    made, changes = [], []
    for number, one in enumerate(entries):
        steps = one.summary.turns
        if len(steps) > 1:
            shares = (
                (step.turn + 1, drawn(step.every.accuracy, f"{one.label}, turn {step.turn + 1}")) for step in steps
            )
            made.append(Line(one.label, _points(shares), number))
            gained, lost = (sum(getattr(step.every, what) for step in steps[1:]) for what in ("gained", "lost"))
            changes.append(f"{one.label} +{gained:,} −{lost:,}")
    if not made:
        return None
    return lines(
        title="Accuracy by turn",
        description="Right answers, had each attempt stopped after that turn. "
        f"Attempts that later turns gained and lost: {', '.join(changes)}.",
        lines=made,
        x_axis="turns",
        y_axis="right answers",
        x_form=lambda turn: f"{turn:g}",
        whole=True,
    )


def _samples(entries: Sequence[Entry]) -> Markup | None:
    made = []
    for number, one in enumerate(entries):
        curves = one.summary.attempts
        if len(curves.maj_at) > 1:
            majority = ((point.k, drawn(point.share, f"{one.label}, maj@{point.k}")) for point in curves.maj_at)
            passed = ((point.k, drawn(point.share, f"{one.label}, pass@{point.k}")) for point in curves.pass_at)
            made.append(Line(one.label, _points(majority), number))
            made.append(Line(f"{one.label}, pass@k", _points(passed), number, dashed=True))
    if not made:
        return None
    vary = any(one.summary.attempts.vary for one in entries)
    caution = (
        " Not every problem has as many attempts: points to the right are of fewer, harder problems." if vary else ""
    )
    return lines(
        title="More attempts: maj@k and pass@k",
        description=f"Solid: the vote of k attempts is right. Dashed: at least one of k is.{caution}",
        lines=made,
        x_axis="attempts (k)",
        y_axis="right answers",
        x_form=lambda k: f"{k:g}",
        whole=True,
    )


def _coverage(entries: Sequence[Entry]) -> Markup | None:
    made = []
    for number, one in enumerate(entries):
        points = []
        for step in one.summary.coverage.points:
            if step.coverage.value is not None and step.risk.value is not None:
                right, low, high = 1 - step.risk.value, 1 - step.risk.high, 1 - step.risk.low
                note = f"{one.label}, agreement of {step.agreement:.2g} or more: {right:.1%} right of {step.risk.n:,} given"
                points.append(Point(step.coverage.value, Value(right, low, high, note)))
        if len(points) > 1:
            made.append(Line(one.label, tuple(points), number))
    if not made:
        return None
    return lines(
        title="Accuracy when unsure answers are withheld",
        description="Answers with the most agreement come first: how many of those given are right, by how many are given.",
        lines=made,
        x_axis="share of problems answered",
        y_axis="right among those answered",
        x_form=percent,
        x_ceiling=1.0,
    )


def _by(entries: Sequence[Entry], what: str) -> Markup | None:
    groups = [one.groups(what) for one in entries]
    sizes: dict[str, int] = {}
    for some in groups:
        for name, group in some.items():
            sizes[name] = max(sizes.get(name, 0), group.accuracy.n)
    if len(sizes) < 2:
        return None
    most = max(4, min(24, _MARKS // len(entries)))
    kept = set(sorted(sizes, key=lambda name: -sizes[name])[:most])
    rows = []
    for name in (name for name in sizes if name in kept):  # in the order of the summaries
        values = tuple(
            drawn(some[name].accuracy, f"{one.label}, {name}") if name in some else None
            for one, some in zip(entries, groups, strict=True)
        )
        rows.append(Group(name or f"(no {what})", values, f"n={sizes[name]:,}"))
    left_out = f" The {len(sizes) - most} smallest are left out." if len(sizes) > most else ""
    return intervals(
        title=f"Accuracy by {what}",
        description=f"With Wilson’s 95% interval; n is the number of problems.{left_out}",
        groups=rows,
        series=[one.label for one in entries],
        axis="right answers",
    )


def _points(shares: Iterable[tuple[float, Value | None]]) -> tuple[Point, ...]:
    return tuple(Point(x, value) for x, value in shares if value is not None)

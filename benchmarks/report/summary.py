"""The cards at the head of a page: what a reader wants to know of each contender before anything else."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.report.figures import Contender, told_percent
from benchmarks.report.frame import marker, series_class
from benchmarks.report.markup import Markup, element

__all__ = ["amount", "cards", "rows"]

_WIDE = 240


def cards(contenders: Sequence[Contender]) -> Markup:
    return element("div", *(_card(one, number) for number, one in enumerate(contenders)), class_="cards")


def _card(one: Contender, number: int) -> Markup:
    symbol = element("svg", marker(number, 7, 7), width=14, height=14, aria_hidden="true")
    facts = [part for name, value in rows(one) for part in (element("dt", name), element("dd", value))]
    return element(
        "article",
        element("h3", symbol, element("bdi", one.label)),
        element("p", told_percent(one.accuracy.value), class_="big"),
        element("p", f"right; 95% interval {one.accuracy.interval}", class_="range"),
        _gauge(one, number),
        element("dl", *facts),
        class_="card",
    )


def rows(one: Contender) -> list[tuple[str, str]]:
    """Names and values, as cards and Markdown show them."""
    failed = one.outcomes.get("failed", 0)
    return [
        ("problems", f"{one.problems:,}"),
        ("tokens per problem", amount(one.tokens.value)),
        ("tokens per right answer", "—" if one.tokens_per_right is None else amount(one.tokens_per_right)),
        ("seconds per problem", f"{one.seconds:.1f}"),
        ("of it in the sandbox", "—" if one.sandbox_share is None else told_percent(one.sandbox_share)),
        ("wrong", f"{one.outcomes.get('wrong', 0):,}"),
        ("abstained", f"{one.outcomes.get('abstained', 0):,}"),
        ("undecided", f"{one.outcomes.get('undecided', 0):,}"),
        ("failed, not counted", f"{failed:,}"),
    ]


def amount(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 or number == 0 else f"{number:.1f}"


def _gauge(one: Contender, number: int) -> Markup:
    """The interval on a line from 0 to 100 %."""
    low, high, at = (share * (_WIDE - 12) + 6 for share in (one.accuracy.low, one.accuracy.high, one.accuracy.value))
    return element(
        "svg",
        element("line", x1=2.0, x2=_WIDE - 2.0, y1=6.0, y2=6.0, class_="track"),
        element("line", x1=low, x2=high, y1=6.0, y2=6.0, class_=f"whisker wide {series_class(number)}"),
        element("circle", cx=at, cy=6.0, r=4.5, class_=f"dot {series_class(number)}"),
        viewBox=f"0 0 {_WIDE} 12",
        preserveAspectRatio="none",
        class_="gauge",
        aria_hidden="true",
    )

"""The cards at the head of a page, what a reader wants to know of each contender before anything else, and the table of turns."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.report.figures import Entry, amount, interval, told
from benchmarks.report.frame import marker, series_class
from benchmarks.report.markup import Markup, element

__all__ = ["cards", "turns"]

_WIDE = 240


def cards(entries: Sequence[Entry]) -> Markup:
    return element("div", *(_card(one, number) for number, one in enumerate(entries)), class_="cards")


def turns(entries: Sequence[Entry]) -> Markup | None:
    """What every turn gained and lost, in numbers; None where no attempt had a second one."""
    shown = [one for one in entries if len(one.summary.turns) > 1]
    if not shown:
        return None
    names = ("turn", "right after it", "95% interval", "attempts that had it", "gained", "lost", "tokens")
    head = element("tr", element("th", "strategy", scope="col"), *(element("th", name, scope="col") for name in names))
    rows = []
    for one in shown:
        for step in one.summary.turns:
            every = step.every
            cells = (
                str(step.turn + 1),
                told(every.accuracy.value),
                interval(every.accuracy),
                f"{every.reached:,}",
                f"{every.gained:,}",
                f"{every.lost:,}",
                f"{every.tokens:,}",
            )
            name = element("th", element("bdi", one.label), scope="row")
            rows.append(element("tr", name, *(element("td", cell) for cell in cells)))
    caption = element("caption", "Turns, over all attempts: what repairs and new starts gained and lost")
    table = element("table", caption, element("thead", head), element("tbody", *rows), class_="plain")
    return element(
        "details", element("summary", "Turns in numbers"), element("div", table, class_="scroll"), class_="run"
    )


def _card(one: Entry, number: int) -> Markup:
    accuracy = one.summary.accuracy
    symbol = element("svg", marker(number, 7, 7), width=14, height=14, aria_hidden="true")
    facts = [part for name, value in _rows(one) for part in (element("dt", name), element("dd", value))]
    return element(
        "article",
        element("h3", symbol, element("bdi", one.label)),
        element("p", told(accuracy.value), class_="big"),
        element("p", f"right; 95% interval {interval(accuracy)}", class_="range"),
        _gauge(one, number),
        element("dl", *facts),
        class_="card",
    )


def _rows(one: Entry) -> list[tuple[str, str]]:
    summary, tokens, seconds = one.summary, one.summary.tokens, one.summary.seconds
    return [
        ("problems", f"{summary.n:,}"),
        ("tokens per problem", amount(tokens.per_problem)),
        ("of these written", amount(tokens.completion_per_problem)),
        ("tokens per right answer", amount(tokens.per_right)),
        ("seconds per problem", amount(seconds.per_problem if seconds else None, 1)),
        ("time in the sandbox", told(seconds.sandbox_share if seconds else None)),
        ("wrong", f"{summary.wrong:,}"),
        ("abstained", f"{summary.abstained:,}"),
        ("undecided", f"{summary.undecided:,}"),
        ("failed, not counted", f"{summary.failed:,}"),
    ]


def _gauge(one: Entry, number: int) -> Markup:
    """The interval on a line from 0 to 100 %."""
    accuracy = one.summary.accuracy
    low, high = (share * (_WIDE - 12) + 6 for share in (accuracy.low, accuracy.high))
    at = (accuracy.value or 0.0) * (_WIDE - 12) + 6
    return element(
        "svg",
        element("line", x1=2.0, x2=_WIDE - 2.0, y1=6.0, y2=6.0, class_="track"),
        element("line", x1=low, x2=high, y1=6.0, y2=6.0, class_=f"whisker wide {series_class(number)}"),
        element("circle", cx=at, cy=6.0, r=4.5, class_=f"dot {series_class(number)}") if accuracy.n else None,
        viewBox=f"0 0 {_WIDE} 12",
        class_="gauge",
        aria_hidden="true",
    )

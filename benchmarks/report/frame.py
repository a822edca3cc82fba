"""What all plots have in common: the figure with its title, legend and description, axes, grids and markers.

Colours and strokes come from the page's style sheet by class (`s0`, `s1` … for the series), so that plots follow light and dark.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.report.markup import Markup, element, join
from benchmarks.report.scales import Scale

__all__ = ["WIDTH", "Key", "Value", "across", "figure", "marker", "series_class", "upward", "whisker"]

WIDTH = 620
_SERIES = 8


@dataclass(frozen=True)
class Value:
    """A number with its interval; ``note`` is said when it is pointed at."""

    value: float
    low: float
    high: float
    note: str = ""


@dataclass(frozen=True)
class Key:
    """An entry of a legend: a series by number, or a class of its own for parts of bars."""

    label: str
    series: int | None = None
    class_: str = ""


def series_class(series: int) -> str:
    return f"s{series % _SERIES}"


def figure(*, title: str, description: str, height: float, body: Markup, keys: Sequence[Key] = ()) -> Markup:
    """A plot with everything that a reader, or a screen reader, needs to understand it."""
    drawing = element(
        "svg",
        element("title", title),
        element("desc", description),
        body,
        viewBox=f"0 0 {WIDTH} {height:.0f}",
        width=WIDTH,
        height=f"{height:.0f}",
        role="img",
        aria_label=f"{title}. {description}",
    )
    legend = element("ul", *(_key(key) for key in keys), class_="legend") if keys else None
    caption = element("figcaption", element("h3", title), element("p", description), legend)
    return element("figure", caption, element("div", drawing, class_="plot"), class_="chart")


def _key(key: Key) -> Markup:
    if key.series is None:
        swatch = element("rect", width=10, height=10, x=1, y=1, rx=2, class_=key.class_)
    else:
        swatch = marker(key.series, 6, 6, size=4.5)
    return element("li", element("svg", swatch, width=12, height=12, aria_hidden="true"), element("bdi", key.label))


def marker(series: int, x: float, y: float, *, size: float = 5, note: str = "") -> Markup:
    """A circle, square, diamond or triangle: series differ by shape as well as by colour."""
    told = element("title", note) if note else None
    class_ = f"dot {series_class(series)}"
    match series % 4:
        case 0:
            return element("circle", told, cx=float(x), cy=float(y), r=float(size), class_=class_)
        case 1:
            side = size * 1.75
            return element(
                "rect", told, x=x - side / 2, y=y - side / 2, width=float(side), height=float(side), class_=class_
            )
        case 2:
            reach = size * 1.3
            points = f"{x:.1f},{y - reach:.1f} {x + reach:.1f},{y:.1f} {x:.1f},{y + reach:.1f} {x - reach:.1f},{y:.1f}"
        case _:
            reach = size * 1.2
            points = (
                f"{x:.1f},{y - reach:.1f} {x + reach:.1f},{y + reach * 0.8:.1f} {x - reach:.1f},{y + reach * 0.8:.1f}"
            )
    return element("polygon", told, points=points, class_=class_)


def whisker(series: int, *, x1: float, y1: float, x2: float, y2: float) -> Markup:
    """The interval of a value."""
    return element(
        "line", x1=float(x1), y1=float(y1), x2=float(x2), y2=float(y2), class_=f"whisker {series_class(series)}"
    )


def across(
    scale: Scale, *, top: float, bottom: float, label: str, form: Callable[[float], str], most: int = 6
) -> Markup:
    """The x axis below, with a grid up to ``top``."""
    parts = [element("line", x1=scale.start, x2=scale.end, y1=float(bottom), y2=float(bottom), class_="axis")]
    for tick in scale.ticks(most):
        x = scale(tick)
        parts.append(element("line", x1=x, x2=x, y1=float(top), y2=float(bottom), class_="grid"))
        parts.append(element("text", form(tick), x=x, y=bottom + 17, class_="tick", text_anchor="middle"))
    middle = (scale.start + scale.end) / 2
    parts.append(element("text", label, x=middle, y=bottom + 36, class_="name", text_anchor="middle"))
    return join(*parts)


def upward(
    scale: Scale, *, left: float, right: float, label: str, form: Callable[[float], str], most: int = 5
) -> Markup:
    """The y axis on the left, with a grid up to ``right``; its name stands above it, to be read without turning the head."""
    parts: list[Markup] = []
    for tick in scale.ticks(most):
        y = scale(tick)
        parts.append(element("line", x1=float(left), x2=float(right), y1=y, y2=y, class_="grid"))
        parts.append(element("text", form(tick), x=left - 8, y=y + 4, class_="tick", text_anchor="end"))
    parts.append(element("text", label, x=0.0, y=12.0, class_="name"))
    return join(*parts)

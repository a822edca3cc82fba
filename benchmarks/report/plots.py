"""Three kinds of plots: values with intervals by label, lines over x, stacked bars. Which numbers they show, `charts` chooses."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.report.frame import (
    WIDTH,
    Key,
    Value,
    across,
    figure,
    marker,
    series_class,
    upward,
    whisker,
)
from benchmarks.report.markup import Markup, element, join
from benchmarks.report.scales import Scale, clipped, fitting, percent, width

__all__ = ["Bar", "Group", "Line", "Part", "Point", "bars", "intervals", "lines"]

_LABELS = 190
_RIGHT = 14


@dataclass(frozen=True)
class Group:
    """One label and its value for each series (None: no data)."""

    label: str
    values: tuple[Value | None, ...]
    note: str = ""
    """Stands small behind the label: how many problems."""


@dataclass(frozen=True)
class Point:
    x: float
    y: Value
    x_low: float | None = None
    x_high: float | None = None


@dataclass(frozen=True)
class Line:
    name: str
    points: tuple[Point, ...]
    series: int
    dashed: bool = False


@dataclass(frozen=True)
class Part:
    """A part of a bar, as a share of all."""

    share: float
    class_: str
    note: str


@dataclass(frozen=True)
class Bar:
    label: str
    parts: tuple[Part, ...]


def intervals(*, title: str, description: str, groups: Sequence[Group], series: Sequence[str], axis: str) -> Markup:
    """Shares with intervals, a row for each label and series. One series or as many as labels: the labels say it all."""
    left = _gutter([f"{group.label} {group.note}" for group in groups])
    step = 15.0 if len(series) > 1 else 27.0
    between = 11.0 if len(series) > 1 else 0.0
    top = 8.0
    bottom = top + sum(step * len(group.values) + between for group in groups)
    low, high = fitting(
        (end for group in groups for value in group.values if value for end in (value.low, value.high)),
        floor=0.0,
        ceiling=1.0,
    )
    scale = Scale(low, high, left, WIDTH - _RIGHT - 44.0)
    parts = [across(scale, top=top, bottom=bottom, label=axis, form=percent)]
    y = top
    for number, group in enumerate(groups):
        size = step * len(group.values) + between
        note = element("tspan", f"  {group.note}", class_="n") if group.note else None
        label = clipped(group.label, left - 12 - width(f"  {group.note}", 11))
        middle = y + size / 2 + 4
        parts.append(
            element(
                "text",
                element("title", group.label),
                label,
                note,
                x=left - 12,
                y=middle,
                class_="label",
                text_anchor="end",
            )
        )
        if number and len(series) > 1:
            parts.append(element("line", x1=0.0, x2=WIDTH - 1.0, y1=y, y2=y, class_="rule"))
        for position, value in enumerate(group.values):
            if value is not None:
                at = y + between / 2 + step * (position + 0.5)
                shape = position if len(series) > 1 else number if len(series) == 0 else 0
                parts.append(whisker(shape, x1=scale(value.low), x2=scale(value.high), y1=at, y2=at))
                parts.append(marker(shape, scale(value.value), at, size=4 if len(series) > 1 else 5, note=value.note))
                parts.append(
                    element("text", f"{value.value:.1%}", x=WIDTH - 2.0, y=at + 4, class_="figure", text_anchor="end")
                )
        y += size
    keys = [Key(name, number) for number, name in enumerate(series)] if len(series) > 1 else []
    return figure(title=title, description=description, height=bottom + 44, body=join(*parts), keys=keys)


def lines(
    *,
    title: str,
    description: str,
    lines: Sequence[Line],
    x_axis: str,
    y_axis: str,
    x_form: Callable[[float], str],
    whole: bool = False,
    joined: bool = True,
    x_ceiling: float | None = None,
) -> Markup:
    """Shares over x. ``whole``: x counts things. ``joined``: a line, with a band for intervals."""
    points = [point for line in lines for point in line.points]
    xs = [x for point in points for x in (point.x, point.x_low, point.x_high) if x is not None]
    margin = 3.0 * len(lines) if whole else 0.0
    left, right, top, bottom = 52.0 + margin, WIDTH - _RIGHT - 4.0 - margin, 26.0, 262.0
    low, high = (min(xs), max(xs)) if whole and xs else fitting(xs, floor=0.0, ceiling=x_ceiling)
    if whole and low == high:
        low, high = low - 0.5, high + 0.5
    across_scale = Scale(low, high, left, right)
    lowest, highest = fitting((end for point in points for end in (point.y.low, point.y.high)), floor=0.0, ceiling=1.0)
    up_scale = Scale(lowest, highest, bottom, top)
    most = int(min(8, max(1, high - low))) if whole else 6
    parts = [
        upward(up_scale, left=52.0, right=right + margin, label=y_axis, form=percent),
        across(across_scale, top=top, bottom=bottom, label=x_axis, form=x_form, most=most),
    ]
    solid = [line for line in lines if not line.dashed]
    # Bands of several lines would hide each other: where x counts, lines step aside a little and each point has its own interval.
    aside = whole and len(solid) > 1
    if joined and not aside:
        parts += [_band(line, across_scale, up_scale) for line in solid if len(line.points) > 1]
    for line in lines:
        step = 6.0 * ([one.series for one in solid].index(line.series) - (len(solid) - 1) / 2) if aside else 0.0
        scale = Scale(across_scale.low, across_scale.high, left + step, right + step)
        parts += _drawn(line, scale, up_scale, joined=joined, whiskers=aside or not joined)
    keys = [Key(line.name, line.series) for line in lines if not line.dashed]
    return figure(title=title, description=description, height=bottom + 44, body=join(*parts), keys=keys)


def _band(line: Line, x: Scale, y: Scale) -> Markup:
    known = [point for point in line.points if math.isfinite(point.y.value)]
    above = [f"{x(point.x):.1f},{y(point.y.high):.1f}" for point in known]
    below = [f"{x(point.x):.1f},{y(point.y.low):.1f}" for point in reversed(known)]
    return element("polygon", points=" ".join(above + below), class_=f"band {series_class(line.series)}")


def _drawn(line: Line, x: Scale, y: Scale, *, joined: bool, whiskers: bool) -> list[Markup]:
    parts: list[Markup] = []
    if joined and len(line.points) > 1:
        path = " ".join(f"{x(point.x):.1f},{y(point.y.value):.1f}" for point in line.points)
        class_ = f"line {series_class(line.series)}{' dashed' if line.dashed else ''}"
        parts.append(element("polyline", points=path, class_=class_))
    for point in line.points:
        across_at, up_at = x(point.x), y(point.y.value)
        if (whiskers and not line.dashed) or len(line.points) == 1:
            parts.append(whisker(line.series, x1=across_at, x2=across_at, y1=y(point.y.low), y2=y(point.y.high)))
            if point.x_low is not None and point.x_high is not None:
                parts.append(whisker(line.series, x1=x(point.x_low), x2=x(point.x_high), y1=up_at, y2=up_at))
        if not line.dashed or len(line.points) == 1:
            parts.append(
                marker(
                    line.series,
                    across_at,
                    up_at,
                    size=6 if not joined else 4.5 if len(line.points) < 12 else 3.2,
                    note=point.y.note,
                )
            )
    return parts


def bars(*, title: str, description: str, bars: Sequence[Bar], keys: Sequence[Key], axis: str) -> Markup:
    """Stacked bars that each fill the whole width."""
    left = _gutter([bar.label for bar in bars])
    scale = Scale(0.0, 1.0, left, WIDTH - _RIGHT - 10.0)
    top, step, thick = 8.0, 32.0, 20.0
    bottom = top + step * len(bars)
    parts = [across(scale, top=top, bottom=bottom, label=axis, form=percent)]
    for number, bar in enumerate(bars):
        y = top + step * number + (step - thick) / 2
        label = clipped(bar.label, left - 12)
        parts.append(
            element(
                "text",
                element("title", bar.label),
                label,
                x=left - 12,
                y=y + thick / 2 + 4,
                class_="label",
                text_anchor="end",
            )
        )
        begun = 0.0
        for part in bar.parts:
            start, end = scale(begun), scale(begun + part.share)
            begun += part.share
            if end - start > 0.05:
                told = element("title", part.note)
                parts.append(
                    element("rect", told, x=start, y=y, width=end - start, height=thick, class_=f"part {part.class_}")
                )
            if end - start > 40:
                inside = element(
                    "text",
                    f"{part.share:.0%}",
                    x=(start + end) / 2,
                    y=y + thick / 2 + 4,
                    class_=f"inside {part.class_}",
                    text_anchor="middle",
                )
                parts.append(inside)
    return figure(title=title, description=description, height=bottom + 44, body=join(*parts), keys=keys)


def _gutter(labels: Sequence[str]) -> float:
    return min(_LABELS, max([40.0, *(width(label) for label in labels)])) + 16

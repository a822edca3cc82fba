"""Numbers to places on a plot: a linear scale, round ticks for it, and how wide a label will be."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Scale", "clipped", "fitting", "percent", "thousands", "width"]


@dataclass(frozen=True)
class Scale:
    """``low`` … ``high`` on the data's side, ``start`` … ``end`` in pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        span = self.high - self.low
        share = 0.0 if span == 0 else (min(max(value, self.low), self.high) - self.low) / span
        return self.start + share * (self.end - self.start)

    def ticks(self, most: int = 6) -> list[float]:
        """At most about ``most`` round numbers within the scale."""
        span = self.high - self.low
        if span <= 0:
            return [self.low]
        raw = span / most
        power = 10.0 ** math.floor(math.log10(raw))
        step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * (1 - 1e-9))
        first = math.ceil(self.low / step - 1e-9)
        return [number * step for number in range(first, math.floor(self.high / step + 1e-9) + 1)]


def fitting(
    values: Iterable[float], *, floor: float | None = None, ceiling: float | None = None
) -> tuple[float, float]:
    """A range with a little air that holds all ``values`` and goes no further than ``floor`` and ``ceiling``."""
    known = [value for value in values if math.isfinite(value)]
    if not known:
        return (floor if floor is not None else 0.0, ceiling if ceiling is not None else 1.0)
    low, high = min(known), max(known)
    air = (high - low) * 0.08 or abs(high) * 0.1 or 0.1
    low, high = low - air, high + air
    return (low if floor is None else max(low, floor), high if ceiling is None else min(high, ceiling))


def percent(share: float) -> str:
    return f"{share * 100:.4g}%"


def thousands(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 10 or number == round(number) else f"{number:.2g}"


def width(words: str, size: float = 12) -> float:
    """About how many pixels ``words`` take; East Asian characters are a full em wide."""
    return sum(size if unicodedata.east_asian_width(sign) in "WF" else size * 0.6 for sign in words)


def clipped(words: str, pixels: float, size: float = 12) -> str:
    """``words``; where they are wider than ``pixels``, without their middle: names that are alike often differ at the end."""
    for kept in range(len(words), 0, -1):
        tail = kept // 2 if kept < len(words) else 0
        shown = (
            words if kept == len(words) else f"{words[: kept - tail].rstrip()}…{words[len(words) - tail :].lstrip()}"
        )
        if width(shown, size) <= pixels:
            return shown
    return "…"

"""Made: one fresh problem with its answer, in both languages, and how terms are written in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random

from agent.equivalence import Mode

__all__ = ["Made", "Task", "nonzero", "polynomial", "signed"]


@dataclass(frozen=True, kw_only=True)
class Made:
    en: str
    ja: str
    answer: str
    mode: Mode = "soft"


Task = Callable[[Random, int], Made]
"""From a source of chance and a level (1 easy, 2, 3 hard) to a problem. Draws from nothing else."""


def nonzero(rng: Random, size: int) -> int:
    """A whole number from -size to size other than 0."""
    return rng.randint(1, size) * rng.choice((1, -1))


def signed(value: int | Fraction) -> str:
    """As it is written behind another term: `+ 3`, `- 3`."""
    return f"+ {value}" if value >= 0 else f"- {-value}"


def polynomial(coefficients: Sequence[int], name: str = "x") -> str:
    """``coefficients`` from the highest power down, as `2x^2 - x + 3`."""
    text = ""
    for power, value in zip(range(len(coefficients) - 1, -1, -1), coefficients, strict=True):
        if value == 0:
            continue
        size = "" if abs(value) == 1 and power else str(abs(value))
        letter = "" if power == 0 else name if power == 1 else f"{name}^{power}"
        sign = ("-" if value < 0 else "") if not text else (" - " if value < 0 else " + ")
        text += f"{sign}{size}{letter}"
    return text or "0"

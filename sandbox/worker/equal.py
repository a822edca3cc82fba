"""Equal: do two expressions have the same value at random places, or a constant ratio?

Two rational functions that differ agree at a random place with probability next to 0 (Schwartz 1980, Zippel 1979); for other
functions that is how it is in practice. Places are drawn with fixed seeds, so that a verdict is the same each time.
"""

import random
from collections.abc import Sequence
from typing import Any

__all__ = ["DIGITS", "POINTS", "ratio", "sampled"]

DIGITS = 40
POINTS = 6


def _places(symbols: Sequence[Any], seed: int) -> dict[Any, Any]:
    import sympy

    draw = random.Random(seed)
    # Positive ones first: roots and logarithms have real values there; then of either sign.
    low = 1 if seed % 2 == 0 else -9973
    return {
        symbol: sympy.Rational(
            draw.choice([n for n in (draw.randint(low, 9973) for _ in range(4)) if n] or [7]), draw.randint(1009, 4999)
        )
        for symbol in symbols
    }


def sampled(a: Any, b: Any) -> bool | None:
    """Whether two expressions have the same value at random places; None where neither has one at any."""
    import sympy

    symbols = sorted(a.free_symbols | b.free_symbols, key=lambda symbol: symbol.name)
    seen = 0
    for seed in range(4 * POINTS):
        place = _places(symbols, seed)
        x, y = a.xreplace(place).evalf(DIGITS), b.xreplace(place).evalf(DIGITS)
        if (
            not (x.is_number and y.is_number)
            or x.has(sympy.nan, sympy.zoo, sympy.oo)
            or y.has(sympy.nan, sympy.zoo, sympy.oo)
            or x.atoms(sympy.Function)
            or y.atoms(sympy.Function)
        ):
            continue
        if abs(x - y) > max(abs(x), abs(y), sympy.Float(1)) * sympy.Float(10) ** (10 - DIGITS):
            return False
        seen += 1
        if seen == POINTS:
            return True
    return True if seen >= 2 else None


def ratio(a: Any, b: Any, *, positive: bool = False) -> bool | None:
    """Whether one expression is a constant multiple of the other; None where that cannot be seen."""
    import sympy

    symbols = sorted(a.free_symbols | b.free_symbols, key=lambda symbol: symbol.name)
    ratios = []
    for seed in range(4 * POINTS):
        place = _places(symbols, seed)
        x, y = a.xreplace(place).evalf(DIGITS), b.xreplace(place).evalf(DIGITS)
        if (
            not (x.is_number and y.is_number)
            or x.has(sympy.nan, sympy.zoo)
            or y.has(sympy.nan, sympy.zoo)
            or y == 0
            or x == 0
        ):
            continue
        ratios.append(x / y)
        if abs(ratios[-1] - ratios[0]) > abs(ratios[0]) * sympy.Float(10) ** (12 - DIGITS):
            return False
        if len(ratios) == POINTS:
            break
    if not ratios:
        return None
    return bool(ratios[0] > 0) if positive else True

"""What a comparison allows one to say, in one sentence: `sentence`. It never says more than the test does.

"Better" and "worse" stand only where p, corrected for the number of comparisons, is below 0.05. What the interval says is told,
and decides nothing.
"""

from __future__ import annotations

from benchmarks.compare import Comparison
from benchmarks.paired import LEVEL

__all__ = ["p_value", "points", "sentence"]


def sentence(comparison: Comparison) -> str:
    """One sentence in English, full stop included.

    >>> B is better than A by 6.0 points (95 %: 1.2 to 10.8, p = 0.02, n = 200), at 1.4 times the tokens.
    >>> No difference can be claimed between A and B at n = 60 (B - A = +3.3 points, 95 %: -5.0 to +11.7, p = 0.63); about 400 …
    """
    c = comparison
    if not c.won and not c.lost:
        every = "the one problem" if c.n == 1 else f"every one of the {c.n} problems"
        return f"{c.a} and {c.b} agree on {every}: both have {c.accuracy_a.hits:g} right{_at(c)}."
    p = p_value(c.p_holm)
    if c.family > 1:
        p += f" after Holm's correction for {c.family} comparisons"
    if c.claimed:
        better = c.difference > 0
        low, high = (c.low, c.high) if better else (-c.high, -c.low)
        size = f"{points(abs(c.difference))} points (95 %: {points(low)} to {points(high)}, {p}, n = {c.n})"
        return f"{c.b} is {'better' if better else 'worse'} than {c.a} by {size}{_at(c)}."
    seen = f"{c.b} - {c.a} = {_signed(c.difference)} points, 95 %: {_signed(c.low)} to {_signed(c.high)}, {p}"
    told = f"No difference can be claimed between {c.a} and {c.b} at n = {c.n} ({seen})"
    # With few flips the exact test wants more than the formula says: then no number is better than a wrong one.
    more = c.needed is not None and c.needed > c.n
    return (
        f"{told}; about {_about(c.needed or 0)} problems would be needed to show a difference of this size."
        if more
        else f"{told}."
    )


def points(share: float) -> str:
    """A share in points: 0.062 is 6.2."""
    return f"{_plain(100 * share):.1f}"


def p_value(p: float) -> str:
    """``p = 0.02``, with as many digits as it takes to show on which side of 0.05 it is; ``p < 0.001`` below that."""
    if p < 0.001:
        return "p < 0.001"
    for digits in range(2 if p >= 0.01 else 3, 17):
        shown = f"{p:.{digits}f}"
        if (float(shown) < LEVEL) == (p < LEVEL):
            return f"p = {shown}"
    return f"p = {p}"


def _signed(share: float) -> str:
    return f"{_plain(100 * share):+.1f}"


def _plain(number: float) -> float:
    """One digit behind the point, and no -0.0."""
    return round(number, 1) + 0.0


def _about(number: int) -> str:
    """Two digits, rounded up: more would be made up."""
    step = 10 ** max(0, len(str(number)) - 2)
    return f"{-(-number // step) * step:,}"


def _at(c: Comparison) -> str:
    if c.token_ratio is None:
        return ""
    if round(c.token_ratio, 1) == 1.0:
        return ", at about the same tokens"
    digits = 1 if c.token_ratio >= 0.1 else 2
    return f", at {c.token_ratio:.{digits}f} times the tokens"

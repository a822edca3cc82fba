"""Intervals for shares."""

from __future__ import annotations

import math

__all__ = ["Z95", "f1_interval", "wilson"]

Z95 = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""


def wilson(hits: float, n: int, z: float = Z95) -> tuple[float, float]:
    """Wilson's score interval of ``hits`` out of ``n`` (E. B. Wilson, JASA 22 (1927), 209-212); (0, 1) where n is 0.

    ``hits`` may be the sum of n values between 0 and 1: they vary no more than zeros and ones of the same mean do, so that the
    interval is wide enough.
    """
    if n == 0:
        return 0.0, 1.0
    share, square = hits / n, z * z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = z * math.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    # The share itself is always inside; rounding must not put 0 of n a hair outside.
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


def f1_interval(hits: int, false: int, missed: int) -> tuple[float, float]:
    """Wilson's interval of hits / (hits + false + missed), carried over to F1 = 2 J / (1 + J), which grows with it."""
    low, high = wilson(hits, hits + false + missed)
    return 2 * low / (1 + low), 2 * high / (1 + high)

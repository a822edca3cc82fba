"""Statistics of paired right-or-wrong results, from the counts of flips: interval, test, correction, size.

``won`` and ``lost`` are the problems that only B, and only A, has right; ``n`` are all. Every function here knows numbers only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

__all__ = ["LEVEL", "POWER", "RESAMPLES", "difference_interval", "holm", "mcnemar", "needed"]

RESAMPLES = 10_000
LEVEL = 0.05
"""A difference is claimed below this p."""
POWER = 0.8


def difference_interval(
    won: int, lost: int, n: int, *, resamples: int = RESAMPLES, seed: int = 0
) -> tuple[float, float]:
    """The 95 % bootstrap percentile interval of (won - lost) / n (Efron & Tibshirani, An Introduction to the Bootstrap,
    1993, chapter 13).

    Drawing n problems with replacement and counting those won, lost and neither is one draw of a multinomial distribution, which
    is what is drawn here. Not BCa: with few flips its correction has nothing to go by. It turns round exactly when the sides are
    swapped. With no flips it is (0, 0), and with fewer than about five it is too narrow: McNemar's test decides, not it.
    """
    more, less = max(won, lost), min(won, lost)
    drawn = np.random.default_rng(seed).multinomial(n, [more / n, less / n, (n - more - less) / n], size=resamples)
    low, high = (float(end) for end in np.quantile((drawn[:, 0] - drawn[:, 1]) / n, (0.025, 0.975)))
    if won == lost:  # the distribution is symmetric, the draws are so only nearly
        half = (high - low) / 2
        return -half, half
    return (low, high) if won > lost else (-high, -low)


def mcnemar(won: int, lost: int) -> float:
    """p of McNemar's exact two-sided test: were both sides as good, a flip would go either way like a fair coin.

    Twice the smaller binomial tail, at most 1 (Q. McNemar, Psychometrika 12 (1947), 153-157; exact: A. Agresti, Categorical Data
    Analysis, 3rd ed., 2013, chapter 11). 1 without flips.
    """
    flips = won + lost
    term = tail = 1
    for chosen in range(min(won, lost)):
        term = term * (flips - chosen) // (chosen + 1)
        tail += term
    return min(1.0, 2 * tail / (1 << flips))  # whole numbers of any size: exact until this one division


def holm(ps: Sequence[float]) -> tuple[float, ...]:
    """S. Holm's step-down correction (Scandinavian Journal of Statistics 6 (1979), 65-70), in the order given."""
    corrected = [0.0] * len(ps)
    largest = 0.0
    for place, index in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        largest = max(largest, min(1.0, (len(ps) - place) * ps[index]))
        corrected[index] = largest
    return tuple(corrected)


def needed(won: int, lost: int, n: int, *, level: float = LEVEL) -> int | None:
    """Problems for which McNemar's test would find a true difference like this one in 80 % of runs, at a two-sided ``level``.

    (z_α √ψ + z_β √(ψ - δ²))² / δ², with ψ the share of flips, δ the difference, and z the normal quantiles of 1 - level / 2 and of
    0.8 (R. J. Connor, Biometrics 43 (1987), 207-211). The exact test needs some more where there are few flips. None where won
    equals lost. The difference seen is itself uncertain, so that this says the order of magnitude.
    """
    if won == lost:
        return None
    flips, difference = (won + lost) / n, abs(won - lost) / n
    normal = NormalDist()
    root = normal.inv_cdf(1 - level / 2) * math.sqrt(flips)
    root += normal.inv_cdf(POWER) * math.sqrt(max(0.0, flips - difference**2))
    return math.ceil((root / difference) ** 2)

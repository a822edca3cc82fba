"""What several attempts are worth: pass@k (one of k is right) and maj@k (the vote of k is right), from the stored attempts.

Both are means over the problems that have at least k attempts, and both are expectations over k attempts drawn from the n stored
without replacement: no order of attempts is better than another. They hold for runs in which every problem has as many attempts;
where a settled vote ended them early (`AttemptCurves.vary`), what is left at a large k are the hard problems. An undecided answer
is not right. Problems that failed have no attempts and are not in here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from itertools import combinations
from math import comb, prod

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from benchmarks.records import GradedAttempt
from benchmarks.share import Share

__all__ = ["AttemptCurves", "AttemptTally", "CurvePoint", "ks", "majority", "pass_at_k"]

DRAWS = 1000
"""Sets of attempts that are drawn where there are more than `EXACT`."""
EXACT = 2000
EVERY_K = 16
"""Up to here every k has a point; above, the powers of two and the largest."""
_TIE = 1e-9
"""Weights are products such as 0.9 * 0.9; sums of them that differ by less are equal."""


class CurvePoint(BaseModel):
    """One k. ``share.n`` is the number of problems with at least k attempts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    k: int
    share: Share


class AttemptCurves(BaseModel):
    """pass@k and maj@k."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pass_at: tuple[CurvePoint, ...]
    maj_at: tuple[CurvePoint, ...]
    vary: bool
    """Problems have different numbers of attempts, so that points of different k are of different problems."""


def pass_at_k(n: int, right: int, k: int) -> float:
    """Chance that k of n attempts, ``right`` of which are right, hold a right one: 1 - C(n - right, k) / C(n, k).

    The unbiased estimator of Chen et al., "Evaluating Large Language Models Trained on Code" (arXiv:2107.03374, 2021), section
    2.1, in their product form. Raises `ValueError` unless 0 <= right <= n and 1 <= k <= n.
    """
    if not (0 <= right <= n and 1 <= k <= n):
        raise ValueError(f"no pass@{k} of {right} right ones among {n}")
    if n - right < k:
        return 1.0
    return 1.0 - prod(1.0 - k / i for i in range(n - right + 1, n + 1))


def ks(n: int) -> list[int]:
    """The k of a curve up to ``n``: all up to 16, then powers of two, and n itself."""
    powers = (2**power for power in range(5, n.bit_length()))
    return sorted({*range(1, min(n, EVERY_K) + 1), *powers, *([n] if n else [])})


def majority(attempts: Iterable[GradedAttempt], *, seed: int = 0) -> dict[int, Share]:
    """For each k of `ks`, how many of the sets of k attempts are right by weighted vote; ``n`` counts the sets.

    Exact over all C(n, k) sets where these are at most 2000, else over 1000 drawn with ``seed``. The vote is that of
    `agent.stages.vote.tally`: weights as stored, a tie goes to the class found first, attempts without an answer have no vote; a
    class is right as its first attempt in the set is.
    """
    pattern = tuple((one.group, one.weight, one.outcome == "right") for one in attempts)
    return {k: Share.of(hits, sets) for k, (hits, sets) in _votes(pattern, seed).items()}


class AttemptTally:
    """Adds problems up, one at a time; holds counts only, so that the order of the problems is nothing."""

    def __init__(self, *, seed: int = 0) -> None:
        self._seed = seed
        self._passed: Counter[tuple[int, int]] = Counter()  # attempts, right ones → problems
        self._voted: Counter[tuple[int, int]] = Counter()  # attempts, k → sets that are right
        self._sets: dict[tuple[int, int], int] = {}

    def add(self, attempts: tuple[GradedAttempt, ...]) -> None:
        n = len(attempts)
        self._passed[n, sum(one.outcome == "right" for one in attempts)] += 1
        pattern = tuple((one.group, one.weight, one.outcome == "right") for one in attempts)
        for k, (hits, sets) in _votes(pattern, self._seed).items():
            self._voted[n, k] += hits
            self._sets[n, k] = sets

    def curves(self) -> AttemptCurves:
        sizes = Counter[int]()
        for (n, _), problems in self._passed.items():
            sizes[n] += problems
        passed, voted = [], []
        for k in ks(max(sizes, default=0)):
            enough = sum(problems for n, problems in sizes.items() if n >= k)
            chances = sum(
                problems * pass_at_k(n, right, k) for (n, right), problems in sorted(self._passed.items()) if n >= k
            )
            passed.append(CurvePoint(k=k, share=Share.of(min(chances, enough), enough)))
            shares = sum(self._voted[n, k] / self._sets[n, k] for n in sorted(sizes) if n >= k)
            voted.append(CurvePoint(k=k, share=Share.of(min(shares, enough), enough)))
        return AttemptCurves(pass_at=tuple(passed), maj_at=tuple(voted), vary=len(sizes) > 1)


_Pattern = tuple[tuple[int, float, bool], ...]


@lru_cache(maxsize=1 << 16)
def _votes(pattern: _Pattern, seed: int) -> dict[int, tuple[int, int]]:
    """k → sets whose vote is right, and sets. ``pattern``: group, weight and right of each attempt, in their order."""
    if not pattern:
        return {}
    sets, size = _sets(len(pattern), seed)
    groups = np.array([group for group, _, _ in pattern])
    weights = np.array([weight for _, weight, _ in pattern])
    same = (groups[:, None] == groups[None, :]) & (groups >= 0)[:, None] & (groups >= 0)[None, :]
    # What the class of each attempt weighs in each set; the first attempt in the set whose class weighs most has won.
    heaviness = sets.astype(float) @ (weights[:, None] * same)
    standing = sets & (groups >= 0)[None, :]
    heaviness[~standing] = -1.0
    best = heaviness.max(axis=1, keepdims=True)
    winner = (standing & (heaviness >= best - _TIE)).argmax(axis=1)
    right = np.array([right for _, _, right in pattern])[winner] & standing.any(axis=1)
    hits = np.bincount(size, weights=right)
    counts = np.bincount(size)
    return {int(k): (round(hits[k]), int(counts[k])) for k in np.flatnonzero(counts)}


@lru_cache(maxsize=64)
def _sets(n: int, seed: int) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Sets of attempts as rows of truth values, and the size of each."""
    parts = []
    for k in ks(n):
        if comb(n, k) <= EXACT:
            rows = np.zeros((comb(n, k), n), dtype=bool)
            for row, chosen in zip(rows, combinations(range(n), k), strict=True):
                row[list(chosen)] = True
        else:
            rng = np.random.default_rng((seed, n, k))
            rows = rng.random((DRAWS, n)).argsort(axis=1) < k
        parts.append(rows)
    rows = np.concatenate(parts)
    return rows, rows.sum(axis=1)

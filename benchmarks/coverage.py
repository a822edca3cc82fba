"""Risk and coverage: were only the answers with the highest agreement given, how many would be given, and how many not right?"""

from __future__ import annotations

from collections import Counter

from pydantic import BaseModel, ConfigDict

from benchmarks.share import Share

__all__ = ["Coverage", "CoveragePoint", "CoverageTally"]


class CoveragePoint(BaseModel):
    """Answers with at least this agreement."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agreement: float
    coverage: Share
    """Of the problems, those with such an answer. Abstentions are in n."""
    risk: Share
    """Of these answers, those that are not right; an undecided one is not."""


class Coverage(BaseModel):
    """The curve, from the highest agreement down, and the area under it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    points: tuple[CoveragePoint, ...]
    aurc: float | None
    """Mean of the risks when the first, the first two, …, all answers are given (Geifman, Uziel, El-Yaniv, "Bias-Reduced
    Uncertainty Estimation for Deep Neural Classifiers", ICLR 2019). Answers of the same agreement come in any order: the mean over
    all orders is taken. An agreement that says nothing has the risk of the last point; less is better. None without answers."""


class CoverageTally:
    """Adds problems up; holds two counts for each agreement."""

    def __init__(self) -> None:
        self._problems = 0
        self._answers: Counter[float] = Counter()
        self._not_right: Counter[float] = Counter()

    def add(self, agreement: float | None, *, right: bool) -> None:
        """``agreement`` is None where there is no answer."""
        self._problems += 1
        if agreement is not None:
            key = round(agreement, 9)  # sums of weights, up to the order of their addition
            self._answers[key] += 1
            self._not_right[key] += not right

    def coverage(self) -> Coverage:
        points, given, bad, area = [], 0, 0, 0.0
        for agreement in sorted(self._answers, reverse=True):
            here, bad_here = self._answers[agreement], self._not_right[agreement]
            area += sum((bad + bad_here * place / here) / (given + place) for place in range(1, here + 1))
            given, bad = given + here, bad + bad_here
            points.append(
                CoveragePoint(agreement=agreement, coverage=Share.of(given, self._problems), risk=Share.of(bad, given))
            )
        return Coverage(points=tuple(points), aurc=area / given if given else None)

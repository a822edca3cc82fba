"""Two strategies or runs on the problems that they share: `compare` a pair, `compare_all` several, with Holm's correction.

Paired: problems that only one side has, that failed on either side, or whose gold answers differ are left out and counted. An
undecided answer and an abstention count as not right. Attempts are not compared: a problem counts once, by what was answered.
What the figures allow one to say is `benchmarks.wording.sentence`.

                  A right   A not right
    B right        both        won          difference = (won - lost) / n
    B not right    lost       neither
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from pydantic import BaseModel, ConfigDict

from agent.errors import UsageError
from benchmarks.folder import Row
from benchmarks.paired import LEVEL, RESAMPLES, difference_interval, holm, mcnemar, needed
from benchmarks.records import Graded
from benchmarks.share import Share

__all__ = [
    "Comparison",
    "Contender",
    "ProblemKey",
    "Result",
    "Standing",
    "compare",
    "compare_all",
    "contenders",
    "standing",
]

ProblemKey = tuple[str, str]
"""Set and id."""


@dataclass(frozen=True, slots=True)
class Result:
    """What is compared of one problem."""

    right: bool
    failed: bool
    gold: int | None
    """Hash of the gold answers, to see that both sides were asked for the same; None where there are none."""
    tokens: int
    """Prompt and completion together."""
    completion_tokens: int
    seconds: float | None


@dataclass(frozen=True)
class Contender:
    """One strategy of one run."""

    name: str
    results: Mapping[ProblemKey, Result]


class Standing(BaseModel):
    """How one contender did on all of its problems, shared or not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    failed: int
    """Problems that the model server or the sandbox failed at; left out of the rest."""
    accuracy: Share
    tokens_per_problem: float | None
    """Prompts included; None without problems."""
    completion_tokens_per_problem: float | None
    seconds_per_problem: float | None
    """Wall seconds; None where they are not known of every problem."""


class Comparison(BaseModel):
    """B against A. Differences are shares, not points: 0.06 for 6 points."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    a: str
    b: str
    n: int
    """Problems compared."""
    failed: int
    """Problems of both that were left out, since the model server or the sandbox failed on either side."""
    other_gold: int
    """Problems of both that were left out, since their gold answers differ."""
    only_a: int
    """Problems that only one side has."""
    only_b: int
    accuracy_a: Share
    accuracy_b: Share
    difference: float
    """Accuracy of B less that of A."""
    low: float
    """The ends of the difference's 95 % interval: see `benchmarks.paired.difference_interval`."""
    high: float
    won: tuple[ProblemKey, ...]
    """Problems that B has right and A has not; sorted."""
    lost: tuple[ProblemKey, ...]
    """Problems that A has right and B has not; sorted."""
    p: float
    """Of McNemar's exact test."""
    p_holm: float
    """The same, corrected for `family` comparisons."""
    family: int = 1
    token_ratio: float | None
    """Tokens of B by those of A on these problems, prompts included; None where A has none."""
    completion_ratio: float | None
    """The same without prompts."""
    seconds_ratio: float | None
    """Wall seconds of B by those of A, where both are known for each of these problems."""
    needed: int | None
    """Problems for which a difference such as this one would be found, at 0.05 / `family`: see `benchmarks.paired.needed`; None
    where there is none."""

    @property
    def claimed(self) -> bool:
        """Whether a difference can be claimed: the corrected p is below 0.05."""
        return self.p_holm < LEVEL


def contenders(rows: Iterable[Graded | Row], *, names: Mapping[str, str] | None = None) -> tuple[Contender, ...]:
    """A contender for each strategy, in the order in which they first come. ``names``: strategy → name, else the strategy."""
    found: dict[str, dict[ProblemKey, Result]] = {}
    for row in rows:
        graded, timing = (row.graded, row.timing) if isinstance(row, Row) else (row, None)
        found.setdefault(graded.strategy, {})[graded.set, graded.id] = Result(
            right=graded.outcome == "right",
            failed=graded.outcome == "failed",
            gold=hash(graded.gold) if graded.gold else None,
            tokens=graded.prompt_tokens + graded.completion_tokens,
            completion_tokens=graded.completion_tokens,
            seconds=timing.seconds if timing else None,
        )
    return tuple(Contender((names or {}).get(strategy, strategy), results) for strategy, results in found.items())


def standing(contender: Contender) -> Standing:
    """The figures of one contender."""
    known = [result for result in contender.results.values() if not result.failed]
    n = len(known)
    seconds = [result.seconds for result in known if result.seconds is not None]
    return Standing(
        name=contender.name,
        failed=len(contender.results) - n,
        accuracy=Share.of(sum(result.right for result in known), n),
        tokens_per_problem=sum(result.tokens for result in known) / n if n else None,
        completion_tokens_per_problem=sum(result.completion_tokens for result in known) / n if n else None,
        seconds_per_problem=math.fsum(seconds) / n if n and len(seconds) == n else None,
    )


def compare(a: Contender, b: Contender, *, resamples: int = RESAMPLES, seed: int = 0) -> Comparison:
    """B against A, alone. Raises `UsageError` where no problem is left to compare."""
    shared = sorted(a.results.keys() & b.results.keys())
    failed = [key for key in shared if a.results[key].failed or b.results[key].failed]
    without = set(failed)
    other = [key for key in shared if key not in without and not _same_gold(a.results[key], b.results[key])]
    without.update(other)
    keys = [key for key in shared if key not in without]
    if not keys:
        why = " that failed in neither" if failed else ""
        why += " with the same gold answers" if other else ""
        message = f"{a.name} and {b.name} have no problem in common{why}"
        raise UsageError(message, advice="Compare runs over the same sets.")
    n, pairs = len(keys), [(a.results[key], b.results[key]) for key in keys]
    won = tuple(key for key, (one, two) in zip(keys, pairs, strict=True) if two.right and not one.right)
    lost = tuple(key for key, (one, two) in zip(keys, pairs, strict=True) if one.right and not two.right)
    low, high = difference_interval(len(won), len(lost), n, resamples=resamples, seed=seed)
    p = mcnemar(len(won), len(lost))
    return Comparison(
        a=a.name,
        b=b.name,
        n=n,
        failed=len(failed),
        other_gold=len(other),
        only_a=len(a.results) - len(shared),
        only_b=len(b.results) - len(shared),
        accuracy_a=Share.of(sum(one.right for one, _ in pairs), n),
        accuracy_b=Share.of(sum(two.right for _, two in pairs), n),
        difference=(len(won) - len(lost)) / n,
        low=low,
        high=high,
        won=won,
        lost=lost,
        p=p,
        p_holm=p,
        token_ratio=_ratio([(one.tokens, two.tokens) for one, two in pairs]),
        completion_ratio=_ratio([(one.completion_tokens, two.completion_tokens) for one, two in pairs]),
        seconds_ratio=_ratio([(one.seconds, two.seconds) for one, two in pairs]),
        needed=needed(len(won), len(lost), n),
    )


def compare_all(
    all_contenders: Sequence[Contender], *, every_pair: bool = False, resamples: int = RESAMPLES, seed: int = 0
) -> tuple[Comparison, ...]:
    """Each against the first, or every pair, the earlier one as A; p corrected for as many comparisons.

    Raises `UsageError` as `compare` does.
    """
    some = list(combinations(all_contenders, 2))
    pairs = some if every_pair else some[: max(0, len(all_contenders) - 1)]
    plain = [compare(a, b, resamples=resamples, seed=seed) for a, b in pairs]
    corrected = holm([one.p for one in plain])
    # The strictest level that Holm's correction may ask for.
    level = LEVEL / max(1, len(plain))
    return tuple(
        one.model_copy(
            update={
                "p_holm": p,
                "family": len(plain),
                "needed": needed(len(one.won), len(one.lost), one.n, level=level),
            }
        )
        for one, p in zip(plain, corrected, strict=True)
    )


def _same_gold(a: Result, b: Result) -> bool:
    return a.gold is None or b.gold is None or a.gold == b.gold


def _ratio(pairs: Sequence[tuple[float | None, float | None]]) -> float | None:
    """Sum of the second by sum of the first; None where one is unknown or the sum is 0."""
    first = [one for one, _ in pairs if one is not None]
    second = [two for _, two in pairs if two is not None]
    below = math.fsum(first)
    return math.fsum(second) / below if below and len(first) == len(second) == len(pairs) else None

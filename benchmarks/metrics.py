"""The figures of each strategy of a run, in one pass over its records: `summarise`.

    Graded ─┬─▶ outcomes, accuracy by set, category, level and language, causes, findings, tokens
            ├─▶ benchmarks.attempts   pass@k, maj@k
            ├─▶ benchmarks.turns      accuracy by turn, gains and losses
            └─▶ benchmarks.coverage   risk and coverage by agreement
    Timing ───▶ seconds

Memory does not grow with the problems. Strategies are not compared here: see `benchmarks.compare`. What failed for the model
server or the sandbox is counted, and left out of every other figure. An undecided answer counts as not right.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from benchmarks.attempts import AttemptCurves, AttemptTally
from benchmarks.coverage import Coverage, CoverageTally
from benchmarks.folder import Row, Timing
from benchmarks.records import Graded, Outcome
from benchmarks.share import Part, Share
from benchmarks.turns import TurnPoint, TurnTally

__all__ = ["Group", "Seconds", "Summary", "Tally", "Tokens", "summarise"]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Group(_Value):
    """Problems of one set, category, level or language."""

    name: str
    accuracy: Share
    failed: int
    """How many more there were that failed."""


class Tokens(_Value):
    """As the server counted them; for all problems that did not fail."""

    prompt: int
    completion: int
    per_problem: float | None
    """Of both kinds. None where there is no problem."""
    completion_per_problem: float | None
    per_right: float | None
    """All tokens, of both kinds, divided by the right answers; None where there is none."""


class Seconds(_Value):
    """Wall seconds of the problems that did not fail. With several problems in hand at once they overlap."""

    n: int
    """Problems whose seconds are known."""
    per_problem: float | None
    per_right: float | None
    """All these seconds divided by the right answers among these problems."""
    model: float
    """Seconds of completions and of programs, summed over all turns."""
    sandbox: float
    sandbox_share: float | None
    """sandbox / (model + sandbox): of the time that something worked, what programs took. A ratio of sums: no interval."""


class Summary(_Value):
    """How one strategy did. ``n`` = right + wrong + undecided + abstained + failed."""

    strategy: str
    n: int
    right: int
    wrong: int
    undecided: int
    abstained: int
    failed: int
    accuracy: Share
    """right / (n - failed)."""
    abstention: Share
    """abstained / (n - failed)."""
    by_set: tuple[Group, ...]
    by_category: tuple[Group, ...]
    """Sorted by name, as are levels and languages; "" where the set names none."""
    by_level: tuple[Group, ...]
    by_language: tuple[Group, ...]
    causes: tuple[Part, ...]
    """Why problems have no right answer, the most frequent first; of those that did not fail. A cause that is not known is ""."""
    failures: tuple[Part, ...]
    """Why problems failed; of all."""
    findings: tuple[Part, ...]
    """Problems with a hard finding of each kind in their texts, the most frequent first."""
    attempts: AttemptCurves
    turns: tuple[TurnPoint, ...]
    dropped: int
    """Attempts that ended without a right answer although their last turn held one, which was not taken."""
    coverage: Coverage
    tokens: Tokens
    seconds: Seconds | None
    """None where no seconds were given."""


class _Groups:
    """Right ones, all that did not fail, and failed ones by name."""

    def __init__(self) -> None:
        self._right: Counter[str] = Counter()
        self._all: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()

    def add(self, name: str, outcome: Outcome) -> None:
        failed = outcome == "failed"
        self._failed[name] += failed
        self._all[name] += not failed
        self._right[name] += outcome == "right"

    def groups(self) -> tuple[Group, ...]:
        return tuple(
            Group(name=name, accuracy=Share.of(self._right[name], self._all[name]), failed=self._failed[name])
            for name in sorted(self._all, key=_in_order)
        )


class _Clock:
    """Seconds, summed."""

    def __init__(self) -> None:
        self._n = self._right = 0
        self._seconds = self._model = self._sandbox = 0.0

    def add(self, timing: Timing, *, right: bool) -> None:
        self._n += 1
        self._right += right
        self._seconds += timing.seconds
        self._model += timing.model_s
        self._sandbox += timing.sandbox_s

    def seconds(self) -> Seconds | None:
        worked = self._model + self._sandbox
        if not self._n:
            return None
        return Seconds(
            n=self._n,
            per_problem=self._seconds / self._n,
            per_right=self._seconds / self._right if self._right else None,
            model=self._model,
            sandbox=self._sandbox,
            sandbox_share=self._sandbox / worked if worked else None,
        )


class Tally:
    """Adds the problems of one strategy up. ``seed`` is for maj@k where there are too many sets of attempts to take all."""

    def __init__(self, strategy: str, *, seed: int = 0) -> None:
        self._strategy = strategy
        self._outcomes: Counter[Outcome] = Counter()
        self._sets, self._categories, self._levels, self._languages = _Groups(), _Groups(), _Groups(), _Groups()
        self._causes: Counter[str] = Counter()
        self._failures: Counter[str] = Counter()
        self._findings: Counter[str] = Counter()
        self._attempts = AttemptTally(seed=seed)
        self._turns = TurnTally()
        self._coverage = CoverageTally()
        self._prompt = self._completion = 0
        self._clock = _Clock()

    def add(self, graded: Graded, timing: Timing | None = None) -> None:
        """One problem, which must not have been added before."""
        outcome, right = graded.outcome, graded.outcome == "right"
        self._outcomes[outcome] += 1
        self._sets.add(graded.set, outcome)
        self._categories.add(graded.category, outcome)
        self._levels.add(graded.level, outcome)
        self._languages.add(graded.language, outcome)
        if outcome == "failed":
            self._failures[graded.cause] += 1
            return
        if not right:
            self._causes[graded.cause] += 1
        self._findings.update(graded.findings)
        self._attempts.add(graded.attempts)
        self._turns.add(graded.attempts)
        self._coverage.add(None if outcome == "abstained" else graded.agreement, right=right)
        self._prompt += graded.prompt_tokens
        self._completion += graded.completion_tokens
        if timing is not None:
            self._clock.add(timing, right=right)

    def summary(self) -> Summary:
        """Of all that was added so far."""
        count = self._outcomes
        n, right = count.total(), count["right"]
        known = n - count["failed"]
        tokens = self._prompt + self._completion
        return Summary(
            strategy=self._strategy,
            n=n,
            right=right,
            wrong=count["wrong"],
            undecided=count["undecided"],
            abstained=count["abstained"],
            failed=count["failed"],
            accuracy=Share.of(right, known),
            abstention=Share.of(count["abstained"], known),
            by_set=self._sets.groups(),
            by_category=self._categories.groups(),
            by_level=self._levels.groups(),
            by_language=self._languages.groups(),
            causes=_parts(self._causes, known),
            failures=_parts(self._failures, n),
            findings=_parts(self._findings, known),
            attempts=self._attempts.curves(),
            turns=self._turns.points(),
            dropped=self._turns.dropped,
            coverage=self._coverage.coverage(),
            tokens=Tokens(
                prompt=self._prompt,
                completion=self._completion,
                per_problem=tokens / known if known else None,
                completion_per_problem=self._completion / known if known else None,
                per_right=tokens / right if right else None,
            ),
            seconds=self._clock.seconds(),
        )


def summarise(rows: Iterable[Graded | Row], *, seed: int = 0) -> tuple[Summary, ...]:
    """A summary of each strategy, in the order in which they first come. A `Row` brings its seconds, a `Graded` has none.

    To summarise one set or one level only, give only its rows.
    """
    tallies: dict[str, Tally] = {}
    for row in rows:
        graded, timing = (row.graded, row.timing) if isinstance(row, Row) else (row, None)
        if graded.strategy not in tallies:
            tallies[graded.strategy] = Tally(graded.strategy, seed=seed)
        tallies[graded.strategy].add(graded, timing)
    return tuple(tally.summary() for tally in tallies.values())


def _in_order(name: str) -> str:
    """Level 2 comes before level 10."""
    return re.sub(r"\d+", lambda digits: digits[0].zfill(12), name)


def _parts(counts: Counter[str], n: int) -> tuple[Part, ...]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Part(name=name, share=Share.of(count, n)) for name, count in ordered)

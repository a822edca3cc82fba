"""What is said of pairs, by us, by plain math-verify and by comparing strings; and how fast."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from agent.equivalence import Comparer, Pair, Verdict
from benchmarks.equivalence.pairs import Labelled

__all__ = ["Measured", "by_math_verify", "by_string", "measure"]

_SINGLE = 300
"""Comparisons that are timed one at a time."""
_PATIENCE_S = 10.0


@dataclass(frozen=True)
class Measured:
    """Verdicts in the order of the pairs, and times."""

    pairs: Sequence[Labelled]
    verdicts: Sequence[Verdict]
    seconds: float
    """For all pairs at once."""
    single_ms: Sequence[float]
    """Milliseconds of comparisons one at a time."""

    @property
    def agree(self) -> int:
        return sum(verdict.outcome == pair.expected for pair, verdict in zip(self.pairs, self.verdicts, strict=True))

    @property
    def undecided(self) -> int:
        return sum(verdict.outcome == "undecided" for verdict in self.verdicts)

    @property
    def per_s(self) -> float:
        return len(self.pairs) / self.seconds if self.seconds else 0.0

    @property
    def p99_ms(self) -> float:
        ranked = sorted(self.single_ms)
        return ranked[min(len(ranked) - 1, int(0.99 * len(ranked)))] if ranked else 0.0


async def measure(pairs: Sequence[Labelled], comparer: Comparer) -> Measured:
    """All pairs at once, after a first round that starts the workers; then some of them one at a time."""
    jobs = [Pair(gold=pair.golds, predicted=pair.predicted, mode=pair.mode) for pair in pairs]
    await comparer.compare(jobs)
    started = time.perf_counter()
    verdicts = await comparer.compare(jobs)
    seconds = time.perf_counter() - started
    single = []
    for job in jobs[:: max(1, len(jobs) // _SINGLE)]:
        began = time.perf_counter()
        await comparer.compare([job])
        single.append((time.perf_counter() - began) * 1000)
    return Measured(pairs, verdicts, seconds, single)


def by_string(pairs: Sequence[Labelled]) -> int:
    """Pairs on which comparing the texts without blanks is right."""
    return sum(
        any("".join(gold.split()) == "".join(pair.predicted.split()) for gold in pair.golds)
        == (pair.expected == "equal")
        for pair in pairs
    )


def by_math_verify(pairs: Sequence[Labelled]) -> int:
    """Pairs on which math-verify's parse and verify are right, in a process of its own; what hangs counts as wrong."""
    right, left = 0, list(pairs)
    while left:
        with ProcessPoolExecutor(max_workers=1) as executor:
            futures = [(pair, executor.submit(_verify, pair.golds, pair.predicted)) for pair in left]
            for done, (pair, future) in enumerate(futures, start=1):
                try:
                    right += future.result(timeout=_PATIENCE_S) == (pair.expected == "equal")
                except (TimeoutError, BrokenProcessPool):
                    for process in list(executor._processes.values()):
                        process.kill()
                    left = left[done:]
                    break
            else:
                return right
    return right


def _verify(golds: tuple[str, ...], predicted: str) -> bool:
    from math_verify import parse, verify

    answer = parse(f"${predicted}$" if "\\" in predicted and "$" not in predicted else predicted)
    return any(verify(parse(f"${gold}$" if "\\" in gold and "$" not in gold else gold), answer) for gold in golds)

"""What the detectors say about labelled texts, counted.

A kind counts as predicted where there is any finding of it, hard or soft. Spans are not compared. Texts of unknown end are
looked at without a finish reason; a corpus may give one.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from agent.degeneracy.lexicon import Lexicon
from agent.stages.screen import Watch, screen
from agent.types import Completion, Finding, Problem
from benchmarks.degeneracy.corpus import KINDS, Kind, Record
from sandbox import NameIndex

__all__ = ["Counts", "Measured", "Streamed", "measure", "stream"]

_TOKEN = re.compile(r"[A-Za-z]+|\d|[^\sA-Za-z\d]|\s+")
"""What stands in for a token where no model's tokenizer is at hand: a word, a digit, any other character."""


@dataclass(frozen=True)
class Counts:
    """Texts with a kind that were found, texts without it that were accused, texts with it that were missed."""

    hits: int = 0
    false: int = 0
    missed: int = 0

    @property
    def n(self) -> int:
        return self.hits + self.missed

    @property
    def precision(self) -> float | None:
        return self.hits / (self.hits + self.false) if self.hits + self.false else None

    @property
    def recall(self) -> float | None:
        return self.hits / self.n if self.n else None

    @property
    def f1(self) -> float | None:
        whole = 2 * self.hits + self.false + self.missed
        return 2 * self.hits / whole if self.n else None


@dataclass(frozen=True)
class Streamed:
    """What the watch did with one text that it was given piece by piece."""

    cut_at: int | None
    """Characters that it had seen when it ended the text; None: it never did."""
    tokens_after_start: int | None
    """Tokens between the label's start and the cut."""
    looks_ms: tuple[float, ...]
    """Milliseconds of each call of the watch."""


@dataclass(frozen=True)
class Measured:
    """All that the report shows."""

    records: Sequence[Record]
    findings: Sequence[tuple[Finding, ...]]
    characters: int
    seconds: float
    streamed: Sequence[Streamed] = field(default=())

    def counts(self, kind: Kind, *origins: str) -> Counts:
        """Over the texts of these origins, or over all. A text that readers were unsure about is left out for that kind."""
        hits = false = missed = 0
        for record, findings in zip(self.records, self.findings, strict=True):
            if origins and record.origin not in origins:
                continue
            if kind in record.unsure:
                continue
            predicted = any(finding.kind == kind for finding in findings)
            actual = kind in record.kinds
            hits += predicted and actual
            false += predicted and not actual
            missed += actual and not predicted
        return Counts(hits, false, missed)

    @property
    def genuine(self) -> list[tuple[Record, tuple[Finding, ...]]]:
        return [(record, found) for record, found in zip(self.records, self.findings, strict=True) if record.genuine]

    def alarms(self, severity: str) -> int:
        """Genuine texts with at least one finding of that severity."""
        return sum(any(finding.severity == severity for finding in findings) for _, findings in self.genuine)

    @property
    def slowest_ms(self) -> float:
        return max((look for one in self.streamed for look in one.looks_ms), default=0.0)

    def look_ms(self, share: float) -> float:
        """The quantile ``share`` of the milliseconds of a look."""
        looks = sorted(look for one in self.streamed for look in one.looks_ms)
        return looks[min(len(looks) - 1, int(share * len(looks)))] if looks else 0.0

    @property
    def latency(self) -> float | None:
        """Median tokens from the start of a loop to the cut."""
        cuts = [one.tokens_after_start for one in self.streamed if one.tokens_after_start is not None]
        return median(cuts) if cuts else None


def measure(
    records: Sequence[Record], *, lexicon: Lexicon, names: NameIndex | None, streaming: bool = True
) -> Measured:
    """Screen every text, and time it on one core; then hand it to the watch piece by piece."""
    for record in records[:20]:  # warm: tables are built when first used
        _screen(record, lexicon, names)
    started = time.process_time()
    findings = [_screen(record, lexicon, names) for record in records]
    seconds = time.process_time() - started
    return Measured(
        records,
        findings,
        characters=sum(len(record.text) for record in records),
        seconds=seconds,
        streamed=[stream(record) for record in records] if streaming else (),
    )


def _screen(record: Record, lexicon: Lexicon, names: NameIndex | None) -> tuple[Finding, ...]:
    completion = Completion(text=record.text, finish_reason=record.finish_reason)
    problem = Problem(text=record.problem, language=record.language)
    return screen(completion, problem, lexicon=lexicon, names=names)


def stream(record: Record) -> Streamed:
    """Give the watch the text as a server would, and note where it ends the request."""
    watch = Watch(Problem(text=record.problem, language=record.language))
    looks = []
    for piece in _TOKEN.finditer(record.text):
        started = time.perf_counter()
        stop = watch(record.text[: piece.end()])
        looks.append((time.perf_counter() - started) * 1000)
        if stop:
            loops = [label.start for label in record.labels if label.kind == "repetition" and label.start >= 0]
            after = (
                len(_TOKEN.findall(record.text[min(loops) : piece.end()]))
                if loops and min(loops) <= piece.end()
                else None
            )
            return Streamed(piece.end(), after, tuple(looks))
    return Streamed(None, None, tuple(looks))


def share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def as_json(measured: Measured) -> dict[str, object]:
    """The contract of ``--json``'s last line."""
    kinds = {}
    for kind in KINDS:
        counts = measured.counts(kind)
        kinds[kind] = {"n": counts.n, "precision": counts.precision, "recall": counts.recall, "f1": counts.f1}
    genuine = len(measured.genuine)
    return {
        "kinds": kinds,
        "genuine": genuine,
        "hard_false_alarm_rate": share(measured.alarms("hard"), genuine),
        "soft_false_alarm_rate": share(measured.alarms("soft"), genuine),
        "chars_per_s": measured.characters / measured.seconds if measured.seconds else 0.0,
    }

"""Tables of a measurement, for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agent.intervals import f1_interval, wilson
from benchmarks.degeneracy.corpus import KINDS
from benchmarks.degeneracy.measure import Counts, Measured

__all__ = ["Mistake", "mistakes", "show"]

_ORIGINS = ("natural", "constructed", "mutated", "given")
_GOALS = {"repetition": 0.95, "truncation": 0.95, "script": 0.95, "api": 0.95, "term": 0.85, "drift": 0.85}
_GOALS_MADE = {"term": 0.95, "drift": 0.95}
_HARD_GOAL, _SOFT_GOAL, _SPEED_GOAL, _CHUNK_GOAL_MS = 0.01, 0.05, 200_000, 2.0


def show(measured: Measured, *, errors: bool = False, console: Console | None = None) -> None:
    """Print one table for each origin of texts, then false alarms, speed, and if asked every mistake."""
    console = console or Console()
    for origin in _ORIGINS:
        texts = [record for record in measured.records if record.origin == origin]
        if texts:
            console.print(_kinds(measured, origin, len(texts)))
    console.print(_rest(measured))
    if errors:
        table = Table("text", "kind", "what happened", "findings", title="Mistakes", title_justify="left")
        for line in mistakes(measured):
            table.add_row(Text(line.id), line.kind, line.error, Text("; ".join(line.messages)[:160]))
        console.print(table)


def _kinds(measured: Measured, origin: str, number: int) -> Table:
    table = Table(
        "kind",
        "texts",
        "precision",
        "recall",
        "F1",
        "goal",
        title=f"{origin}: {number} texts; 95 % intervals (Wilson)",
        title_justify="left",
    )
    for kind in KINDS:
        counts = measured.counts(kind, origin)
        goal = (_GOALS if origin in ("natural", "given") else _GOALS_MADE).get(kind)
        table.add_row(
            kind,
            str(counts.n),
            _share(counts.hits, counts.hits + counts.false),
            _share(counts.hits, counts.n),
            _f1(counts),
            "" if goal is None or counts.f1 is None else _verdict(f"{goal:.2f}", counts.f1 >= goal),
        )
    return table


def _rest(measured: Measured) -> Table:
    table = Table("", "", "goal", title="Genuine texts, speed, streaming", title_justify="left")
    genuine = len(measured.genuine)
    hard, soft = measured.alarms("hard"), measured.alarms("soft")
    speed = measured.characters / measured.seconds if measured.seconds else 0.0
    if genuine:
        table.add_row("genuine texts", str(genuine), "")
        table.add_row(
            "… with a hard finding", _share(hard, genuine), _verdict("at most 1 %", hard <= _HARD_GOAL * genuine)
        )
        table.add_row(
            "… with a soft finding", _share(soft, genuine), _verdict("at most 5 %", soft <= _SOFT_GOAL * genuine)
        )
        for kind in KINDS:
            falsely = sum(any(finding.kind == kind for finding in findings) for _, findings in measured.genuine)
            table.add_row(f"    {kind}", _share(falsely, genuine), "")
    table.add_row("characters a second, one core", f"{speed:,.0f}", _verdict("at least 200,000", speed >= _SPEED_GOAL))
    if measured.streamed:
        worst = measured.slowest_ms
        table.add_row("99th percentile of a look while streaming", f"{measured.look_ms(0.99):.2f} ms", "")
        table.add_row(
            "slowest look while streaming", f"{worst:.2f} ms", _verdict("at most 2 ms", worst <= _CHUNK_GOAL_MS)
        )
        pairs = list(zip(measured.records, measured.streamed, strict=True))
        loops = [one.cut_at is not None for record, one in pairs if "repetition" in record.kinds]
        cut = sum(loops)
        table.add_row("loops that streaming ends", _share(cut, len(loops)), "")
        if measured.latency is not None:
            table.add_row("tokens from a loop's start to the cut, median", f"{measured.latency:.0f}", "")
        ended = sum(one.cut_at is not None for record, one in pairs if record.genuine)
        table.add_row("genuine texts that streaming ends", _share(ended, genuine), "")
    return table


def _share(part: int, whole: int) -> str:
    if not whole:
        return "–"
    low, high = wilson(part, whole)
    return f"{part / whole:.3f} ({low:.2f}–{high:.2f})"


def _f1(counts: Counts) -> str:
    if counts.f1 is None:
        return "–"
    low, high = f1_interval(counts.hits, counts.false, counts.missed)
    return f"{counts.f1:.3f} ({low:.2f}–{high:.2f})"


def _verdict(goal: str, met: bool) -> Text:
    return Text(f"{goal}: {'met' if met else 'missed'}", style="green" if met else "red")


@dataclass(frozen=True)
class Mistake:
    """One kind of one text that was judged wrongly."""

    id: str
    kind: str
    error: str
    messages: tuple[str, ...]


def mistakes(measured: Measured) -> Iterator[Mistake]:
    """Every kind of every text that was judged wrongly."""
    for record, findings in zip(measured.records, measured.findings, strict=True):
        for kind in KINDS:
            mine = tuple(finding.message for finding in findings if finding.kind == kind)
            if kind not in record.unsure and bool(mine) != (kind in record.kinds):
                yield Mistake(record.id, kind, "false alarm" if mine else "missed", mine)

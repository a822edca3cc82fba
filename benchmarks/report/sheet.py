"""Results as CSV: a row for each problem and strategy, safe to open in a spreadsheet.

Covers what `Graded` holds of the whole problem; texts, attempts and turns are in ``results.jsonl``.
"""

from __future__ import annotations

import csv
import re
from typing import IO

from benchmarks.records import Record

__all__ = ["COLUMNS", "Sheet", "safe"]

COLUMNS = (
    "run", "set", "id", "strategy", "category", "level", "language", "outcome", "answer", "gold", "rule", "cause", "agreement",
    "attempts", "turns", "prompt_tokens", "completion_tokens", "findings", "seconds", "model_s", "sandbox_s",
)  # fmt: skip
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: one that begins like it, and is no number, gets an apostrophe."""
    bare = cell.lstrip(" \t\r\n\ufeff\u3000")
    if bare[:1] in tuple("=+-@＝＋－＠") and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return f"'{cell}" if cell[:1] in ("\t", "\r", "\n") else cell


class Sheet:
    """Writes the heading at once and a row for each `add`. Open ``file`` with ``newline=""``."""

    def __init__(self, file: IO[str]) -> None:
        self._writer = csv.writer(file, lineterminator="\r\n")
        self._writer.writerow(COLUMNS)

    def add(self, run: str, record: Record) -> None:
        graded = record.graded
        cells = (
            run,
            graded.set,
            graded.id,
            graded.strategy,
            graded.category,
            graded.level,
            graded.language,
            graded.outcome,
            graded.answer or "",
            " | ".join(graded.gold),
            graded.rule,
            graded.cause,
            f"{graded.agreement:.6g}",
            str(len(graded.attempts)),
            str(sum(len(attempt.turns) for attempt in graded.attempts)),
            str(graded.prompt_tokens),
            str(graded.completion_tokens),
            " ".join(graded.findings),
            f"{record.seconds:.3f}",
            f"{record.model_s:.3f}",
            f"{record.sandbox_s:.3f}",
        )
        self._writer.writerow([safe(cell).replace("\x00", "␀") for cell in cells])

"""Results as CSV: a row for each problem and strategy, safe to open in a spreadsheet.

Covers what `Graded` holds of the whole problem; texts, attempts and turns are in ``results.jsonl``.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from typing import IO

from benchmarks.records import Record

__all__ = ["COLUMNS", "safe", "write"]

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


def write(file: IO[str], records: Iterable[tuple[str, Record]]) -> int:
    """Rows of ``run, record``; how many. Open ``file`` with ``newline=""`` and errors that let no surrogate stop it."""
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    count = 0
    for run, record in records:
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
        writer.writerow([safe(cell).replace("\x00", "␀") for cell in cells])
        count += 1
    return count

"""What the readers of files pass on: a row with its cells as the file has them, or a row that was left out and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Row", "Skipped"]


@dataclass(frozen=True)
class Row:
    """One record. ``line`` counts from 1: lines of text files, elements of a JSON list, rows of Parquet."""

    line: int
    cells: Mapping[str, object]


@dataclass(frozen=True)
class Skipped:
    """A row that is left out."""

    line: int
    reason: str
    """In words that go on from "line 3 …"."""

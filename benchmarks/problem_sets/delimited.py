"""Readers of CSV and TSV, with a header or with names given for one. Quoted fields may hold line breaks."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from agent.errors import UsageError
from benchmarks.problem_sets.encoding import open_bytes, reading
from benchmarks.problem_sets.rows import Row, Skipped

__all__ = ["delimited_header", "read_delimited"]

_WHOLE = re.compile(r"([+-]?\d+)\.0")
"""How tools write a whole number of a column that has gaps."""


def delimited_header(path: Path, delimiter: str) -> tuple[str, ...]:
    """The fields of the first line. Raises `UsageError` where there is none."""
    for _, fields in _records(path, delimiter):
        if isinstance(fields, list):
            names = tuple(name.strip() for name in fields)
            if not any(_broken(name) for name in names):
                return names
        break
    raise UsageError(f"{path} has no header", advice="Name the columns in its first line: id,problem,answer.")


def read_delimited(
    path: Path, delimiter: str, header: Sequence[str], *, skip_header: bool = True
) -> Iterator[Row | Skipped]:
    """One row for each record. ``header`` names the fields; with ``skip_header`` the first record is the header itself."""
    for position, (line, fields) in enumerate(_records(path, delimiter)):
        if position == 0 and skip_header:
            continue
        if isinstance(fields, str):
            yield Skipped(line, fields)
        elif any(_broken(field) for field in fields):
            yield Skipped(line, "is not UTF-8")
        elif len(fields) > len(header) and any(fields[len(header) :]):
            yield Skipped(line, f"has {len(fields)} fields, more than the {len(header)} of the header")
        else:
            yield Row(line, dict(zip(header, map(_number, fields), strict=False)))


def _records(path: Path, delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """Each record with the line that it begins in: its fields, or in words why it cannot be split."""
    with reading(path), open_bytes(path) as raw:
        # Bytes that are no text come through as lone surrogates, so that only their own record is lost.
        text = io.TextIOWrapper(raw, encoding="utf-8-sig", errors="surrogateescape", newline="")
        records = csv.reader(text, delimiter=delimiter, strict=True)
        while True:
            line = records.line_num + 1
            try:
                fields = next(records)
            except StopIteration:
                return
            except csv.Error as error:
                why = "it opens a quote that is never closed" if "end of data" in str(error) else str(error)
                yield line, f"is no record of a table: {why}"
                continue
            if any(field.strip() for field in fields):
                yield line, fields


def _number(field: str) -> str:
    whole = _WHOLE.fullmatch(field.strip())
    return whole[1] if whole else field


def _broken(field: str) -> bool:
    return any(0xDC80 <= ord(character) <= 0xDCFF for character in field) if not field.isascii() else False

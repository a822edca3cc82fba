"""Table: one local file of rows, whatever its format. It knows the file's columns and hash, and reads it as often as asked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

from agent.errors import UsageError
from benchmarks.problem_sets.columns import Columns
from benchmarks.problem_sets.delimited import delimited_header, read_delimited
from benchmarks.problem_sets.encoding import beginning, reading, refuse_foreign
from benchmarks.problem_sets.lines import is_list, read_lines, read_list
from benchmarks.problem_sets.parquet import parquet_header, read_parquet
from benchmarks.problem_sets.rows import Row, Skipped

__all__ = ["FORMATS", "Table", "open_table", "stem"]

Format = Literal["lines", "list", "csv", "tsv", "parquet"]
FORMATS = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")
_SHOWN = "JSON Lines (.jsonl), a JSON list (.json), CSV, TSV or Parquet, the first four also as .gz"
_PEEKED = 200
"""Rows of JSON that are looked at for their columns."""


@dataclass(frozen=True)
class Table:
    path: Path
    format: Format
    header: tuple[str, ...]
    """The columns; of JSON those that its first rows have."""
    headed: bool
    """Whether the first line of a CSV or TSV is the header, and no row."""
    digest: str
    """SHA-256 of the file's bytes."""

    def rows(self, columns: Columns) -> Iterator[Row | Skipped]:
        """All rows, from the beginning. Raises `UsageError` where the file cannot be read on."""
        match self.format:
            case "lines":
                return read_lines(self.path)
            case "list":
                return read_list(self.path)
            case "parquet":
                return read_parquet(self.path, columns.wanted(self.header))
            case _:
                return read_delimited(self.path, _delimiter(self.format), self.header, skip_header=self.headed)


def open_table(path: Path, *, names: Sequence[str] = (), numbered: bool = False) -> Table:
    """The file as a table. ``names`` are the columns of a CSV or TSV that has no header; with ``numbered`` they are 1, 2, 3, ….

    Raises `UsageError` where there is no such file, or none that can be read.
    """
    with reading(path):
        if path.is_dir():
            raise UsageError(f"{path} is a folder", advice="Name a file in it.")
        if not path.exists():
            raise UsageError(f"there is no file {path}", advice="Check its name.")
        if not path.is_file():
            raise UsageError(f"{path} is no ordinary file", advice="Save it as one: it is read several times.")
    sample = beginning(path)
    kind = _format(path, sample)
    if kind == "parquet":
        return Table(path, kind, parquet_header(path), True, _digest(path))
    refuse_foreign(path, sample)
    if kind in ("csv", "tsv"):
        header = delimited_header(path, _delimiter(kind))
        if numbered:
            names = [str(place + 1) for place in range(len(header))]
        headed = not names or header[: len(names)] == tuple(names)
        twice = next((name for name in header if name and header.count(name) > 1), None)
        if headed and twice is not None:
            raise UsageError(f"{path} has two columns {twice!r}", advice="Rename one of them.")
        return Table(path, kind, header if headed else tuple(names), headed, _digest(path))
    rows = read_list(path) if kind == "list" else read_lines(path)
    seen: dict[str, None] = {}
    for row in islice(rows, _PEEKED):
        if isinstance(row, Row):
            seen |= dict.fromkeys(row.cells)
    return Table(path, kind, tuple(seen), False, _digest(path))


def stem(path: Path) -> str:
    """The file's name without what tells its format: the name of the set."""
    name = path.name.removesuffix(".gz")
    return next((name.removesuffix(ending) for ending in FORMATS if name.endswith(ending)), name) or path.name


def _format(path: Path, sample: bytes) -> Format:
    if sample.startswith(b"PAR1"):
        return "parquet"
    if sample.startswith(b"PK\x03\x04"):
        raise UsageError(
            f"{path} is an archive or an Excel sheet", advice="Unpack it, or save the sheet as CSV in UTF-8."
        )
    ending = next((ending for ending in FORMATS if path.name.lower().removesuffix(".gz").endswith(ending)), "")
    match ending:
        case ".csv":
            return "csv"
        case ".tsv":
            return "tsv"
        case ".parquet":
            return "parquet"
    start = sample.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not ending and start[:1] not in (b"{", b"["):
        raise UsageError(f"{path} is no format that is read here", advice=f"Give {_SHOWN}.")
    return "list" if is_list(sample) or (ending == ".json" and _one_object(start)) else "lines"


def _one_object(start: bytes) -> bool:
    """Whether it is an object set over several lines: no list, but no lines either, and said so by the reader of lists."""
    return start.split(b"\n", maxsplit=1)[0].strip() == b"{"


def _delimiter(kind: Format) -> str:
    return "\t" if kind == "tsv" else ","


def _digest(path: Path) -> str:
    with reading(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

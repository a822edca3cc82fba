"""Reader of Parquet, batch by batch. Needs pyarrow, which the extra ``bench`` brings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import UsageError
from benchmarks.problem_sets.encoding import reading
from benchmarks.problem_sets.rows import Row, Skipped

if TYPE_CHECKING:
    import pyarrow.parquet

__all__ = ["parquet_header", "read_parquet"]

_BATCH = 512


def parquet_header(path: Path) -> tuple[str, ...]:
    """The names of the columns. Raises `UsageError` where the file is damaged or pyarrow is missing."""
    with reading(path), _opened(path) as file:
        return tuple(str(name) for name in file.schema_arrow.names)


def read_parquet(path: Path, wanted: Sequence[str]) -> Iterator[Row | Skipped]:
    """Rows with the columns ``wanted`` only: others may hold pictures or embeddings."""
    import pyarrow

    number = 0
    with reading(path), _opened(path) as file:
        batches = file.iter_batches(batch_size=_BATCH, columns=list(wanted))
        while True:
            try:
                batch = next(batches, None)
                rows = [] if batch is None else batch.to_pylist()
            except (pyarrow.ArrowException, UnicodeDecodeError) as error:
                raise UsageError(f"{path} is damaged: {_first(error)}", advice="Get the file once more.") from error
            if batch is None:
                return
            for cells in rows:
                number += 1
                yield Row(number, cells)


def _opened(path: Path) -> pyarrow.parquet.ParquetFile:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise UsageError(
            f"{path} is Parquet, and pyarrow is not installed", advice="Install it: pip install 'sangaku[bench]'."
        ) from error
    try:
        return pyarrow.parquet.ParquetFile(path)
    except pyarrow.ArrowException as error:
        raise UsageError(f"{path} is no whole Parquet file: {_first(error)}", advice="Get it once more.") from error


def _first(error: Exception) -> str:
    return str(error).split("\n", maxsplit=1)[0][:200]

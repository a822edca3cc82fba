"""Records into the page's index and blocks, one at a time.

Covers what is kept of a record: an index entry of some hundred bytes, and its place in the blocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

from benchmarks.records import Record
from benchmarks.report.blocks import Blocks, as_json
from benchmarks.report.details import detail
from benchmarks.report.index import Index

__all__ = ["Gathering"]


class Gathering:
    """Writes details to ``file`` as they come; `finish` gives the index. ``contenders`` fixes the order of the columns."""

    def __init__(self, file: IO[str], *, contenders: Sequence[str] = ()) -> None:
        self._blocks = Blocks(file)
        self._index = Index(contenders)

    def add(self, contender: str, record: Record) -> None:
        """``contender`` is the label of its column: the strategy, and the run where there are several."""
        solution = record.solution
        if solution is not None and solution.problem.text and not self._index.has_text(record.graded):
            text = solution.problem.text
            place = self._blocks.add(as_json(text))
            self._index.put_text(record.graded, text, place)
        self._index.put(contender, record.graded, self._blocks.add(detail(record)))

    def finish(self) -> Index:
        self._blocks.close()
        return self._index

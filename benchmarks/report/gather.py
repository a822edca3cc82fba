"""Records into the page's index and blocks, one at a time.

Covers the one pass over the records of all runs. No record is kept: an index entry of some hundred bytes is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from benchmarks.records import Record
from benchmarks.report.blocks import Blocks
from benchmarks.report.details import detail
from benchmarks.report.index import Index

__all__ = ["gather"]


def gather(records: Iterable[tuple[str, Record]], blocks: Blocks, *, contenders: Sequence[str] = ()) -> Index:
    """``records`` come with the label of their contender: the strategy, and the run where there are several.

    ``contenders`` fixes the order of the columns. Closes ``blocks``.
    """
    index = Index(contenders)
    for contender, record in records:
        solution = record.solution
        if solution is not None and solution.problem.text and not index.has_text(record.graded):
            text = solution.problem.text
            index.put_text(record.graded, text, blocks.add(json.dumps(text, ensure_ascii=True)))
        index.put(contender, record.graded, blocks.add(detail(record)))
    blocks.close()
    return index

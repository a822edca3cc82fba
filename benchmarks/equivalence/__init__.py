"""The benchmark of equality of answers: ``python -m benchmarks.equivalence``. Its pairs, ours: `pairs.jsonl`."""

from __future__ import annotations

from benchmarks.equivalence.pairs import Labelled, read, shipped

__all__ = ["Labelled", "read", "shipped"]

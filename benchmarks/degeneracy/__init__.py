"""The benchmark of the detectors of degenerate text: ``python -m benchmarks.degeneracy``. Its corpus: `texts/README.md`."""

from __future__ import annotations

from benchmarks.degeneracy.corpus import KINDS, Label, Record, read, shipped
from benchmarks.degeneracy.measure import Counts, Measured, measure

__all__ = ["KINDS", "Counts", "Label", "Measured", "Record", "measure", "read", "shipped"]

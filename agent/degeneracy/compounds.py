"""What the two languages' finders of compounds share."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Candidate"]


@dataclass(frozen=True)
class Candidate:
    """A compound that nothing attests. ``named``: its head names results (theorem, law …), which cannot be made up freely."""

    text: str
    start: int
    named: bool

"""screen: is this text fit to be read on? Twice asked: while it is written (`Watch`), and when it is whole (`screen`)."""

from __future__ import annotations

from agent.degeneracy.repetition import tail_cycle
from agent.degeneracy.truncation import truncation
from agent.types import Completion, Finding

__all__ = ["Watch", "screen"]

_STEP = 24
"""Characters between two looks at a growing text: a loop costs at most this much more."""


class Watch:
    """Called with the text so far; True as soon as it ends in a loop. `finding` then says which."""

    def __init__(self) -> None:
        self.finding: Finding | None = None
        self._seen = 0

    def __call__(self, text: str) -> bool:
        if len(text) - self._seen >= _STEP or len(text) < self._seen:
            self._seen = len(text)
            self.finding = tail_cycle(text)
        return self.finding is not None


def screen(completion: Completion) -> tuple[Finding, ...]:
    """All findings of the whole text; a hard one means that it must leave the context."""
    # As it was watched, and without trailing blanks, which can hide a cycle or be part of its last copy.
    loop = tail_cycle(completion.text) or tail_cycle(completion.text.rstrip())
    found = (loop, truncation(completion))
    return tuple(finding for finding in found if finding is not None)

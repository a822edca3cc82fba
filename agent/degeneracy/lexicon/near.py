"""Near: the term that somebody may have meant, by edit distance on folded names."""

from __future__ import annotations

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from agent.degeneracy.lexicon.fold import fold
from agent.degeneracy.lexicon.read import Lexicon

__all__ = ["nearest"]

_LEAST, _SHORT = 3, 7
"""Characters from which on a term has near ones, and up to which one edit is allowed, beyond it two: 余玄定理 → 余弦定理."""


def nearest(term: str, lexicon: Lexicon) -> str | None:
    """The attested term within one or two edits of ``term``, as the lexicon writes it, or None."""
    name = fold(term)
    if len(name) < _LEAST:
        return None
    most = 1 if len(name) <= _SHORT else 2
    close = [
        other for size in range(len(name) - most, len(name) + most + 1) for other in lexicon.by_length.get(size, ())
    ]
    best = process.extractOne(name, close, scorer=Levenshtein.distance, score_cutoff=most)
    return None if best is None else lexicon.shown(best[0])

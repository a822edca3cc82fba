"""Unattested terms: compounds that look like names of mathematics and that no source attests.

A candidate is a compound with a head (定理, 公式, 関数 …; theorem, formula, number …). It is accepted where the lexicon attests it,
where the problem holds it, where the text itself defines it, or where a productive pattern makes it (n次…, 非…, X の公式).
Models invent terms out of known words, so that known words alone prove nothing. The verdict is *unattested*, never *false*.

It does not look at single words, nor at compounds with other heads.
"""

from __future__ import annotations

from collections.abc import Iterator

from agent.degeneracy.coined import coined
from agent.degeneracy.compounds import Candidate
from agent.degeneracy.compounds_en import english
from agent.degeneracy.compounds_ja import japanese
from agent.degeneracy.distorted import distorted
from agent.degeneracy.lexicon import Lexicon
from agent.degeneracy.lexicon.near import nearest
from agent.degeneracy.mask import Masked
from agent.types import Finding

__all__ = ["terms"]

_HARD = 3
"""Different unattested terms in one text that make it degenerate as a whole; fewer may be our lexicon's fault."""


def terms(masked: Masked, problem: str, lexicon: Lexicon) -> tuple[Finding, ...]:
    """One finding for each unattested compound, at its first place; soft ones, or hard where there are `_HARD` and more."""
    seen: dict[str, Candidate] = {}
    end = 0
    for candidate in sorted(
        _candidates(masked, problem, lexicon), key=lambda one: (one.start + len(one.text), one.start)
    ):
        if candidate.start >= end:  # of one within another only the first: 残留正規化数, not 残留正規化数の公式 as well
            seen.setdefault(candidate.text.lower(), candidate)
            end = candidate.start + len(candidate.text)
    named = sum(candidate.named for candidate in seen.values())
    severity = "hard" if named >= _HARD else "soft"
    return tuple(
        Finding(
            kind="term",
            rule="unattested",
            severity=severity,
            message=_message(candidate.text, lexicon),
            start=candidate.start,
            end=candidate.start + len(candidate.text),
        )
        for candidate in sorted(seen.values(), key=lambda candidate: candidate.start)
    )


def _candidates(masked: Masked, problem: str, lexicon: Lexicon) -> Iterator[Candidate]:
    yield from japanese(masked, problem, lexicon)
    yield from coined(masked, problem, lexicon)
    yield from english(masked, problem, lexicon)
    yield from distorted(masked, problem, lexicon)


def _message(text: str, lexicon: Lexicon) -> str:
    near = nearest(text, lexicon)
    shown = " ".join(text.split())
    return f"“{shown}” is attested by no source" + (f"; the nearest term is “{near}”" if near else "")

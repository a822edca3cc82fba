"""Distorted names: nearly an attested one, in places where the rules for compounds let the words pass.

A wrong character in a name with hiragana (宝べきの定理) or within a compound (標準変差), a person's name spelt wrong
(キホルヒッフの…), a misspelt English word (the implicate function theorem, theorum), two people who share what neither has
(デカルト・ピタゴラスの傾き公式). All but the last are found by what they are near to: an invention that is near to nothing is
not found here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from agent.degeneracy.compounds import Candidate
from agent.degeneracy.lexicon import Lexicon, fold
from agent.degeneracy.lexicon.near import nearest
from agent.degeneracy.mask import Masked
from agent.degeneracy.wording import EVERYDAY_EN, HOMOPHONES_JA

__all__ = ["distorted"]

_HEAD_JA = "定理|公式|補題|法則|原理|不等式|恒等式|関係式?"
_OWNED = re.compile(f"([\u3041-\u3096ァ-ヺー・\u4e00-\u9fff々]{{3,14}})の({_HEAD_JA})")
_PERSON = re.compile(
    f"([ァ-ヺー]{{5,}})の?[\u4e00-\u9fffァ-ヺー\u3041-\u3096]{{0,8}}?(?:{_HEAD_JA}|方程式|分布|変換|級数|関数|行列|積分)"
)
_JOINED = re.compile(
    f"[ァ-ヺー]{{2,}}(?:・[ァ-ヺー]{{2,}})+の[\u4e00-\u9fff々]{{1,4}}[\u3041-\u3096]{{1,2}}(?:{_HEAD_JA})"
)
_MIN_OWNER = 3
_HEAD_EN = re.compile(
    r"\b(?:theorem|lemma|inequality|identity|law|conjecture|principle|rule|formula|function theorem)s?\b", re.IGNORECASE
)
_BEFORE_EN = re.compile(r"(?:[A-Za-zÀ-ž'’\-–]+ ){1,4}$")
_AFTER_EN = re.compile(r" (?:of|for)(?: [A-Za-z'’\-]+){1,4}")
_WORD_EN = re.compile(r"[A-Za-z]{7,}")
_RUN_JA = re.compile("(?<![A-Za-z0-9}$\u4e00-\u9fff])[\u4e00-\u9fff]{3,6}(?![\u4e00-\u9fff])")
_ALIKE = {kanji: frozenset(group) - {kanji} for group in HOMOPHONES_JA for kanji in group}
_MIN_WORD, _MOST = 6, 2
"""Letters of a word that may be a misspelt one, and edits that make it so."""


def distorted(masked: Masked, problem: str, lexicon: Lexicon) -> Iterator[Candidate]:
    """The names that are nearly, but not, attested; those that the problem has are left out."""
    given = fold(problem)
    found = (
        *_japanese(masked.prose, lexicon),
        *_compounds(masked.prose, lexicon),
        *_english(masked.prose, lexicon),
        *_words(masked.prose),
    )
    for candidate in found:
        if fold(candidate.text) not in given:
            yield candidate


def _japanese(prose: str, lexicon: Lexicon) -> Iterator[Candidate]:
    for found in _OWNED.finditer(prose):
        owner, head = found[1], found[2]
        wholes = [(at, fold(owner[at:] + head)) for at in range(len(owner) - _MIN_OWNER + 1)]
        if any(name in lexicon.by_name for _, name in wholes) or fold(owner[-2:] + head) in lexicon.by_name:
            continue
        for at, name in wholes:
            if len(name) >= _MIN_OWNER + len(head) and _one_off(name, len(name) - len(head), lexicon):
                yield Candidate(prose[found.start() + at : found.end()], found.start() + at, named=True)
                break
    for found in _PERSON.finditer(prose):
        if _misspelt_person(found[1], lexicon):
            yield Candidate(found[0], found.start(), named=True)
    for found in _JOINED.finditer(prose):
        if fold(found[0]) not in lexicon.by_name:
            yield Candidate(found[0], found.start(), named=True)


def _compounds(prose: str, lexicon: Lexicon) -> Iterator[Candidate]:
    """Compounds with one character instead of another that is read alike; any other would make siblings: 左逆行列 and 右逆行列."""
    for found in _RUN_JA.finditer(prose):
        name = fold(found[0])
        if name not in lexicon.by_name and any(
            f"{name[:at]}{alike}{name[at + 1 :]}" in lexicon.by_name
            for at in range(len(name))
            for alike in _ALIKE.get(name[at], ())
        ):
            yield Candidate(found[0], found.start(), named=False)


def _words(prose: str) -> Iterator[Candidate]:
    """Everyday words of mathematics, spelt wrong."""
    for found in _WORD_EN.finditer(prose):
        if _misspelt_everyday(found[0].lower()):
            yield Candidate(found[0], found.start(), named=False)


@lru_cache(maxsize=16384)
def _misspelt_everyday(word: str) -> bool:
    if word in EVERYDAY_EN or word[:-1] in EVERYDAY_EN:
        return False
    for meant in EVERYDAY_EN:
        if abs(len(meant) - len(word)) > 1 or word[0] != meant[0]:
            continue
        same = next(
            (i for i, (a, b) in enumerate(zip(word, meant, strict=False)) if a != b), min(len(word), len(meant))
        )
        if same >= min(len(word), len(meant)) - 1:  # another ending of the same word
            continue
        if OSA.distance(word, meant, score_cutoff=1) <= 1:
            return True
    return False


def _one_off(name: str, changeable: int, lexicon: Lexicon) -> bool:
    """Whether another character at one of the first places would make it an attested name."""
    return any(f"{name[:at]}?{name[at + 1 :]}" in lexicon.one_off for at in range(changeable))


@lru_cache(maxsize=2048)
def _misspelt_person(written: str, lexicon: Lexicon) -> bool:
    name = fold(written)
    if name in lexicon.owners or any(name.startswith(owner) or name.endswith(owner) for owner in lexicon.owners):
        return False
    most = 1 if len(written) < _MIN_WORD else _MOST
    best = process.extractOne(name, lexicon.owners, scorer=OSA.distance, score_cutoff=most)
    return best is not None and len(best[0]) > 3


def _english(prose: str, lexicon: Lexicon) -> Iterator[Candidate]:
    for head in _HEAD_EN.finditer(prose):
        before = _BEFORE_EN.search(prose, max(0, head.start() - 60), head.start())
        after = _AFTER_EN.match(prose, head.end())
        starts = [] if before is None else [before.start() + found.start() for found in re.finditer(r"\S+", before[0])]
        ends = [head.end()]
        if after is not None:
            ends += [head.end() + found.end() for found in re.finditer(r" [A-Za-z'’\-]+", after[0])][1:]
        spans = [(start, end) for start in (*starts, head.start()) for end in ends if (start, end) != head.span()]
        attested = [span for span in spans if fold(prose[slice(*span)]) in lexicon.by_name]
        for start, end in spans:
            within = any(first <= start and end <= last for first, last in attested)
            if not within and _misspelt_words(prose[start:end], lexicon):
                yield Candidate(prose[start:end], start, named=True)
                break


@lru_cache(maxsize=4096)
def _misspelt_words(text: str, lexicon: Lexicon) -> bool:
    """Whether one long word of it, which is no word of the lexicon, is a misspelt one of an attested name."""
    near = nearest(text, lexicon)
    if near is None:
        return False
    words, meant = fold(text).split(), fold(near).split()
    if len(words) != len(meant):
        return False
    pairs = [(word, other) for word, other in zip(words, meant, strict=True) if word != other]
    return len(pairs) == 1 and len(pairs[0][0]) >= _MIN_WORD and pairs[0][0][0] == pairs[0][1][0]

"""Departures: two ways to leave a problem that words give away, whatever the rest of the text looks like.

A text that puts another question to itself, and one that lectures about something else: sentences without a formula, in words that
neither the problem, nor the text before, nor solutions in general have. It sees neither another topic of mathematics that begins
without such words, nor a story that is told in the words of textbooks; the model of `agent.degeneracy.drift` is for those.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from agent.degeneracy.mask import Masked
from agent.degeneracy.tokens import BOUNDARY, between, tokens
from agent.types import Finding, Language

__all__ = ["another_question", "lecture"]

_OPENING = re.compile(
    r"(?:^|(?<=[。！？!?\n]))[ \t#*>\-・]*(?:"
    r"(?:その)?(?:次|別|もう一つ|もうひとつ)の(?:例題|問題|問)(?:[:：は]|です)|[【(（]?(?:問題?|例題|練習問題)\s*\d{1,3}\s*[】)）:：.．]|【\d{1,3}】"
    r"|(?:ユーザー|質問|問)[:：]|(?:next|another|new) (?:problem|question|exercise)\b|(?:human|user|question|problem|exercise)[:：]"
    r"|(?:question|problem|exercise|example)\s*\d{1,3}\s*[.:)]|\d{1,3}[.)] \(a\)"
    r")",
    re.IGNORECASE | re.MULTILINE,
)
_REQUEST = re.compile(
    r"(?:求め|解き|答え|示し|計算し|証明し)(?:よ|なさい|てください)|(?:解け|示せ|証明せよ|計算せよ)|(?:何通り|いくら|いくつ|どれだけ)[^。\n]{0,12}か|[?？]"
    r"|\b(?:find|solve|calculate|compute|determine|evaluate|simplify|factori[sz]e|express|prove|show that"
    r"|how (?:many|much|far|long)|what is)\b",
    re.IGNORECASE,
)
_POSED = 240
"""Characters behind an opening in which the question has to be put."""
_NEW = 0.5
"""Share of what is put that the problem does not have, from which on it is another question."""
_SKIP = 40
"""Characters at the start of a text in which it may say the problem again, under a heading of its own."""

_FORMULA = re.compile(r"[\\$^<>≤≥≦≧√∑∫_]")
_HIRAGANA, _CJK = re.compile(r"[ぁ-ん]"), re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
_LECTURE, _LECTURE_SHARE, _LECTURE_HARD = 14, 0.25, 20
"""Foreign words in a run of sentences, and their share, from which on it is a lecture; and from which on beyond doubt.

On the development part of our corpus genuine texts have at most 10 (one list of names: 14), the lectures 23 to 40.
"""


def another_question(masked: Masked, problem: str) -> Finding | None:
    """A question that is put where the text should answer one. Hard: what follows is about that one."""
    asked = {token.key for token in tokens(problem)}
    for found in _OPENING.finditer(masked.outside):
        opening = found[0].strip(" \t#*>-・")
        start = found.end() - len(found[0].lstrip(" \t#*>-・"))
        piece = masked.prose[start : start + _POSED]
        if start < _SKIP or opening in problem or not _REQUEST.search(piece):
            continue
        put = [token.key for token in between(masked.text, start + len(opening), start + _POSED)]
        if len(put) >= 4 and sum(key not in asked for key in put) >= _NEW * len(put):
            return Finding(
                kind="drift",
                rule="another_question",
                severity="hard",
                message="the text puts a question that is not the problem's",
                start=start,
                end=len(masked.text),
            )
    return None


def lecture(masked: Masked, problem: str, language: Language, common: Callable[[str], bool]) -> Finding | None:
    """A run of sentences without formulas about something else. ``common``: whether solutions in general have a word.

    Sentences of another language are no matter of this one: all their words are foreign.
    """
    known = {token.key for token in tokens(problem)}
    if (
        len({token.key for token in tokens(masked.text) if token.kind == 2 and not common(token.key)} - known)
        < _LECTURE
    ):
        return None
    best, place = 0, (0, 0)
    start, foreign, words = 0, set[str](), set[str]()
    position = 0
    for end in [*(found.end() for found in BOUNDARY.finditer(masked.text)), len(masked.text)]:
        sentence = masked.outside[position:end]
        if not sentence.strip():  # code, or nothing
            position = end
            continue
        said = between(masked.text, position, end)
        here = {token.key for token in said if token.kind == 2 and masked.prose[token.start] != " "}
        strange = {key for key in here if key not in known and not common(key)}
        if _FORMULA.search(sentence) or not _of(language, sentence):
            known |= here | foreign
            foreign, words = set(), set()
        elif foreign or len(strange) > _LECTURE_SHARE * len(here):  # else it has not begun
            start = start if foreign else position
            words |= here
            foreign |= strange
            if len(foreign) > best and len(foreign) >= _LECTURE_SHARE * len(words):
                best, place = len(foreign), (start, end)
        position = end
    if best < _LECTURE:
        return None
    return Finding(
        kind="drift",
        rule="lecture",
        severity="hard" if best >= _LECTURE_HARD else "soft",
        message="sentences without a formula, in words that neither the problem nor solutions in general have",
        start=place[0],
        end=place[1],
    )


def _of(language: Language, sentence: str) -> bool:
    if language == "ja":
        return 5 * len(_HIRAGANA.findall(sentence)) >= len(sentence.strip())
    return sentence.isascii() or not _CJK.search(sentence)

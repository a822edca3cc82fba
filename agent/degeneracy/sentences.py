"""Loops of sentences: the same again, nearly the same, runs that say nothing new, stretches that deflate shrinks too well.

A loop in other words is seen by the words that announce it ("that is", つまり) or by its length; it does not compare meanings.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from rapidfuzz import fuzz, process

from agent.degeneracy.mask import Masked
from agent.degeneracy.tokens import between
from agent.types import Finding, Language

__all__ = [
    "COUNTS",
    "DATA",
    "NUMBER",
    "inner_cycle",
    "near_loop",
    "nothing_new",
    "repeated_sentences",
    "restating",
    "similar_sentences",
]

DATA = re.compile(r"[\s\d\[\](){},.+\-'\"#.*|/:]*")
COUNTS = re.compile(r"\d+|(?<![A-Za-z\\])[A-Za-z](?![A-Za-z])|[①-⑳]|[α-ω]|(?<=第)[一二三四五六七八九十]+")
NUMBER = re.compile(r"\d+")
_SENTENCE = re.compile(r"[^\n。.!?！？]{2,}(?:\.\d[^\n。.!?！？]*)*")
_DIGIT = re.compile(r"\d")
_BACK, _SHARED, _MIN_WORDS, _NOTHING_NEW = 6, 0.3, 3, 11
"""Sentences to look back; share of the words that two have in common; words of a sentence; and the length of a run that makes a
finding. The longest in 402 genuine texts of the development part has five, but models that ramble come to ten."""
_ITEM = re.compile(r"^\W*(?:(?:Step|Case|ステップ|手順|段階)\s?)?\d+\W")
_ALIKE, _SIMILAR, _SIMILAR_SHARE = 75, 3, 0.25
"""How alike two sentences are (rapidfuzz's ratio, 0 to 100), how many such sentences make a finding, and which share of the text a
hard one. No genuine text of the development part has more than two; the natural ones of both parts were read for this."""
_TELLS = re.compile(r"[A-Za-z]{3,} [A-Za-z]{2,} [A-Za-z]{2,}|[\u3041-\u9fff]{6,}")
_LINK = re.compile(
    r"(?:[^、,。]{1,8}、|(?:so|thus|hence|therefore|then|now|next|also|finally|again|consequently|in other words|that is)\b,?)\s*",
    re.IGNORECASE,
)
"""How a sentence hangs on to the one before: said again with another “therefore” it is the same sentence."""
_RESTATES = re.compile(
    r"つまり|すなわち|言い(?:かえ|換え)|換言|別の言い方|要するに|同じこと(?:です|だ|である|を|が|に)|(?:繰り|くり)(?:返|かえ)し|もう一度|改めて言|というわけ|ということ"
    r"|in other words|\bthat is(?: to say)?,|\bi\.e\.|\b(?:put|said|stated) differently|another way|equivalently"
    r"|\bto (?:say|put|phrase|repeat|restate|rephrase)\b|once again|\bagain,|\bre(?:stat|phras)|the same (?:thing|fact|idea)"
    r"|\bthis (?:means|says|amounts)|\bnamely\b",
    re.IGNORECASE,
)
_RESTATE_SPAN, _RESTATED, _RESTATED_HARD = 8, 4, 5
"""Sentences, and how many of them announce the same in other words: genuine texts (402 of the development part, 600 solutions of
MATH and GSM8K) have at most two, our loops in other words at least four."""
_MIN_SENTENCE, _TOLD, _TOLD_COUNTED, _REPEATED, _REPEATED_SHARE = 8, 2, 4, 2, 0.18
"""Characters of a sentence; times that it may be said, and with other numbers; sentences beyond that, and their share of the text,
that make a loop."""
_WINDOW, _STRIDE = 1000, 250
"""Characters that a near loop is looked for in, and how far the window moves."""
_SHORT_WINDOW = 400
_MAX_RATIO = {"en": 5.0, "ja": 4.0}
"""Ratio of deflate on a window of prose above which it says little new. The highest of the development part's genuine texts: 3.0
in Japanese, 3.5 in English; of 600 solutions of MATH and GSM8K one is above."""


_INNER_PERIOD, _INNER_COPIES, _INNER_CHARS = range(6, 161), 5, 90
"""Length of a unit that is written again and again within a text, copies, and characters of all of them together."""
_SHINGLE, _SHINGLES = 10, 12
"""Characters of a piece that such a text has as often as the unit, and how many of the most frequent pieces are looked at."""
_LETTER = re.compile(r"[^\W\d_]")


def inner_cycle(masked: Masked) -> Iterator[Finding]:
    """A stretch anywhere that is one unit, copied: = a = a = a = a = a. Data and blanks are spared."""
    text = masked.text
    # Every second place: of five copies some piece is met three times.
    shingles = Counter(text[at : at + _SHINGLE] for at in range(0, len(text) - _SHINGLE, 2))
    for shingle, count in shingles.most_common(_SHINGLES):
        if 2 * count <= _INNER_COPIES:
            return
        places = [found.start() for found in re.finditer(f"(?={re.escape(shingle)})", text)]
        for first, second in pairwise(places):
            unit = text[first:second]
            if (
                second - first not in _INNER_PERIOD
                or not text.startswith(unit * _INNER_COPIES, first)
                or not _LETTER.search(unit)
                or DATA.fullmatch(unit)
            ):
                continue
            end = first + _INNER_COPIES * len(unit)
            while text.startswith(unit, end):
                end += len(unit)
            if end - first >= _INNER_CHARS:
                yield Finding(
                    kind="repetition",
                    rule="inner_cycle",
                    severity="hard",
                    message=f"{(end - first) // len(unit)} copies of the same {len(unit)} characters",
                    start=first,
                    end=end,
                )
                return


def repeated_sentences(masked: Masked) -> Iterator[Finding]:
    """Sentences that the text has had before, next to each other or not, and that make up much of it.

    Word for word the third one counts; with other numbers and letters only the fifth, since cases are told like that.
    """
    exact: Counter[str] = Counter()
    counted: Counter[str] = Counter()
    spans, chars = [], 0
    for found in _SENTENCE.finditer(masked.text):
        sentence = found[0].strip()
        if len(sentence) < _MIN_SENTENCE or DATA.fullmatch(sentence):
            continue
        plain = _LINK.sub("", sentence, count=1)
        # Formulas of one shape are how mathematics is written; sentences of one shape are not.
        shape = COUNTS.sub("0", plain) if _TELLS.search(sentence) else sentence
        exact[plain] += 1
        counted[shape] += 1
        if exact[plain] > _TOLD or counted[shape] > _TOLD_COUNTED:
            spans.append(found.span())
            chars += len(sentence)
    if len(spans) >= _REPEATED and chars >= _REPEATED_SHARE * len(masked.text):
        yield Finding(
            kind="repetition",
            rule="repeated_sentences",
            severity="hard",
            message=f"{len(spans)} sentences that the text has had several times already",
            start=spans[0][0],
            end=spans[-1][1],
        )


def similar_sentences(masked: Masked) -> Finding | None:
    """Sentences that are nearly two earlier ones and bring no new number: a loop that changes a word or two.

    Cases are told in sentences of one shape as well, but each has numbers of its own.
    """
    spans: list[tuple[int, int]] = []
    shapes: list[str] = []
    new: list[bool] = []
    known: set[str] = set()
    for found in _SENTENCE.finditer(masked.outside):
        sentence = found[0].strip()
        if len(sentence) < _MIN_SENTENCE or not _TELLS.search(sentence):
            known.update(NUMBER.findall(sentence))
            continue
        numbers = set(NUMBER.findall(_ITEM.sub("", sentence, count=1)))
        spans.append(found.span())
        shapes.append(COUNTS.sub("0", _LINK.sub("", sentence, count=1)))
        new.append(not numbers <= known)
        known |= numbers
    if len(shapes) < _SIMILAR + 2:
        return None
    scores = process.cdist(shapes, shapes, scorer=fuzz.ratio, score_cutoff=_ALIKE)
    rows = [row for row in range(2, len(shapes)) if not new[row] and int((scores[row, :row] >= _ALIKE).sum()) >= 2]
    again = [spans[row] for row in rows]
    if len(again) < _SIMILAR:
        return None
    return Finding(
        kind="repetition",
        rule="similar_sentences",
        severity="hard" if sum(end - start for start, end in again) >= _SIMILAR_SHARE * len(masked.text) else "soft",
        message=f"{len(again)} sentences that are nearly the same as two before them",
        start=again[0][0],
        end=again[-1][1],
    )


def nothing_new(masked: Masked) -> Finding | None:
    """A run of sentences that bring no new number or symbol, and words that stood a few sentences before: a loop in other words."""
    known: set[str] = set()
    last: list[set[str]] = []
    run: list[tuple[int, int]] = []
    best: list[tuple[int, int]] = []
    sentences = [found for found in _SENTENCE.finditer(masked.outside) if len(found[0].strip()) >= _MIN_SENTENCE]
    for found in sentences if len(sentences) > _NOTHING_NEW else ():
        used = between(masked.text, *found.span())
        words = {token.key for token in used if token.kind == 2}
        signs = {token.key for token in used if token.kind != 2} | set(_DIGIT.findall(found[0]))
        shared = max((len(words & other) / max(1, min(len(words), len(other))) for other in last), default=0.0)
        run = [*run, found.span()] if signs <= known and len(words) >= _MIN_WORDS and shared >= _SHARED else []
        best = max(best, run, key=len)
        known |= signs
        last = [*last, words][-_BACK:]
    if len(best) < _NOTHING_NEW:
        return None
    return Finding(
        kind="repetition",
        rule="nothing_new",
        severity="soft",
        message=f"{len(best)} sentences in a row without a new number or symbol, in words that came before",
        start=best[0][0],
        end=best[-1][1],
    )


def restating(masked: Masked) -> Finding | None:
    """Sentence after sentence that announces to say the same again."""
    sentences = [found for found in _SENTENCE.finditer(masked.outside) if len(found[0].strip()) >= _MIN_SENTENCE]
    announces = [_RESTATES.search(found[0]) is not None for found in sentences]
    last = max(1, len(sentences) - _RESTATE_SPAN + 1)
    most, first = max((sum(announces[at : at + _RESTATE_SPAN]), -at) for at in range(last))
    if most < _RESTATED:
        return None
    window = sentences[-first : -first + _RESTATE_SPAN]
    return Finding(
        kind="repetition",
        rule="restating",
        severity="hard" if most >= _RESTATED_HARD else "soft",
        message=f"{most} of {len(window)} sentences announce to say the same again in other words",
        start=window[0].start(),
        end=window[-1].end(),
    )


def near_loop(masked: Masked, language: Language) -> Finding | None:
    """The stretch of prose that says least new, where deflate shrinks it more than any genuine one; None where there is none."""
    worst, where = 0.0, (0, 0)
    prose = masked.prose
    for start in range(0, max(1, len(prose) - _WINDOW + _STRIDE), _STRIDE):
        piece = " ".join(prose[start : start + _WINDOW].split())
        if len(piece) >= _SHORT_WINDOW and (ratio := compression(piece)) > worst:
            worst, where = ratio, (start, min(len(prose), start + _WINDOW))
    if worst <= _MAX_RATIO[language]:
        return None
    return Finding(
        kind="repetition",
        rule="near_loop",
        severity="hard",
        message=f"{where[1] - where[0]} characters that say little new: they compress to 1/{worst:.1f}",
        start=where[0],
        end=where[1],
    )


def compression(piece: str) -> float:
    """How many times smaller deflate makes the UTF-8 of a text, digits taken as one and blanks as one."""
    data = re.sub(r"\s+", " ", re.sub(r"\d", "0", piece)).encode("utf-8", "replace")
    return len(data) / len(zlib.compress(data, 6))

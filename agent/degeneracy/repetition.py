"""Repetition: does the text go round in circles?

Four shapes: an exact cycle at the end (`tail_cycle`, fast enough to ask while the text is being written), lines that repeat, lines
that differ only in what they count or name, and stretches that say little new (`near_loop`). Rows of data are spared.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from rapidfuzz import fuzz, process

from agent.degeneracy.drift import tokens
from agent.degeneracy.mask import Masked
from agent.types import Finding, Language, Program, Turn

__all__ = [
    "MAX_PERIOD",
    "MIN_CHARS",
    "MIN_COPIES",
    "MIN_PERIOD",
    "ending_cycle",
    "handed_in_again",
    "near_loop",
    "repetition",
    "tail_cycle",
]

MIN_PERIOD, MAX_PERIOD, MIN_COPIES, MIN_CHARS = 4, 600, 3, 60
"""A tail of at least 60 characters, made of at least 3 copies of 4 to 600 characters: measured, before this code, with no false
alarm on 7,216 genuine texts. What follows below only spares more."""
_RUN = 240
"""Characters of a cycle shorter than MIN_PERIOD: ruled lines and zeros are written on purpose, and are shorter than this."""
_DATA = re.compile(r"[\s\d\[\](){},.+\-'\"#.*|/:]*")
_DATA_COPIES, _VARIED, _VARIED_COPIES, _VARIED_CHARS = 20, 4, 6, 100
"""Copies of a row of data (digits, brackets, marks): a table of zeros in a program is no loop."""


def tail_cycle(text: str) -> Finding | None:
    """A hard finding whose span is the cycle at the very end of ``text``, or None. O(length of the longest cycle)."""
    tail = text[-MAX_PERIOD * _DATA_COPIES :]
    period = _period(tail)
    if period is None:
        return None
    start = len(tail) - period
    unit = tail[start:]
    while start >= period and tail[start - period : start] == unit:
        start -= period
    length = len(tail) - start
    copies = length // period
    if period < MIN_PERIOD and length < _RUN:
        return None
    if _DATA.fullmatch(unit) and copies < _DATA_COPIES and length < MAX_PERIOD:
        varied = len(set(unit) & set("0123456789")) >= _VARIED  # no row of zeros
        if not varied or copies < _VARIED_COPIES or length < _VARIED_CHARS:
            return None
    return Finding(
        kind="repetition",
        rule="tail_cycle",
        severity="hard",
        message=f"the text ends in {copies} copies of the same {period} characters",
        start=len(text) - length,
        end=len(text),
    )


def _period(tail: str) -> int | None:
    """The smallest period whose copies reach far enough back from the end."""
    size = len(tail)
    for period in range(1, min(MAX_PERIOD, size // MIN_COPIES) + 1):
        reach = max(MIN_COPIES * period, MIN_CHARS)
        # Two slices, compared by memcmp: a text has period p where it equals itself moved by p.
        if (
            reach <= size
            and tail[-1] == tail[-1 - period]
            and tail[size - reach + period :] == tail[size - reach : -period]
        ):
            return period
    return None


_LINE_COPIES = 5
"""Copies of a block of lines, word for word, that are no refrain."""
_COUNTED_COPIES, _COUNTED_COPIES_AT_END = 10, 6
"""Copies of a block of lines that differ in numbers and single letters only: case analyses and tables are shorter, or data."""
_MAX_BLOCK = 8
_MIN_LINE = 8
_COUNTS = re.compile(r"\d+|(?<![A-Za-z\\])[A-Za-z](?![A-Za-z])|[①-⑳]|[α-ω]|(?<=第)[一二三四五六七八九十]+")
_COUNTED_TAIL, _COUNTED_CHARS, _MIN_COUNTED = 3000, 150, 8
"""Characters from the end in which counting is looked for; of a counting tail at least; of one of its copies at least."""
_LIST, _LISTED, _LISTED_ANYHOW = re.compile(r"(?:\d{1,9}[,、]\s?){20,}\d*\s*$"), 25, 40
_NUMBER, _LETTER = re.compile(r"\d+"), re.compile(r"[^\W\d_]")
_SENTENCE = re.compile(r"[^\n。.!?！？]{2,}(?:\.\d[^\n。.!?！？]*)*")
_DIGIT = re.compile(r"\d")
_BACK, _SHARED, _MIN_WORDS, _NOTHING_NEW = 6, 0.3, 3, 9
"""Sentences to look back; share of the words that two have in common; words of a sentence; and the length of a run that makes a
finding. The longest in 402 genuine texts of the development part has five, but models that ramble come to eight."""
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
_MIN_SENTENCE, _TOLD, _TOLD_COUNTED, _REPEATED, _REPEATED_SHARE = 8, 2, 4, 2, 0.18
"""Characters of a sentence; times that it may be said, and with other numbers; sentences beyond that, and their share of the text,
that make a loop."""
WINDOW, _STRIDE = 1000, 250
"""Characters that a near loop is looked for in, and how far the window moves."""
_SHORT_WINDOW = 400
_MAX_RATIO = {"en": 4.0, "ja": 3.5}
"""Ratio of deflate on a window of prose above which it says little new. The highest of the development part's genuine texts: 3.0
in Japanese; in English 3.5, and above 4 only two of 600 solutions of MATH and GSM8K."""


@lru_cache(maxsize=4)
def ending_cycle(text: str) -> Finding | None:
    """`tail_cycle` of a whole text: as it was watched, and without trailing blanks, which can hide a cycle or be part of it."""
    bare = text.rstrip()
    return tail_cycle(text) or (tail_cycle(bare) if bare != text else None)


def repetition(masked: Masked, language: Language) -> Finding | None:
    """The finding of a whole text, a hard one: the longest cycle, else the worst near loop."""
    text = masked.text
    tail = ending_cycle(text)
    cycles = [*_line_cycles(masked), *_counting_tail(text), *_endless_list(text), *_repeated_sentences(masked)]
    if tail is not None:
        cycles.append(tail)
    if cycles:
        return max(cycles, key=lambda finding: finding.end - finding.start)
    return near_loop(masked, language) or _similar_sentences(masked) or _nothing_new(masked)


def _similar_sentences(masked: Masked) -> Finding | None:
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
            known.update(_NUMBER.findall(sentence))
            continue
        numbers = set(_NUMBER.findall(_ITEM.sub("", sentence, count=1)))
        spans.append(found.span())
        shapes.append(_COUNTS.sub("0", _LINK.sub("", sentence, count=1)))
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


def _nothing_new(masked: Masked) -> Finding | None:
    """A run of sentences that bring no new number or symbol, and words that stood a few sentences before: a loop in other words."""
    known: set[str] = set()
    last: list[set[str]] = []
    run: list[tuple[int, int]] = []
    best: list[tuple[int, int]] = []
    sentences = [found for found in _SENTENCE.finditer(masked.outside) if len(found[0].strip()) >= _MIN_SENTENCE]
    for found in sentences if len(sentences) > _NOTHING_NEW else ():
        used = tokens(found[0])
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


def _line_cycles(masked: Masked) -> Iterator[Finding]:
    """Blocks of 1 to `_MAX_BLOCK` lines that come again at once, word for word, or with other numbers and letters."""
    spans = [found.span() for found in re.finditer(r"[^\n]+", masked.text) if not found[0].isspace()]
    exact = [masked.text[start:end].strip() for start, end in spans]
    counted = [_COUNTS.sub("0", line) for line in exact]
    for lines, copies, rule in ((exact, _LINE_COPIES, "line_cycle"), (counted, _COUNTED_COPIES_AT_END, "counting")):
        for period in range(1, _MAX_BLOCK + 1):
            run = 0
            for position in range(period, len(lines) + 1):
                if position < len(lines) and lines[position] == lines[position - period]:
                    run += 1
                    continue
                first = position - run - period
                block = lines[first : first + period]
                told = run >= (copies - 1) * period and _says_something(block, exact[first : first + period])
                copies_seen = run // period + 1
                if told and (rule == "line_cycle" or _endless(spans, first, position, len(masked.text), copies_seen)):
                    size = f"{period} lines" if period > 1 else "line"
                    what = "word for word" if rule == "line_cycle" else "with other numbers or letters only"
                    yield Finding(
                        kind="repetition",
                        rule=rule,
                        severity="hard",
                        message=f"{copies_seen} times the same {size}, {what}: “{exact[first][:40]}”",
                        start=spans[first][0],
                        end=spans[position - 1][1],
                    )
                run = 0


def _counting_tail(text: str) -> Iterator[Finding]:
    """A cycle at the end of which the copies differ in numbers only, within a line or over lines."""
    tail = text[-_COUNTED_TAIL:]
    same = _NUMBER.sub("0", tail)
    period = _period(same)
    if period is None or period < _MIN_COUNTED or not _LETTER.search(same[-period:]) or _DATA.fullmatch(same[-period:]):
        return
    length = period
    while length + period <= len(same) and same[-length - period : -length] == same[-period:]:
        length += period
    if length < _COUNTED_COPIES * period or length < _COUNTED_CHARS:
        return
    # Where the cycle begins in the text itself: before the same number of characters, numbers counted as one.
    start = next(at for at in range(len(tail)) if len(_NUMBER.sub("0", tail[at:])) <= length)
    yield Finding(
        kind="repetition",
        rule="counting",
        severity="hard",
        message=f"the text ends in {length // period} copies of the same, with other numbers only",
        start=len(text) - len(tail) + start,
        end=len(text),
    )


def _endless_list(text: str) -> Iterator[Finding]:
    """A list of numbers in equal steps that the text ends in the middle of."""
    found = _LIST.search(text)
    if found is None:
        return
    numbers = [int(number) for number in re.findall(r"\d+", found[0])[:-1]]
    steps = {after - before for before, after in pairwise(numbers)}
    if len(numbers) >= _LISTED and (len(steps) == 1 or len(numbers) >= _LISTED_ANYHOW):
        yield Finding(
            kind="repetition",
            rule="counting",
            severity="hard",
            message=f"the text ends in a list of {len(numbers)} numbers",
            start=found.start(),
            end=len(text),
        )


def _repeated_sentences(masked: Masked) -> Iterator[Finding]:
    """Sentences that the text has had before, next to each other or not, and that make up much of it.

    Word for word the third one counts; with other numbers and letters only the fifth, since cases are told like that.
    """
    exact: Counter[str] = Counter()
    counted: Counter[str] = Counter()
    spans, chars = [], 0
    for found in _SENTENCE.finditer(masked.text):
        sentence = found[0].strip()
        if len(sentence) < _MIN_SENTENCE or _DATA.fullmatch(sentence):
            continue
        plain = _LINK.sub("", sentence, count=1)
        # Formulas of one shape are how mathematics is written; sentences of one shape are not.
        shape = _COUNTS.sub("0", plain) if _TELLS.search(sentence) else sentence
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


def _says_something(block: list[str], exact: list[str]) -> bool:
    """Not a row of data, a ruled line or a bracket."""
    return any(len(line) >= _MIN_LINE and not _DATA.fullmatch(line) for line in exact) and any(
        re.search(r"[^\W\d_]{3,}|[\u3041-\u9fff]{2,}", line) for line in exact
    )


def _endless(spans: list[tuple[int, int]], first: int, position: int, size: int, copies: int) -> bool:
    """Counting is a loop where it takes most of the text, or, with fewer copies, goes on to its end and takes much of it."""
    length = spans[position - 1][1] - spans[first][0]
    if size - spans[position - 1][1] < 40:
        return length > 0.3 * size
    return copies >= _COUNTED_COPIES and length > 0.5 * size


def handed_in_again(program: Program, turns: Sequence[Turn]) -> Finding | None:
    """A hard finding where an earlier turn of the attempt had the same program: it would only fail again."""
    source = program.source.strip()
    if not any(turn.program is not None and turn.program.source.strip() == source for turn in turns):
        return None
    return Finding(
        kind="repetition",
        rule="same_program",
        severity="hard",
        message="the same program as before",
        end=len(program.source),
    )


def near_loop(masked: Masked, language: Language) -> Finding | None:
    """The stretch of prose that says least new, where deflate shrinks it more than any genuine one; None where there is none."""
    worst, where = 0.0, (0, 0)
    prose = masked.prose
    for start in range(0, max(1, len(prose) - WINDOW + _STRIDE), _STRIDE):
        piece = " ".join(prose[start : start + WINDOW].split())
        if len(piece) >= _SHORT_WINDOW and (ratio := compression(piece)) > worst:
            worst, where = ratio, (start, min(len(prose), start + WINDOW))
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

"""Repetition: does the text go round in circles?

An exact cycle at the end (`tail_cycle`, fast enough to ask while the text is being written), lines that repeat, lines that differ
only in what they count or name, lists without end; and what `sentences` finds. Rows of data are spared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from agent.degeneracy.mask import Masked
from agent.degeneracy.sentences import (
    COUNTS,
    DATA,
    NUMBER,
    inner_cycle,
    near_loop,
    nothing_new,
    repeated_sentences,
    restating,
    similar_sentences,
)
from agent.types import Finding, Language, Program, Turn

__all__ = [
    "MAX_PERIOD",
    "MIN_CHARS",
    "MIN_COPIES",
    "MIN_PERIOD",
    "ending_cycle",
    "handed_in_again",
    "loop",
    "repetition",
    "tail_cycle",
]

MIN_PERIOD, MAX_PERIOD, MIN_COPIES, MIN_CHARS = 4, 600, 3, 60
"""A tail of at least 60 characters, made of at least 3 copies of 4 to 600 characters: measured, before this code, with no false
alarm on 7,216 genuine texts. What follows below only spares more."""
_RUN = 240
"""Characters of a cycle shorter than MIN_PERIOD: ruled lines and zeros are written on purpose, and are shorter than this."""
_DATA_COPIES, _VARIED, _VARIED_COPIES, _VARIED_CHARS = 20, 4, 4, 80
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
    if DATA.fullmatch(unit) and copies < _DATA_COPIES and length < MAX_PERIOD:
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
_COUNTED_TAIL, _COUNTED_CHARS, _MIN_COUNTED = 3000, 150, 8
"""Characters from the end in which counting is looked for; of a counting tail at least; of one of its copies at least."""
_ITEM = re.compile(
    r"^[ \t]*(?:(?:Step|ステップ|手順|段階)[ \t]?)?\d+[.)．、:：][ \t]*"
    r"(.+?)(?=^[ \t]*(?:(?:Step|ステップ|手順|段階)[ \t]?)?\d+[.)．、:：]|\Z)",
    re.MULTILINE | re.DOTALL,
)
_ITEMS_TAIL, _MIN_ITEMS, _MIN_BROKEN = 2000, 3, 8
_LIST, _LISTED, _LISTED_ANYHOW = re.compile(r"(?:\d{1,9}[,、]\s?){20,}\d*\s*$"), 25, 40
_LETTER = re.compile(r"[^\W\d_]")


@lru_cache(maxsize=4)
def ending_cycle(text: str) -> Finding | None:
    """`tail_cycle` of a whole text: as it was watched, and without trailing blanks, which can hide a cycle or be part of it."""
    bare = text.rstrip()
    return tail_cycle(text) or (tail_cycle(bare) if bare != text else None)


def repetition(masked: Masked, language: Language) -> Finding | None:
    """The finding of a whole text: the longest cycle, else the worst near loop, else the same in other words."""
    return _cycle(masked) or near_loop(masked, language) or _said_again(masked)


def loop(masked: Masked) -> Finding | None:
    """A hard finding in the last stretch of a growing text. How well it can be deflated is left out: genuine lists can as well."""
    found = _cycle(masked) or _said_again(masked)
    return found if found is not None and found.severity == "hard" else None


def _said_again(masked: Masked) -> Finding | None:
    return similar_sentences(masked) or restating(masked) or nothing_new(masked)


def _cycle(masked: Masked) -> Finding | None:
    text = masked.text
    tail = ending_cycle(text)
    cycles = [
        *_line_cycles(masked),
        *_counting_tail(text),
        *_endless_list(text),
        *_same_items(text),
        *repeated_sentences(masked),
        *inner_cycle(masked),
    ]
    if tail is not None:
        cycles.append(tail)
    # Of two as long, the one that says that nothing changes.
    return max(cycles, key=lambda finding: (finding.end - finding.start, finding.rule != "counting"), default=None)


def _line_cycles(masked: Masked) -> Iterator[Finding]:
    """Blocks of 1 to `_MAX_BLOCK` lines that come again at once, word for word, or with other numbers and letters."""
    spans = [found.span() for found in re.finditer(r"[^\n]+", masked.text) if not found[0].isspace()]
    exact = [masked.text[start:end].strip() for start, end in spans]
    counted = [COUNTS.sub("0", line) for line in exact]
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
    same = NUMBER.sub("0", tail)
    period = _period(same)
    if period is None or period < _MIN_COUNTED or not _LETTER.search(same[-period:]) or DATA.fullmatch(same[-period:]):
        return
    length = period
    while length + period <= len(same) and same[-length - period : -length] == same[-period:]:
        length += period
    if length < _COUNTED_COPIES * period or length < _COUNTED_CHARS:
        return
    # Where the cycle begins in the text itself, whose numbers are longer.
    start = len(same) - length
    for found in NUMBER.finditer(tail):
        if found.start() >= start:
            break
        start += len(found[0]) - 1
    yield Finding(
        kind="repetition",
        rule="counting",
        severity="hard",
        message=f"the text ends in {length // period} copies of the same, with other numbers only",
        start=len(text) - len(tail) + start,
        end=len(text),
    )


def _same_items(text: str) -> Iterator[Finding]:
    """Numbered items that say the same, the last of them broken off by the end of the text."""
    items = [(found.start(), found[1].strip()) for found in _ITEM.finditer(text[-_ITEMS_TAIL:])]
    if len(items) < _MIN_ITEMS or len(items[-1][1]) < _MIN_BROKEN:
        return
    broken, whole = items[-1][1], items[-2][1]
    same = 1
    while same < len(items) and items[-1 - same][1] == whole:
        same += 1
    if same >= _MIN_ITEMS and whole.startswith(broken):
        yield Finding(
            kind="repetition",
            rule="same_items",
            severity="hard",
            message=f"the text ends in {same} numbered items that say the same: “{whole[:40]}”",
            start=len(text) - len(text[-_ITEMS_TAIL:]) + items[-same][0],
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


def _says_something(block: list[str], exact: list[str]) -> bool:
    """Not a row of data, a ruled line or a bracket."""
    return any(len(line) >= _MIN_LINE and not DATA.fullmatch(line) for line in exact) and any(
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

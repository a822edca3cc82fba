r"""Mask: which characters of a text are prose, and which are code, LaTeX or the problem quoted back?

The detectors look at prose. Masking puts a blank in the place of each masked character, so that offsets stay those of the text.
Comments of a program are prose. It does not parse LaTeX: an unpaired ``$`` masks nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

__all__ = ["Block", "Masked", "mask"]

_FENCE = re.compile(r"^[ \t]*```[ \t]*([\w+-]*)[^\n]*\n(.*?)(?:^[ \t]*```[^\n]*$|\Z)", re.MULTILINE | re.DOTALL)
_MATH = re.compile(
    r"\$\$.{1,4000}?\$\$|\\\[.{0,4000}?\\\]|\\\(.{0,1000}?\\\)|(?<!\\)\$(?!\s)[^$\n]{1,400}?(?<!\\)\$(?!\d)"
    r"|\\begin\{(\w+\*?)\}.{0,4000}?\\end\{\1\}|\\boxed\{[^{}\n]*(?:\{[^{}\n]*\}[^{}\n]*)*\}",
    re.DOTALL,
)
_INLINE = re.compile(r"`[^`\n]{1,200}`")
_COMMENT = re.compile(r"(?<!['\"\w])#(?!#)[ \t]?([^\n]*)|\"\"\"(.*?)\"\"\"", re.DOTALL)
_URL = re.compile(r"https?://\S+")
_QUOTE, _QUOTE_STEP = 16, 8
"""Characters of the problem in a row that count as quoted back: names and quantities alone are shorter."""


@dataclass(frozen=True)
class Block:
    """A fenced block: its language as written, and where its content lies."""

    language: str
    start: int
    end: int


@dataclass(frozen=True)
class Masked:
    """A text, and the same text with blanks for all that is not prose. All three strings have one length."""

    text: str
    prose: str
    """Neither code (comments stay) nor LaTeX nor the quoted problem."""
    outside: str
    """No code at all; LaTeX and quotations stay."""
    blocks: tuple[Block, ...] = ()

    @cached_property
    def lines(self) -> tuple[tuple[int, int], ...]:
        """Start and end of each line of prose that is not blank."""
        return tuple(
            (found.start(), found.end()) for found in re.finditer(r"[^\n]+", self.prose) if not found[0].isspace()
        )


def mask(text: str, problem: str = "") -> Masked:
    """Linear in the text for all that models write; the problem costs one pass over its length."""
    prose, outside = list(text), list(text)
    blocks = []
    for found in _FENCE.finditer(text):
        start, end = found.span(2)
        blocks.append(Block(found[1].lower(), start, end))
        _blank(outside, *found.span())
        kept = [comment.span(1 if comment[1] is not None else 2) for comment in _COMMENT.finditer(text, start, end)]
        _blank(prose, found.start(), found.end(), kept)
    bare = "".join(outside)
    for pattern in (_MATH, _INLINE, _URL):
        for found in pattern.finditer(bare):
            _blank(prose, *found.span())
    for start, end in _quoted("".join(prose), problem):
        _blank(prose, start, end)
    return Masked(text, "".join(prose), bare, tuple(blocks))


def _blank(characters: list[str], start: int, end: int, keep: list[tuple[int, int]] | None = None) -> None:
    kept = {position for a, b in keep or () for position in range(a, b)}
    for position in range(start, end):
        if characters[position] != "\n" and position not in kept:
            characters[position] = " "


def _quoted(prose: str, problem: str) -> list[tuple[int, int]]:
    """Stretches of at least `_QUOTE` characters that stand in the problem word for word.

    Every eighth place is looked up, so that one of fewer than `_QUOTE` + 8 characters may be passed over.
    """
    spans: list[tuple[int, int]] = []
    if len(problem) < _QUOTE:
        return spans
    grams = {problem[i : i + _QUOTE]: i for i in range(len(problem) - _QUOTE, -1, -1)}
    position, free = 0, 0
    while position <= len(prose) - _QUOTE:
        at = grams.get(prose[position : position + _QUOTE])
        if at is None:
            position += _QUOTE_STEP
            continue
        start, end, left, right = position, position + _QUOTE, at, at + _QUOTE
        while start > free and left > 0 and prose[start - 1] == problem[left - 1]:
            start, left = start - 1, left - 1
        while end < len(prose) and right < len(problem) and prose[end] == problem[right]:
            end, right = end + 1, right + 1
        spans.append((start, end))
        position = free = end
    return spans

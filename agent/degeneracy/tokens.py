"""Tokens: what a text is about, for comparing it with its problem: numbers, symbols, words cut to their stems."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

__all__ = ["BOUNDARY", "Token", "between", "tokens"]

_TOKEN = re.compile(r"\d+(?:\.\d+)?|\\?[A-Za-z]+|[ァ-ヺー]{2,}|[\u4e00-\u9fff々]+|[α-ωΑ-Ω]")
BOUNDARY = re.compile(r"[。!?！？]\s*|\.(?=\s)\s*|\n+")
_RESULT_OF = re.compile(r"(?:=|≈|≒)\s*[$¥(\\]{0,3}$")


class Token(NamedTuple):
    """A tuple, since a text has hundreds of them."""

    key: str
    start: int
    kind: int
    """0: number, 1: symbol or LaTeX command, 2: word."""
    derived: bool
    """A number right behind a sign of equality: the text has computed it."""


_START = attrgetter("start")


@lru_cache(maxsize=8)
def tokens(text: str) -> tuple[Token, ...]:
    """Numbers of two digits and more, symbols, words cut to six letters, pairs of kanji, runs of katakana."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        piece, start = match[0], match.start()
        if piece[0].isdigit():
            if len(piece) > 1:
                found.append(
                    Token(f"#{piece}", start, 0, _RESULT_OF.search(text, max(0, start - 8), start) is not None)
                )
        elif piece[0] == "\\" or len(piece) == 1:
            found.append(Token(piece, start, 1 if piece[0] < "\u3000" else 2, derived=False))
        elif piece.isascii():
            word = piece.lower()
            word = word[:-1] if len(word) > 3 and word.endswith("s") else word
            found.append(Token(word[:6], start, 2, derived=False))
        elif piece[0] >= "\u4e00" or piece[0] == "々":
            found += [Token(piece[i : i + 2], start + i, 2, derived=False) for i in range(len(piece) - 1)]
        else:
            found.append(Token(piece, start, 2, derived=False))
    return tuple(found)


def between(text: str, start: int, end: int) -> tuple[Token, ...]:
    """Those of the whole text that begin in a stretch of it."""
    found = tokens(text)
    first = bisect_left(found, start, key=_START)
    return found[first : bisect_left(found, end, lo=first, key=_START)]

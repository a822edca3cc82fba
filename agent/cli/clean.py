"""Makes text that a program, a model or a server wrote harmless to a terminal: what would act is shown instead of obeyed."""

from __future__ import annotations

import re

__all__ = ["clean"]

_ACTING = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f"  # C0 without tab and newline: ESC, BEL, backspace, carriage return, …
    "\x80-\x9f"  # C1: the same powers in one character
    "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"  # marks and overrides of direction; separators that are line ends to some
    "\ud800-\udfff"  # lone surrogates: no terminal's encoding can hold them
    "]"
)


def clean(text: str) -> str:
    """``text`` with control characters as visible symbols: ␛ for ESC, ␍ for a carriage return, \\x9b, \\u202e.

    Newlines, tabs and ordinary text of every script stay as they are. Not an escaping: what is shown cannot be turned back.
    """
    return _ACTING.sub(_symbol, text)


def _symbol(match: re.Match[str]) -> str:
    number = ord(match[0])
    if number < 0x20:
        return chr(0x2400 + number)
    if number == 0x7F:
        return "␡"
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"

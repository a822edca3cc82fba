"""A cell that holds an answer, as the accepted answers in plain text. It finds a marked answer, and judges none."""

from __future__ import annotations

import math
import re
from decimal import Decimal

from agent.stages.extract import boxed

__all__ = ["accepted", "plain"]

_MARKED = re.compile(r"^####[ \t]*(.+?)[ \t]*$", re.MULTILINE)


def accepted(cell: object) -> tuple[str, ...]:
    """The answers of which any will do; none where the cell holds no answer."""
    if isinstance(cell, list | tuple):
        texts = [plain(element) for element in cell]
        return tuple(dict.fromkeys(_marked(text) for text in texts)) if texts and all(texts) else ()
    text = plain(cell)
    return (_marked(text),) if text else ()


def plain(cell: object) -> str:
    """A cell as text: whole numbers without ".0". Empty for what is neither text nor a number."""
    match cell:
        case str():
            return cell.strip()
        case bool():
            return ""
        case int():
            # Python refuses to write out numbers of more than some thousand digits.
            return str(cell) if cell.bit_length() < 10_000 else ""
        case float():
            if not math.isfinite(cell):
                return ""
            return str(int(cell)) if cell.is_integer() and abs(cell) < 1e16 else repr(cell)
        case Decimal():
            return f"{cell:f}".removesuffix(".0") if cell.is_finite() else ""
        case _:
            return ""


def _marked(text: str) -> str:
    """What stands in the last box of a worked solution, or behind the last ``####``; the text itself where neither is."""
    if "\\boxed{" in text and (inside := boxed(text)):
        return inside
    marked = _MARKED.findall(text)
    return str(marked[-1]) if marked else text

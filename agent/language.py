"""Which language is a problem in? Japanese where it holds kana or kanji, English otherwise: the two that prompts exist in."""

from __future__ import annotations

import re

from agent.types import Language

__all__ = ["language_of"]

_JAPANESE = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff]")


def language_of(text: str) -> Language:
    return "ja" if _JAPANESE.search(text) else "en"

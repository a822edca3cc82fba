"""What is taken as a problem, and in which language it is."""

from __future__ import annotations

import re
from typing import Literal

from agent.errors import UsageError
from agent.types import Language, Problem

__all__ = ["MAX_CHARS", "accept", "language_of"]

MAX_CHARS = 20_000
_JAPANESE = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff]")


def accept(problem: str | Problem, language: Literal["auto"] | Language = "auto") -> Problem:
    """The problem with its text stripped and its language set. Raises `UsageError` for what is no problem's text."""
    if not isinstance(problem, str | Problem):
        raise UsageError(f"a problem is a text, not {type(problem).__name__}", advice="Give a str or a Problem.")
    asked = Problem(text=problem) if isinstance(problem, str) else problem
    text = asked.text.strip()
    if not text:
        raise UsageError("the problem is empty", advice='Give the text of a problem: solve "What is 6 times 7?"')
    if len(text) > MAX_CHARS:
        raise UsageError(
            f"the problem has {len(text):,} characters, more than {MAX_CHARS:,}", advice="Give one problem at a time."
        )
    if "\x00" in text or any(0xD800 <= ord(character) < 0xE000 for character in text):
        raise UsageError("the problem holds bytes that are no text", advice="Save it as UTF-8.")
    return asked.model_copy(update={"text": text, "language": language_of(text) if language == "auto" else language})


def language_of(text: str) -> Language:
    """Japanese where the text holds kana or kanji, English otherwise: the two languages that prompts exist in."""
    return "ja" if _JAPANESE.search(text) else "en"

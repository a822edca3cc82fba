"""Truncation: was the text broken off before its end?"""

from __future__ import annotations

from agent.types import Completion, Finding

__all__ = ["truncation"]


def truncation(completion: Completion) -> Finding | None:
    """A hard finding where the server says that the tokens ran out, or where a code fence was opened and never closed.

    A fence that we opened is closed by the stop sequence, which servers leave out; so an open fence counts only where the
    server did not say that the text ended by itself.
    """
    text = completion.text
    if completion.finish_reason == "length":
        return Finding(
            kind="truncation",
            rule="out_of_tokens",
            severity="hard",
            message="the text breaks off: its tokens ran out",
            start=len(text),
            end=len(text),
        )
    fences = [line for line in text.splitlines() if line.lstrip().startswith("```")]
    if len(fences) % 2 and completion.finish_reason == "unknown":
        start = text.rindex("```")
        return Finding(
            kind="truncation",
            rule="unclosed_fence",
            severity="hard",
            message="a code fence is opened and never closed",
            start=start,
            end=len(text),
        )
    return None

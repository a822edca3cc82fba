"""Pairs of answers and what should be said of them, one object a line: ``gold``, ``predicted``, ``mode``, ``expected``, ``why``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from agent.equivalence import Mode
from agent.errors import UsageError

__all__ = ["Labelled", "read", "shipped"]


class Labelled(BaseModel):
    """One pair. ``expected``: equal, different or undecided."""

    model_config = ConfigDict(frozen=True)

    gold: str | tuple[str, ...]
    predicted: str
    mode: Mode = "soft"
    expected: Literal["equal", "different", "undecided"]
    why: str = ""

    @property
    def golds(self) -> tuple[str, ...]:
        return (self.gold,) if isinstance(self.gold, str) else self.gold


def read(path: Path) -> list[Labelled]:
    """The pairs of a file. Raises `UsageError`, with the line's number, for what is none."""
    try:
        lines = path.read_bytes().decode("utf-8-sig").splitlines()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", advice="Check the path.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8", advice="Convert it first.") from error
    pairs = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            pairs.append(Labelled.model_validate(json.loads(line)))
        except (ValidationError, ValueError, RecursionError) as error:
            raise UsageError(
                f"{path}, line {number} is no pair",
                advice='A line is {"gold": "…", "predicted": "…", "mode": "soft", "expected": "equal"}.',
            ) from error
    if not pairs:
        raise UsageError(f"{path} holds no pairs", advice="Give one object a line.")
    return pairs


def shipped() -> list[Labelled]:
    """The pairs that Sangaku brings."""
    return read(Path(__file__).parent / "pairs.jsonl")

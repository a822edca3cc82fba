"""The corpus: texts with the problem they are about, and labels that say what is degenerate in them, with spans where known.

A file holds one object a line: ``problem``, ``text``, ``language`` and ``labels``; an empty list means genuine. A label is one of
the six kinds, or an object with ``kind`` and, if known, ``start``, ``end`` and ``unsure``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from agent.errors import UsageError
from agent.types import Language

__all__ = ["KINDS", "Kind", "Label", "Record", "Split", "read", "shipped"]

Kind = Literal["repetition", "truncation", "script", "drift", "term", "api"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Split = Literal["dev", "test", "read"]
"""The part that detectors are made with, the one that they are judged by, and one that was the latter before it was read."""
Origin = Literal["genuine", "natural", "constructed", "mutated", "given"]
FOLDER = Path(__file__).parent / "texts"


class Label(BaseModel):
    """One defect. ``unsure``: readers doubted it, so that it counts neither for nor against a detector."""

    model_config = ConfigDict(frozen=True)

    kind: Kind
    start: int = -1
    end: int = -1
    unsure: bool = False


class Record(BaseModel):
    """One text of the corpus."""

    model_config = ConfigDict(frozen=True)

    id: str = ""
    stem: str = ""
    split: Split = "test"
    origin: Origin = "given"
    how: str = ""
    generator: str = ""
    language: Language
    problem: str
    text: str
    finish_reason: Literal["stop", "length", "unknown"] = "unknown"
    labels: tuple[Label, ...]

    @field_validator("labels", mode="before")
    @classmethod
    def _words(cls, labels: object) -> object:
        if not isinstance(labels, list | tuple):
            return labels
        return [{"kind": label} if isinstance(label, str) else label for label in labels]

    @property
    def kinds(self) -> frozenset[Kind]:
        """The kinds that the text certainly has."""
        return frozenset(label.kind for label in self.labels if not label.unsure)

    @property
    def unsure(self) -> frozenset[Kind]:
        return frozenset(label.kind for label in self.labels if label.unsure) - self.kinds

    @property
    def genuine(self) -> bool:
        return not self.labels


def read(path: Path) -> list[Record]:
    """The records of a file. Raises `UsageError`, with the line's number, for what is none."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", advice="Check the path.") from error
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8", advice="Convert it first.") from error
    records = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
            if isinstance(found, dict) and found.get("finish_reason") not in (None, "stop", "length", "unknown"):
                found["finish_reason"] = "unknown"
            records.append(Record.model_validate(found))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "the object"
            raise UsageError(
                f"{path}, line {number}: {where}: {first['msg']}",
                advice='A line is {"problem": "…", "text": "…", "language": "ja", "labels": ["drift"]}.',
            ) from error
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{path}, line {number} is not JSON", advice="Give one object a line.") from error
    if not records:
        raise UsageError(f"{path} holds no texts", advice="Give one object a line.")
    return records


def shipped(split: Split, *, folder: Path = FOLDER) -> list[Record]:
    """The texts of one part of the corpus that Sangaku brings."""
    files: Iterable[Path] = sorted(folder.glob("*.jsonl"))
    return [record for file in files for record in read(file) if record.split == split]

"""Columns: which column of a file is the problem, which the answer, and so on. It reads cells, and does not interpret them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Literal, get_args

from agent.errors import UsageError

__all__ = ["Columns", "Key"]

Key = Literal["problem", "answer", "id", "category", "level", "mode", "unit", "language"]

_KNOWN: Mapping[Key, tuple[str, ...]] = {
    "problem": ("problem", "question", "text", "prompt", "問題", "問題文"),
    # A set that has both states the answer by itself, and works it out in `solution`.
    "answer": (
        "answer_number",
        "answer",
        "final_answer",
        "gold",
        "target",
        "expected",
        "expected_answer",
        "解答",
        "答え",
        "正解",
        "solution",
    ),
    "id": ("id", "unique_id", "problem_id", "question_id"),
    "category": ("category", "subject", "type", "分野", "カテゴリ"),
    "level": ("level", "difficulty", "grade", "学年", "難易度"),
    "mode": ("mode", "evaluation_method"),
    "unit": ("unit", "単位"),
    "language": ("language", "lang", "言語"),
}
"""Names that are tried in this order where no column is given; capitals do not matter."""


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The column for each part of an item; None: the first of the well-known names that a row has."""

    problem: str | None = None
    answer: str | None = None
    id: str | None = None
    category: str | None = None
    level: str | None = None
    mode: str | None = None
    unit: str | None = None
    language: str | None = None

    @classmethod
    def parse(cls, text: str) -> Columns:
        """``problem=question,answer=target`` as `Columns`. Raises `UsageError` for what is not of that form."""
        keys = [field.name for field in fields(cls)]
        given: dict[str, str] = {}
        for part in text.split(","):
            key, sign, column = (piece.strip() for piece in part.partition("="))
            if not sign or not key or not column:
                raise UsageError(
                    f"{part.strip()[:60]!r} in the columns is not of the form KEY=COLUMN",
                    advice="Give, for example, problem=question,answer=target.",
                )
            if key not in keys:
                near = difflib.get_close_matches(key, keys, n=1)
                hint = f"Did you mean {near[0]}? " if near else ""
                raise UsageError(
                    f"there is no part {key[:60]!r} of an item", advice=f"{hint}There are {_listed(keys)}."
                )
            if key in given:
                raise UsageError(f"the column of {key} is given twice", advice="Give one.")
            given[key] = column
        return cls(**given)

    @property
    def numbered(self) -> bool:
        """Whether the columns are numbers, from 1, as of a table without a header."""
        given = [getattr(self, field.name) for field in fields(self)]
        return any(given) and all(column is None or column.isdecimal() for column in given)

    def check(self, header: Sequence[str], name: str) -> None:
        """Raises `UsageError` where a file with these columns lacks one that was asked for, or has no problem or answer."""
        for field in fields(self):
            column = getattr(self, field.name)
            if column is not None and column not in header:
                near = difflib.get_close_matches(column, header, n=1, cutoff=0.5)
                hint = f"Did you mean {field.name}={near[0]}? " if near else ""
                raise UsageError(f"{name} has no column {column!r}", advice=f"{hint}It has {_listed(header)}.")
        seen = {column.casefold() for column in header}
        for key in get_args(Key)[:2]:
            if getattr(self, key) is None and not seen.intersection(_KNOWN[key]):
                raise UsageError(
                    f"{name} has no column that looks like the {key}; it has {_listed(header)}",
                    advice=f"Say which it is: --columns {key}=COLUMN; a number where a table has no header.",
                )

    def wanted(self, header: Sequence[str]) -> list[str]:
        """Those columns of ``header`` that an item may be made of."""
        known = {name for names in _KNOWN.values() for name in names}
        mapped = {getattr(self, field.name) for field in fields(self)}
        return [column for column in header if column in mapped or column.casefold() in known]

    def cells(self, row: Mapping[str, object]) -> Mapping[Key, object]:
        """The row's cell for each key that it has one for; empty ones are not there."""
        folded = {name.casefold(): cell for name, cell in row.items()} | dict(row)
        return {key: cell for key in _KNOWN if (cell := self._cell(row, folded, key)) is not None}

    def _cell(self, row: Mapping[str, object], folded: Mapping[str, object], key: Key) -> object:
        column = getattr(self, key)
        if column is not None:
            return row.get(column)
        for name in _KNOWN[key]:
            value = folded.get(name)
            if value is not None and value != [] and not (isinstance(value, str) and not value.strip()):
                return value
        return None


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(name[:60] for name in names[:12])
    return f"{shown}, …" if len(names) > 12 else shown or "none"

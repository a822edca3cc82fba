"""The table of the page before any row is opened: a row for each problem, a cell for each contender, in columns.

Covers what can be filtered and sorted by. Columns with few values hold numbers into a list of these: 20,000 cells stay small.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import get_args

from benchmarks.records import Graded, Outcome
from benchmarks.report.blocks import Place, as_json

__all__ = ["Index"]

_EXCERPT = 200
_ANSWER = 120
_NOWHERE = Place(-1, -1)


@dataclass
class _Words:
    """Words, each with the number that it got when it was first seen."""

    numbers: dict[str, int] = field(default_factory=dict)

    def number(self, word: str) -> int:
        return self.numbers.setdefault(word, len(self.numbers))

    @property
    def all(self) -> list[str]:
        return list(self.numbers)


@dataclass(frozen=True)
class _Cell:
    outcome: int
    cause: int
    answer: str
    tokens: int
    place: Place


@dataclass
class _Row:
    set: int
    id: str
    category: int
    level: int
    gold: str
    excerpt: str = ""
    text: Place = _NOWHERE
    cells: dict[int, _Cell] = field(default_factory=dict)


class Index:
    """Filled record by record; `json` at the end. ``contenders`` are labels of columns; others follow as they come."""

    def __init__(self, contenders: Sequence[str] = ()) -> None:
        self._contenders = _Words({label: number for number, label in enumerate(contenders)})
        self._sets, self._categories, self._levels, self._causes = _Words(), _Words(), _Words(), _Words()
        self._outcomes = get_args(Outcome)
        self._rows: dict[tuple[str, str], _Row] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def has_text(self, graded: Graded) -> bool:
        row = self._rows.get((graded.set, graded.id))
        return row is not None and row.text != _NOWHERE

    def put_text(self, graded: Graded, text: str, place: Place) -> None:
        """The text of the problem, once for all contenders."""
        row = self._row(graded)
        row.excerpt, row.text = _clip(" ".join(text.split()), _EXCERPT), place

    def put(self, contender: str, graded: Graded, place: Place) -> None:
        """A result. A later one of the same contender and problem takes the place of an earlier one."""
        self._row(graded).cells[self._contenders.number(contender)] = _Cell(
            self._outcomes.index(graded.outcome),
            self._causes.number(graded.cause),
            _clip(graded.answer or "", _ANSWER),
            graded.completion_tokens,
            place,
        )

    def json(self) -> str:
        rows = sorted(self._rows.values(), key=lambda row: (self._sets.all[row.set], _natural(row.id)))
        columns: dict[str, object] = {
            "contenders": self._contenders.all,
            "outcomes": list(self._outcomes),
            "sets": self._sets.all,
            "categories": self._categories.all,
            "levels": self._levels.all,
            "causes": self._causes.all,
            "set": [row.set for row in rows],
            "id": [row.id for row in rows],
            "category": [row.category for row in rows],
            "level": [row.level for row in rows],
            "gold": [row.gold for row in rows],
            "excerpt": [row.excerpt for row in rows],
            "text": [list(row.text) for row in rows],
            "cells": [_columns([row.cells.get(number) for row in rows]) for number in range(len(self._contenders.all))],
        }
        return as_json(columns)

    def _row(self, graded: Graded) -> _Row:
        key = (graded.set, graded.id)
        if key not in self._rows:
            self._rows[key] = _Row(
                self._sets.number(graded.set),
                graded.id,
                self._categories.number(graded.category),
                self._levels.number(graded.level),
                _clip("  or  ".join(graded.gold), _ANSWER),
            )
        return self._rows[key]


def _columns(cells: list[_Cell | None]) -> dict[str, object]:
    """-1 for the outcome of a problem that this contender was not given."""
    return {
        "outcome": [cell.outcome if cell else -1 for cell in cells],
        "cause": [cell.cause if cell else 0 for cell in cells],
        "answer": [cell.answer if cell else "" for cell in cells],
        "tokens": [cell.tokens if cell else 0 for cell in cells],
        "place": [list(cell.place) if cell else [-1, -1] for cell in cells],
    }


def _natural(name: str) -> str:
    """So that 10 comes after 9."""
    return re.sub("[0-9]+", lambda digits: digits[0].zfill(18), name)


def _clip(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"

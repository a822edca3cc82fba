"""One row of a problem set: the problem, and beside it the reference answer, which no solver is shown."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from agent.equivalence import Mode
from agent.types import Problem

__all__ = ["Item"]


class Item(BaseModel):
    """A problem with its gold answers, of which any will do."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    set: str
    """Name of the set, as the run's records show it."""
    problem: Problem
    gold: tuple[str, ...]
    mode: Mode = "soft"
    category: str = ""
    """Subject or field, as the set names it."""
    level: str = ""
    """Difficulty or grade, as the set names it."""
    unit: str = ""

    @property
    def id(self) -> str:
        return self.problem.id

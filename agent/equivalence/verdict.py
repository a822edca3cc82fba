"""Verdict: what is compared, and what comes of it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

__all__ = ["Mode", "Pair", "Verdict"]

Mode = Literal["soft", "strict", "complex", "complex-strict"]
"""soft: equal in value. strict: in the same form as well (factored, expanded). complex: ``i`` is the imaginary unit."""
Outcome = Literal["equal", "different", "undecided"]


class Verdict(BaseModel):
    """Whether two answers are equal; ``gold`` and ``predicted`` are what was understood of them."""

    model_config = ConfigDict(frozen=True)

    outcome: Outcome
    rule: str
    """What decided, in words."""
    gold: str = ""
    predicted: str = ""

    @property
    def correct(self) -> bool | None:
        """True, False, or None where it is undecided."""
        return None if self.outcome == "undecided" else self.outcome == "equal"


class Pair(BaseModel):
    """One comparison. ``gold`` may be several accepted answers."""

    model_config = ConfigDict(frozen=True)

    gold: tuple[str, ...]
    predicted: str
    mode: Mode = "soft"

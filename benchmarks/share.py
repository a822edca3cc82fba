"""`Share`: so many of so many, with its interval. Ratios of sums (tokens, seconds) are none and have no interval here."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict

from agent.intervals import wilson

__all__ = ["Part", "Share"]


class Share(BaseModel):
    """``hits`` of ``n``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hits: float
    """A count; or a sum of n values between 0 and 1, such as chances."""
    n: int
    value: float | None
    """hits / n; None where n is 0."""
    low: float
    """The ends of the 95 % interval: Wilson's, see `agent.intervals.wilson`; 0 and 1 where n is 0."""
    high: float

    @classmethod
    def of(cls, hits: float, n: int) -> Self:
        low, high = wilson(hits, n)
        return cls(hits=hits, n=n, value=hits / n if n else None, low=low, high=high)


class Part(BaseModel):
    """A share by name: of a cause, of a kind of finding."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    share: Share

"""Offers: the sets that have a name, and whether they can be had on this machine now. Asks no server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

from agent.types import Language
from benchmarks.problem_sets import curriculum, hub, procedural

__all__ = ["Offer", "available"]


@dataclass(frozen=True, kw_only=True)
class Offer:
    name: str
    rows: int | None
    """None: as many as are asked for."""
    languages: tuple[Language, ...]
    source: str
    licence: str
    state: Literal["here", "needs the hub", "needs sangaku[bench]"]
    """here: shipped, made, or in the cache. The hub itself is not asked whether it can be reached."""


def available() -> tuple[Offer, ...]:
    """The named sets; any other data set of the hub is ``hf:OWNER/NAME``."""
    return tuple(_offers())


def _offers() -> Iterator[Offer]:
    yield Offer(
        name=curriculum.NAME,
        rows=sum(curriculum.parts().get(language, 0) for language in ("ja", "en")),
        languages=("ja", "en"),
        source="shipped",
        licence=curriculum.LICENCE,
        state="here",
    )
    yield Offer(
        name=procedural.NAME,
        rows=None,
        languages=("en", "ja"),
        source=f"made from a seed; {len(procedural.TASKS)} tasks",
        licence=curriculum.LICENCE,
        state="here",
    )
    complete = all(find_spec(module) is not None for module in ("huggingface_hub", "pyarrow"))
    for name, dataset in hub.NAMED.items():
        yield Offer(
            name=name,
            rows=dataset.rows,
            languages=(dataset.language,) if dataset.language else (),
            source=dataset.repo,
            licence=dataset.licence,
            state="needs sangaku[bench]" if not complete else "here" if hub.cached(dataset) else "needs the hub",
        )

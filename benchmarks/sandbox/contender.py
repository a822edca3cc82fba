"""What a contender is: one who runs programs, behind the same small interface as all others."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import ParamSpec, Protocol, TypeVar

from benchmarks.sandbox import memory
from benchmarks.sandbox.programs import Outcome, Program

__all__ = ["CORES", "LABEL", "Contender", "Isolation", "Kind", "in_thread"]

P = ParamSpec("P")
T = TypeVar("T")

CORES = len(os.sched_getaffinity(0))
LABEL = "org.sangaku.benchmark"
"""Every container that a contender other than Sangaku starts carries it; its value is the number of this process."""


class Kind(StrEnum):
    """How often a contender takes part, which goes by how slow it is."""

    FAST = "fast"
    SLOW = "slow"
    FRESH = "fresh"


@dataclass(frozen=True, slots=True)
class Isolation:
    """What a contender keeps its programs from, by its defaults."""

    network: str
    files: str
    limits: str
    state: str
    """What a program finds of those before it."""


class Contender(Protocol):
    """Runs programs, several at once."""

    name: str
    kind: Kind
    lanes: int
    """So many programs at once; more than that wait, or may not be asked for (`queues`)."""
    queues: bool
    """Whether more than `lanes` may be asked for at once."""
    programs: tuple[Program, ...]

    async def start(self) -> None:
        """Be ready to run. Raises `SandboxUnavailable` where that cannot be."""
        ...

    async def run(self, program: Program) -> Outcome: ...

    async def stop(self) -> None: ...

    async def isolation(self) -> Isolation: ...

    async def usages(self) -> list[memory.Usage]:
        """The memory of each process that waits for programs; empty where there is none, or this user may not look."""
        ...


async def in_thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """``call`` in a thread. A cancellation waits for its end, so that `stop` then finds all that it has started."""
    task = asyncio.ensure_future(asyncio.to_thread(call, *args, **kwargs))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise

"""Many programs in a row on one pool of one worker: does anything grow?

Before the first reading, 100 programs are run, so that caches and the allocator have found their size. Then, after each tenth
of the programs, once the worker has come to rest: its anonymous memory (all its processes together, Pss_Anon: its private memory
without clean pages of files, which come and go with other processes that map the same files), the resident memory (RSS) of its
zygote, not of a child forked in advance, and of this process, the open descriptors of both, and the number of processes, threads
and containers.

Memory has grown where the median of the last three readings is more than 2 MB above the median of the first three, which over
10,000 programs is 210 bytes for each; descriptors, processes, threads and containers have grown where the last reading is above
the first. A worker that was replaced on the way is said, and is no pass.
"""

from __future__ import annotations

import asyncio
import gc
import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import pairwise

from benchmarks.sandbox import memory
from benchmarks.sandbox.contenders import Sangaku
from benchmarks.sandbox.measure import Say
from benchmarks.sandbox.programs import PROGRAMS, TRIVIAL, Program
from sandbox import BackendName
from sandbox.docker import LABEL

__all__ = ["MEMORY_MB", "Reading", "Soak", "soak"]

WARM_UP = 100
READINGS = 10
MEMORY_MB = 2.0
SETTLE = 5
"""Trivial programs before each reading, so that it does not depend on which program came last."""
SETTLE_S = 0.5


@dataclass(frozen=True, slots=True)
class Reading:
    """None where this user may not look."""

    programs: int
    """Run so far, the warm-up apart."""
    worker_anonymous_mb: float | None
    zygote_rss_mb: float | None
    host_rss_mb: float
    zygote_descriptors: int | None
    host_descriptors: int | None
    processes: int
    """Of the worker, and beneath this process."""
    host_threads: int
    containers: int


@dataclass(frozen=True, slots=True)
class Soak:
    backend: BackendName
    programs: int
    readings: tuple[Reading, ...]
    errors: tuple[str, ...]
    workers_replaced: int

    def grown(self) -> dict[str, tuple[float, float]]:
        """What has grown: from what to what, by the name of the reading."""
        found: dict[str, tuple[float, float]] = {}
        for field in fields(Reading)[1:]:
            values = [value for reading in self.readings if (value := getattr(reading, field.name)) is not None]
            if not values:
                continue
            in_mb = field.name.endswith("_mb")
            start, end = (
                (statistics.median(values[:3]), statistics.median(values[-3:])) if in_mb else (values[0], values[-1])
            )
            if end > start + (MEMORY_MB if in_mb else 0):
                found[field.name] = (start, end)
        return found

    @property
    def unread(self) -> list[str]:
        """What could not be read, so that nothing is known of its growth."""
        return [field.name for field in fields(Reading) if any(getattr(r, field.name) is None for r in self.readings)]

    @property
    def passed(self) -> bool:
        return not (self.grown() or self.errors or self.workers_replaced or self.unread)


async def soak(backend: BackendName, programs: int, say: Say) -> Soak:
    """Run ``programs`` programs, all five kinds by turns. Raises `SandboxUnavailable` where the backend does not start."""
    contender = Sangaku(backend, lanes=1)
    readings: list[Reading] = []
    errors: list[str] = []
    zygotes: list[int | None] = []
    try:
        await contender.start()
        await _run(contender, 0, WARM_UP, errors)
        done = 0
        for part in range(READINGS + 1):
            until = programs * part // READINGS
            await _run(contender, done, until, errors)
            done = until
            await _run(contender, 0, SETTLE, errors, (TRIVIAL,))
            reading, zygote = await _read(backend, done)
            readings.append(reading)
            zygotes.append(zygote)
            say(f"soak {backend}: {done} of {programs} programs, worker {_mb(reading.worker_anonymous_mb)}")
    finally:
        await contender.stop()
    replaced = sum(one != other for one, other in pairwise(zygotes))
    return Soak(backend, programs, tuple(readings), tuple(errors), replaced)


async def _run(
    contender: Sangaku, first: int, end: int, errors: list[str], programs: Sequence[Program] = PROGRAMS
) -> None:
    for number in range(first, end):
        program = programs[number % len(programs)]
        try:
            fault = program.fault(await contender.run(program))
        except Exception as error:  # noqa: BLE001 - of whatever kind: it is counted, and shown
            fault = f"{type(error).__name__}: {error}"
        if fault and len(errors) < 20:
            errors.append(f"{program.name}: {fault}")


async def _read(backend: BackendName, programs: int) -> tuple[Reading, int | None]:
    """A reading, and the number of the zygote's process."""
    gc.collect()
    await asyncio.sleep(SETTLE_S)
    roots = await asyncio.to_thread(memory.workers, backend)
    usage = memory.measure(roots[0]) if roots else None
    zygote = memory.zygote(roots[0]) if roots else None
    started = 0
    if backend == "docker":
        started = len(await asyncio.to_thread(memory.containers, f"{LABEL}={os.getpid()}"))
    mine = memory.family(os.getpid())
    reading = Reading(
        programs=programs,
        worker_anonymous_mb=usage.anonymous_mb if usage else None,
        zygote_rss_mb=usage.rss_mb if usage else None,
        host_rss_mb=memory.rss_mb(os.getpid()),
        zygote_descriptors=memory.descriptors(zygote) if zygote else None,
        host_descriptors=memory.descriptors(os.getpid()),
        processes=len({*mine[1:], *(pid for root in roots for pid in memory.family(root))}),
        host_threads=memory.threads(os.getpid()),
        containers=started,
    )
    return reading, zygote


def _mb(value: float | None) -> str:
    return "memory unknown" if value is None else f"{value:.1f} MB"

"""One run of the benchmark from start to end: what is there, start-up, turns, loops, memory, soak."""

from __future__ import annotations

import asyncio
import os
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.sandbox.containers import ContainerEach
from benchmarks.sandbox.contender import CORES, Contender, Isolation
from benchmarks.sandbox.contenders import BarePython, ForkFloor, Sangaku
from benchmarks.sandbox.measure import Measures, Plan, Rate, Say, Summary
from benchmarks.sandbox.memory import Usage
from benchmarks.sandbox.peers import PEERS, installed, version
from benchmarks.sandbox.programs import Program
from benchmarks.sandbox.soak import Soak, soak
from sandbox import BackendName, SandboxUnavailable, open_sandbox

__all__ = ["How", "Latency", "Results", "run"]

REST_BEFORE_MEMORY_S = 1.0


How = Literal["in a row", "first", "loaded"]
"""In turns: the samples of a turn after its first, or the first ones alone. Or in as many loops as there are workers."""


@dataclass(frozen=True, slots=True)
class Latency:
    contender: str
    program: str
    in_flight: int
    how: How
    ms: Summary


@dataclass(frozen=True, slots=True)
class Results:
    """All that a run found out."""

    environment: dict[str, str | int | float]
    latencies: tuple[Latency, ...]
    rates: tuple[Rate, ...]
    usages: dict[str, tuple[Usage, ...]]
    """By contender: one for each of its idle processes that wait for programs."""
    start_ups: dict[str, tuple[float, ...]]
    """By contender: milliseconds of each."""
    isolations: dict[str, Isolation]
    absent: dict[str, str]
    """By contender: why it took no part."""
    peers: tuple[str, ...]
    """Those that took part."""
    backends: tuple[BackendName, ...]
    errors: tuple[tuple[str, str, str], ...]
    """Contender, program, what was wrong."""
    soaks: tuple[Soak, ...]

    def latency(self, contender: str, program: Program, how: How = "in a row") -> Summary | None:
        wanted = (contender, program.name, how)
        return next((one.ms for one in self.latencies if (one.contender, one.program, one.how) == wanted), None)

    def rate(self, contender: str, in_flight: int) -> float | None:
        wanted = (contender, in_flight)
        return next((rate.per_s for rate in self.rates if (rate.contender, rate.in_flight) == wanted), None)

    def private_mb(self, contender: str) -> float | None:
        """The mean over the processes that wait for programs."""
        usages = self.usages.get(contender, ())
        return sum(usage.private_mb for usage in usages) / len(usages) if usages else None


async def run(plan: Plan, backends: Sequence[BackendName], *, peers: bool, soak_programs: int, say: Say) -> Results:
    """Measure. What cannot start is left out, named in the results and told to ``say``."""
    environment = _environment()
    start_ups: dict[str, list[float]] = {}
    absent: dict[str, str] = {}

    def leave_out(name: str, why: str) -> None:
        absent[name] = why
        say(f"{name} is left out: {why}")

    for number in range(plan.start_ups):
        for backend in backends:
            if backend not in absent:
                say(f"start-up {number + 1} of {plan.start_ups + 1}: {backend}")
                try:
                    start_ups.setdefault(backend, []).append(await _start_up(backend))
                except SandboxUnavailable as error:
                    leave_out(backend, _why(error))

    async with AsyncExitStack() as stack:
        contenders: list[Contender] = []
        wanted = _wanted([name for name in backends if name not in absent], peers=peers, leave_out=leave_out)
        for contender in wanted:
            if isinstance(contender, Sangaku) and contender.backend in absent:
                continue  # the fresh ones of a pool that did not open
            stack.push_async_callback(_stop, contender, say)
            say(f"starting {contender.name}")
            started = time.perf_counter()
            try:
                await contender.start()
            except Exception as error:  # noqa: BLE001 - of whatever kind: this contender cannot be had here
                leave_out(contender.name, _why(error))
                continue
            contenders.append(contender)
            if isinstance(contender, Sangaku):
                start_ups.setdefault(contender.name, []).append(contender.start_up_ms)
            elif contender.name not in (ContainerEach.name, BarePython.name):  # they have nothing to start
                start_ups[contender.name] = [(time.perf_counter() - started) * 1e3]
        measures = Measures(plan, contenders, say)
        await measures.warm_up()
        await measures.in_turns()
        await measures.in_flight()
        say("memory")
        await asyncio.sleep(REST_BEFORE_MEMORY_S)
        usages = {contender.name: await _usages(contender, say) for contender in contenders}
        isolations = {contender.name: await contender.isolation() for contender in contenders}

    backends = [backend for backend in backends if backend not in absent]
    soaks: list[Soak] = []
    for backend in backends if soak_programs else ():
        try:
            soaks.append(await soak(backend, soak_programs, say))
        except SandboxUnavailable as error:
            say(f"no soak of {backend}: {_why(error)}")
    return Results(
        environment=environment | {"load_after": os.getloadavg()[0]},
        latencies=tuple(_latencies(measures)),
        rates=tuple(measures.rates()),
        usages={name: found for name, found in usages.items() if found},
        start_ups={name: tuple(ms) for name, ms in start_ups.items() if any(ms)},
        isolations=isolations,
        absent=absent,
        peers=tuple(peer.name for peer in PEERS if peer.name in isolations),
        backends=tuple(backends),
        errors=tuple(measures.errors),
        soaks=tuple(soaks),
    )


def _wanted(backends: Sequence[BackendName], *, peers: bool, leave_out: Callable[[str, str], None]) -> list[Contender]:
    warm = [Sangaku(backend) for backend in backends]
    fresh = [Sangaku(pool.backend, fresh_of=pool) for pool in warm]
    found: list[Contender] = [ForkFloor(), *warm, *fresh, ContainerEach(), BarePython()]
    for peer in PEERS if peers else ():
        if installed(peer):
            found.append(peer())
        else:
            leave_out(peer.name, "not installed")
    return found


async def _stop(contender: Contender, say: Say) -> None:
    """Whatever goes wrong with it is said; the results are not to be lost for it."""
    try:
        await contender.stop()
    except Exception as error:  # noqa: BLE001
        say(f"{contender.name} did not stop well: {_why(error)}")


async def _usages(contender: Contender, say: Say) -> tuple[Usage, ...]:
    try:
        return tuple(await contender.usages())
    except Exception as error:  # noqa: BLE001
        say(f"the memory of {contender.name} cannot be read: {_why(error)}")
        return ()


async def _start_up(backend: BackendName) -> float:
    """From nothing to the first profile, and closed again."""
    started = time.perf_counter()
    async with await open_sandbox(backend, workers=CORES) as pool:
        await pool.profile()
        return (time.perf_counter() - started) * 1e3


def _why(error: Exception) -> str:
    if isinstance(error, SandboxUnavailable):
        return f"{error.message}. {error.advice}".strip()
    return str(error) or type(error).__name__


def _latencies(measures: Measures) -> Iterator[Latency]:
    for contender in measures.contenders:
        for program in contender.programs:
            if (alone := measures.alone(contender.name, program)) is not None:
                yield Latency(contender.name, program.name, 1, "in a row", alone)
            if (first := measures.first(contender.name, program)) is not None:
                yield Latency(contender.name, program.name, 1, "first", first)
        if (loaded := measures.loaded(contender.name)) is not None:
            yield Latency(contender.name, contender.programs[0].name, contender.lanes, "loaded", loaded)


def _environment() -> dict[str, str | int | float]:
    return {
        "cores": CORES,
        "cpu": _cpu(),
        "kernel": platform.release(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "load_before": os.getloadavg()[0],
        **{peer.name: version(peer) for peer in PEERS if installed(peer)},
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return "unknown"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")

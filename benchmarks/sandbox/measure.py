"""Takes the samples: rounds in which all contenders take turns, loops with many programs in flight, and percentiles."""

from __future__ import annotations

import asyncio
import gc
import math
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.sandbox.contender import CORES, Contender, Kind
from benchmarks.sandbox.programs import Program

__all__ = ["QUICK", "Measures", "Plan", "Rate", "Say", "Summary", "percentile"]

Say = Callable[[str], None]
Key = tuple[str, str]
"""The names of a contender and of a program."""

SEED = 20240607
REST_S = 0.005
"""Pause before each turn."""
PATIENCE = 3
"""Errors of one contender after which it takes no further part."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    rounds: int = 60
    """Rounds of one program in flight, in each of which a fast contender has one turn for each program."""
    row: int = 5
    """Samples of such a turn, after a first one that is kept apart."""
    slow_rounds: int = 20
    """Of these, the rounds in which slow contenders take part."""
    fresh_rounds: int = 4
    """And those in which fresh workers do."""
    slow_programs: int = 5
    """How many of the programs slow contenders run."""
    fresh_programs: int = 5
    """And fresh workers."""
    warm_slow: bool = True
    """Whether slow contenders, which keep nothing warm but the page cache, are warmed up as well."""
    blocks: int = 10
    """Turns of the loops with several programs in flight."""
    loaded: int = 100
    """Programs of one such turn for the p99 with as many in flight as workers."""
    rated: int = 60
    """Programs of one turn for programs per second, for each number in flight."""
    slow_rated: bool = True
    """Whether the slow are rated as well: once, four programs for each one in flight."""
    start_ups: int = 2
    """Before the one of the pool that is measured."""

    def takes_part(self, kind: Kind, number: int) -> bool:
        """Whether contenders of ``kind`` run in round ``number`` (from 0): spread evenly, the first round included."""
        count = {Kind.FAST: self.rounds, Kind.SLOW: self.slow_rounds, Kind.FRESH: self.fresh_rounds}[kind]
        return number * count // self.rounds != (number - 1) * count // self.rounds


QUICK = Plan(
    rounds=2,
    row=2,
    slow_rounds=1,
    fresh_rounds=1,
    slow_programs=2,
    fresh_programs=1,
    warm_slow=False,
    blocks=1,
    loaded=10,
    rated=8,
    slow_rated=False,
    start_ups=0,
)
"""Enough to see that everything works; the numbers mean nothing."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Milliseconds."""

    n: int
    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, samples: Sequence[float]) -> Summary | None:
        if not samples:
            return None
        return cls(len(samples), percentile(samples, 50), percentile(samples, 95), percentile(samples, 99))


@dataclass(frozen=True, slots=True)
class Rate:
    contender: str
    in_flight: int
    per_s: float


def percentile(samples: Sequence[float], percent: float) -> float:
    """The nearest rank: the smallest sample that at least ``percent`` of all do not exceed."""
    return sorted(samples)[max(math.ceil(len(samples) * percent / 100), 1) - 1]


class Measures:
    """The samples so far. A contender that errs too often is left out from then on; its samples so far stay."""

    def __init__(self, plan: Plan, contenders: Iterable[Contender], say: Say) -> None:
        self.plan = plan
        self.contenders = list(contenders)
        self.errors: list[tuple[str, str, str]] = []
        """Contender, program, what was wrong."""
        self._say = say
        self._random = random.Random(SEED)
        self._alone: defaultdict[Key, list[float]] = defaultdict(list)
        self._first: defaultdict[Key, list[float]] = defaultdict(list)
        self._loaded: defaultdict[str, list[float]] = defaultdict(list)
        self._rated: defaultdict[tuple[str, int], list[tuple[int, float]]] = defaultdict(list)

    def alone(self, contender: str, program: Program) -> Summary | None:
        """One in flight: the samples of turns, but the first of each where there are more."""
        return Summary.of(self._alone[contender, program.name])

    def first(self, contender: str, program: Program) -> Summary | None:
        """One in flight: the first samples of turns, after a pause and the turns of others."""
        return Summary.of(self._first[contender, program.name])

    def loaded(self, contender: str) -> Summary | None:
        """The trivial program, as many in flight as workers."""
        return Summary.of(self._loaded[contender])

    def rates(self) -> list[Rate]:
        return [
            Rate(name, in_flight, sum(count for count, _ in turns) / sum(seconds for _, seconds in turns))
            for (name, in_flight), turns in self._rated.items()
        ]

    async def warm_up(self) -> None:
        """Every program once by everyone but the fresh; nothing is kept but errors."""
        for contender in self.contenders:
            if contender.kind is Kind.FAST or (contender.kind is Kind.SLOW and self.plan.warm_slow):
                self._say(f"warming up {contender.name}")
                for program in self._programs(contender):
                    await self._sample(contender, program)

    async def in_turns(self) -> None:
        """One program in flight, everyone in turn."""
        for number in range(self.plan.rounds):
            if number % max(self.plan.rounds // 10, 1) == 0:
                self._say(f"latency: round {number + 1} of {self.plan.rounds}")
            turns = [
                (contender, program)
                for contender in self.contenders
                if self.plan.takes_part(contender.kind, number)
                for program in self._programs(contender)
            ]
            self._random.shuffle(turns)
            with _no_collection():
                for contender, program in turns:
                    await self._turn(contender, program)

    async def in_flight(self) -> None:
        """As many loops as workers, and then programs per second at each number in flight; block after block."""
        fast = [contender for contender in self.contenders if contender.kind is Kind.FAST]
        for block in range(self.plan.blocks):
            self._say(f"in flight: block {block + 1} of {self.plan.blocks}")
            turns = [(contender, level) for contender in fast for level in [None, *self.levels(contender)]]
            self._random.shuffle(turns)
            for contender, level in turns:
                if level is None:
                    ms, _ = await self._loops(contender, contender.lanes, self.plan.loaded)
                    self._loaded[contender.name] += ms
                else:
                    await self._rate(contender, level, self.plan.rated)
        if self.plan.slow_rated:
            for contender in self.contenders:
                if contender.kind is Kind.SLOW:
                    self._say(f"in flight: {contender.name}")
                    ms, _ = await self._loops(contender, contender.lanes, 4 * contender.lanes)
                    self._loaded[contender.name] += ms
                    for level in self.levels(contender):
                        await self._rate(contender, level, 4 * level)

    @staticmethod
    def levels(contender: Contender) -> list[int]:
        """The numbers in flight at which ``contender`` is rated."""
        wanted = sorted({1, 2, 4, 8, 2 * CORES})
        return wanted if contender.queues else [level for level in wanted if level <= contender.lanes]

    def _programs(self, contender: Contender) -> tuple[Program, ...]:
        plan = self.plan
        count = {Kind.FAST: None, Kind.SLOW: plan.slow_programs, Kind.FRESH: plan.fresh_programs}[contender.kind]
        return contender.programs[:count]

    async def _turn(self, contender: Contender, program: Program) -> None:
        key = (contender.name, program.name)
        await asyncio.sleep(REST_S)
        first = await self._sample(contender, program)
        if first is not None:
            self._first[key].append(first)
            if contender.kind is not Kind.FAST:
                self._alone[key].append(first)
        for _ in range(self.plan.row if contender.kind is Kind.FAST else 0):
            ms = await self._sample(contender, program)
            if ms is not None:
                self._alone[key].append(ms)

    async def _rate(self, contender: Contender, level: int, count: int) -> None:
        ms, seconds = await self._loops(contender, level, count)
        if ms:
            self._rated[contender.name, level].append((len(ms), seconds))

    async def _loops(self, contender: Contender, loops: int, count: int) -> tuple[list[float], float]:
        """``count`` trivial programs by ``loops`` loops: the time of each, and of all."""
        left = iter(range(count))
        found: list[float] = []

        async def loop() -> None:
            for _ in left:
                ms = await self._sample(contender, contender.programs[0])
                if ms is not None:
                    found.append(ms)

        with _no_collection():
            await asyncio.sleep(REST_S)
            started = time.perf_counter()
            await asyncio.gather(*(loop() for _ in range(loops)))
            return found, time.perf_counter() - started

    async def _sample(self, contender: Contender, program: Program) -> float | None:
        """Milliseconds, or None where the contender erred or no longer takes part."""
        if sum(name == contender.name for name, *_ in self.errors) >= PATIENCE:
            return None
        started = time.perf_counter()
        try:
            outcome = await contender.run(program)
        except Exception as error:  # noqa: BLE001 - of whatever kind: it is the contender's failure, and is shown
            fault = f"{type(error).__name__}: {error}"
        else:
            ms = (time.perf_counter() - started) * 1e3
            fault = program.fault(outcome)
            if not fault:
                return ms if outcome.ms is None else outcome.ms
        self.errors.append((contender.name, program.name, fault))
        self._say(f"{contender.name} erred on {program.name!r}: {fault}")
        return None


@contextmanager
def _no_collection() -> Iterator[None]:
    """Python's garbage collector rests meanwhile."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()

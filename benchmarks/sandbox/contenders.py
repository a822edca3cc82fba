"""Those who run programs on this machine itself: the fork floor, Sangaku, a bare `python -c`."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.sandbox import memory
from benchmarks.sandbox.children import Child
from benchmarks.sandbox.contender import CORES, Isolation, Kind, in_thread
from benchmarks.sandbox.programs import FORK, OUTPUT_BYTES, PROGRAMS, Outcome, Program
from sandbox import BackendName, Limits, Pool, SandboxUnavailable, open_sandbox
from sandbox.handle import WORKER_ENV

__all__ = ["BarePython", "ForkFloor", "Sangaku"]

WIDE = Limits(output_bytes=2 * OUTPUT_BYTES)
"""Of the program that writes much: all of it is kept."""


class ForkFloor:
    """``lanes`` bare zygotes."""

    name = "fork floor"
    kind = Kind.FAST
    queues = False
    programs: tuple[Program, ...] = (FORK,)

    def __init__(self) -> None:
        self.lanes = CORES
        self._all: list[Child] = []
        self._idle: list[Child] = []

    async def start(self) -> None:
        script = Path(__file__).parent / "bare.py"
        for _ in range(self.lanes):
            self._all.append(await Child.start([sys.executable, "-P", "-s", "-B", str(script)], env=WORKER_ENV))
        self._idle = list(self._all)

    async def run(self, program: Program) -> Outcome:
        child = self._idle.pop()
        try:
            return Outcome("", ms=int(await child.ask(b"f")) / 1e6)
        finally:
            self._idle.append(child)

    async def stop(self) -> None:
        for child in self._all:
            await child.stop()

    async def isolation(self) -> Isolation:
        return Isolation("runs no program", "", "", "")

    async def usages(self) -> list[memory.Usage]:
        return memory.measured(child.pid for child in self._all)


class Sangaku:
    """A pool of one backend. `fresh` shares the pool of the warm contender that it is given, and leaves it open."""

    queues = True
    programs = PROGRAMS

    def __init__(self, backend: BackendName, *, lanes: int = CORES, fresh_of: Sangaku | None = None) -> None:
        self.backend: BackendName = backend
        self.name = f"{backend} fresh" if fresh_of else backend
        self.kind = Kind.FRESH if fresh_of else Kind.FAST
        self.lanes = lanes
        self._warm = fresh_of
        self._pool: Pool | None = None
        self.start_up_ms = 0.0
        """From nothing to the first profile, that is with one worker."""

    @property
    def pool(self) -> Pool:
        pool = self._warm.pool if self._warm else self._pool
        assert pool is not None
        return pool

    async def start(self) -> None:
        """Open the pool, and keep programs in flight until every worker has started."""
        if self._warm is not None:
            return
        started = time.perf_counter()
        self._pool = await open_sandbox(self.backend, workers=self.lanes)
        await self._pool.profile()
        self.start_up_ms = (time.perf_counter() - started) * 1e3
        for _ in range(20):
            await asyncio.gather(*(self.pool.run("import time\ntime.sleep(0.2)") for _ in range(self.lanes)))
            if len(await asyncio.to_thread(memory.workers, self.backend)) >= self.lanes:
                return
        raise SandboxUnavailable(f"the pool did not start {self.lanes} workers")

    async def run(self, program: Program) -> Outcome:
        limits = WIDE if len(program.stdout) > OUTPUT_BYTES // 2 else None
        seen = await self.pool.run(program.source, limits=limits, fresh=self._warm is not None)
        return Outcome(seen.stdout, "" if seen.ok else f"{seen.status.value}: {seen.message}")

    async def stop(self) -> None:
        if self._pool is not None:
            await self._pool.aclose()

    async def isolation(self) -> Isolation:
        profile = await self.pool.profile()
        return Isolation(
            network=profile.network,
            files=f"{profile.files}; writes in {profile.scratch}" if profile.scratch != "none" else profile.files,
            limits="time, memory, output, processes, files",
            state="none",
        )

    async def usages(self) -> list[memory.Usage]:
        if self._warm is not None:
            return []
        return memory.measured(await asyncio.to_thread(memory.workers, self.backend))


class BarePython:
    """A new interpreter for each program."""

    name = "python -c"
    kind = Kind.SLOW
    queues = True
    programs = PROGRAMS

    def __init__(self) -> None:
        self.lanes = CORES

    async def start(self) -> None:
        """Nothing is kept."""

    async def run(self, program: Program) -> Outcome:
        return await in_thread(self._run, program)

    async def stop(self) -> None:
        """Nothing is kept."""

    async def isolation(self) -> Isolation:
        return Isolation("the host's", "the host's", "none", "none, but for files")

    async def usages(self) -> list[memory.Usage]:
        return []

    @staticmethod
    def _run(program: Program) -> Outcome:
        command = [sys.executable, "-s", "-c", program.source]
        done = subprocess.run(command, env=WORKER_ENV, capture_output=True, text=True, timeout=60, check=False)
        return Outcome(done.stdout, done.stderr.strip().rpartition("\n")[2] if done.returncode else "")

"""A pool of workers of one backend: the `Sandbox` that everyone uses.

Workers start when they are first needed and are kept. A thread serves each busy worker, so that the pool belongs to no event loop:
it can be used from several loops and threads at once. Jobs wait in one queue, first come, first served.
"""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ClassVar, Protocol, Self, TypeVar

from sandbox.base import BackendName, Execution, Limits, NameIndex, Profile
from sandbox.errors import QueueTimeout, SandboxUnavailable, WorkerDied
from sandbox.handle import Observation, Transport, Worker

__all__ = ["Backend", "Pool"]

T = TypeVar("T")


class Backend(Protocol):
    """One of the ways to start a worker."""

    name: ClassVar[BackendName]
    isolated_files: ClassVar[bool]
    """Whether nothing of the host's files is in the worker's view at all."""
    advice: ClassVar[str]
    """What to do where a worker does not start or does not hold."""
    image: str
    runtime: str

    def start(self) -> Transport:
        """Start a worker's process. Raises `SandboxUnavailable`. Blocking."""
        ...

    def shortfall(self, seen: Observation) -> str:
        """What this backend promises and the kernel did not give; empty when nothing is missing."""
        ...


class _Job:
    """A call that waits for, or runs in, a worker; `abort` ends it from outside."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._worker: Worker | None = None
        self.aborted = False

    def enter(self, worker: Worker) -> bool:
        """The call begins in ``worker``; False where the job was aborted before."""
        with self._lock:
            self._worker = None if self.aborted else worker
            return not self.aborted

    def leave(self) -> bool:
        """The call has ended; False where an abort has killed the worker."""
        with self._lock:
            self._worker = None
            return not self.aborted

    def abort(self) -> None:
        with self._lock:
            self.aborted = True
            if self._worker is not None:
                self._worker.kill()


class Pool:
    """``workers`` programs at a time (default: one for each core).

    A call that no worker takes up within ``queue_timeout_s`` seconds raises `QueueTimeout`. A worker that dies is replaced,
    and the program, whose fault it was not, is run once more; if that worker dies as well, `WorkerDied` is raised.
    """

    def __init__(
        self,
        backend: Backend,
        *,
        workers: int | None = None,
        limits: Limits | None = None,
        queue_timeout_s: float = 300.0,
    ) -> None:
        self.backend = backend
        self.limits = limits or Limits()
        self.queue_timeout_s = queue_timeout_s
        self.size = workers or os.cpu_count() or 1
        self._executor = ThreadPoolExecutor(max_workers=self.size, thread_name_prefix=f"sangaku-{backend.name}")
        self._lock = threading.Lock()
        self._idle: list[Worker] = []
        self._jobs: weakref.WeakSet[_Job] = weakref.WeakSet()
        self._profile: Profile | None = None
        self._names: NameIndex | None = None
        self._closed = False

    async def run(self, source: str, *, limits: Limits | None = None, fresh: bool = False) -> Execution:
        asked = limits or self.limits
        return await self._submit(lambda worker: worker.run(source, asked), fresh=fresh)

    async def profile(self) -> Profile:
        if self._profile is None:
            await self._submit(lambda worker: None)
        assert self._profile is not None
        return self._profile

    async def names(self) -> NameIndex:
        if self._names is None:
            self._names = await self._submit(lambda worker: worker.names())
        return self._names

    async def aclose(self) -> None:
        self._stop()
        await asyncio.to_thread(self._executor.shutdown)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    async def _submit(self, call: Callable[[Worker], T], *, fresh: bool = False) -> T:
        if self._closed:
            raise SandboxUnavailable("the sandbox is closed")
        job = _Job()
        self._jobs.add(job)
        future: Future[T] = self._executor.submit(self._serve, job, call, fresh)
        waiting = asyncio.wrap_future(future)
        waiting.add_done_callback(
            lambda ended: ended.cancelled() or ended.exception()
        )  # seen, even after a cancellation
        try:
            done, _ = await asyncio.wait({waiting}, timeout=self.queue_timeout_s)
            if not done and future.cancel():
                raise QueueTimeout(
                    f"no sandbox worker became free within {self.queue_timeout_s:g} s",
                    advice="Use more workers, or send fewer programs at once.",
                )
            return await waiting
        except asyncio.CancelledError:
            if not future.cancel():
                job.abort()
            raise

    def _serve(self, job: _Job, call: Callable[[Worker], T], fresh: bool) -> T:
        """In a thread of the pool: find a worker, make the call, put the worker back."""
        try:
            return self._attempt(job, call, fresh=fresh, keep=not fresh)
        except WorkerDied as error:
            if job.aborted or self._closed:
                raise SandboxUnavailable("the sandbox was closed") from error
            # Not one that was idle: what ended this worker may have ended all of them.
            return self._attempt(job, call, fresh=True, keep=not fresh)

    def _attempt(self, job: _Job, call: Callable[[Worker], T], *, fresh: bool, keep: bool) -> T:
        if job.aborted or self._closed:
            raise SandboxUnavailable("the sandbox was closed")
        worker = self._take(fresh)
        whole = False
        try:
            if not job.enter(worker):
                raise SandboxUnavailable("the sandbox was closed")
            result = call(worker)
            whole = True
        finally:
            whole = job.leave() and whole
            self._put_back(worker, keep=keep and whole and not worker.spent)
        return result

    def _take(self, fresh: bool) -> Worker:
        with self._lock:
            if self._idle and not fresh:
                return self._idle.pop()
        worker: Worker | None = None
        try:
            worker = Worker(self.backend.start())
            self._profile = self._inspect(worker.observe())
        except BaseException as error:
            if worker is not None:
                worker.close()
            if isinstance(error, WorkerDied):
                error = SandboxUnavailable(f"the probe inside the sandbox failed: {error.message}")
            if isinstance(error, SandboxUnavailable):
                error.advice = error.advice or self.backend.advice
            raise error
        return worker

    def _put_back(self, worker: Worker, *, keep: bool) -> None:
        with self._lock:
            keep = keep and not self._closed
            if keep:
                self._idle.append(worker)
        if not keep:
            worker.close()

    def _inspect(self, seen: Observation) -> Profile:
        """The minimum that every backend must show, then the backend's own promises."""
        missing = [
            word
            for word, is_missing in (
                ("seccomp", not seen.seccomp),
                ("no_new_privs", not seen.no_new_privs),
                ("capabilities dropped", seen.capabilities != 0),
                ("sockets denied", bool(seen.sockets)),
                ("new processes denied", seen.fork or not seen.exec_denied),
                ("signals to others denied", seen.signal_parent),
                ("writing outside scratch denied", bool(seen.writes)),
            )
            if is_missing
        ]
        if short := self.backend.shortfall(seen):
            missing.append(short)
        if missing:
            raise SandboxUnavailable(f"the {self.backend.name} sandbox does not hold here: {', '.join(missing)}")
        return Profile(
            backend=self.backend.name,
            python=seen.python,
            numpy=seen.numpy,
            sympy=seen.sympy,
            uid=seen.uid,
            pid1=seen.pid == 1,
            seccomp=seen.seccomp,
            no_new_privs=seen.no_new_privs,
            landlock_abi=seen.landlock,
            capabilities=seen.capabilities,
            network="none" if seen.interfaces in (["lo"], []) else "denied",
            processes="denied",
            files="sealed" if not seen.reads or self.backend.isolated_files else "readable",
            scratch="tmpfs" if seen.scratch else "none",
            runtime=self.backend.runtime,
            image=self.backend.image,
        )

    def _stop(self) -> None:
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for job in list(self._jobs):
            job.abort()
        for worker in idle:
            worker.close()

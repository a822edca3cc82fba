"""A pool of workers of one backend: the `Sandbox` that everyone uses.

Workers start when they are first needed and are kept. A thread serves each busy worker, so that the pool belongs to no event loop:
it can be used from several loops and threads at once. Jobs wait in one queue, first come, first served; the workers take turns.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ClassVar, Protocol, Self, TypeVar

from sandbox.base import BackendName, Execution, Limits, NameIndex, Profile
from sandbox.errors import QueueTimeout, SandboxUnavailable, WorkerDied
from sandbox.handle import Transport, Worker
from sandbox.profile import Asked, inspect

__all__ = ["Backend", "Pool"]

T = TypeVar("T")

BEAT_S = 30.0
"""Seconds between two questions to an idle worker: one that hears nothing for four times as long takes us for dead, and ends."""
HEALTH_S = 1.0
"""Seconds of idleness after which a worker is asked whether it still answers before a program goes to it."""


class Backend(Protocol):
    """One of the ways to start a worker."""

    name: ClassVar[BackendName]
    advice: ClassVar[str]
    """What to do where a worker does not start or does not hold."""
    image: str
    runtime: str

    @property
    def asked(self) -> Asked:
        """What it asks of the kernel; read back from inside each worker, and an error where it is not there."""
        ...

    def start(self) -> Transport:
        """Start a worker's process. Raises `SandboxUnavailable`. Blocking."""
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

    A call that no worker takes up within ``queue_timeout_s`` seconds raises `QueueTimeout`, and so does one that finds
    ``max_waiting`` calls before it: the queue has an end. A worker that has been idle is asked whether it answers before it gets a
    program. One that dies is replaced, and the program, whose fault it was not, is run once more; if that worker dies as well,
    `WorkerDied` is raised.
    """

    def __init__(
        self,
        backend: Backend,
        *,
        workers: int | None = None,
        limits: Limits | None = None,
        queue_timeout_s: float = 300.0,
        max_waiting: int = 10_000,
    ) -> None:
        self.backend = backend
        self.limits = limits or Limits()
        self.queue_timeout_s = queue_timeout_s
        self.max_waiting = max_waiting
        self.size = workers or os.cpu_count() or 1
        self._executor = ThreadPoolExecutor(max_workers=self.size, thread_name_prefix=f"sangaku-{backend.name}")
        self._lock = threading.Lock()
        self._idle: deque[tuple[Worker, float]] = deque()
        self._unfinished = 0
        self._beating: threading.Thread | None = None
        self._stopped = threading.Event()
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

    async def answer(self, op: str, *, limits: Limits, **fields: object) -> object | None:
        """A job of a worker for comparisons, from and to JSON; None where it came to nothing within its limits."""
        return await self._submit(lambda worker: worker.answer(op, limits, **fields))

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
        with self._lock:
            if self._unfinished >= self.size + self.max_waiting:
                raise QueueTimeout(
                    f"{self.max_waiting} programs are waiting already", advice="Send fewer programs at once."
                )
            self._unfinished += 1
        job = _Job()
        self._jobs.add(job)
        try:
            future: Future[T] = self._executor.submit(self._serve, job, call, fresh)
        except RuntimeError as error:  # closed a moment ago
            self._finished(None)
            raise SandboxUnavailable("the sandbox is closed") from error
        future.add_done_callback(self._finished)
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

    def _finished(self, future: object) -> None:
        with self._lock:
            self._unfinished -= 1

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
        worker = None if fresh else self._idle_worker()
        if worker is not None:
            return worker
        try:
            worker = Worker(self.backend.start())
            self._profile = inspect(self.backend, worker.observe())
        except BaseException as error:
            if worker is not None:
                worker.close()
            if isinstance(error, WorkerDied):
                error = SandboxUnavailable(f"the probe inside the sandbox failed: {error.message}")
            if isinstance(error, SandboxUnavailable):
                error.advice = error.advice or self.backend.advice
            raise error
        return worker

    def _idle_worker(self) -> Worker | None:
        """The one that has been idle for longest, if it still answers."""
        while True:
            with self._lock:
                if not self._idle:
                    return None
                worker, since = self._idle.popleft()
            if time.monotonic() - since < HEALTH_S or worker.ping():
                return worker
            worker.close()

    def _put_back(self, worker: Worker, *, keep: bool) -> None:
        with self._lock:
            keep = keep and not self._closed
            if keep:
                self._idle.append((worker, time.monotonic()))
                if self._beating is None:
                    # Of the pool it knows no more than this, so that one that nobody closed can still go.
                    arguments = (weakref.ref(self), self._stopped)
                    self._beating = threading.Thread(target=_beat, args=arguments, daemon=True, name="sangaku-beat")
                    self._beating.start()
        if not keep:
            worker.close()

    def _check_idle(self) -> None:
        """Ask every worker that has been idle for long whether it answers; those that do not are closed."""
        gone = []
        with self._lock:
            for _ in range(len(self._idle)):
                worker, since = self._idle.popleft()
                if time.monotonic() - since < BEAT_S / 2 or worker.ping():
                    self._idle.append((worker, since))
                else:
                    gone.append(worker)
        for worker in gone:
            worker.close()

    def _stop(self) -> None:
        self._stopped.set()
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, deque()
        for job in list(self._jobs):
            job.abort()
        for worker, _ in idle:
            worker.close()


def _beat(pool: weakref.ref[Pool], stopped: threading.Event) -> None:
    while not stopped.wait(BEAT_S):
        here = pool()
        if here is None:
            return
        here._check_idle()
        del here

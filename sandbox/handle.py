"""The host's end of one worker: sends jobs, reads reports, and turns a report into an `Execution`. Blocking, one job at a time."""

from __future__ import annotations

import json
import re
import signal
import time
from typing import Any, Protocol

from sandbox.base import Execution, Limits, ModuleNames, NameIndex, Status
from sandbox.errors import SandboxUnavailable, WorkerDied
from sandbox.profile import Observation
from sandbox.worker import frames

__all__ = ["WORKER_ENV", "Transport", "Worker"]

WORKER_ENV: dict[str, str] = {
    # With two threads, OpenBLAS breaks in a forked child.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONNOUSERSITE": "1",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "HOME": "/nonexistent",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
}
"""The environment of every worker, set before its interpreter starts. Programs themselves get an empty one."""

START_S = 60.0
"""Seconds that a worker may take to import numpy and sympy and warm up (about 2 on an idle core)."""
GRACE_S = 10.0
"""Seconds beyond the program's own limit after which the worker, not the program, is at fault."""
PING_S = 2.0
"""Seconds within which an idle worker answers; it takes a fraction of a millisecond."""
MAX_SOURCE = 5_500_000
"""Characters of a program: at up to twelve bytes each they fit a frame."""


class Transport(Protocol):
    """A byte stream to a worker, however it was started."""

    def send(self, data: bytes, *, deadline: float) -> None:
        """All of ``data`` before ``deadline`` (time.monotonic). Raises OSError when the worker has gone, or TimeoutError."""
        ...

    def receive(self, size: int, *, deadline: float) -> bytes:
        """``size`` bytes before ``deadline``. Raises OSError, EOFError when the worker has gone, or TimeoutError."""
        ...

    def kill(self) -> None:
        """End the worker and all in it, now; safe to call twice and from another thread."""
        ...

    def close(self) -> None:
        """Kill and give back every descriptor; only from the thread that uses the worker."""
        ...

    def last_words(self) -> str:
        """What the worker's process said before it ended, or an empty string."""
        ...


class Worker:
    """One started worker. Raises `WorkerDied` from every method when the worker is gone or does not answer."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.spent = False
        """Whether a program left something behind that cannot be wiped: no other may run in it."""
        self._oom_kills = 0  # a cgroup's counter, so only its growth says something; a fresh worker's starts at 0
        try:
            ready = self._receive(time.monotonic() + START_S)
        except WorkerDied as error:
            transport.kill()
            words = transport.last_words()
            self.close()
            why = words.partition(". ")[0].rstrip(".") or error.message
            raise SandboxUnavailable(f"a worker did not start: {why}") from error
        if ready.get("op") != "ready":
            self.close()
            raise SandboxUnavailable("a worker did not start: it sent something else than its first frame")

    def run(self, source: str, limits: Limits) -> Execution:
        if len(source) > MAX_SOURCE:
            return Execution(status=Status.SYNTAX_ERROR, message=f"the program is longer than {MAX_SOURCE} characters")
        report = self._job("run", limits, source=source)
        before, self._oom_kills = self._oom_kills, int(report["oom_kills"])
        return _execution(report, limits, oom=self._oom_kills > before)

    def observe(self) -> Observation:
        report = self._job("profile", Limits())
        first, _, rest = str(report["stdout"]).partition("\n")
        try:
            seen = json.loads(first)
        except ValueError as error:
            raise SandboxUnavailable(f"the probe inside the sandbox failed: {_last_line(report['stderr'])}") from error
        return Observation(**seen, around=report["zygote"], exec_denied=rest == "exec denied")

    def names(self) -> NameIndex:
        room = 4 << 20
        report = self._job("names", Limits(wall_s=60, output_bytes=room, flood_bytes=room))
        if report["told"] != "ok":
            raise SandboxUnavailable(f"the sandbox could not list its names: {_last_line(report['stderr'])}")
        index = json.loads(report["stdout"])
        modules = {name: ModuleNames(names=names) for name, names in index["modules"].items()}
        return NameIndex(
            modules=modules, classes={name: ModuleNames(names=names) for name, names in index["classes"].items()}
        )

    def answer(self, op: str, limits: Limits, **fields: object) -> object | None:
        """What a job of a comparison worker printed, from JSON; None where it came to nothing within its limits."""
        report = self._job(op, limits, **fields)
        if report["stopped"] or report["told"] != "ok":
            return None
        try:
            found: object = json.loads(report["stdout"])
        except ValueError:
            return None
        return found

    def ping(self) -> bool:
        """Whether the worker answers, within `PING_S`. One that does not is to be thrown away."""
        deadline = time.monotonic() + PING_S
        try:
            self._transport.send(frames.encode({"op": "ping"}), deadline=deadline)
            return self._receive(deadline).get("op") == "pong"
        except (OSError, WorkerDied):
            return False

    def kill(self) -> None:
        """End it from another thread: a call under way raises `WorkerDied`."""
        self._transport.kill()

    def close(self) -> None:
        self._transport.close()

    def _job(self, op: str, limits: Limits, **fields: object) -> dict[str, Any]:
        deadline = time.monotonic() + limits.wall_s + GRACE_S
        try:
            self._transport.send(frames.encode({"op": op, "limits": limits.model_dump(), **fields}), deadline=deadline)
        except TimeoutError as error:
            raise WorkerDied("a worker does not answer") from error
        except OSError as error:
            raise WorkerDied("a worker has ended") from error
        report = self._receive(deadline)
        # A program that was stopped before it began has had its time; all else without confinement is our failure.
        if not report.get("confined") and report.get("stopped") != "time_limit":
            why = _last_line(str(report.get("stderr", ""))) or report.get("error") or "no reason given"
            raise WorkerDied(f"a worker could not confine a program: {why}")
        self.spent = self.spent or bool(report["spent"])
        return report

    def _receive(self, deadline: float) -> dict[str, Any]:
        try:
            size = frames.length(self._transport.receive(frames.HEADER, deadline=deadline))
            return frames.decode(self._transport.receive(size, deadline=deadline))
        except EOFError as error:
            raise WorkerDied("a worker has ended") from error
        except TimeoutError as error:
            raise WorkerDied("a worker does not answer") from error
        except (OSError, frames.FrameError) as error:
            raise WorkerDied(f"the connection to a worker broke: {error}") from error


def _execution(report: dict[str, Any], limits: Limits, *, oom: bool) -> Execution:
    code = int(report["exit_code"])
    status, message = _judge(report, code, limits, oom=oom)
    # What a program writes may look like this, too, with any number of digits, or of any script.
    lines = re.findall(r'File "program\.py", line ([0-9]{1,7})\b', report["stderr"])
    return Execution(
        status=status,
        stdout=report["stdout"],
        stderr=report["stderr"],
        truncated=report["truncated"],
        exit_code=code,
        wall_s=round(report["wall_s"], 4),
        peak_mb=round(report["peak_kb"] / 1024, 1),
        message=message,
        line=int(lines[-1]) if lines and status is not Status.OK else None,
    )


def _judge(report: dict[str, Any], code: int, limits: Limits, *, oom: bool) -> tuple[Status, str]:
    if report["stopped"] == "time_limit" or code == -signal.SIGXCPU:
        return Status.TIME_LIMIT, f"stopped after {limits.wall_s:g} s"
    if report["stopped"] == "output_limit":
        return Status.OUTPUT_LIMIT, f"wrote more than {limits.flood_bytes} bytes"
    if report["stopped"] == "files_limit":
        return Status.OUTPUT_LIMIT, "made more files than it may"
    if code < 0:
        if oom:
            return Status.MEMORY_LIMIT, "the kernel ended it for lack of memory"
        return Status.KILLED, f"ended by {_signal_name(-code)}"
    if report["told"]:
        status = Status(report["told"])
        if status is Status.OK:
            return status, ""
        return status, _last_line(report["stderr"]) or status.value
    return Status.RUNTIME_ERROR, f"exited with status {code}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip()[:500] if lines else ""

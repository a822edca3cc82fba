"""The zygote: reads jobs, forks a child for each, watches it from outside, and reports.

One job at a time; the pool has more workers for more. It ends when its standard input does, so that it never outlives
its parent, however that one went. Every measure it reports (time, memory, signals, amount of output) is its own.
"""

import argparse
import gc
import os
import select
import signal
import sys
import time
from dataclasses import dataclass
from typing import Any, NoReturn

from sandbox.worker import child, compare, forking, frames, landlock, privileges, readback, scratch, seccomp
from sandbox.worker.capture import Capture
from sandbox.worker.memory import OomKills, mapped_bytes
from sandbox.worker.paths import python_folders, python_paths
from sandbox.worker.rehearse import rehearse
from sandbox.worker.warming import warm

__all__ = ["main"]

LEASE_S = 120
"""Seconds of silence after which the host must have gone; a pool asks its idle workers every 30. Where a container engine is
killed, nobody closes the stream."""
LOOK_MS = 50
"""Milliseconds between two looks at how many files a running program has made; by then it can have made a few thousand more."""


def main(arguments: list[str]) -> NoReturn:
    parser = argparse.ArgumentParser(prog="sangaku-worker")
    parser.add_argument("--pid1", action="store_true", help="refuse to run unless this is process 1")
    parser.add_argument("--comparison", action="store_true", help="compare answers as well: needs math-verify")
    parser.add_argument("--scratch", default=None, help="a directory on a size-limited tmpfs")
    options = parser.parse_args(arguments)
    if options.pid1 and os.getpid() != 1:
        sys.exit("the worker must be process 1 of its container (start it without --init)")
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    requests, replies = os.dup(0), os.dup(1)
    null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
    os.dup2(null, 0)
    os.dup2(null, 1)
    zygote = Zygote(requests, replies, options.scratch, comparison=options.comparison)
    zygote.send({"op": "ready"})
    while True:
        request = zygote.receive()
        if request is None:
            os._exit(0)
        zygote.send(zygote.answer(request))
        # While the host thinks about what came of it: the next program finds its process waiting.
        zygote.prepare()


@dataclass(frozen=True)
class Waiting:
    """A child that waits for its program, and the zygote's ends of its pipes."""

    pid: int
    job: int
    out: int
    err: int
    told: int


class Zygote:
    def __init__(self, requests: int, replies: int, scratch_folder: str | None, *, comparison: bool = False) -> None:
        self.requests, self.replies = requests, replies
        libc = privileges.load_libc()
        self.comparison = comparison
        readable = python_paths(comparison=comparison)
        # Before the heavy imports: nothing of theirs runs with more rights than it needs.
        privileges.drop(libc, needed=readable)
        privileges.harden(libc)
        warm()
        if self.comparison:
            rehearse()
        os.environ.clear()
        os.putenv("TZ", "UTC0")  # the C library asks for it at every use; programs see an empty os.environ
        # Landlock's own descriptor and the filter are made once; a child only has to apply them.
        ruleset = landlock.ruleset(libc, readable=readable, listable=python_folders(), scratch=scratch_folder)
        seccomp_filter = seccomp.Filter(read_only=scratch_folder is None)
        gc.collect()
        gc.freeze()
        gc.disable()
        self.large_pages = forking.use_large_pages(libc)
        self.cell = child.Cell(
            libc=libc,
            zygote=os.getpid(),
            ruleset=ruleset,
            scratch=scratch_folder,
            address_space=mapped_bytes(),
            filter=seccomp_filter,
        )
        self.count = 0
        self.next: Waiting | None = None
        self.oom_kills = OomKills()

    def receive(self) -> dict[str, Any] | None:
        """The next request; None where the host has gone: its end of the stream is closed, or it is silent for `LEASE_S`."""
        poll = select.poll()
        poll.register(self.requests, select.POLLIN)
        if not poll.poll(LEASE_S * 1000):
            return None
        header = read_exactly(self.requests, frames.HEADER)
        body = read_exactly(self.requests, frames.length(header)) if header else None
        return frames.decode(body) if body is not None else None

    def send(self, message: dict[str, Any]) -> None:
        self.write(self.replies, frames.encode(message))

    def write(self, descriptor: int, data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[os.write(descriptor, left) :]

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        op = request["op"]
        if op == "ping":
            return {"op": "pong"}
        if op not in ("run", "profile", "names", *(compare.JOBS if self.comparison else ())):
            return {"error": f"unknown job {op!r}"}
        report = self.supervise(request, request["limits"])
        if op == "profile":
            report["zygote"] = readback.surroundings(self.cell, self.large_pages)
        return report

    def prepare(self) -> "Waiting":
        """A child that is confined and waits for its program; the one that waits already, if it lives."""
        if self.next is not None:
            if os.waitid(os.P_PID, self.next.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                return self.next
            os.waitpid(self.next.pid, 0)  # somebody has killed it
            for descriptor in (self.next.job, self.next.out, self.next.err, self.next.told):
                os.close(descriptor)
        home = self.make_home()
        (out_r, out_w), (err_r, err_w), (told_r, tell_w), (job_r, job_w) = (os.pipe() for _ in range(4))
        # At its end, and its own: flags and locks on a descriptor that programs shared would outlive them.
        in_r, in_w = os.pipe()
        os.close(in_w)
        pid = forking.fork()
        if pid == 0:
            try:
                child.enter(self.cell, job=job_r, stdin=in_r, stdout=out_w, stderr=err_w, tell=tell_w, home=home)
                self.begin(job_r, tell_w)
            except BaseException as error:
                # Confinement failed: nothing of the program has run.
                os.write(2, f"{error!r}\n".encode())
            finally:
                os._exit(70)
        for descriptor in (in_r, out_w, err_w, tell_w, job_r):
            os.close(descriptor)
        self.next = Waiting(pid=pid, job=job_w, out=out_r, err=err_r, told=told_r)
        return self.next

    def begin(self, job: int, tell: int) -> None:
        """In the child: wait for the job, lock up, do it."""
        header = read_exactly(job, frames.HEADER)
        body = read_exactly(job, frames.length(header)) if header else None
        if body is None:
            return
        os.close(job)
        request = frames.decode(body)
        child.lock(self.cell, tell=tell, limits=request["limits"])
        if request["op"] == "profile":
            readback.observe(self.cell)
        if request["op"] == "names":
            readback.names()
        if request["op"] in compare.JOBS:
            child.answer(lambda: compare.main(request))
        child.execute(request["source"])

    def supervise(self, request: dict[str, Any], limits: dict[str, float]) -> dict[str, Any]:
        """Give a waiting child its job, watch it, kill what is left, wipe, measure."""
        waiting = self.prepare()
        self.next = None
        pid, out_r, err_r, told_r = waiting.pid, waiting.out, waiting.err, waiting.told
        started = time.monotonic()
        try:
            self.write(waiting.job, frames.encode(request))
        except BrokenPipeError:
            pass  # it has just been killed: it tells nothing, and so is not taken for confined
        os.close(waiting.job)
        capture = Capture(out_r, err_r, keep=int(limits["output_bytes"]), flood=int(limits["flood_bytes"]))
        stopped = self.watch(pid, capture, started + limits["wall_s"])
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        _, status, usage = os.wait4(pid, 0)
        wall = time.monotonic() - started
        if os.getpid() == 1:
            self.kill_all()
        capture.drain()
        if not stopped:
            stopped = "output_limit" if capture.flooded else "files_limit" if self.too_many_files() else ""
        word, _, baseline = os.read(told_r, 64).partition(b" ")
        os.close(told_r)
        spent = not self.wipe()
        exit_code = os.waitstatus_to_exitcode(status)
        stdout, stderr = capture.text()
        return {
            "stopped": stopped,
            "exit_code": exit_code,
            "told": child.EXIT.get(exit_code, "") if exit_code >= 0 else "",
            "confined": word == b"in",
            "spent": spent,
            "stdout": stdout,
            "stderr": stderr,
            "truncated": capture.cut,
            "wall_s": wall,
            "peak_kb": max(0, usage.ru_maxrss - int(baseline or 0)),
            "oom_kills": self.oom_kills.read(),
        }

    def watch(self, pid: int, capture: Capture, deadline: float) -> str:
        """Wait for the end of the child; returns the limit that was passed, or an empty string."""
        poll = select.poll()
        done = open_pidfd(pid)
        if done is not None:
            poll.register(done, select.POLLIN)
        poll.register(self.requests, 0)  # only its hang-up: the parent has gone
        for descriptor in capture.descriptors:
            poll.register(descriptor, select.POLLIN)
        try:
            while True:
                left = deadline - time.monotonic()
                if left <= 0:
                    return "time_limit"
                if self.too_many_files():
                    return "files_limit"
                for descriptor, event in poll.poll(min(left * 1000 + 1, LOOK_MS if done is not None else 10)):
                    if descriptor == self.requests:
                        if event & (select.POLLHUP | select.POLLERR | select.POLLNVAL):
                            os.kill(pid, signal.SIGKILL)
                            os._exit(0)
                    elif descriptor == done:
                        return ""
                    elif not capture.read(descriptor):
                        poll.unregister(descriptor)
                    if capture.flooded:
                        return "output_limit"
                if done is None and os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                    return ""
        finally:
            if done is not None:
                os.close(done)

    def make_home(self) -> str | None:
        if self.cell.scratch is None:
            return None
        self.count += 1
        home = os.path.join(self.cell.scratch, f"run-{self.count}")
        os.mkdir(home, 0o700)
        return home

    def wipe(self) -> bool:
        """Empty the scratch directory. False where something cannot be removed: no later program may run here then."""
        if self.cell.scratch is None:
            return True
        try:
            scratch.empty(self.cell.scratch)
        except OSError:
            return False
        return True

    def too_many_files(self) -> bool:
        return self.cell.scratch is not None and scratch.entries(self.cell.scratch) > scratch.MOST_ENTRIES

    def kill_all(self) -> None:
        """In a PID namespace of our own, -1 is everything but ourselves."""
        try:
            os.kill(-1, signal.SIGKILL)
        except ProcessLookupError:
            return
        while True:
            try:
                os.waitpid(-1, 0)
            except ChildProcessError:
                return


def open_pidfd(pid: int) -> int | None:
    """A descriptor that becomes readable when ``pid`` ends; None before Linux 5.3 and where Python was built without it."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


def read_exactly(descriptor: int, size: int) -> bytes | None:
    """``size`` bytes, or None at the end of the stream."""
    parts = []
    while size:
        part = os.read(descriptor, min(size, 1 << 20))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)

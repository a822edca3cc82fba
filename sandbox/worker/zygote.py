"""The zygote: reads jobs, forks a child for each, watches it from outside, and reports.

One job at a time; the pool has more workers for more. It ends when its standard input does, so that it never outlives
its parent, however that one went. Every measure it reports (time, memory, signals, amount of output) is its own.
"""

import argparse
import gc
import os
import select
import shutil
import signal
import sys
import sysconfig
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, NoReturn

from sandbox.worker import child, frames, landlock, privileges, readback
from sandbox.worker.capture import Capture

__all__ = ["main"]


def main(arguments: list[str]) -> NoReturn:
    parser = argparse.ArgumentParser(prog="sangaku-worker")
    parser.add_argument("--pid1", action="store_true", help="refuse to run unless this is process 1")
    parser.add_argument("--scratch", default=None, help="a directory on a size-limited tmpfs")
    options = parser.parse_args(arguments)
    if options.pid1 and os.getpid() != 1:
        sys.exit("the worker must be process 1 of its container (start it without --init)")
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    requests, replies = os.dup(0), os.dup(1)
    null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
    os.dup2(null, 0)
    os.dup2(null, 1)
    zygote = Zygote(requests, replies, null, options.scratch)
    zygote.send({"op": "ready"})
    while True:
        request = zygote.receive()
        if request is None:
            os._exit(0)
        zygote.send(zygote.answer(request))


def warm() -> None:
    """Do once what programs do, so that every fork starts with the modules and caches in memory. Same order, same seeds."""
    import numpy as np
    import sympy

    x, y = sympy.symbols("x y")
    sympy.solve([x + y - 3, x - y - 1], [x, y])
    sympy.solve(x**2 - 2, x)
    sympy.simplify(sympy.sin(x) ** 2 + sympy.cos(x) ** 2)
    sympy.factor(sympy.expand((x + 1) ** 3))
    sympy.integrate(x * sympy.exp(x), x)
    sympy.lambdify(x, sympy.sqrt(x))
    sympy.latex(sympy.sympify("1/3 + sqrt(2)").evalf())
    sympy.Matrix([[1, 2], [3, 4]]).inv()
    np.linalg.solve(np.array([[2.0, 1.0], [1.0, 3.0]]), np.ones(2)).dot(np.ones(2))
    np.random.seed(0)
    sympy.core.random.seed(0)


class Zygote:
    def __init__(self, requests: int, replies: int, null: int, scratch: str | None) -> None:
        self.requests, self.replies, self.null = requests, replies, null
        libc = privileges.load_libc()
        readable = python_paths()
        # Before the heavy imports: nothing of theirs runs with more rights than it needs.
        privileges.drop(libc, needed=readable)
        privileges.harden(libc)
        warm()
        # Landlock's own descriptor is made once; a child only has to apply it.
        ruleset = landlock.ruleset(libc, readable=readable, scratch=scratch)
        gc.collect()
        gc.freeze()
        gc.disable()
        self.cell = child.Cell(
            libc=libc, zygote=os.getpid(), ruleset=ruleset, scratch=scratch, address_space=mapped_bytes()
        )
        self.count = 0

    def receive(self) -> dict[str, Any] | None:
        header = read_exactly(self.requests, frames.HEADER)
        body = read_exactly(self.requests, frames.length(header)) if header else None
        return frames.decode(body) if body is not None else None

    def send(self, message: dict[str, Any]) -> None:
        data = memoryview(frames.encode(message))
        while data:
            data = data[os.write(self.replies, data) :]

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        op = request["op"]
        limits = request.get("limits", {})
        if op == "run":
            source = request["source"]
            return self.supervise(lambda: child.execute(source), limits)
        if op == "profile":
            return self.supervise(lambda: readback.observe(self.cell.scratch, self.cell.libc), limits) | {
                "zygote": readback.surroundings(self.cell.libc)
            }
        if op == "names":
            return self.supervise(readback.names, limits)
        return {"error": f"unknown job {op!r}"}

    def supervise(self, body: Callable[[], NoReturn], limits: dict[str, float]) -> dict[str, Any]:
        """Fork, watch, kill what is left, wipe, measure."""
        home = self.make_home()
        (out_r, out_w), (err_r, err_w), (told_r, tell_w) = os.pipe(), os.pipe(), os.pipe()
        started = time.monotonic()
        pid = os.fork()
        if pid == 0:
            try:
                child.enter(
                    self.cell, stdin=self.null, stdout=out_w, stderr=err_w, tell=tell_w, home=home, limits=limits
                )
                body()
            except BaseException as error:
                # Confinement failed: nothing of the program has run.
                os.write(2, f"{error!r}\n".encode())
            finally:
                os._exit(70)
        for descriptor in (out_w, err_w, tell_w):
            os.close(descriptor)
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
        if capture.flooded and not stopped:
            stopped = "output_limit"
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
            "oom_kills": oom_kills(),
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
                for descriptor, event in poll.poll(left * 1000 + 1 if done is not None else min(left * 1000 + 1, 10)):
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
            with os.scandir(self.cell.scratch) as entries:
                for entry in list(entries):
                    if entry.is_dir(follow_symlinks=False):
                        shutil.rmtree(entry.path)
                    else:
                        os.unlink(entry.path)
        except (OSError, RecursionError):
            return False
        return True

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


def python_paths() -> list[str]:
    """What a program may read: Python's own library, numpy, sympy, mpmath, the loader's libraries and the time zones."""
    paths = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    for package in ("numpy", "sympy", "mpmath"):
        spec = find_spec(package)
        if spec is not None and spec.submodule_search_locations:
            for location in spec.submodule_search_locations:
                paths.update((location, f"{location}.libs"))
    paths.update(("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache", "/usr/share/zoneinfo"))
    paths.add(os.path.join(sys.base_prefix, "lib"))
    return sorted(path for path in paths if os.path.exists(path))


def open_pidfd(pid: int) -> int | None:
    """A descriptor that becomes readable when ``pid`` ends; None before Linux 5.3 and where Python was built without it."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


def mapped_bytes() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def oom_kills() -> int:
    """How often the kernel has killed for memory in this container; 0 where the cgroup does not show it."""
    for path in ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"):
        try:
            with open(path) as file:
                for line in file:
                    name, _, value = line.partition(" ")
                    if name == "oom_kill":
                        return int(value)
        except OSError:
            continue
    return 0


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

"""Workers, containers and parents that die at the worst moment. Nothing may be left, and no program may pay for it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from sandbox import Limits, Pool, SandboxUnavailable, Status, WorkerDied, open_sandbox
from tests.sandbox.conftest import OpenPool
from tests.sandbox.workers import appeared, end, settled, snapshot

SLOW = "import time\ntime.sleep(0.8)\nprint('done')"


async def test_a_program_whose_worker_is_killed_runs_once_more(open_pool: OpenPool) -> None:
    before = snapshot()
    pool = await open_pool(workers=2)
    running = asyncio.create_task(pool.run(SLOW))
    await busy(pool)
    end(await appeared(before))
    seen = await running
    assert (seen.status, seen.stdout) == (Status.OK, "done\n")

    # Now while they are idle, all of them: the retry must not take another dead one.
    await asyncio.gather(*(pool.run("import time; time.sleep(0.2)") for _ in range(2)))
    end(snapshot() - before)
    printed = await asyncio.gather(*(pool.run(f"print({n})") for n in range(4)))
    assert [execution.stdout for execution in printed] == ["0\n", "1\n", "2\n", "3\n"]


async def test_a_second_death_is_ours_and_said(open_pool: OpenPool) -> None:
    before = snapshot()
    pool = await open_pool()
    running = asyncio.create_task(pool.run("import time\ntime.sleep(20)", limits=Limits(wall_s=30)))
    first = await busy(pool)
    end(await appeared(before))
    await busy(pool, other_than=first)
    end(await appeared(before))
    with pytest.raises(WorkerDied, match="a worker has ended"):
        await running
    assert (await pool.run("print('next')")).stdout == "next\n"


async def busy(pool: Pool, *, other_than: object = None) -> object:
    """The worker in which a program runs now."""

    def workers() -> list[object]:
        return [job._worker for job in list(pool._jobs) if job._worker not in (None, other_than)]

    assert await settled(lambda: bool(workers()), timeout=20)
    await asyncio.sleep(0.2)  # from the sending of the program to its start
    return workers()[0]


async def test_a_worker_that_stands_still_is_replaced(open_pool: OpenPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.handle.GRACE_S", 0.5)
    before = snapshot()
    pool = await open_pool(limits=Limits(wall_s=1))
    for member in await appeared(before):
        if isinstance(member, int):
            psutil.Process(member).suspend()
        else:
            await docker("pause", member)
    seen = await pool.run("print('done')")
    assert (seen.status, seen.stdout) == (Status.OK, "done\n")


async def test_cancelling_kills_the_program_and_its_worker(open_pool: OpenPool) -> None:
    before = snapshot()
    pool = await open_pool()
    running = asyncio.create_task(pool.run("while True: pass", limits=Limits(wall_s=60)))
    await busy(pool)
    started = time.monotonic()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert time.monotonic() - started < 0.5
    assert await settled(lambda: not (snapshot() - before))
    assert (await pool.run("print('next')")).stdout == "next\n"


PARENT = """
import asyncio, signal, sys
from sandbox import Limits, open_sandbox

signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background of a shell

async def main():
    async with await open_sandbox(sys.argv[1], workers=1) as pool:
        spin = asyncio.create_task(pool.run("while True: pass", limits=Limits(wall_s=300)))
        await asyncio.sleep(0.3)
        print("running", flush=True)
        await spin

asyncio.run(main())
"""


async def test_a_parent_that_ends_takes_everything_along(sandbox: Pool) -> None:
    """Ctrl-C, a plain kill, and a kill that gives it no time for anything."""
    command = [sys.executable, "-c", PARENT, sandbox.backend.name]
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
    parents = [start(command) for _ in numbers]
    for parent in parents:
        assert parent.stdout is not None
        assert await asyncio.to_thread(parent.stdout.readline) == b"running\n"
    family = [process for parent in parents for process in psutil.Process(parent.pid).children(recursive=True)]
    for parent in parents:
        assert snapshot(parent.pid)
    for parent, number in zip(parents, numbers, strict=True):
        parent.send_signal(number)
    for parent in parents:
        await asyncio.to_thread(parent.communicate, timeout=20)
    assert await settled(lambda: not any(snapshot(parent.pid) for parent in parents))
    assert await settled(lambda: not any(alive(process) for process in family))


def start(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


async def docker(*arguments: str) -> None:
    await asyncio.to_thread(subprocess.run, ["docker", *arguments], capture_output=True, check=True)


def alive(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


async def test_a_process_that_waits_for_its_program_is_replaced(open_pool: OpenPool) -> None:
    pool = await open_pool()
    assert (await pool.run("print(1)")).stdout == "1\n"

    def waiting() -> list[psutil.Process]:
        return [p for p in psutil.process_iter() if alive(p) and p.name() == "program" and p.pid not in others]

    others: set[int] = set()
    busy_elsewhere = await open_pool()  # its own waits, too, and is left alone
    assert await settled(lambda: bool(waiting()))
    for process in waiting():
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    assert (await pool.run("print(2)")).stdout == "2\n"
    assert (await busy_elsewhere.run("print(3)")).stdout == "3\n"


class Wire:
    """A proxy before the Docker daemon, whose connections can be cut like a wire."""

    def __init__(self, path: Path) -> None:
        self.path, self.up, self.ends = path, True, set[socket.socket]()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        for one in list(self.ends):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.up = False
        self.cut()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while self.up:
            try:
                near = self._listener.accept()[0]
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect("/var/run/docker.sock")
            self.ends |= {near, far}
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(source, target), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)


async def test_a_connection_to_the_daemon_that_breaks(
    client: object, sandbox: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sandbox.backend.name != "docker":
        pytest.skip("a matter of containers")
    if os.environ.get("DOCKER_HOST"):
        pytest.skip("the proxy knows the daemon's usual socket only")
    wire = Wire(tmp_path / "docker.sock")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{wire.path}")
    before = snapshot()
    try:
        async with await open_sandbox("docker", workers=1) as pool:
            running = asyncio.create_task(pool.run(SLOW))
            await busy(pool)
            old = await appeared(before)
            wire.cut()
            assert (await running).stdout == "done\n"  # in a new worker, over a new connection
            assert await settled(lambda: not (snapshot() & old))  # the old one has noticed by itself
            wire.close()
            with pytest.raises(SandboxUnavailable):
                await pool.run("print('nobody answers')")
    finally:
        wire.close()
    assert await settled(lambda: not (snapshot() - before))


async def test_a_container_that_is_removed_by_force(client: object, open_pool: OpenPool, sandbox: Pool) -> None:
    if sandbox.backend.name != "docker":
        pytest.skip("a matter of containers")
    before = snapshot()
    pool = await open_pool()
    running = asyncio.create_task(pool.run(SLOW))
    await busy(pool)
    ids = [str(member) for member in await appeared(before)]
    await docker("rm", "--force", *ids)
    assert (await running).stdout == "done\n"


async def test_a_program_that_the_kernel_ends_for_lack_of_memory(sandbox: Pool) -> None:
    if sandbox.backend.name != "docker":
        pytest.skip("the other two have no memory limit but that of the address space")
    # More than the container has, so that the kernel, not the address space, is what stops it.
    source = "x = []\nwhile True: x.append(b'1' * (64 << 20))"
    seen = await sandbox.run(source, limits=Limits(memory_mb=8192, wall_s=30))
    assert (seen.status, seen.message) == (Status.MEMORY_LIMIT, "the kernel ended it for lack of memory")
    assert seen.peak_mb > 1500
    assert (await sandbox.run("print('next')")).stdout == "next\n"
    ended = await sandbox.run("x = 1\nwhile True: pass", limits=Limits(wall_s=0.3))
    assert ended.status is Status.TIME_LIMIT  # the kernel's old count is not held against it

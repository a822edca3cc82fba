"""The pool: many programs at once, queues, closing, several event loops, and what it does when nothing can be started."""

from __future__ import annotations

import asyncio
import threading
import time

import psutil
import pytest

from sandbox import Execution, Limits, Pool, Process, QueueTimeout, SandboxUnavailable, Status, open_sandbox
from sandbox.handle import Worker
from sandbox.pipes import PipeTransport
from tests.sandbox.conftest import OpenPool
from tests.sandbox.programs import ESCAPE
from tests.sandbox.workers import appeared, end, settled, snapshot


async def test_a_hundred_programs_at_once(sandbox: Pool) -> None:
    seen = await asyncio.gather(*(sandbox.run(f"print({n} ** 2)") for n in range(100)))
    assert [execution.stdout for execution in seen] == [f"{n**2}\n" for n in range(100)]


async def test_two_workers_run_two_programs_at_a_time(sandbox: Pool) -> None:
    await asyncio.gather(*(sandbox.run("pass") for _ in range(4)))
    started = time.monotonic()
    await asyncio.gather(*(sandbox.run("import time; time.sleep(0.5)") for _ in range(4)))
    assert 1.0 <= time.monotonic() - started < 1.9


async def test_fresh_runs_in_a_worker_of_its_own(open_pool: OpenPool) -> None:
    pool = await open_pool()
    kept = snapshot()
    seen = await pool.run("print('fresh')", fresh=True)
    assert seen.stdout == "fresh\n"
    assert snapshot() <= kept  # it was thrown away, and the idle one is still there
    assert (await pool.run("print(1)")).ok


async def test_a_queue_that_is_full_for_too_long(open_pool: OpenPool) -> None:
    pool = await open_pool(queue_timeout_s=0.3)
    slow = asyncio.create_task(pool.run("import time; time.sleep(1); print('slow')"))
    await asyncio.sleep(0.1)
    with pytest.raises(QueueTimeout, match=r"within 0\.3 s") as caught:
        await pool.run("print('never')")
    assert caught.value.advice
    assert (await slow).stdout == "slow\n"  # the limit is on waiting, not on running
    assert (await pool.run("print('next')")).stdout == "next\n"


async def test_a_queue_has_an_end(sandbox: Pool) -> None:
    async with Pool(sandbox.backend, workers=1, max_waiting=2) as pool:
        await pool.run("pass")
        taken = [asyncio.create_task(pool.run("import time; time.sleep(0.3)")) for _ in range(3)]
        await asyncio.sleep(0.05)
        with pytest.raises(QueueTimeout, match="2 programs are waiting already"):
            await pool.run("print('never')")
        assert all(seen.ok for seen in await asyncio.gather(*taken))
        assert (await pool.run("print('next')")).stdout == "next\n"


async def test_workers_take_turns(sandbox: Pool) -> None:
    async with Pool(Process(), workers=2) as pool:
        await asyncio.gather(*(pool.run("import time; time.sleep(0.3)") for _ in range(2)))
        parents = [(await pool.run(ESCAPE + "print(os.getppid())")).stdout for _ in range(6)]
    assert len(set(parents)) == 2
    assert parents[0::2] == parents[:1] * 3
    assert parents[1::2] == parents[1:2] * 3


async def test_an_idle_worker_that_has_gone_costs_no_program_its_second_try(
    open_pool: OpenPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.pool.HEALTH_S", 0.0)
    before = snapshot()
    pool = await open_pool()
    end(await appeared(before))
    tried: list[str] = []
    real = Worker.run

    def run(self: Worker, source: str, limits: Limits) -> Execution:
        tried.append(source)
        return real(self, source, limits)

    monkeypatch.setattr(Worker, "run", run)
    assert (await pool.run("print('once')")).stdout == "once\n"
    assert tried == ["print('once')"]


async def test_idle_workers_hear_from_a_pool_that_lives(open_pool: OpenPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.pool.BEAT_S", 0.2)
    before = snapshot()
    pool = await open_pool()
    workers = await appeared(before)
    heard: list[bool] = []
    real = Worker.ping

    def ping(self: Worker) -> bool:
        heard.append(real(self))
        return heard[-1]

    monkeypatch.setattr(Worker, "ping", ping)
    assert (await pool.run("print(1)")).ok
    assert await settled(lambda: len(heard) >= 3)
    assert all(heard)
    end(workers)
    assert await settled(lambda: heard[-1] is False), workers  # and is closed before anybody wants it
    assert (await pool.run("print(2)")).stdout == "2\n"


async def test_a_worker_that_hears_nothing_ends() -> None:
    """What happens when a container engine is killed: the stream stays open, and nobody speaks."""
    transport = patched("zygote.LEASE_S = 0.5")
    worker = Worker(transport)
    assert worker.run("print(1)", Limits()).ok
    assert await settled(lambda: not psutil.pid_exists(transport.pid) or transport._process.poll() is not None)
    worker.close()


async def test_cancelling_one_that_waits_leaves_the_running_one(open_pool: OpenPool) -> None:
    pool = await open_pool()
    running = asyncio.create_task(pool.run("import time; time.sleep(0.5); print('ran')"))
    await asyncio.sleep(0.1)
    waiting = asyncio.create_task(pool.run("print('never')"))
    await asyncio.sleep(0.1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (await running).stdout == "ran\n"


async def test_close_ends_what_runs_and_what_waits(open_pool: OpenPool) -> None:
    pool = await open_pool()
    tasks = [asyncio.create_task(pool.run("while True: pass", limits=Limits(wall_s=60))) for _ in range(3)]
    await asyncio.sleep(0.3)
    started = time.monotonic()
    await pool.aclose()
    assert time.monotonic() - started < 5
    for ended in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(ended, SandboxUnavailable)
    await pool.aclose()
    with pytest.raises(SandboxUnavailable, match="closed"):
        await pool.run("print(1)")


async def test_the_pool_belongs_to_no_event_loop(sandbox: Pool) -> None:
    printed: list[str] = []

    def elsewhere(word: str) -> None:
        printed.append(asyncio.run(sandbox.run(f"print({word!r})")).stdout)

    threads = [threading.Thread(target=elsewhere, args=(word,)) for word in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    here = await sandbox.run("print('here')")
    for thread in threads:
        await asyncio.to_thread(thread.join)
    assert here.stdout == "here\n"
    assert sorted(printed) == ["a\n", "b\n", "c\n"]


async def test_limits_of_the_pool_and_of_one_program(open_pool: OpenPool) -> None:
    pool = await open_pool(limits=Limits(wall_s=0.3))
    assert (await pool.run("while True: pass")).message == "stopped after 0.3 s"
    assert (await pool.run("import time; time.sleep(0.5)", limits=Limits(wall_s=5))).ok


class Failing(Process):
    """Starts commands that are no worker."""

    def __init__(self, *command: str) -> None:
        self.command = list(command)

    def start(self) -> PipeTransport:
        return PipeTransport(self.command, env={})


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("/nonexistent/worker",), "cannot start /nonexistent/worker: No such file or directory"),
        (("/bin/sh", "-c", "echo so it goes >&2; exit 1"), "a worker did not start: so it goes"),
        (("/bin/sh", "-c", "exit 1"), "a worker did not start: a worker has ended"),
        (("/bin/echo", "not a frame at all"), "a worker did not start: the connection to a worker broke"),
        (("/usr/bin/printf", r"\0\0\0\02{}"), "a worker did not start"),
    ],
)
async def test_a_worker_that_does_not_start(command: tuple[str, ...], message: str) -> None:
    async with Pool(Failing(*command), workers=1) as pool:
        with pytest.raises(SandboxUnavailable) as caught:
            await pool.run("print(1)")
    assert message in caught.value.message


class Unlocked(Process):
    """A worker whose kernel seems to have no seccomp: the filter is never installed."""

    def start(self) -> PipeTransport:
        return patched("seccomp.install = lambda libc, program: None")


class NoLandlock(Process):
    """A worker whose kernel seems to have no Landlock."""

    def start(self) -> PipeTransport:
        return patched("landlock.abi = lambda libc: 0")


class NoPidfd(Process):
    """A worker whose kernel seems to be older than 5.3."""

    def start(self) -> PipeTransport:
        return patched("zygote.open_pidfd = lambda pid: None")


def patched(change: str) -> PipeTransport:
    """A worker that was changed before it started, which nothing in the package itself can ask for."""
    import sys
    from pathlib import Path

    import sandbox
    from sandbox.handle import WORKER_ENV

    code = (
        "import sys, types\npackage = types.ModuleType('sandbox')\n"
        f"package.__path__ = [{str(Path(sandbox.__file__).parent)!r}]\nsys.modules['sandbox'] = package\n"
        f"from sandbox.worker import landlock, seccomp, zygote\n{change}\nzygote.main([])"
    )
    return PipeTransport([sys.executable, "-s", "-B", "-c", code], env=WORKER_ENV)


async def test_a_kernel_that_does_not_hold_is_found_out() -> None:
    async with Pool(Unlocked(), workers=1) as pool:
        with pytest.raises(
            SandboxUnavailable, match=r"does not hold here: (seccomp, )?sockets denied, new processes denied"
        ):
            await pool.run("print(1)")


async def test_without_landlock_files_can_be_read_and_not_written() -> None:
    async with Pool(NoLandlock(), workers=1) as pool:
        profile = await pool.profile()
        assert (profile.files, profile.landlock_abi) == ("readable", 0)
        assert (await pool.run("print(open('/etc/passwd').read(4))")).ok
        assert "Permission denied" in (await pool.run("open('/tmp/sangaku-was-here', 'w')")).message


async def test_without_pidfd_the_end_of_a_program_is_still_seen() -> None:
    async with Pool(NoPidfd(), workers=1) as pool:
        seen = await pool.run("print(1)")
        assert (seen.stdout, seen.status) == ("1\n", Status.OK)
        assert seen.wall_s < 1
        assert (await pool.run("while True: pass", limits=Limits(wall_s=0.3))).status is Status.TIME_LIMIT


async def test_no_docker_daemon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    with pytest.raises(SandboxUnavailable, match="no Docker daemon answers") as caught:
        await open_sandbox("docker")
    assert "Start Docker" in caught.value.advice


async def test_no_image(client: object) -> None:
    with pytest.raises(SandboxUnavailable, match="sangaku-nothing:1 is not there") as caught:
        await open_sandbox("docker", image="sangaku-nothing:1")
    assert "sangaku sandbox build" in caught.value.advice


async def test_auto_says_what_it_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    monkeypatch.setattr("sandbox.bubblewrap.find_bwrap", lambda: None)
    skipped: dict[str, str] = {}
    async with await open_sandbox(
        "auto", workers=1, on_skip=lambda name, error: skipped.update({name: error.message})
    ) as pool:
        assert pool.backend.name == "process"
        assert (await pool.run("print(1)")).stdout == "1\n"
    assert list(skipped) == ["docker", "bubblewrap"]
    assert skipped["bubblewrap"] == "bwrap is not installed"

"""What a program finds inside, and what it leaves behind. What it may try beyond that is in `sandbox.attacks`."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox import Docker, Limits, Pool, Process, SandboxUnavailable, Status, image_tag
from sandbox.handle import Worker
from sandbox.profile import Observation, inspect
from sandbox.worker import seccomp
from tests.sandbox.conftest import OpenPool
from tests.sandbox.programs import ESCAPE, attempt
from tests.sandbox.workers import appeared, settled, snapshot

if TYPE_CHECKING:
    from docker import DockerClient


async def test_no_file_of_the_host_is_read(sandbox: Pool, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("42")
    for folder in (tmp_path, *tmp_path.parents):
        if folder != Path(tempfile.gettempdir()) and folder != Path("/"):
            folder.chmod(0o755)
    seen = await sandbox.run(attempt(f"print(open({str(secret)!r}).read())"))
    assert seen.stdout.startswith("refused")


async def test_what_one_program_leaves_no_other_finds(sandbox: Pool) -> None:
    profile = await sandbox.profile()
    write = "open('left', 'w').write('x'); print(open('left').read())"
    seen = await sandbox.run(write)
    if profile.scratch == "none":
        assert seen.status is Status.RUNTIME_ERROR
        return
    assert seen.stdout == "x\n"
    for _ in range(3):
        seen = await sandbox.run(
            ESCAPE + "print(os.listdir('.'), os.path.exists('left'), os.listdir('..') if 0 else '')"
        )
        assert seen.stdout == "[] False \n"


async def test_whatever_a_program_makes_of_the_scratch_directory_is_wiped(open_pool: OpenPool) -> None:
    before = snapshot()
    pool = await open_pool()
    if (await pool.profile()).scratch == "none":
        pytest.skip("this backend has no scratch directory")
    workers = await appeared(before)
    for code in (
        "os.makedirs('a/b'); os.mkdir('a/c', 0); open('a/b/f', 'w').close(); os.chdir('a'); os.umask(0o777); os.mkdir('d')",
        "for i in range(3000): os.mkdir('d'); os.chdir('d')",
        "for i in range(3000): open(str(i), 'w').close()",
        "os.symlink('/', 'root'); os.symlink('loop', 'loop'); os.mkdir('wiped-1'); os.makedirs('x/wiped-1/y')",
        "os.mkdir('wide')\nfor i in range(300): os.makedirs(f'wide/{i}/{i}')",
    ):
        seen = await pool.run(ESCAPE + code + "\nprint('made')")
        assert (seen.status, seen.stdout) == (Status.OK, "made\n")
        assert (
            await pool.run(ESCAPE + "print(os.listdir('.'), os.statvfs('.').f_blocks == os.statvfs('.').f_bfree)")
        ).stdout.startswith("[]")
    # The same worker, all the time; a child that was forked this moment does not yet have its own name.
    assert await settled(lambda: snapshot() - before == workers)


async def test_too_many_files_end_a_program(sandbox: Pool) -> None:
    if (await sandbox.profile()).scratch == "none":
        pytest.skip("this backend has no scratch directory")
    seen = await sandbox.run(ESCAPE + "for i in range(10**6): open(str(i), 'w').close()")
    if (
        seen.status is Status.RUNTIME_ERROR
    ):  # the tmpfs of a container has a number of its own, which may be reached first
        assert sandbox.backend.name == "docker"
        assert "No space left on device" in seen.message
    else:
        assert (seen.status, seen.message) == (Status.OUTPUT_LIMIT, "made more files than it may")
    assert (await sandbox.run("print(1)")).stdout == "1\n"


async def test_the_scratch_directory_is_small(sandbox: Pool) -> None:
    if (await sandbox.profile()).scratch == "none":
        pytest.skip("this backend has no scratch directory")
    one = await sandbox.run(attempt("open('big', 'wb').write(bytes(20 << 20))"))
    assert "refused EFBIG" in one.stdout or one.message == "ended by SIGXFSZ", one
    many = "for i in range(20):\n    open(str(i), 'wb').write(bytes(8 << 20))"
    assert "refused ENOSPC" in (await sandbox.run(attempt(many))).stdout


async def test_a_program_changes_nothing_for_the_next(sandbox: Pool) -> None:
    poison = "import math, numpy, sympy\nmath.pi = 3\nnumpy.pi = 3\nsympy.pi = 3\nprint(math.pi)"
    assert (await sandbox.run(poison)).stdout == "3\n"
    for _ in range(3):
        seen = await sandbox.run("import math, numpy, sympy\nprint(math.pi == numpy.pi, sympy.pi)")
        assert seen.stdout == "True pi\n"


async def test_the_environment_is_empty(sandbox: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANGAKU_SECRET", "42")
    seen = await sandbox.run(ESCAPE + "print(dict(os.environ), sys.argv)", fresh=True)
    assert seen.stdout == "{} ['program.py']\n"


async def test_only_the_standard_streams_are_open(sandbox: Pool) -> None:
    code = "for i in range(200):\n    try: os.fstat(i); print(i)\n    except OSError: pass"
    assert (await sandbox.run(ESCAPE + code)).stdout == "0\n1\n2\n"


async def test_a_program_that_turns_signals_off_is_still_stopped(sandbox: Pool) -> None:
    code = "s = real_import('signal')\nfor n in set(range(1, 32)) - {9, 19}: s.signal(n, s.SIG_IGN)\nwhile True: pass"
    seen = await sandbox.run(ESCAPE + code, limits=Limits(wall_s=0.5))
    assert seen.status is Status.TIME_LIMIT
    assert seen.wall_s < 2


async def test_the_profile_is_what_the_kernel_shows(sandbox: Pool) -> None:
    profile = await sandbox.profile()
    assert (profile.seccomp, profile.no_new_privs, profile.capabilities) == (True, True, 0)
    if profile.backend != "process" or os.geteuid() == 0:  # an ordinary user cannot empty it, and has nothing to regain
        assert profile.bounding == 0
    assert (profile.processes, profile.limits.core_mb, profile.limits.memory_mb) == ("denied", 0, Limits().memory_mb)
    assert profile.files == ("sealed" if profile.landlock_abi or profile.backend != "process" else "readable")
    if profile.backend == "process":
        assert profile.lacking
        assert (profile.scratch, profile.limits.file_mb) == ("none", 0)
    else:
        assert (profile.pid1, profile.network, profile.interfaces, profile.scratch) == (True, "none", ("lo",), "tmpfs")
        assert set(profile.namespaces) >= {"ipc", "mnt", "net", "pid", "uts"}
        assert (profile.uid, profile.gid, profile.read_only_root, profile.scratch_mb) == (65534, 65534, True, 64)
    if profile.backend == "docker":
        assert profile.lacking == ()
        assert (profile.seccomp_filters, profile.worker_memory_mb, profile.worker_processes) == (2, 2048, 16)
        assert profile.worker_cpus == 1


WRONG: dict[str, dict[str, object]] = {
    "seccomp": {"seccomp": False},
    "no_new_privs": {"no_new_privs": False},
    "capabilities dropped": {"capabilities": 1},
    "sockets denied": {"sockets": ("unix",)},
    "new processes denied": {"fork": True},
    "signals to others denied": {"signal_parent": True},
    "writing outside scratch denied": {"writes": ("/tmp",)},
    "memory limit": {"limits": {"memory_mb": None}},
    "CPU time limit": {"limits": {"cpu_s": 3600}},
    "file size limit": {"limits": {"file_mb": None}},
    "limit on open files": {"limits": {"open_files": 1024}},
    "no core files": {"limits": {"core_mb": 1}},
    "process 1 of its PID namespace": {"around": {"pid": 7}},
    "no network routes": {"around": {"routes": ("eth0",)}},
    "user id 65534": {"uid": 0},
    "no other groups": {"groups": (0,)},
    "empty bounding set": {"around": {"bounding": 1}},
    "seccomp filters": {"around": {"seccomp_filters": 0}},
    "read-only root": {"around": {"read_only_root": False}},
    "scratch directory": {"scratch": False},
    "size of the scratch directory": {"around": {"scratch_mb": 1000.0}},
    "memory limit of the worker": {"around": {"memory_mb": None}},
    "process limit of the worker": {"around": {"processes": None}},
    "CPU limit of the worker": {"around": {"cpus": None}},
}


@pytest.mark.parametrize("word", WRONG)
async def test_what_was_asked_for_and_is_not_there_is_an_error(word: str, observed: tuple[Docker, Observation]) -> None:
    backend, seen = observed
    assert inspect(backend, seen).backend == "docker"
    change = {
        name: getattr(seen, name).model_copy(update=value) if isinstance(value, dict) else value
        for name, value in WRONG[word].items()
    }
    with pytest.raises(SandboxUnavailable, match=f"the docker sandbox does not hold here: {word}$"):
        inspect(backend, seen.model_copy(update=change))


async def test_a_container_with_any_limits_is_described(observed: tuple[Docker, Observation]) -> None:
    _, seen = observed
    around = {**seen.around.model_dump(), "memory_mb": 1536.5, "cpus": 0.5, "processes": 7}
    odd = Observation.model_validate({**seen.model_dump(), "around": around})
    profile = inspect(Process(), odd)
    assert (profile.worker_memory_mb, profile.worker_cpus, profile.worker_processes) == (1536.5, 0.5, 7)


async def test_a_namespace_that_is_the_hosts_own_is_an_error(observed: tuple[Docker, Observation]) -> None:
    backend, seen = observed
    shared = {**seen.around.namespaces, "net": os.readlink("/proc/self/ns/net")}
    around = seen.around.model_copy(update={"namespaces": shared})
    with pytest.raises(SandboxUnavailable, match=r"does not hold here: net namespace$"):
        inspect(backend, seen.model_copy(update={"around": around}))


@pytest.fixture(scope="module")
def observed(client: object) -> tuple[Docker, Observation]:
    """What a real worker in a container shows."""
    backend = Docker()
    worker = Worker(backend.start())
    try:
        return backend, worker.observe()
    finally:
        worker.close()


async def test_the_containers_own_filter_is_stricter_than_the_engines(client: DockerClient) -> None:
    """Without the child's filter: what Docker's default profile lets through and ours does not."""
    code = (
        "import ctypes, os, socket\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "def works(f):\n    try: f(); return True\n    except OSError: return False\n"
        "print(works(lambda: socket.socket(socket.AF_UNIX)), libc.syscall(101, 0, 0, 0, 0) == 0, "
        "libc.syscall(319, b'x', 0) >= 0, libc.syscall(250, 0, -3, 0) != -1, libc.eventfd(0, 0) >= 0, os.getpid())"
    )

    def printed(*options: str) -> str:
        made = client.containers.run(
            image_tag(), ["-c", code], entrypoint="python3", remove=True, network_mode="none", cap_drop=["ALL"],
            security_opt=["no-new-privileges:true", *options], user="65534:65534",
        )  # fmt: skip
        return made.decode().strip()

    assert await asyncio.to_thread(printed) == "True True True False True 1"
    ours = f"seccomp={json.dumps(seccomp.container_profile())}"
    assert await asyncio.to_thread(printed, ours) == "False False False False False 1"

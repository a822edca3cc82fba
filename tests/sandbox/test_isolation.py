"""What a program can reach once it has walked around the import list: nothing. Each attempt is made, none is assumed."""

from __future__ import annotations

import platform
import tempfile
from pathlib import Path

import pytest

from sandbox import Limits, Pool, Status
from tests.sandbox.programs import ESCAPE, attempt

REFUSED = {
    "fork": "os.fork()",
    "exec": "os.execv(sys.executable, [sys.executable])",
    "spawn": "real_import('_posixsubprocess') and real_import('subprocess').run([sys.executable, '-c', '1'])",
    "socket": "real_import('socket').socket()",
    "unix socket": "real_import('socket').socket(1)",
    "socket pair": "real_import('socket').socketpair()",
    "kill the parent": "os.kill(os.getppid(), 9)",
    "kill process 1": "os.kill(1, 9)",
    "kill everything": "os.kill(-1, 9)",
    "kill the group": "os.killpg(os.getpgid(os.getppid()) or 1, 9)",
    "signal by pidfd": "real_import('signal').pidfd_send_signal(os.pidfd_open(os.getppid()), 9)",
    "passwd": "open('/etc/passwd').read()",
    "shadow": "open('/etc/shadow').read()",
    "list the root": "os.listdir('/')",
    "list home": "os.listdir('/root')",
    "memory of 1": "open('/proc/1/mem', 'rb')",
    "environment of the parent": "open(f'/proc/{os.getppid()}/environ').read()",
    "environment of itself": "open('/proc/self/environ').read()",
    "link of the parent": "os.readlink(f'/proc/{os.getppid()}/cwd')",
    "write /tmp": "open('/tmp/sangaku-was-here', 'w')",
    "write /dev/shm": "open('/dev/shm/sangaku-was-here', 'w')",
    "write beside numpy": "open(real_import('numpy').__path__[0] + '/here', 'w')",
    "overwrite numpy": "open(real_import('numpy').__file__, 'a')",
    "remove numpy": "os.unlink(real_import('numpy').__file__)",
    "device": "open('/dev/mem', 'rb')",
    "be root": "os.setuid(0)",
    "be another": "os.setresuid(1, 1, 1)",
    "chmod": "os.chmod('.', 0o777)",
    "chown": "os.chown('.', 1, 1)",
    "times": "os.utime('.')",
    "attributes": "os.setxattr('.', 'user.x', b'1')",
    "special file": "os.mknod('pipe', 0o010600)",
    "through a link": "os.symlink('/etc/passwd', 'link'); open('link').read()",
    "hard link": "os.link('/etc/passwd', 'hard')",
    "out of the scratch": "open('../../tmp/sangaku-was-here', 'w')",
    "chroot": "os.chroot('.')",
    "priority": "os.setpriority(0, 0, -5)",
    "affinity": "os.sched_setaffinity(0, {0})",
    "memory file": "os.memfd_create('x')",
    "limits of another": "real_import('resource').prlimit(os.getppid(), 0, (1, 1))",
    "more memory": "real_import('resource').setrlimit(9, (1 << 40, 1 << 40))",
    "terminal input": "real_import('fcntl').ioctl(0, 0x5412, b'x')",
    "signal by descriptor": "real_import('fcntl').fcntl(0, 8, os.getppid())",
}

# Numbers of x86-64; those above 400 are the same everywhere.
SYSTEM_CALLS = {
    "clone": "syscall(56, 17, 0, 0, 0, 0)",
    "vfork": "syscall(58)",
    "clone3": "syscall(435, ctypes.create_string_buffer(88), 88)",
    "ptrace": "syscall(101, 16, os.getppid(), 0, 0)",
    "process_vm_readv": "syscall(310, os.getppid(), 0, 0, 0, 0, 0)",
    "pidfd_getfd": "syscall(438, 3, 0, 0)",
    "mount": "syscall(165, b'none', b'/', b'tmpfs', 0, 0)",
    "umount": "syscall(166, b'/proc', 0)",
    "pivot_root": "syscall(155, b'.', b'.')",
    "unshare": "syscall(272, 0x10000000)",
    "setns": "syscall(308, 0, 0)",
    "io_uring": "syscall(425, 8, ctypes.create_string_buffer(120))",
    "bpf": "syscall(321, 0, ctypes.create_string_buffer(120), 120)",
    "keyctl": "syscall(250, 0, -3, 0)",
    "add_key": "syscall(248, b'user', b'x', b'y', 1, -3)",
    "perf": "syscall(298, ctypes.create_string_buffer(120), 0, -1, -1, 0)",
    "userfaultfd": "syscall(323, 0)",
    "open by handle": "syscall(304, -100, ctypes.create_string_buffer(64), 0)",
    "shared memory": "syscall(29, 0, 4096, 0o1600)",
    "message queue": "syscall(240, b'x', 0o102, 0o600, 0)",
    "inotify": "syscall(294, 0)",
    "dumpable": "syscall(157, 4, 1, 0, 0, 0)",
    "second filter": "syscall(317, 1, 0, 0)",
    "personality": "syscall(135, 0x0040000)",
    "the x32 table": "syscall(0x40000000 + 57)",
    "openat2": "syscall(437, -100, b'/etc/passwd', ctypes.create_string_buffer(24), 24)",
}


@pytest.mark.parametrize("code", REFUSED.values(), ids=REFUSED.keys())
async def test_refused(sandbox: Pool, code: str) -> None:
    seen = await sandbox.run(attempt(code))
    assert seen.stdout.startswith("refused"), seen
    assert (await sandbox.run("print(1)")).stdout == "1\n"


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the numbers are those of x86-64")
async def test_refused_system_calls(sandbox: Pool) -> None:
    """All in one program: none of them ends it, and none succeeds."""
    lines = "".join(
        f"\ntry:\n    {code}\n    print('reached {name}')\nexcept OSError as error:\n    count += 1"
        for name, code in SYSTEM_CALLS.items()
    )
    seen = await sandbox.run(f"{ESCAPE}\ncount = 0{lines}\nprint(count)")
    assert (seen.status, seen.stdout) == (Status.OK, f"{len(SYSTEM_CALLS)}\n")


@pytest.mark.skipif(platform.machine() != "x86_64", reason="a second system-call table is a matter of x86-64")
async def test_the_32_bit_system_calls_end_the_program(sandbox: Pool) -> None:
    # mov eax, 2 (fork in the 32-bit table); int 0x80; ret
    code = (
        "mmap = real_import('mmap')\n"
        "m = mmap.mmap(-1, 4096, prot=7)\n"
        "m.write(b'\\xb8\\x02\\x00\\x00\\x00\\xcd\\x80\\xc3')\n"
        "print(ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))())\n"
    )
    seen = await sandbox.run(ESCAPE + code)
    assert seen.status is Status.KILLED
    assert seen.stdout == ""


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


async def test_files_that_cannot_be_wiped_cost_the_worker_and_nothing_else(sandbox: Pool) -> None:
    if (await sandbox.profile()).scratch == "none":
        pytest.skip("this backend has no scratch directory")
    seen = await sandbox.run(
        ESCAPE + "os.makedirs('a/b'); os.mkdir('a/c', 0); os.umask(0o777); os.mkdir('d'); print('made')"
    )
    assert (seen.status, seen.stdout) == (Status.OK, "made\n")
    deep = "for i in range(3000):\n    os.mkdir('d')\n    os.chdir('d')\nprint('made')"
    seen = await sandbox.run(ESCAPE + deep)
    assert (seen.status, seen.stdout) == (Status.OK, "made\n")
    for _ in range(3):
        assert (await sandbox.run(ESCAPE + "print(os.listdir('.'))")).stdout == "[]\n"


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
    assert profile.seccomp
    assert profile.no_new_privs
    assert profile.capabilities == 0
    assert profile.processes == "denied"
    assert profile.files == ("sealed" if profile.landlock_abi or profile.backend != "process" else "readable")
    if profile.backend != "process":
        assert (profile.pid1, profile.network, profile.scratch) == (True, "none", "tmpfs")
        assert profile.uid == 65534

"""The small parts, each alone: frames, capture, the allow-list, the filter, limits."""

from __future__ import annotations

import errno
import os
import pickle
import platform
import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sandbox import Limits, QueueTimeout, SandboxUnavailable, SangakuError, WorkerDied
from sandbox.policy import ALLOWED_MODULES, allowed, refusal
from sandbox.worker import frames, guard, landlock, seccomp
from sandbox.worker.capture import Capture

ALLOWED = 0x7FFF0000
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters()),
    lambda inner: st.lists(inner),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), JSON))
def test_a_frame_comes_back_as_it_went(message: dict[str, object]) -> None:
    data = frames.encode(message)
    assert frames.length(data[: frames.HEADER]) == len(data) - frames.HEADER
    assert frames.decode(data[frames.HEADER :]) == message


def test_lone_surrogates_travel() -> None:
    assert frames.decode(frames.encode({"source": "\ud800"})[frames.HEADER :]) == {"source": "\ud800"}


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"\xff", b"null", pickle.dumps({})])
def test_what_is_no_frame(body: bytes) -> None:
    with pytest.raises(frames.FrameError):
        frames.decode(body)


def test_a_frame_that_is_too_long_is_refused_unread() -> None:
    with pytest.raises(frames.FrameError):
        frames.length(struct.pack(">I", frames.MAX_FRAME + 1))
    with pytest.raises(frames.FrameError):
        frames.encode({"x": "\0" * (frames.MAX_FRAME // 6 + 1)})


@given(st.lists(st.binary(max_size=40), max_size=12), st.integers(1, 40))
def test_capture_keeps_both_ends_and_counts_the_rest(pieces: list[bytes], half: int) -> None:
    (out_r, out_w), (err_r, err_w) = os.pipe(), os.pipe()
    capture = Capture(out_r, err_r, keep=2 * half, flood=1 << 20)
    for piece in pieces:
        os.write(out_w, piece)
        capture.read(out_r)
    os.close(out_w)
    os.close(err_w)
    capture.drain()
    stdout, stderr = capture.text()
    whole = b"".join(pieces)
    assert stderr == ""
    if len(whole) <= 2 * half:
        assert (stdout, capture.cut) == (whole.decode("utf-8", "replace"), 0)
    else:
        assert capture.cut == len(whole) - 2 * half
        assert stdout.startswith(whole[:half].decode("utf-8", "replace"))
        assert stdout.endswith(whole[-half:].decode("utf-8", "replace"))
        assert f"… {capture.cut} bytes left out …" in stdout


def test_a_flood_is_both_streams_together() -> None:
    (out_r, out_w), (err_r, err_w) = os.pipe(), os.pipe()
    capture = Capture(out_r, err_r, keep=100, flood=10)
    os.write(out_w, b"x" * 6)
    capture.read(out_r)
    assert not capture.flooded
    os.write(err_w, b"x" * 6)
    capture.read(err_r)
    assert capture.flooded
    for descriptor in (out_r, out_w, err_r, err_w):
        os.close(descriptor)


def test_the_allow_list() -> None:
    assert allowed("numpy.linalg")
    assert allowed("sympy")
    assert not allowed("os.path")
    assert not allowed("numpyx")
    assert not allowed("")
    dangerous = {
        "os",
        "sys",
        "subprocess",
        "socket",
        "ctypes",
        "importlib",
        "builtins",
        "pickle",
        "shutil",
        "threading",
    }
    assert not dangerous & ALLOWED_MODULES
    assert refusal("os.path").startswith("module 'os' is not available")


def test_the_guard_is_in_the_program_alone() -> None:
    import builtins

    names = guard.program_builtins()
    assert names["__import__"] is not builtins.__import__
    assert names["__import__"]("math").pi > 3
    with pytest.raises(ImportError, match="module 'os' is not available") as caught:
        names["__import__"]("os")
    assert type(caught.value) is guard.PolicyError


@pytest.mark.skipif(not seccomp.supported(), reason="an architecture that the tables do not have")
@pytest.mark.parametrize("read_only", [True, False])
def test_every_way_through_the_filter_ends_in_an_answer(read_only: bool) -> None:
    program = seccomp.assemble(pid=1234, read_only=read_only)
    instructions = list(struct.iter_unpack("HBBI", program))
    assert len(instructions) <= 4096  # the kernel's own limit
    for here, (op, jump_true, jump_false, _) in enumerate(instructions):
        if op & 0x07 == 0x05:
            assert here + 1 + max(jump_true, jump_false) < len(instructions)
    assert instructions[-1][0] == 0x06
    assert {k for op, _, _, k in instructions if op == 0x06} >= {0x7FFF0000, 0x80000000}


@pytest.mark.skipif(not seccomp.supported(), reason="an architecture that the tables do not have")
@given(st.integers(0, 600), st.lists(st.integers(0, 2**64 - 1), min_size=6, max_size=6))
def test_the_filter_never_allows_a_call_by_chance(number: int, arguments: list[int]) -> None:
    """Interpreted here, as the kernel would: what it lets through is named in the tables."""
    column, audit = (
        seccomp._ARCHITECTURES["x86_64"] if os.uname().machine == "x86_64" else seccomp._ARCHITECTURES["aarch64"]
    )
    special: set[tuple[int | None, int | None]] = {
        seccomp._KILL,
        seccomp._TKILL,
        seccomp._TGKILL,
        seccomp._OPEN,
        seccomp._OPENAT,
    }
    special |= {seccomp._FCNTL, seccomp._IOCTL, seccomp._PRCTL, seccomp._PRLIMIT, seccomp._FUTEX, seccomp._RENAMEAT2}
    special |= {seccomp._AFFINITY, *seccomp._GROUPS, *seccomp._LINKS, *seccomp._CLOCKS.values()}
    named = {call[column] for call in {*seccomp._ALLOW.values(), *seccomp._WRITING.values(), *special}}
    verdict = interpret(seccomp.assemble(pid=1234, read_only=False), number, audit, arguments)
    assert verdict != 0x7FFF0000 or number in named
    assert interpret(seccomp.assemble(pid=1234, read_only=False), number, audit ^ 1, arguments) == 0x80000000
    kill = seccomp._KILL[column]
    assert kill is not None
    to = interpret(seccomp.assemble(pid=1234, read_only=False), kill, audit, arguments)
    assert (to == 0x7FFF0000) == (arguments[0] & 0xFFFFFFFF == 1234)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the numbers are those of x86-64")
@pytest.mark.parametrize(
    ("call", "arguments", "verdict"),
    [
        (228, [1], ALLOWED),  # clock_gettime of CLOCK_MONOTONIC
        (228, [2**32 - 6], errno.EINVAL),  # … of another process
        (202, [0, 128], ALLOWED),  # futex: WAIT, private
        (202, [0, 6], errno.ENOSYS),  # … LOCK_PI
        (72, [0, 3], ALLOWED),  # fcntl: F_GETFL
        (72, [0, 6], errno.EPERM),  # … F_SETLK
        (72, [0, 1031], errno.EPERM),  # … F_SETPIPE_SZ
        (73, [0, 2], errno.ENOSYS),  # flock
        (222, [0], errno.ENOSYS),  # timer_create
        (121, [0], ALLOWED),  # getpgid of itself
        (121, [1], errno.EPERM),  # … of another
        (316, [0, 0, 0, 0, 4], errno.EPERM),  # renameat2: WHITEOUT
        (41, [2, 1], errno.EPERM),  # socket
        (56, [17], errno.EAGAIN),  # clone
        (435, [0], errno.ENOSYS),  # clone3
        (0, [0], ALLOWED),  # read
        (500, [0], errno.ENOSYS),
    ],
)
def test_what_the_filter_says(call: int, arguments: list[int], verdict: int) -> None:
    audit = seccomp._ARCHITECTURES["x86_64"][1]
    program = seccomp.Filter(read_only=False).of(1234)
    assert program == seccomp.assemble(pid=1234, read_only=False)
    assert interpret(program, call, audit, (arguments + [0] * 6)[:6]) in (verdict, 0x50000 | verdict)


def interpret(program: bytes, number: int, audit: int, arguments: list[int]) -> int:
    data = struct.pack("<IIQ6Q", number, audit, 0, *arguments)
    instructions = list(struct.iter_unpack("HBBI", program))
    at, accumulator = 0, 0
    while True:
        op, jump_true, jump_false, k = instructions[at]
        at += 1
        if op == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, k)
        elif op == 0x06:
            return int(k)
        else:
            holds = {0x15: accumulator == k, 0x35: accumulator >= k, 0x45: bool(accumulator & k)}[op]
            at += jump_true if holds else jump_false


def test_landlock_rights_grow_with_the_version() -> None:
    rights = [landlock._handled(version) for version in range(1, 9)]
    assert all(later & earlier == earlier for earlier, later in pairwise(rights))
    assert rights[0] == (1 << 13) - 1


@pytest.mark.parametrize(
    "field", [{"wall_s": 0}, {"memory_mb": 1}, {"output_bytes": 1}, {"wall_s": float("nan")}, {"wal": 1}]
)
def test_limits_that_make_no_sense(field: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Limits.model_validate(field)


@pytest.mark.parametrize("kind", [SandboxUnavailable, QueueTimeout, WorkerDied])
def test_errors_carry_advice_and_travel_between_processes(kind: type[SangakuError]) -> None:
    error = pickle.loads(pickle.dumps(kind("what happened", advice="Do this.")))
    assert (type(error), error.message, error.advice, error.exit_code) == (kind, "what happened", "Do this.", 4)


def test_the_worker_imports_nothing_of_the_host() -> None:
    import ast
    import sys
    from pathlib import Path

    import sandbox.worker

    allowed_here = {"sandbox.worker", "sandbox.policy", "numpy", "sympy", "math_verify", "latex2sympy2_extended"}
    for path in Path(sandbox.worker.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                top = name.partition(".")[0]
                inside = top in sys.stdlib_module_names or any(
                    name == a or name.startswith(f"{a}.") for a in allowed_here
                )
                assert inside, f"{path.name} imports {name}"

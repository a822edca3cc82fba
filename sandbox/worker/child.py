"""The child: locks itself in, then compiles and runs one program. It never returns.

Its exit status tells the zygote what the program did; a program can misreport itself that way, never another one.
"""

import ctypes
import errno
import gc
import os
import random
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import NoReturn

from sandbox.worker import landlock, privileges, seccomp
from sandbox.worker.guard import PolicyError, program_builtins

__all__ = ["EXIT", "FILENAME", "Cell", "answer", "enter", "execute", "lock"]

FILENAME = "program.py"

EXIT = {0: "ok", 10: "runtime_error", 11: "syntax_error", 12: "policy", 13: "memory_limit", 14: "process_limit"}
"""What each exit status of the child means; any other is a runtime error of a program that called exit itself."""


@dataclass(frozen=True)
class Cell:
    """What every child of one zygote is locked into."""

    libc: ctypes.CDLL
    zygote: int
    """The zygote's process id."""
    ruleset: int | None
    scratch: str | None
    address_space: int
    """Bytes that the warm zygote itself has mapped."""
    filter: seccomp.Filter


def enter(cell: Cell, *, job: int, stdin: int, stdout: int, stderr: int, tell: int, home: str | None) -> None:
    """Confine this process as far as can be done before it knows its program: `lock` does the rest.

    The order matters: each step takes away what a later one would have needed.
    """
    os.setsid()
    privileges.die_with_parent(cell.libc, cell.zygote)
    privileges.prctl(cell.libc, 15, ctypes.addressof(_NAME))  # PR_SET_NAME
    os.dup2(stdin, 0)
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)
    if home is not None:
        os.chdir(home)
    if cell.ruleset is not None:
        landlock.restrict(cell.libc, cell.ruleset)
    kept = sorted((job, tell))
    for first, last in ((3, kept[0]), (kept[0] + 1, kept[1]), (kept[1] + 1, 1 << 16)):
        os.closerange(first, last)


_NAME = ctypes.create_string_buffer(b"program")
"""What `ps` calls it."""


def lock(cell: Cell, *, tell: int, limits: dict[str, float]) -> None:
    """The limits and the filter of one program.

    The last step writes to ``tell`` and closes it, so that a program can neither claim nor deny that it is confined.
    """
    baseline = privileges.peak_kb()
    privileges.limit(
        wall_s=limits["wall_s"],
        address_space=cell.address_space + int(limits["memory_mb"]) * (1 << 20),
        file_bytes=int(limits["file_mb"]) * (1 << 20) if cell.scratch else 0,
        open_files=int(limits["open_files"]),
    )
    seccomp.install(cell.libc, cell.filter.of(os.getpid()))
    os.write(tell, b"in %d" % baseline)
    os.close(tell)


def streams() -> None:
    """Fresh text streams: what a program writes before it is killed is not lost, and lone surrogates are no error."""
    sys.stdin = open(0, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        stream = open(  # noqa: SIM115
            descriptor, "w", encoding="utf-8", errors="backslashreplace", buffering=1, newline="\n", closefd=False
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def answer(job: Callable[[], None]) -> NoReturn:
    """A job of ours instead of a program: what it prints is the answer."""
    streams()
    gc.enable()
    try:
        job()
    except BaseException as error:
        report(error, "")
        finish(classify(error))
    finish(0)


def execute(source: str) -> NoReturn:
    """Compile and run the program as ``__main__``, then end the process with a status of `EXIT`."""
    streams()
    sys.set_int_max_str_digits(0)  # the time limit bounds it; answers with thousands of digits are real answers
    sys.argv = [FILENAME]
    random.seed(0)  # Python seeds it anew in a forked child; numpy's and sympy's keep the zygote's seed
    status = 11
    try:
        try:
            code = compile(source, FILENAME, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, UnicodeError, RecursionError, MemoryError, OverflowError) as error:
            # ValueError: null bytes; UnicodeError: lone surrogates; the others: nesting deeper than the parser's stack.
            if isinstance(error, (RecursionError, MemoryError)):
                error = SyntaxError("the program is too long or too deeply nested to be compiled")
            elif not isinstance(error, SyntaxError):
                error = SyntaxError(f"the program cannot be compiled: {error}")
            report(error, source)
            finish(11)
        status = 10
        main = ModuleType("__main__")
        main.__dict__["__builtins__"] = program_builtins()
        sys.modules["__main__"] = main
        gc.enable()
        exec(code, main.__dict__)
        status = 0
    except SystemExit as error:
        status = 0 if error.code in (None, 0) else 10
        if status:
            sys.stderr.write(f"SystemExit: {error.code}\n")
    except BaseException as error:
        status = classify(error)
        report(error, source)
    finish(status)


def classify(error: BaseException) -> int:
    if isinstance(error, PolicyError):
        return 12
    if isinstance(error, MemoryError):
        return 13
    if isinstance(error, BlockingIOError) and error.errno == errno.EAGAIN:
        return 14  # what seccomp answers to fork
    if isinstance(error, RuntimeError) and "can't start new thread" in str(error):
        return 14
    return 10


def report(error: BaseException, source: str) -> None:
    """The traceback from the program's first frame on, with its own lines; the last line is the exception."""
    lines = source.splitlines()
    try:
        shown = traceback.TracebackException.from_exception(error, compact=True)
        frames = list(shown.stack)
        first = next((i for i, frame in enumerate(frames) if frame.filename == FILENAME), len(frames))
        kept = [frame for frame in frames[first:] if "/sandbox/worker/" not in frame.filename]
        if kept:
            sys.stderr.write("Traceback (most recent call last):\n")
        for frame in kept[:4] + kept[-12:] if len(kept) > 16 else kept:
            text = frame.line or ""
            if frame.filename == FILENAME and frame.lineno and frame.lineno <= len(lines):
                text = lines[frame.lineno - 1].strip()
            name = frame.filename.rpartition("site-packages/")[2]
            sys.stderr.write(f'  File "{name}", line {frame.lineno}, in {frame.name}\n    {text[:300]}\n')
        for line in shown.format_exception_only():
            sys.stderr.write(line[:4000])
    except BaseException:
        # The exception's own __str__ failed, or memory is gone: its type still says something.
        os.write(2, f"{type(error).__name__}\n".encode("utf-8", "backslashreplace"))


def finish(status: int) -> NoReturn:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:
            status = status or 10
    os._exit(status)

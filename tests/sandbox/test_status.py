"""Each status, on each backend, from a program that earns it."""

from __future__ import annotations

import pytest

from sandbox import Execution, Limits, Pool, Status
from tests.sandbox.programs import ESCAPE

SHORT = Limits(wall_s=0.5)
SMALL = Limits(memory_mb=64)

PROGRAMS: list[tuple[str, str, Limits, Status, str]] = [
    ("prints", "print(1 + 1)", Limits(), Status.OK, ""),
    ("says nothing", "x = 1", Limits(), Status.OK, ""),
    ("empty", "", Limits(), Status.OK, ""),
    ("exit 0", "raise SystemExit(0)", Limits(), Status.OK, ""),
    ("_exit 0", ESCAPE + "os._exit(0)", Limits(), Status.OK, ""),
    ("exception", "x = 1\n1 / 0", Limits(), Status.RUNTIME_ERROR, "ZeroDivisionError: division by zero"),
    ("recursion", "def f(): return f()\nf()", Limits(), Status.RUNTIME_ERROR, "RecursionError"),
    ("exit 3", "raise SystemExit(3)", Limits(), Status.RUNTIME_ERROR, "SystemExit: 3"),
    ("_exit 9", ESCAPE + "os._exit(9)", Limits(), Status.RUNTIME_ERROR, "exited with status 9"),
    ("interrupt", "raise KeyboardInterrupt", Limits(), Status.RUNTIME_ERROR, "KeyboardInterrupt"),
    ("reads input", "input()", Limits(), Status.RUNTIME_ERROR, "EOFError"),
    ("hostile str", "class E(Exception):\n def __str__(self): 1/0\nraise E", Limits(), Status.RUNTIME_ERROR, "E"),
    (
        "poses as us",
        ESCAPE + "print('the jail failed', file=sys.stderr)\nos._exit(70)",
        Limits(),
        Status.RUNTIME_ERROR,
        "",
    ),
    ("syntax", "print(1\nx = = 2", Limits(), Status.SYNTAX_ERROR, "SyntaxError"),
    ("null byte", "print(1)\0", Limits(), Status.SYNTAX_ERROR, "null bytes"),
    ("lone surrogate", "print('\ud800')", Limits(), Status.SYNTAX_ERROR, "surrogates not allowed"),
    ("nesting", "x = " + "-" * 200_000 + "1", Limits(), Status.SYNTAX_ERROR, "too deeply nested"),
    ("brackets", "(" * 5000 + ")" * 5000, Limits(), Status.SYNTAX_ERROR, "too many nested parentheses"),
    ("too long", "#" * 5_500_001, Limits(), Status.SYNTAX_ERROR, "longer than 5500000 characters"),
    ("import os", "import os", Limits(), Status.POLICY, "module 'os' is not available"),
    ("from import", "from subprocess import run", Limits(), Status.POLICY, "module 'subprocess' is not available"),
    ("dynamic", "__import__('socket')", Limits(), Status.POLICY, "module 'socket' is not available"),
    ("spins", "while True: pass", SHORT, Status.TIME_LIMIT, "stopped after 0.5 s"),
    ("sleeps", "import time; time.sleep(60)", SHORT, Status.TIME_LIMIT, "stopped after 0.5 s"),
    ("list", "x = [0] * 10**10", SMALL, Status.MEMORY_LIMIT, "MemoryError"),
    ("array", "import numpy as np\nnp.ones((10**5, 10**5))", Limits(), Status.MEMORY_LIMIT, "Unable to allocate"),
    ("grows", "x = []\nwhile True: x.append(bytearray(1 << 20))", SMALL, Status.MEMORY_LIMIT, "MemoryError"),
    ("huge number", "x = 1 << 10**11", SMALL, Status.MEMORY_LIMIT, "MemoryError"),
    ("floods", "while True: print('x' * 1000)", Limits(), Status.OUTPUT_LIMIT, "wrote more than 8388608 bytes"),
    ("floods briefly", "print('x' * 5000)", Limits(flood_bytes=1024), Status.OUTPUT_LIMIT, "more than 1024 bytes"),
    ("forks", ESCAPE + "os.fork()", Limits(), Status.PROCESS_LIMIT, "BlockingIOError"),
    (
        "threads",
        ESCAPE + "real_import('threading').Thread(target=print).start()",
        Limits(),
        Status.PROCESS_LIMIT,
        "can't start new thread",
    ),
    ("aborts", ESCAPE + "os.abort()", Limits(), Status.KILLED, "ended by SIGABRT"),
    ("bad pointer", ESCAPE + "ctypes.string_at(0)", Limits(), Status.KILLED, "ended by SIGSEGV"),
    ("kills itself", ESCAPE + "os.kill(os.getpid(), 9)", Limits(), Status.KILLED, "ended by SIGKILL"),
]


@pytest.mark.parametrize(
    ("source", "limits", "status", "message"), [row[1:] for row in PROGRAMS], ids=[row[0] for row in PROGRAMS]
)
async def test_status(sandbox: Pool, source: str, limits: Limits, status: Status, message: str) -> None:
    seen = await sandbox.run(source, limits=limits)
    assert seen.status is status, seen
    assert message in seen.message
    assert (seen.message == "") == (status is Status.OK)
    assert seen.ok == (status is Status.OK)


async def test_an_error_names_its_line_and_shows_only_the_program(sandbox: Pool) -> None:
    seen = await sandbox.run("import sympy\n\ndef f(x):\n    return sympy.sqrt(x, 1, 2, 3)\n\nf(2)\n")
    assert seen.line == 4
    assert seen.stderr.startswith(
        'Traceback (most recent call last):\n  File "program.py", line 6, in <module>\n    f(2)\n'
    )
    assert "worker" not in seen.stderr


async def test_output_before_a_kill_is_kept(sandbox: Pool) -> None:
    seen = await sandbox.run("print('before')\nwhile True: pass", limits=SHORT)
    assert (seen.status, seen.stdout) == (Status.TIME_LIMIT, "before\n")


async def test_long_output_keeps_both_ends_and_counts_the_middle(sandbox: Pool) -> None:
    seen = await sandbox.run("print('a' * 1000 + 'b' * 1000)", limits=Limits(output_bytes=400))
    assert seen.status is Status.OK
    assert seen.truncated == 2001 - 400
    assert seen.stdout == "a" * 200 + f"\n… {seen.truncated} bytes left out …\n" + "b" * 199 + "\n"


async def test_the_largest_reply_still_fits_a_frame(sandbox: Pool) -> None:
    most = Limits(output_bytes=4 << 20, flood_bytes=1 << 30, wall_s=30)
    write = "os.write({}, b'\\xff' * (1 << 16))"
    seen = await sandbox.run(ESCAPE + f"for i in range(65): {write.format(1)}; {write.format(2)}", limits=most)
    assert seen.status is Status.OK
    assert seen.truncated == 2 * (1 << 16)


async def test_measures(sandbox: Pool) -> None:
    seen = await sandbox.run("import time\nx = bytearray(100 << 20)\ntime.sleep(0.3)")
    assert 0.3 <= seen.wall_s < 3
    assert 95 < seen.peak_mb < 120
    small = await sandbox.run("pass")
    assert small.peak_mb < 10


async def test_lone_surrogates_and_binary_in_the_output(sandbox: Pool) -> None:
    seen = await sandbox.run("print(chr(0xD800)); print(chr(0)); print('算額')")
    assert seen.stdout == "\\ud800\n\0\n算額\n"


async def test_five_megabytes_of_source(sandbox: Pool) -> None:
    seen = await sandbox.run("print(len('" + "算" * 5_000_000 + "'))", limits=Limits(memory_mb=1024))
    assert (seen.status, seen.stdout) == (Status.OK, "5000000\n")


def test_an_execution_is_a_value() -> None:
    seen = Execution(status=Status.OK, stdout="1\n")
    assert Execution.model_validate_json(seen.model_dump_json()) == seen

"""The commands as processes of their own, as they are typed."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

# Where the tests run in the background of a shell, SIGINT is ignored, and so it would be in what they start.
HEARING = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
SANGAKU = [sys.executable, "-c", f"{HEARING}from agent.cli import main; main()"]
SANDBOX = [*SANGAKU, "sandbox"]


def call(*arguments: str, data: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    """`sangaku sandbox …` with its output in pipes."""
    done = subprocess.run([*SANDBOX, *arguments], input=data, capture_output=True, timeout=240, check=False)
    assert b"InternalError" not in done.stdout
    assert b"defect of Sangaku" not in done.stderr
    return done


def start(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*SANDBOX, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def on_a_terminal(*arguments: str) -> tuple[int, str]:
    """Exit status, and all that a terminal got of `sangaku sandbox …`."""
    return drawn([*SANDBOX, *arguments], dict(os.environ))


def drawn(command: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """Exit status, and all that a terminal got of ``command``, which is run by this Python."""
    child, descriptor = pty.fork()
    if child == 0:
        os.execve(sys.executable, command, {**environment, "TERM": "xterm-256color", "COLUMNS": "100"})
    seen = b""
    while True:
        try:
            data = os.read(descriptor, 1 << 16)
        except OSError:
            break
        if not data:
            break
        seen += data
    os.close(descriptor)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), seen.decode()

"""A worker that is a child process of ours, reached through its standard input and output (bubblewrap and process)."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import threading
import time

from sandbox.errors import SandboxUnavailable

__all__ = ["PipeTransport"]


class PipeTransport:
    """Starts ``command``. The worker ends when its standard input closes, so it never outlives this process."""

    def __init__(self, command: list[str], *, env: dict[str, str]) -> None:
        # A file, not a pipe: nobody reads it while the worker runs. In memory: there may be no directory to write to.
        self._stderr = open(os.memfd_create("worker-stderr"), "w+b")  # noqa: SIM115, PTH123
        self._killing = threading.Lock()
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                bufsize=0,
                env=env,
                cwd="/",
                start_new_session=True,  # Ctrl-C on the terminal is the parent's to handle
            )
        except OSError as error:
            self._stderr.close()
            raise SandboxUnavailable(f"cannot start {command[0]}: {error.strerror}") from error
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout
        os.set_blocking(self._in.fileno(), False)

    @property
    def pid(self) -> int:
        """The process that was started: the worker, or the bwrap around it."""
        return self._process.pid

    def send(self, data: bytes, *, deadline: float) -> None:
        left = memoryview(data)
        while left:
            _wait(self._in.fileno(), select.POLLOUT, deadline)
            left = left[os.write(self._in.fileno(), left) :]

    def receive(self, size: int, *, deadline: float) -> bytes:
        parts: list[bytes] = []
        while size:
            _wait(self._out.fileno(), select.POLLIN, deadline)
            part = os.read(self._out.fileno(), min(size, 1 << 20))
            if not part:
                raise EOFError
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def kill(self) -> None:
        # The streams stay open until `close`: another thread may be reading, and sees the end of the stream.
        with self._killing:
            if self._process.returncode is None:  # not yet waited for, so the number is still its own
                os.killpg(self._process.pid, 9)
                self._process.wait()

    def close(self) -> None:
        self.kill()
        for stream in (self._in, self._out, self._stderr):
            with contextlib.suppress(OSError):
                stream.close()

    def last_words(self) -> str:
        with contextlib.suppress(ValueError, OSError):
            self._stderr.seek(0)
            lines = self._stderr.read().decode("utf-8", "replace").strip().splitlines()
            return lines[-1][:500] if lines else ""
        return ""


def _wait(descriptor: int, event: int, deadline: float) -> None:
    poll = select.poll()
    poll.register(descriptor, event)
    left = deadline - time.monotonic()
    if left <= 0 or not poll.poll(left * 1000):
        raise TimeoutError

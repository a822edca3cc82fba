"""A worker that is a child process of ours, reached through its standard input and output (bubblewrap and process)."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import tempfile
import time

from sandbox.errors import SandboxUnavailable

__all__ = ["PipeTransport"]


class PipeTransport:
    """Starts ``command``. The worker ends when its standard input closes, so it never outlives this process."""

    def __init__(self, command: list[str], *, env: dict[str, str]) -> None:
        # A file, not a pipe: nobody reads it while the worker runs.
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
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

    def send(self, data: bytes) -> None:
        self._in.write(data)
        self._in.flush()

    def receive(self, size: int, *, deadline: float) -> bytes:
        descriptor = self._out.fileno()
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        parts: list[bytes] = []
        while size:
            left = deadline - time.monotonic()
            if left <= 0 or not poll.poll(left * 1000):
                raise TimeoutError
            part = os.read(descriptor, min(size, 1 << 20))
            if not part:
                raise EOFError
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def kill(self) -> None:
        # The streams stay open until here: another thread may be reading, and sees the end of the stream.
        with contextlib.suppress(ProcessLookupError):
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

"""A helper process that is asked through its standard input and answers line by line."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import Self

from sandbox import SandboxUnavailable

__all__ = ["Child"]

START_S = 120.0
ANSWER_S = 60.0


class Child:
    """Ends when its standard input closes, so that it does not outlive this process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, command: Sequence[str], *, env: Mapping[str, str]) -> Self:
        """Start ``command`` and wait for its first line."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=pipe,
            stdout=pipe,
            stderr=asyncio.subprocess.DEVNULL,
            env=env,
            limit=16 << 20,
            start_new_session=True,  # Ctrl-C on the terminal is this process's to handle
        )
        child = cls(process)
        try:
            await asyncio.wait_for(child._line(), START_S)
        except BaseException:
            await child.stop()
            raise
        return child

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ask(self, request: bytes) -> bytes:
        """The line that answers ``request``. Raises `SandboxUnavailable` where none comes."""
        assert self._process.stdin is not None
        self._process.stdin.write(request)
        try:
            return await asyncio.wait_for(self._line(), ANSWER_S)
        except TimeoutError as error:
            raise SandboxUnavailable("a helper process does not answer") from error

    async def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def _line(self) -> bytes:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise SandboxUnavailable("a helper process has ended")
        return line

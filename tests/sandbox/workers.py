"""Finds and ends workers from outside, the way that an operator or a kernel short of memory would."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterable

import psutil

from sandbox.docker import LABEL

__all__ = ["appeared", "end", "settled", "snapshot"]

Member = int | str
"""The number of a process, or the id of a container."""


def snapshot(root: int | None = None) -> set[Member]:
    """Every worker process beneath the process ``root`` (default: this one), and every container that it started."""
    found: set[Member] = set()
    with contextlib.suppress(psutil.NoSuchProcess):
        for process in psutil.Process(root).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                # A forked child is called "program": it comes and goes with each.
                if (
                    process.status() != psutil.STATUS_ZOMBIE
                    and process.name() != "program"
                    and any("worker/__main__.py" in a for a in process.cmdline())
                ):
                    found.add(process.pid)
    return found | _containers(root or os.getpid())


def _containers(owner: int) -> set[Member]:
    if shutil.which("docker") is None:
        return set()
    command = ["docker", "ps", "--all", "--quiet", "--no-trunc", "--filter", f"label={LABEL}={owner}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return set(done.stdout.split())


def end(members: Iterable[Member]) -> None:
    """SIGKILL, at once and without a word to the pool."""
    for member in members:
        if isinstance(member, int):
            with contextlib.suppress(ProcessLookupError):
                os.kill(member, signal.SIGKILL)
        else:
            subprocess.run(["docker", "kill", member], capture_output=True, check=False)


async def appeared(before: set[Member], *, timeout: float = 15.0) -> set[Member]:
    """The workers that have come since ``before``; waits for the first of them."""
    seen: set[Member] = set()

    def look() -> bool:
        seen.update(snapshot() - before)
        return bool(seen)

    assert await settled(look, timeout=timeout), "no worker was started"
    return seen


async def settled(holds: Callable[[], bool], *, timeout: float = 10.0) -> bool:
    """Whether ``holds`` becomes true in time."""
    for _ in range(int(timeout / 0.05)):
        if await asyncio.to_thread(holds):
            return True
        await asyncio.sleep(0.05)
    return False

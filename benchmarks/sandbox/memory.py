"""What /proc says of processes: their memory, descriptors and children. Linux only; None where this user may not look."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox import BackendName
from sandbox.docker import LABEL, connect

__all__ = [
    "Usage",
    "containers",
    "descriptors",
    "family",
    "first_processes",
    "measure",
    "measured",
    "rss_mb",
    "threads",
    "workers",
    "zygote",
]

PROC = Path("/proc")
WORKER = "worker/__main__.py"
"""The end of the worker's path, which is in the command line of each of its processes."""


@dataclass(frozen=True, slots=True)
class Usage:
    """The memory of one worker: all its processes together."""

    private_mb: float
    """Private_Clean + Pss_Anon: pages that no process outside has; a page that several inside share counts once."""
    anonymous_mb: float
    """Pss_Anon alone. What clean pages of files add depends on who else maps these files at the moment; this does not."""
    own_mb: float
    """Private_Clean + Private_Dirty of the zygote alone."""
    rss_mb: float
    """Of the zygote alone."""
    processes: int


def measure(root: int) -> Usage | None:
    """The memory of the worker whose outermost process is ``root``; None where it cannot be read."""
    try:
        members = family(root)
        own = _rollup(zygote(root))
        rolls = [_rollup(pid) for pid in members]
    except OSError:
        return None
    return Usage(
        private_mb=sum(roll["Private_Clean"] + roll["Pss_Anon"] for roll in rolls) / 1024,
        anonymous_mb=sum(roll["Pss_Anon"] for roll in rolls) / 1024,
        own_mb=(own["Private_Clean"] + own["Private_Dirty"]) / 1024,
        rss_mb=own["Rss"] / 1024,
        processes=len(rolls),
    )


def measured(roots: Iterable[int]) -> list[Usage]:
    """The memory of those that can be read."""
    return [usage for usage in map(measure, roots) if usage is not None]


def workers(backend: BackendName) -> list[int]:
    """The outermost process of every worker of ``backend`` that this process has started, by number."""
    if backend == "docker":
        return first_processes(f"{LABEL}={os.getpid()}")
    found = [pid for pid in _children(_parents(), os.getpid()) if WORKER in _command(pid)]
    return sorted(pid for pid in found if (_name(pid) == "bwrap") == (backend == "bubblewrap"))


def zygote(root: int) -> int:
    """The worker's own process: ``root``, or the first beneath it that is not bwrap."""
    return next(pid for pid in family(root) if _name(pid) != "bwrap")


def family(root: int) -> list[int]:
    """``root`` and all processes beneath it, parents first; those that ended but were not waited for are among them."""
    parents = _parents()
    found = [root]
    for pid in found:  # grows while it is gone through
        found += _children(parents, pid)
    return found


def containers(label: str) -> list[str]:
    """The ids of all containers with ``label``, running or not. Raises `SandboxUnavailable` without a daemon."""
    client = connect()
    with contextlib.closing(client):
        return [str(found["Id"]) for found in client.api.containers(all=True, filters={"label": label})]


def first_processes(label: str) -> list[int]:
    """Process 1 of each running container with ``label``, by its number on the host."""
    from docker.errors import NotFound

    client = connect()
    found = []
    with contextlib.closing(client):
        for name in containers(label):
            with contextlib.suppress(NotFound):  # it is just being removed
                found.append(int(client.api.inspect_container(name)["State"]["Pid"]))
    return sorted(pid for pid in found if pid)


def descriptors(pid: int) -> int | None:
    try:
        return sum(1 for _ in (PROC / str(pid) / "fd").iterdir())
    except OSError:
        return None


def rss_mb(pid: int) -> float:
    return _rollup(pid)["Rss"] / 1024


def threads(pid: int) -> int:
    return sum(1 for _ in (PROC / str(pid) / "task").iterdir())


def _rollup(pid: int) -> Counter[str]:
    """KiB by name; nothing but zeros for a process that has ended. Raises OSError where this user may not look."""
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()[1:]
    except (FileNotFoundError, ProcessLookupError):
        return Counter()
    split = (line.split() for line in lines)
    return Counter({name.rstrip(":"): int(value) for name, value, _ in split})


def _parents() -> dict[int, int]:
    """The parent of every process."""
    return dict(_read_parents(int(path.name) for path in PROC.iterdir() if path.name.isdigit()))


def _read_parents(pids: Iterable[int]) -> Iterator[tuple[int, int]]:
    for pid in pids:
        with contextlib.suppress(OSError):  # it has just ended
            # The name, in parentheses, may hold anything; the state and the parent follow it.
            yield pid, int((PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])


def _children(parents: dict[int, int], pid: int) -> list[int]:
    return sorted(child for child, parent in parents.items() if parent == pid)


def _command(pid: int) -> str:
    try:
        return (PROC / str(pid) / "cmdline").read_text(errors="replace")
    except OSError:
        return ""


def _name(pid: int) -> str:
    try:
        return (PROC / str(pid) / "comm").read_text().strip()
    except OSError:
        return ""

"""Compares what a backend asked for with what was read back from inside, and writes down what the kernel really enforces.

It does not prove that a mechanism has no defect: it shows that it is there, and that what it forbids did not work when tried.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from sandbox.base import EnforcedLimits, Limits, Profile
from sandbox.errors import SandboxUnavailable

if TYPE_CHECKING:
    from sandbox.pool import Backend

__all__ = ["NAMESPACES", "Asked", "Observation", "Surroundings", "differences", "inspect"]

NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts")


class Surroundings(BaseModel):
    """What the zygote sees around itself."""

    model_config = ConfigDict(frozen=True)

    pid: int
    interfaces: tuple[str, ...]
    routes: tuple[str, ...]
    """The interfaces, without loopback, that a route leads to."""
    landlock: int
    namespaces: dict[str, str]
    """Name: the kernel's number for it."""
    bounding: int
    """The capability bounding set."""
    seccomp_filters: int
    """Filters that lie on the zygote itself."""
    read_only_root: bool
    scratch_mb: float | None
    memory_mb: float | None
    """The control group's limits on the whole worker; None where it shows none."""
    processes: int | None
    cpus: float | None
    large_pages: int


class Observation(BaseModel):
    """What a locked child saw when it tried each forbidden thing, and what the zygote sees around itself."""

    model_config = ConfigDict(frozen=True)

    python: str
    numpy: str
    sympy: str
    uid: int
    gid: int
    groups: tuple[int, ...]
    capabilities: int
    seccomp: bool
    no_new_privs: bool
    sockets: tuple[str, ...]
    fork: bool
    signal_parent: bool
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    scratch: bool
    exec_denied: bool
    limits: EnforcedLimits
    around: Surroundings


class Asked(BaseModel):
    """What a backend asks of the kernel, beyond what every backend must show. None: nothing is asked."""

    model_config = ConfigDict(frozen=True)

    namespaces: frozenset[str] = frozenset()
    """Those that must not be the host's own."""
    pid1: bool = False
    no_routes: bool = False
    uid: int | None = None
    bounding: int | None = None
    seccomp_filters: int = 1
    """On a program, the container's and its own together."""
    read_only_root: bool = False
    scratch_mb: int | None = None
    memory_mb: int | None = None
    processes: int | None = None
    cpus: float | None = None


def differences(asked: Asked, seen: Observation) -> list[str]:
    """What was asked for and is not there, in words; empty when nothing is missing. Stricter than asked is no difference."""
    around, limits = seen.around, Limits()
    shared = _shared_namespaces(around)
    checks: list[tuple[str, bool]] = [
        ("seccomp", not seen.seccomp),
        ("no_new_privs", not seen.no_new_privs),
        ("capabilities dropped", seen.capabilities != 0),
        ("sockets denied", bool(seen.sockets)),
        ("new processes denied", seen.fork or not seen.exec_denied),
        ("signals to others denied", seen.signal_parent),
        ("writing outside scratch denied", bool(seen.writes)),
        ("memory limit", _above(seen.limits.memory_mb, limits.memory_mb)),
        ("CPU time limit", _above(seen.limits.cpu_s, math.ceil(limits.wall_s) + 1)),
        ("file size limit", _above(seen.limits.file_mb, limits.file_mb)),
        ("limit on open files", _above(seen.limits.open_files, limits.open_files)),
        ("no core files", _above(seen.limits.core_mb, 0)),
        ("process 1 of its PID namespace", asked.pid1 and around.pid != 1),
        *((f"{name} namespace", name in shared) for name in sorted(asked.namespaces)),
        ("no network routes", asked.no_routes and bool(around.routes)),
        (f"user id {asked.uid}", asked.uid is not None and (seen.uid != asked.uid or seen.gid != asked.uid)),
        ("no other groups", asked.uid is not None and not set(seen.groups) <= {asked.uid}),
        ("empty bounding set", asked.bounding is not None and around.bounding != asked.bounding),
        ("seccomp filters", around.seccomp_filters + 1 < asked.seccomp_filters),
        ("read-only root", asked.read_only_root and not around.read_only_root),
        ("scratch directory", asked.scratch_mb is not None and not seen.scratch),
        ("size of the scratch directory", _exceeds(around.scratch_mb, asked.scratch_mb)),
        ("memory limit of the worker", _exceeds(around.memory_mb, asked.memory_mb)),
        ("process limit of the worker", _exceeds(around.processes, asked.processes)),
        ("CPU limit of the worker", _exceeds(around.cpus, asked.cpus)),
    ]
    return [word for word, missing in checks if missing]


def inspect(backend: Backend, seen: Observation) -> Profile:
    """The profile of a worker that holds what every backend must show and what this backend asked for.

    Raises `SandboxUnavailable` where something is missing.
    """
    missing = differences(backend.asked, seen)
    if missing:
        raise SandboxUnavailable(f"the {backend.name} sandbox does not hold here: {', '.join(missing)}")
    around = seen.around
    own = tuple(name for name in NAMESPACES if name in around.namespaces and name not in _shared_namespaces(around))
    profile = Profile(
        backend=backend.name,
        python=seen.python,
        numpy=seen.numpy,
        sympy=seen.sympy,
        uid=seen.uid,
        gid=seen.gid,
        pid1=around.pid == 1,
        namespaces=own,
        seccomp=seen.seccomp,
        seccomp_filters=around.seccomp_filters + 1,
        no_new_privs=seen.no_new_privs,
        landlock_abi=around.landlock,
        capabilities=seen.capabilities,
        bounding=around.bounding,
        network="none" if "net" in own and not around.routes else "denied",
        interfaces=around.interfaces,
        processes="denied",
        # With a file system of its own, what can be read there is none of the host's.
        files="readable" if seen.reads and "mnt" not in own else "sealed",
        read_only_root=around.read_only_root,
        scratch="tmpfs" if seen.scratch else "none",
        scratch_mb=around.scratch_mb,
        limits=seen.limits,
        worker_memory_mb=around.memory_mb,
        worker_processes=around.processes,
        worker_cpus=around.cpus,
        large_pages=around.large_pages > 0,
        runtime=backend.runtime,
        image=backend.image,
    )
    return profile.model_copy(update={"lacking": _lacking(profile)})


def _lacking(profile: Profile) -> tuple[str, ...]:
    """What other machines or backends give and this one does not, in words."""
    words = [
        (
            "Landlock: seccomp allows reading only, but of any file",
            profile.landlock_abi == 0 and profile.files == "readable",
        ),
        ("a PID namespace: that other processes exist can be seen, none can be touched", not profile.pid1),
        ("a network namespace: the host's interfaces are there, no socket can be made", profile.network != "none"),
        (
            "a file system of its own: that a file exists, and its size, can be asked for",
            "mnt" not in profile.namespaces,
        ),
        ("a scratch directory: programs write nowhere", profile.scratch == "none"),
        ("a memory limit for the worker as a whole: each program has its own", profile.worker_memory_mb is None),
    ]
    return tuple(word for word, lacking in words if lacking)


def _shared_namespaces(around: Surroundings) -> set[str]:
    """Those that are this process's own."""
    shared = set()
    for name, number in around.namespaces.items():
        try:
            here = str(Path(f"/proc/self/ns/{name}").readlink())
        except OSError:
            continue
        if here == number:
            shared.add(name)
    return shared


def _above(seen: float | None, asked: float) -> bool:
    return seen is None or seen > asked


def _exceeds(seen: float | None, asked: float | None) -> bool:
    return asked is not None and _above(seen, asked)

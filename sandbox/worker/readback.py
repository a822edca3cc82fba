"""What the kernel really enforces, tried from inside a locked child, and the names that programs can use there."""

import inspect
import json
import os
import pkgutil
import platform
import resource
import sys
import warnings
from collections.abc import Callable
from functools import partial
from importlib import import_module
from types import ModuleType, NoneType
from typing import Any, NoReturn

from sandbox.policy import ALLOWED_MODULES
from sandbox.worker import child, landlock, privileges

__all__ = ["names", "observe", "surroundings"]

MB = 1 << 20


def surroundings(cell: child.Cell, large_pages: int) -> dict[str, Any]:
    """Seen by the zygote, which still has /proc."""
    with open("/proc/self/net/dev") as file:
        interfaces = [line.split(":")[0].strip() for line in file if ":" in line]
    # Some kernels put tunnels that nobody set up into every network namespace: what counts is whether anything leads out.
    routes: set[str] = set()
    for table, column in (("route", 0), ("ipv6_route", 9)):
        try:
            with open(f"/proc/self/net/{table}") as file:
                routes.update(line.split()[column] for line in file if not line.startswith("Iface"))
        except OSError:
            continue  # no IPv6
    status = {}
    with open("/proc/self/status") as file:
        for line in file:
            name, _, value = line.partition(":")
            status[name] = value.strip()
    namespaces = {}
    for name in ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"):  # the folder itself cannot be listed
        try:
            namespaces[name] = os.readlink(f"/proc/self/ns/{name}")
        except OSError:
            continue  # older than this kernel
    room = os.statvfs(cell.scratch) if cell.scratch else None
    return {
        "pid": os.getpid(),
        "interfaces": interfaces,
        "routes": sorted(routes - {"lo"}),
        "landlock": landlock.abi(cell.libc),
        "namespaces": namespaces,
        "bounding": int(status.get("CapBnd", "0"), 16),
        "seccomp_filters": int(status.get("Seccomp_filters", status.get("Seccomp", "0") == "2")),
        "read_only_root": bool(os.statvfs("/").f_flag & os.ST_RDONLY),
        "scratch_mb": room.f_blocks * room.f_frsize / MB if room else None,
        "memory_mb": _scaled(_group("memory.max", "memory/memory.limit_in_bytes"), MB),
        "processes": _group("pids.max", "pids/pids.max"),
        "cpus": _cpus(),
        "large_pages": large_pages,
    }


def observe(cell: child.Cell) -> NoReturn:
    """Try each forbidden thing for its effect and print what came of it. Runs in the child's place."""
    import numpy
    import sympy

    families = {"inet": 2, "inet6": 10, "unix": 1, "netlink": 16}
    # Host files that exist nearly everywhere, and this process's own /proc.
    readable = ("/etc/passwd", "/etc/hostname", "/proc/self/status")
    writable = ("/", "/tmp", "/var/tmp", "/dev/shm", sys.prefix)
    seen = {
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "sympy": sympy.__version__,
        "uid": os.getuid(),
        "gid": os.getgid(),
        "groups": os.getgroups(),
        "capabilities": privileges.capabilities(cell.libc),
        "seccomp": privileges.prctl(cell.libc, 21) == 2,
        "no_new_privs": privileges.prctl(cell.libc, 39) == 1,
        "sockets": [name for name, family in families.items() if cell.libc.socket(family, 2, 0) >= 0],
        "fork": _works(os.fork),
        "signal_parent": _works(lambda: os.kill(os.getppid(), 0)),
        "reads": [path for path in readable if _works(partial(os.open, path, os.O_RDONLY))],
        "writes": [path for path in writable if _works(partial(_write, path))],
        "scratch": cell.scratch is not None and _works(lambda: _write(".")),
        "limits": {
            "memory_mb": _scaled(_limit(resource.RLIMIT_AS), MB, less=cell.address_space),
            "cpu_s": _limit(resource.RLIMIT_CPU),
            "file_mb": _scaled(_limit(resource.RLIMIT_FSIZE), MB),
            "open_files": _limit(resource.RLIMIT_NOFILE),
            "stack_mb": _scaled(_limit(resource.RLIMIT_STACK), MB),
            "core_mb": _scaled(_limit(resource.RLIMIT_CORE), MB),
            "locked_mb": _scaled(_limit(resource.RLIMIT_MEMLOCK), MB),
            "signals": _limit(resource.RLIMIT_SIGPENDING),
        },
    }
    os.write(1, json.dumps(seen).encode() + b"\n")
    # Last, because a success replaces this process: the line below is then missing.
    if not _works(lambda: os.execv(sys.executable, [sys.executable, "-c", "pass"])):
        os.write(1, b"exec denied")
    os._exit(0)


def _limit(which: int) -> int | None:
    """The hard limit: the soft one can be raised to it."""
    hard = resource.getrlimit(which)[1]
    return None if hard == resource.RLIM_INFINITY else hard


def _scaled(value: int | None, unit: int, *, less: int = 0) -> float | None:
    return None if value is None else (value - less) / unit


def _group(*paths: str) -> int | None:
    """A number of the control group that surrounds the worker, by the first of ``paths`` that /sys shows; None: no limit."""
    for path in paths:
        try:
            with open(f"/sys/fs/cgroup/{path}") as file:
                word = file.read().split()[0]
        except (OSError, IndexError):
            continue
        # Version 1 writes "no limit" as the largest multiple of a page.
        return int(word) if word.isdigit() and int(word) < 1 << 62 else None
    return None


def _cpus() -> float | None:
    try:
        with open("/sys/fs/cgroup/cpu.max") as file:
            quota, period = file.read().split()
        return None if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError):
        pass
    most, period_us = _group("cpu/cpu.cfs_quota_us"), _group("cpu/cpu.cfs_period_us")
    return most / period_us if most and period_us else None


def _works(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True


def _write(folder: str) -> None:
    path = os.path.join(folder, f"sangaku-probe-{os.getpid()}")
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    os.unlink(path)


def names() -> NoReturn:
    """Print {"modules": {module: {name: signature}}, "classes": {class: {member: signature}}}.

    Modules: every allowed one, and the submodules of numpy, sympy and mpmath. Classes: those whose instances programs handle.
    """
    warnings.simplefilter("ignore")
    index: dict[str, dict[str, str]] = {}
    for top in sorted(ALLOWED_MODULES):
        try:
            module = import_module(top)
        except ImportError:
            continue
        index[top] = _public(module)
        if top in ("sympy", "numpy", "mpmath"):
            for name in _submodules(module):
                index[name] = _public(sys.modules[name])
    data = memoryview(json.dumps({"modules": index, "classes": _classes()}).encode())
    while data:
        data = data[os.write(1, data) :]
    os._exit(0)


_CLASSES = {
    "builtins": "str list dict set tuple int float complex",
    "collections": "Counter deque defaultdict",
    "decimal": "Decimal",
    "fractions": "Fraction",
    "numpy": "ndarray poly1d",
    "sympy": "Symbol Expr Add Mul Pow Integer Rational Poly Matrix Eq FiniteSet Interval"
    " Point Line Segment Circle Triangle Polygon",
}


def _classes() -> dict[str, dict[str, str]]:
    found = {}
    for module, classes in _CLASSES.items():
        for name in classes.split():
            # Point(1, 2) is a Point2D; of such families the members of all are taken.
            kinds = [getattr(import_module(module), variant, None) for variant in (name, f"{name}2D", f"{name}3D")]
            members = {
                member for kind in kinds if kind is not None for member in dir(kind) if not member.startswith("__")
            }
            # No signatures: that of a method holds `self`, and only an instance's own tells how it is called.
            found[f"{module}.{name}"] = dict.fromkeys(sorted(members), "")
    return found


def _submodules(package: ModuleType) -> list[str]:
    """Loaded public submodules, and numpy's lazy ones; private and test modules are no part of an interface."""
    prefix = package.__name__ + "."
    for info in pkgutil.iter_modules(package.__path__):
        if not info.name.startswith("_") and info.name in ("linalg", "fft", "random", "polynomial", "stats"):
            import_module(prefix + info.name)
    loaded = [name for name in sys.modules if name.startswith(prefix)]
    return sorted(name for name in loaded if not any(p.startswith("_") or p == "tests" for p in name.split(".")))


_SIGNED = ("numpy.linalg", "numpy.random", "sympy.geometry", "sympy.ntheory", "sympy.stats")
"""Submodules that programs call functions of; looking at every signature takes seconds."""


def _public(module: ModuleType) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in dir(module):
        if name.startswith("_"):
            continue
        try:
            value = getattr(module, name)
        except Exception:  # an attribute that raises is not there
            continue
        found[name] = _signature(value) if "." not in module.__name__ or module.__name__ in _SIGNED else ""
    return found


def _signature(value: object) -> str:
    """The parameters as Python would parse them: without annotations, and ... for a default that is no short literal."""
    if not callable(value):
        return ""
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return ""
    plain = [
        parameter.replace(annotation=parameter.empty, default=_default(parameter.default))
        for parameter in signature.parameters.values()
    ]
    return str(signature.replace(parameters=plain, return_annotation=signature.empty))


def _default(value: object) -> object:
    if value is inspect.Parameter.empty or isinstance(value, bool | int | float | NoneType):
        return value
    if isinstance(value, str) and len(value) < 20:
        return value
    return _Dots()


class _Dots:
    def __repr__(self) -> str:
        return "..."

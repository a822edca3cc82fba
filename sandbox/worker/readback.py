"""What the kernel really enforces, tried from inside a locked child, and the names that programs can use there."""

import ctypes
import inspect
import json
import os
import pkgutil
import platform
import sys
import warnings
from collections.abc import Callable
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import Any, NoReturn

from sandbox.policy import ALLOWED_MODULES
from sandbox.worker import landlock, privileges

__all__ = ["names", "observe", "surroundings"]


def surroundings(libc: ctypes.CDLL) -> dict[str, Any]:
    """Seen by the zygote, which still has /proc."""
    with open("/proc/self/net/dev") as file:
        interfaces = [line.split(":")[0].strip() for line in file if ":" in line]
    return {"pid": os.getpid(), "interfaces": interfaces, "landlock": landlock.abi(libc)}


def observe(scratch: str | None, libc: ctypes.CDLL) -> NoReturn:
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
        "capabilities": privileges.capabilities(libc),
        "seccomp": privileges.prctl(libc, 21) == 2,
        "no_new_privs": privileges.prctl(libc, 39) == 1,
        "sockets": [name for name, family in families.items() if libc.socket(family, 2, 0) >= 0],
        "fork": _works(os.fork),
        "signal_parent": _works(lambda: os.kill(os.getppid(), 0)),
        "reads": [path for path in readable if _works(partial(os.open, path, os.O_RDONLY))],
        "writes": [path for path in writable if _works(partial(_write, path))],
        "scratch": scratch is not None and _works(lambda: _write(".")),
    }
    os.write(1, json.dumps(seen).encode() + b"\n")
    # Last, because a success replaces this process: the line below is then missing.
    if not _works(lambda: os.execv(sys.executable, [sys.executable, "-c", "pass"])):
        os.write(1, b"exec denied")
    os._exit(0)


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
    """Print {module: {name: signature}} for every allowed module and the submodules of numpy, sympy and mpmath."""
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
    data = memoryview(json.dumps(index).encode())
    while data:
        data = data[os.write(1, data) :]
    os._exit(0)


def _submodules(package: ModuleType) -> list[str]:
    """Loaded public submodules, and numpy's lazy ones; private and test modules are no part of an interface."""
    prefix = package.__name__ + "."
    for info in pkgutil.iter_modules(package.__path__):
        if not info.name.startswith("_") and info.name in ("linalg", "fft", "random", "polynomial", "stats"):
            import_module(prefix + info.name)
    loaded = [name for name in sys.modules if name.startswith(prefix)]
    return sorted(name for name in loaded if not any(p.startswith("_") or p == "tests" for p in name.split(".")))


def _public(module: ModuleType) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in dir(module):
        if name.startswith("_"):
            continue
        try:
            value = getattr(module, name)
        except Exception:  # an attribute that raises is not there
            continue
        found[name] = _signature(value) if module.__name__ in ("sympy", "numpy", "math", "itertools") else ""
    return found


def _signature(value: object) -> str:
    if not callable(value):
        return ""
    try:
        return str(inspect.signature(value))[:200]
    except (TypeError, ValueError):
        return ""

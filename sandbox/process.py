"""Backend `process`: a worker that is an ordinary process. seccomp, Landlock and rlimits carry it alone.

For containers of competitions and clusters, where neither a Docker daemon nor user namespaces are to be had. It does not cover:
hiding which files exist (their names and sizes can be asked for), and a limit on memory below one address space.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import ClassVar

from sandbox.base import BackendName
from sandbox.errors import SandboxUnavailable
from sandbox.handle import WORKER_ENV
from sandbox.pipes import PipeTransport
from sandbox.profile import Asked
from sandbox.worker import seccomp

__all__ = ["Process"]

WORKER = Path(__file__).parent / "worker" / "__main__.py"


class Process:
    """Starts workers as child processes of this one."""

    name: ClassVar[BackendName] = "process"
    advice: ClassVar[str] = "Use --sandbox docker or --sandbox bubblewrap."
    asked: ClassVar[Asked] = Asked()
    """Nothing beyond the minimum that every backend must show (`sandbox.profile.differences`)."""
    image = ""
    runtime = ""

    def __init__(self, *, comparison: bool = False) -> None:
        self._more = ["--comparison"] if comparison else []

    def start(self) -> PipeTransport:
        if sys.platform != "linux" or not seccomp.supported():
            raise SandboxUnavailable("the process backend needs Linux on x86-64 or AArch64")
        return PipeTransport([sys.executable, "-s", "-B", str(WORKER), *self._more], env=WORKER_ENV)

"""Runs programs that nobody has read, sealed off: `async with await open_sandbox() as box: await box.run("print(1 + 1)")`."""

from sandbox.base import (
    BackendName,
    EnforcedLimits,
    Execution,
    Limits,
    ModuleNames,
    NameIndex,
    Profile,
    Sandbox,
    Status,
)
from sandbox.bubblewrap import Bubblewrap
from sandbox.docker import Docker
from sandbox.errors import QueueTimeout, SandboxError, SandboxUnavailable, SangakuError, WorkerDied
from sandbox.image import build, image_tag
from sandbox.open import BACKENDS, open_sandbox
from sandbox.pool import Backend, Pool
from sandbox.process import Process

__all__ = [
    "BACKENDS",
    "Backend",
    "BackendName",
    "Bubblewrap",
    "Docker",
    "EnforcedLimits",
    "Execution",
    "Limits",
    "ModuleNames",
    "NameIndex",
    "Pool",
    "Process",
    "Profile",
    "QueueTimeout",
    "Sandbox",
    "SandboxError",
    "SandboxUnavailable",
    "SangakuError",
    "Status",
    "WorkerDied",
    "build",
    "image_tag",
    "open_sandbox",
]

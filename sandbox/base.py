"""What a sandbox takes and gives: `Limits` in, `Execution` out, and the `Profile` of what the kernel really enforces."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["BackendName", "Execution", "Limits", "ModuleNames", "NameIndex", "Profile", "Sandbox", "Status"]

BackendName = Literal["docker", "bubblewrap", "process"]


class Status(StrEnum):
    """What became of a program. One word for machines; `Execution.message` has the sentence for people."""

    OK = "ok"
    RUNTIME_ERROR = "runtime_error"
    SYNTAX_ERROR = "syntax_error"
    POLICY = "policy"
    TIME_LIMIT = "time_limit"
    MEMORY_LIMIT = "memory_limit"
    OUTPUT_LIMIT = "output_limit"
    PROCESS_LIMIT = "process_limit"
    KILLED = "killed"


class Limits(BaseModel):
    """What one program may use. Every limit is enforced by the kernel or by the zygote, never by the program."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    wall_s: float = Field(default=10.0, gt=0, le=3600)
    """Seconds from the fork to the end; CPU seconds are limited to the next whole second above."""
    memory_mb: int = Field(default=512, ge=32, le=1 << 20)
    """MiB of address space above what the warm zygote already holds."""
    output_bytes: int = Field(default=64 * 1024, ge=256, le=4 << 20)
    """Bytes kept of stdout, and of stderr: the first and the last half of this."""
    flood_bytes: int = Field(default=8 << 20, ge=1024, le=1 << 30)
    """Bytes written to stdout and stderr together at which the program is stopped (`output_limit`)."""
    file_mb: int = Field(default=16, ge=0, le=1024)
    """MiB that one file in the scratch directory may have."""
    open_files: int = Field(default=64, ge=16, le=4096)
    """Descriptors that a program may hold."""


class Execution(BaseModel):
    """What happened when a program ran."""

    model_config = ConfigDict(frozen=True)

    status: Status
    stdout: str = ""
    stderr: str = ""
    truncated: int = 0
    """Bytes cut out of the middle of stdout and stderr together."""
    exit_code: int | None = None
    """The exit status; negative for the signal that ended the program; None where the program never started."""
    wall_s: float = 0.0
    peak_mb: float = 0.0
    """Peak resident MiB above what the zygote held when it forked."""
    message: str = ""
    """One line for people: the exception, or which limit was passed."""
    line: int | None = None
    """Line of the program (from 1) where the error arose, where known."""

    @property
    def ok(self) -> bool:
        return self.status is Status.OK


class Profile(BaseModel):
    """The isolation in force, read back from inside the worker after it started; not what was asked for."""

    model_config = ConfigDict(frozen=True)

    backend: BackendName
    python: str
    numpy: str
    sympy: str
    uid: int
    pid1: bool
    """The zygote is process 1 of its own PID namespace."""
    seccomp: bool
    no_new_privs: bool
    landlock_abi: int
    """0 where the kernel has none."""
    capabilities: int
    """The child's effective, permitted and inheritable sets, or-ed; 0 means none at all."""
    network: Literal["none", "denied"]
    """none: no interface but loopback is there. denied: sockets cannot be made, but the host's interfaces are there."""
    processes: Literal["denied"]
    """denied: a program cannot start another process or thread."""
    files: Literal["sealed", "readable"]
    """sealed: only Python's own files can be read. readable: host files can be read, none written."""
    scratch: Literal["tmpfs", "none"]
    runtime: str = ""
    """The container runtime, the path of bwrap, or empty."""
    image: str = ""
    """The image's id (docker only)."""


class ModuleNames(BaseModel):
    """The public names of one module inside the sandbox, each with its signature or an empty string."""

    model_config = ConfigDict(frozen=True)

    names: dict[str, str]


class NameIndex(BaseModel):
    """Every name that a program can import or reach by attribute, by module (dotted name)."""

    model_config = ConfigDict(frozen=True)

    modules: dict[str, ModuleNames]


class Sandbox(Protocol):
    """Runs programs. Safe to use from several tasks at once; `async with` starts and stops the workers."""

    async def run(self, source: str, *, limits: Limits | None = None, fresh: bool = False) -> Execution:
        """Run one program. ``fresh`` uses a worker that has run nothing before and is thrown away afterwards.

        Raises `QueueTimeout`, `WorkerDied` or `SandboxUnavailable`; whatever the program itself does is in the result.
        """
        ...

    async def profile(self) -> Profile:
        """The isolation in force. Starts a worker where none runs yet."""
        ...

    async def names(self) -> NameIndex:
        """The names of the sandbox's own numpy, sympy and standard library."""
        ...

    async def aclose(self) -> None:
        """Stop every worker; nothing is left behind."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *exc: object) -> None: ...

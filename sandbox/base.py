"""What a sandbox takes and gives: `Limits` in, `Execution` out, and the `Profile` of what the kernel really enforces."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "BackendName",
    "EnforcedLimits",
    "Execution",
    "Limits",
    "ModuleNames",
    "NameIndex",
    "Profile",
    "Sandbox",
    "Status",
]

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


class EnforcedLimits(BaseModel):
    """The resource limits on a program, as the kernel says them inside. None: without limit."""

    model_config = ConfigDict(frozen=True)

    memory_mb: float | None
    """MiB of address space above what the warm zygote holds."""
    cpu_s: int | None
    file_mb: float | None
    open_files: int | None
    stack_mb: float | None
    core_mb: float | None
    locked_mb: float | None
    signals: int | None
    """Signals that may wait for it."""


class Profile(BaseModel):
    """The isolation in force, read back from inside the worker after it started; not what was asked for."""

    model_config = ConfigDict(frozen=True)

    backend: BackendName
    python: str
    numpy: str
    sympy: str
    uid: int
    gid: int
    pid1: bool
    """The zygote is process 1 of its own PID namespace."""
    namespaces: tuple[str, ...]
    """Those that are not the ones of the process that asks."""
    seccomp: bool
    """A system-call filter is in force (mode 2)."""
    seccomp_filters: int
    """How many lie on a program: its own, and the container's."""
    no_new_privs: bool
    landlock_abi: int
    """0 where the kernel has none."""
    capabilities: int
    """The child's effective, permitted and inheritable sets, or-ed; 0 means none at all."""
    bounding: int
    """The capabilities that could be regained by an exec, which the filter and no_new_privs deny."""
    network: Literal["none", "denied"]
    """none: a network namespace from which nothing leads out. denied: no socket can be made, the host's interfaces are there."""
    interfaces: tuple[str, ...]
    processes: Literal["denied"]
    """denied: a program cannot start another process or thread."""
    files: Literal["sealed", "readable"]
    """sealed: only Python's own files can be read. readable: host files can be read, none written."""
    read_only_root: bool
    """The file system that the worker sees is mounted read-only."""
    scratch: Literal["tmpfs", "none"]
    scratch_mb: float | None
    limits: EnforcedLimits
    worker_memory_mb: float | None
    """The control group's limits on the whole worker; None where there is none."""
    worker_processes: int | None
    worker_cpus: float | None
    large_pages: bool
    """The zygote's heap was gathered in pages of 2 MiB, which makes forks quick."""
    lacking: tuple[str, ...] = ()
    """What this kernel or this backend does not give, in words."""
    runtime: str = ""
    """The container runtime, the path of bwrap, or empty."""
    image: str = ""
    """The image's id (docker only)."""


class ModuleNames(BaseModel):
    """The public names of one module or class inside the sandbox, each with its signature or an empty string.

    A signature is a list of parameters in brackets that Python can parse; a default that is no short literal is ``...``.
    """

    model_config = ConfigDict(frozen=True)

    names: dict[str, str]


class NameIndex(BaseModel):
    """Every name that a program can import or reach by attribute, by module (dotted name)."""

    model_config = ConfigDict(frozen=True)

    modules: dict[str, ModuleNames]
    classes: dict[str, ModuleNames] = {}
    """Members of the classes whose instances programs handle most, by dotted name: `sympy.Matrix`, `builtins.list`."""


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

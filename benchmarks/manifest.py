"""`Manifest` is the ``manifest.json`` of a run folder: what was run, with what, and where. Nothing in it is a result.

`describe_machine`, `package_versions`, `git_commit` and `command_line` find out what it says. It holds no key and no password:
`Manifest` takes them out of the model's address, `command_line` out of the arguments. Host names are not in it either.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit, urlunsplit

from pydantic import AfterValidator, BaseModel, ConfigDict

from agent.types import ModelInfo
from sandbox import Profile

__all__ = [
    "PACKAGES",
    "Machine",
    "Manifest",
    "SandboxUsed",
    "SetUsed",
    "Settings",
    "command_line",
    "describe_machine",
    "git_commit",
    "package_versions",
    "without_credentials",
]

Settings = dict[str, str | int | float | bool | None]
"""The settings of one strategy, as `SolverConfig` names them."""
PACKAGES = ("langchain-core", "langchain-openai", "langgraph", "math-verify", "numpy", "sympy", "vllm", "xllamacpp")
"""Distributions whose version can change a result."""
_SECRET = re.compile(r"^--api-key(=|$)")


def without_credentials(url: str) -> str:
    """``url`` without user, password, query and fragment, all of which may hold a key; what is no URL stays as it is."""
    parts = urlsplit(url)
    if not parts.netloc:
        return url
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _harmless(model: ModelInfo) -> ModelInfo:
    return model.model_copy(update={"url": without_credentials(model.url)})


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Machine(_Value):
    """Where a run took place."""

    platform: str
    """Kernel and architecture, as `platform.platform()` says."""
    processor: str = ""
    """The model name of the processor; "" where the system does not say."""
    cpus: int
    """Cores that this process may use, not those of the machine."""
    memory_mb: int
    """MiB of memory, or of the control group's limit where that is less; 0 where unknown."""
    gpus: tuple[str, ...] = ()
    """Names and memory as nvidia-smi gives them; empty where there is no nvidia-smi."""


class SandboxUsed(_Value):
    """Where the programs ran."""

    profile: Profile
    """The isolation that was read back, not that asked for."""
    image_tag: str = ""
    """Docker: the tag, which is made from what the image is built from. Its id is in the profile."""


class SetUsed(_Value):
    """A problem set, and which of its problems."""

    name: str
    source: str = ""
    """Where it came from: a package, a file, an address."""
    digest: str = ""
    """SHA-256 of its contents, in hexadecimal."""
    limit: int | None = None
    """How many problems were asked for; None: all."""
    ids: tuple[str, ...] = ()
    """The problems that were chosen, in order."""


class Manifest(_Value):
    """What a run was."""

    version: Literal[1] = 1
    created: str
    """When the run began, ISO 8601 with the offset from UTC."""
    sangaku: str
    """Version of Sangaku."""
    python: str
    """Version of the Python that ran it; the sandbox's own is in its profile."""
    packages: dict[str, str] = {}
    """Version of each distribution of `PACKAGES` that is installed."""
    commit: str = ""
    """The git commit, with ``-dirty`` behind it where tracked files differ; "" outside a checkout."""
    machine: Machine
    model: Annotated[ModelInfo, AfterValidator(_harmless)]
    sandbox: SandboxUsed | None = None
    """None where no program was run."""
    sets: tuple[SetUsed, ...] = ()
    strategies: dict[str, Settings] = {}
    """Name of each strategy, and what it stands for."""
    samples: int = 1
    """Attempts for each problem, at most."""
    seed: int = 0
    concurrency: int = 1
    """Problems in hand at once."""
    stripped: bool = False
    """Whether `sangaku bench strip` left the texts out; what is added later leaves them out as well."""
    command_line: tuple[str, ...] = ()
    """As `command_line` gives it."""


def command_line(arguments: Sequence[str]) -> tuple[str, ...]:
    """``arguments`` with ``***`` for the value of --api-key, and addresses as `without_credentials` leaves them."""
    shown: list[str] = []
    hide = False
    for argument in arguments:
        if hide:
            shown.append("***")
        elif _SECRET.match(argument) and "=" in argument:
            shown.append("--api-key=***")
        else:
            name, sign, value = argument.partition("=") if argument.startswith("--") else ("", "", argument)
            shown.append(f"{name}{sign}{without_credentials(value) if '://' in value else value}")
        hide = not hide and argument == "--api-key"
    return tuple(shown)


def package_versions(names: Sequence[str] = PACKAGES) -> dict[str, str]:
    """Version of each distribution; those that are not installed are left out."""
    found = {}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def git_commit() -> str:
    """The commit of the checkout that this very file is a tracked file of, else "" (installed, or no git)."""
    here = Path(__file__)
    # A virtual environment may lie inside somebody else's repository, whose commit would say nothing.
    if _said("git", "-C", str(here.parent), "ls-files", "--error-unmatch", here.name) is None:
        return ""
    commit = _said("git", "-C", str(here.parent), "rev-parse", "HEAD") or ""
    changed = _said("git", "-C", str(here.parent), "status", "--porcelain", "--untracked-files=no")
    return f"{commit}-dirty" if commit and changed else commit


def describe_machine() -> Machine:
    """The machine that this process runs on. Takes what the system says; never fails."""
    gpus = _said("nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader") or ""
    return Machine(
        platform=platform.platform(),
        processor=_processor(),
        cpus=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_mb=_memory_mb(),
        gpus=tuple(line.strip() for line in gpus.splitlines() if line.strip()),
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def _memory_mb() -> int:
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError):
        return 0
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            size = min(size, int(Path(path).read_text(encoding="ascii")))
        except (OSError, ValueError):  # no such control group, or "max"
            continue
    return size >> 20


def _said(*command: str) -> str | None:
    """What a command printed; None where it is missing, fails or takes more than ten seconds."""
    if shutil.which(command[0]) is None:
        return None
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return done.stdout.strip()

"""What an attack is: a hostile program, the one property it attacks, and a check that is made from outside.

Every attack is bounded: where it succeeds it does no harm to the machine. It reaches for things that the scene laid out
for it, takes a little more memory or time than it may, and stops by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from sandbox.base import Execution, Limits, Profile

if TYPE_CHECKING:
    from sandbox.attacks.scene import Scene

__all__ = ["DEFENCES", "FAMILIES", "Attack", "Check", "Defence", "Family"]

Family = Literal["network", "files", "processes", "memory", "time", "output", "python", "poison", "kernel"]
FAMILIES: tuple[Family, ...] = get_args(Family)

Defence = Literal[
    "sockets",  # no socket can be made: the filter; Landlock's network rules beneath it
    "processes",  # no fork, clone, exec: the filter; Landlock beneath it, for exec
    "signals",  # to oneself only: the filter; Landlock's scope beneath it
    "tracing",  # of nobody: the filter; Landlock's domain and the zygote being undumpable beneath it
    "reading",  # Python's own files only: Landlock; the filter beneath it for the calls other than open
    "writing",  # the scratch directory only, or nowhere: Landlock; where there is no scratch directory, the filter too
    "metadata",  # modes, owners, times, attributes stay: the filter
    "kernel",  # system calls that a program does not need: the filter; RLIMIT_MEMLOCK beneath it
    "privileges",  # no capability and an ordinary user: given up by the zygote; the filter and Landlock beneath it
    "descriptors",  # none but the three standard ones: closed by the child
    "environment",  # empty: cleared by the child, and the zygote's own was never the host's
    "memory",  # RLIMIT_AS; RLIMIT_SIGPENDING for what the kernel keeps
    "stack",  # RLIMIT_STACK
    "file-size",  # RLIMIT_FSIZE
    "open-files",  # RLIMIT_NOFILE
    "scratch-size",  # the scratch directory is a tmpfs of its own with a size
    "files-count",  # the zygote's watch over the number of files in the scratch directory
    "deadline",  # the zygote ends the program after its wall time
    "flood",  # the zygote ends a program that writes too much
    "capture",  # the zygote keeps the head and the tail of the output alone
    "wipe",  # the zygote empties the scratch directory
    "fork",  # every program has a process of its own, forked from a zygote that runs none
    "allow-list",  # a plain answer to a forbidden import (no boundary)
]
DEFENCES: tuple[Defence, ...] = get_args(Defence)

Check: TypeAlias = "Callable[[Scene, Execution], str]"
"""What the attack got, in a few words; empty where it got nothing. Looks at the scene and at the zygote's measures."""

QUICK = Limits(wall_s=5, memory_mb=256)


@dataclass(frozen=True, kw_only=True)
class Attack:
    name: str
    """Unique, in lower case with hyphens, without the family's name."""
    family: Family
    aim: str
    """What it tries, in a few words; completes "tries to …"."""
    defence: Defence
    """What stands between it and its aim."""
    program: str
    """Source. The prelude goes before it (`scene`, `reached`, `syscall`, and an `import` that refuses nothing)."""
    check: tuple[Check, ...]
    """All must find nothing."""
    limits: Limits = QUICK
    bare: bool = False
    """Without the prelude: the program meets the guarded import."""
    follow: str = ""
    """A second hostile program, run right after the first in the same worker; the checks look at this one then."""
    needs: Callable[[Profile], str] = lambda profile: ""
    """The kernel feature or library that is missing here and without which there is nothing to attack; empty: none is."""

    @property
    def id(self) -> str:
        return f"{self.family}/{self.name}"

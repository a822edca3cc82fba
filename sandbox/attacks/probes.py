"""Whether this machine's kernel has what an attack is made of: tried on the host, never guessed from a version."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

from sandbox.attacks.prelude import CALLS
from sandbox.base import Profile

__all__ = ["any_of", "int80", "lacks", "namespaces", "only_x86", "setting", "yama"]

Needs = Callable[[Profile], str]


def any_of(*needs: Needs) -> Needs:
    """The first reason that one of ``needs`` gives."""
    return lambda profile: next((reason for need in needs if (reason := need(profile))), "")


def lacks(name: str, *arguments: int) -> Needs:
    """The kernel has no such call. ``arguments`` must make it fail, or do nothing: the host itself makes the call."""

    @cache
    def missing() -> str:
        if sys.platform != "linux":
            return ""  # the sandbox runs elsewhere, in a machine of its own
        number = CALLS[name][0 if platform.machine() == "x86_64" else 1]
        if number is not None:
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments)) >= 0:
                return ""
            if ctypes.get_errno() not in (errno.ENOSYS, errno.EOPNOTSUPP):  # not built in, or switched off
                return ""
        return f"this kernel has no {name}"

    return lambda profile: missing()


@cache
def _child(code: str) -> bool:
    return subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, check=False).returncode == 0


def namespaces(profile: Profile) -> str:
    """Programs cannot make user namespaces here, whatever the sandbox says."""
    code = "import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare(0x10000000) != 0)"
    return "" if sys.platform != "linux" or _child(code) else "this machine lets nobody make a user namespace"


def only_x86(profile: Profile) -> str:
    return "" if platform.machine() == "x86_64" else "only x86-64 has this"


def int80(profile: Profile) -> str:
    """The kernel does not take the system calls of 32-bit programs."""
    code = (
        "import ctypes, mmap, sys\npage = mmap.mmap(-1, 4096, prot=7)\n"
        "page.write(b'\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3')\n"  # getpid of the 32-bit table
        "call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))\n"
        "sys.exit(call() <= 0)"
    )
    return only_x86(profile) or ("" if _child(code) else "this kernel runs no 32-bit programs")


def setting(path: str, most: int, reason: str) -> Needs:
    """A setting of the kernel that forbids it to everybody: greater than ``most``."""

    def forbids(profile: Profile) -> str:
        try:
            return reason if int(Path(path).read_text()) > most else ""
        except (OSError, ValueError):
            return ""

    return forbids


def yama(profile: Profile) -> str:
    """An ordinary user may trace nobody but children of its own here."""
    if os.geteuid() == 0:
        return ""
    return setting("/proc/sys/kernel/yama/ptrace_scope", 0, "this kernel lets no process trace a stranger")(profile)

"""Rights that the worker gives up: capabilities, user id, being dumpable, and the child's resource limits."""

import ctypes
import math
import os
import resource
import stat

__all__ = ["capabilities", "die_with_parent", "drop", "harden", "limit", "load_libc", "peak_kb", "prctl"]

NOBODY = 65534
_SET_PDEATHSIG, _SET_DUMPABLE, _CAPBSET_READ, _CAPBSET_DROP, _NO_NEW_PRIVS = 1, 4, 23, 24, 38
_CAP_VERSION_3 = 0x20080522


def load_libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def prctl(libc: ctypes.CDLL, option: int, *arguments: int) -> int:
    padded = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)[:4]]
    return int(libc.prctl(option, *padded))


class _CapHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


def capabilities(libc: ctypes.CDLL) -> int:
    """Effective, permitted and inheritable sets of this process, or-ed."""
    header, data = _CapHeader(_CAP_VERSION_3, 0), (ctypes.c_uint32 * 6)()
    if libc.capget(ctypes.byref(header), ctypes.byref(data)) != 0:
        raise OSError(ctypes.get_errno(), "capget")
    low, high = data[0] | data[1] | data[2], data[3] | data[4] | data[5]
    return int(low | (high << 32))


def drop(libc: ctypes.CDLL, *, needed: list[str]) -> None:
    """Give up every capability, and root where the paths ``needed`` can be read without it. Raises OSError if that fails."""
    if os.geteuid() == 0:
        for capability in range(64):
            if prctl(libc, _CAPBSET_READ, capability) != 1:
                continue
            if prctl(libc, _CAPBSET_DROP, capability) != 0:
                break  # no CAP_SETPCAP: the permitted set is emptied below, and no_new_privs keeps exec from refilling it
        if all(_readable_by_anyone(path) for path in needed):
            try:
                os.setgroups([])
                os.setresgid(NOBODY, NOBODY, NOBODY)
                os.setresuid(NOBODY, NOBODY, NOBODY)
            except PermissionError:
                pass  # a root without CAP_SETUID (rootless container): it stays uid 0, without any capability
    header, data = _CapHeader(_CAP_VERSION_3, 0), (ctypes.c_uint32 * 6)()
    if libc.capset(ctypes.byref(header), ctypes.byref(data)) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def _readable_by_anyone(path: str) -> bool:
    path = os.path.realpath(path)
    try:
        if not os.stat(path).st_mode & stat.S_IROTH:
            return False
        while path != "/":
            path = os.path.dirname(path)
            if not os.stat(path).st_mode & stat.S_IXOTH:
                return False
    except OSError:
        return False
    return True


def harden(libc: ctypes.CDLL) -> None:
    """No tracing or reading of this process by its equals, and no new rights by exec; children inherit both."""
    if prctl(libc, _SET_DUMPABLE, 0) != 0 or prctl(libc, _NO_NEW_PRIVS, 1) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def die_with_parent(libc: ctypes.CDLL, parent: int) -> None:
    """Have the kernel kill this process when ``parent`` ends. Raises OSError where it has ended already."""
    if prctl(libc, _SET_PDEATHSIG, 9) != 0 or os.getppid() != parent:
        raise OSError("the parent has gone")


def peak_kb() -> int:
    """KiB that this process has had in memory at most; at the start of a forked child: what it has inherited."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


STACK = 8 << 20
"""Bytes of stack of a program's main thread: the usual soft limit, but the same wherever the worker was started."""


def limit(*, wall_s: float, address_space: int, file_bytes: int, open_files: int) -> None:
    """Resource limits of the child. Bytes and seconds; the CPU limit is the next whole second above the wall limit."""
    seconds = math.ceil(wall_s) + 1
    for name, value in (
        (resource.RLIMIT_AS, address_space),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_NOFILE, open_files),
        (resource.RLIMIT_STACK, STACK),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_SIGPENDING, 64),  # signals that wait are in a store that all processes of a user share
    ):
        hard = resource.getrlimit(name)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(name, (value, value))

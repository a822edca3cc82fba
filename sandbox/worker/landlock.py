"""Landlock: which files the child can open; where the kernel knows how, also no TCP, abstract sockets or signals to the outside.

It does not cover metadata (chmod, chown, utime, xattr) nor looking names up (stat): seccomp refuses the former.
"""

import ctypes
import os

__all__ = ["abi", "restrict", "ruleset"]

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same numbers on every architecture
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_WRITE_FILE, _REMOVE_DIR, _REMOVE_FILE = 1 << 1, 1 << 4, 1 << 5
_MAKE_DIR, _MAKE_REG, _MAKE_SYM, _REFER, _TRUNCATE = 1 << 7, 1 << 8, 1 << 12, 1 << 13, 1 << 14
_FILE_RIGHTS = (1 << 0) | _WRITE_FILE | _READ_FILE | _TRUNCATE | (1 << 15)  # what may be said of a single file
_SCRATCH = _READ_FILE | _READ_DIR | _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _MAKE_SYM


def _handled(version: int) -> int:
    rights = (1 << 13) - 1
    if version >= 2:
        rights |= _REFER
    if version >= 3:
        rights |= _TRUNCATE
    if version >= 5:
        rights |= 1 << 15  # ioctl on devices
    return rights


def abi(libc: ctypes.CDLL) -> int:
    """The kernel's Landlock version; 0 where there is none or where it is switched off."""
    return max(0, int(libc.syscall(_CREATE, None, ctypes.c_size_t(0), 1)))


class _Attributes(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("access", ctypes.c_uint64), ("parent", ctypes.c_int32))


def ruleset(libc: ctypes.CDLL, *, readable: list[str], listable: list[str], scratch: str | None) -> int | None:
    """A descriptor of a ruleset, or None where the kernel has no Landlock. Of ``listable`` only names can be read.
    Paths that do not exist are left out.

    Raises OSError where the kernel has Landlock and refuses.
    """
    version = abi(libc)
    if version == 0:
        return None
    handled = _handled(version)
    attributes = _Attributes(handled, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    size = 8 if version < 4 else 16 if version < 6 else 24
    descriptor = int(libc.syscall(_CREATE, ctypes.byref(attributes), ctypes.c_size_t(size), 0))
    if descriptor < 0:
        raise OSError(ctypes.get_errno(), "landlock_create_ruleset")
    for path in readable:
        _add(libc, descriptor, path, _READ_FILE | _READ_DIR)
    for path in listable:
        _add(libc, descriptor, path, _READ_DIR)
    if scratch is not None:
        extra = _REFER | _TRUNCATE
        _add(libc, descriptor, scratch, (_SCRATCH | extra) & handled)
    return descriptor


def _add(libc: ctypes.CDLL, descriptor: int, path: str, rights: int) -> None:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not os.path.isdir(path):
            rights &= _FILE_RIGHTS
        rule = _Beneath(rights, parent)
        if libc.syscall(_ADD, descriptor, 1, ctypes.byref(rule), 0) != 0:
            raise OSError(ctypes.get_errno(), f"landlock_add_rule {path}")
    finally:
        os.close(parent)


def restrict(libc: ctypes.CDLL, descriptor: int) -> None:
    """Confine this process, for good. Raises OSError where the kernel refuses; no_new_privs must be set."""
    if libc.syscall(_RESTRICT, descriptor, 0) != 0:
        raise OSError(ctypes.get_errno(), "landlock_restrict_self")

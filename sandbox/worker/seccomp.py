"""The child's system-call filter: a list of what is allowed; everything else does not exist (ENOSYS) or is refused (EPERM).

Classic BPF, assembled here, so that no library is needed. x86-64 and AArch64. It covers: new processes and threads, exec,
sockets, signals to others, ptrace, mounts, namespaces, io_uring, bpf, keyrings, metadata of files, and (`read_only`) writing.
It does not cover which files can be read: that is Landlock's work.

`container_profile` writes the same list, and the few calls more that the zygote itself needs, as a profile for a container engine.
"""

import ctypes
import errno
import os
import platform
import struct
from typing import TypeAlias

__all__ = ["Filter", "assemble", "container_profile", "install", "supported"]

Call: TypeAlias = tuple[int | None, int | None]

# name: (x86-64, AArch64); None where the architecture has no such call. Numbers: the kernel's unistd tables.
_ALLOW: dict[str, Call] = {
    "read": (0, 63), "write": (1, 64), "close": (3, 57), "fstat": (5, 80), "lseek": (8, 62), "mmap": (9, 222),
    "mprotect": (10, 226), "munmap": (11, 215), "brk": (12, 214), "mremap": (25, 216), "madvise": (28, 233),
    "newfstatat": (262, 79), "stat": (4, None), "lstat": (6, None), "statx": (332, 291), "getdents64": (217, 61),
    "gettimeofday": (96, 169), "getrandom": (318, 278),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "sigaltstack": (131, 132),
    "pread64": (17, 67), "pwrite64": (18, 68), "readv": (19, 65), "writev": (20, 66), "preadv": (295, 69),
    "pwritev": (296, 70), "access": (21, None), "faccessat": (269, 48), "faccessat2": (439, 439),
    "getcwd": (79, 17),
    "dup": (32, 23), "dup2": (33, None), "dup3": (292, 24), "pipe": (22, None), "pipe2": (293, 59),
    "close_range": (436, 436), "select": (23, None), "pselect6": (270, 72), "poll": (7, None), "ppoll": (271, 73),
    "fsync": (74, 82), "fdatasync": (75, 83), "fadvise64": (221, 223), "umask": (95, 166),
    "sched_yield": (24, 124), "getcpu": (309, 168), "nanosleep": (35, 101),
    "times": (100, 153), "time": (201, None),
    "getrusage": (98, 165), "getrlimit": (97, 163), "uname": (63, 160), "sysinfo": (99, 179),
    "getpid": (39, 172), "gettid": (186, 178), "getppid": (110, 173), "getuid": (102, 174), "geteuid": (107, 175),
    "getgid": (104, 176), "getegid": (108, 177), "getgroups": (115, 158), "getpgrp": (111, None),
    "pause": (34, None), "alarm": (37, None), "setitimer": (38, 103), "getitimer": (36, 102),
    "restart_syscall": (219, 128), "set_robust_list": (273, 99), "rseq": (334, 293), "arch_prctl": (158, None),
    "membarrier": (324, 283), "statfs": (137, 43), "fstatfs": (138, 44), "wait4": (61, 260),
    "capget": (125, 90), "exit": (60, 93), "exit_group": (231, 94), "rt_sigpending": (127, 136), "rt_sigsuspend": (130, 133),
}  # fmt: skip

# Allowed only where the sandbox has a scratch directory; Landlock keeps them inside it.
_WRITING: dict[str, Call] = {
    "truncate": (76, 45), "ftruncate": (77, 46), "fallocate": (285, 47), "rename": (82, None), "renameat": (264, 38),
    "mkdir": (83, None), "mkdirat": (258, 34), "rmdir": (84, None), "creat": (85, None),
    "unlink": (87, None), "unlinkat": (263, 35), "symlink": (88, None), "symlinkat": (266, 36), "link": (86, None),
    "linkat": (265, 37),
}  # fmt: skip

# Refused with a reason that libraries understand, instead of ENOSYS.
_EAGAIN: dict[str, Call] = {"clone": (56, 220), "fork": (57, None), "vfork": (58, None)}
_EPERM: dict[str, Call] = {
    "execve": (59, 221), "execveat": (322, 281), "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203),
    "bind": (49, 200), "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "chmod": (90, None),
    "fchmod": (91, 52), "fchmodat": (268, 53), "chown": (92, None), "fchown": (93, 55), "lchown": (94, None),
    "fchownat": (260, 54), "utime": (132, None), "utimes": (235, None), "utimensat": (280, 88), "setxattr": (188, 5),
    "lsetxattr": (189, 6), "fsetxattr": (190, 7), "setpriority": (141, 140), "sched_setscheduler": (144, 119),
    "sched_setaffinity": (203, 122), "setrlimit": (160, 164), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "pidfd_send_signal": (424, 424), "memfd_create": (319, 279), "bpf": (321, 280),
    "perf_event_open": (298, 241), "keyctl": (250, 219), "userfaultfd": (323, 282),
}  # fmt: skip

# What the zygote needs on top, before it has children or while it looks after them; the child's own filter refuses all of it.
_ZYGOTE: dict[str, Call] = {
    "execve": (59, 221), "fork": (57, None), "vfork": (58, None), "waitid": (247, 95), "set_tid_address": (218, 96),
    "setrlimit": (160, 164), "seccomp": (317, 277), "landlock_create_ruleset": (444, 444), "landlock_add_rule": (445, 445),
    "landlock_restrict_self": (446, 446), "capset": (126, 91), "setsid": (112, 157), "pidfd_open": (434, 434),
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "mincore": (27, 232),
    "setgroups": (116, 159), "setresgid": (119, 149), "setresuid": (117, 147),
    "setgid": (106, 144), "setuid": (105, 146),
}  # fmt: skip
_NEW_NAMESPACES = 0x7E020000  # CLONE_NEWNS, CGROUP, UTS, IPC, USER, PID, NET

_KILL, _TKILL, _TGKILL = (62, 129), (200, 130), (234, 131)
_CLOCKS: dict[str, Call] = {"clock_gettime": (228, 113), "clock_getres": (229, 114), "clock_nanosleep": (230, 115)}
_FUTEX, _RENAMEAT2 = (202, 98), (316, 276)
_LINKS = ((89, None), (267, 78), (80, 49), (81, 50))  # readlink readlinkat chdir fchdir (getcwd then tells the same)
_GROUPS, _AFFINITY = ((121, 155), (124, 156)), (204, 123)
_OPEN, _OPENAT, _FCNTL, _IOCTL, _PRCTL, _PRLIMIT = (2, None), (257, 56), (72, 25), (16, 29), (157, 167), (302, 261)

_IOCTLS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # TCGETS TIOCGWINSZ FIONREAD FIONBIO FIONCLEX FIOCLEX
# F_DUPFD F_GETFD F_SETFD F_GETFL F_SETFL F_DUPFD_CLOEXEC F_GETPIPE_SZ. No locks: they hold up others, and the kernel keeps any
# number of them. No larger pipes: their memory is in no limit. No owners: they send signals.
_FCNTLS = (0, 1, 2, 3, 4, 1030, 1032)
# WAIT WAKE REQUEUE CMP_REQUEUE WAKE_OP WAIT_BITSET WAKE_BITSET, each with FUTEX_PRIVATE_FLAG and FUTEX_CLOCK_REALTIME or not. No
# priority inheritance: it ties the kernel's record of a lock to any process by its number.
_FUTEXES = tuple(op | flag for op in (0, 1, 3, 4, 5, 9, 10) for flag in (0, 128, 256, 384))
_RENAME_WHITEOUT = 4  # makes a device node
_PRCTLS = (3, 15, 16, 21, 39)  # GET_DUMPABLE SET_NAME GET_NAME GET_SECCOMP GET_NO_NEW_PRIVS
_WRITE_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND | 0o20000000  # O_TMPFILE's own bit

_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column of the tables, AUDIT_ARCH

_LD, _JEQ, _JGE, _JSET, _RET = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOWED, _ERRNO, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
_NR, _ARCH, _ARG = 0, 4, 16  # offsets in struct seccomp_data; each argument has 8 bytes, little-endian


def supported() -> bool:
    """Whether the tables know this machine's architecture."""
    return platform.machine() in _ARCHITECTURES


def _code(op: int, k: int, jt: int = 0, jf: int = 0) -> bytes:
    return struct.pack("HBBI", op, jt, jf, k)


def _when(number: int, body: bytes) -> bytes:
    """``body`` for one system call; a body ends in a return, and may be at most 255 instructions."""
    return _code(_JEQ, number, 0, len(body) // 8) + body


def _argument(index: int, *, high: bool = False) -> bytes:
    return _code(_LD, _ARG + 8 * index + (4 if high else 0))


def _refuse(error: int) -> bytes:
    return _code(_RET, _ERRNO | error)


_YES = _code(_RET, _ALLOWED)


def _one_of(index: int, values: tuple[int, ...], *, then: bytes, otherwise: bytes) -> bytes:
    """Compares the low 32 bits: the kernel itself takes these arguments as 32-bit numbers."""
    tests = b"".join(_code(_JEQ, value, len(values) - 1 - i + 1, 0) for i, value in enumerate(values))
    return _argument(index) + tests + otherwise + then


_OWN_PID = 0x5A6E6B75
"""Stands for the process's own number in a template: no system call, flag or argument of the tables has this value."""


class Filter:
    """The filter of any child, assembled once: only the child's own number is still to be written into it."""

    def __init__(self, *, read_only: bool) -> None:
        self._template = assemble(pid=_OWN_PID, read_only=read_only)
        self._places = [
            at + 4
            for at in range(0, len(self._template), 8)
            if struct.unpack_from("HBBI", self._template, at)[3] == _OWN_PID
        ]

    def of(self, pid: int) -> bytes:
        """The filter for the process ``pid``."""
        program = bytearray(self._template)
        for place in self._places:
            struct.pack_into("I", program, place, pid)
        return bytes(program)


def assemble(*, pid: int, read_only: bool) -> bytes:
    """The filter for the process ``pid``. Raises KeyError on an architecture that the tables do not have."""
    column, audit = _ARCHITECTURES[platform.machine()]
    perm = _refuse(errno.EPERM)
    to_itself = _one_of(0, (pid,), then=_YES, otherwise=perm)
    program = [_code(_LD, _ARCH), _code(_JEQ, audit, 1, 0), _code(_RET, _KILL_PROCESS), _code(_LD, _NR)]
    if column == 0:  # the x32 table would offer every call under a second number
        program += [_code(_JGE, 0x40000000, 0, 1), _refuse(errno.ENOSYS)]

    rules: dict[int, bytes] = {}

    def rule(call: Call, body: bytes) -> None:
        number = call[column]
        if number is not None:
            assert number not in rules, f"two rules for system call {number}"
            rules[number] = body

    opening: tuple[tuple[Call, int], ...] = ((_OPENAT, 2), (_OPEN, 1))
    for call, flags in opening:
        to_read = _argument(flags) + _code(_JSET, _WRITE_FLAGS, 0, 1) + _refuse(errno.EACCES) + _YES
        rule(call, to_read if read_only else _YES)
    for call in _ALLOW.values():
        rule(call, _YES)
    for call in _WRITING.values():
        rule(call, _refuse(errno.EROFS) if read_only else _YES)
    signals: tuple[Call, ...] = (_KILL, _TGKILL, _TKILL)
    for call in signals:
        rule(call, to_itself)
    rule(_IOCTL, _one_of(1, _IOCTLS, then=_YES, otherwise=_refuse(errno.ENOTTY)))
    rule(_FCNTL, _one_of(1, _FCNTLS, then=_YES, otherwise=perm))
    rule(_FUTEX, _one_of(1, _FUTEXES, then=_YES, otherwise=_refuse(errno.ENOSYS)))
    for call in _CLOCKS.values():  # a negative number is the clock of another process
        rule(call, _argument(0) + _code(_JGE, 0x80000000, 0, 1) + _refuse(errno.EINVAL) + _YES)
    rule(_PRCTL, _one_of(0, _PRCTLS, then=_YES, otherwise=perm))
    # prlimit64 may read (a null pointer for the new limit, both halves) the process's own limits, and nothing else.
    own = _one_of(0, (0, pid), then=_YES, otherwise=perm)
    null_low = _argument(2) + _code(_JEQ, 0, 1, 0) + perm
    null_high = _argument(2, high=True) + _code(_JEQ, 0, 1, 0) + perm
    rule(_PRLIMIT, null_low + null_high + own)
    for call in (*_GROUPS, _AFFINITY):  # of others they would tell who exists
        rule(call, own)
    for call in _LINKS:  # Landlock does not cover them; a worker with a file system of its own has nothing to hide
        rule(call, _refuse(errno.EACCES) if read_only else _YES)
    if not read_only:
        rule(_RENAMEAT2, _argument(4) + _code(_JSET, _RENAME_WHITEOUT, 0, 1) + perm + _YES)
    for call in _EAGAIN.values():
        rule(call, _refuse(errno.EAGAIN))
    for call in _EPERM.values():
        rule(call, perm)
    # Those that look at arguments are compared one by one; the rest is a search tree, which the kernel installs more quickly.
    program += [_when(number, body) for number, body in rules.items() if len(body) > 8]
    program.append(_tree(_spans({number: body for number, body in rules.items() if len(body) == 8})))
    return b"".join(program)


def _spans(verdicts: dict[int, bytes]) -> list[tuple[int, bytes]]:
    """(first number, verdict) of every run of equal verdicts, from 0 on. What is not named does not exist (ENOSYS)."""
    spans: list[tuple[int, bytes]] = []
    missing = _refuse(errno.ENOSYS)  # clone3, too: glibc falls back where it can
    for number in range(max(verdicts) + 2):
        verdict = verdicts.get(number, missing)
        if not spans or spans[-1][1] != verdict:
            spans.append((number, verdict))
    return spans


def _tree(spans: list[tuple[int, bytes]]) -> bytes:
    if len(spans) == 1:
        return spans[0][1]
    middle = len(spans) // 2
    below, above = _tree(spans[:middle]), _tree(spans[middle:])
    return _code(_JGE, spans[middle][0], len(below) // 8, 0) + below + above


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def install(libc: ctypes.CDLL, filter_bytes: bytes) -> None:
    """Put the filter on this process, for good. Raises OSError where the kernel refuses; no_new_privs must be set."""
    program = _Program(len(filter_bytes) // 8, filter_bytes)
    if libc.prctl(22, 2, ctypes.byref(program), 0, 0) != 0:  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
        number = ctypes.get_errno()
        raise OSError(number, f"seccomp: {os.strerror(number)}")


def container_profile() -> dict[str, object]:
    """A seccomp profile for Docker and podman, for the container of a worker: a list of what is allowed, all else ENOSYS.

    It lies beneath the child's own filter and holds the zygote, too. Stricter than the engines' default: no socket, no ptrace, no
    mount, no namespace, no keyring, no thread.
    """
    special = (
        "open", "openat", "fcntl", "ioctl", "prctl", "prlimit64", "kill", "tkill", "tgkill", "futex", "renameat2", "readlink",
        "readlinkat", "chdir", "fchdir", "getpgid", "getsid", "sched_getaffinity",
    )  # fmt: skip
    names = sorted({*_ALLOW, *_WRITING, *_ZYGOTE, *_CLOCKS, *special})
    threads_or_namespaces = _NEW_NAMESPACES | 0x00010000  # CLONE_THREAD
    return {
        "defaultAction": "SCMP_ACT_ERRNO",
        "defaultErrnoRet": errno.ENOSYS,
        "archMap": [
            {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": []},
            {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": []},
        ],
        "syscalls": [
            {"names": names, "action": "SCMP_ACT_ALLOW"},
            {
                "names": ["clone"],
                "action": "SCMP_ACT_ALLOW",
                "args": [{"index": 0, "value": threads_or_namespaces, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}],
            },
            {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": errno.ENOSYS},
            {
                "names": sorted({*_EPERM, *_EAGAIN} - {*_ZYGOTE, "clone"}),
                "action": "SCMP_ACT_ERRNO",
                "errnoRet": errno.EPERM,
            },
        ],
    }

"""What goes before every hostile program: a way around the guarded import, system calls by name, and the word for success."""

from __future__ import annotations

import platform
from collections.abc import Mapping

__all__ = ["CALLS", "REACHED", "assemble"]

REACHED = "REACHED"
"""What a program prints when it has got what it came for."""

# name: (x86-64, AArch64); None where the architecture has no such call. Numbers: the kernel's unistd tables.
CALLS: dict[str, tuple[int | None, int | None]] = {
    "fork": (57, None), "vfork": (58, None), "clone": (56, 220), "clone3": (435, 435), "execve": (59, 221),
    "execveat": (322, 281), "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424), "pidfd_getfd": (438, 438), "process_madvise": (440, 440), "ptrace": (101, 117),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272), "unshare": (272, 97),
    "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "fsopen": (430, 430), "fsmount": (432, 432), "open_tree": (428, 428), "move_mount": (429, 429),
    "mount_setattr": (442, 442), "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    "bpf": (321, 280), "perf_event_open": (298, 241), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "userfaultfd": (323, 282), "personality": (135, 92), "memfd_create": (319, 279),
    "memfd_secret": (447, 447), "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "msgget": (68, 186),
    "semget": (64, 190), "mq_open": (240, 180), "inotify_init1": (294, 26), "fanotify_init": (300, 262),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "openat2": (437, 437), "prctl": (157, 167),
    "seccomp": (317, 277), "landlock_create_ruleset": (444, 444), "prlimit64": (302, 261), "setrlimit": (160, 164),
    "setpriority": (141, 140), "sched_setscheduler": (144, 119), "sched_setattr": (314, 274),
    "sched_setaffinity": (203, 122), "ioprio_set": (251, 30), "mbind": (237, 235), "move_pages": (279, 239),
    "migrate_pages": (256, 238), "set_mempolicy": (238, 237), "mlock": (149, 228), "mlockall": (151, 230),
    "mlock2": (325, 284), "remap_file_pages": (216, 234), "vmsplice": (278, 75), "splice": (275, 76),
    "tee": (276, 77), "sendfile": (40, 71), "copy_file_range": (326, 285), "socket": (41, 198),
    "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200), "setuid": (105, 146), "setgid": (106, 144),
    "setresuid": (117, 147), "setgroups": (116, 159), "setfsuid": (122, 151), "capset": (126, 91), "reboot": (169, 142),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104),
    "swapon": (167, 224), "swapoff": (168, 225), "acct": (163, 89), "quotactl": (179, 60), "syslog": (103, 116),
    "sethostname": (170, 161), "setdomainname": (171, 162), "settimeofday": (164, 170), "clock_settime": (227, 112),
    "adjtimex": (159, 171), "clock_adjtime": (305, 266), "iopl": (172, None), "ioperm": (173, None),
    "modify_ldt": (154, None), "vhangup": (153, 58), "lookup_dcookie": (212, 18), "mknod": (133, None),
    "mknodat": (259, 33), "chmod": (90, None), "fchmodat": (268, 53), "fchmodat2": (452, 452), "fchownat": (260, 54),
    "utimensat": (280, 88), "setxattr": (188, 5), "setsid": (112, 157), "setpgid": (109, 154), "timerfd_create": (283, 85),
    "eventfd2": (290, 19), "signalfd4": (289, 74), "epoll_create1": (291, 20), "futex_waitv": (449, 449),
    "process_mrelease": (448, 448), "getcpu": (309, 168), "quotactl_fd": (443, 443), "statmount": (457, 457),
    "listmount": (458, 458), "lsm_get_self_attr": (459, 459), "map_shadow_stack": (453, 453), "ustat": (136, None),
    "uselib": (134, None), "rseq": (334, 293), "arch_prctl": (158, None), "get_mempolicy": (239, 236),
    "get_robust_list": (274, 100), "io_setup": (206, 0), "lsm_list_modules": (461, 461), "inotify_add_watch": (254, 27),
    "mincore": (27, 232), "futex": (202, 98), "mq_unlink": (241, 181), "fsconfig": (431, 431), "msgsnd": (69, 189),
    "msgrcv": (70, 188), "msgctl": (71, 187), "semctl": (66, 191), "timer_create": (222, 107), "ioprio_get": (252, 31),
    "capget": (125, 90),
    "timer_settime": (223, 110),
}  # fmt: skip

_PRELUDE = f"""
_g = next(c for c in ().__class__.__base__.__subclasses__() if c.__name__ == "_wrap_close").__init__.__globals__
__builtins__["__import__"] = _g["sys"].modules["builtins"].__import__
import ctypes, errno, os, sys, time
libc = ctypes.CDLL(None, use_errno=True)

def syscall(name, *arguments):
    number = calls[name]
    if number is None:
        raise OSError(errno.ENOSYS, name)
    result = libc.syscall(ctypes.c_long(number), *(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    return result

def reached(*evidence):
    print({REACHED!r}, *evidence, flush=True)

"""


def assemble(program: str, scene: Mapping[str, str | int]) -> str:
    """The whole hostile program for one scene."""
    column = 0 if platform.machine() == "x86_64" else 1
    calls = {name: numbers[column] for name, numbers in CALLS.items() if f'"{name}"' in program}
    return f"scene = {dict(scene)!r}\ncalls = {calls!r}\n{_PRELUDE}{program}"

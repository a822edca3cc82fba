"""Attacks through system calls that a program does not need: namespaces, mounts, keys, rings, other ways in, and calls that only
enlarge the part of the kernel that a program can touch.

It shows that each of them is refused. It does not look for defects of the kernel behind the calls that are allowed.
"""

from __future__ import annotations

from pathlib import Path

from sandbox.attacks import checks
from sandbox.attacks.attack import Attack, Check, Defence
from sandbox.attacks.probes import Needs, any_of, int80, lacks, namespaces, only_x86, setting
from sandbox.base import Limits, Profile

__all__ = ["ATTACKS"]

SUCCESS = (checks.no_success,)


def _here(profile: Profile) -> str:
    return ""


def _attack(
    name: str,
    aim: str,
    program: str,
    *,
    defence: Defence = "kernel",
    check: tuple[Check, ...] = SUCCESS,
    follow: str = "",
    needs: Needs = _here,
) -> Attack:
    return Attack(
        name=name,
        family="kernel",
        aim=aim,
        defence=defence,
        program=program,
        check=check,
        limits=Limits(wall_s=5, memory_mb=256),
        follow=follow,
        needs=needs,
    )


def _namespace(name: str, aim: str, flag: int, entry: str) -> Attack:
    """A new one beside a new user namespace, in which everybody may make the others."""
    program = f"""
was = os.readlink("/proc/self/ns/{entry}")
syscall("unshare", 0x10000000 | {flag:#x})
if os.readlink("/proc/self/ns/{entry}") != was:
    reached(os.readlink("/proc/self/ns/{entry}"))
"""

    def missing(profile: Profile) -> str:
        return "" if Path("/proc/self/ns", entry).is_symlink() else "this kernel has no namespaces of that kind"

    return _attack(name, aim, program, needs=any_of(namespaces, missing))


_OWN_MOUNTS = 'syscall("unshare", 0x10020000)\n'
"""Of this process alone: what is mounted afterwards is seen by no other, and goes with it."""


def _mounting(name: str, aim: str, program: str, needs: Needs = _here) -> Attack:
    return _attack(name, aim, _OWN_MOUNTS + program, defence="privileges", needs=any_of(namespaces, needs))


_NAMESPACES = (
    _attack(
        "user-namespace",
        "get every capability, in a user namespace of its own",
        """
head, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
syscall("unshare", 0x10000000)
syscall("capget", head, sets)
if sets[0]:
    reached(hex(sets[0]))
""",
        needs=namespaces,
    ),
    _namespace("mount-namespace", "make a view of the file system of its own", 0x20000, "mnt"),
    _namespace("network-namespace", "make a network of its own, which it rules", 0x40000000, "net"),
    _namespace("ipc-namespace", "make shared memory that the host does not see", 0x8000000, "ipc"),
    _namespace("control-group-namespace", "hide which control group it belongs to", 0x2000000, "cgroup"),
    _namespace("time-namespace", "get clocks of its own", 0x80, "time_for_children"),
    _attack(
        "name-of-the-machine",
        "give the machine another name, as it sees it",
        """
import socket
syscall("unshare", 0x14000000)
socket.sethostname(scene["token"])
if os.uname().nodename == scene["token"]:
    reached(scene["token"])
""",
        needs=namespaces,
    ),
    _attack(
        "process-namespace",
        "become process 1 of a world of its own",
        """
syscall("unshare", 0x30000000)
if (child := os.fork()) == 0:
    os._exit(os.getpid() % 200)
if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1:
    reached()
""",
        needs=namespaces,
    ),
    _attack(
        "clone3-namespaces",
        "start a process that is in new namespaces from its beginning",
        """
wish = (ctypes.c_uint64 * 8)(0x10000000 | 0x20000000 | 0x40000000, 0, 0, 0, 17)
if (child := syscall("clone3", ctypes.byref(wish), 64)) == 0:
    os._exit(os.getpid() % 200)
if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1:
    reached()
""",
        needs=any_of(namespaces, lacks("clone3", 0, 0)),
    ),
    _attack(
        "join-others-namespaces",
        "see names and shared memory as a process of the host sees them",
        """
victim = syscall("pidfd_open", scene["victim"], 0)
syscall("setns", victim, 0x4000000 | 0x8000000)
reached(os.uname().nodename)
""",
        defence="privileges",
        needs=lacks("pidfd_open", -1, 0),
    ),
)

_MOUNTS = (
    _mounting(
        "mount",
        "mount a file system",
        """
syscall("mount", b"none", b"/tmp", b"tmpfs", 0, None)
reached(os.listdir("/tmp"))
""",
    ),
    _mounting(
        "mount-by-descriptor",
        "make a file system that is mounted nowhere",
        """
kind = syscall("fsopen", b"tmpfs", 0)
syscall("fsconfig", kind, 6, None, None, 0)
place = syscall("fsmount", kind, 0, 0)
if os.listdir(os.open(".", os.O_RDONLY, dir_fd=place)) == []:
    reached(place)
""",
        lacks("fsopen", 0, -1),
    ),
    _mounting(
        "copy-of-a-tree",
        "put a copy of one part of the file system over another",
        """
tree = syscall("open_tree", -100, b"/usr", 0x8001)
syscall("move_mount", tree, b"", -100, b"/tmp", 4)
if os.listdir("/tmp") == os.listdir("/usr"):
    reached()
""",
        lacks("open_tree", -1, 0, -1),
    ),
    _mounting(
        "attributes-of-a-mount",
        "change whether a mounted file system can be written to",
        """
change = (ctypes.c_uint64 * 4)(1, 0, 0, 0)
syscall("mount_setattr", -100, b"/", 0, ctypes.byref(change), 32)
if os.statvfs("/").f_flag & os.ST_RDONLY:
    reached()
""",
        lacks("mount_setattr", -1, 0, 0, 0, 0),
    ),
    _mounting(
        "another-root",
        "turn its view of the file system inside out",
        """
syscall("mount", b"none", b"/tmp", b"tmpfs", 0, None)
os.chdir("/tmp")
syscall("pivot_root", b".", b".")
if os.listdir("/") == []:
    reached()
""",
    ),
    _attack(
        "chroot",
        "take a folder for the root of the file system",
        """
was = os.stat("/").st_ino
syscall("unshare", 0x10000000)
syscall("chroot", b"/usr")
if os.stat("/").st_ino != was:
    reached()
""",
        needs=namespaces,
    ),
    _attack(
        "list-of-mounts",
        "have the kernel list what is mounted, without any file",
        """
request, found = (ctypes.c_uint64 * 3)(24, 2**64 - 1, 0), (ctypes.c_uint64 * 64)()
reached(syscall("listmount", ctypes.byref(request), found, 64, 0))
""",
        needs=lacks("listmount", 0, 0, 0, 0),
    ),
    _attack(
        "handle-of-a-file",
        "get a file's handle, by which it can be opened without its path",
        """
for path in (os.__file__, "/usr", "/dev/shm", "/"):
    handle, mount = (ctypes.c_uint32 * 34)(128), ctypes.c_int()
    try:
        syscall("name_to_handle_at", -100, path.encode(), ctypes.byref(handle), ctypes.byref(mount), 0)
    except OSError as error:
        if error.errno not in (errno.EOPNOTSUPP, errno.ENOENT):
            raise
    else:
        reached(path, bytes(handle).hex()[:32])
        break
""",
        needs=lacks("name_to_handle_at", -1, 0, 0, 0, 0),
    ),
    _attack(
        "watch-everything",
        "be told of what happens to files by the kernel's newer way",
        """
reached(syscall("fanotify_init", 0x200, 0))
""",
        needs=lacks("fanotify_init", -1, 0),
    ),
)

_LEFT_BEHIND = (
    _attack(
        "key-for-the-next",
        "leave a key in the kernel for the program after it",
        """
key = syscall("add_key", b"user", scene["token"].encode(), b"mark", 4, -4)
syscall("keyctl", 15, key, 3)
""",
        follow="""
key = syscall("keyctl", 10, -4, b"user", scene["token"].encode(), 0)
reached(key)
syscall("keyctl", 9, key, -4)
""",
        needs=lacks("add_key", 0, 0, 0, 0, 0),
    ),
    _attack(
        "keyring",
        "make a keyring of its own",
        """
reached(syscall("keyctl", 1, scene["token"].encode()))
""",
        needs=lacks("keyctl", 0, -1, 0, 0, 0),
    ),
    _attack(
        "shared-memory-for-the-next",
        "leave shared memory for the program after it",
        """
memory = syscall("shmget", int(scene["token"][1:8], 16), 4096, 0o1600)
libc.shmat.restype = ctypes.c_void_p
ctypes.memmove(libc.shmat(memory, None, 0), scene["token"].encode(), 8)
""",
        follow="""
memory = syscall("shmget", int(scene["token"][1:8], 16), 4096, 0)
libc.shmat.restype = ctypes.c_void_p
reached(ctypes.string_at(libc.shmat(memory, None, 0), 8))
syscall("shmctl", memory, 0, None)
""",
        needs=lacks("shmget", -1, 0, 0),
    ),
    _attack(
        "message-for-the-next",
        "leave a message in a queue for the program after it",
        """
queue = syscall("msgget", int(scene["token"][1:8], 16), 0o1600)
syscall("msgsnd", queue, (ctypes.c_long * 2)(1, 42), 8, 0)
""",
        follow="""
queue, message = syscall("msgget", int(scene["token"][1:8], 16), 0), (ctypes.c_long * 2)()
syscall("msgrcv", queue, message, 8, 0, 0)
syscall("msgctl", queue, 0, None)
reached(message[1])
""",
        needs=lacks("msgget", 1, 0),
    ),
    _attack(
        "semaphore-for-the-next",
        "leave a number in a semaphore for the program after it",
        """
semaphore = syscall("semget", int(scene["token"][1:8], 16), 1, 0o1600)
syscall("semctl", semaphore, 0, 16, 42)
""",
        follow="""
semaphore = syscall("semget", int(scene["token"][1:8], 16), 1, 0)
value = syscall("semctl", semaphore, 0, 12, 0)
syscall("semctl", semaphore, 0, 0, 0)
if value == 42:
    reached(value)
""",
        needs=lacks("semget", 1, -1, 0),
    ),
)

_SURFACE = (
    _attack(
        "kernel-program",
        "put a table for programs of its own into the kernel",
        """
wish = (ctypes.c_uint32 * 32)(2, 4, 8, 1)
reached(syscall("bpf", 0, ctypes.byref(wish), 128))
""",
        defence="privileges",
        needs=lacks("bpf", -1, 0, 0),
    ),
    _attack(
        "performance-counter",
        "count what the processor does, which tells of its neighbours",
        """
import struct
wish = struct.pack("<IIQQQQQIIQ", 1, 64, 1, 0, 0, 0, 0x60, 0, 0, 0)
counter = syscall("perf_event_open", wish, 0, -1, -1, 0)
reached(int.from_bytes(os.read(counter, 8), "little"))
""",
        needs=any_of(
            lacks("perf_event_open", 0, -1, -1, -1, 0),
            setting("/proc/sys/kernel/perf_event_paranoid", 2, "this kernel counts for nobody but root"),
        ),
    ),
    _attack(
        "ring",
        "send system calls through a ring in memory, past the filter",
        """
parameters = ctypes.create_string_buffer(120)
reached(syscall("io_uring_setup", 2, parameters))
""",
        needs=any_of(
            lacks("io_uring_setup", 0, 0),
            setting("/proc/sys/kernel/io_uring_disabled", 0, "this kernel gives nobody but root a ring"),
        ),
    ),
    _attack(
        "older-ring",
        "send requests to disks by the older asynchronous way",
        """
ring = ctypes.c_ulong()
syscall("io_setup", 4, ctypes.byref(ring))
if ring.value:
    reached(hex(ring.value))
""",
        needs=lacks("io_setup", 0, 0),
    ),
    _attack(
        "handle-page-faults",
        "handle faults of memory itself, which lets it halt the kernel in the middle of a call",
        """
reached(syscall("userfaultfd", 0o2000001))
""",
        needs=lacks("userfaultfd", -1),
    ),
    _attack(
        "memory-file",
        "make a file without a file system",
        """
file = syscall("memfd_create", b"file", 0)
os.write(file, b"x")
reached(os.fstat(file).st_size)
""",
        needs=lacks("memfd_create", 0, -1),
    ),
    _attack(
        "secret-memory",
        "get memory that even the kernel cannot look into",
        """
reached(syscall("memfd_secret", 0))
""",
        needs=lacks("memfd_secret", -1),
    ),
    _attack(
        "filter-of-its-own",
        "decide about system calls itself, through a filter with a listener",
        """
class Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("start", ctypes.c_void_p)]

rule = ctypes.c_uint64(0x7FFF0000 << 32 | 6)
reached(syscall("seccomp", 1, 8, ctypes.byref(Filter(1, ctypes.addressof(rule)))))
""",
        needs=lacks("seccomp", -1, 0, 0),
    ),
    _attack(
        "rules-of-its-own",
        "make rules for files itself",
        """
rules = ctypes.c_uint64(1)
reached(syscall("landlock_create_ruleset", ctypes.byref(rules), 8, 0))
""",
        needs=lacks("landlock_create_ruleset", 0, 0, 1),
    ),
    _attack(
        "security-modules",
        "ask which security modules the kernel has",
        """
found, size = (ctypes.c_uint64 * 32)(), ctypes.c_uint32(256)
reached(syscall("lsm_list_modules", found, ctypes.byref(size), 0))
""",
        needs=lacks("lsm_list_modules", 0, 0, -1),
    ),
    _attack(
        "readable-by-its-equals",
        "let other processes read its memory again",
        """
libc.prctl(4, 1, 0, 0, 0)
if libc.prctl(3, 0, 0, 0, 0) == 1:
    reached()
""",
    ),
    _attack(
        "personality",
        "have its memory laid out predictably",
        """
syscall("personality", 0x0040000)
reached(hex(syscall("personality", 0xFFFFFFFF)))
""",
    ),
    _attack(
        "lock-of-others",
        "tie the kernel's record of a lock to a process that is not its own",
        """
lock, until = ctypes.c_uint32(os.getppid()), (ctypes.c_long * 2)(int(time.time()), 0)
try:
    syscall("futex", ctypes.byref(lock), 6, 0, ctypes.byref(until), None, 0)
except OSError as error:
    if error.errno != errno.ETIMEDOUT:
        raise
    reached(hex(lock.value))
""",
    ),
    _attack(
        "event-counter",
        "make a counter in the kernel to wait on",
        """
counter = syscall("eventfd2", 3, 0)
reached(int.from_bytes(os.read(counter, 8), "little"))
""",
    ),
    _attack(
        "signals-as-a-file",
        "read its signals from a descriptor",
        """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
file = syscall("signalfd4", -1, ctypes.byref(ctypes.c_uint64(1 << signal.SIGUSR1 - 1)), 8, 0)
os.kill(os.getpid(), signal.SIGUSR1)
reached(int.from_bytes(os.read(file, 128)[:4], "little"))
""",
    ),
    _attack(
        "timer-as-a-file",
        "make a timer with a descriptor",
        """
reached(syscall("timerfd_create", 1, 0))
""",
    ),
    _attack(
        "nested-waits",
        "have the kernel wait for things that wait for things",
        """
outer, inner = syscall("epoll_create1", 0), syscall("epoll_create1", 0)
if libc.epoll_ctl(outer, 1, inner, ctypes.byref((ctypes.c_uint32 * 4)(1))) == 0:
    reached(outer, inner)
""",
    ),
    _attack(
        "pages-of-a-file",
        "have pages of a file put into a pipe, uncopied",
        """
end, start = os.pipe()
file = os.open(os.__file__, os.O_RDONLY)
moved = syscall("splice", file, None, start, None, 64, 0)
if os.read(end, 64) == os.pread(file, moved, 0):
    reached(moved)
""",
    ),
    _attack(
        "pages-of-its-own",
        "put pages of its memory into a pipe and change them afterwards",
        """
class Part(ctypes.Structure):
    _fields_ = [("start", ctypes.c_void_p), ("size", ctypes.c_size_t)]

end, start = os.pipe()
page = ctypes.create_string_buffer(b"before", 8)
syscall("vmsplice", start, ctypes.byref(Part(ctypes.addressof(page), 8)), 1, 0)
page.value = b"after"
reached(os.read(end, 8))
""",
    ),
    _attack(
        "pipe-doubled",
        "have one pipe's pages shared with another",
        """
(end, start), (copy, target) = os.pipe(), os.pipe()
os.write(start, b"double")
syscall("tee", end, target, 6, 0)
if os.read(end, 6) == os.read(copy, 6):
    reached()
""",
    ),
    _attack(
        "file-to-pipe",
        "have the kernel send a file",
        """
end, start = os.pipe()
reached(os.sendfile(start, os.open(os.__file__, os.O_RDONLY), 0, 64))
""",
    ),
    _attack(
        "file-to-file",
        "have the kernel copy between files",
        """
source, target = os.open("source", os.O_CREAT | os.O_RDWR, 0o600), os.open("copy", os.O_CREAT | os.O_RDWR, 0o600)
os.write(source, b"x" * 64)
reached(os.copy_file_range(source, target, 64, 0))
""",
    ),
    _attack(
        "memory-of-a-node",
        "decide from which processor's memory it is served",
        """
syscall("set_mempolicy", 2, ctypes.byref(ctypes.c_ulong(1)), 64)
mode = ctypes.c_int(-1)
syscall("get_mempolicy", ctypes.byref(mode), None, 0, None, 0)
if mode.value == 2:
    reached(mode.value)
""",
        needs=lacks("set_mempolicy", -1, 0, 0),
    ),
    _attack(
        "pages-in-memory",
        "learn which pages of its memory are in use",
        """
import mmap
page, there = mmap.mmap(-1, 4096), (ctypes.c_ubyte * 1)(9)
page[0] = 1
syscall("mincore", ctypes.addressof(ctypes.c_char.from_buffer(page)), 4096, there)
reached(there[0])
""",
    ),
    _attack(
        "pages-out-of-order",
        "have a mapping's pages put into another order",
        """
import mmap
size = mmap.PAGESIZE
pages = mmap.mmap(-1, 2 * size)
pages[0], pages[size] = 1, 2
syscall("remap_file_pages", ctypes.addressof(ctypes.c_char.from_buffer(pages)), size, 0, 1, 0)
if pages[0] == 2:
    reached()
""",
    ),
    _attack(
        "segment",
        "write a segment into the processor's own table",
        """
wish, table = (ctypes.c_uint32 * 4)(0, 0, 0xFFFFF, 0x51), ctypes.create_string_buffer(64)
syscall("modify_ldt", 0x11, ctypes.byref(wish), ctypes.c_ulong(16))
reached(syscall("modify_ldt", 0, table, ctypes.c_ulong(64)))
""",
        needs=any_of(only_x86, lacks("modify_ldt", -1, 0, 0)),
    ),
    _attack(
        "32-bit-door",
        "change its priority by the number that the call has for 32-bit programs",
        """
import mmap
page = mmap.mmap(-1, 4096, prot=7)
page.write(bytes.fromhex("53 b861000000 31db 31c9 ba05000000 cd80 5b c3"))
print(ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))())
if os.getpriority(os.PRIO_PROCESS, 0) == 5:
    reached()
""",
        needs=int80,
    ),
    _attack(
        "write-out-quotas",
        "have the kernel write out the quotas of all disks",
        """
reached(syscall("quotactl", 0x80000100, None, 0, None))
""",
        needs=lacks("quotactl", -1, 0, 0, 0),
    ),
)

_RIGHTS = (
    _attack(
        "become-root",
        "become root",
        """
syscall("setresuid", 0, 0, 0)
reached(os.getresuid())
""",
        defence="privileges",
    ),
    _attack(
        "join-groups",
        "become a member of root's group",
        """
groups = (ctypes.c_uint32 * 1)(0)
syscall("setgroups", 1, groups)
reached(os.getgroups())
""",
        defence="privileges",
    ),
    _attack(
        "take-capabilities",
        "give itself capabilities",
        """
head, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)(0x200000, 0x200000)
syscall("capset", head, sets)
sets = (ctypes.c_uint32 * 6)()
syscall("capget", head, sets)
if sets[0] & 0x200000:
    reached(hex(sets[0]))
""",
        defence="privileges",
    ),
    _attack(
        "read-kernel-messages",
        "read the kernel's messages by the call for it",
        """
messages = ctypes.create_string_buffer(256)
reached(syscall("syslog", 3, messages, 256))
""",
        defence="privileges",
    ),
    _attack(
        "map-page-zero",
        "map the page that a broken pointer of the kernel would point to",
        """
import mmap
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
if libc.mmap(0, 4096, 3, 0x32, -1, 0) is None:
    reached()
""",
        defence="privileges",
    ),
    _attack(
        "keep-accounts",
        "have the kernel record every process that ends",
        """
path = os.path.join(scene["folder"], "accounts").encode()
os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
syscall("unshare", 0x20000000)
if (child := os.fork()) == 0:
    try:
        syscall("acct", path)
        syscall("acct", None)
        os._exit(7)
    finally:
        os._exit(1)
if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7:
    reached()
""",
        defence="privileges",
        needs=lacks("acct", -1),
    ),
    _attack(
        "hang-up-terminal",
        "hang up the terminal",
        """
reached(syscall("vhangup"))
""",
        defence="privileges",
    ),
)

ATTACKS: tuple[Attack, ...] = (*_NAMESPACES, *_MOUNTS, *_LEFT_BEHIND, *_SURFACE, *_RIGHTS)

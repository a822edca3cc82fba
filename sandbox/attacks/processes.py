"""Attacks through processes: starting others, outliving the program, reaching into, signalling and slowing down those of others.

Its targets are the scene's own victim and the worker's zygote. It does not cover the sockets and files of other processes, which
the families `network` and `files` do, nor which process numbers are in use: on the backend `process` a program can find that out.
"""

from __future__ import annotations

from sandbox.attacks import checks
from sandbox.attacks.attack import Attack, Check, Defence
from sandbox.attacks.probes import Needs, any_of, lacks, yama
from sandbox.base import Limits

__all__ = ["ATTACKS"]

SUCCESS = (checks.no_success,)
LIVES = (checks.no_success, checks.victim_lives)
UNTOUCHED = (checks.no_success, checks.victim_untouched)
QUICK = Limits(wall_s=5, memory_mb=256)
ROOMY = Limits(wall_s=5, memory_mb=2048)
"""Each thread takes addresses for a stack and a heap: the limit on them must not be what refuses it."""


def _attack(
    name: str,
    aim: str,
    defence: Defence,
    program: str,
    check: tuple[Check, ...] = SUCCESS,
    *,
    limits: Limits = QUICK,
    needs: Needs = lambda profile: "",
) -> Attack:
    return Attack(
        name=name,
        family="processes",
        aim=aim,
        defence=defence,
        program=program,
        check=check,
        limits=limits,
        needs=needs,
    )


_STACK = """
stack = ctypes.create_string_buffer(1 << 16)
top = ctypes.c_void_p((ctypes.addressof(stack) + (1 << 16)) & ~63)
"""

_SIGINFO = "info = (ctypes.c_int * 32)(15, 0, -1, 0, os.getpid())\n"
"""SIGTERM, as sigqueue would send it."""


_STARTING = (
    _attack(
        "fork-bomb",
        "fill the machine with forty processes",
        "processes",
        """
libc.prctl(15, scene["token"][:15].encode())
for _ in range(40):
    if os.fork() == 0:
        time.sleep(0.4)
        os._exit(0)
reached("40 processes")
""",
        (checks.no_success, checks.no_process),
    ),
    _attack(
        "fork-for-an-answer",
        "let a second process do its work",
        "processes",
        """
if (child := os.fork()) == 0:
    os._exit(7)
if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7:
    reached(child)
""",
    ),
    _attack(
        "daemon",
        "leave a process behind that belongs to nobody and outlives it",
        "processes",
        """
libc.prctl(15, scene["token"][:15].encode())
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(1.5)
    os._exit(0)
os.wait()
reached()
""",
        (checks.no_success, checks.no_process),
    ),
    _attack(
        "clone",
        "start a process by the call beneath fork",
        "processes",
        """
if (child := syscall("clone", 17, 0, 0, 0, 0)) == 0:
    os._exit(7)
if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7:
    reached(child)
""",
    ),
    _attack(
        "clone-as-vfork",
        "start a process that shares its memory while it waits, as vfork does",
        "processes",
        _STACK
        + """
child = libc.clone(ctypes.cast(libc._exit, ctypes.c_void_p), top, 0x4100 | 17, ctypes.c_void_p(7))
if child > 0 and os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7:
    reached(child)
""",
    ),
    _attack(
        "clone-thread",
        "start a thread without any library of threads",
        "processes",
        _STACK
        + """
thread = libc.clone(ctypes.cast(libc.usleep, ctypes.c_void_p), top, 0x50f00, ctypes.c_void_p(1000))
if thread > 0:
    time.sleep(0.05)
    reached(thread)
""",
    ),
    _attack(
        "clone3",
        "start a process by the newest of the calls for it",
        "processes",
        """
wish = (ctypes.c_uint64 * 8)(0, 0, 0, 0, 17)
if (child := syscall("clone3", ctypes.byref(wish), 64)) == 0:
    os._exit(7)
if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7:
    reached(child)
""",
        needs=lacks("clone3", 0, 0),
    ),
    _attack(
        "number-with-high-bits",
        "hide the number of a forbidden call behind bits that the kernel ignores",
        "processes",
        """
number = calls["clone"]
child = libc.syscall(ctypes.c_long(number | 1 << 32), *map(ctypes.c_long, (17, 0, 0, 0, 0)))
if child == 0:
    os._exit(7)
if child > 0 and os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7:
    reached(child)
""",
    ),
    _attack(
        "thread",
        "run a second thread",
        "processes",
        """
import threading
ran = []
thread = threading.Thread(target=lambda: ran.append(threading.get_native_id()))
thread.start()
thread.join()
if ran[0] != os.getpid():
    reached(ran)
""",
        limits=ROOMY,
    ),
    _attack(
        "bare-thread",
        "run threads by the module beneath threading until there are twelve",
        "processes",
        """
import _thread
started = [_thread.start_new_thread(time.sleep, (0.05,)) for _ in range(12)]
time.sleep(0.1)
reached(len(started))
""",
        limits=ROOMY,
    ),
    _attack(
        "pthread",
        "start a thread through the C library, without Python",
        "processes",
        """
thread = ctypes.c_ulong()
answer = libc.pthread_create(ctypes.byref(thread), None, ctypes.cast(libc.abs, ctypes.c_void_p), None)
if answer == 0 and libc.pthread_join(thread, None) == 0:
    reached(thread.value)
""",
        limits=ROOMY,
    ),
    _attack(
        "thread-pool",
        "spread its work over a pool of threads",
        "processes",
        """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(4) as pool:
    reached(sum(pool.map(abs, range(100))))
""",
        limits=ROOMY,
    ),
    _attack(
        "multiprocessing",
        "spread its work over processes",
        "processes",
        """
import multiprocessing
process = multiprocessing.get_context("fork").Process(target=os._exit, args=(7,))
process.start()
process.join()
if process.exitcode == 7:
    reached()
""",
    ),
    _attack(
        "shell",
        "run a command of the shell",
        "processes",
        """
os.system("echo REACHED $((6 * 7))")
""",
    ),
    _attack(
        "subprocess",
        "run another Python",
        "processes",
        """
import subprocess
print(subprocess.run([sys.executable, "-I", "-S", "-c", "print('REACHED', 6 * 7)"], capture_output=True, text=True).stdout)
""",
    ),
    _attack(
        "posix-spawn",
        "have the C library start another Python",
        "processes",
        """
child = os.posix_spawn(sys.executable, [sys.executable, "-I", "-S", "-c", "print('REACHED', 6 * 7)"], {})
os.waitpid(child, 0)
""",
    ),
    _attack(
        "terminal-fork",
        "start a process on a terminal of its own",
        "processes",
        """
import pty
child, terminal = pty.fork()
if child == 0:
    os._exit(7)
if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7:
    reached(child)
""",
    ),
    _attack(
        "exec",
        "become another program",
        "processes",
        """
os.execv(sys.executable, [sys.executable, "-I", "-S", "-c", "print('REACHED', 6 * 7)"])
""",
    ),
    _attack(
        "exec-descriptor",
        "become another program that it names by a descriptor alone",
        "processes",
        """
words = (ctypes.c_char_p * 6)(sys.executable.encode(), b"-I", b"-S", b"-c", b"print('REACHED', 6 * 7)", None)
file = os.open(sys.executable, os.O_PATH)
syscall("execveat", file, b"", words, (ctypes.c_char_p * 1)(None), 0x1000)
""",
    ),
    _attack(
        "exec-from-memory",
        "become a program that it wrote into memory, where no file system is",
        "processes",
        """
file = os.memfd_create("program", 0)
os.write(file, b"#!/bin/sh\\necho REACHED $((6 * 7))\\n")
os.execv(f"/proc/self/fd/{file}", ["program"])
""",
    ),
    _attack(
        "exec-own-file",
        "become a program that it wrote into its scratch directory",
        "processes",
        """
with open(os.open("program", os.O_CREAT | os.O_WRONLY, 0o700), "w") as file:
    file.write("#!/bin/sh\\necho REACHED $((6 * 7))\\n")
os.execv("./program", ["program"])
""",
    ),
)

_TRACING = (
    _attack(
        "trace-worker",
        "trace the worker",
        "tracing",
        """
syscall("ptrace", 0x4206, os.getppid(), 0, 0)
reached(os.getppid())
""",
    ),
    _attack(
        "trace-victim",
        "trace a process of the host, so that it ends with the program",
        "tracing",
        """
syscall("ptrace", 0x4206, scene["victim"], 0, 0x100000)
reached(scene["victim"])
""",
        LIVES,
        needs=yama,
    ),
    _attack(
        "be-traced",
        "make the worker its tracer, which then hears of each of its signals",
        "tracing",
        """
syscall("ptrace", 0, 0, 0, 0)
reached()
""",
    ),
    _attack(
        "read-worker-memory",
        "read the memory of the worker",
        "tracing",
        """
class Part(ctypes.Structure):
    _fields_ = [("start", ctypes.c_void_p), ("size", ctypes.c_size_t)]

here = ctypes.create_string_buffer(64)
mine, theirs = Part(ctypes.addressof(here), 64), Part(id(ctypes), 64)
if syscall("process_vm_readv", os.getppid(), ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0) == 64:
    reached(here.raw.hex())
""",
    ),
    _attack(
        "write-worker-memory",
        "write into the memory of the worker (it writes what is there)",
        "tracing",
        """
class Part(ctypes.Structure):
    _fields_ = [("start", ctypes.c_void_p), ("size", ctypes.c_size_t)]

here = ctypes.create_string_buffer(8)
mine, theirs = Part(ctypes.addressof(here), 8), Part(id(os.environ) + 8, 8)  # the pointer to its type, which stays
try:
    syscall("process_vm_readv", os.getppid(), ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0)
except OSError:
    here.raw = ctypes.string_at(id(os.environ) + 8, 8)
if syscall("process_vm_writev", os.getppid(), ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0) == 8:
    reached()
""",
    ),
    _attack(
        "worker-memory-file",
        "open the memory of the worker as a file, to write to",
        "tracing",
        """
memory = os.open(f"/proc/{os.getppid()}/mem", os.O_RDWR)
was = os.pread(memory, 8, id(os.environ) + 8)
if os.pwrite(memory, was, id(os.environ) + 8) == 8:
    reached(was.hex())
""",
    ),
    _attack(
        "take-worker-descriptor",
        "take a copy of the worker's own pipes",
        "tracing",
        """
import stat
worker = syscall("pidfd_open", os.getppid(), 0)
for number in range(3, 12):
    try:
        copy = syscall("pidfd_getfd", worker, number, 0)
    except OSError as error:
        if error.errno != errno.EBADF:
            raise
    else:
        if stat.S_ISFIFO(os.fstat(copy).st_mode):
            reached(number)
            break
""",
    ),
    _attack(
        "compare-with-worker",
        "ask the kernel how its objects are ordered in memory, by comparing itself with the worker",
        "tracing",
        """
reached(syscall("kcmp", os.getpid(), os.getppid(), 1, 0, 0))
""",
        needs=lacks("kcmp", -1, -1, -1, 0, 0),
    ),
    _attack(
        "worker-lock-list",
        "learn where the worker keeps its list of locks",
        "tracing",
        """
head, size = ctypes.c_void_p(), ctypes.c_size_t()
syscall("get_robust_list", os.getppid(), ctypes.byref(head), ctypes.byref(size))
reached(hex(head.value or 0))
""",
    ),
    _attack(
        "worker-pages",
        "learn which pages of the worker are in memory, and move them",
        "tracing",
        """
page, where = ctypes.c_void_p(id(os) & ~4095), ctypes.c_int(-99)
syscall("move_pages", os.getppid(), 1, ctypes.byref(page), None, ctypes.byref(where), 0)
if where.value >= 0:
    reached(where.value)
""",
        needs=lacks("move_pages", 0, 0, 0, 0, 0, 0),
    ),
    _attack(
        "page-out-worker",
        "have the kernel put the worker's memory aside, so that all its programs become slow",
        "privileges",
        """
import mmap
class Part(ctypes.Structure):
    _fields_ = [("start", ctypes.c_void_p), ("size", ctypes.c_size_t)]

worker = syscall("pidfd_open", os.getppid(), 0)
part = Part(id(os) & -mmap.PAGESIZE, mmap.PAGESIZE)
reached(syscall("process_madvise", worker, ctypes.byref(part), 1, 20, 0))
""",
        needs=lacks("process_madvise", -1, 0, 0, 0, 0),
    ),
)

_SIGNALLING = (
    _attack(
        "kill-victim",
        "end a process of the host",
        "signals",
        """
os.kill(scene["victim"], 15)
""",
        (checks.victim_lives,),
    ),
    _attack(
        "kill-worker",
        "end the worker, and with it whatever was to run there next",
        "signals",
        """
os.kill(os.getppid(), 9)
reached()
""",
    ),
    _attack(
        "stop-worker",
        "stop the worker for a moment, so that nothing watches over its time",
        "signals",
        """
import signal
os.kill(os.getppid(), signal.SIGSTOP)
time.sleep(0.02)
state = open(f"/proc/{os.getppid()}/stat").read().rpartition(")")[2].split()[0]
os.kill(os.getppid(), signal.SIGCONT)
if state == "T":
    reached(state)
""",
    ),
    _attack(
        "kill-group",
        "end all processes of a group of the host",
        "signals",
        """
os.killpg(scene["victim"], 15)
""",
        (checks.victim_lives,),
    ),
    _attack(
        "kill-thread",
        "end a process by a signal to one of its threads",
        "signals",
        """
syscall("tgkill", scene["victim"], scene["victim"], 15)
""",
        (checks.victim_lives,),
    ),
    _attack(
        "kill-any-thread",
        "end a process by the older call, which names a thread alone",
        "signals",
        """
syscall("tkill", scene["victim"], 15)
""",
        (checks.victim_lives,),
    ),
    _attack(
        "queue-signal",
        "end a process by a signal with a value",
        "signals",
        _SIGINFO
        + """
syscall("rt_sigqueueinfo", scene["victim"], 15, info)
""",
        (checks.victim_lives,),
    ),
    _attack(
        "queue-signal-to-thread",
        "end a process by a signal with a value to one of its threads",
        "signals",
        _SIGINFO
        + """
syscall("rt_tgsigqueueinfo", scene["victim"], scene["victim"], 15, info)
""",
        (checks.victim_lives,),
    ),
    _attack(
        "signal-by-descriptor",
        "end a process that it names by a descriptor",
        "signals",
        """
victim = syscall("pidfd_open", scene["victim"], 0)
syscall("pidfd_send_signal", victim, 15, None, 0)
""",
        (checks.victim_lives,),
        needs=any_of(lacks("pidfd_open", -1, 0), lacks("pidfd_send_signal", -1, 0, 0, 0)),
    ),
    _attack(
        "signal-by-pipe",
        "have the kernel signal a process of the host when a pipe can be read",
        "signals",
        """
import fcntl
end, start = os.pipe()
fcntl.fcntl(end, fcntl.F_SETOWN, scene["victim"])
fcntl.fcntl(end, fcntl.F_SETFL, fcntl.fcntl(end, fcntl.F_GETFL) | os.O_ASYNC)
os.write(start, b"x")
""",
        (checks.victim_lives,),
    ),
    _attack(
        "signal-by-owner",
        "choose both the process and the signal that a pipe's readiness sends",
        "signals",
        """
import fcntl
end, start = os.pipe()
fcntl.fcntl(end, 15, (ctypes.c_int * 2)(1, scene["victim"]))
fcntl.fcntl(end, 10, 9)
fcntl.fcntl(end, fcntl.F_SETFL, fcntl.fcntl(end, fcntl.F_GETFL) | os.O_ASYNC)
os.write(start, b"x")
""",
        (checks.victim_lives,),
    ),
)

_BENDING = (
    _attack(
        "slow-down-victim",
        "lower the priority of a process of the host",
        "kernel",
        """
os.setpriority(os.PRIO_PROCESS, scene["victim"], 10)
reached(os.getpriority(os.PRIO_PROCESS, scene["victim"]))
""",
        UNTOUCHED,
    ),
    _attack(
        "pin-victim",
        "confine a process of the host to one processor",
        "kernel",
        """
os.sched_setaffinity(scene["victim"], {min(os.sched_getaffinity(scene["victim"]))})
reached(os.sched_getaffinity(scene["victim"]))
""",
        UNTOUCHED,
    ),
    _attack(
        "reschedule-victim",
        "have a process of the host run only when nothing else wants to",
        "kernel",
        """
os.sched_setscheduler(scene["victim"], os.SCHED_IDLE, os.sched_param(0))
reached(os.sched_getscheduler(scene["victim"]))
""",
        UNTOUCHED,
    ),
    _attack(
        "starve-victim-of-disk",
        "have the disk serve a process of the host last",
        "kernel",
        """
syscall("ioprio_set", 1, scene["victim"], 3 << 13)
reached(syscall("ioprio_get", 1, scene["victim"]))
""",
    ),
    _attack(
        "limit-victim",
        "take away the descriptors of a process of the host",
        "kernel",
        """
import resource
resource.prlimit(scene["victim"], resource.RLIMIT_NOFILE, (3, 3))
reached(resource.prlimit(scene["victim"], resource.RLIMIT_NOFILE))
""",
        UNTOUCHED,
    ),
    _attack(
        "limit-worker",
        "take away the worker's descriptors, so that it can start no other program",
        "kernel",
        """
import resource
resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (0, 0))
reached()
""",
    ),
    _attack(
        "choose-own-processors",
        "choose the processor that it runs on",
        "kernel",
        """
os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
reached(os.sched_getaffinity(0))
""",
    ),
    _attack(
        "run-in-real-time",
        "run before everything else on the machine",
        "privileges",
        """
os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
reached(os.sched_getscheduler(0))
""",
    ),
    _attack(
        "raise-own-priority",
        "run before the other programs",
        "privileges",
        """
syscall("setpriority", 0, 0, -5)
reached(os.getpriority(os.PRIO_PROCESS, 0))
""",
    ),
    _attack(
        "outlive-worker",
        "undo the tie that ends it with the worker",
        "kernel",
        """
signal = ctypes.c_int(-1)
libc.prctl(1, 0, 0, 0, 0)
libc.prctl(2, ctypes.byref(signal), 0, 0, 0)
if signal.value == 0:
    reached()
""",
    ),
    _attack(
        "adopt-orphans",
        "become the parent of processes whose own has ended",
        "kernel",
        """
adopts = ctypes.c_int(0)
libc.prctl(36, 1, 0, 0, 0)
libc.prctl(37, ctypes.byref(adopts), 0, 0, 0)
if adopts.value == 1:
    reached()
""",
    ),
    _attack(
        "break-worker-pipe",
        "write nonsense into the worker's own pipes, so that the host gives it up",
        "descriptors",
        """
for number in range(3, 64):
    try:
        os.write(number, b"\\xff" * 64)
    except OSError:
        pass
""",
    ),
    _attack(
        "watch-victim-work",
        "read how much processor time a process of the host has used",
        "kernel",
        """
reached(time.clock_gettime(~scene["victim"] << 3 | 2))
""",
    ),
    _attack(
        "timer-on-victim",
        "hang a timer on the processor time of a process of the host",
        "kernel",
        """
timer = ctypes.c_int()
syscall("timer_create", ~scene["victim"] << 3 | 2, None, ctypes.byref(timer))
reached(timer.value)
""",
    ),
)

ATTACKS: tuple[Attack, ...] = (*_STARTING, *_TRACING, *_SIGNALLING, *_BENDING)

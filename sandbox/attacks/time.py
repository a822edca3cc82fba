"""Attacks on the time limit: loops in Python and in C, waits of every kind, and code that runs where a program has ended.

Each would end by itself about a second after its limit, and says so then. It does not cover side channels in time.
"""

from __future__ import annotations

from sandbox.attacks import checks
from sandbox.attacks.attack import Attack, Check
from sandbox.base import Limits, Status

__all__ = ["ATTACKS"]

_LIMITS = Limits(wall_s=0.25, memory_mb=256)
_CHECK: tuple[Check, ...] = (checks.no_success, checks.status(Status.TIME_LIMIT), checks.stopped_within(2.5))
"""The program's own end would come after about a second; a busy machine may take a while to end it."""

_GROW = """
def grow(job, size, factor):
    while time.monotonic() < end:
        job(int(size))
        size *= factor
end = time.monotonic() + 0.8
"""
"""Calls that do not come back to Python, each longer than the one before: for machines of every speed."""


def _attack(name: str, aim: str, program: str, *, bare: bool = False) -> Attack:
    return Attack(
        name=name,
        family="time",
        aim=aim,
        defence="deadline",
        program=program,
        check=_CHECK,
        limits=_LIMITS,
        bare=bare,
    )


def _growing(name: str, aim: str, job: str, *, size: int, factor: float, before: str = "") -> Attack:
    return _attack(name, aim, f"{before}{_GROW}grow({job}, {size}, {factor})\nreached()\n")


ATTACKS: tuple[Attack, ...] = (
    _attack(
        "busy-loop",
        "spin in Python for longer than it may",
        """
import time
end = time.monotonic() + 0.9
while time.monotonic() < end:
    pass
print("REACHED")
""",
        bare=True,
    ),
    _attack(
        "sleep",
        "sleep through its limit without using the processor",
        """
import time
time.sleep(0.9)
print("REACHED")
""",
        bare=True,
    ),
    _attack(
        "ignore-signals",
        "ignore every signal there is and go on",
        """
import signal
for number in signal.valid_signals():
    try:
        signal.signal(number, signal.SIG_IGN)
    except OSError:
        pass
end = time.monotonic() + 0.9
while time.monotonic() < end:
    pass
reached()
""",
    ),
    _attack(
        "block-signals",
        "block every signal and wait in the kernel",
        """
import select, signal
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
select.select([], [], [], 0.9)
reached(len(signal.pthread_sigmask(signal.SIG_BLOCK, [])))
""",
    ),
    _attack(
        "timer-storm",
        "interrupt itself a thousand times a second, so that no wait is ever whole",
        """
import signal
fired = []
signal.signal(signal.SIGALRM, lambda *a: fired.append(1))
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
time.sleep(0.9)
reached(len(fired))
""",
    ),
    _attack(
        "swallow-everything",
        "catch whatever is raised in it and begin anew",
        """
import signal
def ring(*a):
    raise KeyboardInterrupt
signal.signal(signal.SIGALRM, ring)
signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
end = time.monotonic() + 0.9
caught = 0
while time.monotonic() < end:
    try:
        try:
            while time.monotonic() < end:
                pass
        except BaseException:
            caught += 1
            raise SystemExit
    except BaseException:
        continue
signal.setitimer(signal.ITIMER_REAL, 0)
reached(caught)
""",
    ),
    _attack(
        "spin-in-finally",
        "spin in a finally block that its own exit leads through",
        """
try:
    raise SystemExit(0)
finally:
    end = time.monotonic() + 0.9
    while time.monotonic() < end:
        pass
    reached()
""",
    ),
    _attack(
        "spin-in-flush",
        "go on after its end, in the flush of a standard output of its own making",
        """
class Stream:
    def write(self, text):
        return len(text)
    def flush(self):
        end = time.monotonic() + 0.9
        while time.monotonic() < end:
            pass
        os.write(1, b"REACHED after the end\\n")
sys.stdout = Stream()
""",
    ),
    _attack(
        "spin-in-str",
        "go on after its end, in the text of the exception that it ended with",
        """
class Slow(Exception):
    def __str__(self):
        end = time.monotonic() + 0.9
        while time.monotonic() < end:
            pass
        reached()
        return "slow"
raise Slow
""",
    ),
    _attack(
        "no-exit",
        "take away the call that ends its process, and go on where that should happen",
        """
end_process = os._exit
def stay(status):
    end = time.monotonic() + 0.9
    while time.monotonic() < end:
        pass
    os.write(1, b"REACHED after the end\\n")
    end_process(status)
os._exit = stay
""",
    ),
    _attack(
        "stop-the-clocks",
        "replace the clocks that Python shows by ones that stand still",
        """
end = time.perf_counter() + 0.9
tick = time.perf_counter
for name in ("time", "monotonic", "perf_counter", "process_time", "time_ns", "monotonic_ns"):
    setattr(time, name, lambda: 0)
while tick() < end:
    pass
reached(time.monotonic())
""",
    ),
    _attack(
        "stop-itself",
        "stop its own process, to be neither running nor ended",
        """
import signal
os.kill(os.getpid(), signal.SIGSTOP)
""",
    ),
    _attack(
        "wait-on-pipe",
        "wait for a pipe of its own that nobody writes to",
        """
import signal
def ring(*a):
    reached()
    os._exit(0)
signal.signal(signal.SIGALRM, ring)
reading, writing = os.pipe()
signal.setitimer(signal.ITIMER_REAL, 0.9)
os.read(reading, 1)
""",
    ),
    _attack(
        "wait-on-lock",
        "wait for a lock that it holds itself",
        """
import threading
lock = threading.Lock()
lock.acquire()
if not lock.acquire(timeout=0.9):
    reached()
""",
    ),
    _attack(
        "wait-on-futex",
        "wait in the kernel for a memory word that nobody changes, and hold the interpreter meanwhile",
        """
held = ctypes.PyDLL(None)
word, start = ctypes.c_int(7), time.monotonic()
limit = (ctypes.c_long * 2)(0, 900_000_000)
held.syscall(ctypes.c_long(calls["futex"]), ctypes.byref(word), ctypes.c_long(0), ctypes.c_long(7), ctypes.byref(limit), None)
if time.monotonic() - start > 0.8:
    reached()
""",
    ),
    _attack(
        "wait-for-signal",
        "wait for a signal",
        """
import signal
done = []
signal.signal(signal.SIGALRM, lambda *a: done.append(1))
signal.setitimer(signal.ITIMER_REAL, 0.9)
libc.pause()
reached(done)
""",
    ),
    _attack(
        "drip-output",
        "keep the zygote busy with single bytes, so that it does not look at its clock",
        """
end = time.monotonic() + 0.9
while time.monotonic() < end:
    os.write(1, b".")
print()
reached()
""",
    ),
    _attack(
        "close-output",
        "close its outputs, so that nothing of it is left to be watched",
        """
keep = os.dup(1)
os.close(1)
os.close(2)
time.sleep(0.9)
os.write(keep, b"REACHED\\n")
""",
    ),
    Attack(
        name="long-compile",
        family="time",
        aim="spend its time in the compiler, before its first line runs",
        defence="deadline",
        program='print("REACHED")\nraise SystemExit\n' + 'x = [1 + y, (2 - z) * w, {"a": f(b, c)}]\n' * 24_000,
        check=_CHECK,
        limits=Limits(wall_s=0.25, memory_mb=512),
        bare=True,
    ),
    _growing(
        "regex-backtracking",
        "have a regular expression try two to the power of n ways",
        "lambda n: re.match('(a|aa)+$', 'a' * n + 'b')",
        size=20,
        factor=1.04,
        before="import re\n",
    ),
    _growing(
        "huge-power",
        "raise a number to a power with millions of digits",
        "lambda n: 3 ** n",
        size=100_000,
        factor=1.5,
    ),
    _growing(
        "int-to-text",
        "turn a number of a million digits into text",
        "lambda n: str(7 << n)",
        size=20_000,
        factor=1.5,
        before="sys.set_int_max_str_digits(0)\n",
    ),
    _growing(
        "endless-iterator",
        "sum an iterator of C that has no end",
        "lambda n: sum(itertools.repeat(1, n))",
        size=1 << 16,
        factor=2,
        before="import itertools\n",
    ),
    _growing(
        "endless-search",
        "look for a number in a counter that never reaches it",
        "lambda n: n in itertools.count()",
        size=1 << 16,
        factor=2,
        before="import itertools\n",
    ),
    _growing(
        "colliding-hashes",
        "fill a set with numbers that all have the same hash",
        "lambda n: set(k * sys.hash_info.modulus for k in range(n)).__len__()",
        size=1 << 9,
        factor=1.5,
    ),
    _growing(
        "key-derivation",
        "derive a key with millions of rounds in OpenSSL",
        "lambda n: hashlib.pbkdf2_hmac('sha256', b'a', b'b', n)",
        size=1 << 12,
        factor=2,
        before="import hashlib\n",
    ),
    _growing(
        "sort-in-c",
        "sort in the C library with a comparison of the C library",
        "lambda n: libc.qsort((ctypes.c_char * n).from_buffer(bytearray(b'b\\0a\\0' * (n // 4))), n // 2, 2, libc.strcmp)",
        size=1 << 12,
        factor=2,
    ),
    _growing(
        "matrix-eigenvalues",
        "have numpy find the eigenvalues of a large matrix",
        "lambda n: np.linalg.eigvals(np.random.rand(n, n))",
        size=100,
        factor=1.3,
        before="import numpy as np\n",
    ),
    _growing(
        "sympy-expand",
        "have sympy expand a power into hundreds of thousands of terms",
        "lambda n: sp.expand((x + y + z + 1) ** n)",
        size=6,
        factor=1.3,
        before="import sympy as sp\nx, y, z = sp.symbols('x y z')\n",
    ),
)

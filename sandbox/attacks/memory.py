"""Attacks on memory: more of it than the limit, by every road that Python, the C library and the kernel offer; memory that is not
counted as the program's own; and recursion until the stack ends.

It does not cover memory that the kernel itself spends on what a program may do (page tables, open files): other limits bound that.
"""

from __future__ import annotations

from sandbox.attacks import checks
from sandbox.attacks.attack import Attack, Check, Defence
from sandbox.base import Limits

__all__ = ["ATTACKS"]

LIMIT, SLACK = 64, 16
SUCCESS = (checks.no_success,)
WITHIN = (checks.peak_within(LIMIT + SLACK),)
SMALL = Limits(wall_s=5, memory_mb=LIMIT)


def _attack(
    name: str,
    aim: str,
    program: str,
    *,
    defence: Defence = "memory",
    check: tuple[Check, ...] = WITHIN,
    limits: Limits = SMALL,
) -> Attack:
    return Attack(name=name, family="memory", aim=aim, defence=defence, program=program, check=check, limits=limits)


_MMAP = """
import mmap
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]

def take(size, flags):
    place = libc.mmap(None, size, 3, flags, -1, 0)
    if place == ctypes.c_void_p(-1).value:
        raise MemoryError
    return place
"""

_PYTHON = (
    _attack("array", "hold an array of 160 MB", "import numpy as np\nkept = np.ones(20_000_000)\n"),
    _attack(
        "outer-product",
        "make a small array large by multiplying it with itself",
        "import numpy as np\nkept = np.multiply.outer(np.arange(4500.0), np.ones(4500))\n",
    ),
    _attack("integer", "hold an integer of 160 MB", "kept = (1 << 8 * 160_000_000) - 1\n"),
    _attack("text", "hold a text of 160 MB", 'kept = "sangaku " * 20_000_000\n'),
    _attack("list", "hold a list of 20 million places", "kept = [None] * 20_000_000\n"),
    _attack(
        "growing-bytes",
        "let a byte array grow bit by bit",
        """
kept = bytearray()
while len(kept) < 160_000_000:
    kept += bytes(4_000_000)
""",
    ),
    _attack(
        "small-objects",
        "hold a great many small objects",
        "kept = [[] for _ in range(2_000_000)]\n",
        limits=Limits(wall_s=5, memory_mb=32),
    ),
    _attack(
        "uncollected-cycles",
        "let rubbish lie that refers to itself, with the collector switched off",
        """
import gc
gc.disable()
for _ in range(40):
    waste = [bytearray(4_000_000)]
    waste.append(waste)
""",
    ),
    _attack(
        "wide-format",
        "have a number written with very many places",
        'kept = f"{1:{160_000_000}}"\n',
    ),
    _attack(
        "replacement",
        "replace each letter of a text by a longer text",
        'kept = ("a" * 10_000).replace("a", "b" * 16_000)\n',
    ),
    _attack(
        "text-of-a-small-tree",
        "write out a list that holds the same text again and again",
        """
tree = ["a" * 1_000_000]
for _ in range(7):
    tree = [tree, tree]
kept = repr(tree)
""",
    ),
    _attack(
        "pattern",
        "have a pattern remember each of its steps back",
        """
import re
re.match("(?:(a)|b)*$", "a" * 1_500_000 + "c")
""",
    ),
    _attack(
        "decompression",
        "unpack a small packet that holds 160 MB",
        """
import zlib
packer, block = zlib.compressobj(1), bytes(8_000_000)
packet = b"".join(packer.compress(block) for _ in range(20)) + packer.flush()
kept = zlib.decompress(packet)
""",
    ),
    _attack(
        "polynomial",
        "have sympy write down a short polynomial with all its coefficients that are zero",
        'import sympy\nkept = sympy.Poly(sympy.Symbol("x") ** 12_000_000 + 1)\n',
        limits=Limits(wall_s=5, memory_mb=32),
    ),
    _attack(
        "after-every-refusal",
        "go on asking after each refusal, with ever smaller wishes",
        """
kept, wish = [], 1 << 25
while wish > 1 << 12 and sum(map(len, kept)) < 200_000_000:
    try:
        kept.append(bytearray(wish))
    except MemoryError:
        wish //= 2
""",
    ),
    _attack(
        "deep-calls",
        "call itself until memory ends, without Python's own limit",
        """
sys.setrecursionlimit(1 << 30)

def call(left):
    kept = bytes(1000)
    if left:
        call(left - 1)

call(120_000)
""",
    ),
    _attack(
        "after-lifting-the-limit",
        "lift its limit before it takes the memory",
        """
import resource
for raised in ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), (1 << 40, resource.RLIM_INFINITY)):
    try:
        resource.setrlimit(resource.RLIMIT_AS, raised)
    except (OSError, ValueError):
        pass
kept = b"x" * 160_000_000
""",
    ),
)

_KERNEL = (
    _attack(
        "mapping",
        "map memory of its own",
        "import mmap\nkept = mmap.mmap(-1, 160_000_000)\nkept.write(b'x' * 160_000_000)\n",
    ),
    _attack(
        "unbacked-mapping",
        "reserve more addresses than the machine has memory for",
        _MMAP + "reached(hex(take(1 << 42, 0x4022)))\n",
        check=SUCCESS,
    ),
    _attack(
        "growing-mapping",
        "let a small mapping grow",
        _MMAP
        + """
place = take(1 << 20, 0x22)
libc.mremap.restype = ctypes.c_void_p
libc.mremap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int]
place = libc.mremap(place, 1 << 20, 160_000_000, 1)
if place != ctypes.c_void_p(-1).value:
    ctypes.memset(place, 1, 160_000_000)
""",
    ),
    _attack(
        "program-break",
        "move the end of its data upwards",
        """
libc.sbrk.restype = ctypes.c_void_p
libc.sbrk.argtypes = [ctypes.c_ssize_t]
place = libc.sbrk(160_000_000)
if place != ctypes.c_void_p(-1).value:
    ctypes.memset(place, 1, 160_000_000)
""",
    ),
    _attack(
        "huge-pages",
        "touch one byte of every huge page, and so hold all of it",
        _MMAP
        + """
place = take(160_000_000, 0x22)
libc.madvise(ctypes.c_void_p(place), ctypes.c_size_t(160_000_000), 14)
for offset in range(0, 160_000_000, 4096):
    ctypes.memset(place + offset, 1, 1)
""",
    ),
    _attack(
        "forgotten-pages",
        "fill shared memory piece by piece and have each piece no longer counted as its own",
        _MMAP
        + """
place = take(160_000_000, 0x21)
for offset in range(0, 160_000_000, 8_192_000):
    size = min(8_192_000, 160_000_000 - offset)
    ctypes.memset(place + offset, 7, size)
    libc.madvise(ctypes.c_void_p(place + offset), ctypes.c_size_t(size), 4)
reached(ctypes.string_at(place, 4).hex(), ctypes.string_at(place + 159_999_000, 4).hex())
""",
        check=SUCCESS,
    ),
    _attack(
        "memory-files",
        "hold memory in files that are in no file system and that it never maps",
        """
kept = []
for number in range(20):
    kept.append(os.memfd_create(f"part{number}"))
    os.write(kept[-1], b"x" * 8_000_000)
reached(sum(os.fstat(file).st_size for file in kept))
""",
        defence="kernel",
        check=SUCCESS,
    ),
    _attack(
        "detached-segments",
        "fill segments of shared memory and let go of them, so that they stay without an owner",
        """
libc.shmat.restype = ctypes.c_void_p
segments = []
try:
    for _ in range(20):
        segments.append(syscall("shmget", 0, 8_000_000, 0o600))
        place = libc.shmat(segments[-1], None, 0)
        ctypes.memset(place, 1, 8_000_000)
        libc.shmdt(ctypes.c_void_p(place))
    reached(len(segments))
finally:
    for segment in segments:
        syscall("shmctl", segment, 0, None)
""",
        defence="kernel",
        check=SUCCESS,
    ),
    _attack(
        "named-shared-memory",
        "hold memory under a name that other processes see",
        """
import _posixshmem
kept = []
for number in range(20):
    name = f"/{scene['token']}-{number}"
    kept.append(_posixshmem.shm_open(name, os.O_CREAT | os.O_RDWR, mode=0o600))
    _posixshmem.shm_unlink(name)
    os.write(kept[-1], b"x" * 8_000_000)
reached(len(kept))
""",
        defence="writing",
        check=SUCCESS,
    ),
    _attack(
        "large-pipes",
        "hold memory in pipes, which is the kernel's and no part of its own",
        """
import fcntl
kept = []
while len(kept) < 24:
    end, start = os.pipe()
    fcntl.fcntl(start, 1031, 1 << 20)
    os.set_blocking(start, False)
    kept.append(os.write(start, bytes(1 << 20)))
reached(sum(kept))
""",
        defence="kernel",
        check=SUCCESS,
    ),
    _attack(
        "record-locks",
        "have the kernel keep a great many records of locks on files",
        """
import fcntl, json
names = [entry.path for entry in os.scandir(os.path.dirname(json.__file__)) if entry.is_file()][:20]
for name in names:
    file = os.open(name, os.O_RDONLY)
    for place in range(800, 0, -1):
        fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB, 1, 2 * place)
reached(800 * len(names))
""",
        defence="kernel",
        check=SUCCESS,
    ),
    _attack(
        "timers",
        "have the kernel keep a great many timers",
        """
timer = ctypes.c_int()
for _ in range(5000):
    syscall("timer_create", 1, None, ctypes.byref(timer))
reached("5000 timers")
""",
        defence="kernel",
        check=SUCCESS,
    ),
    _attack(
        "waiting-signals",
        "fill the store of waiting signals that all processes of its user share",
        """
import signal
came = []
take = ctypes.CFUNCTYPE(None, ctypes.c_int)(came.append)  # not through Python, which would take them for one
libc.signal(int(signal.SIGRTMIN), take)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGRTMIN])
for _ in range(3000):
    os.kill(os.getpid(), signal.SIGRTMIN)
signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGRTMIN])
if len(came) > 2000:
    reached(len(came))
""",
        check=SUCCESS,
    ),
    _attack(
        "locked-mapping",
        "map memory that the kernel may not put aside",
        _MMAP + "reached(hex(take(32768, 0x2022)))\n",
        defence="kernel",
        check=SUCCESS,
    ),
    _attack(
        "lock-page",
        "lock a page of its memory",
        """
page = ctypes.create_string_buffer(4096)
syscall("mlock", ctypes.addressof(page), 4096)
reached()
""",
        defence="kernel",
        check=SUCCESS,
    ),
    _attack(
        "lock-all",
        "have all the memory that it will take locked",
        """
syscall("mlockall", 2)
reached()
""",
        defence="kernel",
        check=SUCCESS,
    ),
    _attack(
        "limit-behind-zero",
        "set a limit from an address whose lower half is zero, as that of no limit is",
        _MMAP
        + """
place = libc.mmap(1 << 33, 4096, 3, 0x100032, -1, 0)
ctypes.memmove(place, (ctypes.c_uint64 * 2)(20, 20), 16)
syscall("prlimit64", 0, 7, place, None)
reached(hex(place))
""",
        defence="kernel",
        check=SUCCESS,
    ),
)

_STACK = (
    _attack(
        "deep-c-calls",
        "break the interpreter by recursion in the C library",
        """
pattern = ctypes.create_string_buffer(256)
libc.regcomp(pattern, b"(" * 400_000, 1)
""",
        defence="fork",
        check=(checks.no_success,),
    ),
)

ATTACKS: tuple[Attack, ...] = (*_PYTHON, *_KERNEL, *_STACK)

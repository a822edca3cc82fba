"""Attacks on the next program: everything that one program can change in the interpreter, the libraries and the process it runs in.

A second program, or the runner's harmless one, runs right after in the same worker and must not see any of it. It does not cover
files that are left behind (that is the family `files`), nor what a program could tell the next by timing.
"""

from __future__ import annotations

from sandbox.attacks import checks
from sandbox.attacks.attack import Attack, Check
from sandbox.base import Status

__all__ = ["ATTACKS"]


def _attack(name: str, aim: str, program: str, *check: Check, follow: str = "") -> Attack:
    return Attack(
        name=name,
        family="poison",
        aim=aim,
        defence="fork",
        program=program,
        check=check or (checks.status(Status.OK),),
        follow=follow,
    )


def _seen(name: str, aim: str, program: str, follow: str, right: str) -> Attack:
    """``follow`` prints ``right`` where nothing went before it."""
    return _attack(name, aim, program, checks.stdout_is(right + "\n"), follow=follow)


def _ending(name: str, aim: str, program: str) -> Attack:
    """Without a process of its own it ends the worker."""
    return _attack(name, aim, program, checks.status(Status.KILLED, Status.RUNTIME_ERROR, Status.OK))


ATTACKS: tuple[Attack, ...] = (
    _attack(
        "math-function",
        "replace a function of the module math",
        "import math\nmath.factorial = lambda n: 7\nmath.pi = 3.0\n",
    ),
    _attack(
        "numpy-function",
        "replace a function of numpy",
        "import numpy as np\nnp.arange = lambda n: np.zeros(6, dtype=int)\n",
    ),
    _attack(
        "sympy-function",
        "replace a function of sympy",
        "import sympy as sp\nsp.solve = lambda *a: [42]\nsp.integrate = sp.solve\n",
    ),
    _attack(
        "sympy-number",
        "change a number of which sympy keeps only one",
        "import sympy as sp\nsp.Integer(2).p = 3\n",
    ),
    _attack(
        "sympy-assumptions",
        "change what sympy knows of a constant",
        """
import sympy as sp
sp.pi.is_positive
sp.pi._assumptions.clear()
type(sp.pi).evalf = lambda self, *a, **k: sp.Integer(3)
type(sp.E).__gt__ = lambda self, other: sp.true
""",
    ),
    _seen(
        "sympy-cache",
        "put a wrong result into one of sympy's caches",
        """
import sympy as sp
x = sp.Symbol("x")
sp.cos(x + sp.pi / 7).args[0]._args = (sp.Integer(0),)
sp.cos(x + sp.pi / 7)._args = (sp.Integer(5),)
""",
        "import sympy as sp\nx = sp.Symbol('x')\nprint(sp.cos(x + sp.pi / 7))\n",
        "cos(x + pi/7)",
    ),
    _attack(
        "sympy-printer",
        "change how sympy prints",
        "import sympy as sp\nsp.StrPrinter._print_Pow = lambda self, expression, **k: 'evil'\n",
    ),
    _seen(
        "mpmath-precision",
        "lower the precision of mpmath",
        "import mpmath\nmpmath.mp.dps = 3\n",
        "import mpmath\nprint(mpmath.mp.dps, mpmath.sqrt(2))\n",
        "15 1.4142135623731",
    ),
    _seen(
        "numpy-printing",
        "change how numpy prints",
        "import numpy as np\nnp.set_printoptions(precision=2, threshold=3)\n",
        "import numpy as np\nprint(np.array([1 / 3, 0, 0, 0]))\n",
        "[0.33333333 0.         0.         0.        ]",
    ),
    _seen(
        "numpy-errors",
        "have numpy raise where it warns",
        "import numpy as np\nnp.seterr(all='raise')\n",
        "import numpy as np\nprint(np.geterr()['over'], np.float64(1e308) * 10)\n",
        "warn inf",
    ),
    _seen(
        "numpy-constants",
        "change what numpy keeps of a number type",
        """
import numpy as np
np.finfo(np.float64).__dict__["eps"] = np.float64(0.5)
np.finfo(np.float64).eps = np.float64(0.5)
""",
        "import numpy as np\nprint(np.finfo(np.float64).eps < 1e-10)\n",
        "True",
    ),
    _attack(
        "numpy-generator",
        "replace the source of numpy's random numbers",
        "import numpy as np\nnp.random.set_bit_generator(np.random.PCG64(1))\n",
    ),
    _attack(
        "random-seeding",
        "take the seeding of random numbers away",
        "import random\nrandom.random()\nrandom.seed = lambda *a: None\n",
    ),
    _attack(
        "decimal-context",
        "lower the precision of decimal numbers",
        "import decimal\ndecimal.getcontext().prec = 5\ndecimal.DefaultContext.prec = 5\n",
    ),
    _attack(
        "regex-cache",
        "put a wrong pattern into the cache of regular expressions",
        """
import re
wrong = re.compile("n")
for name in ("_cache", "_cache2"):
    if hasattr(re, name):
        getattr(re, name)[str, "a", 0] = wrong
""",
    ),
    _attack(
        "function-code",
        "replace the code of a function that others have already imported",
        "import statistics\nstatistics.mean.__code__ = (lambda data: 5).__code__\n",
    ),
    _attack(
        "builtin-function",
        "replace a builtin function",
        "import builtins\nbuiltins.sum = lambda *a: 7\nbuiltins.sorted = lambda values: 'evil'\n",
    ),
    _attack(
        "module-table",
        "put a module of its own in the place of another",
        """
import types
sys.modules["fractions"] = types.SimpleNamespace(Fraction=lambda *a: "evil")
""",
    ),
    _attack(
        "module-search-path",
        "leave nothing to import from",
        "import sympy\nsys.path.clear()\nsys.meta_path.clear()\nsys.modules.pop('statistics', None)\n",
    ),
    _seen(
        "type-dictionary",
        "change a method of text through the dictionary behind its type",
        """
import gc
gc.get_referents(str.__dict__)[0]["upper"] = lambda self: "evil"
ctypes.pythonapi.PyType_Modified(ctypes.py_object(str))
""",
        "print('abc'.upper())\n",
        "ABC",
    ),
    _seen(
        "abstract-classes",
        "have text count as a number",
        "import numbers\nnumbers.Number.register(str)\n",
        "import numbers\nprint(isinstance('abc', numbers.Number))\n",
        "False",
    ),
    _seen(
        "error-handler",
        "register an error handler for text",
        "import codecs\ncodecs.register_error('ours', lambda error: ('', error.end))\n",
        """
import codecs
try:
    print(b"\\xff".decode("utf-8", "ours"))
except LookupError:
    print("unknown")
""",
        "unknown",
    ),
    _seen(
        "warning-filters",
        "have warnings raised as errors",
        "import warnings\nwarnings.simplefilter('error')\n",
        """
import warnings
try:
    warnings.warn("mild")
    print("warned")
except UserWarning:
    print("raised")
""",
        "warned",
    ),
    _seen(
        "recursion-limit",
        "lower the depth of calls",
        "sys.setrecursionlimit(60)\n",
        "def depth(n):\n    return n and 1 + depth(n - 1)\nprint(depth(300))\n",
        "300",
    ),
    _seen(
        "digits-limit",
        "lower the number of digits that can be printed",
        "sys.set_int_max_str_digits(640)\n",
        "print(len(str(10 ** 3000)))\n",
        "3001",
    ),
    _seen(
        "environment",
        "leave a variable in the environment",
        "os.environ['LEFT'] = 'evil'\n",
        "print(os.environ.get('LEFT'))\n",
        "None",
    ),
    _seen(
        "working-directory",
        "leave the program in another directory",
        "os.chdir('/usr/lib')\n",
        "print(os.getcwd() == '/usr/lib')\n",
        "False",
    ),
    _seen(
        "file-mode-mask",
        "change the mask of file modes",
        "os.umask(0o123)\n",
        "print(os.umask(0o022) == 0o123)\n",
        "False",
    ),
    _seen(
        "time-zone",
        "change the time zone",
        "os.environ['TZ'] = 'XYZ-5'\ntime.tzset()\ndel os.environ['TZ']\n",
        "print(time.localtime(0).tm_hour, time.tzname[0])\n",
        "0 UTC",
    ),
    _seen(
        "locale",
        "change the locale",
        "import locale\nlocale.setlocale(locale.LC_ALL, 'C')\n",
        "import locale\nprint(locale.setlocale(locale.LC_CTYPE))\n",
        "C.UTF-8",
    ),
    _seen(
        "rounding-mode",
        "have the processor round up",
        """
import platform
up = 0x800 if platform.machine() == "x86_64" else 0x400000
assert ctypes.CDLL("libm.so.6").fesetround(up) == 0
""",
        "one, three = float(1), float(3)\nprint((one / three).hex())\n",
        "0x1.5555555555555p-2",
    ),
    _seen(
        "signal-handler",
        "leave a signal ignored",
        "import signal\nsignal.signal(signal.SIGUSR1, signal.SIG_IGN)\n",
        "import signal\nprint(signal.getsignal(signal.SIGUSR1) == signal.SIG_DFL)\n",
        "True",
    ),
    _seen(
        "signal-mask",
        "leave a signal blocked",
        "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])\n",
        "import signal\nprint(len(signal.pthread_sigmask(signal.SIG_BLOCK, [])))\n",
        "0",
    ),
    _seen(
        "interval-timer",
        "leave a timer behind that rings in the next program",
        """
import signal
signal.signal(signal.SIGALRM, lambda *a: print("evil"))
signal.setitimer(signal.ITIMER_REAL, 0.05)
""",
        "time.sleep(0.15)\nprint('done')\n",
        "done",
    ),
    _seen(
        "kernel-timer",
        "leave a timer of the kernel behind that ends the next program",
        """
import signal
class Event(ctypes.Structure):
    _fields_ = [("value", ctypes.c_void_p), ("signo", ctypes.c_int), ("notify", ctypes.c_int), ("room", ctypes.c_char * 48)]
class Times(ctypes.Structure):
    _fields_ = [("every", ctypes.c_long * 2), ("first", ctypes.c_long * 2)]
timer = ctypes.c_int()
syscall("timer_create", 1, ctypes.byref(Event(None, signal.SIGKILL, 0)), ctypes.byref(timer))
syscall("timer_settime", timer.value, 0, ctypes.byref(Times((0, 0), (0, 50_000_000))), None)
""",
        "time.sleep(0.15)\nprint('done')\n",
        "done",
    ),
    _seen(
        "collector-threshold",
        "have the garbage collector never run",
        "import gc\ngc.set_threshold(0)\n",
        "import gc\nprint(gc.get_threshold()[0] > 0)\n",
        "True",
    ),
    _seen(
        "collector-callback",
        "have a function of its own called at every collection",
        "import gc\ngc.callbacks.append(lambda phase, info: print(phase))\n",
        "import gc\ngc.collect()\nprint('done')\n",
        "done",
    ),
    _seen(
        "exception-hook",
        "leave a hook behind for errors that cannot be raised",
        "sys.unraisablehook = lambda error: print('evil')\n",
        "class Late:\n    def __del__(self):\n        1 / 0\nLate()\nprint('done')\n",
        "done",
    ),
    _seen(
        "descriptor-flags",
        "change the flags of the standard input, which every program is given",
        "import fcntl\nfcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_NONBLOCK | os.O_APPEND)\n",
        "import fcntl\nprint(fcntl.fcntl(0, fcntl.F_GETFL) & (os.O_NONBLOCK | os.O_APPEND))\n",
        "0",
    ),
    Attack(
        name="lock-left-behind",
        family="poison",
        aim="leave a lock on a file of the host when it ends, through the standard input",
        defence="fork",
        program="import fcntl\nfcntl.flock(0, fcntl.LOCK_EX | fcntl.LOCK_NB)\n",
        check=(checks.no_lock,),
        needs=lambda profile: checks.lock_holder(),
    ),
    _seen(
        "standard-input",
        "have the next program read an input of its making",
        """
import io
reading, writing = os.pipe()
os.write(writing, b"evil\\n")
os.dup2(reading, 0)
sys.stdin = open(0)
""",
        "try:\n    print(repr(sys.stdin.read(4) if sys.stdin else ''))\nexcept OSError:\n    print('error')\n",
        "''",
    ),
    _seen(
        "open-descriptor",
        "leave a descriptor open for the next program, with a message in it",
        "reading, writing = os.pipe()\nos.write(writing, b'evil')\nos.dup2(reading, 60)\n",
        """
try:
    print(os.read(60, 4))
except OSError:
    print("closed")
""",
        "closed",
    ),
    _attack(
        "close-descriptors",
        "close every descriptor by which the worker speaks with the host",
        "os.closerange(3, 256)\n",
    ),
    _seen(
        "small-number",
        "change the value of a number of which the interpreter keeps only one",
        "ctypes.c_uint32.from_address(id(201) + int.__basicsize__).value = 7\n",
        "print(100 + int('101'))\n",
        "201",
    ),
    _seen(
        "shared-letter",
        "change a letter of which the interpreter keeps only one",
        """
letter = chr(126)
ctypes.memset(id(letter) + sys.getsizeof(letter) - 2, ord("x"), 1)
""",
        "print(chr(126))\n",
        "~",
    ),
    _seen(
        "shared-float",
        "change the value of a constant",
        """
import math
ctypes.c_double.from_address(id(math.e) + float.__basicsize__ - 8).value = 3.0
""",
        "import math\nprint(round(math.e, 3))\n",
        "2.718",
    ),
    _seen(
        "machine-code",
        "change the code of a mathematical function in memory",
        """
import platform
address = ctypes.cast(ctypes.CDLL("libm.so.6").cos, ctypes.c_void_p).value
page = os.sysconf("SC_PAGE_SIZE")
libc.mprotect(ctypes.c_void_p(address // page * page), ctypes.c_size_t(2 * page), 7)
give_back = b"\\xc3" if platform.machine() == "x86_64" else bytes.fromhex("c0035fd6")
ctypes.memmove(address, give_back, len(give_back))
""",
        "import math\nprint(round(math.cos(1.0), 3))\n",
        "0.54",
    ),
    _ending(
        "hash-secret",
        "change the number that all hashes of text depend on",
        """
ctypes.memset(ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, "_Py_HashSecret")), 90, 24)
exec("class Fresh:\\n    value = 1")
""",
    ),
    _ending(
        "heap",
        "destroy the heap of the C library",
        """
libc.malloc.restype = ctypes.c_void_p
ctypes.memset(libc.malloc(2000) - 16, 65, 4000)
for size in range(64, 4000, 64):
    libc.malloc(size)
""",
    ),
    _ending(
        "type-of-numbers",
        "destroy the type that all whole numbers share",
        "ctypes.memset(id(int) + object.__basicsize__, 0, int.__class__.__basicsize__ - object.__basicsize__)\n",
    ),
)

"""Attacks through the interpreter: ways around the guarded import, evaluation by libraries, frames, and the worker's own objects.

Most aim at something real behind them: a process, the secret, a file, the report, the next program. The guarded import is no
boundary, and most of these walk around it; what they meet then is the kernel. It does not cover defects of the interpreter.
"""

from __future__ import annotations

from sandbox.attacks import checks
from sandbox.attacks.attack import QUICK, Attack, Check, Defence
from sandbox.base import Limits, Status

__all__ = ["ATTACKS"]

_FORK = """
child = fork()
if child == 0:
    leave(0)
wait(child, 0)
print("REACHED", child)
"""
"""A process is started, ended and waited for."""

_TEXT = "__import__('os').waitpid(__import__('os').fork() or __import__('os')._exit(0), 0)"

_FORGED = "FORGED: it all went well\n"


def _attack(
    name: str,
    aim: str,
    defence: Defence,
    program: str,
    *check: Check,
    bare: bool = False,
    follow: str = "",
    limits: Limits = QUICK,
) -> Attack:
    return Attack(
        name=name,
        family="python",
        aim=aim,
        defence=defence,
        program=program,
        check=check,
        bare=bare,
        follow=follow,
        limits=limits,
    )


def _process(name: str, aim: str, program: str) -> Attack:
    """``program`` finds the module ``os``."""
    end = "fork, leave, wait = os.fork, os._exit, os.waitpid" + _FORK
    return _attack(name, aim, "processes", program + end, checks.no_success, bare=True)


def _evaluated(name: str, aim: str, program: str) -> Attack:
    """``program`` has a library evaluate ``text``, which starts a process and waits for its end."""
    return _attack(
        name,
        aim,
        "processes",
        f'text = "{_TEXT}"\n{program}print("REACHED", seen)\n',
        checks.no_success,
        bare=True,
    )


def _refused(name: str, aim: str, program: str) -> Attack:
    return _attack(
        name,
        aim,
        "allow-list",
        f'{program}print("REACHED", os.getpid())\n',
        checks.no_success,
        checks.status(Status.POLICY),
        bare=True,
    )


def _read(name: str, aim: str, program: str) -> Attack:
    return _attack(name, aim, "reading", program, checks.no_success, checks.no_secret)


ATTACKS: tuple[Attack, ...] = (
    _refused("plain-import", "import a module that is not on the list", "import os\n"),
    _refused("import-by-name", "import it by calling the function behind the statement", "os = __import__('os')\n"),
    _refused(
        "import-in-exec",
        "import it in code that is run with globals of its own",
        "names = {}\nexec('import os', names)\nos = names['os']\n",
    ),
    _refused(
        "import-in-class",
        "import it in the body of a class, in a function made from a code object",
        """
code = compile("class Box:\\n    import os\\nbox = Box", "inner", "exec")
names = {}
type(lambda: 0)(code, names)()
os = names["box"].os
""",
    ),
    _process(
        "subclass-walk",
        "reach os through the subclasses of object, and start a process",
        """
wrap = next(c for c in ().__class__.__base__.__subclasses__() if c.__name__ == "_wrap_close")
os = type("os", (), {name: staticmethod(wrap.__init__.__globals__[name]) for name in ("fork", "_exit", "waitpid")})
""",
    ),
    _process(
        "module-attribute",
        "reach os as an attribute of an allowed module, and start a process",
        "import random\nos = random._os\n",
    ),
    _process(
        "lying-text",
        "ask for os by a text that the allow-list takes for another name, and start a process",
        """
class Name(str):
    def partition(self, mark):
        return ("math", "", "")
os = __import__(Name("os"))
""",
    ),
    _process(
        "guard-closure",
        "take the real import out of the guarded one's closure, and start a process",
        """
cells = dict(zip(__import__.__code__.co_freevars, __import__.__closure__))
os = cells["real"].cell_contents("os")
""",
    ),
    _process(
        "guard-globals",
        "replace the function that looks names up in the allow-list, and start a process",
        """
__import__.__globals__["allowed"] = lambda name: True
import os
""",
    ),
    _process(
        "borrowed-builtins",
        "run an import with the builtins of an allowed module, and start a process",
        """
import sympy
names = {"__builtins__": sympy.__builtins__}
exec("import os", names)
os = names["os"]
""",
    ),
    _process(
        "traceback-frames",
        "walk from a traceback to the frames of the worker, and start a process with what is there",
        """
try:
    1 / 0
except ZeroDivisionError as error:
    frame = error.__traceback__.tb_frame
while "os" not in frame.f_globals or "execute" not in frame.f_globals:
    frame = frame.f_back
os = frame.f_globals["os"]
""",
    ),
    _process(
        "generator-frames",
        "walk from a generator that runs to the frames of the worker, and start a process with what is there",
        """
walk = (walk.gi_frame.f_back.f_back for _ in (1,))
frame = next(walk)
os = frame.f_globals["os"]
""",
    ),
    _process(
        "import-machinery",
        "reach the import system through the loader of an allowed module, and start a process",
        """
import decimal
os = decimal.__loader__.get_data.__globals__["sys"].modules["os"]
""",
    ),
    _process(
        "decorated-function",
        "reach os through the globals that a function of the standard library was made in, and start a process",
        """
import contextlib
os = contextlib.chdir.__enter__.__globals__["os"]
""",
    ),
    _process(
        "module-by-class",
        "go by the module of a numpy class to the table of all modules, and start a process",
        """
import numpy
numbers = numpy.lib.NumpyVersion.__init__.__globals__
os = numbers["__builtins__"]["__import__"]("posix")
""",
    ),
    _evaluated(
        "sympify", "have sympy evaluate a text that starts a process", "import sympy\nseen = sympy.sympify(text)\n"
    ),
    _evaluated(
        "parse-expr",
        "have sympy's parser evaluate a text that starts a process, without its transformations",
        """
from sympy.parsing.sympy_parser import eval_expr
seen = eval_expr(text, {}, {})
""",
    ),
    _evaluated(
        "lambdify",
        "have sympy compile a text into a function that starts a process",
        """
import sympy
class Text(sympy.Symbol):
    def _sympystr(self, printer):
        return text
    _pythoncode = _numpycode = _sympystr
seen = sympy.lambdify([], Text("a"), modules="math")()
""",
    ),
    _attack(
        "unpickle",
        "have a pickle start a process when it is read",
        "processes",
        f"""
import pickle
class Job:
    def __reduce__(self):
        return eval, ({_TEXT!r},)
reached(pickle.loads(pickle.dumps(Job())))
""",
        checks.no_success,
    ),
    _attack(
        "numpy-load",
        "have numpy read an array of objects that starts a process",
        "processes",
        f"""
import io, numpy as np
class Job:
    def __reduce__(self):
        return eval, ({_TEXT!r},)
file = io.BytesIO()
np.save(file, np.array([Job(), None], dtype=object), allow_pickle=True)
reached(np.load(io.BytesIO(file.getvalue()), allow_pickle=True)[0])
""",
        checks.no_success,
    ),
    _read(
        "numpy-fromfile",
        "read the secret through numpy, which opens files itself",
        """
import numpy as np
print(np.fromfile(scene["secret_path"], dtype=np.uint8).tobytes().decode())
""",
    ),
    _read(
        "numpy-memmap",
        "map the secret into an array",
        """
import numpy as np
print(bytes(np.memmap(scene["secret_path"], dtype=np.uint8, mode="r")).decode())
""",
    ),
    _read(
        "source-loader",
        "have the import system load the secret as source",
        """
from importlib.machinery import SourceFileLoader
print(SourceFileLoader("secret", scene["secret_path"]).get_data(scene["secret_path"]).decode())
""",
    ),
    _read(
        "c-stdio",
        "read the secret through the C library's streams",
        """
libc.fopen.restype = ctypes.c_void_p
libc.fgets.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p]
stream = libc.fopen(scene["secret_path"].encode(), b"r")
text = ctypes.create_string_buffer(200)
if stream:
    libc.fgets(text, 200, stream)
print(text.value.decode())
""",
    ),
    _attack(
        "format-walk",
        "have a format string show the environment of the host",
        "environment",
        """
import random
print("{0._os.environ._data}".format(random))
""",
        checks.no_secret,
        bare=True,
    ),
    _attack(
        "environment-on-the-stack",
        "find the host's environment where the kernel laid it when the worker began",
        "environment",
        """
start = ctypes.c_void_p.in_dll(libc, "program_invocation_name").value
reading, writing = os.pipe()
found = b""
libc.write.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t]
for at in range(start & ~0xFFF, start + (64 << 12), 4096):
    if libc.write(writing, at, 4096) != 4096:
        break
    found += os.read(reading, 4096)
place = found.find(scene["variable"].encode())
if place >= 0:
    print(found[place : place + 80])
""",
        checks.no_secret,
    ),
    _attack(
        "numpy-tofile",
        "write a file of the host through numpy, which opens files itself",
        "writing",
        """
import numpy as np
np.arange(3).tofile(scene["folder"] + "/array")
""",
        checks.no_writing,
    ),
    _attack(
        "fault-log",
        "have the interpreter log into a file of the host",
        "writing",
        """
log = open(scene["precious_path"], "ab", buffering=0)
import faulthandler
faulthandler.dump_traceback(log)
""",
        checks.no_writing,
    ),
    _attack(
        "compiled-file",
        "have the compiler write its result into a folder of the host",
        "writing",
        """
import py_compile
py_compile.compile(os.__file__, cfile=scene["folder"] + "/cache/module.pyc", doraise=True)
""",
        checks.no_writing,
    ),
    _attack(
        "zygote-from-frames",
        "find the zygote among the frames below its own, and have it send a forged report",
        "descriptors",
        f"""
frame = sys._getframe()
while "self" not in frame.f_locals or not hasattr(frame.f_locals["self"], "replies"):
    frame = frame.f_back
zygote = frame.f_locals["self"]
os.set_blocking(zygote.replies, False)
zygote.send({{"stopped": "", "exit_code": 0, "told": "ok", "confined": True, "spent": False, "stdout": {_FORGED!r},
    "stderr": "", "truncated": 0, "wall_s": 0.01, "peak_kb": 0, "oom_kills": 0}})
""",
        checks.stdout_is_not(_FORGED),
    ),
    _attack(
        "zygote-from-globals",
        "find the zygote's class and have it answer the next program's job itself",
        "fork",
        """
sys.modules["sandbox.worker.zygote"].Zygote.answer = lambda self, request: {"stopped": "", "exit_code": 0, "told": "ok",
    "confined": True, "spent": False, "stdout": "5", "stderr": "", "truncated": 0, "wall_s": 0.01, "peak_kb": 0, "oom_kills": 0}
""",
        checks.stdout_is("4\n"),
        follow="print(2 + 2)\n",
    ),
    _attack(
        "table-of-statuses",
        "have errors of the next program counted as good ends",
        "fork",
        """
table = sys.modules["sandbox.worker.child"].EXIT
for status in table:
    table[status] = "ok"
""",
        checks.status(Status.RUNTIME_ERROR),
        follow="1 / 0\n",
    ),
    _attack(
        "list-of-modules",
        "put every module on the allow-list for the next program",
        "fork",
        """
policy = __import__("sandbox.policy").policy
class All(frozenset):
    def __contains__(self, name):
        return True
policy.ALLOWED_MODULES = All()
""",
        checks.status(Status.POLICY),
        follow='__builtins__["__import__"] = sys.modules["sandbox.worker.guard"].program_builtins()["__import__"]\nimport socket\n',
    ),
    _attack(
        "report-writer",
        "replace the function that writes the zygote's reports",
        "fork",
        """
import json
real = json.dumps
json.dumps = lambda message, **options: real(message, **options).replace("good", "evil")
""",
        checks.stdout_is("good\n"),
        follow='print("good")\n',
    ),
    _attack(
        "import-hook",
        "stand before every import of the next program",
        "fork",
        """
import types
class Finder:
    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self) if name == "colorsys" else None
    def create_module(self, spec):
        return types.SimpleNamespace(rgb_to_hsv=lambda *a: "evil")
    def exec_module(self, module):
        pass
import importlib.machinery
sys.meta_path.insert(0, Finder())
""",
        checks.stdout_is("(0.0, 1.0, 1.0)\n"),
        follow="sys.modules.pop('colorsys', None)\nimport colorsys\nprint(colorsys.rgb_to_hsv(1.0, 0.0, 0.0))\n",
    ),
    _attack(
        "path-hook",
        "serve the next program's modules from a search path of its own",
        "fork",
        """
import importlib.machinery, types
class Finder:
    def __init__(self, path):
        if path != "memory:":
            raise ImportError
    def find_spec(self, name, target=None):
        return importlib.machinery.ModuleSpec(name, self) if name == "sndhdr_of_ours" else None
    def create_module(self, spec):
        return None
    def exec_module(self, module):
        print("evil")
sys.path_hooks.insert(0, Finder)
sys.path.insert(0, "memory:")
""",
        checks.stdout_is("no such module\n"),
        follow="""
try:
    import sndhdr_of_ours
except ImportError:
    print("no such module")
""",
    ),
    _attack(
        "trace-function",
        "leave a trace function behind that sees and changes every call",
        "fork",
        """
def trace(frame, event, argument):
    if event == "call" and frame.f_code.co_name == "answer":
        print("evil")
sys.settrace(trace)
""",
        checks.stdout_is("42\n"),
        follow="def answer():\n    return 42\nprint(answer())\n",
    ),
    _attack(
        "profile-function",
        "leave a profile function behind that hears of every call of C",
        "fork",
        """
def profile(frame, event, argument):
    if event == "c_call" and getattr(argument, "__name__", "") == "sorted":
        sys.stdout.write("evil\\n")
sys.setprofile(profile)
""",
        checks.stdout_is("[1, 2]\n"),
        follow="print(sorted([2, 1]))\n",
    ),
    _attack(
        "audit-hook",
        "leave an audit hook behind, which nothing can remove",
        "fork",
        """
def hook(event, arguments):
    if event == "compile":
        print("evil")
sys.addaudithook(hook)
""",
        checks.stdout_is("4\n"),
        follow='print(eval("2 + 2"))\n',
    ),
    _attack(
        "finalizer",
        "leave an object behind whose finalizer runs in the next program",
        "fork",
        """
import gc
gc.disable()
class Late:
    def __del__(self):
        print("evil")
late = Late()
late.itself = late
del late
""",
        checks.stdout_is("collected\n"),
        follow="import gc\ngc.collect()\nprint('collected')\n",
    ),
    _attack(
        "broken-code-object",
        "crash the interpreter that runs it by a code object with a constant that is not there",
        "fork",
        """
import opcode
load, more = opcode.opmap["LOAD_CONST"], opcode.opmap["EXTENDED_ARG"]
def broken(x):
    return x, 3.5
code = broken.__code__.co_code
place = next(at for at in range(0, len(code), 2) if code[at] == load)
wrong = bytes([more, 127, more, 255, more, 255, load, 255])
broken.__code__ = broken.__code__.replace(co_code=code[:place] + wrong + code[place + 2 :])
broken(0)
""",
        checks.status(Status.KILLED, Status.RUNTIME_ERROR, Status.OK),
    ),
    _attack(
        "null-pointer",
        "crash the interpreter that runs it by reading at address zero",
        "fork",
        "ctypes.string_at(0)\n",
        checks.status(Status.KILLED),
    ),
    _attack(
        "end-the-interpreter",
        "end the process that runs it without a word",
        "fork",
        "os._exit(0)\n",
        checks.status(Status.OK),
    ),
)

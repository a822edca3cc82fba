"""Workers of the process backend that lack one defence. Nothing in the package can ask for one: the worker is changed here,
in its own process, before it starts. With them a test shows that an attack succeeds where its defence is taken away."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import sandbox
from sandbox.attacks.attack import Defence
from sandbox.attacks.scene import VARIABLE
from sandbox.handle import WORKER_ENV
from sandbox.pipes import PipeTransport
from sandbox.process import Process

__all__ = ["LAYERS", "Weakened"]

FILTER = "seccomp.install = lambda *a: None"
LANDLOCK = "landlock.restrict = lambda *a: None"
RIGHTS = "privileges.drop = lambda *a, **k: None"
DUMPABLE = (  # a change of user alone makes a process undumpable: it must be said again
    "privileges.prctl = (lambda real: lambda libc, option, *a: real(libc, option, *((1,) if option == 4 else a)))(privileges.prctl)"
)

YAMA = "import ctypes\nctypes.CDLL(None).prctl(0x59616D61, ctypes.c_ulong(-1), 0, 0, 0)"  # where it is: anybody may trace this one


def without_limit(name: str) -> str:
    return (
        "import resource\n"
        f"resource.setrlimit = (lambda real: lambda n, v: None if n == resource.{name} else real(n, v))(resource.setrlimit)"
    )


INLINE = '''
import contextlib, io, random, time
from sandbox.worker.guard import program_builtins
def inline(self, source, limits):
    """No fork: every program runs in the zygote itself. Seeded as a child is, or each would draw other random numbers."""
    import numpy, sympy
    out, started, status = io.StringIO(), time.monotonic(), 0
    random.seed(0), numpy.random.seed(0), sympy.core.random.seed(0)
    with contextlib.redirect_stdout(out):
        try:
            exec(compile(source, "program.py", "exec"), {"__builtins__": program_builtins(), "__name__": "__main__"})
        except BaseException as error:
            status = child.classify(error)
            out.write(repr(error))
    return {"stopped": "", "exit_code": status, "told": child.EXIT[status], "confined": True, "spent": False,
            "stdout": out.getvalue(), "stderr": "", "truncated": 0, "wall_s": time.monotonic() - started, "peak_kb": 0,
            "oom_kills": 0}
zygote.Zygote.answer = (lambda real: lambda self, request: inline(self, request["source"], request["limits"])
    if request["op"] == "run" else real(self, request))(zygote.Zygote.answer)
def receive(self, real=zygote.Zygote.receive):
    """A new process, forked from the clean one, for the programs between two resets."""
    while not hasattr(self, "serving"):
        pid = os.fork()
        if pid == 0:
            self.serving = True
        elif os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != 77:
            os._exit(0)
    request = real(self)
    if request and request["op"] == "reset":
        os._exit(77)
    return request
zygote.Zygote.receive = receive
'''

RING = without_limit("RLIMIT_MEMLOCK")  # newer kernels count the rings of io_uring as locked memory

LAYERS: dict[Defence, tuple[str, ...]] = {
    "sockets": (FILTER, LANDLOCK, RING),
    "processes": (FILTER, LANDLOCK),
    "signals": (FILTER, LANDLOCK),
    "tracing": (FILTER, LANDLOCK, DUMPABLE, YAMA),
    "reading": (LANDLOCK, FILTER, RING),  # the filter stands beneath it for the calls other than open
    "writing": (FILTER, LANDLOCK),
    "metadata": (FILTER,),
    "kernel": (FILTER, RING, without_limit("RLIMIT_SIGPENDING")),
    "privileges": (FILTER, LANDLOCK, RIGHTS),
    "descriptors": ("os.closerange = lambda *a: None",),
    "environment": ("type(os.environ).clear = lambda self: None",),
    "memory": (without_limit("RLIMIT_AS"), without_limit("RLIMIT_SIGPENDING")),
    "stack": (without_limit("RLIMIT_STACK"),),
    "file-size": (without_limit("RLIMIT_FSIZE"),),
    "open-files": (without_limit("RLIMIT_NOFILE"),),
    "scratch-size": (),  # here an ordinary directory stands for it
    "files-count": ("zygote.Zygote.too_many_files = lambda self: False",),
    "deadline": (
        "zygote.Zygote.watch = (lambda real: lambda self, pid, capture, deadline: real(self, pid, capture, deadline + 4))"
        "(zygote.Zygote.watch)",
        without_limit("RLIMIT_CPU"),
    ),
    "flood": ("capture.Capture.flooded = False",),
    "capture": (
        "capture._Stream.__init__ = (lambda real: lambda self, keep: real(self, 1 << 26))(capture._Stream.__init__)",
    ),
    "wipe": ("zygote.Zygote.wipe = lambda self: True",),
    "fork": (INLINE,),
    "allow-list": ("import builtins\nchild.program_builtins = lambda: dict(vars(builtins))",),
}
"""What is taken away for each defence: all its layers."""


class Weakened(Process):
    """A worker without one defence. ``scratch``: a directory that stands for the scratch directory; None: it has none."""

    def __init__(self, defence: Defence, *, scratch: Path | None = None) -> None:
        self._change = "\n".join(LAYERS[defence])
        self._environment = {VARIABLE: os.environ.get(VARIABLE, "")} if defence == "environment" else {}
        self._arguments = ["--scratch", str(scratch)] if scratch else []

    def start(self) -> PipeTransport:
        code = (
            "import os, sys, types\npackage = types.ModuleType('sandbox')\n"
            f"package.__path__ = [{str(Path(sandbox.__file__).parent)!r}]\nsys.modules['sandbox'] = package\n"
            "from sandbox.worker import capture, child, forking, guard, landlock, privileges, seccomp, zygote\n"
            f"{self._change}\nzygote.main({self._arguments!r})"
        )
        return PipeTransport([sys.executable, "-s", "-B", "-c", code], env=WORKER_ENV | self._environment)

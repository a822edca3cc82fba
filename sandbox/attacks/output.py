"""Attacks with output: floods by every route, texts that grow while they are reported, and forged reports and measures.

It does not cover what a program says of itself: it may print another status, or end with the exit status of another failure, and
deceives nobody but whoever trusts it. Nor does it cover what a text does to a terminal; that is for whoever shows it there.
"""

from __future__ import annotations

from sandbox.attacks import checks
from sandbox.attacks.attack import QUICK, Attack, Check, Defence
from sandbox.base import Limits, Status

__all__ = ["ATTACKS"]

_FLOOD = Limits(wall_s=5, memory_mb=256, flood_bytes=1 << 20)
_KEEP = Limits(wall_s=5, memory_mb=256, output_bytes=4096)
_KEPT = 2 * (4096 + 64)
"""Characters that may come back under `_KEEP`: both streams, each with a line that says how much was left out."""
_FORGED = "FORGED: it all went well\n"
_REPORT = f"""
import json, struct
body = json.dumps({{"stopped": "", "exit_code": 0, "told": "ok", "confined": True, "spent": False, "stdout": {_FORGED!r},
    "stderr": "", "truncated": 0, "wall_s": 0.01, "peak_kb": 0, "oom_kills": 0}}).encode()
report = struct.pack(">I", len(body)) + body
"""


def _attack(
    name: str,
    aim: str,
    program: str,
    *check: Check,
    defence: Defence,
    limits: Limits = QUICK,
) -> Attack:
    return Attack(name=name, family="output", aim=aim, defence=defence, program=program, check=check, limits=limits)


def _flood(name: str, aim: str, program: str, *, limits: Limits = _FLOOD) -> Attack:
    return _attack(
        name,
        aim,
        program,
        checks.no_success,
        checks.status(Status.OUTPUT_LIMIT),
        defence="flood",
        limits=limits,
    )


ATTACKS: tuple[Attack, ...] = (
    _flood(
        "flood-stdout",
        "print ever more lines",
        """
for n in range(80_000):
    print("one more line of", n, "that nobody asked for")
reached()
""",
    ),
    _flood(
        "flood-stderr",
        "write ever more to standard error",
        """
for n in range(80_000):
    sys.stderr.write(f"one more line of {n} that nobody asked for\\n")
reached()
""",
    ),
    _flood(
        "flood-both-in-turn",
        "write to both outputs, to each less than a flood",
        """
for n in range(40):
    os.write(1 + n % 2, b"x" * 40_000 + b"\\n")
reached()
""",
    ),
    _flood(
        "one-giant-line",
        "print one line of four million characters",
        """
print("x" * 4_000_000)
reached()
""",
    ),
    _flood(
        "write-from-c",
        "write from the C library, past Python's streams",
        """
block = b"x" * 65_535 + b"\\n"
for n in range(48):
    libc.write(1, block, len(block))
reached()
""",
    ),
    _flood(
        "gathered-write",
        "have the kernel gather a flood from one small block",
        """
block = [b"x" * 4095 + b"\\n"] * 512
for n in range(2):
    os.writev(1, block)
os.writev(2, block)
reached()
""",
    ),
    _flood(
        "single-byte-packets",
        "make its output a pipe of packets and send bytes one by one",
        """
import fcntl
fcntl.fcntl(1, fcntl.F_SETFL, os.O_DIRECT)
for n in range(60_000):
    os.write(1, b"x")
os.write(1, b"\\n")
reached()
""",
        limits=Limits(wall_s=5, memory_mb=256, flood_bytes=40_000),
    ),
    _flood(
        "non-blocking-flood",
        "write without waiting for whoever reads",
        """
os.set_blocking(1, False)
written, end = 0, time.monotonic() + 3
while written < 3 << 20 and time.monotonic() < end:
    try:
        written += os.write(1, b"x" * 4096)
    except BlockingIOError:
        pass
os.set_blocking(1, True)
os.write(1, b"\\n")
reached(written)
""",
    ),
    _flood(
        "large-pipe",
        "make its output pipe as large as the kernel allows, fill it at once and end",
        """
import fcntl
try:
    fcntl.fcntl(1, 1031, 1 << 20)
except OSError:
    pass  # then in the pipe that it has
os.set_blocking(1, False)
for n in range(64):
    try:
        os.write(1, b"x" * 65_536)
    except BlockingIOError:
        time.sleep(0.01)
os._exit(0)
""",
        limits=Limits(wall_s=5, memory_mb=256, flood_bytes=100_000),
    ),
    _flood(
        "moved-descriptors",
        "move its outputs to other numbers, close the known ones, and flood there",
        """
hidden = os.dup(os.dup(1))
os.dup2(0, 1)
os.dup2(hidden, 2)
os.dup2(0, 2)
for n in range(48):
    os.write(hidden, b"x" * 65_536)
os.dup2(hidden, 1)
print()
reached()
""",
    ),
    _flood(
        "flood-after-the-end",
        "flood after its end, while its outputs are flushed",
        """
class Stream:
    def flush(self):
        for n in range(48):
            os.write(1, b"x" * 65_536)
        os.write(1, b"\\nREACHED after the end\\n")
sys.stderr = Stream()
""",
    ),
    _flood(
        "flood-in-str",
        "flood from the text of the exception that it ended with",
        """
class Loud(Exception):
    def __str__(self):
        for n in range(48):
            os.write(2, b"x" * 65_536)
        reached()
        return "loud"
raise Loud
""",
    ),
    _flood(
        "notes-on-an-exception",
        "end with an exception that carries thousands of long notes",
        """
error = ValueError("noted")
error.__notes__ = ["note " * 800] * 1000
raise error
""",
    ),
    _flood(
        "warnings",
        "have the interpreter warn of something tens of thousands of times",
        """
import warnings
warnings.simplefilter("always")
for n in range(20_000):
    warnings.warn("this text is long enough to make a flood of warnings " * 3)
reached()
""",
    ),
    _flood(
        "tracebacks-from-c",
        "have the interpreter's fault handler write its stack over and over",
        """
import faulthandler
def deeper(n):
    if n:
        deeper(n - 1)
    else:
        for n in range(1200):
            faulthandler.dump_traceback(file=1, all_threads=False)
deeper(80)
reached()
""",
    ),
    _flood(
        "unraisable-errors",
        "have errors reported that cannot be raised",
        """
class Late:
    def __del__(self):
        raise ValueError("x" * 2000)
for n in range(1200):
    Late()
reached()
""",
    ),
    _attack(
        "long-output",
        "have more come back of what it prints than is kept",
        """
for n in range(30_000):
    print("line", n)
""",
        checks.output_within(_KEPT),
        defence="capture",
        limits=_KEEP,
    ),
    _attack(
        "long-error",
        "have more come back of what it writes to standard error than is kept",
        """
for n in range(30_000):
    sys.stderr.write(f"line {n}\\n")
""",
        checks.output_within(_KEPT),
        defence="capture",
        limits=_KEEP,
    ),
    _attack(
        "invalid-text",
        "send bytes that are no text, each of which becomes a character that takes more room",
        """
os.write(1, bytes(range(128, 256)) * 2000)
os.write(2, b"\\xf0\\x9f\\x98" * 60_000)
""",
        checks.output_within(_KEPT),
        defence="capture",
        limits=_KEEP,
    ),
    _attack(
        "grow-in-the-report",
        "send what takes six times its room in the zygote's report, until that is longer than a report may be",
        """
for n in range(190):
    os.write(1 + n % 2, b"\\1" * 65_536)
""",
        checks.output_within(_KEPT),
        defence="capture",
        limits=Limits(wall_s=5, memory_mb=256, output_bytes=4096, flood_bytes=64 << 20),
    ),
    _attack(
        "forged-cut",
        "print the line that tells of a cut, so that what follows passes for the end of a short text",
        """
os.write(1, "x\\n… 9 bytes left out …\\n".encode() * 20_000)
""",
        checks.output_within(_KEPT),
        defence="capture",
        limits=_KEEP,
    ),
    _attack(
        "line-number-of-many-digits",
        "break the host's reading of a report with a line number that is too long to be a number",
        """
sys.stderr.write('\\nFile "program.py", line ' + "9" * 1_000_000)
os._exit(3)
""",
        checks.output_within(2 * (65_536 + 64)),
        defence="capture",
    ),
    _attack(
        "report-on-every-descriptor",
        "send a report of its own to the host, on whatever descriptor leads there",
        f"""{_REPORT}
for descriptor in range(3, 256):
    try:
        os.set_blocking(descriptor, False)
        os.write(descriptor, report)
    except OSError:
        pass
""",
        checks.stdout_is_not(_FORGED),
        defence="descriptors",
    ),
    _attack(
        "broken-frame",
        "break the connection of zygote and host with the length of an endless report",
        """
for descriptor in range(3, 256):
    try:
        os.set_blocking(descriptor, False)
        os.write(descriptor, b"\\xff" * 4)
    except OSError:
        pass
""",
        checks.status(Status.OK),
        defence="descriptors",
    ),
    _attack(
        "deny-confinement",
        "take back the word that it is confined, so that its worker is given up",
        """
for descriptor in range(3, 256):
    try:
        os.set_blocking(descriptor, False)
        word = os.read(descriptor, 64)
        if word.startswith(b"in"):
            reached(word)
    except OSError:
        pass
""",
        checks.no_success,
        defence="descriptors",
    ),
    _attack(
        "small-peak",
        "have its memory pass for the zygote's own",
        """
for descriptor in range(3, 256):
    try:
        os.set_blocking(descriptor, False)
        if os.read(descriptor, 64).startswith(b"in"):
            os.write(os.open(f"/proc/self/fd/{descriptor}", os.O_WRONLY), b"in 999999999")
    except OSError:
        pass
block = b"x" * (100 << 20)
""",
        checks.peak_at_least(80),
        defence="descriptors",
    ),
    _attack(
        "short-time",
        "have the time that it took pass for none, by a clock that stands still",
        """
time.sleep(0.2)
time.monotonic = lambda: 0.0
""",
        checks.wall_at_least(0.2),
        defence="fork",
    ),
    _attack(
        "own-stream",
        "have the next program's output go through a stream of its own",
        """
class Stream:
    def __init__(self, stream):
        self.stream = stream
    def write(self, text):
        return self.stream.write(text.replace("4", "5"))
    def flush(self):
        self.stream.flush()
sys.modules["builtins"].print = lambda *values, **options: Stream(sys.stdout).write(" ".join(map(str, values)) + "\\n")
""",
        checks.status(Status.OK),
        defence="fork",
    ),
)

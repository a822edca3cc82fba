"""The programs that every contender runs, each with the answer that it has to give."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FORK", "IMPORT", "OUTPUT_BYTES", "PROGRAMS", "SYMPY", "TRIVIAL", "Outcome", "Program"]

OUTPUT_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a contender gave back for a program."""

    stdout: str
    error: str = ""
    """What it says of the error; empty where the program ended well."""
    ms: float | None = None
    """The contender's own measure, where that is the one that counts."""


@dataclass(frozen=True, slots=True)
class Program:
    name: str
    source: str
    stdout: str
    error: str = ""
    """A word that the error has to have; empty where there must be no error."""

    def fault(self, outcome: Outcome) -> str:
        """What is wrong with ``outcome``; empty where it is right."""
        if outcome.stdout != self.stdout:
            return f"printed {_short(outcome.stdout)}, not {_short(self.stdout)} {_short(outcome.error)}"
        if bool(self.error) != bool(outcome.error) or self.error not in outcome.error:
            return f"ended with {_short(outcome.error)}, not {_short(self.error)}"
        return ""


FORK = Program("fork", "", "")
"""What the fork floor does: nothing."""
TRIVIAL = Program("print", "print(1 + 1)\n", "2\n")
SYMPY = Program(
    "sympy solve",
    "import sympy\nx = sympy.symbols('x')\nprint(sympy.solve(x**2 - 5*x + 6, x))\n",
    "[2, 3]\n",
)
IMPORT = Program("sympy import", "import sympy\nprint(sympy.Integer(6) * 7)\n", "42\n")
"""What a warm start can save is the start and the import; the time that sympy itself then takes is the same everywhere."""
PROGRAMS: tuple[Program, ...] = (
    TRIVIAL,
    IMPORT,
    SYMPY,
    Program(
        "numpy product",
        "import numpy as np\na = (np.arange(40000.0) % 7).reshape(200, 200)\nprint(int(a.dot(a).sum()))\n",
        "71994412\n",
    ),
    Program("error", "print('before')\nx = 1 / 0\n", "before\n", "ZeroDivisionError"),
    Program("1 MB output", f"print('x' * {OUTPUT_BYTES - 1})\n", "x" * (OUTPUT_BYTES - 1) + "\n"),
)


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:40]}…{text[-10:]}")

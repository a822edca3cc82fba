"""repair: say in a few lines what was wrong with a program, in words that a small model can act on."""

from __future__ import annotations

import difflib
import re

from agent.types import Finding, Program
from sandbox import Execution, NameIndex, Status

__all__ = ["feedback", "from_findings", "signature"]

_MAX = 600
"""Characters of an error that are shown: the end says what happened."""
_LIMITS = {
    Status.TIME_LIMIT: "The program took too long and was stopped. Use a formula, or search a smaller range.",
    Status.MEMORY_LIMIT: "The program used too much memory. Do not build large lists; use a formula or a generator.",
    Status.OUTPUT_LIMIT: "The program printed far too much. Print only the final answer, once.",
    Status.PROCESS_LIMIT: "The program tried to start a process or a thread, which is not possible. Compute directly.",
    Status.KILLED: "The program crashed. Write it in a simpler way.",
}
_HINTS: tuple[tuple[str, str], ...] = (
    (
        r"list index out of range",
        "The list is shorter than expected: solve() may have found nothing. Print it or test its length.",
    ),
    (
        r"cannot determine truth value",
        "A symbolic condition was used as True or False. Solve it first, or use numbers.",
    ),
    (
        r"not enough values to unpack|too many values to unpack",
        "Keep the result in one variable and look at how many values it has.",
    ),
    (
        r"can't convert expression to float|Cannot convert expression to float",
        "A symbol is still in the expression. Substitute it first.",
    ),
    (
        r"'list' object has no attribute|'tuple' object has no attribute",
        "solve() gives a list: take an element of it, such as [0].",
    ),
    (
        r"'dict' object has no attribute|KeyError",
        "solve() with several unknowns gives a dict: use dict=True and take values by symbol.",
    ),
    (r"unsupported operand type\(s\).*'list'", "A list was used as a number: take one element of it."),
    (
        r"multiple generators|NotImplementedError",
        "sympy cannot solve this symbolically. Use nsolve, a loop over integers, or algebra by hand.",
    ),
    (r"object is not callable", "A value was called like a function: put * between factors."),
    (r"integer division or modulo by zero|division by zero", "A denominator is zero. Leave that case out."),
)


def feedback(program: Program, execution: Execution, names: NameIndex) -> str:
    """The error of a program that ran, short enough for a weak model: the exception, the failing line, one hint."""
    if execution.status in _LIMITS:
        return _LIMITS[execution.status]
    message = execution.message or execution.stderr.strip().splitlines()[-1:] or ["it failed"]
    text = message if isinstance(message, str) else message[0]
    parts = [f"The program failed: {_clip(text)}"]
    line = _line(program, execution)
    if line:
        parts.append(f"in line {execution.line}: {line}")
    if hint := _hint(text, names):
        parts.append(hint)
    return "\n".join(parts)


def from_findings(findings: tuple[Finding, ...]) -> str:
    """What `check` found, at most three of it; empty where nothing hard was found."""
    hard = [finding.message for finding in findings if finding.severity == "hard"]
    if not hard:
        return ""
    return _clip("The program cannot work:\n" + "\n".join(dict.fromkeys(hard[:3])))


def signature(text: str) -> str:
    """The same error told twice has the same signature: numbers, quoted text and line numbers are left out."""
    first = text.splitlines()[0] if text else ""
    return re.sub(r"\d+|'[^']*'|\"[^\"]*\"", "_", first)


def _clip(text: str) -> str:
    return text if len(text) <= _MAX else f"{text[: _MAX // 3]} … {text[-_MAX * 2 // 3 :]}"


def _line(program: Program, execution: Execution) -> str:
    lines = program.source.splitlines()
    if execution.line is None or not 0 < execution.line <= len(lines):
        return ""
    return lines[execution.line - 1].strip()[:200]


def _hint(message: str, names: NameIndex) -> str:
    if missing := re.search(r"name '(\w+)' is not defined", message):
        return _import_hint(missing[1], names)
    return next((hint for pattern, hint in _HINTS if re.search(pattern, message)), "")


def _import_hint(name: str, names: NameIndex) -> str:
    """Where a name that the program forgot to import is to be had."""
    if name in names.modules:
        return f"Add: import {name}"
    if full := {"np": "numpy", "sp": "sympy", "sy": "sympy", "mp": "mpmath"}.get(name):
        return f"Add: import {full} as {name}"
    for module in ("sympy", "math", "itertools", "fractions", "collections", "functools", "numpy", "sympy.ntheory"):
        if module in names.modules and name in names.modules[module].names:
            return f"Add: from {module} import {name}"
    known = names.modules["sympy"].names if "sympy" in names.modules else {}
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
    return f"Define it first, or use sympy's {near[0]}." if near else "Define it before it is used."

"""The allow-list of modules: the one place where it is written.

This list is *not* a security boundary; seccomp, Landlock, rlimits and namespaces are. It gives a program that reaches for
`os` or `requests` a quick and plain answer, which a model can act on, instead of a puzzling failure later.

Read by the worker (inside) and by ``check`` (outside). Nothing but the standard library may be imported here.
"""

from __future__ import annotations

__all__ = ["ALLOWED_MODULES", "allowed", "refusal"]

ALLOWED_MODULES: frozenset[str] = frozenset(
    {
        # what programs are for
        "mpmath",
        "numpy",
        "sympy",
        # the harmless part of the standard library
        "__future__",
        "abc",
        "array",
        "bisect",
        "calendar",
        "cmath",
        "collections",
        "contextlib",
        "copy",
        "dataclasses",
        "datetime",
        "decimal",
        "enum",
        "fractions",
        "functools",
        "heapq",
        "itertools",
        "json",
        "math",
        "numbers",
        "operator",
        "pprint",
        "random",
        "re",
        "secrets",
        "statistics",
        "string",
        "textwrap",
        "time",
        "typing",
        "unicodedata",
        "warnings",
        "zoneinfo",
    }
)
"""Top-level modules that a program may import; a submodule goes with its top-level module."""


def allowed(module: str) -> bool:
    """Whether a program may import ``module`` (dotted name)."""
    return module.partition(".")[0] in ALLOWED_MODULES


def refusal(module: str) -> str:
    """The sentence that a refused import is answered with."""
    return (
        f"module '{module.partition('.')[0]}' is not available; use numpy, sympy, mpmath or the standard library's math"
    )

"""The program's builtins: those of Python with an ``__import__`` that knows the allow-list.

Only the program's own globals get it. sympy's lazy imports (lambdify alone loads over a hundred modules) go on using the real one.
No boundary: a determined program walks around it, and then meets the kernel.
"""

import builtins
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from sandbox.policy import allowed, refusal

__all__ = ["PolicyError", "program_builtins"]


class PolicyError(ImportError):
    """An import outside the allow-list."""


PolicyError.__module__, PolicyError.__qualname__ = "builtins", "ImportError"  # what a traceback calls it


def program_builtins() -> dict[str, Any]:
    real = builtins.__import__

    def guarded(
        name: str,
        globals: Mapping[str, object] | None = None,  # noqa: A002  (the interpreter's own parameter names)
        locals: Mapping[str, object] | None = None,  # noqa: A002
        fromlist: Sequence[str] = (),
        level: int = 0,
    ) -> ModuleType:
        if level == 0 and not allowed(name):
            raise PolicyError(refusal(name))
        return real(name, globals, locals, fromlist, level)

    return {**vars(builtins), "__import__": guarded}

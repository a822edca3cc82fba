"""Pieces of hostile programs."""

from __future__ import annotations

__all__ = ["ESCAPE", "attempt"]

ESCAPE = """
g = next(c for c in ().__class__.__base__.__subclasses__() if c.__name__ == "_wrap_close").__init__.__globals__
real_import = g["sys"].modules["builtins"].__import__
os, sys = real_import("os"), real_import("sys")
ctypes = real_import("ctypes")
libc = ctypes.CDLL(None, use_errno=True)

def syscall(number, *arguments):
    result = libc.syscall(ctypes.c_long(number), *(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), "system call")
    return result

"""
"""Walks around the guarded import: everything after it has the real `os`, `sys` and every system call."""


def attempt(code: str) -> str:
    """A program that prints ``reached`` where ``code`` (one statement or more) works, else the name of the error."""
    body = "\n".join(f"    {line}" for line in code.strip().splitlines())
    return (
        f"{ESCAPE}\nnames = real_import('errno').errorcode\ntry:\n{body}\n    print('reached')\n"
        "except OSError as error:\n    print('refused', names.get(error.errno))\n"
        "except ValueError:  # what `resource` makes of EPERM\n    print('refused')\n"
    )

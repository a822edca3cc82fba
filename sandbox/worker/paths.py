"""Which files of Python's own a program may read."""

import os
import sys
import sysconfig
from importlib.util import find_spec

__all__ = ["COMPARISON", "PACKAGES", "python_folders", "python_paths"]

PACKAGES = ("numpy", "sympy", "mpmath", "gmpy2")
COMPARISON = ("math_verify", "latex2sympy2_extended", "antlr4")
"""What only a worker for comparisons needs."""


def python_paths(*, comparison: bool = False) -> list[str]:
    """What a program may read: Python's own library, numpy, sympy, mpmath, the loader's libraries and the time zones.

    Of the standard library's folder every entry but the packages that others have installed there.
    """
    paths = {entry.path for name in ("stdlib", "platstdlib") for entry in entries_of(sysconfig.get_path(name))}
    for package in (*PACKAGES, *(COMPARISON if comparison else ())):
        spec = find_spec(package)
        if spec is not None and spec.submodule_search_locations:
            for location in spec.submodule_search_locations:
                paths.update((location, f"{location}.libs"))
    paths.update(("/etc/ld.so.cache", "/usr/share/zoneinfo"))
    for folder in ("/lib", "/lib64", "/usr/lib", "/usr/lib64", os.path.join(sys.base_prefix, "lib")):
        paths.update(entry.path for entry in entries_of(folder) if not entry.name.startswith("python"))
    return sorted(path for path in paths if os.path.exists(path))


def python_folders() -> list[str]:
    """Where imports look for modules: the names there, not what is in the files of other packages."""
    return sorted({sysconfig.get_path(name) for name in ("stdlib", "platstdlib")})


def entries_of(folder: str) -> list["os.DirEntry[str]"]:
    """What is in a folder, without packages installed beside the standard library; nothing where it does not exist."""
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if entry.name not in ("site-packages", "dist-packages")]
    except OSError:
        return []

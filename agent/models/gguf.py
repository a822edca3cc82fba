"""A look at a GGUF file before native code reads it: llama.cpp ends the process, or worse, on a file that is cut short."""

from __future__ import annotations

import math
import mmap
import struct
from pathlib import Path

from agent.errors import UsageError, WeightsError

__all__ = ["verify_gguf"]

# Bytes and elements of one block, by ggml's type number. A type that is not here is trusted to fit.
_BLOCKS: dict[int, tuple[int, int]] = {
    0: (4, 1), 1: (2, 1), 2: (18, 32), 3: (20, 32), 6: (22, 32), 7: (24, 32), 8: (34, 32), 9: (36, 32), 10: (84, 256),
    11: (110, 256), 12: (144, 256), 13: (176, 256), 14: (210, 256), 15: (292, 256), 16: (66, 256), 17: (74, 256),
    18: (98, 256), 19: (50, 256), 20: (18, 32), 21: (110, 256), 22: (82, 256), 23: (136, 256), 24: (1, 1), 25: (2, 1),
    26: (4, 1), 27: (8, 1), 28: (8, 1), 29: (56, 256), 30: (2, 1), 34: (54, 256), 35: (66, 256), 39: (17, 32),
}  # fmt: skip
_SCALARS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_STRING, _ARRAY = 8, 9
_FIXED = 24  # bytes of the part of the header that has no variable length


def verify_gguf(path: Path) -> None:
    """Check that `path` is a whole GGUF file, before native code reads it: its header, and room for each tensor.

    Raises:
        UsageError: there is no such file.
        WeightsError: it is not a GGUF file, or it is cut short.
    """
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise UsageError(f"{path} {what}", advice="Give the path of a GGUF file, or a name from `sangaku model list`.")
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            magic = file.read(4)
            if not b"GGUF".startswith(magic):
                raise _not_gguf(path, "it does not start with the letters GGUF")
            if size < _FIXED:
                raise _cut_short(path, size, _FIXED)
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                end = _Header(path, data).end()
    except OSError as error:
        raise WeightsError(
            f"{path} cannot be read: {error.strerror}", advice="Check the file's permissions."
        ) from error
    except struct.error as error:
        raise _cut_short(path, size, None) from error
    if size < end:
        raise _cut_short(path, size, end)


def _not_gguf(path: Path, why: str) -> WeightsError:
    return WeightsError(f"{path} is not a GGUF file that can be used: {why}", advice="Give a model in GGUF format.")


def _cut_short(path: Path, size: int, least: int | None) -> WeightsError:
    how = f"{size:,} of {least:,} bytes" if least else f"{size:,} bytes do not even hold its header"
    return WeightsError(f"the model file {path} is cut short ({how})", advice="Download the file again.")


class _Header:
    """A reader of a GGUF header; running off its end raises ``struct.error``."""

    def __init__(self, path: Path, data: mmap.mmap) -> None:
        self.path, self.data, self.at = path, data, 4

    def number(self, code: str) -> int:
        value: int = struct.unpack_from(f"<{code}", self.data, self.at)[0]
        self.at += struct.calcsize(f"<{code}")
        return value

    def skip(self, length: int) -> None:
        self.at += length
        if self.at > len(self.data):
            raise struct.error("past the end")

    def string(self) -> bytes:
        length = self.number("Q")
        self.skip(length)
        return self.data[self.at - length : self.at]

    def skip_value(self, kind: int) -> None:
        if kind == _STRING:
            self.skip(self.number("Q"))
        elif kind == _ARRAY:
            inner, count = self.number("I"), self.number("Q")
            if inner in _SCALARS:
                self.skip(count * _SCALARS[inner])
            elif inner == _STRING:
                for _ in range(count):
                    self.skip(self.number("Q"))
            else:
                raise _not_gguf(self.path, f"its header has an array of the unknown type {inner}")
        elif kind in _SCALARS:
            self.skip(_SCALARS[kind])
        else:
            raise _not_gguf(self.path, f"its header has a value of the unknown type {kind}")

    def end(self) -> int:
        """The least size in bytes that the file must have."""
        version = self.number("I")
        if version not in (2, 3):
            raise _not_gguf(self.path, f"its version is {version}, and 2 and 3 are known")
        tensors, pairs = self.number("Q"), self.number("Q")
        if not 0 < tensors < 1 << 20 or pairs > 1 << 20:
            raise _not_gguf(self.path, f"its header claims {tensors:,} tensors and {pairs:,} settings")
        alignment = 32
        for _ in range(pairs):
            key, kind = self.string(), self.number("I")
            if key == b"general.alignment" and kind == 4:
                alignment = struct.unpack_from("<I", self.data, self.at)[0] or 32
            self.skip_value(kind)
        last = 0
        for _ in range(tensors):
            self.string()
            elements = math.prod(self.number("Q") for _ in range(self.number("I")))
            block, offset = _BLOCKS.get(self.number("I"), (0, 1)), self.number("Q")
            last = max(last, offset + elements // block[1] * block[0])
        return -(-self.at // alignment) * alignment + last

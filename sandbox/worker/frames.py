"""Frames on a byte stream: four bytes of length, big-endian, then JSON in UTF-8. JSON only: nothing is ever unpickled."""

import json
import struct
from typing import Any

__all__ = ["HEADER", "MAX_FRAME", "FrameError", "decode", "encode", "length"]

HEADER = 4
MAX_FRAME = 64 << 20
"""Bytes; a longer frame is a broken or hostile peer."""


class FrameError(Exception):
    """The stream does not hold a frame."""


def encode(message: dict[str, Any]) -> bytes:
    # ASCII JSON carries lone surrogates (a model can write them) as escapes, so that no text is unsendable.
    body = json.dumps(message, ensure_ascii=True).encode("ascii")
    if len(body) > MAX_FRAME:
        raise FrameError(f"a frame of {len(body)} bytes is too long")
    return struct.pack(">I", len(body)) + body


def length(header: bytes) -> int:
    (size,) = struct.unpack(">I", header)
    if size > MAX_FRAME:
        raise FrameError(f"a frame of {size} bytes was announced")
    return int(size)


def decode(body: bytes) -> dict[str, Any]:
    try:
        message = json.loads(body)
    except ValueError as error:
        raise FrameError("a frame is not JSON") from error
    if not isinstance(message, dict):
        raise FrameError("a frame is not an object")
    return message

"""Texts of a page, packed: JSON values in compressed blocks that the browser unpacks when a row is opened.

Covers packing and where a value went. What the values hold is `benchmarks.report.details`; unpacking is ``assets/data.js``.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from typing import IO, NamedTuple

__all__ = ["Blocks", "Place", "as_json", "packed"]

_BLOCK = 384 * 1024
"""Characters of JSON in a block: large enough to compress well, small enough to be unpacked within a frame or two."""


class Place(NamedTuple):
    """Where a value lies: the block, and the position in its list."""

    block: int
    item: int


_LONE = re.compile("[\ud800-\udfff]")


def as_json(value: object) -> str:
    """``value`` as JSON that can be encoded in UTF-8: only lone surrogates are escaped, so that Japanese stays small."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _LONE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def packed(text: str) -> str:
    """``text`` as the page holds it: deflated, in base64."""
    return base64.b64encode(zlib.compress(text.encode("utf-8"), 7)).decode("ascii")


class Blocks:
    """Writes blocks to ``file`` as they fill, so that a run of any size needs the memory of one. Call `close` at the end."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._waiting: list[str] = []
        self._size = 0
        self._count = 0

    def add(self, value: str) -> Place:
        """``value`` is JSON text, as `as_json` makes it."""
        if self._waiting and self._size + len(value) > _BLOCK:
            self._write()
        self._waiting.append(value)
        self._size += len(value)
        return Place(self._count, len(self._waiting) - 1)

    def close(self) -> None:
        if self._waiting:
            self._write()

    def _write(self) -> None:
        data = packed(f"[{','.join(self._waiting)}]")
        self._file.write(f'<script type="application/octet-stream" id="b{self._count}">{data}</script>\n')
        self._waiting, self._size = [], 0
        self._count += 1

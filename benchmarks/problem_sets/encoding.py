"""Which bytes a file is made of: seen from its beginning, before a row is read.

It opens streams and refuses whole files that are not UTF-8. A single broken line is left to its reader, which leaves it out.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from agent.errors import UsageError

__all__ = ["beginning", "open_bytes", "reading", "refuse_foreign"]

_SAMPLE = 1 << 16
_GZIP = b"\x1f\x8b"
_JAPANESE = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff]{2,}")
"""Two in a row: an accented letter of Latin-1 makes a single character with the letter behind it."""


def open_bytes(path: Path) -> IO[bytes]:
    """The file's bytes, unpacked where it is compressed with gzip."""
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
    return cast("IO[bytes]", gzip.open(path, "rb")) if packed else path.open("rb")


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turns what goes wrong with a file into `UsageError`."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UsageError(f"{path} is cut short or damaged: {error}", advice="Get the file once more.") from error
    except OSError as error:
        if error.errno is None:  # a reader's own, about what is in the file
            first = str(error).split("\n", maxsplit=1)[0][:200]
            raise UsageError(f"{path} is damaged: {first}", advice="Get the file once more.") from error
        raise UsageError(
            f"{path} cannot be read: {error.strerror}", advice="Check its name and permissions."
        ) from error


def beginning(path: Path) -> bytes:
    """The first bytes of the file, unpacked. Raises `UsageError` where it cannot be read."""
    with reading(path), open_bytes(path) as stream:
        return stream.read(_SAMPLE)


def refuse_foreign(path: Path, sample: bytes) -> None:
    """Raises `UsageError` where the file as a whole is written in something else than UTF-8."""
    if sample[:2] in (b"\xff\xfe", b"\xfe\xff") or (
        b"\0" in sample[:200] and sample[:200].count(b"\0") * 3 > len(sample[:200])
    ):
        raise UsageError(f"{path} is not UTF-8 but UTF-16", advice=_convert(path, "UTF-16"))
    good = bad = 0
    lines = sample.split(b"\n")
    for line in lines[:-1] if len(sample) == _SAMPLE else lines:
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            good += 1
        except UnicodeDecodeError:
            bad += 1
    if bad <= good or (bad == 1 and len(lines) > 2 and not _broken(lines[0])):
        return
    whole = b"\n".join(lines[:-1]) if len(sample) == _SAMPLE else sample
    counts = {name: _japanese(whole, codec) for name, codec in (("SHIFT-JIS", "cp932"), ("EUC-JP", "euc_jp"))}
    best = max(counts, key=lambda name: counts[name])
    if counts[best]:
        raise UsageError(f"{path} is not UTF-8 but looks like {best}", advice=_convert(path, best))
    if not _broken(lines[0]):
        return
    raise UsageError(f"{path} is not UTF-8", advice=f"{_convert(path, 'LATIN1')} Put the right name for LATIN1.")


def _broken(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def _japanese(data: bytes, codec: str) -> int:
    try:
        return sum(map(len, _JAPANESE.findall(data.decode(codec))))
    except UnicodeDecodeError:
        return 0


def _convert(path: Path, name: str) -> str:
    return f"Convert it: iconv -f {name} -t UTF-8 {path.name} > utf8{path.suffix if path.suffix != '.gz' else '.csv'}."

"""Reads a file of programs, one JSON object a line with `id` and `code`, without ever holding the whole of it."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, NoReturn

from agent.errors import UsageError

__all__ = ["Record", "fingerprint", "open_records", "records", "validate"]

MAX_LINE = 1 << 27
"""Bytes of one line: more than the longest program that the sandbox takes can have."""

_MAGIC = {
    b"\x1f\x8b": ("compressed with gzip", "Unpack it first: gunzip."),
    b"PAR1": ("a Parquet file", 'Write it as lines of {"id": …, "code": …} first.'),
    b"PK\x03\x04": ("a zip archive", "Unpack it first."),
}
_SHAPE = 'Give one object a line: {"id": "a", "code": "print(1)"}.'


@dataclass(frozen=True)
class Record:
    """One program of the file."""

    line: int
    """Its line in the file, from 1."""
    id: str | int
    code: str


def fingerprint(code: str) -> str:
    """What tells one program from another: 16 hexadecimal characters."""
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def open_records(file: str) -> IO[bytes]:
    """``file`` (- for standard input) as a stream that can be read twice; what cannot is copied to the disk first."""
    import click

    try:
        stream: IO[bytes] = click.open_file(file, "rb")
        if file != "-" and stream.seekable():
            return stream
        spool = tempfile.TemporaryFile()  # noqa: SIM115 - the caller's to close
        with stream:
            shutil.copyfileobj(stream, spool)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}", advice="Check its permissions.") from error
    return spool


def records(stream: IO[bytes], name: str) -> Iterator[Record]:
    """The records from the start of ``stream``. Blank lines are passed over, other keys ignored.

    Raises `UsageError`, with the line, for whatever is not a record. Does not look for duplicates.
    """
    stream.seek(0)
    offset, number, found = 0, 0, False
    while data := stream.readline(MAX_LINE + 1):
        number += 1
        if len(data) > MAX_LINE:
            _refuse(name, number, f"is longer than {MAX_LINE >> 20} MiB", _SHAPE)
        text = _decoded(data, name, number, offset)
        offset += len(data)
        if text.strip():
            yield _record(text, name, number, first=not found)
            found = True


def validate(stream: IO[bytes], name: str) -> int:
    """How many records there are, all of them good and each with an id of its own. Raises `UsageError`.

    Keeps one number for each record.
    """
    seen: set[int] = set()
    count = 0
    for record in records(stream, name):
        count += 1
        key = _key(record)
        if key in seen:
            here = stream.tell()
            earlier = next(other for other in records(stream, name) if _key(other) == key)
            if earlier.id == record.id and earlier.line != record.line:
                what = f"has the id {_quoted(record.id)} of line {earlier.line}"
                _refuse(name, record.line, what, "Give each record an id of its own.")
            stream.seek(here)  # two ids that only share a hash
        seen.add(key)
    if not count:
        raise UsageError(f"{name} holds no record", advice=_SHAPE)
    return count


def _key(record: Record) -> int:
    return hash((type(record.id).__name__, str(record.id)))


def _decoded(data: bytes, name: str, number: int, offset: int) -> str:
    if number == 1:
        for magic, (what, advice) in _MAGIC.items():
            if data.startswith(magic):
                raise UsageError(f"{name} is {what}", advice=advice)
    if (number == 1 and data[:2] in (b"\xff\xfe", b"\xfe\xff")) or b"\0" in data:
        at = offset + max(0, data.find(b"\0"))
        _refuse(
            name, number, f"is not UTF-8 but looks like UTF-16 (byte {at})", "Convert it: iconv -f UTF-16 -t UTF-8."
        )
    try:
        return data.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        advice = "Convert it first, for example: iconv -f LATIN1 -t UTF-8, or -f SHIFT_JIS."
        _refuse(name, number, f"is not UTF-8 (byte {offset + error.start})", advice)


def _record(text: str, name: str, number: int, *, first: bool) -> Record:
    if first and text.lstrip().startswith("["):
        advice = "Make lines of it: jq -c '.[]' IN.json > OUT.jsonl."
        raise UsageError(f"{name} is a JSON array (line {number}), not one record a line", advice=advice)
    try:
        loose = json.loads(text)
    except RecursionError:
        _refuse(name, number, "is nested too deep", _SHAPE)
    except ValueError as error:
        _refuse_text(text, name, number, str(error), first=first)
    if not isinstance(loose, dict):
        _refuse(name, number, f"is {_kind(loose)}, not an object", _SHAPE)
    for key in ("id", "code"):
        if key not in loose:
            near = ", ".join(_quoted(other) for other in list(loose)[:6])
            _refuse(name, number, f'has no "{key}" (only: {near})' if near else f'has no "{key}"', _SHAPE)
    identity, code = loose["id"], loose["code"]
    if isinstance(identity, bool) or not isinstance(identity, str | int):
        _refuse(name, number, f'has {_kind(identity)} as its "id"', "Give a string or a whole number.")
    if identity == "":
        _refuse(name, number, 'has an empty "id"', "Give each record an id of its own.")
    if not isinstance(code, str):
        _refuse(name, number, f'has {_kind(code)} as its "code"', "Give the program as one string.")
    if not code.strip():
        _refuse(name, number, 'has an empty "code"', "Give it a program, or leave the record out.")
    return Record(line=number, id=identity, code=code)


def _refuse_text(text: str, name: str, number: int, why: str, *, first: bool) -> NoReturn:
    """Say what a line that is not JSON may be instead."""
    start = text.strip()
    if first and start[0] != "{" and any(mark in start for mark in ",;\t"):
        _refuse(name, number, "is not JSON; it looks like CSV", f"Convert the file first. {_SHAPE}")
    if first and len(start) <= 2 and start[0] == "{":
        advice = "Put each record on one line: jq -c . IN.json > OUT.jsonl."
        _refuse(name, number, "is not JSON: the record goes on in the next line", advice)
    _refuse(name, number, f"is not JSON: {why.partition(': line')[0]}", _SHAPE)


def _kind(value: object) -> str:
    names = {
        dict: "an object",
        list: "an array",
        str: "a string",
        bool: "a truth value",
        int: "a number",
        float: "a number with a point",
    }
    return names.get(type(value), "null")


def _quoted(value: str | int) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _refuse(name: str, number: int, what: str, advice: str) -> NoReturn:
    raise UsageError(f"{name}: line {number} {what}", advice=advice)

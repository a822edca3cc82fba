"""Readers of JSON: one object a line, or one list of objects. A line that cannot be read becomes a `Skipped`; the rest goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from agent.errors import UsageError
from benchmarks.problem_sets.encoding import open_bytes, reading
from benchmarks.problem_sets.rows import Row, Skipped

__all__ = ["is_list", "read_lines", "read_list"]

_MAX_LINE = 1 << 24
"""Bytes of one line: far more than a problem has, little enough to be held."""


def is_list(sample: bytes) -> bool:
    """Whether a file that begins so is one JSON list: its first line opens a list that is not whole."""
    first = next((line for line in sample.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip()), b"").strip()
    if not first.startswith(b"["):
        return False
    try:
        value = json.loads(first)
    except (ValueError, RecursionError):
        return True
    return isinstance(value, list) and any(isinstance(element, dict) for element in value)


def read_lines(path: Path) -> Iterator[Row | Skipped]:
    """One object a line; blank lines are passed over."""
    with reading(path), open_bytes(path) as stream:
        number = 0
        while data := stream.readline(_MAX_LINE + 1):
            number += 1
            if len(data) > _MAX_LINE:
                while data and not data.endswith(b"\n"):
                    data = stream.readline(_MAX_LINE)
                yield Skipped(number, f"is longer than {_MAX_LINE >> 20} MiB")
                continue
            try:
                text = data.decode("utf-8-sig" if number == 1 else "utf-8").strip()
            except UnicodeDecodeError as error:
                yield Skipped(number, f"is not UTF-8 (byte {error.start} of the line)")
                continue
            if text:
                yield _row(number, text)


def _row(number: int, text: str) -> Row | Skipped:
    try:
        value = json.loads(text)
    except RecursionError:
        return Skipped(number, "is nested too deep")
    except ValueError as error:
        return Skipped(number, f"is not JSON: {str(error).partition(': line')[0]}")
    return Row(number, value) if isinstance(value, dict) else Skipped(number, "is not a JSON object")


def read_list(path: Path) -> Iterator[Row | Skipped]:
    """The elements of one list, which is read as a whole. Raises `UsageError` where it is none."""
    with reading(path), open_bytes(path) as stream:
        data = stream.read()
    try:
        value = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 (byte {error.start})", advice="Save it as UTF-8.") from error
    except RecursionError as error:
        raise UsageError(f"{path} is nested too deep", advice="Give a list of flat objects.") from error
    except ValueError as error:
        raise UsageError(
            f"{path} is not JSON: {error}", advice="Give a list of objects, or one object a line."
        ) from error
    if not isinstance(value, list):
        raise UsageError(f"{path} holds no list", advice="Give a list of objects, or one object a line.")
    for number, element in enumerate(value, start=1):
        yield Row(number, element) if isinstance(element, dict) else Skipped(number, "is not a JSON object")

"""The file that a batch writes: a prefix of the whole, line by line, that the next run goes on behind."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NoReturn, Self

from agent.cli.records import Record, fingerprint
from agent.errors import UsageError

__all__ = ["Output"]

_MAX_LINE = 1 << 27


class Output:
    """Use as a context manager once the input is known to be good. Nothing is made or changed before `resume` or `append`.

    Raises `UsageError` at once where ``path`` cannot be such a file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None
        try:
            if path.exists() and not stat.S_ISREG(path.stat().st_mode):
                raise UsageError(f"--out {path} is no ordinary file", advice="Name a file that can be written to.")
            if not path.parent.is_dir():
                raise UsageError(f"there is no folder {path.parent}", advice=f"Make it first: mkdir -p {path.parent}.")
            if not os.access(path if path.exists() else path.parent, os.W_OK | (os.R_OK if path.exists() else os.X_OK)):
                raise UsageError(f"--out {path} cannot be written", advice="Name a file in a folder that is yours.")
        except (OSError, ValueError) as error:
            raise self._failed(error) from error

    def differs_from(self, stream: IO[bytes], name: str) -> None:
        """Raises `UsageError` where the input is this very file."""
        if self._path.exists() and os.path.samestat(self._path.stat(), os.fstat(stream.fileno())):
            raise UsageError(f"--out names {name} itself", advice="Name another file for the results.")

    def __enter__(self) -> Self:
        if self._path.exists():
            self._open()
        return self

    def __exit__(self, *exc: object) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                os.fsync(self._file.fileno())
            self._file.close()

    def resume(self, records: Iterator[Record], name: str) -> int:
        """How many records are done already. Only then is an unfinished last line cut off.

        Raises `UsageError` where a line is not that of the record at its place.
        """
        if self._file is None:
            return 0
        self._file.seek(0)
        done, whole = 0, 0
        while line := self._file.readline(_MAX_LINE):
            record = next(records, None)
            if record is None:
                self._foreign(done + 1, f"{name} has only {done} records")
            if not line.endswith(b"\n"):
                if not _begins(line, record):
                    self._foreign(done + 1, "it is not the beginning of a result")
                try:
                    os.ftruncate(self._file.fileno(), whole)
                except OSError as error:
                    raise self._failed(error) from error
                break
            self._compare(line, record, name, done + 1)
            whole += len(line)
            done += 1
        return done

    def append(self, line: bytes) -> None:
        """Write a line and hand it to the kernel. Raises `UsageError` where the disk is full or gone."""
        if self._file is None:
            self._open(new=True)
        assert self._file is not None
        left = memoryview(line)
        try:
            while left:
                left = left[os.write(self._file.fileno(), left) :]
        except OSError as error:
            raise self._failed(error, "Make room, then run the same command again to go on.") from error

    def _open(self, *, new: bool = False) -> None:
        # Appending, so that a write of somebody else's is at least not overwritten; `new`, so that none came in between.
        flags = os.O_RDWR | os.O_APPEND | (os.O_CREAT | os.O_EXCL if new else 0)
        try:
            self._file = os.fdopen(os.open(self._path, flags, 0o666), "a+b")
        except OSError as error:
            raise self._failed(error) from error
        try:
            fcntl.flock(self._file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            self._file = None
            raise UsageError(
                f"--out {self._path} is being written by another run", advice="Wait for it, or name another file."
            ) from None
        except OSError:  # a file system without locks
            pass

    def _compare(self, line: bytes, record: Record, name: str, number: int) -> None:
        try:
            loose = json.loads(line)
        except (ValueError, RecursionError):
            loose = None
        if not isinstance(loose, dict) or "id" not in loose or "code_sha256" not in loose:
            self._foreign(number, "it is not a result")
        if (type(loose["id"]), loose["id"]) != (type(record.id), record.id):
            self._foreign(number, f"its id is not that of line {record.line} of {name}")
        if loose["code_sha256"] != fingerprint(record.code):
            self._foreign(number, f"the program of line {record.line} of {name} is another now")

    def _foreign(self, number: int, why: str) -> NoReturn:
        raise UsageError(
            f"--out {self._path} does not belong to this input: line {number}: {why}",
            advice="Name another file with --out, or remove this one to begin anew.",
        )

    def _failed(self, error: Exception, advice: str = "Name another file.") -> UsageError:
        why = error.strerror if isinstance(error, OSError) else str(error)
        return UsageError(f"--out {self._path} cannot be written: {why}", advice=advice)


def _begins(tail: bytes, record: Record) -> bool:
    """Whether an unfinished line may be what is left of this record's; never cut off what somebody else wrote."""
    start = f'{{"id": {json.dumps(record.id)}, "status": "'.encode("ascii")
    return tail.startswith(start) or start.startswith(tail) or not tail.strip(b"\0")

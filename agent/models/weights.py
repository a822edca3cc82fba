"""One verb, `fetch`, that returns a model file whose SHA-256 has been checked, downloading what is missing.

The catalog, the sources and the look into a GGUF file are modules of their own; their names can be had from here.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import filelock
from pydantic import BaseModel, ValidationError

from agent.errors import WeightsError
from agent.models.catalog import CATALOG, DEFAULT, Parts, Weights, find, models_dir, path_of
from agent.models.gguf import verify_gguf
from agent.models.sources import SourceFailed, Sources, Way

__all__ = [
    "CATALOG",
    "DEFAULT",
    "FetchProgress",
    "Parts",
    "Sources",
    "Weights",
    "fetch",
    "find",
    "models_dir",
    "path_of",
    "state_of",
    "verify_gguf",
]


class _Mark(BaseModel):
    """The note beside a file that was hashed: the same size and time of change mean the same bytes."""

    size: int
    mtime_ns: int
    sha256: str


def _mark_path(path: Path) -> Path:
    return path.with_name(path.name + ".ok")


def _is_verified(path: Path, weights: Weights) -> bool:
    try:
        mark = _Mark.model_validate_json(_mark_path(path).read_bytes())
        stat = path.stat()
    except (OSError, ValidationError):
        return False
    return mark == _Mark(size=stat.st_size, mtime_ns=stat.st_mtime_ns, sha256=weights.sha256)


def _remember(path: Path, weights: Weights) -> None:
    stat = path.stat()
    mark = _Mark(size=stat.st_size, mtime_ns=stat.st_mtime_ns, sha256=weights.sha256)
    with contextlib.suppress(OSError):  # a read-only cache that is shared: the file is hashed at each start, no more
        _mark_path(path).write_text(mark.model_dump_json(), encoding="utf-8")


def state_of(weights: Weights) -> Literal["absent", "present", "verified"]:
    """Whether the file is there, and whether its hash was checked since it last changed; hashes nothing."""
    path = path_of(weights)
    if _is_verified(path, weights):
        return "verified"
    return "present" if path.is_file() else "absent"


@dataclass(frozen=True)
class FetchProgress:
    """How far a fetch is. `message` is a sentence where something changed (a source given up, a wait), else empty."""

    source: str
    done: int
    """Bytes of the file had so far; may fall where bad bytes were thrown away."""
    total: int
    message: str = ""


def fetch(
    weights: Weights,
    *,
    on_progress: Callable[[FetchProgress], None] | None = None,
    sources: Sources | None = None,
) -> Path:
    """The path of the verified file; downloads what is missing.

    A file that is there is hashed once and the result remembered beside it (``.ok``). Interrupted, it leaves a
    ``.part`` file that the next call goes on with.

    Raises:
        WeightsError: no source has the file, the disk is full, or the folder cannot be written.
    """
    path = path_of(weights)
    if not _is_verified(path, weights):
        job = _Fetch(weights, path, on_progress or (lambda progress: None))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with job.alone():
                job.run(sources or Sources())
        except OSError as error:
            raise _disk_error(error, weights, path) from error
    return path


def _disk_error(error: OSError, weights: Weights, path: Path) -> WeightsError:
    elsewhere = "or set XDG_CACHE_HOME to a folder elsewhere."
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        message, advice = (
            f"no room for {weights.file} in {path.parent}",
            f"Free {weights.size / 1e6:,.0f} MB, {elsewhere}",
        )
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
        message, advice = f"{path.parent} cannot be read or written", f"Give yourself the rights to it, {elsewhere}"
    else:
        message, advice = f"{path.parent}: {error.strerror or error}", f"Mend the disk, {elsewhere}"
    return WeightsError(message, advice=advice)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


class _Fetch:
    """One call of `fetch` that found no verified file."""

    def __init__(self, weights: Weights, path: Path, on_progress: Callable[[FetchProgress], None]) -> None:
        self.weights, self.path, self.on_progress = weights, path, on_progress
        self.part = path.with_name(path.name + ".part")
        self.source = "disk"

    def report(self, done: int, message: str = "") -> None:
        self.on_progress(FetchProgress(self.source, min(done, self.weights.size), self.weights.size, message))

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the lock of this file; its empty lock file stays, since removing it would let two processes in."""
        lock = filelock.FileLock(self.path.with_name(f".{self.path.name}.lock"))
        try:
            lock.acquire(blocking=False)
        except filelock.Timeout:
            self.report(0, "another process is fetching this file; waiting for it")
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def run(self, sources: Sources) -> None:
        """Leave the verified file at its path."""
        if self.path.is_file():
            if _is_verified(self.path, self.weights) or self.good(self.path):  # verified: by whom we waited for
                _remember(self.path, self.weights)
                return
            self.set_aside()
        if _size(self.part) > self.weights.size:
            self.part.unlink()
        if shutil.disk_usage(self.path.parent).free < self.weights.size - _size(self.part):
            raise OSError(errno.ENOSPC, "no room")
        reasons: list[str] = []
        for way in sources.ways():
            try:
                self.through(way)
            except SourceFailed as failure:
                reasons.append(f"{way.name} ({way.host}): {failure}")
                self.report(_size(self.part), f"{way.name} ({way.host}) failed: {failure}")
            else:
                return
        raise WeightsError(
            f"{self.weights.file} cannot be had: {'; '.join(reasons) or 'every source is switched off'}",
            advice=f"Place the file at {self.path} by hand (SHA-256 {self.weights.sha256}).",
        )

    def through(self, way: Way) -> None:
        """Take the file from one source; twice where the bytes that an earlier download left turn out to be wrong."""
        self.source = way.name
        self.report(_size(self.part), f"downloading {self.weights.file} from {way.name}")
        had_bytes = _size(self.part) > 0
        way.get(self.weights, self.part, self.report)
        if had_bytes and not self.good(self.part):
            self.part.unlink()
            self.report(0, "the bytes left by an earlier download were wrong; starting again")
            had_bytes = False
            way.get(self.weights, self.part, self.report)
        if not had_bytes and not self.good(self.part):
            self.part.unlink()
            raise SourceFailed("it sent other bytes than the catalog's")
        self.keep()

    def set_aside(self) -> None:
        """Take away a file that is not what the catalog says; one that is only cut short is gone on with."""
        have = self.path.stat().st_size
        _mark_path(self.path).unlink(missing_ok=True)
        if have < self.weights.size:
            self.path.replace(self.part)
            self.report(
                have, f"{self.path.name} is cut short ({have:,} of {self.weights.size:,} bytes); fetching the rest"
            )
        else:
            self.path.unlink()
            self.report(0, f"{self.path.name} does not have the bytes that it should have; downloading it again")

    def good(self, path: Path) -> bool:
        """Whether `path` has the size and the hash of the catalog."""
        if _size(path) != self.weights.size:
            return False
        self.report(self.weights.size, "checking the SHA-256")
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == self.weights.sha256

    def keep(self) -> None:
        with self.part.open("rb") as file:
            os.fsync(file.fileno())  # the name must not outlive the bytes in a power cut
        self.part.replace(self.path)
        _remember(self.path, self.weights)
        self.report(self.weights.size, "downloaded and verified")

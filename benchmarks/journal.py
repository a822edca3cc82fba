"""Journal: ``results.jsonl`` as it is written: one record a line, flushed, so that a crash loses at most the problems in hand.

Reading is `benchmarks.folder`'s. One process writes a folder at a time; a lock sees to it.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from agent.errors import UsageError
from benchmarks.folder import GRADED, MANIFEST, RESULTS, RunFolder
from benchmarks.manifest import Manifest
from benchmarks.records import Graded, Key, Record

__all__ = ["Done", "Journal", "bare", "lock", "write_graded", "write_manifest"]

LOCK = ".lock"


@dataclass
class Done:
    """What a run that goes on finds in its folder."""

    keys: set[int]
    """Hashes of the keys that need not be run again: 8 bytes for each, however long the ids are."""
    completion_tokens: int = 0
    records: int = 0

    def __contains__(self, key: Key) -> bool:
        return _hash(key) in self.keys


def _hash(key: Key) -> int:
    from hashlib import blake2b

    return int.from_bytes(blake2b("\0".join(key).encode("utf-8", "surrogatepass"), digest_size=8).digest())


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    """No second run writes to the folder meanwhile. Raises `UsageError` where one does."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        foreign = sorted(path.name for path in folder.iterdir() if path.name != LOCK)
        if foreign and not {MANIFEST, RESULTS, GRADED} & set(foreign):
            raise UsageError(f"{folder} holds other things ({foreign[0]}) and no run", advice="Name a new folder.")
        opened = (folder / LOCK).open("w")
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}", advice="Name another folder.") from error
    with opened as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UsageError(
                f"another run is writing to {folder}", advice="Wait for it, or name another --out."
            ) from error
        yield


def bare(record: Record) -> Record:
    """Without texts: no problem, no completion, no answer, no gold."""
    graded = record.graded.model_copy(update={"gold": (), "answer": None})
    return record.model_copy(update={"graded": graded, "solution": None})


class Journal:
    """Appends records. ``done`` is what an earlier run left; a last line that it could not finish is cut off.

    In a folder that was stripped, new records are stripped as well.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / RESULTS
        manifest = RunFolder(folder).manifest if self._path.exists() else None
        self._bare = manifest is not None and manifest.stripped
        self.done = Done(set())
        end = 0
        if self._path.exists():
            with self._path.open("rb") as file:
                for line in file:
                    if not line.endswith(b"\n"):
                        break
                    end += len(line)
                    self._count(line)
        self._file: IO[bytes] = self._path.open("ab")
        self._file.truncate(end)

    def _count(self, line: bytes) -> None:
        try:
            graded = Graded.model_validate(json.loads(line)["graded"])
        except (ValueError, KeyError, TypeError):
            return  # a line that cannot be read is run again
        self.done.completion_tokens += graded.completion_tokens
        if graded.outcome != "failed":  # what our side failed on is tried again
            self.done.keys.add(_hash(graded.key))
            self.done.records += 1

    def write(self, record: Record) -> None:
        """Whole and in the operating system's hands when this returns: a kill of this process loses nothing of it."""
        record = bare(record) if self._bare else record
        self._file.write(record.model_dump_json().encode("utf-8", "backslashreplace") + b"\n")
        self._file.flush()

    def close(self) -> None:
        os.fsync(self._file.fileno())
        self._file.close()


def write_graded(folder: Path) -> None:
    """``graded.jsonl``: the last `Graded` of each key, sorted by set, id and strategy; nothing in it depends on a clock."""
    target = folder / f"{GRADED}.part"
    with target.open("w", encoding="utf-8") as out:
        for graded in RunFolder(folder).graded():
            out.write(graded.model_dump_json() + "\n")
    target.replace(folder / GRADED)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write it, joined with what the folder has: a run may go on with more sets, strategies or problems.

    Raises `UsageError` where the folder holds results that were made in another way.
    """
    begun = any((folder / name).exists() for name in (RESULTS, GRADED))
    old = RunFolder(folder).manifest if begun else None
    if old is not None:
        if trouble := _differs(old, manifest):
            raise UsageError(
                f"{folder} holds another run: {trouble}", advice="Name another --out, or repeat its settings."
            )
        sets = {one.name: one for one in (*old.sets, *manifest.sets)}
        manifest = manifest.model_copy(
            update={
                "created": old.created,
                "stripped": old.stripped,
                "sets": tuple(sets.values()),
                "strategies": {**old.strategies, **manifest.strategies},
            }
        )
    part = folder / f"{MANIFEST}.part"
    part.write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    part.replace(folder / MANIFEST)


def _differs(old: Manifest, new: Manifest) -> str:
    if old.model.name != new.model.name:
        return f"its model is {old.model.name}, not {new.model.name}"
    digests = {one.name: one.digest for one in old.sets}
    for one in new.sets:
        if digests.get(one.name, one.digest) != one.digest:
            return f"the problems of {one.name} were others"
    for name, settings in new.strategies.items():
        before = old.strategies.get(name, settings)
        for field, value in settings.items():
            if field in before and before[field] != value:
                return f"{name} has {field} {before[field]}, not {value}"
    return ""

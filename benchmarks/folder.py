"""Reads a run folder: ``manifest.json``, ``results.jsonl`` and ``graded.jsonl``. It writes nothing, and judges nothing.

    RUN/manifest.json   what was run                                        ─▶ RunFolder.manifest
    RUN/results.jsonl   one `Record` a line, as problems were done          ─▶ .records() .record(key) .rows() .graded()
    RUN/graded.jsonl    one `Graded` a line, sorted: stands in where there is no results.jsonl  ─▶ .rows() .graded()

Memory holds the place of each record, never the records. A run that is still going on can be read: what is written after the
first look is not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from agent.errors import UsageError
from benchmarks.manifest import Manifest
from benchmarks.records import Graded, Key, Record

__all__ = ["GRADED", "MANIFEST", "RESULTS", "Row", "RunFolder", "Timing"]

MANIFEST = "manifest.json"
RESULTS = "results.jsonl"
GRADED = "graded.jsonl"
_ADVICE = "Name the folder that `sangaku bench run` wrote."


@dataclass(frozen=True)
class Timing:
    """What one strategy took for one problem, in seconds: see `Record`."""

    key: Key
    failed: bool
    """The model server or the sandbox failed: then the seconds say nothing about the strategy."""
    seconds: float
    model_s: float
    sandbox_s: float


@dataclass(frozen=True)
class Row:
    """A record without its texts; ``timing`` is None where only ``graded.jsonl`` is there."""

    graded: Graded
    timing: Timing | None


class _Light(BaseModel):
    """A `Record` whose solution is left unread."""

    model_config = ConfigDict(extra="ignore")

    version: Literal[1]
    graded: Graded
    seconds: float = 0.0
    model_s: float = 0.0
    sandbox_s: float = 0.0


class _Place(NamedTuple):
    offset: int
    line: int


_M = TypeVar("_M", bound=BaseModel)


class RunFolder:
    """A folder that a run wrote. Everything comes sorted by set, id and strategy, whatever order it was written in.

    ``on_broken`` is told the line (from 1) and the reason of each line that is no record; such lines are passed over. A last
    line without an end that is no JSON is what a crash leaves, and passed over in silence.

    Raises `UsageError` where there is no such folder or no run in it.
    """

    def __init__(self, path: str | Path, *, on_broken: Callable[[int, str], None] | None = None) -> None:
        path = Path(path)
        if not path.is_dir():
            raise UsageError(f"there is no folder {path}", advice=_ADVICE)
        self.path = path
        self._on_broken = on_broken
        self._whole = (path / RESULTS).is_file()
        self._file = path / (RESULTS if self._whole else GRADED)
        if not self._file.is_file():
            raise UsageError(f"{path} is not a run: it has neither {RESULTS} nor {GRADED}", advice=_ADVICE)
        self._places: dict[Key, _Place] | None = None

    @property
    def has_records(self) -> bool:
        """Whether there is a ``results.jsonl``."""
        return self._whole

    @property
    def manifest(self) -> Manifest | None:
        """None where there is none. Raises `UsageError` where it is broken or of another version."""
        path = self.path / MANIFEST
        try:
            return Manifest.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror}", advice="Check its permissions.") from error
        except ValidationError as error:
            advice = "Was it written by another version of Sangaku?"
            raise UsageError(f"{path} is no manifest: {_first(error)}", advice=advice) from error

    def keys(self) -> list[Key]:
        """Set, id and strategy of every record, sorted."""
        return list(self._index())

    def rows(self) -> Iterator[Row]:
        """Every record without its texts."""
        if not self._whole:
            for graded in self._read(Graded):
                yield Row(graded, None)
            return
        for light in self._read(_Light):
            graded = light.graded
            failed = graded.outcome == "failed"
            yield Row(graded, Timing(graded.key, failed, light.seconds, light.model_s, light.sandbox_s))

    def graded(self) -> Iterator[Graded]:
        """The `Graded` of every record."""
        return (row.graded for row in self.rows())

    def records(self) -> Iterator[Record]:
        """Every record, one at a time; none where there is only ``graded.jsonl``."""
        return self._read(Record) if self._whole else iter(())

    def record(self, key: Key) -> Record | None:
        """One record; None where it is not there, is broken, or where there is only ``graded.jsonl``."""
        place = self._index().get(key) if self._whole else None
        if place is None:
            return None
        with self._open() as stream:
            stream.seek(place.offset)
            return self._parsed(Record, stream.readline(), place.line)

    def _read(self, model: type[_M]) -> Iterator[_M]:
        places = self._index()
        with self._open() as stream:
            for place in places.values():
                stream.seek(place.offset)
                if (value := self._parsed(model, stream.readline(), place.line)) is not None:
                    yield value

    def _index(self) -> dict[Key, _Place]:
        if self._places is None:
            found: dict[Key, _Place] = {}
            same: dict[str, str] = {}  # names of sets and strategies come a hundred thousand times
            offset = 0
            with self._open() as stream:
                for number, line in enumerate(stream, start=1):
                    key = self._key(line, number)
                    if key is not None:
                        name, identity, strategy = key
                        key = same.setdefault(name, name), identity, same.setdefault(strategy, strategy)
                        found[key] = _Place(offset, number)
                    offset += len(line)
            self._places = dict(sorted(found.items()))
        return self._places

    def _key(self, line: bytes, number: int) -> Key | None:
        if not line.strip():
            return None
        if self._whole:
            light = self._parsed(_Light, line, number)
            return light.graded.key if light else None
        graded = self._parsed(Graded, line, number)
        return graded.key if graded else None

    def _parsed(self, model: type[_M], line: bytes, number: int) -> _M | None:
        try:
            return model.model_validate_json(line)
        except ValidationError as error:
            torn = not line.endswith(b"\n") and error.errors()[0]["type"] == "json_invalid"
            if self._on_broken is not None and not torn:
                self._on_broken(number, _first(error))
            return None

    def _open(self) -> BufferedReader:
        try:
            return self._file.open("rb")
        except OSError as error:
            raise UsageError(
                f"{self._file} cannot be read: {error.strerror}", advice="Check its permissions."
            ) from error


def _first(error: ValidationError) -> str:
    """The first complaint, in one line."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]

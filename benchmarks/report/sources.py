"""The runs that a report is about: their labels, their contenders in order, their records, all read once.

Covers opening and naming. What is computed from the records is asked of `benchmarks.metrics` and `benchmarks.compare`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.errors import UsageError
from benchmarks.folder import RunFolder, Timing
from benchmarks.manifest import Manifest
from benchmarks.records import Record

__all__ = ["Source", "open_sources", "timing"]


@dataclass(frozen=True)
class Source:
    """One run. ``names``: strategy → what the report calls it, in the manifest's order."""

    label: str
    folder: RunFolder
    manifest: Manifest | None
    names: dict[str, str]

    def records(self) -> Iterator[Record]:
        """Every record once; without texts and seconds where there is only ``graded.jsonl``."""
        if self.folder.has_records:
            yield from self.folder.records()
        else:
            yield from (Record(graded=graded) for graded in self.folder.graded())

    def timing(self, record: Record) -> Timing | None:
        return timing(record) if self.folder.has_records else None


def timing(record: Record) -> Timing:
    failed = record.graded.outcome == "failed"
    return Timing(record.graded.key, failed, record.seconds, record.model_s, record.sandbox_s)


def open_sources(paths: Sequence[Path], *, on_broken: Callable[[Path, int, str], None]) -> list[Source]:
    """Raises `UsageError` where a folder is not there, is no run, or holds nothing yet. The same folder twice is one."""
    folders = list({path.resolve(): path for path in paths}.values())
    labels = _labels(folders)
    return [_source(path, labels[path], several=len(folders) > 1, on_broken=on_broken) for path in folders]


def _source(path: Path, label: str, *, several: bool, on_broken: Callable[[Path, int, str], None]) -> Source:
    said: set[int] = set()

    def once(line: int, why: str) -> None:
        if line not in said:
            said.add(line)
            on_broken(path, line, why)

    folder = RunFolder(path, on_broken=once)
    have = dict.fromkeys(strategy for _, _, strategy in folder.keys())  # noqa: SIM118 - no mapping
    if not have:
        raise UsageError(f"{path} holds no record yet", advice="Wait for the run to do its first problem.")
    manifest = folder.manifest
    listed = [name for name in manifest.strategies if name in have] if manifest else []
    strategies = dict.fromkeys([*listed, *have])
    names = {strategy: f"{label}:{strategy}" if several else strategy for strategy in strategies}
    return Source(label, folder, manifest, names)


def _labels(folders: Sequence[Path]) -> dict[Path, str]:
    """The last part of each path, or the whole of it where two end alike."""
    names = [folder.resolve().name for folder in folders]
    return {folder: str(folder) if names.count(name) > 1 else name for folder, name in zip(folders, names, strict=True)}

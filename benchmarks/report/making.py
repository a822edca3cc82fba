"""A report of one or more runs: `make` reads their records once and writes the page, and CSV where it is asked for.

    records ─┬─▶ index and blocks  ─▶ page
             ├─▶ tallies           ─▶ cards, plots, Markdown
             ├─▶ contenders        ─▶ comparisons
             └─▶ sheet             ─▶ CSV

Files appear whole or not at all: each is written beside its place and then renamed.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from agent.errors import UsageError
from benchmarks.compare import Comparison, Contender, compare_all, contenders
from benchmarks.folder import Row
from benchmarks.metrics import Tally
from benchmarks.report import page
from benchmarks.report.charts import charts
from benchmarks.report.figures import Entry
from benchmarks.report.gather import Gathering
from benchmarks.report.header import facts, header, title
from benchmarks.report.markdown import markdown
from benchmarks.report.markup import Markup, element
from benchmarks.report.sheet import Sheet
from benchmarks.report.sources import Source
from benchmarks.report.summary import cards, turns
from benchmarks.wording import sentence

__all__ = ["Report", "make", "written"]

_EVERY_PAIR = 5
"""Up to so many contenders, each pair is compared; above, each with the first."""


@dataclass(frozen=True)
class Report:
    """What the records came to."""

    title: str
    facts: tuple[tuple[str, str], ...]
    problems: int
    entries: tuple[Entry, ...]
    comparisons: tuple[Comparison, ...]

    @property
    def sentences(self) -> list[str]:
        return [sentence(one) for one in self.comparisons]

    @property
    def markdown(self) -> str:
        return markdown(title=self.title, facts=self.facts, entries=self.entries, sentences=self.sentences)


def make(sources: Sequence[Source], *, out: Path, csv: Path | None = None, seed: int = 0) -> Report:
    """Raises `UsageError` where a file cannot be written or a run cannot be read."""
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(written(out))
        sheet = Sheet(stack.enter_context(written(csv))) if csv else None
        blocks = stack.enter_context(tempfile.TemporaryFile("w+", encoding="ascii"))
        tallies = {label: Tally(label, seed=seed) for source in sources for label in source.names.values()}
        gathering = Gathering(blocks, contenders=list(tallies))
        found = [
            _in_order(contenders(_read(source, tallies, gathering, sheet), names=source.names), list(tallies))
            for source in sources
        ]
        index = gathering.finish()
        several = len(sources) > 1
        report = Report(
            title=title(sources),
            facts=tuple(
                (f"{source.label}: {name}" if several else name, value)
                for source in sources
                for name, value in facts(source)
            ),
            problems=len(index),
            entries=tuple(Entry(label, tally.summary()) for label, tally in tallies.items()),
            comparisons=_compared(found, seed=seed),
        )
        parts = page.Parts(
            title=report.title,
            header=header(sources, problems=len(index)),
            cards=cards(report.entries),
            charts=charts(report.entries),
            comparisons=_comparisons(report.sentences),
            tables=turns(report.entries),
            footer="Made by sangaku bench report. The page holds everything it shows and asks no network for anything.",
            index=index.json(),
        )
        blocks.seek(0)
        page.write(file, parts, blocks)
    return report


def _read(source: Source, tallies: dict[str, Tally], gathering: Gathering, sheet: Sheet | None) -> Iterator[Row]:
    """Every record on its way through all that is made of it."""
    for record in source.records():
        label, timing = source.names[record.graded.strategy], source.timing(record)
        tallies[label].add(record.graded, timing)
        gathering.add(label, record)
        if sheet is not None:
            sheet.add(source.label, record)
        yield Row(record.graded, timing)


def _compared(groups: Sequence[Sequence[Contender]], *, seed: int) -> tuple[Comparison, ...]:
    """All against all where they share problems; else within each run."""
    some = [one for group in groups for one in group]
    try:
        return compare_all(some, every_pair=len(some) <= _EVERY_PAIR, seed=seed)
    except UsageError:  # two of them have no problem in common
        if len(groups) < 2:
            return ()
        return tuple(one for group in groups for one in _compared([group], seed=seed))


def _in_order(found: Sequence[Contender], labels: Sequence[str]) -> list[Contender]:
    return sorted(found, key=lambda one: labels.index(one.name))


def _comparisons(sentences: Sequence[str]) -> Markup | None:
    return element("ul", *(element("li", one) for one in sentences), class_="sentences") if sentences else None


@contextlib.contextmanager
def written(path: Path) -> Iterator[IO[str]]:
    """A file that takes its place when it is whole. Raises `UsageError` where it cannot be written."""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            yield file
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(0o666 & ~umask)  # mkstemp's files are for their owner only
        Path(name).replace(path)
    except BaseException as error:
        Path(name).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _unwritable(path, error) from error
        raise


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError(
        f"{path} cannot be written: {error.strerror}", advice="Name another file, in a folder that is there."
    )

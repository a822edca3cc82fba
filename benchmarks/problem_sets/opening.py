"""Opening: a name or a file in, a `ProblemSet` out. The kinds of sets are told apart here, and nowhere else."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agent.errors import UsageError
from benchmarks.problem_sets import curriculum, hub, procedural
from benchmarks.problem_sets.columns import Columns
from benchmarks.problem_sets.problem_set import ProblemSet
from benchmarks.problem_sets.reader import LanguageChoice, Reader
from benchmarks.problem_sets.rows import Row, Skipped
from benchmarks.problem_sets.table import FORMATS, Table, open_table, stem

__all__ = ["open_set"]


def open_set(
    name_or_path: str | Path,
    *,
    columns: Columns | None = None,
    limit: int | None = None,
    ids: Sequence[str] = (),
    seed: int = 0,
    language: LanguageChoice = "auto",
) -> ProblemSet:
    """A set by its name (see `available`) or from a file; a name goes before a file of that name (give ``./name`` for that).

    ``limit`` and ``ids`` say how much of it. ``seed`` is that of problems that are made. ``language`` is the language of a file's
    problems, or of the problems that are taken from a set that has several. Raises `UsageError` for a set that there is not,
    that cannot be had here, or that lacks one of the columns or ids.
    """
    if limit is not None and limit < 1:
        raise UsageError(f"a limit of {limit} leaves no problem", advice="Give 1 or more.")
    found = replace(_found(name_or_path, columns, limit, seed, language), limit=limit, ids=frozenset(ids))
    if ids:
        for _ in found:  # so that a wrong id is said now, and not in the middle of a sweep
            pass
    return found


def _found(
    name_or_path: str | Path, columns: Columns | None, limit: int | None, seed: int, language: LanguageChoice
) -> ProblemSet:
    name = str(name_or_path)
    kind, *parts = name.split(":") if isinstance(name_or_path, str) else [""]
    if kind == "hf":
        dataset = hub.asked(name.removeprefix("hf:"))
        return _of_hub(name.partition("@")[0], dataset, columns, language)
    if kind in (curriculum.NAME, procedural.NAME):
        if columns is not None:
            raise UsageError(f"the set {kind} has its own columns", advice="Leave --columns out, or give a file.")
        if kind == procedural.NAME:
            return procedural.procedural(
                parts, count=limit, seed=seed, language="en" if language == "auto" else language
            )
        return curriculum.curriculum(parts if language == "auto" or language in parts else [language, *parts])
    if name in hub.NAMED:
        return _of_hub(name, hub.NAMED[name], columns, language)
    path = Path(name_or_path)
    if (
        isinstance(name_or_path, str)
        and not path.exists()
        and not ("/" in name or name.lower().endswith((*FORMATS, ".gz")))
    ):
        known = [curriculum.NAME, procedural.NAME, *hub.NAMED]
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise UsageError(
            f"there is no problem set and no file {name[:80]!r}", advice=f"{hint}`sangaku bench sets` lists the sets."
        )
    return _of_file(path, columns or Columns(), language)


def _of_file(path: Path, columns: Columns, language: LanguageChoice) -> ProblemSet:
    table = open_table(path, numbered=columns.numbered)
    if table.header:
        columns.check(table.header, str(path))
    reader = Reader(set=stem(path), columns=columns, language=language)
    return ProblemSet(
        name=reader.set, source=f"file {path}", digest=table.digest, read=lambda: reader.items(table.rows(columns))
    )


def _of_hub(name: str, dataset: hub.Dataset, columns: Columns | None, language: LanguageChoice) -> ProblemSet:
    fetched = hub.fetch(dataset)
    tables = [open_table(path, names=dataset.names) for path in fetched.paths]
    rows = _Joined(tuple(tables), columns or Columns())
    for table in tables:
        rows.columns.check(table.header, name)
    known = language if language != "auto" else dataset.language or "auto"
    reader = Reader(set=name, columns=rows.columns, language=known)
    digests = [table.digest for table in tables]
    return ProblemSet(
        name=name,
        source=f"https://huggingface.co/datasets/{dataset.repo} @{fetched.commit}, licence: {dataset.licence}",
        digest=digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest(),
        read=lambda: reader.items(rows.rows()),
    )


@dataclass(frozen=True)
class _Joined:
    """Files that are one table: their rows are counted on."""

    tables: tuple[Table, ...]
    columns: Columns

    def rows(self) -> Iterator[Row | Skipped]:
        before = 0
        for table in self.tables:
            last = 0
            for row in table.rows(self.columns):
                last = row.line
                yield replace(row, line=before + row.line)
            before += last

"""The shipped set: problems of the Japanese curriculum, each in Japanese and in English. See `CURRICULUM.md` beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from agent.errors import UsageError
from benchmarks.problem_sets.item import Item
from benchmarks.problem_sets.problem_set import ProblemSet
from benchmarks.problem_sets.reader import Reader
from benchmarks.problem_sets.table import open_table

__all__ = ["LICENCE", "NAME", "PATH", "curriculum", "parts"]

NAME = "curriculum"
LICENCE = "Apache-2.0"
PATH = Path(__file__).with_name("curriculum.jsonl")
_LANGUAGES = ("ja", "en")


def curriculum(asked: Sequence[str] = ()) -> ProblemSet:
    """The set, or of it what is all that ``asked`` says: languages, levels, categories. Raises `UsageError` for other words."""
    table = open_table(PATH)
    reader = Reader(set=":".join([NAME, *asked]))
    for part in asked:
        if part not in parts():
            raise UsageError(
                f"the set {NAME} has no part {part[:60]!r}",
                advice=f"There are {', '.join(parts())}; several are joined by colons.",
            )
    return ProblemSet(
        name=reader.set,
        source=f"shipped with Sangaku, {LICENCE}",
        digest=table.digest,
        read=lambda: reader.items(table.rows(reader.columns)),
        keep=_Kept(tuple(asked)) if asked else None,
    )


@dataclass(frozen=True)
class _Kept:
    asked: tuple[str, ...]

    def __call__(self, item: Item) -> bool:
        return all(part in (item.problem.language, item.level, item.category) for part in self.asked)


@cache
def parts() -> dict[str, int]:
    """Languages, levels and categories of the set, and how many problems each has."""
    counts: Counter[str] = Counter()
    reader = Reader(set=NAME)
    for item in reader.items(open_table(PATH).rows(reader.columns)):
        if isinstance(item, Item):
            counts.update(dict.fromkeys([item.problem.language, item.level, item.category], 1))
    del counts[""]
    return {name: counts[name] for name in [*_LANGUAGES, *counts] if name in counts}

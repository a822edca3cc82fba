"""Reader: rows in, items out, and beside them the rows that are left out, each with its line and the reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Literal, cast, get_args

from agent.equivalence import Mode
from agent.errors import UsageError
from agent.problem import accept
from agent.types import Language, Problem
from benchmarks.problem_sets.answers import accepted, plain
from benchmarks.problem_sets.columns import Columns, Key
from benchmarks.problem_sets.item import Item
from benchmarks.problem_sets.rows import Row, Skipped

__all__ = ["LanguageChoice", "Reader"]

LanguageChoice = Literal["auto"] | Language
_LANGUAGES: dict[str, Language] = {
    "en": "en",
    "eng": "en",
    "english": "en",
    "英語": "en",
    "ja": "ja",
    "jp": "ja",
    "jpn": "ja",
    "japanese": "ja",
    "日本語": "ja",
}

_NO_TEXT = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True)
class Reader:
    """``language`` is that of every problem; auto: what the row says, or else what its text is written in."""

    set: str
    columns: Columns = field(default_factory=Columns)
    language: LanguageChoice = "auto"

    def items(self, rows: Iterable[Row | Skipped]) -> Iterator[Item | Skipped]:
        """An item for each good row; of equal ids and of equal problems only the first. Holds two hashes for each item."""
        ids: set[int] = set()
        texts: set[int] = set()
        for row in rows:
            found = row if isinstance(row, Skipped) else self.item(row)
            if isinstance(found, Skipped):
                yield found
                continue
            identity, text = _hash(found.id), _hash(" ".join(found.problem.text.split()))
            if identity in ids:
                yield Skipped(row.line, f"has the id {found.id[:60]} of an earlier row")
            elif text in texts:
                yield Skipped(row.line, f"(id {found.id[:60]}) has the same problem text as an earlier row")
            else:
                ids.add(identity)
                texts.add(text)
                yield found

    def item(self, row: Row) -> Item | Skipped:
        """The row as an item, or why it is none."""

        cells = self.columns.cells(row.cells)

        def text(key: Key) -> str:
            return plain(cells.get(key))

        problem = cells.get("problem")
        if not isinstance(problem, str) or not problem.strip():
            return Skipped(row.line, "has no problem text")
        gold = accepted(cells.get("answer"))
        if not gold:
            return Skipped(row.line, "has no answer")
        if any(_is_no_text(part) for part in gold):
            return Skipped(row.line, "has bytes that are no text in its answer")
        mode = text("mode") or "soft"
        if mode not in get_args(Mode):
            return Skipped(
                row.line, f"has the unknown evaluation_method {mode[:40]!r}; there are {', '.join(get_args(Mode))}"
            )
        identity = cells.get("id")
        if identity is not None and not plain(identity):
            return Skipped(row.line, "has an id that is neither text nor a number")
        language = self.language
        if language == "auto":
            language = _LANGUAGES.get(text("language").lower(), "auto")
        name = plain(identity) or f"{self.set}/{row.line}"
        try:
            taken = accept(Problem(text=problem, id=name), language)
        except UsageError as error:
            return Skipped(row.line, f"is left out: {error.message}")
        rest = (text("category"), text("level"), text("unit"))
        if any(_is_no_text(part) for part in (name, *rest)):
            return Skipped(row.line, "has bytes that are no text")
        return Item(
            set=self.set,
            problem=taken,
            gold=gold,
            mode=cast("Mode", mode),
            category=rest[0],
            level=rest[1],
            unit=rest[2],
        )


def _hash(text: str) -> int:
    # 64 bits: among a million rows, two that differ are taken for equal once in 37 million sets.
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def _is_no_text(text: str) -> bool:
    return _NO_TEXT.search(text) is not None

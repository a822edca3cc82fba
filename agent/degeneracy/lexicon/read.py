"""Reading lexicon files, and asking whether a compound is attested."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib import resources
from pathlib import Path

from agent.degeneracy.lexicon.fold import fold
from agent.errors import UsageError
from agent.types import Language

__all__ = ["Entry", "Lexicon", "Source", "read_entries", "read_names", "read_sources", "shipped", "shipped_sources"]

_MAX_BYTES = 64 << 20
_COLUMNS = 5
_OWNED = re.compile(
    "([ァ-ヺー＝=・–-]{2,})の?(?:定理|公式|補題|法則|原理|不等式|恒等式|予想|方程式|積分|級数|分布|変換|判定法)"
)
_HEADS = (
    "定理",
    "公式",
    "補題",
    "法則",
    "原理",
    "不等式",
    "恒等式",
    "予想",
    "分布",
    "行列",
    "関数",
    "数列",
    "級数",
    "変換",
)
_JAPANESE = re.compile("[\u3041-\u30ff\u4e00-\u9fff]")


@dataclass(frozen=True)
class Source:
    """Where a term can be looked up. ``id`` is what entries name it by."""

    id: str
    title: str
    address: str
    licence: str


@dataclass(frozen=True)
class Entry:
    """One thing, all its names, and who attests it."""

    term: str
    reading: str = ""
    aliases: tuple[str, ...] = ()
    topic: str = ""
    source: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        return (self.term, *self.aliases)

    @property
    def language(self) -> Language:
        return "ja" if _JAPANESE.search(self.term) else "en"


@dataclass(frozen=True, eq=False)
class Lexicon:
    """Entries by folded name."""

    by_name: dict[str, Entry] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Lexicon:
        names: dict[str, Entry] = {}
        for entry in entries:
            for name in entry.names:
                names.setdefault(fold(name), entry)
        names.pop("", None)
        return cls(names)

    @cached_property
    def by_length(self) -> dict[int, list[str]]:
        """Folded names by their number of characters."""
        index: dict[int, list[str]] = {}
        for name in self.by_name:
            index.setdefault(len(name), []).append(name)
        return index

    @cached_property
    def modifiers(self) -> frozenset[str]:
        """Folded words of four letters and more that stand before another word in some English name."""
        return frozenset(word for name in self.by_name if " " in name for word in name.split()[:-1] if len(word) > 3)

    @cached_property
    def owners(self) -> frozenset[str]:
        """Folded Japanese names of people, as they stand before the head of some attested result."""
        found = (_OWNED.match(name) for entry in self.by_name.values() for name in entry.names)
        names = {fold(match[1]) for match in found if match}
        return frozenset(name for name in names if name not in self.by_name)  # ベクトル方程式: nobody's

    @cached_property
    def headless(self) -> frozenset[str]:
        """Folded Japanese names with one character of the head left open."""
        names = (name for name in self.by_name if len(name) >= 3 and name.endswith(_HEADS))
        return frozenset(
            f"{name[:at]}?{name[at + 1 :]}" for name in names for at in range(_head_start(name), len(name))
        )

    @cached_property
    def one_off(self) -> frozenset[str]:
        """Folded Japanese names of results, with one character before the head left open."""
        names = (name for name in self.by_name if len(name) >= 4 and name.endswith(_HEADS))
        return frozenset(f"{name[:at]}?{name[at + 1 :]}" for name in names for at in range(_head_start(name)))

    def shown(self, folded: str) -> str:
        """A folded name as its entry writes it."""
        entry = self.by_name[folded]
        return next((name for name in entry.names if fold(name) == folded), entry.term)

    def __len__(self) -> int:
        return len(set(map(id, self.by_name.values())))

    def __contains__(self, term: str) -> bool:
        return fold(term) in self.by_name

    def get(self, term: str) -> Entry | None:
        """The entry that attests ``term`` in any spelling, or None."""
        return self.by_name.get(fold(term))

    def with_terms(self, entries: Iterable[Entry]) -> Lexicon:
        """The same lexicon and these entries as well."""
        return Lexicon({**Lexicon.of(entries).by_name, **self.by_name})


def _head_start(name: str) -> int:
    return len(name) - next(len(head) for head in _HEADS if name.endswith(head))


def read_entries(path: Path) -> list[Entry]:
    """The entries of a file of terms; a line may hold no more than the term.

    Raises `UsageError`, with the line's number, for what is no lexicon.
    """
    return list(_entries(_text(path), str(path)))


def read_sources(path: Path) -> dict[str, Source]:
    """The sources by id. Raises `UsageError`."""
    sources = {}
    for number, columns in _rows(_text(path), str(path), 4):
        if len(columns) != 4 or not all(columns[:3]):
            raise UsageError(f"{path}, line {number}: a source has an id, a title, an address and a licence")
        sources[columns[0]] = Source(*columns)
    return sources


@lru_cache(maxsize=1)
def shipped() -> Lexicon:
    """The lexicon that Sangaku brings. Read once, 40 ms."""
    folder = resources.files("agent.degeneracy.lexicon")
    entries: list[Entry] = []
    for name in ("ja.tsv", "en.tsv"):
        entries += _entries(folder.joinpath(name).read_text(encoding="utf-8"), name)
    return Lexicon.of(entries)


@lru_cache(maxsize=1)
def shipped_sources() -> dict[str, Source]:
    """Where the shipped terms can be looked up, by id."""
    text = resources.files("agent.degeneracy.lexicon").joinpath("sources.tsv").read_text(encoding="utf-8")
    return {columns[0]: Source(*columns) for _, columns in _rows(text, "sources.tsv", 4)}


def read_names(path: Path) -> list[str]:
    """The first column of each line, without a heading. Raises `UsageError`."""
    names = [line.partition("\t")[0].strip() for line in _text(path).splitlines() if not line.startswith("#")]
    return [name for number, name in enumerate(names) if name and (number or name.lower() not in ("name", "term"))]


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise UsageError(f"{path} is larger than 64 MiB", advice="Give a file of terms, one a line.")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", advice="Check the path.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8", advice="Save it as UTF-8.") from error


def _rows(text: str, name: str, most: int) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        columns = [column.strip() for column in line.split("\t")]
        if len(columns) > most:
            raise UsageError(
                f"{name}, line {number}: {len(columns)} columns, more than {most}",
                advice="Separate columns by one tab.",
            )
        yield number, columns


def _entries(text: str, name: str) -> Iterator[Entry]:
    for number, columns in _rows(text, name, _COLUMNS):
        term, reading, aliases, topic, source = [*columns, "", "", "", ""][:_COLUMNS]
        if not term or len(term) > 120:
            raise UsageError(
                f"{name}, line {number}: the first column is the term, of at most 120 characters",
                advice="Write one term a line.",
            )
        names = tuple(alias.strip() for alias in aliases.split("|") if alias.strip())
        yield Entry(term, reading, names, topic, source)

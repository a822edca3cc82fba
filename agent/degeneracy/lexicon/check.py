"""Check: is a lexicon sound? The shipped one is tested with this."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from agent.degeneracy.lexicon.fold import fold
from agent.degeneracy.lexicon.read import Entry, Source

__all__ = ["faults"]


def faults(entries: Sequence[Entry], sources: Mapping[str, Source] | None = None) -> Iterator[str]:
    """What is wrong, one line each: double terms, aliases that say nothing, and, with ``sources``, sources that are not listed."""
    seen: dict[str, str] = {}
    for entry in entries:
        name = fold(entry.term)
        if not name:
            yield f"{entry.term}: nothing is left of it when it is folded"
        elif name in seen:
            yield f"{entry.term}: there twice (also as {seen[name]})"
        seen.setdefault(name, entry.term)
        for alias in entry.aliases:
            if fold(alias) == name:
                yield f"{entry.term}: the alias {alias} is the same name"
        if sources is None:
            continue
        if not entry.source:
            yield f"{entry.term}: no source"
        elif (
            entry.source not in sources and entry.source.partition(":")[0] not in sources and "://" not in entry.source
        ):
            yield f"{entry.term}: the source {entry.source} is not listed"

"""`sangaku lexicon`: look a term up, check a file of terms, and see how much of a list is attested."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.clean import clean
from agent.cli.options import json_option, lexicon_option
from agent.errors import UsageError

if TYPE_CHECKING:
    from agent.degeneracy.lexicon import Lexicon

__all__ = ["lexicon"]

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def lexicon() -> None:
    """The mathematical terms that count as attested, and terms of your own."""


@lexicon.command()
@click.argument("term")
@lexicon_option
@json_option("the entry")
def find(term: str, *, lexicon: Path | None, as_json: bool) -> int:
    """Show the entry of TERM, or the nearest term. Exit status 1 where no source attests it."""
    from agent.degeneracy.lexicon import shipped_sources
    from agent.degeneracy.lexicon.near import nearest

    if not term.strip():
        raise UsageError("the term is empty", advice="Give one: sangaku lexicon find 余弦定理.")
    terms = _terms(lexicon)
    entry = terms.get(term)
    near = nearest(term, terms) if entry is None else None
    if as_json:
        found = None
        if entry is not None:
            found = {
                "term": entry.term,
                "reading": entry.reading,
                "aliases": entry.aliases,
                "topic": entry.topic,
                "source": entry.source,
            }
        click.echo(
            json.dumps(
                {"term": term, "attested": entry is not None, "entry": found, "nearest": near}, ensure_ascii=False
            )
        )
    elif entry is None:
        click.echo(clean(f"{term}: attested by no source{f'; the nearest term is {near}' if near else ''}"))
    else:
        source = shipped_sources().get(entry.source) or shipped_sources().get(entry.source.partition(":")[0])
        where = f"{source.title} ({source.address})" if source else entry.source or "your own file"
        click.echo(clean(f"{entry.term}{f' ({entry.reading})' if entry.reading else ''}"))
        if entry.aliases:
            click.echo(clean(f"  also: {', '.join(entry.aliases)}"))
        click.echo(clean(f"  topic: {entry.topic or '–'}\n  source: {where}"))
        if source and entry.source != source.id:
            click.echo(clean(f"  there: {entry.source.partition(':')[2]}"))
    return 0 if entry is not None else 1


@lexicon.command()
@click.argument("file", type=_FILE)
@click.option("--sources", type=_FILE, help="File of sources that the entries must name: id, title, address, licence.")
@json_option("the counts and what is wrong")
def check(file: Path, *, sources: Path | None, as_json: bool) -> int:
    """Check FILE, one term a line: term, reading, other|names, topic, source, separated by tabs; all but the term may be left out.

    Exit status 1 where a term is there twice, has an alias of its own name, or names a source that --sources lacks.
    """
    from agent.degeneracy.lexicon import read_entries, read_sources
    from agent.degeneracy.lexicon.check import faults

    entries = read_entries(file)
    known = None if sources is None else read_sources(sources)
    found = list(faults(entries, known))
    if as_json:
        click.echo(json.dumps({"entries": len(entries), "faults": found}, ensure_ascii=False))
    else:
        for fault in found:
            click.echo(clean(fault))
        click.echo(f"{len(entries)} entries, {len(found)} faults")
    return 1 if found else 0


@lexicon.command()
@click.argument("file", type=_FILE)
@lexicon_option
@click.option("--missing", is_flag=True, help="List the names that are not attested.")
@json_option("the counts")
def coverage(file: Path, *, lexicon: Path | None, missing: bool, as_json: bool) -> int:
    """How many of the names in FILE are attested: one a line; of tab-separated lines the first column."""
    from agent.degeneracy.lexicon.read import read_names

    terms = _terms(lexicon)
    names = read_names(file)
    if not names:
        raise UsageError(f"{file} holds no names", advice="Write one name a line.")
    lacking = [name for name in names if name not in terms]
    attested = len(names) - len(lacking)
    if as_json:
        counts: dict[str, Any] = {"names": len(names), "attested": attested}
        click.echo(json.dumps(counts | ({"missing": lacking} if missing else {}), ensure_ascii=False))
        return 0
    if missing:
        for name in lacking:
            click.echo(clean(name))
    click.echo(f"{attested} of {len(names)} names are attested ({attested / len(names):.1%})")
    return 0


def _terms(file: Path | None) -> Lexicon:
    from agent.degeneracy.lexicon import read_entries, shipped

    return shipped() if file is None else shipped().with_terms(read_entries(file))

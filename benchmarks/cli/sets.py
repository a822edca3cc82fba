"""`sangaku bench sets`: which problem sets there are, and what is in one of them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import click

from agent.cli.clean import clean
from agent.cli.options import json_option
from agent.errors import UsageError

if TYPE_CHECKING:
    from benchmarks.problem_sets import Item, ProblemSet, Skipped

__all__ = ["sets"]

_FIRST = 3
_NAMED = 20
"""Rows left out that are shown to people, line by line."""
_KEPT = 1000
"""Rows left out that --json lists; the count says how many there are."""


@dataclass
class _Counts:
    items: int = 0
    left_out: int = 0
    categories: Counter[str] = field(default_factory=Counter)
    levels: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    modes: Counter[str] = field(default_factory=Counter)
    first: list[Item] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    def add(self, item: Item) -> None:
        self.items += 1
        self.categories[item.category] += 1
        self.levels[item.level] += 1
        self.languages[item.problem.language] += 1
        self.modes[item.mode] += 1
        if len(self.first) < _FIRST:
            self.first.append(item)

    def leave_out(self, row: Skipped) -> None:
        self.left_out += 1
        if len(self.skipped) < _KEPT:
            self.skipped.append(row)


@click.command()
@click.argument("name", required=False, metavar="[NAME|FILE]")
@click.option(
    "--columns",
    metavar="KEY=COLUMN,…",
    help="Columns of a file whose names are not the usual ones: problem=question,answer=target; numbers (problem=1,answer=2) "
    "where a table has no header. Keys: problem, answer, id, "
    "category, level, mode, unit, language.",
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Look at the first N problems only.")
@click.option("--seed", type=int, default=0, show_default=True, metavar="N", help="Seed of problems that are made.")
@click.option(
    "--language",
    type=click.Choice(["auto", "en", "ja"]),
    default="auto",
    show_default=True,
    help="Language of a file's problems, or the one to take of a set that has both.",
)
@json_option("the sets, or the counts and first problems of one")
def sets(name: str | None, *, columns: str | None, limit: int | None, seed: int, language: str, as_json: bool) -> int:
    """List the problem sets, or look at NAME: what it holds, and which rows of it are left out.

    NAME is one of the list, a part of one (curriculum:ja, procedural:gcd), a data set of the hub
    (hf:OWNER/NAME[:CONFIG][:SPLIT][@REVISION]), or a FILE: JSON Lines, a JSON list, CSV, TSV or Parquet in UTF-8, with the
    columns problem and answer, or others that --columns names.
    """
    if name is None:
        if columns is not None or limit is not None:
            raise UsageError("--columns and --limit look at one set", advice="Name it: sangaku bench sets NAME.")
        _list(as_json=as_json)
        return 0
    from benchmarks.problem_sets import Columns, open_set

    opened = open_set(
        name,
        columns=None if columns is None else Columns.parse(columns),
        limit=limit,
        seed=seed,
        language="ja" if language == "ja" else "en" if language == "en" else "auto",
    )
    counts = _Counts()
    for item in opened.items(on_skip=counts.leave_out):
        counts.add(item)
    if as_json:
        click.echo(_json(opened, counts))
    else:
        _show(opened, counts)
    return 0


def _list(*, as_json: bool) -> None:
    from benchmarks.problem_sets import available

    offers = available()
    if as_json:
        click.echo(json.dumps({"sets": [asdict(offer) for offer in offers]}, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("set", "problems", "languages")
    for title in ("from", "licence", "now"):
        table.add_column(title, overflow="fold")
    for offer in offers:
        rows = "any" if offer.rows is None else str(offer.rows)
        table.add_row(offer.name, rows, ", ".join(offer.languages), offer.source, offer.licence, offer.state)
    Console(highlight=False).print(table)
    click.echo("Any other data set of the hub: hf:OWNER/NAME[:CONFIG][:SPLIT][@REVISION]. Any file: its name.")


def _json(opened: ProblemSet, counts: _Counts) -> str:
    found = {
        "name": opened.name,
        "source": opened.source,
        "digest": opened.digest,
        "n": counts.items,
        "categories": counts.categories,
        "levels": counts.levels,
        "languages": counts.languages,
        "modes": counts.modes,
        "first": [item.model_dump(mode="json") for item in counts.first],
        "left_out": counts.left_out,
        "left_out_rows": [asdict(row) for row in counts.skipped],
    }
    return json.dumps(found, ensure_ascii=False)


def _show(opened: ProblemSet, counts: _Counts) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False)
    languages = ", ".join(f"{count} {language}" for language, count in sorted(counts.languages.items()))
    click.echo(clean(f"{opened.name}: {counts.items} problems ({languages})"))
    click.echo(clean(f"  {opened.source}\n  sha256 {opened.digest}"))
    for title, column in (("category", counts.categories), ("level", counts.levels)):
        if set(column) != {""}:
            table = Table(title, "problems")
            for key, count in column.items():
                table.add_row(escape(clean(key)) or "(none)", str(count))
            console.print(table)
    for item in counts.first:
        click.echo(clean(f"\n{item.id}\n{item.problem.text}"))
        click.echo(clean(f"→ {' or '.join(item.gold)}{f' ({item.mode})' if item.mode != 'soft' else ''}"))
    if counts.left_out:
        what = "1 row is" if counts.left_out == 1 else f"{counts.left_out} rows are"
        click.echo(f"\n{what} left out:", err=True)
        for row in counts.skipped[:_NAMED]:
            click.echo(clean(f"  line {row.line} {row.reason}"), err=True)
        if counts.left_out > _NAMED:
            click.echo(f"  and {counts.left_out - _NAMED} more", err=True)

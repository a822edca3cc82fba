"""The command line of the benchmark: a corpus in, tables or JSON out, progress on stderr."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Literal, NoReturn, get_args

import click

from agent.degeneracy.lexicon import read_entries, shipped
from benchmarks.degeneracy import corpus
from benchmarks.degeneracy.measure import as_json, measure
from benchmarks.ending import run_and_exit
from sandbox import NameIndex, open_sandbox

__all__ = ["main"]

NAME = "python -m benchmarks.degeneracy"
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--corpus", "file", type=_FILE, help="A file of labelled texts, one object a line.")
@click.option(
    "--part",
    type=click.Choice(get_args(corpus.Split)),
    default="test",
    show_default=True,
    help="Which part of the corpus that Sangaku brings.",
)
@click.option("--lexicon", type=_FILE, help="Terms of your own that count as attested.")
@click.option(
    "--sandbox",
    type=click.Choice(["auto", "docker", "bubblewrap", "process", "none"]),
    default="auto",
    show_default=True,
    help="Whose numpy and sympy code is looked up in; none: no findings of kind api.",
)
@click.option("--errors", is_flag=True, help="Also list what was judged wrongly. Do not fit on that of the test part.")
@click.option("--json", "as_json_", is_flag=True, help="JSON alone on stdout; the last line is the summary.")
def _command(
    file: Path | None,
    part: corpus.Split,
    lexicon: Path | None,
    sandbox: Literal["auto", "docker", "bubblewrap", "process", "none"],
    errors: bool,
    as_json_: bool,
) -> None:
    """Screen labelled texts, and count what was found, missed and falsely accused.

    A line of a corpus file is {"problem": …, "text": …, "language": "en"|"ja", "labels": […]}; a label is one of repetition,
    truncation, script, drift, term, api; no label means genuine. Texts are judged by themselves, without a finish reason.
    """
    records = corpus.read(file) if file is not None else corpus.shipped(part)
    terms = shipped() if lexicon is None else shipped().with_terms(read_entries(lexicon))
    names = asyncio.run(_names(sandbox))
    click.echo(f"{len(records)} texts …", err=True)
    measured = measure(records, lexicon=terms, names=names)
    if as_json_:
        if errors:
            from benchmarks.degeneracy.report import mistakes

            for line in mistakes(measured):
                click.echo(json.dumps(asdict(line), ensure_ascii=False))
        click.echo(json.dumps(as_json(measured)))
        return
    from benchmarks.degeneracy.report import show

    show(measured, errors=errors)


async def _names(sandbox: Literal["auto", "docker", "bubblewrap", "process", "none"]) -> NameIndex | None:
    if sandbox == "none":
        return None
    async with await open_sandbox(sandbox, workers=1) as box:
        return await box.names()


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command and exit; whatever is wrong is one line on stderr."""
    run_and_exit(_command, NAME, arguments, without_sandbox="Or give --sandbox none.")

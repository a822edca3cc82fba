"""`sangaku screen`: what is degenerate in a text, marked in it, for people and for programs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from agent.cli.clean import clean
from agent.cli.options import json_option, lexicon_option
from agent.errors import UsageError

if TYPE_CHECKING:
    from agent.types import Finding
    from sandbox import NameIndex

__all__ = ["screen"]

_MAX_BYTES = 64 << 20
_COLOURS = {"hard": "bold white on red", "soft": "black on yellow"}
Box = Literal["auto", "docker", "bubblewrap", "process", "none"]


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--problem", default="", metavar="TEXT|@FILE", help="The problem that the text is about; @FILE reads it.")
@click.option(
    "--language",
    type=click.Choice(["auto", "en", "ja"]),
    default="auto",
    show_default=True,
    help="Language that the text should be in.",
)
@lexicon_option
@click.option(
    "--sandbox",
    type=click.Choice(["auto", "docker", "bubblewrap", "process", "none"]),
    default="auto",
    show_default=True,
    help="Whose numpy and sympy the text's code is looked up in, if it has code; none: code is not looked at.",
)
@click.option(
    "--reader", is_flag=True, help="The text is meant for a person: another language in it is a hard finding."
)
@json_option("the findings")
def screen(
    file: str, *, problem: str, language: Any, lexicon: Path | None, sandbox: Box, reader: bool, as_json: bool
) -> int:
    """Show what is degenerate in the text of FILE (- for standard input).

    Loops, broken-off ends, foreign languages, text that leaves the problem, terms that no source attests, and functions that
    numpy and sympy do not have. Where FILE ends in .jsonl, each line is an object with "text", and "problem", "language" and
    "id" if there are any. Exit status 1 where something hard is found.
    """
    from agent.degeneracy.lexicon import Lexicon, read_entries, shipped
    from agent.problem import language_of
    from agent.stages.screen import screen as look
    from agent.types import Completion, Problem

    terms: Lexicon = shipped() if lexicon is None else shipped().with_terms(read_entries(lexicon))
    if problem.startswith("@"):
        problem = _read(problem[1:])
    given = {"text": _read(file), "problem": problem, "language": None if language == "auto" else language}
    lines = file.lower().endswith(".jsonl")
    records = list(_records(given["text"] or "", file, given)) if lines else [given]
    names = _names(sandbox, [str(record["text"]) for record in records])
    worst = 0
    for record in records:
        text, about = str(record["text"]), str(record.get("problem") or "")
        tongue = record.get("language") or language_of(about or text)
        asked = Problem(text=about, language=tongue)
        # Nobody says how the text ended: its own end is looked at.
        completion = Completion(text=text, finish_reason="unknown")
        findings = look(completion, asked, lexicon=terms, names=names, reader=reader)
        worst |= any(finding.severity == "hard" for finding in findings)
        _tell(text, findings, record.get("id"), as_json=as_json, lines=lines)
    return int(worst)


def _read(file: str) -> str:
    try:
        with click.open_file(file, "rb") as stream:
            data: bytes = stream.read(_MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"the file {file} cannot be read: {error.strerror}", advice="Check the path.") from error
    if len(data) > _MAX_BYTES:
        raise UsageError(f"{file} is larger than 64 MiB", advice="Split it.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not UTF-8", advice="Convert it: iconv -f SHIFT_JIS -t UTF-8.") from error


def _records(text: str, file: str, given: dict[str, str | None]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UsageError(
                f"{file}, line {number} is not JSON", advice='Give one object a line: {"text": "…"}.'
            ) from error
        if not isinstance(record, dict) or not isinstance(record.get("text"), str):
            raise UsageError(f'{file}, line {number} has no "text"', advice='Give one object a line: {"text": "…"}.')
        if record.get("language") not in (None, "en", "ja"):
            raise UsageError(
                f"{file}, line {number}: the language is neither en nor ja", advice='Leave "language" out.'
            )
        yield {"id": number, **{key: value for key, value in given.items() if value}, **record}


def _names(sandbox: Box, texts: list[str]) -> NameIndex | None:
    """The sandbox's names, where a text has code to look at: starting one takes seconds."""
    if sandbox == "none" or not any("```" in text or "import " in text for text in texts):
        return None
    from sandbox import open_sandbox

    async def ask() -> NameIndex:
        async with await open_sandbox(sandbox, workers=1) as box:
            return await box.names()

    return asyncio.run(ask())


def _tell(text: str, findings: tuple[Finding, ...], name: Any, *, as_json: bool, lines: bool) -> None:
    if as_json:
        fields = ("kind", "rule", "severity", "start", "end", "message")
        shown: dict[str, Any] = {
            "findings": [{field: getattr(finding, field) for field in fields} for finding in findings]
        }
        click.echo(
            json.dumps({"id": name, **shown} if lines else shown, ensure_ascii=False)
            .encode("utf-8", "backslashreplace")
            .decode()
        )
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    if lines:
        console.rule(Text(clean(str(name))))
    console.print(marked(text, findings))
    if not findings:
        console.print(Text("Nothing degenerate found.", style="green"))
        return
    table = Table("", "line", "kind", "rule", "what was seen", title_justify="left")
    for number, finding in enumerate(findings, start=1):
        line = text.count("\n", 0, finding.start) + 1
        table.add_row(
            str(number),
            str(line),
            Text(f"{finding.kind}", style="red" if finding.severity == "hard" else "yellow"),
            Text(f"{finding.rule} ({finding.severity})"),
            Text(clean(finding.message)),
        )
    console.print(table)


def marked(text: str, findings: tuple[Finding, ...]) -> Any:
    """The text as rich draws it: findings coloured, the number of each behind its end."""
    from rich.text import Text

    drawn = Text()
    edges = sorted({0, len(text), *(edge for finding in findings for edge in (finding.start, finding.end))})
    for start, end in pairwise([*edges, len(text)]):
        covering = [finding.severity for finding in findings if finding.start <= start < finding.end]
        drawn.append(clean(text[start:end]), style=_COLOURS[min(covering)] if covering else "")
        for number, finding in enumerate(findings, start=1):
            if finding.end == end and (start < end or finding.start == end):
                drawn.append(f"[{number}]", style="bold cyan")
    return drawn

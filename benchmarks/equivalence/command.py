"""The command line of the benchmark: pairs in, tables or JSON out, progress on stderr."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Literal, NoReturn

import click

from agent.equivalence import Comparer
from agent.errors import UsageError
from benchmarks.ending import run_and_exit
from benchmarks.equivalence.measure import Measured, by_math_verify, by_string, measure
from benchmarks.equivalence.pairs import Labelled, read, shipped
from benchmarks.equivalence.rewriting import rewritten, shuffled

__all__ = ["main"]

NAME = "python -m benchmarks.equivalence"
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_SHUFFLED = 2000


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--pairs", "file", type=_FILE, help="A file of pairs, one object a line, instead of our own.")
@click.option(
    "--answers", type=_FILE, help='A problem set with "answer": its answers rewritten, and shuffled between problems.'
)
@click.option(
    "--sandbox",
    type=click.Choice(["auto", "docker", "bubblewrap", "process"]),
    default="auto",
    show_default=True,
    help="Where answers are compared.",
)
@click.option("--errors", is_flag=True, help="Also list the pairs on which the verdict is another one.")
@click.option("--json", "as_json", is_flag=True, help="JSON alone on stdout; the last line is the summary.")
def _command(
    file: Path | None,
    answers: Path | None,
    sandbox: Literal["auto", "docker", "bubblewrap", "process"],
    errors: bool,
    as_json: bool,
) -> None:
    """Compare pairs of answers, and count how often the verdict is the expected one.

    A line of a file of pairs is {"gold": …, "predicted": …, "mode": "soft", "expected": "equal"|"different"|"undecided"}. The same
    pairs go through plain math-verify and through a comparison of texts.
    """
    if answers is not None:
        golds = _answers(answers)
        parts = {"rewritten": list(rewritten(golds)), "shuffled": shuffled(golds, _SHUFFLED)}
        for name, pairs in parts.items():
            _show(name, asyncio.run(_measured(pairs, sandbox)), errors=errors, as_json=as_json, others=None)
        return
    pairs = read(file) if file is not None else shipped()
    click.echo(f"{len(pairs)} pairs …", err=True)
    measured = asyncio.run(_measured(pairs, sandbox))
    others = (by_math_verify(pairs), by_string(pairs))
    _show("pairs", measured, errors=errors, as_json=as_json, others=others)


async def _measured(pairs: list[Labelled], sandbox: Literal["auto", "docker", "bubblewrap", "process"]) -> Measured:
    async with await Comparer.open(sandbox) as comparer:
        return await measure(pairs, comparer)


def _answers(file: Path) -> list[str]:
    try:
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        answers = [str(row["answer"]) for row in rows]
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise UsageError(f'{file} is no problem set with "answer"', advice="Give one object a line.") from error
    if len(set(answers)) < 2:
        raise UsageError(f"{file} holds fewer than two answers", advice="Give a larger set.")
    return answers


def _show(name: str, measured: Measured, *, errors: bool, as_json: bool, others: tuple[int, int] | None) -> None:
    wrong = [
        (pair, verdict)
        for pair, verdict in zip(measured.pairs, measured.verdicts, strict=True)
        if verdict.outcome != pair.expected
    ]
    summary: dict[str, object] = {
        "pairs": len(measured.pairs),
        "agree": measured.agree,
        "undecided": measured.undecided,
        "comparisons_per_s": round(measured.per_s, 1),
        "p99_ms": round(measured.p99_ms, 2),
    }
    if others is not None:
        summary |= {"math_verify_agree": others[0], "string_agree": others[1]}
    if as_json:
        if errors:
            for pair, verdict in wrong:
                click.echo(
                    json.dumps(
                        {**pair.model_dump(), **verdict.model_dump(include={"outcome", "rule"})}, ensure_ascii=False
                    )
                )
        click.echo(json.dumps(summary if others is not None else {"part": name, **summary}))
        return
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    table = Table("", "as expected", title=f"{name}: {len(measured.pairs)}", title_justify="left")
    table.add_row(
        "Sangaku", f"{measured.agree} ({measured.agree / len(measured.pairs):.2%}), {measured.undecided} undecided"
    )
    if others is not None:
        for what, count in zip(("math-verify", "the same text"), others, strict=True):
            table.add_row(what, f"{count} ({count / len(measured.pairs):.2%})")
    table.add_row("comparisons a second", f"{measured.per_s:.0f}")
    table.add_row("one by itself, 99th percentile", f"{measured.p99_ms:.1f} ms")
    console.print(table)
    if errors:
        for pair, verdict in wrong:
            console.print(
                f"{pair.gold}  |  {pair.predicted}  |  {pair.mode}  expected {pair.expected}, {verdict.outcome}: {verdict.rule}",
                markup=False,
            )


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command and exit; whatever is wrong is one line on stderr."""
    run_and_exit(_command, NAME, arguments)

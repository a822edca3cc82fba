"""`sangaku grade`: predictions against gold answers, for people and for programs."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import click

from agent.cli.options import json_option, sandbox_option
from agent.errors import UsageError

if TYPE_CHECKING:
    from agent.equivalence import Mode, Verdict

__all__ = ["grade"]

_MODES = ("soft", "strict", "complex", "complex-strict")
_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True)
_GOLD = '{"id": 1, "solution": "3/4"}'
_PREDICTION = '{"id": 1, "output": "… \\\\boxed{3/4}"}'


@dataclass(frozen=True)
class _Gold:
    id: str
    answers: tuple[str, ...]
    category: str
    mode: Mode


@click.command()
@click.argument("predictions", type=_FILE)
@click.argument("gold", type=_FILE)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also write every verdict, one a line.",
)
@sandbox_option
@json_option("the accuracies and every result")
def grade(
    predictions: str,
    gold: str,
    *,
    out: Path | None,
    sandbox: Literal["auto", "docker", "bubblewrap", "process"],
    as_json: bool,
) -> int:
    """Grade PREDICTIONS against GOLD, both one object a line.

    A prediction has "id" and "output" (or is a solution that `solve --json` printed); the answer is its last box, its answer
    line or its last expression. A gold record has "id" and "solution", a string or a list of accepted answers, and may have
    "category" and "evaluation_method": soft (the default), strict, complex or complex-strict. Broken lines are named and
    left out; a problem without a prediction counts as not solved, and so does a comparison that cannot be decided.
    """
    from agent.equivalence import Comparer, Pair
    from agent.equivalence.taking import take

    if out is not None and not out.parent.is_dir():
        raise UsageError(f"there is no folder {out.parent}", advice=f"Make it first: mkdir -p {out.parent}.")
    if out is not None and out.exists() and any(file != "-" and out.samefile(file) for file in (predictions, gold)):
        raise UsageError(f"--out {out} is one of the files to be read", advice="Name another file.")
    golds = _golds(gold)
    answers = {identity: take(text) for identity, text in _predictions(predictions, set(golds)).items()}
    order = [record for record in golds.values() if answers.get(record.id)]

    async def compare() -> list[Verdict]:
        pairs = [Pair(gold=record.answers, predicted=answers[record.id], mode=record.mode) for record in order]
        if not pairs:
            return []
        async with await Comparer.open(sandbox) as comparer:
            return await comparer.compare(pairs)

    verdicts = dict(zip((record.id for record in order), asyncio.run(compare()), strict=True))
    if out is not None:
        _write(out, golds, answers, verdicts)
    _tell(golds, answers, verdicts, as_json=as_json)
    return 0


def _lines(file: str, what: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a file with their lines; what is none is said on stderr and passed over."""
    from agent.cli.records import open_records

    found = broken = 0
    with open_records(file) as stream:
        stream.seek(0)
        for number, data in enumerate(stream, start=1):
            try:
                text = data.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError:
                broken += 1
                _warn(f"{file}: line {number} is not UTF-8")
                continue
            if not text.strip():
                continue
            try:
                record = json.loads(text)
            except (ValueError, RecursionError):
                record = None
            if not isinstance(record, dict):
                broken += 1
                _warn(f"{file}: line {number} is not a JSON object")
                continue
            found += 1
            yield number, record
    if not found:
        raise UsageError(
            f"{file} holds no {what}",
            advice=f"Give one object a line: {_GOLD if what == 'gold answer' else _PREDICTION}.",
        )


def _warn(message: str) -> None:
    click.echo(f"{click.style('Warning:', fg='yellow')} {message}; it is left out.", err=True)


def _golds(file: str) -> dict[str, _Gold]:
    golds: dict[str, _Gold] = {}
    for number, record in _lines(file, "gold answer"):
        identity = record.get("id")
        answers = record.get("solution", record.get("answer"))
        accepted = [answers] if isinstance(answers, str | int | float) and not isinstance(answers, bool) else answers
        mode = record.get("evaluation_method") or "soft"
        if not isinstance(identity, str | int) or isinstance(identity, bool) or identity == "":
            _warn(f'{file}: line {number} has no "id"')
        elif str(identity) in golds:
            _warn(f"{file}: line {number} has the id {identity} of an earlier line")
        elif (
            not isinstance(accepted, list)
            or not accepted
            or not all(isinstance(one, str | int | float) and str(one).strip() for one in accepted)
        ):
            _warn(f'{file}: line {number} has no "solution"')
        elif mode not in _MODES:
            _warn(f'{file}: line {number} has the unknown "evaluation_method" {str(mode)[:40]!r}')
        else:
            golds[str(identity)] = _Gold(
                str(identity), tuple(map(str, accepted)), str(record.get("category") or ""), cast("Mode", mode)
            )
    if not golds:
        raise UsageError(f"{file} holds no gold answer", advice=f"Give one object a line: {_GOLD}.")
    return golds


def _predictions(file: str, known: set[str]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for number, record in _lines(file, "prediction"):
        identity = record.get("id", record.get("problem_id"))
        if not isinstance(identity, str | int) or isinstance(identity, bool) or identity == "":
            _warn(f'{file}: line {number} has no "id"')
            continue
        given = [key for key in ("output", "response", "answer_boxed", "answer") if key in record]
        if not given:
            _warn(f'{file}: line {number} has no "output"')
            continue
        text = next((record[key] for key in given if record[key] is not None), None)
        if str(identity) in texts:
            _warn(f"{file}: line {number} has the id {identity} of an earlier line")
        elif str(identity) not in known:
            _warn(f"{file}: line {number} has the id {identity}, which no gold answer has")
        else:
            texts[str(identity)] = text if isinstance(text, str) else "" if text is None else str(text)
    if not texts:
        raise UsageError(f"{file} has no answer to any problem of the gold file", advice=f"A line is {_PREDICTION}.")
    return texts


def _result(record: _Gold, answers: dict[str, str], verdicts: dict[str, Verdict]) -> bool | None:
    """True or False; None where no prediction is there or it could not be compared."""
    return verdicts[record.id].correct if record.id in verdicts else None


def _write(out: Path, golds: dict[str, _Gold], answers: dict[str, str], verdicts: dict[str, Verdict]) -> None:
    try:
        with out.open("w", encoding="utf-8") as file:
            for record in golds.values():
                verdict = verdicts.get(record.id)
                line: dict[str, object] = {
                    "id": record.id,
                    "correct": _result(record, answers, verdicts),
                    "outcome": verdict.outcome if verdict else "missing",
                    "rule": verdict.rule if verdict else "there is no answer",
                    "gold": list(record.answers),
                    "predicted": answers.get(record.id, ""),
                    "mode": record.mode,
                    "category": record.category,
                }
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}", advice="Name another file.") from error


def _tell(golds: dict[str, _Gold], answers: dict[str, str], verdicts: dict[str, Verdict], *, as_json: bool) -> None:
    from agent.intervals import wilson

    results = {record.id: _result(record, answers, verdicts) for record in golds.values()}
    right = sum(result is True for result in results.values())
    groups: dict[str, list[bool | None]] = defaultdict(list)
    for record in golds.values():
        groups[record.category].append(results[record.id])
    low, high = wilson(right, len(golds))
    if as_json:
        found = {name: sum(result is True for result in some) for name, some in groups.items() if name}
        counted = {
            name: {"n": len(groups[name]), "right": hit, "interval": wilson(hit, len(groups[name]))}
            for name, hit in found.items()
        }
        summary = {
            "overall_accuracy": right / len(golds),
            "interval": [low, high],
            "n": len(golds),
            "category_accuracies": {name: hit / len(groups[name]) for name, hit in found.items()},
            "detailed_results": results,
            "categories": counted,
            "undecided": [identity for identity, verdict in verdicts.items() if verdict.outcome == "undecided"],
            "missing": [identity for identity in results if not answers.get(identity)],
        }
        click.echo(json.dumps(summary, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("", "n", "right", "accuracy", "95 %")
    rows = (
        [*sorted(groups.items()), ("all", list(results.values()))]
        if len(groups) > 1 or "" not in groups
        else [("all", list(results.values()))]
    )
    for name, some in rows:
        hits = sum(result is True for result in some)
        low, high = wilson(hits, len(some))
        table.add_row(
            name or "(no category)", str(len(some)), str(hits), f"{hits / len(some):.1%}", f"{low:.1%} to {high:.1%}"
        )
    Console(file=sys.stdout, highlight=False).print(table)
    missing = [identity for identity in results if not answers.get(identity)]
    undecided = [identity for identity, verdict in verdicts.items() if verdict.outcome == "undecided"]
    for what, some_ids in (("without an answer", missing), ("undecided", undecided)):
        if some_ids:
            click.echo(
                f"{what}: {len(some_ids)} ({', '.join(some_ids[:8])}{' …' if len(some_ids) > 8 else ''})", err=True
            )

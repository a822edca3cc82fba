"""`sangaku bench compare`: strategies and runs side by side, and what can be said of each pair."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.clean import clean
from agent.cli.options import json_option
from agent.errors import UsageError

if TYPE_CHECKING:
    from benchmarks.compare import Comparison, Contender, ProblemKey, Standing
    from benchmarks.folder import RunFolder

__all__ = ["compare"]


@dataclass(frozen=True)
class _Asked:
    """An argument: a folder, and one of its strategies or all of them."""

    folder: Path
    strategy: str | None


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN_A [RUN_B]…")
@click.option("--strategy", "strategies", multiple=True, metavar="NAME", help="These strategies only, in this order.")
@click.option("--set", "sets", multiple=True, metavar="NAME", help="Problems of these sets only.")
@click.option("--all", "every_pair", is_flag=True, help="Compare every pair, not only each with the first.")
@click.option(
    "--flips",
    type=click.IntRange(0),
    default=5,
    show_default=True,
    metavar="N",
    help="Show so many of the problems that one has right and the other has not.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the bootstrap.")
@json_option("the figures and all flips")
def compare(
    runs: tuple[str, ...],
    *,
    strategies: tuple[str, ...],
    sets: tuple[str, ...],
    every_pair: bool,
    flips: int,
    seed: int,
    as_json: bool,
) -> int:
    """Compare strategies and runs on the problems that they share.

    A RUN is a folder that `sangaku bench run` wrote, or FOLDER:STRATEGY; a folder with several strategies gives each of them.
    The first is the baseline. Problems where the model server or the sandbox failed are left out; an undecided answer counts as
    not right. A difference is claimed where McNemar's exact test has p < 0.05, corrected by Holm for several comparisons; the
    intervals are Wilson's for accuracies and a bootstrap over problems for differences.
    """
    from benchmarks.compare import compare_all, standing

    some = _contenders([_asked(run) for run in runs], strategies=strategies, sets=sets)
    if len(some) < 2:
        raise UsageError(
            f"there is nothing to compare {some[0].name} with", advice="Name another run, or one with more strategies."
        )
    comparisons = compare_all(some, every_pair=every_pair, seed=seed)
    standings = [standing(one) for one in some]
    if as_json:
        _tell_programs(standings, comparisons)
    else:
        _tell_people(standings, comparisons, flips=flips)
    return 0


def _asked(run: str) -> _Asked:
    folder, sign, strategy = run.rpartition(":")
    if not sign or not folder or not strategy or Path(run).is_dir():  # a folder may have a colon in its name
        return _Asked(Path(run), None)
    return _Asked(Path(folder), strategy)


def _contenders(asked: Sequence[_Asked], *, strategies: tuple[str, ...], sets: tuple[str, ...]) -> list[Contender]:
    """One for each strategy of each folder that was asked for, none twice, in the order of the arguments."""
    from benchmarks.compare import Contender, contenders

    folders = {one.folder: _open(one.folder) for one in asked}
    _refuse_unknown(list(folders.values()), strategies=strategies, sets=sets)
    labels = _labels(list(folders))
    found: dict[str, Contender] = {}
    read: dict[Path, dict[str, Contender]] = {}
    for one in asked:
        run = folders[one.folder]
        have = _strategies(run)
        if one.strategy is not None and one.strategy not in have:
            raise UsageError(f"{one.folder} has no strategy {one.strategy!r}", advice=f"It has {', '.join(have)}.")
        if one.folder not in read:
            rows = (row for row in run.rows() if not sets or row.graded.set in sets)
            read[one.folder] = {contender.name: contender for contender in contenders(rows)}
        wanted = [name for name in strategies if name in have] if strategies else have
        for strategy in [one.strategy] if one.strategy is not None else wanted:
            name = f"{labels[one.folder]}:{strategy}" if len(folders) > 1 else strategy
            if strategy in read[one.folder]:
                found[name] = Contender(name, read[one.folder][strategy].results)
    if not found:
        raise UsageError("none of these runs has a problem of that set and strategy", advice="Leave --set out.")
    return list(found.values())


def _open(folder: Path) -> RunFolder:
    from benchmarks.folder import RunFolder

    def warn(line: int, why: str) -> None:
        what = f"{folder}: line {line} is no record ({clean(why)}); it is left out."
        click.echo(f"{click.style('Warning:', fg='yellow')} {what}", err=True)

    run = RunFolder(folder, on_broken=warn)
    if not run.keys():
        raise UsageError(f"{folder} holds no record yet", advice="Wait for the run to do its first problem.")
    return run


def _strategies(run: RunFolder) -> list[str]:
    """Those that have records: in the manifest's order, then any others."""
    have = dict.fromkeys(strategy for _, _, strategy in run.keys())  # noqa: SIM118 - no mapping
    manifest = run.manifest
    listed = [name for name in manifest.strategies if name in have] if manifest else []
    return [*listed, *(name for name in have if name not in listed)]


def _refuse_unknown(runs: Sequence[RunFolder], *, strategies: tuple[str, ...], sets: tuple[str, ...]) -> None:
    """A name that none of the runs has is a slip of the pen."""
    keys = [key for run in runs for key in run.keys()]  # noqa: SIM118 - no mapping
    for what, asked, have in (
        ("strategy", strategies, dict.fromkeys(strategy for _, _, strategy in keys)),
        ("set", sets, dict.fromkeys(name for name, _, _ in keys)),
    ):
        for name in asked:
            if name not in have:
                raise UsageError(f"there is no {what} {name!r} in these runs", advice=f"There is {', '.join(have)}.")


def _labels(folders: Sequence[Path]) -> dict[Path, str]:
    """The last part of each path, or the whole of it where two end alike."""
    names = [folder.resolve().name for folder in folders]
    return {folder: str(folder) if names.count(name) > 1 else name for folder, name in zip(folders, names, strict=True)}


def _tell_programs(standings: Sequence[Standing], comparisons: Sequence[Comparison]) -> None:
    from benchmarks.wording import sentence

    told = {
        "contenders": [one.model_dump(mode="json") for one in standings],
        "comparisons": [{**one.model_dump(mode="json"), "sentence": sentence(one)} for one in comparisons],
    }
    click.echo(json.dumps(told, ensure_ascii=False, allow_nan=False))


def _tell_people(standings: Sequence[Standing], comparisons: Sequence[Comparison], *, flips: int) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from benchmarks.wording import sentence

    failed = any(one.failed for one in standings)
    table = Table()
    table.add_column("", overflow="fold")
    for column in (
        "n",
        "right",
        "accuracy",
        "95 %",
        "tokens/\nproblem",
        "s/\nproblem",
        *(["failed"] if failed else []),
    ):
        table.add_column(column, justify="right", no_wrap=True)
    for one in standings:
        share = one.accuracy
        accuracy = "–" if share.value is None else f"{share.value:.1%}"
        row = [str(share.n), f"{share.hits:g}", accuracy, f"{100 * share.low:.1f} to {100 * share.high:.1f}"]
        row += [_number(one.tokens_per_problem, 0), _number(one.seconds_per_problem, 1)]
        table.add_row(Text(clean(one.name)), *row, *([str(one.failed)] if failed else []))
    Console(file=sys.stdout, highlight=False).print(table)
    for comparison in comparisons:
        click.echo(f"\n{clean(sentence(comparison))}")
        for line in (*_left_out(comparison), *_costs(comparison), *_flips(comparison, flips)):
            click.echo(f"  {clean(line)}")


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _left_out(comparison: Comparison) -> list[str]:
    c = comparison
    reasons = (
        (c.failed, "failed on either side"),
        (c.other_gold, "have other gold answers"),
        (c.only_a, f"only {c.a} has"),
        (c.only_b, f"only {c.b} has"),
    )
    told = ", ".join(f"{count} {why}" for count, why in reasons if count)
    return [f"left out: {told}"] if told else []


def _costs(comparison: Comparison) -> list[str]:
    """Written tokens are told apart: a server that keeps what prompts have in common reads those almost for nothing."""
    c = comparison
    ratios = (
        (c.token_ratio, "times the tokens"),
        (c.completion_ratio, "times those it wrote"),
        (c.seconds_ratio, "times the seconds"),
    )
    told = ", ".join(f"{ratio:.2f} {what}" for ratio, what in ratios if ratio is not None)
    return [f"{c.b} against {c.a}: {told}"] if told else []


def _flips(comparison: Comparison, shown: int) -> list[str]:
    """The problems that only one side has right, as many as are to be shown."""
    one_set = len({name for name, _ in (*comparison.won, *comparison.lost)}) == 1

    def line(who: str, keys: Sequence[ProblemKey]) -> str:
        names = [identity if one_set else f"{name}/{identity}" for name, identity in keys[:shown]]
        more = " …" if len(keys) > shown else ""
        return f"only {who} is right: {len(keys)}" + (f" ({', '.join(names)}{more})" if names else "")

    some = ((comparison.b, comparison.won), (comparison.a, comparison.lost))
    return [line(who, keys) for who, keys in some if keys]

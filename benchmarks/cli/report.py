"""`sangaku bench report`: the page, the Markdown and the CSV of one or more runs."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import click

from agent.cli.clean import clean
from agent.cli.options import json_option
from agent.errors import UsageError

__all__ = ["report"]


@click.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN…")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("report.html"),
    show_default=True,
    metavar="FILE",
    help="Where the page goes.",
)
@click.option(
    "--markdown",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write tables and comparisons for a README or an issue there.",
)
@click.option(
    "--csv",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write a row for each problem and strategy there.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the bootstrap.")
@json_option("the paths and the figures")
def report(
    runs: tuple[Path, ...], *, out: Path, markdown: Path | None, csv: Path | None, seed: int, as_json: bool
) -> int:
    """Make one page of one or more runs, which needs no network and no server.

    A RUN is a folder that `sangaku bench run` wrote. The page has accuracies with intervals, plots, comparisons on the problems
    that strategies share, and a table of all problems, each of which opens down to every attempt, text, program and output. A run
    without texts (`sangaku bench strip`) gives a page without those. Files of these names are overwritten.
    """
    from benchmarks.report.making import make, written
    from benchmarks.report.sources import open_sources

    _refuse(runs, [path for path in (out, markdown, csv) if path is not None])

    def warn(folder: Path, line: int, why: str) -> None:
        what = clean(f"{folder}: line {line} is no record ({why}); it is left out.")
        click.echo(f"{click.style('Warning:', fg='yellow')} {what}", err=True)

    done = make(open_sources(runs, on_broken=warn), out=out, csv=csv, seed=seed)
    if markdown is not None:
        with written(markdown) as file:
            file.write(done.markdown)
    paths = {"html": out, "markdown": markdown, "csv": csv}
    if as_json:
        told = {
            "paths": {name: str(path) for name, path in paths.items() if path is not None},
            "title": done.title,
            "problems": done.problems,
            "contenders": [{"name": one.label, **one.summary.model_dump(mode="json")} for one in done.entries],
            "comparisons": [
                {**one.model_dump(mode="json", exclude={"won", "lost"}), "sentence": told}
                for one, told in zip(done.comparisons, done.sentences, strict=True)
            ],
        }
        click.echo(json.dumps(told, ensure_ascii=False, allow_nan=False).encode("utf-8", "backslashreplace").decode())
        return 0
    for path in paths.values():
        if path is not None:
            click.echo(f"{clean(str(path))}  {path.stat().st_size / 1e6:,.1f} MB")
    return 0


def _refuse(runs: tuple[Path, ...], outputs: list[Path]) -> None:
    """Nothing is written over what is read, into a device, or twice."""
    for path in outputs:
        if path.exists() and not stat.S_ISREG(path.stat().st_mode):
            raise UsageError(f"{path} is no ordinary file", advice="Name a file that can be written to.")
        if any(path.resolve().parent == run.resolve() and path.suffix in (".json", ".jsonl") for run in runs):
            raise UsageError(f"{path} is a file of the run itself", advice="Name another file.")
    if len({path.resolve() for path in outputs}) < len(outputs):
        raise UsageError("two outputs have the same name", advice="Name a file for each.")

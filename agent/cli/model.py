"""`sangaku model`: fetch, list and find model files. Errors are the top command's to show."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table

from agent.cli.clean import clean
from agent.errors import WeightsError
from agent.models.weights import CATALOG, DEFAULT, FetchProgress, Weights, fetch, find, path_of, state_of

__all__ = ["fetch_with_progress", "model"]

_STEP = 10  # per cent between two lines where there is no terminal


@click.group()
def model() -> None:
    """Fetch, list and find model files."""


@model.command()
@click.argument("name", default=DEFAULT.name)
def pull(name: str) -> None:
    """Fetch a model file, check its SHA-256 and print its path."""
    click.echo(fetch_with_progress(find(name), Console(stderr=True)))


@model.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line on stdout.")
def list_models(as_json: bool) -> None:
    """Show the models that can be fetched, and which of them are here."""
    if as_json:
        for weights in CATALOG:
            line = {
                "name": weights.name,
                "default": weights is DEFAULT,
                "size": weights.size,
                "licence": weights.licence,
                "state": state_of(weights),
                "path": str(path_of(weights)),
            }
            click.echo(json.dumps(line, ensure_ascii=False))
        return
    table = Table("name", "size", "licence", "state", box=None, pad_edge=False)
    for weights in CATALOG:
        default = " (default)" if weights is DEFAULT else ""
        table.add_row(weights.name + default, f"{weights.size / 1e6:,.0f} MB", weights.licence, state_of(weights))
    Console().print(table)


@model.command()
@click.argument("name", default=DEFAULT.name)
def path(name: str) -> None:
    """Print where a model file is."""
    weights = find(name)
    if state_of(weights) == "absent":
        raise WeightsError(
            f"{weights.name} is not on this machine", advice=f"Run `sangaku model pull {weights.name}` to fetch it."
        )
    click.echo(path_of(weights))


def fetch_with_progress(weights: Weights, console: Console) -> Path:
    """`fetch`, showing how far it is: a bar on a terminal, elsewhere a line for each tenth. Silent where nothing is to do.

    Raises:
        WeightsError: as `fetch`.
    """
    if not console.is_terminal:
        return fetch(weights, on_progress=_Lines(console).show)
    bar = Progress(
        TextColumn(weights.name),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    with bar:
        return fetch(weights, on_progress=_Bar(bar).show)


class _Bar:
    def __init__(self, bar: Progress) -> None:
        self.bar = bar
        self.task: TaskID | None = None

    def show(self, progress: FetchProgress) -> None:
        if progress.message:
            self.bar.console.print(clean(progress.message), style="dim", markup=False, highlight=False)
        if self.task is None:  # made late, so that bytes of an earlier download do not count as speed
            if progress.message:
                return
            self.task = self.bar.add_task("", total=progress.total, completed=progress.done)
        self.bar.update(self.task, completed=progress.done)


class _Lines:
    def __init__(self, console: Console) -> None:
        self.console = console
        self.step: int | None = None

    def show(self, progress: FetchProgress) -> None:
        if progress.message:
            self.console.print(clean(progress.message), soft_wrap=True, markup=False, highlight=False)
            return
        step = 100 * progress.done // progress.total // _STEP
        if self.step is not None and step > self.step:
            done, total = progress.done / 1e6, progress.total / 1e6
            self.console.print(f"{step * _STEP}% ({done:,.0f} of {total:,.0f} MB)", highlight=False)
        self.step = step if self.step is None else max(step, self.step)

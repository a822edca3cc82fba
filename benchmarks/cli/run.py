"""`sangaku bench run`: problem sets through strategies, with progress, into a folder; the same command goes on where it was."""

from __future__ import annotations

import asyncio
import json
import signal
from contextlib import aclosing
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.options import json_option, lexicon_option, model_options, sandbox_option
from agent.errors import UsageError

if TYPE_CHECKING:
    from agent.solver import Solver
    from agent.types import ModelInfo
    from benchmarks.manifest import Manifest
    from benchmarks.problem_sets import ProblemSet
    from benchmarks.run import Budget
    from benchmarks.strategy import Strategy
    from sandbox import Profile

__all__ = ["run"]


@click.command()
@click.argument("sets", nargs=-1, required=True, metavar="SET…")
@click.option(
    "--strategy",
    "-s",
    "names",
    multiple=True,
    default=("agent",),
    show_default=True,
    metavar="NAME|FILE.toml",
    help="cot, pot, hybrid, repair, agent, or a file of your own; several share problems and seeds.",
)
@model_options
@sandbox_option
@lexicon_option
@click.option(
    "--out",
    "-o",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    metavar="DIR",
    help="The run's folder; a run that was stopped goes on in it.",
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="The first N problems of each set.")
@click.option("--sample-id", "ids", multiple=True, metavar="ID", help="This problem alone; may be given again.")
@click.option("--columns", metavar="KEY=COLUMN,…", help="Columns of a file: problem=question,answer=target.")
@click.option(
    "--samples", "-k", type=click.IntRange(1, 1024), default=1, show_default=True, help="Attempts at each problem."
)
@click.option(
    "--temperature", "-t", type=click.FloatRange(0, 2), help="Default: 0 for one sample, 0.7 for several.", metavar="T"
)
@click.option("--max-tokens", type=click.IntRange(16), metavar="N", help="Tokens of one completion (1024).")
@click.option("--timeout", type=click.FloatRange(0, min_open=True), metavar="SECONDS", help="Time for one problem.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True, help="Seed of all sampling.")
@click.option(
    "--concurrency", "-c", type=click.IntRange(1, 4096), default=4, show_default=True, help="Problems in hand at once."
)
@click.option(
    "--max-tokens-total", type=click.IntRange(1), metavar="N", help="Stop when the folder has cost so many tokens."
)
@click.option("--max-seconds", type=click.FloatRange(0, min_open=True), metavar="S", help="Stop after so many seconds.")
@json_option("the figures of the run")
def run(
    sets: tuple[str, ...],
    *,
    names: tuple[str, ...],
    model: str | None,
    base_url: str | None,
    api_key: str | None,
    sandbox: Any,
    lexicon: Path | None,
    out: Path,
    limit: int | None,
    ids: tuple[str, ...],
    columns: str | None,
    samples: int,
    temperature: float | None,
    max_tokens: int | None,
    timeout: float | None,
    seed: int,
    concurrency: int,
    max_tokens_total: int | None,
    max_seconds: float | None,
    as_json: bool,
) -> int:
    """Solve the problems of each SET with each strategy, grade the answers, and write all of it to a folder.

    SET is a name of `sangaku bench sets` or a file. Ctrl-C stops; the same command goes on. What the model server or the sandbox
    failed on is tried again, and counted apart, never as wrong.
    """
    from agent.solver import Solver
    from benchmarks.journal import lock
    from benchmarks.problem_sets import Columns, open_set
    from benchmarks.run import Budget
    from benchmarks.strategy import strategies

    overrides: dict[str, object] = {"samples": samples, "seed": seed}
    overrides |= {} if temperature is None else {"temperature": temperature}
    overrides |= {} if timeout is None else {"timeout_s": timeout}
    overrides |= {} if max_tokens is None else {"max_tokens": max_tokens, "token_budget": max(4096, 4 * max_tokens)}
    chosen = strategies(names, overrides)
    told = Columns.parse(columns) if columns is not None else None
    problems = [open_set(name, columns=told, limit=limit, ids=ids, seed=seed) for name in sets]
    if repeated := [
        one.name for position, one in enumerate(problems) if one.name in {p.name for p in problems[:position]}
    ]:
        raise UsageError(f"the set {repeated[0]} is named twice", advice="Give each once.")
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file", advice="Name a folder.")
    solver = Solver(
        model=model,
        base_url=base_url,
        api_key=api_key,
        sandbox=sandbox,
        lexicon=lexicon,
        workers=min(concurrency, _cpus()),
        config=chosen[0].config,
    )
    budget = Budget(completion_tokens=max_tokens_total, seconds=max_seconds)
    try:
        with lock(out):
            return asyncio.run(_run(problems, chosen, solver, out, concurrency, budget, as_json=as_json, model=model))
    except (KeyboardInterrupt, asyncio.CancelledError) as stop:
        click.echo(f"stopped; what is done is in {out}, and the same command goes on", err=True)
        if isinstance(stop, KeyboardInterrupt):
            raise
        return 128 + signal.SIGTERM
    except PermissionError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}", advice="Name another folder.") from error


def _cpus() -> int:
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


async def _run(
    problems: list[ProblemSet],
    chosen: list[Strategy],
    solver: Solver,
    out: Path,
    concurrency: int,
    budget: Budget,
    *,
    as_json: bool,
    model: str | None,
) -> int:
    from agent.equivalence import Comparer
    from agent.models import embedded
    from benchmarks.cli.progress import Progress
    from benchmarks.journal import write_graded, write_manifest
    from benchmarks.run import sweep

    with Progress(problems, chosen) as progress:
        progress.say("opening model and sandbox")
        try:
            opened, _, profile = await solver.aopen()
        except asyncio.CancelledError:
            embedded.abandon()
            raise
        write_manifest(out, _manifest(opened.info, profile, problems, chosen, concurrency))
        stop = asyncio.current_task()
        assert stop is not None
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.cancel)
        try:
            async with solver, Comparer(profile.backend, workers=1) as comparer:
                stream = sweep(
                    problems,
                    chosen,
                    solver=solver,
                    comparer=comparer,
                    out=out,
                    concurrency=concurrency,
                    budget=budget,
                    on_begin=progress.begin,
                    on_skip=progress.skipped,
                )
                async with aclosing(stream) as records:
                    async for record in records:
                        progress.add(record)
        finally:
            write_graded(out)
    return _tell(out, {one.name for one in problems}, {one.name for one in chosen}, as_json=as_json)


def _manifest(
    model: ModelInfo, profile: Profile, problems: list[ProblemSet], chosen: list[Strategy], concurrency: int
) -> Manifest:
    import platform
    import sys

    from benchmarks.manifest import (
        Manifest,
        SandboxUsed,
        SetUsed,
        command_line,
        describe_machine,
        git_commit,
        package_versions,
    )
    from sandbox.image import image_tag

    return Manifest(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        sangaku=metadata.version("sangaku"),
        python=platform.python_version(),
        packages=package_versions(),
        commit=git_commit(),
        machine=describe_machine(),
        model=model,
        sandbox=SandboxUsed(profile=profile, image_tag=image_tag() if profile.backend == "docker" else ""),
        sets=tuple(
            SetUsed(name=one.name, source=one.source, digest=one.digest, limit=one.limit, ids=tuple(sorted(one.ids)))
            for one in problems
        ),
        strategies={one.name: one.config.model_dump() for one in chosen},
        samples=chosen[0].config.samples,
        seed=chosen[0].config.seed,
        concurrency=concurrency,
        command_line=command_line(["sangaku", *sys.argv[1:]]),
    )


def _tell(out: Path, sets: set[str], names: set[str], *, as_json: bool) -> int:
    """The figures of what was asked for; the folder may hold more."""
    from benchmarks.cli.figures import table
    from benchmarks.folder import RunFolder
    from benchmarks.metrics import summarise

    rows = RunFolder(out).rows()
    summaries = summarise(row for row in rows if row.graded.set in sets and row.graded.strategy in names)
    if as_json:
        click.echo(json.dumps({"folder": str(out), "strategies": [one.model_dump(mode="json") for one in summaries]}))
        return 0
    import sys

    from rich.console import Console

    Console(file=sys.stdout, highlight=False).print(table(summaries))
    click.echo(f"results in {out}; sangaku bench report {out} makes a page of them", err=True)
    return 0

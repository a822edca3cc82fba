"""`sangaku sandbox`: build the image, show the isolation in force, run programs. Errors are the top command's to show."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from agent.cli.attack import attack
from agent.cli.clean import clean
from agent.errors import UsageError

if TYPE_CHECKING:
    from sandbox import Execution, Limits, Profile

__all__ = ["sandbox"]

Choice = Literal["auto", "docker", "bubblewrap", "process"]
F = TypeVar("F", bound=Callable[..., Any])


def _which(command: F) -> F:
    names = click.Choice(["auto", "docker", "bubblewrap", "process"])
    return click.option("--sandbox", "backend", type=names, default="auto", show_default=True, help="Which isolation.")(
        command
    )


@click.group()
def sandbox() -> None:
    """Build, inspect and use the sandbox that programs run in."""


sandbox.add_command(attack)


@sandbox.command()
@click.option("--base", default=None, metavar="IMAGE", help="Image with Python 3.11 or later to build from.")
@click.option(
    "--wheels",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with the wheels of numpy, sympy and mpmath, for a machine without network.",
)
def build(base: str | None, wheels: Path | None) -> None:
    """Build the image of the docker backend and print its tag."""
    from sandbox.image import DEFAULT_BASE
    from sandbox.image import build as build_image

    click.echo(build_image(base=base or DEFAULT_BASE, wheels=wheels, say=lambda line: click.echo(line, err=True)))


@sandbox.command()
@_which
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def info(backend: Choice, as_json: bool) -> None:
    """Show what the kernel enforces here, tried from inside."""
    profile, skipped = asyncio.run(_inspect(backend))
    if as_json:
        click.echo(json.dumps({"profile": profile.model_dump(), "skipped": skipped}, ensure_ascii=False))
    else:
        _show(profile, skipped)


@sandbox.command(name="exec")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@_which
@click.option(
    "--timeout", type=click.FloatRange(min=0, max=3600, min_open=True), help="Seconds that a program may take."
)
@click.option("--memory", type=click.IntRange(32, 1 << 20), help="MiB that a program may take.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="OUT.jsonl",
    help="Where the results of many programs go, one a line. The same command again goes on where one was stopped.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 1024),
    metavar="N",
    help="How many of many programs run at a time. [default: one for each core]",
)
@click.option("--json", "as_json", is_flag=True, help="The result as a line of JSON on stdout; with --out, the counts.")
@click.pass_context
def execute(
    context: click.Context,
    file: str,
    backend: Choice,
    timeout: float | None,
    memory: int | None,
    out: Path | None,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Run the program in FILE (- for standard input). Exits with 0 where it ran well, else with 1.

    Where FILE ends in .jsonl, or with --out, it holds many: one {"id": …, "code": …} a line. One line of JSON is written
    for each, in the same order. Exits with 0 where all were run, whatever became of them.
    """
    from sandbox import Limits

    given = {"wall_s": timeout, "memory_mb": memory}
    limits = Limits.model_validate({name: value for name, value in given.items() if value is not None})
    if out is not None or file.lower().endswith(".jsonl"):
        from agent.cli.batch import Batch, run_batch

        run_batch(
            Batch(
                file=file,
                out=None if str(out) == "-" else out,
                backend=backend,
                limits=limits,
                jobs=jobs or os.cpu_count() or 1,
                as_json=as_json,
            )
        )
        return
    if jobs is not None:
        raise UsageError(f"--jobs {jobs} is for many programs", advice="Give a file that ends in .jsonl, or --out.")
    with click.open_file(file, encoding="utf-8-sig", errors="replace") as program:
        source = program.read()
    seen, profile = asyncio.run(_run(backend, source, limits))
    if as_json:
        from agent.cli.batch import line_of

        click.echo(line_of(file, source, seen, profile))
    else:
        _pass_on(seen.stdout, err=False)
        _pass_on(seen.stderr, err=True)
        words = f"{seen.status.value}: {seen.message}" if seen.message else seen.status.value
        click.echo(f"[{clean(words)}; {seen.wall_s:.2f} s, {seen.peak_mb:.0f} MiB]", err=True)
    context.exit(0 if seen.ok else 1)


def _pass_on(text: str, *, err: bool) -> None:
    """Unchanged to a file or a pipe; harmless to a terminal."""
    terminal = (sys.stderr if err else sys.stdout).isatty()
    click.echo((clean(text) if terminal else text).encode("utf-8", "replace"), nl=False, err=err)


async def _inspect(backend: Choice) -> tuple[Profile, dict[str, str]]:
    from sandbox import open_sandbox

    skipped: dict[str, str] = {}
    async with await open_sandbox(
        backend, workers=1, on_skip=lambda name, error: skipped.update({name: error.message})
    ) as pool:
        return await pool.profile(), skipped


async def _run(backend: Choice, source: str, limits: Limits) -> tuple[Execution, Profile]:
    from sandbox import open_sandbox

    async with await open_sandbox(backend, workers=1) as pool:
        return await pool.run(source, limits=limits), await pool.profile()


def _show(profile: Profile, skipped: dict[str, str]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"sandbox: {profile.backend}", title_justify="left", show_header=False)
    table.add_column()
    table.add_column(overflow="fold")
    for name, value in _rows(profile):
        table.add_row(name, clean(value))
    console = Console()
    console.print(table)
    for name, reason in skipped.items():
        console.print(clean(f"passed over {name}: {reason}"), markup=False, soft_wrap=True)


def _rows(profile: Profile) -> list[tuple[str, str]]:
    yes = {True: "yes", False: "no"}
    limits = profile.limits
    each = {
        "memory": _amount(limits.memory_mb, "MiB"),
        "CPU": _amount(limits.cpu_s, "s"),
        "one file": _amount(limits.file_mb, "MiB"),
        "stack": _amount(limits.stack_mb, "MiB"),
        "open files": _amount(limits.open_files, ""),
        "waiting signals": _amount(limits.signals, ""),
    }
    whole = {
        "memory": _amount(profile.worker_memory_mb, "MiB"),
        "processes": _amount(profile.worker_processes, ""),
        "CPUs": _amount(profile.worker_cpus, ""),
    }
    rows = [
        ("Python, numpy, sympy", f"{profile.python}, {profile.numpy}, {profile.sympy}"),
        ("user, group id inside", f"{profile.uid}, {profile.gid}"),
        ("capabilities", f"{profile.capabilities:#x}" if profile.capabilities else "none"),
        ("bounding set", f"{profile.bounding:#x}" if profile.bounding else "empty"),
        ("no new privileges", yes[profile.no_new_privs]),
        ("namespaces of its own", ", ".join(profile.namespaces) or "none"),
        ("process 1 of its own", yes[profile.pid1]),
        ("system-call filters", str(profile.seccomp_filters) if profile.seccomp else "none"),
        ("Landlock", f"version {profile.landlock_abi}" if profile.landlock_abi else "none"),
        ("network", f"{profile.network} (interfaces: {', '.join(profile.interfaces) or 'none'})"),
        ("new processes", profile.processes),
        ("host files", profile.files),
        ("read-only root", yes[profile.read_only_root]),
        (
            "scratch directory",
            f"{profile.scratch}, {profile.scratch_mb:g} MiB" if profile.scratch_mb else profile.scratch,
        ),
        ("limits of a program", ", ".join(f"{name} {value}" for name, value in each.items())),
        ("limits of a worker", ", ".join(f"{name} {value}" for name, value in whole.items())),
        ("large pages", yes[profile.large_pages]),
        ("runtime", profile.runtime),
        ("image", profile.image),
        ("not given here", "\n".join(profile.lacking) or "nothing"),
    ]
    return [row for row in rows if row[1]]


def _amount(value: float | None, unit: str) -> str:
    return "unlimited" if value is None else f"{value:g} {unit}".rstrip()

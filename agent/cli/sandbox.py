"""`sangaku sandbox`: build the image, show the isolation in force, run one program. Errors are the top command's to show."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

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
    "--timeout", type=click.FloatRange(min=0, max=3600, min_open=True), help="Seconds that the program may take."
)
@click.option("--memory", type=click.IntRange(32, 1 << 20), help="MiB that the program may take.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON on stdout.")
@click.pass_context
def execute(
    context: click.Context, file: str, backend: Choice, timeout: float | None, memory: int | None, as_json: bool
) -> None:
    """Run the program in FILE (- for standard input). Exits with 0 where it ran well, else with 1."""
    from sandbox import Limits

    given = {"wall_s": timeout, "memory_mb": memory}
    limits = Limits.model_validate({name: value for name, value in given.items() if value is not None})
    with click.open_file(file, encoding="utf-8", errors="replace") as program:
        source = program.read()
    seen = asyncio.run(_run(backend, source, limits))
    if as_json:
        shown = {"status", "stdout", "stderr", "truncated", "exit_code", "wall_s", "peak_mb", "message"}
        line = {"id": file, **seen.model_dump(mode="json", include=shown)}
        click.echo(json.dumps(line, ensure_ascii=True))  # a program may print what UTF-8 cannot hold
    else:
        click.echo(seen.stdout.encode("utf-8", "replace"), nl=False)
        click.echo(seen.stderr.encode("utf-8", "replace"), nl=False, err=True)
        words = f"{seen.status.value}: {seen.message}" if seen.message else seen.status.value
        click.echo(f"[{words}; {seen.wall_s:.2f} s, {seen.peak_mb:.0f} MiB]", err=True)
    context.exit(0 if seen.ok else 1)


async def _inspect(backend: Choice) -> tuple[Profile, dict[str, str]]:
    from sandbox import open_sandbox

    skipped: dict[str, str] = {}
    async with await open_sandbox(
        backend, workers=1, on_skip=lambda name, error: skipped.update({name: error.message})
    ) as pool:
        return await pool.profile(), skipped


async def _run(backend: Choice, source: str, limits: Limits) -> Execution:
    from sandbox import open_sandbox

    async with await open_sandbox(backend, workers=1) as pool:
        return await pool.run(source, limits=limits)


def _show(profile: Profile, skipped: dict[str, str]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"sandbox: {profile.backend}", title_justify="left", show_header=False)
    table.add_column()
    table.add_column(overflow="fold")
    for name, value in _rows(profile):
        table.add_row(name, value)
    console = Console()
    console.print(table)
    for name, reason in skipped.items():
        console.print(f"passed over {name}: {reason}", markup=False, soft_wrap=True)


def _rows(profile: Profile) -> list[tuple[str, str]]:
    yes = {True: "yes", False: "no"}
    rows = [
        ("Python, numpy, sympy", f"{profile.python}, {profile.numpy}, {profile.sympy}"),
        ("user id inside", str(profile.uid)),
        ("capabilities", f"{profile.capabilities:#x}" if profile.capabilities else "none"),
        ("no new privileges", yes[profile.no_new_privs]),
        ("PID namespace of its own", yes[profile.pid1]),
        ("system-call filter", yes[profile.seccomp]),
        ("Landlock", f"version {profile.landlock_abi}" if profile.landlock_abi else "none"),
        ("network", profile.network),
        ("new processes", profile.processes),
        ("host files", profile.files),
        ("scratch directory", profile.scratch),
        ("runtime", profile.runtime),
        ("image", profile.image),
    ]
    return [row for row in rows if row[1]]

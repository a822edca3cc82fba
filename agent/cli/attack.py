"""`sangaku sandbox attack`: hostile programs against this machine's own sandbox, and what they got."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import closing
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

import click

from agent.cli.clean import clean
from agent.errors import SandboxError, SandboxUnavailable, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from sandbox import Backend
    from sandbox.attacks import Attack, Verdict

__all__ = ["attack"]

Choice = Literal["auto", "docker", "bubblewrap", "process"]


@click.command()
@click.option(
    "--backend",
    "--sandbox",
    "backend",
    type=click.Choice(["auto", "docker", "bubblewrap", "process"]),
    default="auto",
    show_default=True,
    help="Which isolation to attack; auto is the one that programs would run in.",
)
@click.option("--only", metavar="PATTERN", help="Attacks whose id holds this text, or fits it: files/*, *fork*.")
@click.option("--list", "listing", is_flag=True, help="Show the attacks without running any.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON for each attack on stdout, and one for all.")
@click.pass_context
def attack(context: click.Context, backend: Choice, only: str | None, listing: bool, as_json: bool) -> None:
    """Run hostile programs in the sandbox of this machine and show what they got.

    Exits with 0 where every one was contained or does not apply here, with 1 where one was not, with 4 where no sandbox starts.
    """
    from sandbox.attacks import ATTACKS

    chosen = [one for one in ATTACKS if only is None or only in one.id or fnmatchcase(one.id, only)]
    if not chosen:
        raise UsageError(f"no attack has an id like {only}", advice="`sangaku sandbox attack --list` shows them all.")
    if listing:
        _list(chosen, as_json=as_json)
        return
    verdicts: list[Verdict] = []
    target = _backend(backend)
    try:
        _assail(target, chosen, verdicts, as_json=as_json)
    except SandboxError as error:
        error.advice = error.advice or target.advice
        if verdicts and not as_json:  # an attack may have ended the sandbox for good: what it was must be seen
            _report(target.name, verdicts, f"Stopped after {len(verdicts)} of {len(chosen)} attacks.")
        raise
    loose = [verdict.attack.id for verdict in verdicts if verdict.outcome == "not_contained"]
    if as_json:
        unfit = [verdict.attack.id for verdict in verdicts if verdict.outcome == "not_applicable"]
        contained = len(verdicts) - len(loose) - len(unfit)
        click.echo(
            json.dumps(
                {"attacks": len(verdicts), "contained": contained, "not_contained": loose, "not_applicable": unfit}
            )
        )
    else:
        _report(target.name, verdicts, _closing(verdicts))
    context.exit(1 if loose else 0)


def _backend(choice: Choice) -> Backend:
    from sandbox import Bubblewrap, Docker, Process

    match choice:
        case "docker":
            return Docker()
        case "bubblewrap":
            return Bubblewrap()
        case "process":
            return Process()
        case "auto":
            return asyncio.run(_best())


async def _best() -> Backend:
    from sandbox import open_sandbox

    async with await open_sandbox("auto", workers=1) as pool:
        return pool.backend


def _assail(backend: Backend, attacks: Sequence[Attack], verdicts: list[Verdict], *, as_json: bool) -> None:
    """Fills ``verdicts`` as they come. In the main thread: Ctrl-C ends the wait for a worker, and what was laid out is removed."""
    from agent.cli.meter import Meter
    from sandbox.attacks import assail

    running = assail(backend, attacks)
    silent = as_json and sys.stdout.isatty()
    try:
        with Meter(len(attacks), silent=silent) as meter, closing(running):
            for verdict in running:
                verdicts.append(verdict)
                if as_json:
                    click.echo(_line(verdict))
                meter.step(_WORDS[verdict.outcome])
    except BrokenPipeError:
        raise
    except OSError as error:
        raise SandboxUnavailable(
            f"the targets of the attacks cannot be laid out: {error}", advice="They need a /tmp that can be written to."
        ) from error


_WORDS = {"contained": "contained", "not_contained": "not contained", "not_applicable": "not applicable"}


def _line(verdict: Verdict) -> str:
    one = verdict.attack
    about = {"id": one.id, "family": one.family, "aim": one.aim, "defence": one.defence}
    seen = {"outcome": verdict.outcome, "reason": verdict.reason, "status": verdict.status, "wall_s": verdict.wall_s}
    return json.dumps({**about, **seen}, ensure_ascii=True)


def _list(attacks: Sequence[Attack], *, as_json: bool) -> None:
    if as_json:
        for one in attacks:
            click.echo(json.dumps({"id": one.id, "family": one.family, "aim": one.aim, "defence": one.defence}))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("id", "tries to", "defence", box=None, pad_edge=False)
    for one in attacks:
        table.add_row(one.id, one.aim, one.defence)
    console = Console()
    _wide(console)
    console.print(table, markup=False, highlight=False)


def _report(backend: str, verdicts: Sequence[Verdict], closing_words: str) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from sandbox.attacks import FAMILIES

    console = Console()
    _wide(console)
    table = Table(
        "family",
        "attacks",
        *_WORDS.values(),
        title=f"sandbox: {backend}",
        title_justify="left",
        box=None,
        pad_edge=False,
    )
    for column in table.columns[1:]:
        column.justify = "right"
    rows = [(family, [verdict for verdict in verdicts if verdict.attack.family == family]) for family in FAMILIES]
    for name, some in [*((family, some) for family, some in rows if some), ("all", list(verdicts))]:
        counts = [sum(verdict.outcome == outcome for verdict in some) for outcome in _WORDS]
        cells = [
            Text(str(count), style="red" if position == 1 and count else "") for position, count in enumerate(counts)
        ]
        table.add_row(name, str(len(some)), *cells, style="bold" if name == "all" else "")
    console.print(table)
    loose = [verdict for verdict in verdicts if verdict.outcome == "not_contained"]
    unfit = [verdict for verdict in verdicts if verdict.outcome == "not_applicable"]
    if loose:
        console.print("\nnot contained:", style="bold red")
    for verdict in loose:
        one = verdict.attack
        words = f"  {one.id}: it tries to {one.aim}; {verdict.reason} (defence: {one.defence})"
        console.print(Text(clean(words), style="red"), soft_wrap=not console.is_terminal)
    if unfit:
        console.print("\nnot applicable:", style="bold")
    for verdict in unfit:
        console.print(Text(clean(f"  {verdict.attack.id}: {verdict.reason}")), soft_wrap=not console.is_terminal)
    console.print(Text(f"\n{closing_words}"), soft_wrap=not console.is_terminal)


def _wide(console: Console) -> None:
    """Into a file or a pipe, tables are not folded."""
    if not console.is_terminal:
        console.width = 200


def _closing(verdicts: Sequence[Verdict]) -> str:
    total = len(verdicts)
    loose = sum(verdict.outcome == "not_contained" for verdict in verdicts)
    if loose:
        return f"{loose} of {total} attacks got something. Do not run unread programs here before this is mended."
    unfit = sum(verdict.outcome == "not_applicable" for verdict in verdicts)
    tried = total - unfit
    if not tried:
        return "Nothing was tried: none applies here."
    were = "The 1 attack that applies was" if tried == 1 else f"The {tried} attacks that apply were"
    return f"{were} contained. What nobody has thought of was not tried."

"""`solve`: one problem, watched while it is solved."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import aclosing
from pathlib import Path
from typing import Any

import click

from agent.cli.clean import clean
from agent.cli.options import json_option, lexicon_option, model_options, sandbox_option
from agent.errors import UsageError
from agent.problem import accept
from agent.types import Solution

__all__ = ["read_problem", "solve"]

_SETS = (".jsonl", ".json", ".csv", ".tsv", ".parquet")
_TEXTS = (".txt", ".md", ".tex")


# Any option may come from the environment: SANGAKU_SAMPLES for --samples, and so on.
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100, "auto_envvar_prefix": "SANGAKU"}


@click.command(context_settings=_SETTINGS)
@click.argument("problem", required=False)
@model_options
@sandbox_option
@click.option(
    "--samples", "-k", type=click.IntRange(1, 1024), default=1, show_default=True, help="Attempts at most, for a vote."
)
@click.option(
    "--stop",
    type=click.Choice(["agreed", "settled", "never"]),
    default="agreed",
    show_default=True,
    help="When to make fewer: the attempts agree well; none left can change the winner; never.",
)
@click.option(
    "--min-agreement",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    metavar="SHARE",
    help="Abstain where fewer of the attempts agree.",
)
@click.option(
    "--strategy",
    type=click.Choice(["program", "hybrid", "cot"]),
    default="program",
    show_default=True,
    help="program: a program at once; hybrid: reasoning, then a program; cot: reasoning and a boxed answer.",
)
@click.option(
    "--screen/--no-screen",
    default=True,
    show_default=True,
    help="Throw degenerate text away; off to see what it is worth.",
)
@lexicon_option
@click.option(
    "--max-repairs", type=click.IntRange(0, 10), default=2, show_default=True, help="Errors fed back in an attempt."
)
@click.option(
    "--temperature", "-t", type=click.FloatRange(0, 2), help="Default: 0 for one sample, 0.7 for several.", metavar="T"
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True, help="Seed of all sampling.")
@click.option(
    "--max-tokens", type=click.IntRange(16), default=1024, show_default=True, help="Tokens of one completion."
)
@click.option(
    "--timeout",
    type=float,
    metavar="SECONDS",
    help="Time for the problem, from when model and sandbox are ready; what is found by then is answered.",
)
@click.option(
    "--program-timeout", type=float, default=10.0, show_default=True, metavar="SECONDS", help="Time for one program."
)
@click.option(
    "--language",
    type=click.Choice(["auto", "en", "ja"]),
    default="auto",
    show_default=True,
    help="Language of the prompt.",
)
@click.option("--explain", is_flag=True, help="Have the model explain the answer, in the problem's language.")
@click.option("--quiet", "-q", is_flag=True, help="Print the answer alone.")
@json_option("the whole solution")
@click.option(
    "--save",
    type=click.Path(path_type=Path),
    metavar="TRACE",
    help="Write the solution to a file, for show and replay.",
)
def solve(
    problem: str | None,
    *,
    model: str | None,
    base_url: str | None,
    api_key: str | None,
    sandbox: Any,
    samples: int,
    stop: Any,
    min_agreement: float,
    strategy: Any,
    screen: bool,
    lexicon: Path | None,
    max_repairs: int,
    temperature: float | None,
    seed: int,
    max_tokens: int,
    timeout: float | None,
    program_timeout: float,
    language: Any,
    explain: bool,
    quiet: bool,
    as_json: bool,
    save: Path | None,
) -> int:
    """Solve PROBLEM: a text, the name of a file that holds one, or - for standard input.

    Exit status: 0 answered, 1 no answer found, 2 wrong use, 3 the model is unavailable, 4 the sandbox is unavailable,
    130 interrupted.
    """
    from agent.config import SolverConfig

    for name, seconds in (("--timeout", timeout), ("--program-timeout", program_timeout)):
        if seconds is not None and not 0 < seconds <= 86400:
            raise UsageError(f"{name} {seconds:g} is no number of seconds", advice="Give a number above 0.")
    text = accept(read_problem(problem)).text
    if save is not None:
        _writable(save)
    config = SolverConfig(
        samples=samples,
        stop=stop,
        min_agreement=min_agreement,
        strategy=strategy,
        screen=screen,
        max_repairs=max_repairs,
        temperature=temperature,
        seed=seed,
        max_tokens=max_tokens,
        token_budget=max(4096, 4 * max_tokens),
        timeout_s=timeout,
        program_s=min(program_timeout, 3600),
        language=language,
        explain=explain,
    )
    solution = asyncio.run(
        _solve(
            text,
            config,
            model=model,
            base_url=base_url,
            api_key=api_key,
            sandbox=sandbox,
            lexicon=lexicon,
            silent=quiet or as_json,
        )
    )
    if save is not None:
        _write(save, solution)
    if as_json:
        click.echo(solution.model_dump_json())
    elif quiet or not sys.stdout.isatty():
        click.echo(clean(solution.answer or ""), nl=solution.answer is not None)
    return 0 if solution.status == "answered" else 1


async def _solve(
    text: str,
    config: Any,
    *,
    model: str | None,
    base_url: str | None,
    api_key: str | None,
    sandbox: Any,
    lexicon: Path | None,
    silent: bool,
) -> Solution:
    from rich.console import Console

    from agent.cli.model import fetch_with_progress
    from agent.cli.view import View
    from agent.errors import ModelNotFound
    from agent.events import Solved
    from agent.models import embedded
    from agent.models.weights import DEFAULT, find
    from agent.solver import Solver

    console = Console(stderr=not sys.stdout.isatty() or silent)
    if base_url is None:
        # Fetched here, in the main thread, where Ctrl-C ends it at once.
        try:
            weights = DEFAULT if model is None else find(model)
        except ModelNotFound:
            if model is None or not model.lower().endswith(".gguf"):
                raise
        else:
            fetch_with_progress(weights, Console(stderr=True))
    view = View(console, silent=silent)
    solver = Solver(
        model=model,
        base_url=base_url,
        api_key=api_key,
        sandbox=sandbox,
        lexicon=lexicon,
        config=config,
        on_skip=view.skipped,
    )
    async with solver:
        with view:
            view.opening()
            drawing = asyncio.create_task(view.keep_drawing())
            try:
                await solver.aopen()
                async with aclosing(solver.astream(text)) as stream:
                    async for event in stream:
                        view.show(event)
                        if isinstance(event, Solved):
                            return event.solution
            except asyncio.CancelledError:
                embedded.abandon()  # a thread may wait for a model that is being loaded; it cannot be cancelled itself
                raise
            finally:
                drawing.cancel()
    raise AssertionError("a stream ends with Solved")


def read_problem(argument: str | None) -> str:
    """The text of the problem. Raises `UsageError`, with what to do, for whatever is not one problem."""
    if argument is None:
        if sys.stdin.isatty():
            raise UsageError(
                "no problem is given", advice='Give its text: solve "What is 6 times 7?", a file, or - for stdin.'
            )
        argument = "-"
    if argument == "-":
        return _decoded(sys.stdin.buffer.read(1 << 22), "standard input")
    if not argument.strip():
        return _checked(argument, "the argument")
    path = Path(argument)
    try:
        exists = len(argument) < 4096 and "\n" not in argument and path.exists()
    except (OSError, ValueError):  # a problem's text need not be a possible file name
        exists = False
    if not exists:
        named = path.suffix.lower() in (*_SETS, *_TEXTS) or argument.startswith(("./", "../", "~/", "/"))
        looks_like_file = named and not any(character.isspace() for character in argument)
        if looks_like_file:
            raise UsageError(
                f"there is no file {argument}", advice="Check the path, or put the problem itself in quotes."
            )
        return _checked(argument, "the argument")
    if path.is_dir():
        raise UsageError(f"{argument} is a folder", advice="Give one file with one problem.")
    if path.suffix.lower() in _SETS:
        raise UsageError(
            f"{argument} is a set of problems", advice="solve takes one problem: a plain text file, or its text."
        )
    try:
        data = path.read_bytes() if path.stat().st_size < 1 << 22 else None
    except OSError as error:
        raise UsageError(f"{argument} cannot be read: {error.strerror}", advice="Check its permissions.") from error
    if data is None:
        raise UsageError(f"{argument} is larger than 4 MB", advice="Give a file with one problem.")
    return _decoded(data, argument)


def _decoded(data: bytes, name: str) -> str:
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return _checked(data.decode(encoding), name)
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{name} is not UTF-8 text (byte {error.start})",
            advice="Convert it first, for example: iconv -f SHIFT_JIS -t UTF-8.",
        ) from error


def _checked(text: str, name: str) -> str:
    if not text.strip():
        raise UsageError(f"{name} holds no problem: it is empty", advice='Give its text: solve "What is 6 times 7?"')
    if any(0xDC80 <= ord(character) <= 0xDCFF for character in text):
        raise UsageError(
            f"{name} is not UTF-8 text", advice="Use a UTF-8 terminal, or put the problem in a UTF-8 file."
        )
    return text


def _writable(path: Path) -> None:
    """Before anything is spent on the problem: can the trace be written at all?"""
    if path.is_dir() or not path.parent.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise UsageError(f"{path} cannot be written", advice="Name a file in a folder that exists and is yours.")


def _write(path: Path, solution: Solution) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(solution.model_dump_json(indent=1) + "\n", encoding="utf-8")
        part.replace(path)  # whole or not at all
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", advice="Name another file.") from error
    finally:
        part.unlink(missing_ok=True)

"""What the README shows is what happens: its Python runs, its commands and options exist, its test command is make's."""

from __future__ import annotations

import ast
import asyncio
import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest

from agent import Solver
from agent.cli import _sangaku, solve_main
from agent.models.embedded import EmbeddedServer
from sandbox import Pool
from tests.benchmarks.synthetic import write_run

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def commands() -> list[list[str]]:
    lines = [line for block in blocks("console") for line in block.splitlines() if line.strip()]
    return [shlex.split(line, comments=True) for line in lines]


def test_the_two_commands_are_targets_of_make() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for words in commands():
        if words[0] == "make":
            assert re.search(rf"^{words[1]}:", makefile, re.MULTILINE)
    assert ["make", "solve"] in commands()
    assert ["make", "test"] in commands()


@pytest.mark.parametrize("words", [words for words in commands() if words[0] != "make"], ids=shlex.join)
def test_commands_and_options_exist(words: list[str]) -> None:
    context = click.Context(_sangaku)
    if words[0] == "solve":
        words = ["sangaku", *words]
    assert words[0] == "sangaku"
    command = _sangaku.get_command(context, words[1])
    assert command is not None
    rest = words[2:]
    if isinstance(command, click.Group) and rest:
        command = command.get_command(context, rest.pop(0))
        assert command is not None
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in rest if word.startswith("--")} <= known
    assert callable(solve_main)


def list_of(group: click.Group) -> list[click.Command]:
    context = click.Context(group)
    found = [group.get_command(context, name) for name in group.list_commands(context)]
    return [one for one in found if one is not None]


@pytest.mark.parametrize(
    "command", ["bench", "doctor", "grade", "lexicon", "model", "replay", "sandbox", "screen", "show", "solve"]
)
def test_every_command_has_help(command: str) -> None:
    found = _sangaku.get_command(click.Context(_sangaku), command)
    assert found is not None
    assert found.help
    inner = [found] if not isinstance(found, click.Group) else list_of(found)
    for parameter in (parameter for one in inner for parameter in one.params):
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


@pytest.mark.model
def test_the_library_example_runs(
    embedded: EmbeddedServer, box: Pool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it stands, except that the model server of the test run is used rather than another one."""
    source = next(block for block in blocks("python") if "with Solver(" in block)
    assert len(source.strip().splitlines()) <= 9
    settings: dict[str, Any] = {"base_url": embedded.ensure(), "api_key": embedded.api_key, "sandbox": box}
    real = Solver.__init__
    monkeypatch.setattr(Solver, "__init__", lambda self, **given: real(self, **{**settings, **given}))
    exec(compile(source, "README.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "answered 129 129"
    assert "print(" in "\n".join(lines)


def test_the_sweep_example_runs(tmp_path: Path) -> None:
    write_run(tmp_path / "run", problems=6)
    space: dict[str, Any] = {}
    exec(compile(next(block for block in blocks("python") if "summarise(" in block), "README.md", "exec"), space)
    assert set(space["shares"](str(tmp_path / "run"))) == {"program", "hybrid"}


@pytest.mark.model
async def test_the_graph_example_runs(embedded: EmbeddedServer, box: Pool) -> None:
    source = next(block for block in blocks("python") if "graph.ainvoke" in block)
    url = await asyncio.to_thread(embedded.ensure)
    tree = ast.parse(source.replace("open_model()", f"open_model(base_url={url!r}, api_key={embedded.api_key!r})"))
    space: dict[str, Any] = {}
    exec(compile(tree, "README.md", "exec"), space)
    assert await space["solve"]("What is 17 times 23?") == "391"

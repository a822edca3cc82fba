"""Nothing that a program, a model or a server wrote acts on the terminal of whoever reads it."""

from __future__ import annotations

import asyncio
import io
import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from agent import events
from agent.cli import main, solve_main
from agent.cli.clean import clean
from agent.cli.view import View
from agent.errors import ModelUnavailable
from agent.testing import FakeSandbox
from agent.trace import events_of
from agent.types import Answer, Attempt, Completion, Finding, ModelInfo, Problem, Program, Solution, Turn, Vote
from sandbox import Execution, SandboxUnavailable, Status
from tests.cli.typed import call, on_a_terminal

HOSTILE = "x\x1b]0;title\x07y\x1b[2J\x9b31m\x9d\u202egnp\u2066\u200f\r\x08\x7f\x00z"
ORDINARY = ["", "plain", "a\n\tb", "三角形の面積は√2です。カ゛ー", "👩‍👩‍👧 é שלום", "\\x1b [red]", "\u3000全角", "−½∑"]


def acts(text: str) -> set[str]:
    """What is left of controls and of overrides of direction."""
    turning = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    return {
        c for c in text if (unicodedata.category(c) in ("Cc", "Cs") or unicodedata.bidirectional(c) in turning) and c not in "\n\t"
    }  # fmt: skip


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_stays(text: str) -> None:
    assert clean(text) == text


def test_whatever_acts_is_shown() -> None:
    assert clean("\x1b[31m\x07\r\n\x7f\x9b\u202e\ud800") == "␛[31m␇␍\n␡\\x9b\\u202e\\ud800"
    every = "".join(map(chr, range(0x30000)))
    assert acts(every)
    assert not acts(clean(every))
    assert not {"\u200e", "\u200f", "\u061c", "\u2028", "\u2029"} & set(clean(every))
    assert clean(clean(every)) == clean(every)
    clean(every).encode()


PROFILE = asyncio.run(FakeSandbox().profile()).model_copy(update={"python": HOSTILE, "runtime": HOSTILE})


def hostile(answer: str | None) -> Solution:
    """A solution in which every text is hostile."""
    turn: dict[str, Any] = {"strategy": HOSTILE, "seed": 0, "temperature": 0.0, "completion": Completion(text=HOSTILE)}
    found = Finding(kind="api", rule=HOSTILE, severity="hard", message=HOSTILE)
    failed = Execution(status=Status.RUNTIME_ERROR, stderr=HOSTILE, message=HOSTILE)
    right = Execution(status=Status.OK, stdout=HOSTILE)
    turns = (
        Turn(index=0, mode="first", **turn, program=Program(source=f"print(1)  # {HOSTILE}"), execution=failed),
        Turn(index=1, mode="repair", feedback=HOSTILE, **turn, findings=(found,), program=Program(source=HOSTILE)),
        Turn(
            index=2,
            mode="resample",
            **turn,
            program=Program(source=HOSTILE),
            execution=right,
            answer=None if answer is None else Answer(text=answer),
        ),
    )
    ended = Attempt(
        index=0, seed=0, turns=turns, answer=turns[-1].answer, halt_reason="answered" if answer else "repairs"
    )
    return Solution(
        problem_id=HOSTILE,
        problem=Problem(text=HOSTILE),
        status="answered" if answer else "abstained",
        answer=answer,
        answer_latex=answer and f"{answer}1",
        explanation=HOSTILE,
        halt_reason="all_attempts" if answer else "repairs",
        votes=(Vote(answer=HOSTILE, weight=1, attempts=(0, 1)),),
        attempts=(ended, ended),
        model=ModelInfo(name=HOSTILE, backend="endpoint", url=HOSTILE),
        sandbox=PROFILE,
    )


@pytest.mark.parametrize("answer", [HOSTILE, None])
def test_the_view(answer: str | None) -> None:
    console = Console(file=io.StringIO(), width=100)
    view = View(console)
    view.skipped("docker", SandboxUnavailable(HOSTILE))
    solution = hostile(answer)
    for event in [*events_of(solution), events.Retrying(message=HOSTILE), events.Rejected(message=HOSTILE)]:
        view.show(event)
        console.print(view._growing())
    view.show(events.Text(text="a"))
    view.show(events.Text(text=HOSTILE))
    console.print(view._growing())
    view.show(events.Explained(text=HOSTILE))
    console.print(view._growing())
    assert isinstance(console.file, io.StringIO)
    drawn = console.file.getvalue()
    assert not acts(drawn)
    assert "␛]0;title␇" in drawn


def test_a_saved_trace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trace = tmp_path / "trace.json"
    trace.write_text(hostile(HOSTILE).model_dump_json(), encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["show", str(trace)])
    drawn = "".join(capsys.readouterr())
    assert "␛[2J" in drawn
    assert not acts(drawn)
    with pytest.raises(SystemExit):
        main(["replay", "--sandbox", "process", str(trace)])
    drawn = "".join(capsys.readouterr())
    assert "different" in drawn
    assert not acts(drawn)


@pytest.mark.parametrize("quiet", [True, False])
def test_the_answer_alone(quiet: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    async def solved(*given: object, **named: object) -> Solution:
        return hostile(HOSTILE)

    monkeypatch.setattr("agent.cli.solve._solve", solved)
    with pytest.raises(SystemExit) as stop:
        solve_main([*(["-q"] if quiet else []), "1+1"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"{clean(HOSTILE)}\n"


@pytest.mark.parametrize("as_json", [True, False])
def test_errors_that_quote_a_server(
    as_json: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failed(*given: object, **named: object) -> Solution:
        raise ModelUnavailable(f"the server said {HOSTILE}\ud800", advice=HOSTILE)

    monkeypatch.setattr("agent.cli.solve._solve", failed)
    with pytest.raises(SystemExit) as stop:
        solve_main([*(["--json"] if as_json else []), "1+1"])
    assert stop.value.code == 3
    out, err = capsys.readouterr()
    if as_json:
        assert json.loads(out)["error"]["message"] == f"the server said {HOSTILE}\ud800"
    else:
        assert not acts(err)
        assert "␛]0;title␇" in err


PRINTS = f"print({HOSTILE!r})\nraise ValueError({HOSTILE!r})\n"


def test_a_terminal_gets_a_program_s_output_cleaned(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(PRINTS)
    code, seen = on_a_terminal("exec", str(path), "--sandbox", "process")
    assert code == 1
    assert not acts(seen.replace("\r\n", "\n"))  # the terminal's own line ends
    assert clean(HOSTILE) in seen
    assert "[runtime_error: " in seen


def test_a_pipe_gets_it_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(PRINTS)
    done = call("exec", str(path), "--sandbox", "process")
    assert done.stdout == f"{HOSTILE}\n".encode()
    assert HOSTILE.partition("\r")[0].encode() in done.stderr
    assert not acts(done.stderr.decode().rsplit("\n[runtime_error", 1)[1])

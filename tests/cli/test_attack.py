"""`sangaku sandbox attack`: what it says, and to whom. What the attacks find is the matter of tests/sandbox."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from agent.cli import main
from sandbox import SandboxUnavailable
from sandbox.attacks import ATTACKS, Verdict
from tests.cli.typed import on_a_terminal, start

FEW = ["attack", "--backend", "process", "--only", "network/u*"]
SOME = [attack for attack in ATTACKS if attack.id.startswith("network/u")]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str, str]:
    with pytest.raises(SystemExit) as stop:
        main(["sandbox", "attack", *arguments])
    return stop.value.code, *capsys.readouterr()


def test_lines_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, *FEW[1:], "--json")
    *lines, last = [json.loads(line) for line in out.splitlines()]
    assert [line["id"] for line in lines] == [attack.id for attack in SOME]
    for line in lines:
        assert list(line) == ["id", "family", "aim", "defence", "outcome", "reason", "status", "wall_s"]
    by = {
        what: [line["id"] for line in lines if line["outcome"] == what] for what in ("not_contained", "not_applicable")
    }
    contained = sum(line["outcome"] == "contained" for line in lines)
    assert last == {"attacks": len(SOME), "contained": contained, **by}
    assert contained > 0
    assert code == (1 if by["not_contained"] else 0)


def test_a_terminal_gets_a_bar_and_a_table() -> None:
    code, seen = on_a_terminal(*FEW)
    assert code in (0, 1)
    assert "sandbox: process" in seen
    assert "family" in seen
    assert "━" in seen


VERDICTS = [
    Verdict(attack=ATTACKS[0], outcome="contained", reason="", status="ok", wall_s=0.1),
    Verdict(attack=ATTACKS[1], outcome="not_contained", reason="it said \x1b[2J", status="ok", wall_s=0.1),
    Verdict(attack=ATTACKS[2], outcome="not_applicable", reason="no such thing here", status="", wall_s=0.0),
]


@pytest.mark.parametrize("breaks", [False, True])
@pytest.mark.parametrize("as_json", [False, True])
def test_what_was_not_contained_is_told(
    breaks: bool, as_json: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it left no sandbox to go on with."""

    def assail(*given: object) -> Iterator[Verdict]:
        yield from VERDICTS
        if breaks:
            raise SandboxUnavailable("a worker did not start")

    monkeypatch.setattr("sandbox.attacks.assail", assail)
    code, out, err = run(capsys, "--backend", "process", *(["--json"] if as_json else []))
    assert code == (4 if breaks else 1)
    if as_json:
        lines = [json.loads(line) for line in out.splitlines()]
        assert [line.get("outcome") for line in lines[:3]] == ["contained", "not_contained", "not_applicable"]
        end: dict[str, Any] = {
            "attacks": 3,
            "contained": 1,
            "not_contained": [ATTACKS[1].id],
            "not_applicable": [ATTACKS[2].id],
        }
        assert lines[3] == end if not breaks else list(lines[3]) == ["error"]
        return
    assert f"{ATTACKS[1].id}: it tries to {ATTACKS[1].aim}; it said ␛[2J (defence: {ATTACKS[1].defence})" in out
    assert f"{ATTACKS[2].id}: no such thing here" in out
    assert "\x1b" not in out
    assert ("Stopped after 3 of" if breaks else "1 of 3 attacks got something") in out
    assert ("a worker did not start" in err.lower()) is breaks


def test_the_list_runs_nothing(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("sandbox.attacks.assail")
    code, out, _ = run(capsys, "--list")
    assert code == 0
    assert all(attack.id in out and attack.aim in out for attack in ATTACKS)
    code, out, _ = run(capsys, "--list", "--json", "--only", "network/u*")
    assert [json.loads(line)["id"] for line in out.splitlines()] == [attack.id for attack in SOME]


def test_a_pattern_that_fits_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "--only", "nothing/*")
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert "--list" in err


def test_no_sandbox(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.worker.seccomp.supported", lambda: False)
    code, out, err = run(capsys, *FEW[1:])
    assert (code, out) == (4, "")
    assert len(err.splitlines()) == 1
    assert "--sandbox docker" in err


def test_an_interrupt_leaves_nothing_behind() -> None:
    process = start("attack", "--backend", "process", "--json")
    assert process.stdout is not None
    assert process.stdout.readline().startswith(b'{"id"')
    family = psutil.Process(process.pid).children(recursive=True)
    assert family
    scenes = [path for path in Path("/tmp").glob("sangaku-scene-*") if _is_of(path, family)]
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert json.loads(out.splitlines()[-1])["error"]["type"] == "Interrupted"
    assert b"Traceback" not in err
    _, alive = psutil.wait_procs(family, timeout=10)
    assert not alive
    assert scenes
    assert not any(path.exists() for path in scenes)


def _is_of(scene: Path, family: list[psutil.Process]) -> bool:
    """The process that the scene laid out has it as its working directory."""
    return any(process.is_running() and _cwd(process) == str(scene) for process in family)


def _cwd(process: psutil.Process) -> str:
    try:
        return process.cwd()
    except psutil.Error:
        return ""

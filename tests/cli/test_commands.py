"""The commands as a user types them, in processes of their own, against the real model and the real sandbox."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from agent.models.embedded import EmbeddedServer
from agent.types import Solution
from tests.cli.typed import HEARING, SANGAKU, drawn

pytestmark = pytest.mark.model

PROBLEM = "What is 17 times 23?"
SOLVE = [sys.executable, "-c", f"{HEARING}from agent.cli import solve_main; solve_main()"]


@pytest.fixture
def environment(embedded: EmbeddedServer) -> dict[str, str]:
    """The commands talk to the test run's own server, so that each need not load the model."""
    return {**os.environ, "SANGAKU_BASE_URL": embedded.ensure(), "SANGAKU_API_KEY": embedded.api_key}


def call(
    command: list[str], *arguments: str, env: dict[str, str], text: str | None = None
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*command, *arguments], env=env, input=text, capture_output=True, text=True, timeout=240, check=False
    )
    assert "Traceback (most" not in done.stderr.replace('Traceback (most recent call last):\n  File "program.py"', "")
    return done


def test_the_answer_alone_goes_to_stdout(environment: dict[str, str]) -> None:
    done = call(SOLVE, PROBLEM, env=environment)
    assert (done.returncode, done.stdout) == (0, "391\n")
    for word in ("Sangaku", "sandbox", "generate", "execute", "print(", "391"):
        assert word in done.stderr


def test_quiet(environment: dict[str, str]) -> None:
    done = call(SOLVE, "--quiet", "-", env=environment, text=PROBLEM)
    assert (done.returncode, done.stdout, done.stderr) == (0, "391\n", "")


def test_json_save_show_replay(environment: dict[str, str], tmp_path: Path) -> None:
    trace, question = tmp_path / "trace.json", tmp_path / "problem.txt"
    question.write_text(f"\ufeff{PROBLEM}\n", encoding="utf-8")
    done = call(SOLVE, "--json", "--save", str(trace), "--sandbox", "process", str(question), env=environment)
    assert done.returncode == 0, done.stderr
    solution = Solution.model_validate_json(done.stdout)
    assert solution.answer == "391"
    assert solution.problem.text == PROBLEM
    assert solution.sandbox is not None
    assert solution.sandbox.backend == "process"
    contract = "version problem_id status answer answer_exact answer_latex answer_boxed explanation halt_reason votes agreement"
    assert set(json.loads(done.stdout)) >= {*contract.split(), "attempts", "usage", "model", "sandbox"}
    assert trace.read_text(encoding="utf-8").strip() == solution.model_dump_json(indent=1)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []

    lonely = {name: value for name, value in environment.items() if not name.startswith("SANGAKU_")}
    shown = call(SANGAKU, "show", str(trace), env=lonely)
    assert shown.returncode == 0
    assert PROBLEM in shown.stdout
    assert "391" in shown.stdout
    again = call(SANGAKU, "replay", "--sandbox", "process", str(trace), env=lonely)
    assert again.returncode == 0, again.stderr
    assert "same" in again.stdout
    lines = call(SANGAKU, "replay", "--json", "--sandbox", "process", str(trace), env=lonely).stdout.splitlines()
    assert [json.loads(line)["same"] for line in lines] == [True]

    loose = json.loads(done.stdout)
    loose["attempts"][0]["turns"][-1]["execution"]["stdout"] = "392\n"
    trace.write_text(json.dumps(loose), encoding="utf-8")
    assert call(SANGAKU, "replay", "--sandbox", "process", str(trace), env=lonely).returncode == 1


def test_samples_vote(environment: dict[str, str]) -> None:
    done = call(SOLVE, "--samples", "3", "--temperature", "0.3", "--json", PROBLEM, env=environment)
    solution = Solution.model_validate_json(done.stdout)
    assert solution.answer == "391"
    # Two that agree settle it; where they do not, the third is asked as well.
    assert (len(solution.attempts), solution.halt_reason) in ((2, "settled"), (3, "all_attempts"))
    assert len({attempt.seed for attempt in solution.attempts}) == len(solution.attempts)


def test_a_terminal_gets_the_live_view(environment: dict[str, str]) -> None:
    """On a terminal the view is drawn on stdout, in colour, and the answer is in its last panel."""
    status, seen = drawn([*SOLVE, PROBLEM], environment)
    assert status == 0
    assert "\x1b[" in seen
    assert "generate" in seen
    assert "391" in seen.rsplit("answer", 1)[-1]


def test_an_interrupt_leaves_nothing_behind(model_path: Path, tmp_path: Path) -> None:
    """Ctrl-C while the model writes: exit 130, one line, no server, no worker, no half-written trace."""
    lonely = {name: value for name, value in os.environ.items() if not name.startswith("SANGAKU_")}
    trace = tmp_path / "trace.json"
    process = subprocess.Popen(
        [
            *SOLVE,
            "--model",
            str(model_path),
            "--save",
            str(trace),
            "Prove that there are infinitely many primes, at length.",
        ],
        env=lonely,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    while "sandbox" not in process.stderr.readline():  # the header: model and sandbox are running, the model is asked
        assert process.poll() is None
    family = psutil.Process(process.pid).children(recursive=True)
    assert any("embedded_server" in " ".join(child.cmdline()) for child in family)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert out == ""
    assert err.strip().splitlines()[-1] == "Error: Interrupted."
    assert "Traceback" not in err
    _, alive = psutil.wait_procs(family, timeout=10)
    assert not alive
    assert list(tmp_path.iterdir()) == []


def test_doctor(environment: dict[str, str]) -> None:
    done = call(SANGAKU, "doctor", "--json", env=environment)
    report = json.loads(done.stdout)
    states = {check["name"]: check["state"] for check in report["checks"]}
    assert report["ready"] is True
    assert done.returncode == 0
    assert states["python"] == states["endpoint"] == "ok"
    assert "ok" in (states["sandbox docker"], states["sandbox bubblewrap"], states["sandbox process"])
    assert all(check["mend"] for check in report["checks"] if check["state"] == "missing")
    nobody = {**environment, "SANGAKU_BASE_URL": "http://127.0.0.1:9/v1"}
    failed = call(SANGAKU, "doctor", env=nobody)
    assert failed.returncode == 3
    assert "no model server answers" in " ".join(failed.stdout.split())

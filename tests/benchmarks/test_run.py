"""Sweeps: resumable, graded as they go, and failures on our side never wrong. A scripted model, the real sandbox."""

from __future__ import annotations

import json
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from langchain_core.messages import BaseMessage
from pydantic import Field

import benchmarks
from agent.equivalence import Comparer
from agent.errors import ModelDenied, ModelUnavailable, UsageError
from agent.solver import Solver
from agent.testing import ScriptedModel
from benchmarks.cli.strip import strip
from benchmarks.folder import RunFolder
from benchmarks.journal import Journal, lock, write_graded, write_manifest
from benchmarks.metrics import summarise
from benchmarks.problem_sets import open_set
from benchmarks.records import Record
from benchmarks.run import Budget, Patience, sweep
from benchmarks.strategy import strategies
from sandbox import Pool
from tests.benchmarks.synthetic import manifest as made_manifest
from tests.benchmarks.synthetic import write_run

ROOT = Path(__file__).parent.parent.parent
HURRY = Patience(tries=2, outage_s=0.3, first_wait_s=0.01, longest_wait_s=0.05)


def problems(path: Path, count: int) -> Path:
    file = path / "sums.jsonl"
    rows = [
        {"id": f"s{i}", "problem": f"What is {i} plus {i + 1}?", "answer": str(2 * i + 1), "category": f"c{i % 2}"}
        for i in range(count)
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def reply(messages: Sequence[BaseMessage]) -> str:
    """Right for most, wrong for every fifth, broken at first for every third."""
    text = "\n".join(str(message.content) for message in messages)
    number = int(re.findall(r"What is (\d+) plus", text)[-1])
    if number % 3 == 0 and "NameError" not in text:
        return f"```python\nprint({number} + undefined_name_{number})\n```"
    return f"```python\nprint({number} + {number + (2 if number % 5 == 0 else 1)})\n```"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def comparer(box: Pool) -> AsyncIterator[Comparer]:
    async with Comparer((await box.profile()).backend, workers=1) as opened:
        yield opened


async def swept(
    box: Pool,
    comparer: Comparer,
    out: Path,
    file: Path,
    *,
    model: Any = None,
    names: Sequence[str] = ("pot", "agent"),
    **more: Any,
) -> list[Record]:
    solver = Solver(model=model or ScriptedModel(by=reply), sandbox=box)
    out.mkdir(exist_ok=True)  # noqa: ASYNC240
    chosen = strategies(names, {})
    stream = sweep([open_set(file)], chosen, solver=solver, comparer=comparer, out=out, **{"patience": HURRY} | more)
    async with aclosing(stream) as records:
        found = [record async for record in records]
    write_graded(out)
    return found


async def test_a_run_is_graded_down_to_its_turns(box: Pool, comparer: Comparer, tmp_path: Path) -> None:
    records = await swept(box, comparer, tmp_path / "out", problems(tmp_path, 12))
    assert len(records) == 24
    by_key = {record.graded.key: record.graded for record in records}
    broken = by_key["sums", "s3", "pot"]
    assert (broken.outcome, broken.cause, broken.attempts[0].turns[0].outcome) == (
        "abstained",
        "runtime:NameError",
        "none",
    )
    mended = by_key["sums", "s3", "agent"]
    assert (mended.outcome, mended.cause, len(mended.attempts[0].turns)) == ("right", "", 2)
    wrong = by_key["sums", "s5", "pot"]
    assert (wrong.outcome, wrong.cause, wrong.answer, wrong.gold) == ("wrong", "wrong_value", "12", ("11",))
    agent, pot = summarise(RunFolder(tmp_path / "out").rows())
    assert (agent.strategy, agent.right, pot.right) == ("agent", 9, 6)
    assert agent.turns[1].first.gained == 3


async def test_a_run_goes_on_where_it_was(box: Pool, comparer: Comparer, tmp_path: Path) -> None:
    file, out = problems(tmp_path, 10), tmp_path / "out"
    first = await swept(box, comparer, out, file, budget=Budget(completion_tokens=1), concurrency=1)
    assert 0 < len(first) < 20
    (out / "results.jsonl").open("a").write('{"torn')  # what a crash leaves
    counts: list[tuple[int, int]] = []
    rest = await swept(box, comparer, out, file, on_begin=lambda total, before: counts.append((total, before)))
    assert counts == [(20, len(first))]
    assert {one.graded.key for one in first}.isdisjoint({one.graded.key for one in rest})
    assert len(first) + len(rest) == len((out / "graded.jsonl").read_text().splitlines()) == 20
    assert await swept(box, comparer, out, file) == []
    whole = tmp_path / "whole"
    await swept(box, comparer, whole, file)
    assert (whole / "graded.jsonl").read_bytes() == (out / "graded.jsonl").read_bytes()


class Flaky(ScriptedModel):
    """Fails for one problem, always, and for the others once."""

    failed: set[str] = Field(default_factory=set)
    always: str = "What is 2 plus"

    def _next(self, messages: list[BaseMessage]) -> str:
        text = str(messages)[-400:]
        if self.always in text or text not in self.failed:
            self.failed.add(text)
            raise ModelUnavailable("the server does not answer", advice="Start it.")
        return super()._next(messages)


async def test_what_fails_on_our_side_is_tried_again_and_never_wrong(
    box: Pool, comparer: Comparer, tmp_path: Path
) -> None:
    file, out = problems(tmp_path, 6), tmp_path / "out"
    records = await swept(box, comparer, out, file, model=Flaky(by=reply), names=["pot"], concurrency=3)
    outcomes = {record.graded.id: record.graded.outcome for record in records}
    assert outcomes == {
        "s0": "abstained",
        "s1": "right",
        "s2": "failed",
        "s3": "abstained",
        "s4": "right",
        "s5": "wrong",
    }
    (summary,) = summarise(RunFolder(out).rows())
    assert (summary.failed, summary.accuracy.n) == (1, 5)
    (again,) = await swept(box, comparer, out, file, names=["pot"])  # the server is back
    assert (again.graded.id, again.graded.outcome) == ("s2", "right")
    assert len((out / "graded.jsonl").read_text().splitlines()) == 6


async def test_when_nothing_answers_the_run_ends_and_says_so(box: Pool, comparer: Comparer, tmp_path: Path) -> None:
    file = problems(tmp_path, 8)
    with pytest.raises(ModelUnavailable):
        await swept(box, comparer, tmp_path / "out", file, model=Flaky(by=reply, always="What is"), names=["pot"])
    denied = ScriptedModel(replies=[ModelDenied("the key is refused", advice="Give another.")])
    started = time.monotonic()
    with pytest.raises(ModelDenied):
        await swept(box, comparer, tmp_path / "denied", file, model=denied, patience=Patience())
    assert time.monotonic() - started < 60  # no waiting for what does not pass by itself


async def test_a_folder_is_one_runs_at_a_time(tmp_path: Path) -> None:
    with lock(tmp_path / "out"):
        with pytest.raises(UsageError, match="another run is writing"), lock(tmp_path / "out"):
            pass


def test_a_line_that_is_no_record_is_run_again(tmp_path: Path) -> None:
    (tmp_path / "results.jsonl").write_text('{"graded": 1}\nnot json\n{"torn', encoding="utf-8")
    journal = Journal(tmp_path)
    journal.close()
    assert journal.done.records == 0
    assert (tmp_path / "results.jsonl").read_text() == '{"graded": 1}\nnot json\n'


_SCRIPT = """
import asyncio, sys
from contextlib import aclosing
from pathlib import Path
import benchmarks
from agent.equivalence import Comparer
from agent.solver import Solver
from agent.testing import ScriptedModel
from benchmarks.journal import lock, write_graded
from benchmarks.problem_sets import open_set
from benchmarks.run import sweep
from benchmarks.strategy import strategies
from tests.benchmarks.test_run import reply

async def main(file, out):
    with lock(out):
        async with Solver(model=ScriptedModel(by=reply, pause_s=0.02), sandbox="process", workers=1) as solver:
            async with Comparer("process", workers=1) as comparer:
                stream = sweep([open_set(file)], strategies(["pot", "agent"], {"samples": 2}), solver=solver,
                             comparer=comparer, out=out, concurrency=3)
                async with aclosing(stream) as records:
                    async for record in records:
                        print(record.graded.id, flush=True)
        write_graded(out)

asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
"""


@pytest.mark.timeout(280)
def test_a_run_that_is_killed_three_times_ends_as_one_that_was_not(tmp_path: Path) -> None:
    file = problems(tmp_path, 40)
    draw = random.Random(7)

    def started(out: Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", _SCRIPT, str(file), str(out)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )

    for _ in range(3):
        process = started(tmp_path / "killed")
        assert process.stdout is not None
        for _ in range(draw.randrange(1, 12)):
            process.stdout.readline()
        time.sleep(draw.random() * 0.1)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    before = len((tmp_path / "killed" / "results.jsonl").read_text().splitlines())
    assert 0 < before < 80
    for out in (tmp_path / "killed", tmp_path / "whole"):
        with started(out) as process:
            assert process.wait(timeout=120) == 0
    killed, whole = ((tmp_path / name / "graded.jsonl").read_bytes() for name in ("killed", "whole"))
    assert killed == whole
    assert len(whole.splitlines()) == 80
    keys = [json.loads(line)["graded"] for line in (tmp_path / "killed" / "results.jsonl").read_text().splitlines()]
    assert len({(key["id"], key["strategy"]) for key in keys}) == len(keys) == 80


def test_a_folder_that_is_no_run_and_a_broken_manifest_are_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("…", encoding="utf-8")
    with pytest.raises(UsageError, match="holds other things"), lock(tmp_path / "mine"):
        pass
    with pytest.raises(UsageError, match="cannot be written"), lock(tmp_path / "mine" / "thesis.txt" / "run"):
        pass
    write_run(tmp_path / "run", problems=2)
    (tmp_path / "run" / "manifest.json").write_text("garbage", encoding="utf-8")
    with pytest.raises(UsageError, match="is no manifest"):
        write_manifest(tmp_path / "run", made_manifest())


def test_another_runs_settings_are_refused(tmp_path: Path) -> None:
    write_run(tmp_path / "run", problems=2)
    manifest = RunFolder(tmp_path / "run").manifest
    assert manifest is not None
    write_manifest(tmp_path / "run", manifest)
    name = next(iter(manifest.strategies))
    other = {**manifest.strategies, name: {**manifest.strategies[name], "strategy": "other"}}
    with pytest.raises(UsageError, match="holds another run"):
        write_manifest(tmp_path / "run", manifest.model_copy(update={"strategies": other}))


def test_a_stripped_folder_stays_stripped(tmp_path: Path) -> None:
    whole, out = tmp_path / "whole", tmp_path / "bare"
    write_run(whole, problems=4)
    strip.main([str(whole), str(out)], standalone_mode=False)
    record = next(one for one in RunFolder(whole).records() if one.solution is not None)
    journal = Journal(out)
    journal.write(record)
    journal.close()
    found = RunFolder(out).record(record.graded.key)
    assert found is not None
    assert (found.solution, found.graded.answer, found.graded.gold) == (None, None, ())
    assert found.graded.outcome == record.graded.outcome


def test_strategies_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[patient]\nbase = "repair"\nmax_repairs = 4\nmax_turns = 5\n', encoding="utf-8")
    patient, pot = strategies([str(file), "pot"], {"seed": 3, "samples": 4})
    assert (patient.name, patient.config.max_repairs, patient.config.seed, pot.config.samples) == ("patient", 4, 3, 4)
    assert (pot.config.max_turns, pot.config.stop) == (1, "never")
    for text, told in {
        '[x]\nbase = "agnt"\n': "unknown base",
        "[x]\nmax_repair = 4\n": "no setting max_repair",
        '[x]\nsamples = "many"\n': "samples",
        "x = 1\n": "outside a table",
        "[x\n": "no TOML",
        "": "no strategy",
    }.items():
        file.write_text(text, encoding="utf-8")
        with pytest.raises(UsageError, match=told):
            strategies([str(file)], {})
    with pytest.raises(UsageError, match="there is no strategy"):
        strategies(["pott"], {})


def test_a_run_is_a_data_frame(tmp_path: Path) -> None:
    write_run(tmp_path / "run", problems=8, strategies=("program", "cot"))
    table = benchmarks.frame(benchmarks.RunFolder(tmp_path / "run"))
    assert len(table) == 16
    assert set(table["strategy"]) == {"program", "cot"}
    known = table[table["outcome"] != "failed"]
    assert known["right"].sum() == sum(outcome == "right" for outcome in table["outcome"])


def test_a_stripped_run_has_figures_and_no_texts(tmp_path: Path) -> None:
    whole, bare = tmp_path / "whole", tmp_path / "bare"
    write_run(whole, problems=8)
    assert strip.main([str(whole), str(bare)], standalone_mode=False) == 0
    texts = [record.solution.problem.text for record in RunFolder(whole).records() if record.solution is not None]
    left = "".join(path.read_text(encoding="utf-8") for path in bare.iterdir())
    assert texts
    assert not any(json.dumps(text)[1:-1] in left or text in left for text in texts)
    assert summarise(RunFolder(bare).rows()) == summarise(RunFolder(whole).rows())
    assert len(Journal(bare).done.keys) == sum(one.outcome != "failed" for one in RunFolder(whole).graded())
    with pytest.raises(UsageError, match="is there already"):
        strip.main([str(whole), str(bare)], standalone_mode=False)


def test_the_public_names_are_there() -> None:
    assert sorted(benchmarks.__all__) == benchmarks.__all__
    assert all(getattr(benchmarks, name) is not None for name in benchmarks.__all__)
    with pytest.raises(AttributeError):
        _ = benchmarks.nothing


def test_no_public_name_is_a_modules() -> None:
    modules = {path.stem for path in (ROOT / "benchmarks").iterdir()}
    assert modules.isdisjoint(benchmarks.__all__)

"""The benchmark of the sandbox: that it runs, and that what it says has the promised form. No number is judged but by sense."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from benchmarks.sandbox.contender import Kind
from benchmarks.sandbox.measure import Measures, Plan, percentile
from benchmarks.sandbox.programs import PROGRAMS, TRIVIAL, Outcome
from benchmarks.sandbox.soak import Reading, Soak

COMMAND = [sys.executable, "-m", "benchmarks.sandbox"]
NUMBERS = {"warm_ms_p50", "warm_ms_p99", "sympy_ms_p50", "programs_per_s", "private_mb_per_worker"}


def call(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=120, check=False)


def test_the_contract() -> None:
    done = call("--quick", "--json", "--no-peers", "--backend", "process")
    assert done.returncode == 0, done.stderr
    lines: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    last = lines.pop()
    assert list(last) == [
        "fork_floor_ms_p50",
        "fork_floor_ms_p99",
        "bare_zygote_mb",
        "container_per_program_ms_p50",
        "backends",
        "peers",
    ]
    assert last["peers"] == {}
    assert list(last["backends"]) == ["process"]
    process = last["backends"]["process"]
    assert set(process) == NUMBERS
    assert all(line["detail"] for line in lines)
    assert not [line for line in lines if line["detail"] == "error"]
    for number in (last["fork_floor_ms_p50"], last["fork_floor_ms_p99"], *process.values()):
        assert number is None or number > 0
    assert process["warm_ms_p50"] < process["sympy_ms_p50"]  # solving an equation takes longer than printing
    # numpy and sympy take tens of megabytes. Either is null where this user may not look.
    for mb in (last["bare_zygote_mb"], process["private_mb_per_worker"]):
        assert mb is None or 10 < mb < 500
    assert "latency: round 1" in done.stderr


@pytest.mark.parametrize(
    "arguments", [["--backend", "chroot"], ["--soak", "-1"], ["--rounds", "0"], ["--fast"], ["extra"]]
)
def test_wrong_use_is_told_in_one_line(arguments: list[str]) -> None:
    done = call(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("Error: ")


def test_percentiles_are_the_nearest_rank() -> None:
    samples = [float(number) for number in range(200, 0, -1)]
    assert [percentile(samples, percent) for percent in (50, 95, 99, 100)] == [100, 190, 198, 200]
    assert percentile([3.0], 50) == 3.0
    assert percentile([1.0, 2.0], 50) == 1.0


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_a_wrong_answer_is_no_sample(program: Any) -> None:
    right = Outcome(program.stdout, program.error and f"runtime_error: {program.error}: …")
    assert program.fault(right) == ""
    assert program.fault(Outcome(program.stdout[:-1], right.error))
    assert program.fault(Outcome(program.stdout, "" if program.error else "KeyError: 1"))


class _Flaky:
    """Answers right, and from its third program on wrong."""

    name = "flaky"
    lanes = 1
    queues = False
    programs = (TRIVIAL,)

    def __init__(self) -> None:
        self.kind = Kind.FAST
        self.asked = 0

    async def run(self, program: object) -> Outcome:
        self.asked += 1
        return Outcome("2\n" if self.asked < 3 else "3\n", ms=float(self.asked))


async def test_a_contender_that_errs_is_left_out() -> None:
    flaky: Any = _Flaky()
    measures = Measures(Plan(rounds=3, slow_rounds=1, fresh_rounds=1, row=3), [flaky], lambda line: None)
    await measures.in_turns()
    assert flaky.asked == 5  # two right ones, and three errors are enough
    assert [fault for *_, fault in measures.errors] == ["printed '3\\n', not '2\\n' ''"] * 3
    first, alone = measures.first("flaky", TRIVIAL), measures.alone("flaky", TRIVIAL)
    assert first is not None
    assert alone is not None
    assert (first.p50, alone.n, alone.p50) == (1.0, 1, 2.0)


def test_growth_is_seen() -> None:
    def reading(number: int, **changed: float) -> Reading:
        usual = dict.fromkeys(Reading.__dataclass_fields__, 10) | {"programs": number * 1000}
        return Reading(**{**usual, **changed})  # type: ignore[arg-type]

    still = Soak("process", 10_000, tuple(reading(i) for i in range(11)), (), 0)
    assert still.passed
    leaking = tuple(reading(i, worker_anonymous_mb=60 + i, host_descriptors=12 + i) for i in range(11))
    grown = Soak("process", 10_000, leaking, (), 0)
    assert grown.grown() == {"worker_anonymous_mb": (61, 69), "host_descriptors": (12, 22)}
    assert not grown.passed
    spike = tuple(reading(i, host_rss_mb=90 if i == 10 else 50) for i in range(11))
    assert Soak("process", 10_000, spike, (), 0).passed
    assert not Soak("process", 10_000, still.readings, (), 1).passed

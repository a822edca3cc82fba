"""The benchmark of equality counts rightly, takes anybody's pairs, and rewrites without changing values."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.errors import UsageError
from benchmarks.equivalence import read
from benchmarks.equivalence.command import main
from benchmarks.equivalence.pairs import Labelled
from benchmarks.equivalence.rewriting import rewritten, shuffled


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as stop:
        main([*arguments, "--sandbox", "process"])
    assert isinstance(stop.value.code, int)
    return stop.value.code, capsys.readouterr().out


def test_anybodys_pairs(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    pairs = [
        {"gold": "1/2", "predicted": "0.5", "expected": "equal"},
        {"gold": ["1", "2"], "predicted": "2", "mode": "strict", "expected": "equal"},
        {"gold": "x+1", "predicted": "x+2", "expected": "equal"},
        {"gold": "12", "predicted": "12", "expected": "equal"},
        {"gold": "42", "predicted": "???", "expected": "undecided"},
    ]
    path.write_text("\n".join(map(json.dumps, pairs)), encoding="utf-8")
    code, out = run(capsys, "--pairs", str(path), "--json", "--errors")
    *wrong, summary = map(json.loads, out.splitlines())
    assert code == 0
    assert (summary["pairs"], summary["agree"], summary["undecided"], summary["string_agree"]) == (5, 4, 1, 3)
    assert set(summary) == {
        "pairs",
        "agree",
        "undecided",
        "comparisons_per_s",
        "p99_ms",
        "math_verify_agree",
        "string_agree",
    }
    assert [line["predicted"] for line in wrong] == ["x+2"]
    assert "80.00%" in run(capsys, "--pairs", str(path))[1]


def test_a_problem_set(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    answers = ["\\frac{1}{2}", "x+1", "12", "45^\\circ", "(1,2)", "\\sqrt{2}"]
    path.write_text("\n".join(json.dumps({"answer": answer}) for answer in answers), encoding="utf-8")
    code, out = run(capsys, "--answers", str(path), "--json")
    parts = {line["part"]: line for line in map(json.loads, out.splitlines())}
    assert code == 0
    assert parts["rewritten"]["agree"] == parts["rewritten"]["pairs"]
    assert parts["shuffled"]["agree"] == parts["shuffled"]["pairs"]


def test_rewriting_and_shuffling() -> None:
    assert {pair.predicted for pair in rewritten(["x+1"])} >= {"1+x", "\\boxed{x+1}", "$ x+1 $"}
    assert all(pair.gold != pair.predicted for pair in shuffled(["1", "2", "3"], 20))


@pytest.mark.parametrize("line", ["nope", "{}", '{"gold": "1", "predicted": "1", "expected": "maybe"}', ""])
def test_bad_pairs(tmp_path: Path, line: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(line, encoding="utf-8")
    with pytest.raises(UsageError):
        read(path)
    assert Labelled(gold="1", predicted="1", expected="equal").golds == ("1",)

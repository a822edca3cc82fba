"""`sangaku grade`, as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.cli import main

GOLD = [
    {"id": 1, "problem": "…", "solution": "0.75", "category": "中1", "unit": "", "evaluation_method": "soft"},
    {"id": 2, "solution": ["12", "13"], "category": "中2"},
    {"id": 3, "solution": "(x+1)^2", "category": "中2", "evaluation_method": "strict"},
    {"id": 4, "solution": "-1", "category": "IIB", "evaluation_method": "complex"},
    {"id": 5, "solution": "5", "category": "IIB"},
]
PREDICTIONS = [
    {"id": 1, "output": "よって \\boxed{\\frac{3}{4}}"},
    {"id": 2, "output": "答えは 13 個です。"},
    {"id": 3, "output": "x^2+2x+1"},
    {"id": 4, "output": "The answer is $i^2$."},
]


def lines(records: list[dict[str, object]]) -> bytes:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()


def run(
    capsys: pytest.CaptureFixture[str], folder: Path, predictions: bytes, gold: bytes, *more: str
) -> tuple[int, str, str]:
    (folder / "p.jsonl").write_bytes(predictions)
    (folder / "g.jsonl").write_bytes(gold)
    with pytest.raises(SystemExit) as stop:
        main(["grade", str(folder / "p.jsonl"), str(folder / "g.jsonl"), "--sandbox", "process", *more])
    out, err = capsys.readouterr()
    assert isinstance(stop.value.code, int)
    return stop.value.code, out, err


def test_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out_file = tmp_path / "out.jsonl"
    code, out, err = run(capsys, tmp_path, lines(PREDICTIONS), lines(GOLD), "--json", "--out", str(out_file))
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert found["detailed_results"] == {"1": True, "2": True, "3": False, "4": True, "5": None}
    assert found["missing"] == ["5"]
    assert found["undecided"] == []
    shares = {name: category["right"] / category["n"] for name, category in found["categories"].items()}
    assert shares
    assert shares == found["category_accuracies"]
    assert (found["overall_accuracy"], found["n"]) == (0.6, 5)
    assert found["category_accuracies"] == {"中1": 1.0, "中2": 0.5, "IIB": 0.5}
    low, high = found["interval"]
    assert low < 0.6 < high
    written = [json.loads(line) for line in out_file.read_text(encoding="utf-8").splitlines()]
    assert [line["outcome"] for line in written] == ["equal", "equal", "different", "equal", "missing"]


def test_a_table_for_people(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, err = run(capsys, tmp_path, lines(PREDICTIONS), lines(GOLD))
    assert code == 0
    assert "60.0%" in out
    assert "without an answer: 1 (5)" in err


def test_broken_lines_are_named_and_the_rest_is_graded(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    predictions = (
        lines(PREDICTIONS)
        + b'nope\n{"id": 1, "output": "2"}\n{"id": 99, "output": "1"}\n{"id": 5}\n'
        + "五\n".encode("shift_jis")
    )
    gold = (
        lines(GOLD) + b'{"id": 6}\n{"id": 7, "solution": "1", "evaluation_method": "odd"}\n{"id": 1, "solution": "2"}\n'
    )
    code, out, err = run(capsys, tmp_path, predictions, gold, "--json")
    assert code == 0
    assert json.loads(out)["n"] == 5
    for said in (
        "p.jsonl: line 5 is not a JSON object",
        "p.jsonl: line 6 has the id 1 of an earlier line",
        "p.jsonl: line 7 has the id 99, which no gold answer has",
        'p.jsonl: line 8 has no "output"',
        "p.jsonl: line 9 is not UTF-8",
        'g.jsonl: line 6 has no "solution"',
        'g.jsonl: line 7 has the unknown "evaluation_method"',
        "g.jsonl: line 8 has the id 1 of an earlier line",
    ):
        assert said in err


@pytest.mark.parametrize(
    ("predictions", "gold", "says"),
    [(b"", lines(GOLD), "holds no prediction"), (lines(PREDICTIONS), b"", "holds no gold answer")],
)
def test_nothing_to_grade(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, predictions: bytes, gold: bytes, says: str
) -> None:
    code, out, err = run(capsys, tmp_path, predictions, gold)
    assert (code, out) == (2, "")
    assert says in err


def test_a_folder_that_is_not_there_is_said_before_the_work(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, err = run(capsys, tmp_path, lines(PREDICTIONS), lines(GOLD), "--out", str(tmp_path / "no" / "out.jsonl"))
    assert (code, out) == (2, "")
    assert "no folder" in err


def test_the_files_that_are_read_are_not_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, _, err = run(capsys, tmp_path, lines(PREDICTIONS), lines(GOLD), "--out", str(tmp_path / "p.jsonl"))
    assert code == 2
    assert "one of the files to be read" in err
    assert (tmp_path / "p.jsonl").read_bytes() == lines(PREDICTIONS)


def test_no_prediction_for_any_problem(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, err = run(capsys, tmp_path, lines([{"id": 77, "output": "1"}]), lines(GOLD))
    assert (code, out) == (2, "")
    assert "no answer to any problem" in err


def test_solutions_of_ours_are_predictions(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    ours: list[dict[str, object]] = [
        {"problem_id": "1", "status": "answered", "answer": "3/4", "answer_boxed": "\\boxed{\\frac{3}{4}}"},
        {"problem_id": "2", "status": "abstained", "answer": None, "answer_boxed": None},
    ]
    code, out, _ = run(capsys, tmp_path, lines(ours), lines(GOLD[:2]), "--json")
    assert code == 0
    assert json.loads(out)["detailed_results"] == {"1": True, "2": None}

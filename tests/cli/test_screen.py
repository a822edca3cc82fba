"""`sangaku screen` and `sangaku lexicon`, as they are typed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from agent.cli import main
from tests.cli.typed import SANGAKU, drawn

TEXT = """余玄定理より、面積は12である。我们可以得到 12。

```python
import sympy as sp
print(sp.solve_quadratic(1))
```
"""


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        main(list(arguments))
    out, err = capsys.readouterr()
    assert isinstance(stop.value.code, int)
    return stop.value.code, out, err


@pytest.fixture
def text(tmp_path: Path) -> str:
    path = tmp_path / "text.md"
    path.write_text(TEXT, encoding="utf-8")
    return str(path)


def test_json(capsys: pytest.CaptureFixture[str], text: str) -> None:
    code, out, err = run(capsys, "screen", text, "--sandbox", "process", "--json")
    found: list[dict[str, Any]] = json.loads(out)["findings"]
    assert (code, err) == (1, "")
    assert [(finding["kind"], finding["severity"]) for finding in found] == [
        ("term", "soft"),
        ("script", "hard"),
        ("api", "hard"),
    ]
    assert [TEXT[finding["start"] : finding["end"]] for finding in found] == [
        "余玄定理",
        "我们可以得到",
        "sp.solve_quadratic",
    ]
    assert set(found[0]) == {"kind", "rule", "severity", "start", "end", "message"}


def test_a_sound_text_exits_with_0(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "good.txt"
    path.write_text("三平方の定理より、斜辺の長さは5である。", encoding="utf-8")
    code, out, _ = run(capsys, "screen", str(path))
    assert code == 0
    assert "Nothing degenerate found" in out


def test_the_view_marks_the_text_and_lets_nothing_act(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text("\x1b]0;owned\x07余玄定理より、12である。", encoding="utf-8")
    status, seen = drawn([*SANGAKU, "screen", str(path)], dict(os.environ))
    assert status == 0
    assert "余弦定理" in seen
    assert "\x1b[30;43m余玄定理" in seen
    assert "␛]0;owned" in seen
    assert "\x1b]0;owned" not in seen


def test_many_texts(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    lines = [
        {"text": "余玄定理より12。", "problem": "面積は?"},
        {"id": "b", "text": "So the answer is 12.", "problem": "How many?", "language": "en"},
    ]
    path.write_text("\n".join(map(json.dumps, lines)) + "\n\n", encoding="utf-8")
    code, out, _ = run(capsys, "screen", str(path), "--json")
    first, second = map(json.loads, out.splitlines())
    assert (code, first["id"], second["id"]) == (0, 1, "b")
    assert [finding["rule"] for finding in first["findings"]] == ["unattested"]
    assert second["findings"] == []


def test_own_terms_and_the_problem(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text("残留正規化数を求める。", encoding="utf-8")
    mine = tmp_path / "mine.tsv"
    mine.write_text("残留正規化数\n", encoding="utf-8")
    for extra in ([], ["--lexicon", str(mine)], ["--problem", "残留正規化数を求めよ。"], ["--problem", f"@{path}"]):
        _, out, _ = run(capsys, "screen", str(path), "--json", *extra)
        assert bool(json.loads(out)["findings"]) == (not extra)


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.txt", "三角形".encode("shift_jis"), "not UTF-8"),
        ("a.jsonl", b"not json\n", "line 1 is not JSON"),
        ("a.jsonl", b'{"text": "ok"}\n{"problem": "x"}\n', 'line 2 has no "text"'),
        ("a.jsonl", b'{"text": "ok", "language": "fr"}\n', "neither en nor ja"),
    ],
)
def test_bad_input(capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str, data: bytes, says: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    code, out, err = run(capsys, "screen", str(path))
    assert (code, out) == (2, "")
    assert err.startswith("Error: ")
    assert says in err
    assert len(err.strip().splitlines()) == 1
    code, out, _ = run(capsys, "screen", str(path), "--json")
    assert code == 2
    assert says in json.loads(out)["error"]["message"]


def test_lexicon_find(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "lexicon", "find", "ピタゴラスの定理", "--json")
    found = json.loads(out)
    assert (code, found["attested"], found["entry"]["reading"]) == (0, True, "さんへいほうのていり")
    assert found["entry"]["source"]
    code, _, err = run(capsys, "lexicon", "find", " ")
    assert (code, err) == (2, "Error: The term is empty. Give one: sangaku lexicon find 余弦定理.\n")
    code, out, _ = run(capsys, "lexicon", "find", "余玄定理")
    assert code == 1
    assert "余弦定理" in out
    code, out, _ = run(capsys, "lexicon", "find", "law of cosines")
    assert "source: " in out


def test_lexicon_check_and_coverage(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "mine.tsv"
    path.write_text("余弦定理\n残留正規化数\n残留正規化数\n", encoding="utf-8")
    code, out, _ = run(capsys, "lexicon", "check", str(path))
    assert code == 1
    assert "there twice" in out
    code, out, _ = run(capsys, "lexicon", "coverage", str(path), "--missing", "--json")
    assert code == 0
    assert json.loads(out) == {"names": 3, "attested": 1, "missing": ["残留正規化数", "残留正規化数"]}

"""The corpus is what its datasheet says, the benchmark counts rightly, and the detectors do not fall behind what was measured."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from agent.degeneracy.lexicon import shipped as terms
from agent.errors import UsageError
from agent.intervals import f1_interval, wilson
from agent.types import Problem
from benchmarks.degeneracy import KINDS, Measured, Record, measure, read, shipped
from benchmarks.degeneracy.command import main
from benchmarks.degeneracy.corpus import Split
from benchmarks.degeneracy.end_to_end import same
from benchmarks.degeneracy.measure import as_json, stream
from benchmarks.degeneracy.natural import GENERATORS, is_test_stem
from benchmarks.degeneracy.report import mistakes
from sandbox import Pool


@pytest.fixture(scope="module")
def everything() -> list[Record]:
    return [record for part in get_args(Split) for record in shipped(part)]


@pytest.fixture(scope="module")
async def dev(box: Pool) -> Measured:
    return measure(shipped("dev"), lexicon=terms(), names=await box.names(), streaming=False)


def test_the_corpus_is_large_enough_and_of_all_kinds(everything: list[Record]) -> None:
    assert sum(record.genuine for record in everything) >= 600
    assert sum(not record.genuine for record in everything) >= 400
    kinds = Counter((kind, record.split) for record in everything for kind in record.kinds)
    assert all(kinds[kind, split] for kind in KINDS for split in ("dev", "test"))
    assert {record.language for record in everything} == {"en", "ja"}
    assert {record.origin for record in everything} == {"genuine", "natural", "constructed", "mutated"}
    assert len({record.id for record in everything}) == len(everything)


def test_the_parts_share_no_stem_and_no_generator(everything: list[Record]) -> None:
    assert all((record.split != "dev") == is_test_stem(record.stem) for record in everything)
    natural = [record for record in everything if record.origin == "natural"]
    parts = {part: {record.generator for record in natural if record.split == part} for part in get_args(Split)}
    assert parts == {part: {one.name for one in GENERATORS if one.part == part} for part in get_args(Split)}
    stems = {part: {record.stem for record in everything if record.split == part} for part in get_args(Split)}
    assert not stems["dev"] & (stems["test"] | stems["read"])


def test_spans_lie_in_the_texts(everything: list[Record]) -> None:
    for record in everything:
        for label in record.labels:
            assert 0 <= label.start <= label.end <= len(record.text), record.id
            assert label.start < label.end or label.kind == "truncation", record.id


def test_the_detectors_do_as_well_as_they_did_on_the_development_part(dev: Measured) -> None:
    genuine = len(dev.genuine)
    assert dev.alarms("hard") <= 0.01 * genuine
    assert dev.alarms("soft") <= 0.05 * genuine
    for kind, least in (("repetition", 0.9), ("truncation", 0.95), ("script", 0.95)):
        f1 = dev.counts(kind, "natural").f1  # type: ignore[arg-type]
        assert f1 is not None
        assert f1 >= least, kind
    made = dev.counts("term", "constructed")
    assert made.recall is not None
    assert made.recall >= 0.8


def test_every_mistake_is_listed(dev: Measured) -> None:
    listed = Counter((mistake.kind, mistake.error) for mistake in mistakes(dev))
    for kind in KINDS:
        counts = dev.counts(kind)
        assert (listed[kind, "missed"], listed[kind, "false alarm"]) == (counts.missed, counts.false)


def test_counting() -> None:
    def record(text: str, *labels: str) -> Record:
        return Record.model_validate({"language": "ja", "problem": "和を求めよ。", "text": text, "labels": labels})

    records = [
        record("余玄定理より12である。", "term"),
        record("余弦定理より12である。"),
        record("残留正規化数より12である。"),
        record("何も見つからない文である。", "term"),
    ]
    counted = measure(records, lexicon=terms(), names=None).counts("term")
    assert (counted.hits, counted.false, counted.missed) == (1, 1, 1)
    assert (counted.precision, counted.recall, counted.f1) == (0.5, 0.5, 0.5)


def test_unsure_labels_count_neither_way() -> None:
    label = {"kind": "term", "start": 0, "end": 4, "unsure": True}
    record = Record.model_validate({"language": "ja", "problem": "", "text": "余玄定理より。", "labels": [label]})
    counted = measure([record], lexicon=terms(), names=None).counts("term")
    assert (counted.hits, counted.false, counted.missed) == (0, 0, 0)


def test_streaming_ends_a_loop_and_leaves_a_genuine_text_alone() -> None:
    loop = {
        "language": "en",
        "problem": "Add.",
        "text": "We add the numbers. " * 40,
        "labels": [{"kind": "repetition", "start": 20, "end": 800}],
    }
    seen = stream(Record.model_validate(loop))
    assert seen.cut_at is not None
    assert seen.cut_at < 200
    assert seen.tokens_after_start is not None
    assert (
        stream(Record.model_validate({**loop, "text": "We add 3 and 4, which makes 7.", "labels": []})).cut_at is None
    )


def test_intervals() -> None:
    low, high = wilson(8, 10)
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)  # Wilson's interval of 8 out of 10
    assert wilson(0, 0) == (0.0, 1.0)
    low, high = f1_interval(8, 1, 1)
    assert low < 16 / 18 < high


def test_a_corpus_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.jsonl"
    lines = [
        {"problem": "面積は?", "text": "余玄定理より12である。", "language": "ja", "labels": ["term"]},
        {"problem": "面積は?", "text": "余弦定理より12である。", "language": "ja", "labels": []},
    ]
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    with pytest.raises(SystemExit) as stop:
        main(["--corpus", str(path), "--sandbox", "none", "--json"])
    out, _ = capsys.readouterr()
    assert stop.value.code == 0
    found = json.loads(out.splitlines()[-1])
    assert set(found) == {"kinds", "genuine", "hard_false_alarm_rate", "soft_false_alarm_rate", "chars_per_s"}
    assert set(found["kinds"]) == set(KINDS)
    assert found["kinds"]["term"] == {"n": 1, "precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert (found["genuine"], found["soft_false_alarm_rate"]) == (1, 0.0)
    with pytest.raises(SystemExit) as stop:
        main(["--corpus", str(path), "--sandbox", "none", "--errors"])
    out, _ = capsys.readouterr()
    assert stop.value.code == 0
    assert "false alarm" not in out


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "holds no texts"),
        (b"nope\n", "line 1 is not JSON"),
        (b'{"text": "a", "language": "ja", "labels": []}\n', "line 1: problem"),
        (b'{"problem": "", "text": "a", "language": "de", "labels": []}\n', "line 1: language"),
        (b'{"problem": "", "text": "a", "language": "ja", "labels": ["bad"]}\n', "line 1: labels"),
        ("三".encode("shift_jis"), "not UTF-8"),
    ],
)
def test_bad_corpora(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(data)
    with pytest.raises(UsageError, match=says):
        read(path)


def test_the_summary_of_no_texts_with_a_kind() -> None:
    record = Record.model_validate({"language": "en", "problem": "", "text": "So it is 12.", "labels": []})
    found = as_json(measure([record], lexicon=terms(), names=None))
    assert found["genuine"] == 1
    assert json.loads(json.dumps(found))["kinds"]["api"] == {"n": 0, "precision": None, "recall": None, "f1": None}
    assert Problem(text="x").language == "en"


@pytest.mark.parametrize(
    ("gold", "answer", "equal"), [("1,170", "1170", True), ("3", "3.0", True), ("3", "4", False), ("x", None, False)]
)
def test_answers_of_the_end_to_end_comparison(gold: str, answer: str | None, equal: bool) -> None:
    assert same(gold, answer) is equal

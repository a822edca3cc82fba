"""A run folder is read back as it was written, whatever became of its files."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest

from agent.errors import UsageError
from agent.types import ModelInfo
from benchmarks.folder import GRADED, MANIFEST, RESULTS, RunFolder
from benchmarks.manifest import (
    Manifest,
    command_line,
    describe_machine,
    git_commit,
    package_versions,
    without_credentials,
)
from benchmarks.records import Record
from tests.benchmarks.synthetic import graded, manifest, records, write_run


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write_run(tmp_path / "run", problems=8)


def refused(line: int, why: str) -> None:
    raise AssertionError(f"line {line}: {why}")


def test_what_was_written_is_read(run: Path) -> None:
    made = {record.graded.key: record for record in records(8)}
    folder = RunFolder(run, on_broken=refused)
    assert folder.keys() == sorted(made)
    assert {record.graded.key: record for record in folder.records()} == made
    assert [one.model_dump_json() for one in folder.graded()] == (run / GRADED).read_text("utf-8").splitlines()
    for key, record in made.items():
        assert folder.record(key) == record
    assert folder.record(("made", "p00000", "nobody")) is None
    timings = [row.timing for row in folder.rows()]
    assert [one.seconds for one in timings if one] == [made[key].seconds for key in sorted(made)]
    assert all(one and one.failed == (made[one.key].graded.outcome == "failed") for one in timings)
    assert folder.manifest is not None
    assert list(folder.manifest.strategies) == ["program", "hybrid"]


def test_graded_alone_will_do(run: Path) -> None:
    with_records = list(RunFolder(run).graded())
    (run / RESULTS).unlink()
    (run / MANIFEST).unlink()
    folder = RunFolder(run, on_broken=refused)
    assert not folder.has_records
    assert list(folder.graded()) == with_records
    assert all(row.timing is None for row in folder.rows())
    assert list(folder.records()) == []
    assert folder.record(folder.keys()[0]) is None
    assert folder.manifest is None


def test_a_later_line_replaces_an_earlier_one(run: Path) -> None:
    before = next(iter(RunFolder(run).records()))
    after = before.model_copy(update={"seconds": 77.5})
    with (run / RESULTS).open("a", encoding="utf-8") as file:
        file.write(after.model_dump_json() + "\n")
    folder = RunFolder(run, on_broken=refused)
    assert folder.record(before.graded.key) == after
    assert len(list(folder.records())) == 16


def test_a_torn_last_line_is_passed_over_and_a_whole_one_without_an_end_is_not(run: Path) -> None:
    lines = (run / RESULTS).read_bytes().splitlines(keepends=True)
    for cut in (1, 40, len(lines[-1]) // 2, len(lines[-1]) - 2):
        (run / RESULTS).write_bytes(b"".join(lines[:-1]) + lines[-1][:cut])
        assert len(list(RunFolder(run, on_broken=refused).graded())) == 15
    (run / RESULTS).write_bytes(b"".join(lines)[:-1])
    assert len(list(RunFolder(run, on_broken=refused).graded())) == 16
    (run / RESULTS).write_bytes(b"".join(lines) + b"[1]")  # whole, and no record: no crash wrote that
    told: list[int] = []
    assert len(list(RunFolder(run, on_broken=lambda line, _: told.append(line)).graded())) == 16
    assert told == [17]


def test_broken_lines_are_told_once_by_line_and_passed_over(run: Path) -> None:
    lines = (run / RESULTS).read_bytes().splitlines(keepends=True)
    first = Record.model_validate_json(lines[0])
    again = first.model_copy(update={"seconds": 99.0}).model_dump_json().encode()
    # A record, a torn one, one of another version, no record, one whose solution is broken, bytes, nothing; and the first again,
    # torn, which replaces nothing.
    other = json.dumps({**json.loads(lines[1]), "version": 2}).encode() + b"\n"
    broken = json.dumps({**json.loads(lines[1]), "solution": {"version": 1}}).encode() + b"\n"
    content = [
        lines[0],
        lines[1][:90] + b"\n",
        other,
        b"[1]\n",
        broken,
        b"\xff\xfe\n",
        b"\n",
        again[:-20] + b"\n",
        lines[2],
    ]
    (run / RESULTS).write_bytes(b"".join(content))
    told: list[tuple[int, str]] = []
    folder = RunFolder(run, on_broken=lambda line, why: told.append((line, why)))
    assert len(list(folder.graded())) == 3
    assert [line for line, _ in told] == [2, 3, 4, 6, 8]
    assert "version" in told[1][1]
    assert folder.record(first.graded.key) == first
    # What is wrong with a solution shows when it is read.
    assert len(list(folder.records())) == 2
    assert told[-1][0] == 5
    assert all("\n" not in why for _, why in told)


def test_no_folder_and_no_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no folder"):
        RunFolder(tmp_path / "nothing")
    with pytest.raises(UsageError, match="not a run"):
        RunFolder(tmp_path)
    (tmp_path / GRADED).touch()
    assert list(RunFolder(tmp_path).graded()) == []
    (tmp_path / MANIFEST).write_text('{"version": 2}')
    with pytest.raises(UsageError, match="no manifest"):
        _ = RunFolder(tmp_path).manifest


def test_memory_holds_no_records(tmp_path: Path) -> None:
    one = graded("p", "right").model_copy(update={"rule": "r" * 20_000})
    line = Record(graded=one).model_dump_json()
    with (tmp_path / RESULTS).open("w") as file:
        for number in range(500):
            file.write(line.replace('"id":"p"', f'"id":"p{number}"') + "\n")
    tracemalloc.start()
    assert sum(1 for _ in RunFolder(tmp_path, on_broken=refused).records()) == 500
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (tmp_path / RESULTS).stat().st_size > 10_000_000
    assert peak < 1_000_000


def test_a_manifest_survives_its_file_and_holds_no_key() -> None:
    one = manifest()
    assert Manifest.model_validate_json(one.model_dump_json()) == one
    model = ModelInfo(name="m", backend="endpoint", url="https://me:secret@host:8000/v1?key=secret#secret")
    kept = Manifest.model_validate({**one.model_dump(), "model": model})
    assert kept.model.url == "https://host:8000/v1"
    assert "secret" not in kept.model_dump_json()


def test_credentials_are_taken_out() -> None:
    assert without_credentials("http://localhost:8000/v1") == "http://localhost:8000/v1"
    assert without_credentials("") == ""
    assert without_credentials("model.gguf") == "model.gguf"
    given = [
        "run",
        "--api-key",
        "secret",
        "--api-key=secret",
        "--base-url",
        "http://u:secret@h/v1",
        "--base-url=http://secret@h/",
    ]
    assert command_line(given) == (
        *("run", "--api-key", "***", "--api-key=***", "--base-url", "http://h/v1", "--base-url=http://h/"),
    )


def test_the_machine_is_described() -> None:
    machine = describe_machine()
    assert machine.cpus >= 1
    assert machine.memory_mb > 100
    assert "numpy" in package_versions()
    assert package_versions(["there-is-no-such-thing"]) == {}
    commit = git_commit().removesuffix("-dirty")
    assert commit == "" or len(commit) == 40

"""`sangaku sandbox exec FILE.jsonl`: order, resuming, interruptions, odd input. In the process sandbox, the quickest to start."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import psutil
import pytest

from agent.cli import main
from agent.cli.batch import _WINDOW, Batch, _Run
from agent.cli.meter import Meter
from agent.cli.records import Record, fingerprint
from sandbox import Execution, Limits, Pool, Profile, Status, WorkerDied
from tests.cli.test_clean import PROFILE
from tests.cli.typed import call, on_a_terminal, start

KEYS = "id status stdout stderr truncated exit_code wall_s peak_mb message code_sha256 sandbox".split()


def write(path: Path, records: list[tuple[str | int, str]]) -> str:
    path.write_text("".join(json.dumps({"id": i, "code": code}) + "\n" for i, code in records), encoding="utf-8")
    return str(path)


def timeless(data: bytes) -> bytes:
    return re.sub(rb'"wall_s": [0-9.e-]+, "peak_mb": [0-9.e-]+', b"", data)


def invoke(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str, str]:
    try:
        main(["sandbox", "exec", "--sandbox", "process", *arguments])
    except SystemExit as stop:
        return stop.code, *capsys.readouterr()


KINDS: list[tuple[str | int, str]] = [
    ("ok", "print('算額')"),
    (7, "1/0"),
    ("7", "while True: pass"),
    (-1, "print("),
    (-2, "import socket"),
    ("\ud800", "print('\\ud800', ascii('\ud800'))"),
    ("last", "import sympy; print(sympy.sqrt(8))"),
]


def test_one_line_for_each_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, out = write(tmp_path / "in.jsonl", KINDS), tmp_path / "out.jsonl"
    code, said, err = invoke(capsys, file, "--out", str(out), "--timeout", "1", "--json")
    assert code == 0, err
    lines = [json.loads(line) for line in out.read_bytes().splitlines()]
    assert [line["id"] for line in lines] == [name for name, _ in KINDS]
    assert [line["status"] for line in lines][:5] == ["ok", "runtime_error", "time_limit", "syntax_error", "policy"]
    for line, (_, source) in zip(lines, KINDS, strict=True):
        assert list(line) == KEYS
        assert line["code_sha256"] == hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        assert Profile.model_validate(line["sandbox"]).backend == "process"
    assert lines[0]["stdout"] == "算額\n"
    assert lines[-1]["stdout"] == "2*sqrt(2)\n"
    assert out.read_bytes().isascii()
    summary = json.loads(said)
    assert (summary["done"], summary["skipped"], sum(summary["statuses"].values())) == (len(KINDS), 0, len(KINDS))
    assert "7 programs: " in err

    before = out.read_bytes()
    code, said, err = invoke(capsys, file, "--out", str(out), "--json")
    assert (code, json.loads(said)) == (0, {"done": 0, "skipped": 7, "statuses": {}, "seconds": 0.0})
    assert err == "all 7 done already\n"
    assert out.read_bytes() == before


def test_lines_go_to_stdout_without_out(tmp_path: Path) -> None:
    file = write(tmp_path / "in.jsonl", [(n, f"print({n})") for n in range(5)])
    done = call("exec", file, "--sandbox", "process")
    assert done.returncode == 0
    assert [json.loads(line)["stdout"] for line in done.stdout.splitlines()] == [f"{n}\n" for n in range(5)]
    assert b"5 programs: 5 ok" in done.stderr


def test_from_standard_input(tmp_path: Path) -> None:
    out = tmp_path / "out"
    data = b'{"id": 1, "code": "print(1)"}\n{"id": 2, "code": "print(2)"}\n'
    for _ in range(2):
        done = call("exec", "-", "--out", str(out), "--sandbox", "process", data=data)
        assert done.returncode == 0
    assert b"all 2 done already" in done.stderr
    assert len(out.read_bytes().splitlines()) == 2


def test_bom_blank_lines_crlf_and_other_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "IN.JSONL"
    file.write_bytes(
        '\ufeff{"id": 1, "code": "print(1)", "more": [1]}\r\n\r\n \r\n{"code": "print(2)", "id": "2"}'.encode()
    )
    code, out, _ = invoke(capsys, str(file), "--jobs", "1")
    assert code == 0
    assert [json.loads(line)["stdout"] for line in out.splitlines()] == ["1\n", "2\n"]


BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "no record"),
    "blank": (b"\n \r\n", "no record"),
    "CSV": (b"id,code\n1,print(1)\n", "line 1 is not JSON; it looks like CSV"),
    "array": (b'[{"id": 1, "code": "1"}]', "is a JSON array"),
    "pretty array": (b'[\n{"id": 1,\n"code": "1"}]', "is a JSON array"),
    "pretty object": (b'{\n"id": 1,\n"code": "1"}', "line 1 is not JSON: the record goes on"),
    "not JSON": (b'{"id": 1, "code": "1"}\n{"id": 2, "co', "line 2 is not JSON"),
    "number": (b"3\n", "line 1 is a number, not an object"),
    "later array": (b'{"id": 1, "code": "1"}\n[]\n', "line 2 is an array, not an object"),
    "null": (b"null\n", "line 1 is null, not an object"),
    "deep": (b'{"id": ' + b"[" * 100_000, "line 1 is nested too deep"),
    "no code": (b'{"id": 1, "problem": "1+1"}\n', 'line 1 has no "code"'),
    "empty code": (b'\n{"id": 1, "code": ""}\n', 'line 2 has an empty "code"'),
    "blank code": (b'{"id": 1, "code": " \\n"}\n', 'line 1 has an empty "code"'),
    "no id": (b'{"code": "1"}\n', 'line 1 has no "id"'),
    "empty id": (b'{"id": "", "code": "1"}\n', 'line 1 has an empty "id"'),
    "null id": (b'{"id": null, "code": "1"}\n', 'line 1 has null as its "id"'),
    "true id": (b'{"id": true, "code": "1"}\n', 'line 1 has a truth value as its "id"'),
    "float id": (b'{"id": 1.0, "code": "1"}\n', 'line 1 has a number with a point as its "id"'),
    "list code": (b'{"id": 1, "code": ["1"]}\n', 'line 1 has an array as its "code"'),
    "duplicate": (b'{"id": "a", "code": "1"}\n\n{"id": "a", "code": "2"}\n', 'line 3 has the id "a" of line 1'),
    "hostile id": (b'{"id": "\\u001b[2J\\ud800", "code": "1"}\n' * 2, "line 2 has the id"),
    "UTF-16": ('{"id": 1, "code": "1"}\n'.encode("utf-16"), "looks like UTF-16"),
    "UTF-16 without a mark": ('{"id": 1, "code": "1"}\n'.encode("utf-16-le"), "looks like UTF-16"),
    "Latin-1": (b'{"id": 1, "code": "1"}\n{"id": 2, "code": "caf\xe9"}\n', "line 2 is not UTF-8 (byte 45)"),
    "gzip": (b"\x1f\x8b\x08\x00", "gzip"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, says = BAD[name]
    file, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    file.write_bytes(data)
    check_refused(*invoke(capsys, str(file), "--out", str(out)), says=says)
    assert not out.exists()
    code, said, err = invoke(capsys, str(file), "--json")
    assert (code, err) == (2, "")
    error = json.loads(said)["error"]
    assert (error["type"], bool(error["advice"])) == ("UsageError", True)


def check_refused(code: object, out: str, err: str, *, says: str) -> None:
    assert (code, out) == (2, ""), err
    assert len(err.splitlines()) == 1, err
    assert err.startswith("Error: ")
    assert says in err
    assert "\x1b" not in err


def test_bad_places_for_the_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "in.jsonl", [(1, "print(1)")])
    link = tmp_path / "link"
    link.symlink_to(file)
    for out, says in (
        (file, "itself"),
        (str(link), "itself"),
        (str(tmp_path), "no ordinary file"),
        ("/dev/null", "no ordinary file"),
        (str(tmp_path / "no" / "out"), "there is no folder"),
        ("/proc/out", "cannot be written"),
    ):
        code, said, err = invoke(capsys, file, "--out", out)
        check_refused(code, said, err.replace("There is", "there is"), says=says)
    assert os.listdir(tmp_path) in (["in.jsonl", "link"], ["link", "in.jsonl"])
    check_refused(*invoke(capsys, __file__, "--jobs", "2"), says="--jobs")


def test_results_that_belong_to_another_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    records: list[tuple[str | int, str]] = [(n, f"print({n})") for n in range(3)]
    file, out = write(tmp_path / "in.jsonl", records), tmp_path / "out.jsonl"
    assert invoke(capsys, file, "--out", str(out))[0] == 0
    good = out.read_bytes()
    lines = good.splitlines(keepends=True)
    cases = {
        b"my notes": "line 1: it is not the beginning of a result",
        b"my notes\n": "line 1: it is not a result",
        lines[1]: "line 1: its id is not that of line 1",
        lines[0].replace(b'"id": 0', b'"id": "0"'): "line 1: its id",
        lines[0] + lines[1].replace(b'"code_sha256": "', b'"code_sha256": "0'): "line 2: the program of line 2",
        good + lines[0]: "line 4: ",
        good + b'{"id"': "line 4: ",
        lines[0] + b'{"id": 2, "sta': "line 2: it is not the beginning of a result",
    }
    for data, says in cases.items():
        out.write_bytes(data)
        check_refused(*invoke(capsys, file, "--out", str(out)), says=says)
        assert out.read_bytes() == data  # nothing of somebody else's is cut off


@pytest.mark.parametrize("tail", [b"", b"{", b'{"id": 1, "status": "ok", "stdout": "1', b"\0\0\0"])
def test_an_unfinished_last_line_is_done_again(tail: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, out = write(tmp_path / "in.jsonl", [(n, f"print({n})") for n in range(3)]), tmp_path / "out.jsonl"
    assert invoke(capsys, file, "--out", str(out))[0] == 0
    whole = out.read_bytes()
    out.write_bytes(whole.splitlines(keepends=True)[0] + tail)
    code, said, err = invoke(capsys, file, "--out", str(out), "--json")
    assert code == 0, err
    assert timeless(out.read_bytes()) == timeless(whole)
    summary = json.loads(said)
    assert (summary["done"], summary["skipped"], summary["statuses"]) == (2, 1, {"ok": 2})


MANY: list[tuple[str | int, str]] = [
    (f"p{n}", f"import time; time.sleep(0.05); print({n})\n" + ("1/0" if n % 7 == 0 else "")) for n in range(120)
]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("undisturbed")
    done = call(
        "exec", write(folder / "in.jsonl", MANY), "--out", str(folder / "out"), "--sandbox", "process", "--jobs", "3"
    )
    assert done.returncode == 0
    return (folder / "out").read_bytes()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_was_stopped_is_gone_on_with(number: signal.Signals, tmp_path: Path, undisturbed: bytes) -> None:
    file, out = write(tmp_path / "in.jsonl", MANY), tmp_path / "out.jsonl"
    arguments = ["exec", file, "--out", str(out), "--sandbox", "process", "--jobs", "3"]
    process = start(*arguments)
    while not (out.exists() and out.read_bytes().count(b"\n") >= 10):
        assert process.poll() is None
        time.sleep(0.01)
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    psutil.wait_procs(family, timeout=10)
    done = out.read_bytes().count(b"\n")
    assert done >= 10
    if number == signal.SIGINT:
        assert process.returncode == 130
        assert err.decode().splitlines()[-1] == f"Error: {done} of 120 done; run the same command again to go on."
        assert b"Traceback" not in err
    assert timeless(undisturbed).startswith(timeless(out.read_bytes()[: out.read_bytes().rfind(b"\n") + 1]))
    again = call(*arguments)
    assert again.returncode == 0, again.stderr
    assert f"({done} were done before)".encode() in again.stderr
    assert timeless(out.read_bytes()) == timeless(undisturbed)


def test_two_runs_do_not_write_the_same_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, out = write(tmp_path / "in.jsonl", [(1, "print(1)")]), tmp_path / "out.jsonl"
    with out.open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        check_refused(*invoke(capsys, file, "--out", str(out)), says="being written by another run")
    assert invoke(capsys, file, "--out", str(out))[0] == 0


def test_a_sandbox_that_fails_keeps_what_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file, out = write(tmp_path / "in.jsonl", [(n, f"print({n})") for n in range(6)]), tmp_path / "out.jsonl"
    real = Pool.run

    async def run(self: Pool, source: str, **settings: Any) -> Execution:
        if source == "print(4)":
            raise WorkerDied("a worker has ended")
        return await real(self, source, **settings)

    monkeypatch.setattr(Pool, "run", run)
    code, said, err = invoke(capsys, file, "--out", str(out), "--jobs", "1")
    assert (code, said) == (4, "")
    kept = out.read_bytes().count(b"\n") if out.exists() else 0
    assert len(err.splitlines()) == 1
    assert "the program of line 5 could not be run: a worker has ended." in err.replace("The program", "the program")
    assert f"{kept} of 6 done; run the same command again to go on." in err
    monkeypatch.undo()
    assert invoke(capsys, file, "--out", str(out))[0] == 0
    assert out.read_bytes().count(b"\n") == 6


def test_no_sandbox_makes_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.worker.seccomp.supported", lambda: False)
    file, out = write(tmp_path / "in.jsonl", [(1, "print(1)")]), tmp_path / "out.jsonl"
    code, _, err = invoke(capsys, file, "--out", str(out))
    assert code == 4, err
    assert not out.exists()


class _Stubborn:
    """A pool in which the first program does not end."""

    def __init__(self) -> None:
        self.running = self.most = 0
        self.first = asyncio.Event()

    async def run(self, source: str) -> Execution:
        self.running += 1
        self.most = max(self.most, self.running)
        await (self.first.wait() if source == "0" else asyncio.sleep(0))
        self.running -= 1
        return Execution(status=Status.OK, stdout=source)


async def test_a_slow_program_at_the_front_holds_the_others_up() -> None:
    total, jobs = 1000, 2
    given = 0
    written: list[bytes] = []

    def left() -> Iterator[Record]:
        nonlocal given
        for number in range(total):
            given += 1
            yield Record(line=number + 1, id=number, code=str(number))

    batch = Batch(file="", out=None, backend="process", limits=Limits(), jobs=jobs, as_json=False)
    run = _Run(batch, left(), Meter(total, silent=True), written.append)
    pool = _Stubborn()
    profile = PROFILE
    tasks = [asyncio.create_task(run._work(cast("Pool", pool), profile)) for _ in range(2 * jobs)]
    for _ in range(3000):
        await asyncio.sleep(0)
    assert written == []
    assert _WINDOW * jobs <= given <= _WINDOW * jobs + 2 * jobs
    pool.first.set()
    await asyncio.gather(*tasks)
    assert [json.loads(line)["id"] for line in written] == list(range(total))
    assert pool.most <= 4 * jobs


def test_a_terminal_gets_a_bar(tmp_path: Path) -> None:
    file, out = write(tmp_path / "in.jsonl", [(n, f"print({n})") for n in range(5)]), tmp_path / "out.jsonl"
    code, seen = on_a_terminal("exec", file, "--out", str(out), "--sandbox", "process")
    assert code == 0
    assert "━" in seen
    assert "5/5" in seen
    assert "5 programs: 5 ok" in seen


def test_the_fingerprint() -> None:
    assert fingerprint("print(1)") == hashlib.sha256(b"print(1)").hexdigest()[:16]
    assert fingerprint("\ud800") == hashlib.sha256(b"\xed\xa0\x80").hexdigest()[:16]

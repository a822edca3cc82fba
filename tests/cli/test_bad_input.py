"""Whatever is typed, the answer is one clear line that says what to do, and the exit code of the contract."""

from __future__ import annotations

import io
import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agent.cli import main, solve_main

FILES: dict[str, tuple[bytes, str]] = {
    "empty.txt": (b"", "empty"),
    "blank.txt": (b" \n\n", "empty"),
    "sjis.txt": ("三角形の面積".encode("shift_jis"), "not UTF-8"),
    "set.jsonl": (b'{"problem": "1+1"}\n', "set of problems"),
    "set.csv": (b"problem,answer\n1+1,2\n", "set of problems"),
    "huge.txt": (b"x" * (5 << 20), "larger than 4 MB"),
    "long.txt": (b"word " * 5000, "characters, more than"),
    "null.txt": (b"a\x00b", "no text"),
}


def run(capsys: pytest.CaptureFixture[str], *arguments: str, command: Any = solve_main) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        command(list(arguments))
    out, err = capsys.readouterr()
    assert isinstance(stop.value.code, int)
    return stop.value.code, out, err


def check_error(code: int, out: str, err: str, *, expected: int, says: str) -> None:
    assert code == expected, (out, err)
    assert out == ""
    lines = err.strip().splitlines()
    assert len(lines) == 1, err
    assert lines[0].startswith("Error: ")
    assert says.lower() in lines[0].lower()
    assert "Traceback" not in err


@pytest.mark.parametrize("name", FILES)
def test_bad_files(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, says = FILES[name]
    path = tmp_path / name
    path.write_bytes(data)
    check_error(*run(capsys, "--sandbox", "process", "--base-url", closed_port(), str(path)), expected=2, says=says)


def closed_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/v1"


BAD: dict[str, tuple[tuple[str, ...], int, str]] = {
    "empty": (("",), 2, "empty"),
    "no such file": (("problems/one.txt",), 2, "there is no file"),
    "no such path": (("./missing/file",), 2, "there is no file"),
    "no quotes": (("What", "is", "2+2"), 2, "in quotes"),
    "folder": (("/",), 2, "is a folder"),
    "unknown option": (("--smaples", "3", "1+1"), 2, "--smaples"),
    "not a number": (("--samples", "many", "1+1"), 2, "many"),
    "no samples": (("--samples", "0", "1+1"), 2, "0"),
    "negative time": (("--timeout", "-1", "1+1"), 2, "--timeout"),
    "unknown sandbox": (("--sandbox", "vm", "1+1"), 2, "vm"),
    "two problems": (("1+1", "2+2"), 2, "2+2"),
    "unknown model": (("--model", "gpt-17", "1+1"), 3, "gpt-17"),
    "no such GGUF": (("--model", "./no.gguf", "1+1"), 2, "no.gguf"),
    "trace in no folder": (("--save", "/no/such/folder/t.json", "1+1"), 2, "cannot be written"),
    "no address": (("--base-url", "http://", "1+1"), 2, "not the address"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_arguments(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, expected, says = BAD[name]
    check_error(*run(capsys, *arguments), expected=expected, says=says)


@pytest.mark.parametrize("name", BAD)
def test_bad_arguments_as_json(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, expected, says = BAD[name]
    code, out, _ = run(capsys, "--json", *arguments)
    assert code == expected
    error = json.loads(out)["error"]
    assert set(error) == {"type", "message", "advice"}
    assert says in error["message"] + error["advice"]
    assert error["advice"]


def test_no_model_server(capsys: pytest.CaptureFixture[str]) -> None:
    url = closed_port()
    check_error(
        *run(capsys, "--base-url", url, "--sandbox", "process", "1+1"), expected=3, says="no model server answers"
    )


def test_a_cut_short_model_file(tmp_path: Path, capsys: pytest.CaptureFixture[str], model_path: Path) -> None:
    cut = tmp_path / "cut.gguf"
    with model_path.open("rb") as whole:
        cut.write_bytes(whole.read(1 << 20))
    check_error(*run(capsys, "--model", str(cut), "1+1"), expected=3, says="cut short")
    cut.write_bytes(b"<html>not found</html>")
    check_error(*run(capsys, "--model", str(cut), "1+1"), expected=3, says="not a GGUF file")


def test_nothing_on_stdin(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"")))
    check_error(*run(capsys, "-"), expected=2, says="empty")


TRACES: dict[str, tuple[bytes | None, str]] = {
    "missing": (None, "cannot be read"),
    "no JSON": (b"hello", "not JSON"),
    "binary": (b"\xff\xfe\x00", "not JSON"),
    "another object": (b"{}", "not a trace"),
    "a list": (b"[1]", "not a trace"),
    "another version": (b'{"version": 9, "attempts": []}', "version 9"),
    "broken": (b'{"version": 1, "attempts": [], "status": "answered"}', "broken trace"),
    "deep": (b"[" * 100_000, "not JSON"),
}


@pytest.mark.parametrize("command", ["show", "replay"])
@pytest.mark.parametrize("name", TRACES)
def test_bad_traces(name: str, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, says = TRACES[name]
    path = tmp_path / "trace.json"
    if data is not None:
        path.write_bytes(data)
    check_error(*run(capsys, command, str(path), command=main), expected=2, says=says)


def test_unknown_commands_are_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    check_error(*run(capsys, "docter", command=main), expected=2, says="sangaku doctor")
    check_error(*run(capsys, "What is 6 times 7?", command=main), expected=2, says="sangaku solve")


@pytest.mark.parametrize(
    "arguments", [[], ["--help"], ["solve", "--help"], ["sandbox", "--help"], ["model", "--help"], ["--version"]]
)
def test_help(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from agent.cli import main; main()", *arguments], capture_output=True, text=True
    )
    assert done.returncode == (0 if arguments else 2)
    assert "Error" not in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert ("Usage: sangaku" in done.stdout + done.stderr) or "sangaku, version" in done.stdout


def test_help_names_every_option_of_the_readme() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from agent.cli import solve_main; solve_main()", "-h"], capture_output=True, text=True
    )
    for option in (
        "--samples",
        "--max-repairs",
        "--temperature",
        "--seed",
        "--timeout",
        "--sandbox",
        "--language",
        "--quiet",
        "--json",
        "--save",
    ):
        assert option in done.stdout

"""The embedded model's server: the real model where it is asked to answer, no model where the start must fail."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent.errors import ModelUnavailable, UsageError, WeightsError
from agent.models import embedded as embedded_module
from agent.models import embedded_server
from agent.models.embedded import EmbeddedServer, shared
from agent.models.weights import CATALOG, path_of
from sandbox.bubblewrap import find_bwrap
from tests.agent.test_weights import gguf
from tests.need import lacking

DIES_BY_SIGKILL = """
import sys, time
from pathlib import Path
from agent.models.embedded import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]), slots=1, context=512)
server.ensure()
print(server.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def smallest(model_path: Path) -> Path:
    """A model that loads fast, for the tests in which it says nothing."""
    small = path_of(CATALOG[1])
    return small if small.is_file() else model_path


def ask(server: EmbeddedServer, **body: object) -> Any:
    """The server's answer to one request: its JSON."""
    response = httpx.post(
        f"{server.ensure()}/chat/completions",
        json={"messages": [{"role": "user", "content": "What is 2 + 3? Answer with the number only."}], **body},
        headers={"Authorization": f"Bearer {server.api_key}"},
        timeout=120,
        trust_env=False,
    )
    response.raise_for_status()
    return response.json()


def kill_while_it_writes(url: str, pid: int, body: dict[str, object], headers: dict[str, str]) -> None:
    with httpx.stream(
        "POST", f"{url}/chat/completions", json=body, headers=headers, timeout=60, trust_env=False
    ) as stream:
        for number, _ in enumerate(stream.iter_lines()):
            if number == 4:
                os.kill(pid, signal.SIGKILL)


def gone(pid: int, seconds: float = 10.0) -> bool:
    """Whether a process that is no child of ours (or was waited for) ends in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


# -- the real model


@pytest.mark.model
def test_it_answers(embedded: EmbeddedServer) -> None:
    answer = ask(embedded, max_tokens=8, temperature=0)
    assert "5" in answer["choices"][0]["message"]["content"]
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert answer["model"] == embedded.name == embedded.path.stem


@pytest.mark.model
def test_it_continues_an_opened_answer(embedded: EmbeddedServer) -> None:
    messages = [
        {"role": "user", "content": "Write a program that prints 2 + 3."},
        {"role": "assistant", "content": "```python\n"},
    ]
    choice = ask(embedded, messages=messages, stop=["\n```"], max_tokens=40, temperature=0)["choices"][0]
    assert choice["finish_reason"] == "stop"
    assert "print(" in choice["message"]["content"]
    assert "```" not in choice["message"]["content"].removeprefix("```python\n")


@pytest.mark.model
def test_it_refuses_other_keys(embedded: EmbeddedServer) -> None:
    url = embedded.ensure()
    assert httpx.get(f"{url}/models", trust_env=False).status_code == 401
    assert embedded.api_key not in Path(f"/proc/{embedded.pid}/cmdline").read_text()


@pytest.mark.model
def test_four_at_once_share_one_process(embedded: EmbeddedServer) -> None:
    def one(_: int) -> tuple[int | None, str]:
        answer = ask(embedded, max_tokens=4, temperature=0)
        return embedded.pid, answer["choices"][0]["message"]["content"]

    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(one, range(4)))
    assert len({pid for pid, _ in seen}) == 1
    assert all("5" in text for _, text in seen)


@pytest.mark.model
def test_killed_it_comes_back_on_the_same_port(embedded: EmbeddedServer) -> None:
    url, pid = embedded.ensure(), embedded.pid
    assert pid is not None
    body = {"messages": [{"role": "user", "content": "Count."}], "stream": True, "max_tokens": 2000, "ignore_eos": True}
    headers = {"Authorization": f"Bearer {embedded.api_key}"}
    with pytest.raises(httpx.RemoteProtocolError):
        kill_while_it_writes(url, pid, body, headers)
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: embedded.ensure(), range(4))) == {url}
    assert embedded.alive
    assert embedded.pid != pid
    assert not Path(f"/proc/{pid}").exists()
    assert "5" in ask(embedded, max_tokens=4, temperature=0)["choices"][0]["message"]["content"]


@pytest.mark.model
def test_closed_it_leaves_no_process(smallest: Path) -> None:
    server = EmbeddedServer(smallest, slots=1, context=512)
    server.ensure()
    pid = server.pid
    assert pid is not None
    server.close()
    assert not Path(f"/proc/{pid}").exists()
    assert not server.alive
    server.close()


@pytest.mark.model
def test_it_ends_with_its_parent(smallest: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", DIES_BY_SIGKILL, str(smallest)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert parent.stdout is not None
    try:
        pid = int(parent.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
    finally:
        parent.kill()
        parent.wait()
        parent.stdout.close()
    assert gone(pid)


@pytest.mark.model
def test_a_copy_cut_short_is_refused_before_the_start(
    smallest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy.gguf"
    with smallest.open("rb") as source, copy.open("wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
    os.truncate(copy, smallest.stat().st_size // 2)
    monkeypatch.setattr(subprocess, "Popen", None)
    with pytest.raises(WeightsError, match="is cut short"):
        EmbeddedServer(copy).ensure()


# -- starts that fail


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A GGUF file that is whole, and no model."""
    path = tmp_path / "tiny.gguf"
    path.write_bytes(gguf())
    return path


def test_nothing_starts_before_it_is_needed(tiny: Path) -> None:
    server = EmbeddedServer(tiny)
    assert (server.alive, server.pid, server.name) == (False, None, "tiny")
    server.close()
    code = "import sys, agent.models.embedded; sys.exit('xllamacpp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_llama_cpp_says_is_passed_on(tiny: Path) -> None:
    if importlib.util.find_spec("xllamacpp") is None:
        pytest.skip("no xllamacpp here")
    server = EmbeddedServer(tiny)
    with pytest.raises(ModelUnavailable, match=r"ended while it loaded tiny\.gguf: .*architecture") as caught:
        server.ensure()
    assert caught.value.advice
    assert not server.alive


def test_a_child_that_is_killed_while_it_loads(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = tmp_path / "child.py"
    child.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    monkeypatch.setattr(embedded_module, "_CHILD", child)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    with pytest.raises(ModelUnavailable, match="want of memory \\(SIGKILL\\)"):
        EmbeddedServer(tiny).ensure()


def test_a_child_that_never_answers(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = tmp_path / "child.py"
    child.write_text("import time\ntime.sleep(600)\n")
    monkeypatch.setattr(embedded_module, "_CHILD", child)
    monkeypatch.setattr(embedded_module, "_START_S", 0.2)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    server = EmbeddedServer(tiny)
    with pytest.raises(ModelUnavailable, match=r"did not load tiny\.gguf"):
        server.ensure()
    assert not server.alive


def test_without_xllamacpp(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelUnavailable, match="not installed") as caught:
        EmbeddedServer(tiny).ensure()
    assert "pip install xllamacpp" in caught.value.advice


def test_a_port_that_somebody_took() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ModelUnavailable, match=f"port {port} "):
            embedded_module._free_port(port)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        EmbeddedServer(tmp_path / "none.gguf").ensure()


def test_settings_that_make_no_sense(tiny: Path) -> None:
    with pytest.raises(UsageError, match="at least 1"):
        EmbeddedServer(tiny, slots=0)


def test_shared_is_one_a_path(tiny: Path, tmp_path: Path) -> None:
    first = shared(tiny)
    assert shared(tiny.parent / "." / tiny.name) is first
    other = tmp_path / "other.gguf"
    other.write_bytes(gguf())
    assert shared(other) is not first
    assert shared(tiny, context=2048) is not first  # the first one never ran


def test_without_the_systems_openmp_that_of_a_wheel_is_used(tmp_path: Path) -> None:
    """Slim containers have no libgomp. Here bubblewrap hides the system's, if it has one, behind an empty file."""
    found = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=False).stdout
    paths = [line.rpartition(" => ")[2] for line in found.splitlines() if "libgomp.so.1 " in line]
    hide = [word for path in paths for word in ("--ro-bind", "/dev/null", os.path.realpath(path))]
    if paths and subprocess.run([str(find_bwrap()), "--dev-bind", "/", "/", *hide, "true"], check=False).returncode:
        lacking("bubblewrap", "it cannot make namespaces here")
    prefix = [str(find_bwrap()), "--dev-bind", "/", "/", *hide] if paths else []
    settings = {"model": "/no/such.gguf", "alias": "m", "port": 0, "slots": 1, "context": 64, "threads": 1}
    held, holder = os.pipe()  # the server ends when its stdin does
    done = subprocess.run(
        [*prefix, sys.executable, "-P", str(Path(embedded_server.__file__)), json.dumps(settings)],
        env={**os.environ, "SANGAKU_EMBEDDED_KEY": "k", "TMPDIR": str(tmp_path)},
        stdin=held,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(held)
    os.close(holder)
    assert "libgomp" not in done.stderr
    assert "/no/such.gguf" in done.stderr
    assert list(tmp_path.iterdir()) == []

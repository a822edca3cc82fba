"""The embedded model: llama.cpp's own server as a child process of this one, behind an OpenAI-compatible URL.

A child, because native code that ends by a signal, or runs out of memory, must not take the caller with it. The child ends
with its parent, however that ends. Importing this module starts nothing and loads no native code.
"""

from __future__ import annotations

import atexit
import http.client
import importlib.util
import json
import os
import re
import secrets
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import BinaryIO

from agent.errors import ModelUnavailable, UsageError
from agent.models.gguf import verify_gguf

__all__ = ["EmbeddedServer", "abandon", "shared"]

_START_S = 300.0  # a large file from a slow disk
_HEALTH_S = 5.0
_CHILD = Path(__file__).with_name("embedded_server.py")
_LOG = 65_536  # bytes of the child's stderr that are read for the reason of its end


class EmbeddedServer:
    """One model behind one server, started when it is first needed. Safe to use from several threads.

    ``slots`` requests are answered at once, others wait; each has ``context`` tokens for prompt and answer. ``threads`` are those
    that compute, by default as many as there are processors for this process.

    llama.cpp closes a connection after a streamed answer without saying so: a client must not use a connection twice.
    """

    def __init__(self, path: Path, *, slots: int = 4, context: int = 4096, threads: int | None = None) -> None:
        if slots < 1 or context < 1 or (threads is not None and threads < 1):
            raise UsageError("slots, context and threads must be at least 1", advice="Give positive numbers.")
        self.path, self.slots, self.context = path, slots, context
        self.threads = threads or _processors()
        self.api_key = secrets.token_urlsafe(24)
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._port = 0

    @property
    def name(self) -> str:
        """What the server calls the model."""
        return self.path.stem

    @property
    def alive(self) -> bool:
        """Whether the child is running."""
        child = self._child
        return child is not None and child.poll() is None

    @property
    def pid(self) -> int | None:
        """The child's process id, None where it is not running."""
        child = self._child
        return child.pid if child is not None and child.poll() is None else None

    def ensure(self) -> str:
        """The base URL of a server that runs; starts it, on the same port as before, where it does not. Blocks meanwhile.

        Raises:
            UsageError: there is no such file.
            WeightsError: it is not a GGUF file, or it is cut short.
            ModelUnavailable: the server could not be started; the message holds what it said last.
        """
        with self._lock:
            if not (self.alive and self._answers()):
                self._stop()
                verify_gguf(self.path)
                self._start()
            return f"http://127.0.0.1:{self._port}/v1"

    def close(self) -> None:
        """End the child and wait for its end. A later `ensure` starts another."""
        with self._lock:
            self._stop()

    def _answers(self) -> bool:
        """Whether the server takes requests: a process of many threads that was killed looks alive for some milliseconds."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_HEALTH_S)
        try:
            connection.request("GET", "/health")
            connection.getresponse()
        except TimeoutError:  # busy, not gone
            return True
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return True

    def kill(self) -> None:
        """End the child without waiting for whoever starts it."""
        child = self._child
        if child is not None and child.poll() is None:
            child.kill()

    def _start(self) -> None:
        if importlib.util.find_spec("xllamacpp") is None:
            raise ModelUnavailable(
                "the embedded model needs the package xllamacpp, which is not installed",
                advice="Run `pip install xllamacpp`, or use a model server with --base-url.",
            )
        self._port = _free_port(self._port)
        settings = {
            "model": str(self.path.resolve()),
            "alias": self.name,
            "port": self._port,
            "slots": self.slots,
            "context": self.context,
            "threads": self.threads,
        }
        # Threads that spin while they wait are some times slower than one alone as soon as another process computes.
        environment = {"OMP_WAIT_POLICY": "PASSIVE", **os.environ, "SANGAKU_EMBEDDED_KEY": self.api_key}
        with tempfile.TemporaryFile() as log:
            self._child = subprocess.Popen(
                # -P: the child's folder holds modules of ours, whose names must not hide those of its imports.
                [sys.executable, "-P", str(_CHILD), json.dumps(settings)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
                start_new_session=True,  # Ctrl-C at the terminal is the parent's to handle
            )
            try:
                if _ABANDONED.is_set():
                    raise ModelUnavailable("the model is not wanted any more")
                self._wait_until_healthy(self._child, log)
            except BaseException:
                self._stop()
                raise

    def _wait_until_healthy(self, child: subprocess.Popen[bytes], log: BinaryIO) -> None:
        assert child.stdout is not None
        end = time.monotonic() + _START_S
        while time.monotonic() < end:
            readable, _, _ = select.select([child.stdout], [], [], 0.5)
            if readable:
                if child.stdout.readline().strip():
                    return
                raise self._failure(f"the model server ended while it loaded {self.path.name}", _end_of(child, log))
        raise self._failure(f"the model server did not load {self.path.name} in {_START_S:.0f} s", _last_words(log))

    def _failure(self, what: str, why: str) -> ModelUnavailable:
        advice = "Check that the memory suffices, or take a smaller model, fewer slots or a shorter context."
        if "libgomp" in why:
            advice = "Install the OpenMP runtime: apt install libgomp1 (Debian, Ubuntu), dnf install libgomp (Fedora)."
        return ModelUnavailable(f"{what}: {why}" if why else what, advice=advice)

    def _stop(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()


def _end_of(child: subprocess.Popen[bytes], log: BinaryIO) -> str:
    """Why a child that closed its stdout ended: its last words, or the signal."""
    try:
        code = child.wait(timeout=5)
    except subprocess.TimeoutExpired:
        return "it closed its output"
    words = _last_words(log)
    if code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        hint = "killed, most often for want of memory" if -code == signal.SIGKILL else "ended by"
        return f"{hint} ({name})" + (f"; {words}" if words else "")
    return words or f"exit status {code}"


def _last_words(log: BinaryIO) -> str:
    """llama.cpp's first error, which is the cause of those that follow; without one, the last line of stderr."""
    log.seek(0)
    lines = log.read(_LOG).decode(errors="replace").strip().splitlines()
    errors = [match[1] for line in lines if (match := re.match(r"[\d.]+ E (.+)", line))]
    return " ".join((errors or lines[-1:] or [""])[0].split())


def _free_port(wanted: int) -> int:
    """`wanted`, or any port where it is 0; somebody else may have taken it while the server was down."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError as error:
            raise ModelUnavailable(
                f"port {wanted} of the model server was taken by another program while the server was down",
                advice="Start again: a new server takes a free port.",
            ) from error
        port: int = probe.getsockname()[1]
        return port


def _processors() -> int:
    """The processors that this process may use, by its affinity and by the quota of its cgroup."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        return max(1, min(count, round(int(quota) / int(period))))
    except (OSError, ValueError):  # no cgroup of version 2, or no quota ("max")
        return count


_SHARED: dict[Path, EmbeddedServer] = {}
_SHARED_LOCK = threading.Lock()
_ABANDONED = threading.Event()


def shared(path: Path, *, slots: int = 4, context: int = 4096, threads: int | None = None) -> EmbeddedServer:
    """The server of this file in this process: the same one for each call. It is closed when the process exits.

    Raises:
        UsageError: it runs with other settings.
    """
    with _SHARED_LOCK:
        wanted = EmbeddedServer(path, slots=slots, context=context, threads=threads)
        there = _SHARED.get(path.resolve())
        if there is not None:
            if (there.slots, there.context, there.threads) == (wanted.slots, wanted.context, wanted.threads):
                return there
            if there.alive:
                raise UsageError(
                    f"{path.name} is already served with {there.slots} slots of {there.context} tokens",
                    advice="Close that server first, or ask for the same settings.",
                )
        _SHARED[path.resolve()] = wanted
        atexit.register(wanted.close)
        return wanted


def abandon() -> None:
    """For the end of a process: kill the shared servers, one that is still loading as well, and let no other start.

    Whoever waits for one gets `ModelUnavailable`.
    """
    _ABANDONED.set()
    for server in list(_SHARED.values()):
        server.kill()

"""Backend `docker`: a worker that is process 1 of a container without network, rights or a writable root.

Its seccomp profile is our own, stricter than the engine's, beneath the child's filter. Needs the image
that `sangaku sandbox build` makes.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import struct
import time
from typing import TYPE_CHECKING, Any, ClassVar

from sandbox.base import BackendName
from sandbox.errors import SandboxUnavailable
from sandbox.handle import WORKER_ENV
from sandbox.image import image_tag
from sandbox.profile import Asked
from sandbox.worker import seccomp

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

__all__ = ["LABEL", "Docker", "connect"]

LABEL = "org.sangaku.worker"
"""Every container that Sangaku starts carries it; its value is the number of the process that started it."""
MEMORY = 2 << 30
"""Bytes for the whole container; one program's own limit is `Limits.memory_mb`."""
ADVICE = "See whether Docker still runs (docker info), or use --sandbox bubblewrap or --sandbox process."
PROCESSES = 16
"""In the whole container, the zygote's and those that the engine starts in it; a program's own filter allows it none."""
USER = 65534
SCRATCH, SCRATCH_MB, SCRATCH_ENTRIES = "/scratch", 64, 8192


def connect(timeout_s: int = 60) -> DockerClient:
    """A client of the daemon that the environment names. Raises `SandboxUnavailable`."""
    import docker
    from docker.errors import DockerException

    try:
        client = docker.from_env(timeout=5)
        client.ping()
        client.api.timeout = timeout_s  # a daemon that answers may still be busy
    except (DockerException, OSError) as error:
        raise SandboxUnavailable(
            f"no Docker daemon answers: {_short(error)}",
            advice="Start Docker, or use --sandbox bubblewrap or --sandbox process.",
        ) from error
    return client


class Docker:
    """Starts workers in containers of ``image`` (default: the image of this version of the worker)."""

    name: ClassVar[BackendName] = "docker"
    advice: ClassVar[str] = "Build the image again: sangaku sandbox build"

    def __init__(self, *, image: str | None = None, comparison: bool = False) -> None:
        self._more = ["--comparison"] if comparison else []
        self._wanted = image
        self._client: DockerClient | None = None
        self.image = ""
        self.runtime = ""

    @property
    def asked(self) -> Asked:
        if self.runtime == "runsc":  # gVisor is a kernel of its own, which shows neither our filters nor control groups
            return Asked(pid1=True, uid=USER, scratch_mb=SCRATCH_MB)
        return Asked(
            namespaces=frozenset({"ipc", "mnt", "net", "pid", "uts"}),
            pid1=True,
            no_routes=True,
            uid=USER,
            bounding=0,
            seccomp_filters=2,
            read_only_root=True,
            scratch_mb=SCRATCH_MB,
            memory_mb=MEMORY >> 20,
            processes=PROCESSES,
            cpus=1.0,
        )

    def start(self) -> DockerTransport:
        from docker.errors import APIError, ImageNotFound
        from docker.types import LogConfig

        client = self._client = self._client or connect()
        wanted = self._wanted or image_tag()
        try:
            image = client.images.get(wanted)
            self.image = str(image.id)
            runtimes = client.info().get("Runtimes", {}) if not self.runtime else {}
            self.runtime = self.runtime or ("runsc" if "runsc" in runtimes else "runc")
            container = client.containers.create(
                image,
                command=self._more,
                stdin_open=True,
                network_mode="none",
                read_only=True,
                cap_drop=["ALL"],
                security_opt=["no-new-privileges:true", f"seccomp={json.dumps(seccomp.container_profile())}"],
                pids_limit=PROCESSES,
                mem_limit=MEMORY,
                memswap_limit=MEMORY,
                nano_cpus=1_000_000_000,
                user=f"{USER}:{USER}",
                tmpfs={
                    SCRATCH: f"size={SCRATCH_MB}m,nr_inodes={SCRATCH_ENTRIES},mode=0700,uid={USER},gid={USER},"
                    "noexec,nosuid,nodev"
                },
                ipc_mode="none",
                environment=WORKER_ENV,
                labels={LABEL: str(os.getpid())},
                log_config=LogConfig(type="none"),  # else the daemon writes every reply to the disk
                init=False,
                auto_remove=True,
                runtime=self.runtime,
            )
        except ImageNotFound as error:
            raise SandboxUnavailable(
                f"the sandbox image {wanted} is not there", advice="Build it: sangaku sandbox build"
            ) from error
        except (APIError, OSError) as error:
            raise SandboxUnavailable(f"Docker cannot make a container: {_short(error)}", advice=ADVICE) from error
        return DockerTransport(container)


class DockerTransport:
    """The attached streams of a container. The daemon closes the worker's input when this connection goes, which ends it."""

    def __init__(self, container: Container) -> None:
        from docker.errors import APIError

        self._container = container
        self._out = bytearray()
        self._err = bytearray()
        try:
            self._stream: Any = container.attach_socket(params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1})
            self._socket: Any = getattr(self._stream, "_sock", self._stream)
            container.start()
        except (APIError, OSError) as error:
            _remove(container)
            raise SandboxUnavailable(f"Docker cannot start a container: {_short(error)}", advice=ADVICE) from error

    @property
    def container_id(self) -> str:
        return str(self._container.id)

    def send(self, data: bytes, *, deadline: float) -> None:
        self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
        self._socket.sendall(data)

    def receive(self, size: int, *, deadline: float) -> bytes:
        while len(self._out) < size:
            self._pump(deadline)
        data = bytes(self._out[:size])
        del self._out[:size]
        return data

    def kill(self) -> None:
        # Never waits for the daemon: the worker's input closes, which ends it, and whoever reads sees the end of the stream.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.kill()
        _remove(self._container)
        for thing in (self._stream, self._socket):
            with contextlib.suppress(OSError):
                thing.close()

    def last_words(self) -> str:
        lines = self._err.decode("utf-8", "replace").strip().splitlines()
        return lines[-1][:500] if lines else ""

    def _pump(self, deadline: float) -> None:
        """One frame of Docker's own: stream number, three zero bytes, length, data."""
        stream, _, length = struct.unpack(">B3sI", self._read(8, deadline))
        data = self._read(length, deadline)
        if stream == 1:
            self._out += data
        else:
            self._err = (self._err + data)[-65536:]

    def _read(self, size: int, deadline: float) -> bytes:
        parts: list[bytes] = []
        while size:
            self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
            part = self._socket.recv(min(size, 1 << 20))
            if not part:
                raise EOFError
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


def _remove(container: Container) -> None:
    from docker.errors import APIError

    with contextlib.suppress(APIError, OSError):  # it may have removed itself already
        container.remove(force=True)


def _short(error: BaseException) -> str:
    """What the daemon or the operating system said; Docker's client wraps it in several layers."""
    said = getattr(error, "explanation", None)
    inner: BaseException | None = error
    while inner is not None and not said:
        said = getattr(inner, "strerror", None)
        inner = inner.__cause__ or inner.__context__
    return str(said or error).strip().partition("\n")[0][:300]

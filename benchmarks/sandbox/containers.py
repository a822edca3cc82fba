"""A container for each program, through the Docker SDK."""

from __future__ import annotations

import contextlib
import os
import struct
import time
from typing import TYPE_CHECKING, Any

from benchmarks.sandbox import memory
from benchmarks.sandbox.contender import CORES, LABEL, Isolation, Kind, in_thread
from benchmarks.sandbox.programs import PROGRAMS, Outcome, Program
from sandbox import SandboxUnavailable, image_tag
from sandbox.docker import connect
from sandbox.handle import WORKER_ENV

if TYPE_CHECKING:
    from docker import DockerClient

__all__ = ["ContainerEach", "remove_containers"]


class ContainerEach:
    """A new container of the sandbox's image for each program, with the limits of a worker."""

    name = "container each"
    kind = Kind.SLOW
    queues = True
    programs = PROGRAMS

    def __init__(self) -> None:
        self.lanes = CORES
        self._client: DockerClient | None = None

    async def start(self) -> None:
        await in_thread(self._connect)

    async def run(self, program: Program) -> Outcome:
        return await in_thread(self._run, program)

    async def stop(self) -> None:
        await in_thread(remove_containers)
        if self._client is not None:
            self._client.close()

    async def isolation(self) -> Isolation:
        return Isolation("none", "the image's; writes in tmpfs", "memory, processes, CPU share", "none")

    async def usages(self) -> list[memory.Usage]:
        return []

    def _connect(self) -> None:
        from docker.errors import ImageNotFound

        self._client = connect()
        try:
            self._client.images.get(image_tag())
        except ImageNotFound as error:
            raise SandboxUnavailable(
                f"the sandbox image {image_tag()} is not there", advice="Build it: sangaku sandbox build"
            ) from error

    def _run(self, program: Program) -> Outcome:
        from docker.types import LogConfig

        assert self._client is not None
        started = time.perf_counter()
        container = self._client.containers.create(
            image_tag(),
            entrypoint=["python3"],
            command=["-c", program.source],
            network_mode="none",
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges:true"],
            pids_limit=16,
            mem_limit=2 << 30,
            memswap_limit=2 << 30,
            nano_cpus=1_000_000_000,
            user="65534:65534",
            tmpfs={"/scratch": "size=64m,mode=0700,uid=65534,gid=65534,noexec,nosuid,nodev"},
            ipc_mode="none",
            environment=WORKER_ENV,
            labels={LABEL: str(os.getpid())},
            log_config=LogConfig(type="none"),
        )
        try:
            stream = container.attach_socket(params={"stdout": 1, "stderr": 1, "stream": 1})
            try:
                container.start()
                stdout, stderr = _streams(_everything(stream))
            finally:
                stream.close()
            status = int(container.wait()["StatusCode"])
            ms = (time.perf_counter() - started) * 1e3
        finally:
            container.remove(force=True)
        return Outcome(stdout, stderr.strip().rpartition("\n")[2] if status else "", ms)


def remove_containers() -> None:
    """Those of this process that were left, as after an interrupt."""
    from docker.errors import APIError

    with contextlib.suppress(SandboxUnavailable):
        left = memory.containers(f"{LABEL}={os.getpid()}")
        with contextlib.closing(connect()) as client:
            for name in left:
                with contextlib.suppress(APIError):
                    client.api.remove_container(name, force=True)


def _everything(stream: Any) -> bytes:
    """All that comes until the daemon closes the stream."""
    source = getattr(stream, "_sock", stream)
    parts = []
    while part := source.recv(1 << 20):
        parts.append(part)
    return b"".join(parts)


def _streams(data: bytes) -> tuple[str, str]:
    """stdout and stderr of Docker's frames: stream number, three zero bytes, length, data."""
    kept = {1: bytearray(), 2: bytearray()}
    place = 0
    while place < len(data):
        number, length = struct.unpack_from(">B3xI", data, place)
        kept[number] += data[place + 8 : place + 8 + length]
        place += 8 + length
    return kept[1].decode(errors="replace"), kept[2].decode(errors="replace")

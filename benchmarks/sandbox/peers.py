"""Other sandboxes for Python that language models write, where they are installed: ``pip install 'sangaku[peers]'``.

What is said of their isolation was read in the source of the versions named here, and holds for their defaults:

llm-sandbox 0.3.46 (llm_sandbox/docker.py, pool/): a pool of Docker containers, of which each runs many programs, each as a new
    ``python FILE``; the file is copied in and the command started through the daemon. The container is created with nothing but
    ``user="root"``, a terminal and ``PYTHONUNBUFFERED``: Docker's default network, a root that can be written, no limits; 60 s
    for each program. Here it runs the sandbox's own image (no other can be had without a registry); the virtual environment
    that it would make with pip and a network is a link to the image's Python instead.
ipykernel 7.4: one kernel session through jupyter_client. An ordinary process of the user; one namespace for all programs.
smolagents 1.26 (local_python_executor.py): LocalPythonExecutor, an interpreter of the syntax tree inside the calling process;
    its own documentation says that it is no security sandbox. An allow-list of imports, a limit on the number of operations and
    on printed text, 30 s for each program (whose thread goes on). One state for all programs. Its executors for Docker, E2B and
    others need images or services of a network and are not measured. Here it runs in a process of its own and measures itself.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.sandbox import memory
from benchmarks.sandbox.children import Child
from benchmarks.sandbox.containers import remove_containers
from benchmarks.sandbox.contender import CORES, LABEL, Isolation, Kind, in_thread
from benchmarks.sandbox.programs import PROGRAMS, TRIVIAL, Outcome, Program
from sandbox import SandboxUnavailable, image_tag
from sandbox.docker import connect
from sandbox.handle import WORKER_ENV

__all__ = ["PEERS", "LlmSandbox", "Peer", "Session", "Smolagents", "installed", "version"]

ANSWER_S = 60.0


class LlmSandbox:
    """llm-sandbox's pool, with as many containers as Sangaku has workers; a session of the pool for each program."""

    name = "llm-sandbox"
    packages = ("llm_sandbox",)
    kind = Kind.SLOW
    queues = True
    programs = PROGRAMS

    def __init__(self) -> None:
        self.lanes = CORES
        self._pool: Any = None
        self._session: Callable[..., Any] | None = None

    async def start(self) -> None:
        await in_thread(self._start)

    async def run(self, program: Program) -> Outcome:
        return await in_thread(self._run, program)

    async def stop(self) -> None:
        if self._pool is not None:
            await in_thread(self._pool.close)
        await in_thread(remove_containers)

    async def isolation(self) -> Isolation:
        return Isolation(
            "Docker's bridge", "the image's, all can be written, as root", "60 s", "files, processes of earlier ones"
        )

    async def usages(self) -> list[memory.Usage]:
        return memory.measured(await asyncio.to_thread(memory.first_processes, f"{LABEL}={os.getpid()}"))

    def _start(self) -> None:
        pools = import_module("llm_sandbox.pool")
        python = "/sandbox/.sandbox-venv/bin"  # where a session of the pool looks for it
        make = f"mkdir -p {python} && ln -sf $(command -v python3) {python}/python && exec sleep infinity"
        connect().close()  # where none answers, this says so in fewer words
        self._pool = pools.create_pool_manager(
            backend="docker",
            lang="python",
            # idle_timeout: else it would make containers anew while others are measured.
            config=pools.PoolConfig(max_pool_size=self.lanes, min_pool_size=self.lanes, idle_timeout=None),
            image=image_tag(),
            skip_environment_setup=True,
            runtime_configs={
                "entrypoint": ["sh", "-c", make],
                "stop_signal": "SIGKILL",  # sleep, as process 1, heeds no other
                "labels": {LABEL: str(os.getpid())},
            },
        )
        self._session = pools.PooledSandboxSession
        for _ in range(self.lanes):
            if self._run(TRIVIAL).stdout != TRIVIAL.stdout:
                raise SandboxUnavailable("its containers do not run a program")

    def _run(self, program: Program) -> Outcome:
        assert self._session is not None
        with self._session(pool_manager=self._pool) as session:
            done = session.run(program.source)
        return Outcome(done.stdout, done.stderr.strip().rpartition("\n")[2] if done.exit_code else "")


class Session:
    """One kernel of ipykernel; one program at a time."""

    name = "ipykernel"
    packages = ("ipykernel", "jupyter_client")
    kind = Kind.FAST
    queues = False
    lanes = 1
    programs = PROGRAMS

    def __init__(self) -> None:
        self._manager: Any = None
        self._client: Any = None
        self._home = tempfile.TemporaryDirectory(prefix="sangaku-ipython-")  # its history does not go to the user's

    async def start(self) -> None:
        await in_thread(self._start)

    async def run(self, program: Program) -> Outcome:
        return await in_thread(self._run, program)

    async def stop(self) -> None:
        if self._client is not None:
            self._client.stop_channels()
        if self._manager is not None:
            await in_thread(self._manager.shutdown_kernel, now=True)
        self._home.cleanup()

    async def isolation(self) -> Isolation:
        return Isolation("the host's", "the host's", "none", "one namespace for all")

    async def usages(self) -> list[memory.Usage]:
        return memory.measured([int(self._manager.provisioner.pid)])

    def _start(self) -> None:
        self._manager, self._client = import_module("jupyter_client.manager").start_new_kernel(
            kernel_name="python3",
            startup_timeout=ANSWER_S,
            env={**os.environ, **WORKER_ENV, "HOME": self._home.name, "IPYTHONDIR": self._home.name},
            stderr=subprocess.DEVNULL,
        )

    def _run(self, program: Program) -> Outcome:
        printed: list[str] = []
        failed: list[str] = []

        def hear(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "stream" and content["name"] == "stdout":
                printed.append(content["text"])
            elif message["msg_type"] == "error":
                failed.append(f"{content['ename']}: {content['evalue']}")

        self._client.execute_interactive(program.source, output_hook=hear, allow_stdin=False, timeout=ANSWER_S)
        return Outcome("".join(printed), "; ".join(failed))


class Smolagents:
    """LocalPythonExecutor, in a process of its own; the time is the one it measures itself."""

    name = "smolagents"
    packages = ("smolagents",)
    kind = Kind.FAST
    queues = False
    lanes = 1
    programs = PROGRAMS

    def __init__(self) -> None:
        self._child: Child | None = None

    async def start(self) -> None:
        script = Path(__file__).parent / "smol.py"
        self._child = await Child.start([sys.executable, "-P", "-s", "-B", str(script)], env=WORKER_ENV)

    async def run(self, program: Program) -> Outcome:
        assert self._child is not None
        printed, error, spent = json.loads(await self._child.ask(json.dumps(program.source).encode() + b"\n"))
        return Outcome(printed, error, ms=spent / 1e6)

    async def stop(self) -> None:
        if self._child is not None:
            await self._child.stop()

    async def isolation(self) -> Isolation:
        return Isolation("the host's", "the host's, through allowed modules", "30 s, operations", "one state for all")

    async def usages(self) -> list[memory.Usage]:
        assert self._child is not None
        return memory.measured([self._child.pid])


Peer = LlmSandbox | Session | Smolagents
PEERS: tuple[type[Peer], ...] = (LlmSandbox, Session, Smolagents)


def installed(peer: type[Peer]) -> bool:
    return all(find_spec(package) is not None for package in peer.packages)


def version(peer: type[Peer]) -> str:
    return metadata.version(peer.packages[0])

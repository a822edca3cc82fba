"""Fixtures shared by all tests. One model server and one sandbox for the whole run: starting them takes most of the time."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest

from agent.errors import WeightsError
from agent.models.embedded import EmbeddedServer
from agent.models.weights import DEFAULT, fetch
from sandbox import Pool, SandboxUnavailable, open_sandbox
from sandbox.docker import LABEL, connect
from tests.need import lacking


@pytest.fixture(scope="session", autouse=True)
def nothing_left_running() -> Iterator[None]:
    """Set up first and so torn down last: after all tests, no process and no container of this run is left."""
    yield
    children = psutil.Process().children(recursive=True)
    psutil.wait_procs(children, timeout=10)
    assert [" ".join(child.cmdline())[:200] for child in children if child.is_running()] == []
    try:
        client = connect()
    except SandboxUnavailable:
        return
    mine: dict[str, str | list[str] | bool] = {"label": f"{LABEL}={os.getpid()}"}
    for _ in range(50):  # a container goes a moment after its worker
        if not client.containers.list(all=True, filters=mine):
            break
        time.sleep(0.1)
    assert client.containers.list(all=True, filters=mine) == []


@pytest.fixture(scope="session")
def model_path() -> Path:
    """The default model's file, fetched where it is not there yet."""
    try:
        return fetch(DEFAULT)
    except WeightsError as error:
        lacking("model", error.message)


@pytest.fixture(scope="session")
def embedded(model_path: Path) -> Iterator[EmbeddedServer]:
    """The real model behind the real server, shared by the whole run."""
    server = EmbeddedServer(model_path)
    yield server
    server.close()


@pytest.fixture(scope="session")
async def box() -> AsyncIterator[Pool]:
    """The sandbox that `auto` takes here."""
    async with await open_sandbox("auto", workers=2) as pool:
        yield pool

"""The three backends, each as one pool that lasts for the whole run, and what a test needs to find their workers from outside."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

import pytest

from sandbox import BACKENDS, BackendName, Limits, Pool, SandboxUnavailable, build, image_tag, open_sandbox
from sandbox.docker import connect
from sandbox.image import DEFAULT_BASE
from tests.need import lacking
from tests.sandbox.workers import settled, snapshot

if TYPE_CHECKING:
    from docker import DockerClient

BASE = os.environ.get("SANGAKU_SANDBOX_BASE", DEFAULT_BASE)
"""The image that the docker backend's own is built from, on a machine that cannot pull the default."""

OpenPool = Callable[..., Awaitable[Pool]]


@pytest.fixture(scope="session")
def client() -> DockerClient:
    """The Docker daemon, with the sandbox's image built."""
    from docker.errors import ImageNotFound

    try:
        client = connect()
        try:
            client.images.get(image_tag())
        except ImageNotFound:
            build(base=BASE, say=lambda line: None)
    except SandboxUnavailable as error:
        lacking("docker", error.message)
    return client


@pytest.fixture(scope="session", params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> BackendName:
    name: BackendName = request.param
    if name == "docker":
        request.getfixturevalue("client")
    return name


@pytest.fixture(scope="session")
async def sandbox(backend: BackendName) -> AsyncIterator[Pool]:
    """One pool of the backend for every test that leaves its workers whole."""
    try:
        pool = await open_sandbox(backend, workers=2)
    except SandboxUnavailable as error:
        lacking(backend, error.message)
    async with pool:
        yield pool


@pytest.fixture
async def open_pool(sandbox: Pool) -> AsyncIterator[OpenPool]:
    """Opens further pools of the same backend; every one is closed, and its workers must be gone, when the test ends."""
    before = snapshot()
    opened: list[Pool] = []

    async def opener(*, workers: int = 1, limits: Limits | None = None, queue_timeout_s: float = 60.0) -> Pool:
        pool = await open_sandbox(sandbox.backend.name, workers=workers, limits=limits, queue_timeout_s=queue_timeout_s)
        opened.append(pool)
        return pool

    yield opener
    for pool in opened:
        await pool.aclose()
    left = await settled(lambda: not (snapshot() - before))
    assert left, snapshot() - before

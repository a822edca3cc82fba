"""Fixtures shared by all tests. One model server and one sandbox for the whole run: starting them takes most of the time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from agent.errors import WeightsError
from agent.models.embedded import EmbeddedServer
from agent.models.weights import DEFAULT, fetch
from sandbox import Pool, open_sandbox
from tests.need import lacking


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

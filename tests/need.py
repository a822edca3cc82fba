"""What a test does about a thing that this machine lacks: skip and say why, or fail where SANGAKU_REQUIRE names it."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

__all__ = ["REQUIRED", "lacking"]

REQUIRED = frozenset(word for word in os.environ.get("SANGAKU_REQUIRE", "").split(",") if word)
"""What SANGAKU_REQUIRE names: nothing of it may be skipped."""


def lacking(what: str, reason: str) -> NoReturn:
    """``what`` is one of docker, bubblewrap, process, model, chromium."""
    if what in REQUIRED:
        pytest.fail(f"SANGAKU_REQUIRE asks for {what}: {reason}")
    pytest.skip(f"no {what} here: {reason}")

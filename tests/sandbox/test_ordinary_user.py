"""bubblewrap and process as a user without rights, in an interpreter of its own; where the tests run as root, that is uid 65534."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.need import lacking

UID = 65534

PROGRAM = """
import asyncio, json, sys
from sandbox import SandboxUnavailable, open_sandbox

async def main():
    try:
        pool = await open_sandbox(sys.argv[1], workers=1)
    except SandboxUnavailable as error:
        print(json.dumps({"lacking": error.message}))
        return
    async with pool:
        profile = await pool.profile()
        ran = await pool.run("from sympy import *\\nprint(integrate(Symbol('x')))")
        peeked = await pool.run("open('/etc/passwd').read()")
        wrote = await pool.run("open('/tmp/sangaku-was-here', 'w')")
    print(json.dumps({"profile": profile.model_dump(), "ran": ran.stdout, "peeked": peeked.message, "wrote": wrote.message}))

asyncio.run(main())
"""


@pytest.mark.parametrize("backend", ["bubblewrap", "process"])
def test_an_ordinary_user_has_the_whole_sandbox(backend: str) -> None:
    root = os.geteuid() == 0
    user: dict[str, Any] = {"user": UID, "group": UID, "extra_groups": []} if root else {}
    paths = ":".join(path for path in sys.path if path)
    try:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, backend],
            env={
                "HOME": "/nonexistent",
                "PATH": os.environ["PATH"],
                "PYTHONPATH": paths,
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            cwd="/",
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            **user,
        )
    except PermissionError:
        lacking(backend, f"uid {UID} cannot execute {sys.executable}: use a Python that everyone can read")
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    if "lacking" in seen:
        lacking(backend, seen["lacking"])
    profile = seen["profile"]
    assert profile["uid"] == (UID if root or backend == "bubblewrap" else os.getuid())
    assert profile["capabilities"] == 0
    assert seen["ran"] == "x**2/2\n"
    if profile["files"] == "sealed":
        assert "Error" in seen["peeked"]
    assert "Error" in seen["wrote"]

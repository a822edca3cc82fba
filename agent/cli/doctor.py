"""`doctor`: what this machine has, probed rather than guessed, and one line on how to mend each thing that is missing."""

from __future__ import annotations

import asyncio
import json
import platform
import shutil
import sys
from collections.abc import AsyncIterator
from importlib import metadata
from importlib.util import find_spec
from typing import Any, Literal

import click
from pydantic import BaseModel, ConfigDict

from agent.cli.clean import clean
from agent.cli.options import json_option, model_options
from agent.errors import SangakuError

__all__ = ["Check", "doctor"]

_MARKS = {"ok": "[green]✓[/]", "missing": "[yellow]–[/]", "broken": "[red]✗[/]"}


class Check(BaseModel):
    """One line of the report. ``missing`` can be done without; ``broken`` cannot, or is set up and does not work."""

    model_config = ConfigDict(frozen=True)

    name: str
    state: Literal["ok", "missing", "broken"]
    detail: str
    mend: str = ""


@click.command()
@model_options
@json_option("the checks")
def doctor(*, model: str | None, base_url: str | None, api_key: str | None, as_json: bool) -> int:
    """Check Python, Docker, the image, bubblewrap, the model and the endpoint, and say how to mend each.

    Exit status: 0 problems can be solved here, 3 no model, 4 no sandbox.
    """
    return asyncio.run(_doctor(model, base_url, api_key, as_json))


async def _doctor(model: str | None, base_url: str | None, api_key: str | None, as_json: bool) -> int:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(stderr=as_json)
    checks: list[Check] = []
    with console.status("looking around"):
        async for check in _checks(model, base_url, api_key):
            checks.append(check)
    sandbox = any(check.name.startswith("sandbox ") and check.state == "ok" for check in checks)
    has_model = all(check.state == "ok" for check in checks if check.name in ("model", "endpoint", "model runtime"))
    if as_json:
        report: dict[str, Any] = {"ready": sandbox and has_model, "checks": [check.model_dump() for check in checks]}
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        table = Table.grid(padding=(0, 2))
        table.add_column()
        table.add_column()
        table.add_column(overflow="fold")
        for check in checks:
            table.add_row(_MARKS[check.state], check.name, Text(clean(check.detail), overflow="fold"))
            if check.mend:
                table.add_row("", "", Text(clean(f"→ {check.mend}"), style="dim"))
        console.print(table)
        ready = "ready to solve" if sandbox and has_model else "not ready: see the marks above"
        console.print(f"\n[bold]{ready}[/]")
    return 0 if sandbox and has_model else 3 if sandbox else 4


async def _checks(model: str | None, base_url: str | None, api_key: str | None) -> AsyncIterator[Check]:
    yield _python()
    yield await asyncio.to_thread(_docker)
    for name in ("docker", "bubblewrap", "process"):
        yield await _backend(name)
    if base_url is not None:
        yield await _endpoint(model, base_url, api_key)
    else:
        yield _runtime()
        yield await asyncio.to_thread(_weights, model)


def _python() -> Check:
    detail = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, Sangaku {metadata.version('sangaku')}"
    good = sys.platform == "linux" and platform.machine() in ("x86_64", "aarch64")
    mend = "" if good else "The sandbox needs Linux on x86-64 or AArch64; elsewhere use Docker."
    return Check(name="python", state="ok" if good else "broken", detail=detail, mend=mend)


def _docker() -> Check:
    from sandbox.docker import connect
    from sandbox.errors import SandboxUnavailable

    try:
        version = connect().version()
    except SandboxUnavailable as error:
        return Check(
            name="docker daemon", state="missing", detail=error.message, mend="Install and start Docker Engine."
        )
    return Check(name="docker daemon", state="ok", detail=f"engine {version.get('Version', 'of unknown version')}")


async def _backend(name: Any) -> Check:
    from sandbox import SandboxError, open_sandbox

    label = f"sandbox {name}"
    try:
        async with await open_sandbox(name, workers=1) as box:
            profile = await box.profile()
            execution = await box.run("import sympy; print(sympy.sqrt(49))")
    except SandboxError as error:
        return Check(name=label, state="missing", detail=error.message, mend=error.advice)
    if execution.stdout != "7\n":
        return Check(name=label, state="broken", detail=execution.message or execution.status.value)
    detail = f"network {profile.network}, files {profile.files}, scratch {profile.scratch}, Landlock ABI {profile.landlock_abi}"
    return Check(name=label, state="ok", detail=f"{detail}, {profile.runtime}".rstrip(", "))


def _runtime() -> Check:
    if find_spec("xllamacpp") is None:
        mend = "pip install xllamacpp, or use a server with --base-url."
        return Check(name="model runtime", state="broken", detail="xllamacpp is not installed", mend=mend)
    return Check(name="model runtime", state="ok", detail=f"xllamacpp {metadata.version('xllamacpp')}")


def _weights(model: str | None) -> Check:
    from pathlib import Path

    from agent.models.weights import DEFAULT, find, models_dir, path_of, state_of, verify_gguf

    try:
        if model is not None and model.lower().endswith(".gguf") and Path(model).exists():
            verify_gguf(Path(model))
            return Check(name="model", state="ok", detail=model)
        weights = DEFAULT if model is None else find(model)
    except SangakuError as error:
        return Check(name="model", state="broken", detail=error.message, mend=error.advice)
    state = state_of(weights)
    if state == "absent":
        folder = models_dir()
        while not folder.exists():
            folder = folder.parent
        free = shutil.disk_usage(folder).free
        detail = f"{weights.name} is not here yet ({weights.size / 1e9:.1f} GB, {free / 1e9:.1f} GB free)"
        return Check(name="model", state="missing", detail=detail, mend="sangaku model pull (solve does it by itself).")
    return Check(name="model", state="ok", detail=f"{path_of(weights)} ({state})")


async def _endpoint(model: str | None, base_url: str, api_key: str | None) -> Check:
    from agent.models.model import open_model

    try:
        opened = await open_model(model, base_url=base_url, api_key=api_key)
    except SangakuError as error:
        return Check(name="endpoint", state="broken", detail=error.message, mend=error.advice)
    goes_on = "continues an opened answer" if opened.continuation != "none" else "cannot continue an opened answer"
    return Check(name="endpoint", state="ok", detail=f"{opened.info.url} serves {opened.info.name}, {goes_on}")

"""`sangaku sandbox exec` and `info`, as other programs read them."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path

from click.testing import CliRunner

from agent.cli.sandbox import sandbox as group


async def test_the_command_line(tmp_path: Path) -> None:
    backend = "process"  # the quickest to start; what is read here is the same for all
    program = tmp_path / "program.py"
    program.write_text("print('算額')")

    def invoke(*arguments: str, text: str | None = None) -> tuple[int, str]:
        done = CliRunner().invoke(group, [*arguments, "--sandbox", backend], input=io.BytesIO((text or "").encode()))
        return done.exit_code, done.stdout

    code, line = await asyncio.to_thread(invoke, "exec", str(program), "--json")
    assert code == 0
    assert list(json.loads(line)) == [
        "id", "status", "stdout", "stderr", "truncated", "exit_code", "wall_s", "peak_mb", "message",
        "code_sha256", "sandbox",
    ]  # fmt: skip
    assert json.loads(line)["stdout"] == "算額\n"
    assert json.loads(line)["sandbox"]["backend"] == backend
    program.write_bytes(b"\xef\xbb\xbfprint('marked')")  # as an editor of Windows saves it
    assert await asyncio.to_thread(invoke, "exec", str(program)) == (0, "marked\n")
    code, line = await asyncio.to_thread(invoke, "exec", "-", "--json", "--timeout", "0.5", text="while True: pass")
    assert (code, json.loads(line)["id"], json.loads(line)["status"]) == (1, "-", "time_limit")
    assert await asyncio.to_thread(invoke, "exec", "-", text="print(6 * 7)") == (0, "42\n")
    code, line = await asyncio.to_thread(invoke, "info", "--json")
    assert json.loads(line)["profile"]["backend"] == backend
    code, table = await asyncio.to_thread(invoke, "info")
    assert f"sandbox: {backend}" in table

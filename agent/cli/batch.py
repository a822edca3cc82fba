"""Runs a file of programs, many at once, and writes one line for each, in the file's order.

What is written is always a prefix of the whole: a run that was stopped, however hard, is gone on with by the same command.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, TypeAlias

import click

from agent.cli.meter import Meter, told
from agent.cli.output import Output
from agent.cli.records import Record, fingerprint, open_records, records, validate
from agent.errors import SangakuError, UsageError
from sandbox import BackendName, Execution, Limits, Pool, Profile, SandboxError, open_sandbox

__all__ = ["Batch", "Interrupted", "line_of", "run_batch"]

_IN_FLIGHT = 2
"""Programs for each worker that are given to the pool at a time: one runs, one is waiting."""
_WINDOW = 64
"""Programs for each worker that may be done, or under way, behind the first that is not."""
_PATIENCE_S = 24 * 3600.0
"""A program waits in the pool for those before it only, and these have limits of their own."""
_SHOWN = {"status", "stdout", "stderr", "truncated", "exit_code", "wall_s", "peak_mb", "message"}

Write: TypeAlias = Callable[[bytes], None]


class Interrupted(SangakuError):
    """Ctrl-C, with word of how far it went."""

    exit_code = 130


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What to run, where, and what to say."""

    file: str
    out: Path | None
    """None: lines go to standard output, and nothing can be gone on with."""
    backend: Literal["auto"] | BackendName
    limits: Limits
    jobs: int
    as_json: bool


def line_of(name: str | int, source: str, seen: Execution, profile: Profile) -> str:
    """One execution as one line of ASCII JSON: a program may print what UTF-8 cannot hold."""
    told_of = {
        "id": name,
        **seen.model_dump(mode="json", include=_SHOWN),
        "code_sha256": fingerprint(source),
        "sandbox": profile.model_dump(mode="json"),
    }
    return json.dumps(told_of, ensure_ascii=True)


def run_batch(batch: Batch) -> None:
    """Run what is not done yet.

    Raises `UsageError` before anything is run or written, `SandboxError` where the sandbox fails, `Interrupted` on Ctrl-C. In both
    cases the lines so far are kept.
    """
    name = "standard input" if batch.file == "-" else batch.file
    output = Output(batch.out) if batch.out is not None else None
    with open_records(batch.file) as stream:
        if output is not None:
            output.differs_from(stream, name)
        total = validate(stream, name)
        if output is None:
            terminal = sys.stdout.isatty()
            _go(batch, name, stream, Meter(total, silent=terminal), _to_stdout)
            return
        with output:
            done = output.resume(records(stream, name), name)
            meter = Meter(total, done=done)
            if done == total:
                click.echo(f"all {total} done already", err=True)
            else:
                _go(batch, name, stream, meter, output.append)
            if batch.as_json:
                summary = {
                    "done": meter.counts.total(),
                    "skipped": done,
                    "statuses": dict(meter.counts),
                    "seconds": round(meter.seconds, 3) if meter.counts else 0.0,
                }
                click.echo(json.dumps(summary))


def _go(batch: Batch, name: str, stream: IO[bytes], meter: Meter, write: Write) -> None:
    left = itertools.islice(records(stream, name), meter.before, meter.total)
    with_out = batch.out is not None
    try:
        with meter:
            asyncio.run(_Run(batch, left, meter, write).whole())
    except KeyboardInterrupt:
        how = "run the same command again to go on" if with_out else "with --out OUT.jsonl it could be gone on with"
        raise Interrupted(f"{meter.done} of {meter.total} done; {how}") from None
    except SandboxError as error:
        if with_out:
            error.advice = (
                f"{error.advice} {meter.done} of {meter.total} done; run the same command again to go on.".strip()
            )
        raise
    if meter.done < meter.total:
        raise UsageError(f"{name} was cut while it was run", advice="Leave it alone until all is done.")
    count = meter.counts.total()
    before = f" ({meter.before} were done before)" if meter.before else ""
    rate = f"{meter.seconds:.1f} s, {meter.rate:.1f} programs/s"
    click.echo(f"{count} program{'' if count == 1 else 's'}: {told(meter.counts)}; {rate}{before}", err=True)


def _to_stdout(line: bytes) -> None:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


class _Run:
    """One run over the records that are left. Belongs to one event loop."""

    def __init__(self, batch: Batch, left: Iterator[Record], meter: Meter, write: Write) -> None:
        self._batch, self._left, self._meter, self._write = batch, enumerate(left), meter, write
        self._jobs = min(batch.jobs, meter.total - meter.before)
        self._finished: dict[int, tuple[str, str]] = {}
        """Status and line of what is done behind the first that is not."""
        self._next = 0
        self._moved = asyncio.Event()

    async def whole(self) -> None:
        batch = self._batch
        pool = await open_sandbox(batch.backend, workers=self._jobs, limits=batch.limits, queue_timeout_s=_PATIENCE_S)
        async with pool:
            profile = await pool.profile()
            ticking = asyncio.create_task(self._tick())
            try:
                async with asyncio.TaskGroup() as group:
                    for _ in range(_IN_FLIGHT * self._jobs):
                        group.create_task(self._work(pool, profile))
            except BaseExceptionGroup as errors:
                raise errors.exceptions[0] from None
            finally:
                ticking.cancel()

    async def _work(self, pool: Pool, profile: Profile) -> None:
        for number, record in self._left:
            while number - self._next >= _WINDOW * self._jobs:
                self._moved.clear()
                await self._moved.wait()
            try:
                seen = await pool.run(record.code)
            except SandboxError as error:
                error.message = f"the program of line {record.line} could not be run: {error.message}"
                raise
            self._finished[number] = (seen.status.value, line_of(record.id, record.code, seen, profile))
            self._write_what_is_due()

    def _write_what_is_due(self) -> None:
        while due := self._finished.pop(self._next, None):
            status, line = due
            self._write(line.encode("ascii") + b"\n")
            self._next += 1
            self._meter.step(status)
        self._moved.set()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(1)
            self._meter.tick()

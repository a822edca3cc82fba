"""A trace is a saved `Solution`. `load` reads one, `events_of` tells it again, `rerun` runs its programs again."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from agent import events
from agent.errors import TraceError
from agent.stages.judge import Refusal, judge
from agent.types import Attempt, Solution, Turn
from sandbox import Execution, Limits, Sandbox

__all__ = ["Rerun", "events_of", "load", "rerun"]

_ADVICE = "Give a file written by `solve --save` or by `solve --json`."


def load(path: Path) -> Solution:
    """Raises `TraceError` where the file is missing, broken, or of another version."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TraceError(f"{path} cannot be read: {error.strerror}", advice=_ADVICE) from error
    try:
        loose = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise TraceError(f"{path} is not JSON", advice=_ADVICE) from error
    if not isinstance(loose, dict) or "attempts" not in loose:
        raise TraceError(f"{path} is not a trace", advice=_ADVICE)
    if loose.get("version") != 1:
        raise TraceError(
            f"{path} is a trace of version {loose.get('version')!r}", advice="This Sangaku reads version 1."
        )
    try:
        return Solution.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise TraceError(f"{path} is a broken trace: {where}: {first['msg']}", advice=_ADVICE) from error


def events_of(solution: Solution) -> Iterator[events.Event]:
    """The events that led to the solution, attempt after attempt."""
    if solution.sandbox is not None:
        yield events.Started(problem=solution.problem, model=solution.model, sandbox=solution.sandbox)
    for attempt in solution.attempts:
        for turn in attempt.turns:
            yield from _turn(attempt, turn)
        yield events.AttemptEnded(attempt=attempt.index, turn=len(attempt.turns) - 1, ended=attempt)
    yield events.Voted(votes=solution.votes, settled=True)
    for finding in solution.explanation_findings:
        yield events.ExplanationFound(finding=finding, dropped=solution.explanation is None)
    yield events.Solved(solution=solution)


def _turn(attempt: Attempt, turn: Turn) -> Iterator[events.Event]:
    at, number = attempt.index, turn.index
    yield events.TurnStarted(
        attempt=at,
        turn=number,
        mode=turn.mode,
        strategy=turn.strategy,
        language=turn.language,
        because=turn.because,
        feedback=turn.feedback,
    )
    yield events.Text(attempt=at, turn=number, text=turn.completion.text)
    yield events.Completed(attempt=at, turn=number, completion=turn.completion)
    text_findings = [
        finding
        for finding in turn.findings
        if finding.kind not in ("api", "program") and finding.rule != "same_program"
    ]
    for finding in text_findings:
        yield events.Found(attempt=at, turn=number, finding=finding)
    if turn.program is not None:
        yield events.Extracted(attempt=at, turn=number, program=turn.program)
    for finding in turn.findings:
        if finding not in text_findings:
            yield events.Found(attempt=at, turn=number, finding=finding)
    if turn.execution is not None:
        yield events.Executed(attempt=at, turn=number, execution=turn.execution)
        verdict = judge(turn.execution) if turn.execution.ok else None
        if isinstance(verdict, Refusal):
            yield events.Rejected(attempt=at, turn=number, message=verdict.message)
    if turn.answer is not None:
        yield events.Answered(attempt=at, turn=number, answer=turn.answer)


@dataclass(frozen=True)
class Rerun:
    """A program's execution as recorded, and as it is now."""

    attempt: int
    turn: int
    before: Execution
    now: Execution

    @property
    def same(self) -> bool:
        """Time and memory may differ; what the program did may not."""
        return self.before.status == self.now.status and self.before.stdout == self.now.stdout


async def rerun(solution: Solution, sandbox: Sandbox) -> AsyncIterator[Rerun]:
    """Run each program that ran, in order, under the same limits. Raises `SandboxError`."""
    limits = Limits(
        wall_s=float(solution.config.get("program_s") or 10.0), memory_mb=int(solution.config.get("memory_mb") or 512)
    )
    for attempt in solution.attempts:
        for turn in attempt.turns:
            if turn.program is not None and turn.execution is not None:
                now = await sandbox.run(turn.program.source, limits=limits)
                yield Rerun(attempt.index, turn.index, turn.execution, now)

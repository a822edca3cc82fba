"""Run: problem sets × strategies through one solver, graded as they come, written down one by one, resumable.

All strategies see a problem before the next problem begins, with the same seeds, so that a run that is stopped has paired results.
What fails on our side (`ModelUnavailable`, `SandboxError`) is tried again, then recorded as failed, never as wrong; when nothing
succeeds any more, the run ends with that error and can be resumed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agent.equivalence import Comparer
from agent.errors import ContextOverflow, ModelDenied, ModelNotFound, ModelUnavailable, SangakuError
from agent.solver import Solver
from benchmarks.grading import failed, grade
from benchmarks.journal import Journal
from benchmarks.problem_sets import Item, ProblemSet, Skipped
from benchmarks.records import Record
from benchmarks.strategy import Strategy
from sandbox import SandboxError

__all__ = ["Budget", "Patience", "sweep"]


@dataclass(frozen=True)
class Budget:
    """Where a run ends before all problems are done; the problems in hand are finished."""

    completion_tokens: int | None = None
    """Of the whole folder, earlier runs included."""
    seconds: float | None = None
    """Of this run."""


@dataclass(frozen=True)
class Patience:
    """What is done about failures of the model server and the sandbox."""

    tries: int = 3
    """Of one problem, while others succeed."""
    outage_s: float = 600.0
    """Seconds that a problem is tried while nothing else succeeds either: a server that is started again."""
    first_wait_s: float = 1.0
    longest_wait_s: float = 30.0
    in_a_row: int = 3
    """Problems that fail one after the other before the run gives up with the error."""


@dataclass
class _Progress:
    """What the tasks of one run share."""

    started: float = field(default_factory=time.monotonic)
    completion_tokens: int = 0
    succeeded: int = 0
    failed_in_a_row: int = 0
    stopped: bool = False


async def sweep(
    sets: Sequence[ProblemSet],
    strategies: Sequence[Strategy],
    *,
    solver: Solver,
    comparer: Comparer,
    out: Path,
    concurrency: int = 4,
    budget: Budget | None = None,
    patience: Patience | None = None,
    on_begin: Callable[[int, int], None] | None = None,
    on_skip: Callable[[str, Skipped], None] | None = None,
) -> AsyncGenerator[Record, None]:
    """Records as they are written, in the order in which they are done; those of earlier runs are not repeated.

    ``on_begin`` is told how many solutions there will be and how many are there already, ``on_skip`` which rows of which set are
    left out.

    Raises `ModelUnavailable` or `SandboxError` where there is no use in going on. Closing the iterator stops the run; what was in
    hand is lost, and done again by the next.
    """
    budget, patience = budget or Budget(), patience or Patience()
    journal = Journal(out)
    progress = _Progress(completion_tokens=journal.done.completion_tokens)
    if on_begin is not None or on_skip is not None:
        total = before = 0
        for problems in sets:
            for item in problems.items(on_skip=_told(problems.name, on_skip)):
                total += len(strategies)
                before += sum((item.set, item.id, strategy.name) in journal.done for strategy in strategies)
        if on_begin is not None:
            on_begin(total, before)
    jobs = _jobs(sets, strategies, journal)
    finished: asyncio.Queue[Record | Exception | None] = asyncio.Queue(maxsize=concurrency)

    async def work() -> None:
        try:
            for item, strategy in jobs:
                if progress.stopped or _spent(budget, progress):
                    break
                await finished.put(await _one(item, strategy, solver, comparer, patience, progress))
        except Exception as error:  # noqa: BLE001 - told to the caller, who would wait for ever otherwise
            progress.stopped = True
            await finished.put(error)
        await finished.put(None)

    tasks = [asyncio.create_task(work()) for _ in range(concurrency)]
    trouble: Exception | None = None
    try:
        running = len(tasks)
        while running:
            result = await finished.get()
            if result is None:
                running -= 1
            elif isinstance(result, Exception):
                trouble = trouble or result
            else:
                journal.write(result)
                progress.completion_tokens += result.graded.completion_tokens
                yield result
        if trouble is not None:
            raise trouble
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        journal.close()


def _told(name: str, on_skip: Callable[[str, Skipped], None] | None) -> Callable[[Skipped], None] | None:
    return None if on_skip is None else lambda row: on_skip(name, row)


def _jobs(
    sets: Sequence[ProblemSet], strategies: Sequence[Strategy], journal: Journal
) -> Iterator[tuple[Item, Strategy]]:
    for problems in sets:
        for item in problems:
            for strategy in strategies:
                if (item.set, item.id, strategy.name) not in journal.done:
                    yield item, strategy


def _spent(budget: Budget, progress: _Progress) -> bool:
    if budget.completion_tokens is not None and progress.completion_tokens >= budget.completion_tokens:
        return True
    return budget.seconds is not None and time.monotonic() - progress.started >= budget.seconds


async def _one(
    item: Item, strategy: Strategy, solver: Solver, comparer: Comparer, patience: Patience, progress: _Progress
) -> Record:
    """Raises what makes it useless to go on."""
    began, succeeded, tries = time.monotonic(), progress.succeeded, 0
    while True:
        tries += 1
        started = time.monotonic()
        try:
            solution = await solver.asolve(item.problem, config=strategy.config)
            graded = await grade(item, strategy.name, solution, comparer)
        except (ModelDenied, ModelNotFound):
            raise  # no waiting mends these
        except (ModelUnavailable, SandboxError) as error:
            alone = progress.succeeded == succeeded
            waited = time.monotonic() - began
            if isinstance(error, ContextOverflow) or (
                waited >= patience.outage_s if alone else tries >= patience.tries
            ):
                return _failure(item, strategy, error, tries, patience, progress)
            await asyncio.sleep(min(patience.longest_wait_s, patience.first_wait_s * 2 ** (tries - 1)))
            continue
        progress.succeeded += 1
        progress.failed_in_a_row = 0
        turns = [turn for attempt in solution.attempts for turn in attempt.turns]
        return Record(
            graded=graded,
            seconds=time.monotonic() - started,
            model_s=sum(turn.completion.seconds for turn in turns),
            sandbox_s=sum(turn.execution.wall_s for turn in turns if turn.execution is not None),
            solution=solution,
        )


def _failure(
    item: Item, strategy: Strategy, error: SangakuError, tries: int, patience: Patience, progress: _Progress
) -> Record:
    if not isinstance(error, ContextOverflow):
        progress.failed_in_a_row += 1
        if progress.failed_in_a_row >= patience.in_a_row:
            raise error
    graded, failure = failed(item, strategy.name, error, tries=tries)
    return Record(graded=graded, failure=failure)

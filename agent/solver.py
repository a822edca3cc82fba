"""`Solver`: the agent as a library. Opens what it needs at first use, and can be used from several tasks, loops and threads."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterable
from contextlib import aclosing
from pathlib import Path
from typing import Any, Literal, Self, TypeVar, cast

from langchain_core.language_models import BaseChatModel

from agent import events
from agent.config import SolverConfig
from agent.degeneracy.lexicon import read_entries, shipped
from agent.equivalence import Comparer
from agent.errors import UsageError
from agent.graph import Context, State, graph
from agent.models.model import Model, open_model, wrap
from agent.models.weights import FetchProgress
from agent.problem import accept
from agent.stages.plan import recoveries
from agent.stages.vote import stopped
from agent.types import Attempt, HaltReason, Problem, Solution, Usage, Vote, VoteReason
from sandbox import BackendName, Limits, Pool, Profile, Sandbox, SandboxError, SandboxUnavailable, open_sandbox

__all__ = ["Solver"]

T = TypeVar("T")


class Solver:
    """Solves problems with a model and a sandbox.

    Args:
        model: None for the embedded default; a name of `sangaku model list`; the path of a GGUF file; with ``base_url`` a
            model of that server; any LangChain chat model; or a `Model`.
        base_url: an OpenAI-compatible server, such as ``http://localhost:8000/v1``.
        sandbox: a backend's name, ``"auto"`` for the first that works here, or a `Sandbox` (which stays open afterwards).
        config: settings for all problems; each call may bring its own.
        lexicon: a file of terms that count as attested, besides the shipped ones.
        on_progress: told how far a download of the model is.
        on_skip: told which sandbox backends ``"auto"`` passed over, and why.

    Methods raise `ModelUnavailable`, `SandboxError` or `UsageError`; a problem that is not solved is an abstention.
    """

    def __init__(
        self,
        *,
        model: str | Path | BaseChatModel | Model | None = None,
        base_url: str | None = None,
        api_key: str | None = None,
        sandbox: Literal["auto"] | BackendName | Sandbox = "auto",
        config: SolverConfig | None = None,
        workers: int | None = None,
        lexicon: str | Path | None = None,
        on_progress: Callable[[FetchProgress], None] | None = None,
        on_skip: Callable[[BackendName, SandboxUnavailable], None] | None = None,
    ) -> None:
        self.config = config or SolverConfig()
        self._asked_model, self._base_url, self._api_key = model, base_url, api_key
        self._asked_sandbox, self._workers = sandbox, workers
        self._lexicon = None if lexicon is None else shipped().with_terms(read_entries(Path(lexicon)))
        self._on_progress, self._on_skip = on_progress, on_skip
        self._opening = threading.Lock()
        self._opened: tuple[Model, Sandbox, Profile] | None = None
        self._comparer: Comparer | None = None
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None

    # --- asynchronous: the core

    async def aopen(self) -> tuple[Model, Sandbox, Profile]:
        """Open the model and the sandbox now, rather than with the first problem."""
        if self._opened is None:
            # In a thread with a loop of its own: what is opened belongs to no caller's loop, and one lock serves all.
            await asyncio.to_thread(self._open)
        assert self._opened is not None
        return self._opened

    async def asolve(self, problem: str | Problem, *, config: SolverConfig | None = None) -> Solution:
        """Solve one problem."""
        config = config or self.config
        asked, context, profile = await self._prepared(problem, config)
        started = time.monotonic()
        # Nobody asks for events, and passing them on costs a good part of what the graph does.
        final = cast("State", await graph.ainvoke({"problem": asked}, context=context))
        return _solution(asked, final, model=context.model, profile=profile, config=config, started=started)

    async def astream(
        self, problem: str | Problem, *, config: SolverConfig | None = None
    ) -> AsyncGenerator[events.Event, None]:
        """Solve one problem and tell what happens; the last event is `Solved`."""
        config = config or self.config
        asked, context, profile = await self._prepared(problem, config)
        started = time.monotonic()
        yield events.Started(problem=asked, model=context.model.info, sandbox=profile)
        final: State = {}
        stream = graph.astream({"problem": asked}, context=context, stream_mode=["custom", "values"], subgraphs=True)
        async with aclosing(cast("Any", stream)) as parts:
            async for namespace, mode, value in parts:
                if mode == "custom":
                    yield cast("events.Event", value)
                elif not namespace:
                    final = cast("State", value)
        solution = _solution(asked, final, model=context.model, profile=profile, config=config, started=started)
        yield events.Solved(solution=solution)

    async def _prepared(self, problem: str | Problem, config: SolverConfig) -> tuple[Problem, Context, Profile]:
        asked = accept(problem, config.language)
        model, sandbox, profile = await self.aopen()
        if self._comparer is None and isinstance(self._asked_sandbox, str | Pool):
            self._comparer = Comparer(profile.backend, workers=1)  # started by the first vote on different answers
        context = Context(model=model, sandbox=sandbox, config=config, comparer=self._comparer, lexicon=self._lexicon)
        return asked, context, profile

    async def abatch(
        self, problems: Iterable[str | Problem], *, concurrency: int = 4, config: SolverConfig | None = None
    ) -> list[Solution]:
        """Solve several problems, at most ``concurrency`` at once; the solutions are in the problems' order.

        Texts that are no problems are refused before anything starts; later, the first exception ends the batch.
        """
        gate = asyncio.Semaphore(concurrency)
        accepted = []
        for number, problem in enumerate(problems, start=1):
            try:
                accepted.append(accept(problem, (config or self.config).language))
            except UsageError as error:
                raise UsageError(f"problem {number}: {error.message}", advice=error.advice) from error

        async def one(problem: Problem) -> Solution:
            async with gate:
                return await self.asolve(problem, config=config)

        async with _unwrapped(), asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(problem)) for problem in accepted]
        return [task.result() for task in tasks]

    async def aclose(self) -> None:
        """Stop the sandbox. The embedded model's server is shared by the whole process and ends with it."""
        self._closed = True
        with self._opening:
            opened, self._opened = self._opened, None
        comparer, self._comparer = self._comparer, None
        if comparer is not None:
            await comparer.aclose()
        if opened is not None:
            await self._drop(opened[1])

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    # --- synchronous: a thin wrapper

    def solve(self, problem: str | Problem, *, config: SolverConfig | None = None) -> Solution:
        """`asolve` for programs without an event loop."""
        return self._call(self.asolve(problem, config=config))

    def batch(
        self, problems: Iterable[str | Problem], *, concurrency: int = 4, config: SolverConfig | None = None
    ) -> list[Solution]:
        """`abatch` for programs without an event loop."""
        return self._call(self.abatch(problems, concurrency=concurrency, config=config))

    def close(self) -> None:
        """`aclose` for programs without an event loop."""
        self._call(self.aclose())
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._loop = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        with self._opening:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="sangaku-solver", daemon=True).start()
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()  # Ctrl-C in the caller's thread ends the work in ours
            raise

    # --- opening

    def _open(self) -> None:
        with self._opening:
            if self._closed:
                raise UsageError("the solver is closed", advice="Make a new one.")
            if self._opened is None:
                self._opened = asyncio.run(self._open_both())

    async def _open_both(self) -> tuple[Model, Sandbox, Profile]:
        """At the same time: each takes seconds, and neither needs the other."""
        opening = asyncio.create_task(self._box())
        try:
            model = await self._model()
        except BaseException:
            # A sandbox that was being started must not stay behind; what went wrong with it is no longer the news.
            with contextlib.suppress(SandboxError):
                box, _ = await opening
                await self._drop(box)
            raise
        box, profile = await opening
        return model, box, profile

    async def _box(self) -> tuple[Sandbox, Profile]:
        box = self._asked_sandbox
        if isinstance(box, str):
            limits = Limits(wall_s=self.config.program_s, memory_mb=self.config.memory_mb)
            box = await open_sandbox(box, workers=self._workers, limits=limits, on_skip=self._on_skip)
        try:
            profile = await box.profile()
            await box.names()
        except BaseException:
            await self._drop(box)
            raise
        return box, profile

    async def _drop(self, box: Sandbox) -> None:
        """Close a sandbox that we opened; one that was handed in belongs to the caller."""
        if isinstance(self._asked_sandbox, str):
            await box.aclose()

    async def _model(self) -> Model:
        asked = self._asked_model
        if isinstance(asked, Model):
            return asked
        if isinstance(asked, BaseChatModel):
            return wrap(asked)
        return await open_model(asked, base_url=self._base_url, api_key=self._api_key, on_progress=self._on_progress)


@contextlib.asynccontextmanager
async def _unwrapped() -> AsyncIterator[None]:
    """The first exception of a task group itself, not a group of one."""
    try:
        yield
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None


def _solution(
    problem: Problem,
    state: State,
    *,
    model: Model,
    profile: Profile,
    config: SolverConfig,
    started: float,
) -> Solution:
    attempts = tuple(sorted(state["attempts"], key=lambda attempt: attempt.index))
    votes, shown = state["votes"], state["presented"]
    findings = state.get("explanation_findings", ())
    return Solution(
        problem_id=problem.id,
        problem=problem,
        status="answered" if shown else "abstained",
        answer=shown.answer if shown else None,
        answer_exact=shown.exact if shown else None,
        answer_latex=shown.latex if shown else None,
        answer_boxed=shown.boxed if shown else None,
        answer_unit=shown.unit if shown else None,
        explanation=state.get("explanation"),
        explanation_findings=findings,
        recoveries=recoveries(attempts, explanations_dropped=int(bool(findings) and state.get("explanation") is None)),
        halt_reason=_halt_reason(attempts, votes, shown is not None, config),
        votes=votes,
        agreement=votes[0].weight / len(attempts) if votes else 0.0,
        attempts=attempts,
        usage=sum((attempt.usage for attempt in attempts), state.get("explain_usage", Usage())),
        seconds=time.monotonic() - started,
        model=model.info,
        sandbox=profile,
        config=config.model_dump(),
    )


def _halt_reason(
    attempts: tuple[Attempt, ...], votes: tuple[Vote, ...], answered: bool, config: SolverConfig
) -> VoteReason | HaltReason:
    if not answered:
        return "disagreement" if votes else attempts[-1].halt_reason
    if any(attempt.halt_reason == "seconds" for attempt in attempts):
        return "seconds"
    if config.samples == 1:
        return "settled"
    left = config.samples - len(attempts)
    return "all_attempts" if left == 0 else stopped(votes, left=left, config=config) or "seconds"

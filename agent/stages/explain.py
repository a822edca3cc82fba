"""explain: have the model put the solution that a program found into words, in the problem's language."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from agent.config import SolverConfig
from agent.models.model import Model
from agent.stages.generate import Sampling, generate
from agent.stages.prompt import explanation_prompt
from agent.stages.screen import Watch, screen
from agent.types import Attempt, Problem, Usage, Vote

__all__ = ["explain"]

MAX_TOKENS = 400


async def explain(
    problem: Problem,
    winner: Vote,
    attempts: Sequence[Attempt],
    model: Model,
    *,
    config: SolverConfig,
    on_text: Callable[[str], None],
    seconds_left: float,
) -> tuple[str | None, Usage]:
    """The explanation, or None: where no program computed the answer, the time is over, or the text was degenerate.

    Raises `ModelUnavailable`.
    """
    program = next(
        (
            attempt.turns[-1].program.source
            for attempt in attempts
            if attempt.index in winner.attempts and attempt.turns[-1].program is not None
        ),
        None,
    )
    if program is None or seconds_left <= 0:
        return None, Usage()
    completion = await generate(
        model,
        explanation_prompt(problem, program, winner.answer),
        sampling=Sampling(temperature=0.0, top_p=config.top_p, seed=config.seed, max_tokens=MAX_TOKENS),
        watch=Watch(),
        on_text=on_text,
        deadline=None if seconds_left == float("inf") else time.monotonic() + seconds_left,
    )
    if completion.finish_reason == "deadline" or any(finding.severity == "hard" for finding in screen(completion)):
        return None, completion.usage
    return completion.text.strip() or None, completion.usage

"""explain: have the model put the solution that a program found into words, in the problem's language."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from agent.config import SolverConfig
from agent.degeneracy.lexicon import Lexicon
from agent.models.model import Model
from agent.stages.generate import Sampling, generate
from agent.stages.prompt import explanation_prompt
from agent.stages.screen import Watch, screen
from agent.types import Attempt, Finding, Problem, Usage, Vote

__all__ = ["Explained", "explain"]

MAX_TOKENS = 400


@dataclass(frozen=True)
class Explained:
    """The text, or None where there is none; what was found in it, or made it be dropped; and its cost."""

    text: str | None = None
    findings: tuple[Finding, ...] = ()
    usage: Usage = field(default_factory=Usage)


async def explain(
    problem: Problem,
    winner: Vote,
    attempts: Sequence[Attempt],
    model: Model,
    *,
    config: SolverConfig,
    on_text: Callable[[str], None],
    seconds_left: float,
    lexicon: Lexicon | None = None,
) -> Explained:
    """The explanation; none where no program computed the answer, the time is over, or the text was degenerate.

    A person reads it, so that one unattested term or a sentence in another language is enough to drop it: the answer, which a
    program computed, stays. Raises `ModelUnavailable`.
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
        return Explained()
    completion = await generate(
        model,
        explanation_prompt(problem, program, winner.answer),
        sampling=Sampling(temperature=0.0, top_p=config.top_p, seed=config.seed, max_tokens=MAX_TOKENS),
        watch=Watch(problem) if config.screen else None,
        on_text=on_text,
        deadline=None if seconds_left == float("inf") else time.monotonic() + seconds_left,
    )
    findings = screen(completion, problem, lexicon=lexicon, reader=True) if config.screen else ()
    if completion.finish_reason == "deadline" or any(
        finding.severity == "hard" or finding.kind == "term" for finding in findings
    ):
        return Explained(findings=findings, usage=completion.usage)
    return Explained(completion.text.strip() or None, findings, completion.usage)

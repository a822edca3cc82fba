"""plan: after a turn that gave no answer, what is the next one, or why is there none?

The rules, in order: budgets end the attempt; degenerate text is written anew with another seed and a plainer prompt, never
repaired; an error is fed back; the same error twice changes the strategy; what is left at the end is one try in prose.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from agent.config import SolverConfig
from agent.stages.prompt import Strategy
from agent.stages.repair import signature
from agent.types import HaltReason, Turn, TurnMode

__all__ = ["Step", "first_step", "next_step", "seed_of"]

RESAMPLE_TEMPERATURE = 0.7
"""A new seed means nothing at temperature 0."""
MIN_TOKENS = 16


@dataclass(frozen=True)
class Step:
    """The turn to come."""

    mode: TurnMode
    strategy: Strategy
    temperature: float
    feedback: str = ""


def first_step(config: SolverConfig) -> Step:
    return Step("first", "program", config.sampling_temperature)


def next_step(
    turns: tuple[Turn, ...], feedback: str, config: SolverConfig, *, seconds_left: float
) -> Step | HaltReason:
    """``feedback`` is what repair has to say about the last turn; empty where its text was degenerate or held no program."""
    last = turns[-1]
    if last.completion.finish_reason == "deadline" or seconds_left <= 0:
        return "seconds"
    if sum(turn.completion.usage.completion_tokens for turn in turns) > config.token_budget - MIN_TOKENS:
        return "tokens"
    if len(turns) >= config.max_turns:
        return "turns"
    if last.strategy == "prose":
        return "repairs" if any(turn.mode == "repair" for turn in turns) else "degenerate"
    warmer = max(RESAMPLE_TEMPERATURE, config.sampling_temperature)
    resamples = sum(turn.mode == "resample" for turn in turns)
    repairs = sum(turn.mode == "repair" for turn in turns)
    if not feedback:
        if resamples < config.max_resamples:
            return Step("resample", "plain", warmer)
        return _last_resort(turns, "degenerate")
    if repairs >= config.max_repairs:
        return _last_resort(turns, "repairs")
    if last.mode == "repair" and signature(last.feedback) == signature(feedback):
        # Told once and repeated: the model does not understand this error, so the program is thrown away, not the budget.
        return Step("resample", "plain", warmer) if resamples < config.max_resamples else _last_resort(turns, "repairs")
    strategy: Strategy = "plain" if last.strategy == "plain" else "program"
    return Step("repair", strategy, config.sampling_temperature, feedback)


def _last_resort(turns: tuple[Turn, ...], otherwise: HaltReason) -> Step | HaltReason:
    return otherwise if any(turn.strategy == "prose" for turn in turns) else Step("resample", "prose", 0.0)


def seed_of(config: SolverConfig, *, attempt: int, turn: int) -> int:
    """A seed for each turn, from the run's one: the same on every machine."""
    return random.Random(f"{config.seed}/{attempt}/{turn}").getrandbits(31)

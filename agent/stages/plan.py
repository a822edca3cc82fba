"""plan: after a turn that gave no answer, what is the next one, or why is there none?

The rules, in order: budgets end the attempt; degenerate text is never repaired but written anew from a clean context, first with a
new seed and a plain prompt that asks for no reasoning, then with a prompt in the other language; an error is fed back, an unknown
name once; the same error twice changes the strategy; what is left at the end is one try in prose, and then abstention.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from agent.config import SolverConfig
from agent.stages.prompt import Strategy
from agent.stages.repair import signature
from agent.types import Attempt, HaltReason, Language, Recoveries, Turn, TurnMode

__all__ = ["Step", "first_step", "next_step", "recoveries", "seed_of"]

RESAMPLE_TEMPERATURE = 0.7
"""A new seed means nothing at temperature 0."""
MIN_TOKENS = 16
_API_RULES = ("unknown_name", "wrong_call", "undefined")


@dataclass(frozen=True)
class Step:
    """The turn to come."""

    mode: TurnMode
    strategy: Strategy
    temperature: float
    language: Language = "en"
    because: str = ""
    feedback: str = ""


def first_step(config: SolverConfig, language: Language) -> Step:
    return Step("first", config.strategy, config.sampling_temperature, language)


def next_step(
    turns: tuple[Turn, ...], feedback: str, config: SolverConfig, language: Language, *, seconds_left: float
) -> Step | HaltReason:
    """``feedback`` is what repair has to say about the last turn; empty where its text was degenerate or held no program.

    ``language`` is the problem's.
    """
    last = turns[-1]
    if last.completion.finish_reason == "deadline" or seconds_left <= 0:
        return "seconds"
    if sum(turn.completion.usage.completion_tokens for turn in turns) > config.token_budget - MIN_TOKENS:
        return "tokens"
    if len(turns) >= config.max_turns:
        return "turns"
    if last.strategy == "cot" and (last.mode != "first" or config.strategy != "cot"):
        return "repairs" if any(turn.mode == "repair" for turn in turns) else "degenerate"
    because = _cause(last, feedback)
    if not feedback or last.strategy == "cot":
        return _anew(turns, because, config, language, otherwise="degenerate")
    repairs = [turn for turn in turns if turn.mode == "repair"]
    told_before = last.mode == "repair" and signature(last.feedback) == signature(feedback)
    unknown_again = because in _API_RULES and any(turn.because in _API_RULES for turn in repairs)
    if told_before or unknown_again:
        # Told once and repeated: the model does not understand this error, so the program is thrown away, not the budget.
        return _anew(turns, because, config, language, otherwise="repairs")
    if len(repairs) >= config.max_repairs:
        return _last_resort(turns, because, config, language, "repairs")
    strategy: Strategy = "program" if last.strategy == "program" else "plain"
    return Step("repair", strategy, config.sampling_temperature, last.language or language, because, feedback)


def recoveries(attempts: Sequence[Attempt], *, explanations_dropped: int = 0) -> Recoveries:
    """What the turns of these attempts recovered from, counted."""
    turns = [turn for attempt in attempts for turn in attempt.turns]
    resampled = [(attempt, turn) for attempt in attempts for turn in attempt.turns if turn.mode == "resample"]
    repaired = [turn for turn in turns if turn.mode == "repair"]
    kinds = Counter(
        kind
        for turn in turns
        for kind in sorted({finding.kind for finding in turn.findings if finding.severity == "hard"})
    )
    return Recoveries(
        resampled=len(resampled),
        other_language=sum(turn.language != attempt.turns[0].language for attempt, turn in resampled),
        last_resort=sum(turn.strategy == "cot" for _, turn in resampled),
        repaired=len(repaired),
        api=sum(turn.because in _API_RULES for turn in repaired),
        explanations_dropped=explanations_dropped,
        by_kind=dict(kinds),
    )


def _cause(turn: Turn, feedback: str) -> str:
    """The rule of the first hard finding, the program's status, or what the judge had against its output."""
    hard = next((finding.rule for finding in turn.findings if finding.severity == "hard"), "")
    if hard:
        return hard
    if turn.execution is not None and not turn.execution.ok:
        return turn.execution.status.value
    return "no_answer" if feedback else next((finding.rule for finding in turn.findings), "no_answer")


def _anew(
    turns: tuple[Turn, ...], because: str, config: SolverConfig, language: Language, *, otherwise: HaltReason
) -> Step | HaltReason:
    """The next rung: a plain prompt, then a plain prompt in the other language, then what is left."""
    warmer = max(RESAMPLE_TEMPERATURE, config.sampling_temperature)
    resamples = sum(turn.mode == "resample" for turn in turns)
    if resamples >= config.max_resamples:
        return _last_resort(turns, because, config, language, otherwise)
    other: Language = "ja" if language == "en" else "en"
    return Step("resample", "plain", warmer, other if resamples else language, because)


def _last_resort(
    turns: tuple[Turn, ...], because: str, config: SolverConfig, language: Language, otherwise: HaltReason
) -> Step | HaltReason:
    if not config.last_resort or any(turn.strategy == "cot" for turn in turns):
        return otherwise
    return Step("resample", "cot", 0.0, language, because)


def seed_of(config: SolverConfig, *, attempt: int, turn: int) -> int:
    """A seed for each turn, from the run's one: the same on every machine."""
    return random.Random(f"{config.seed}/{attempt}/{turn}").getrandbits(31)

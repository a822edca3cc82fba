"""What the graph keeps while it solves: the state, which serializes, and the run context, which does not."""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from typing import Annotated

from typing_extensions import TypedDict

from agent.config import SolverConfig
from agent.degeneracy.lexicon import Lexicon
from agent.equivalence import Comparer
from agent.models.model import Model
from agent.stages.plan import Step, seed_of
from agent.stages.present import Presented
from agent.types import Answer, Attempt, Completion, Finding, HaltReason, Problem, Program, Turn, Usage, Vote
from sandbox import Execution, Sandbox, Status

__all__ = ["CHECKPOINT_TYPES", "AttemptResult", "AttemptState", "Context", "State", "turn_of"]


@dataclass(frozen=True)
class Context:
    """What a run needs and state cannot hold."""

    model: Model
    sandbox: Sandbox
    config: SolverConfig = field(default_factory=SolverConfig)
    comparer: Comparer | None = None
    """Who says which answers are equal, and writes them exactly; None: only plain numbers and equal texts are known to be equal."""
    lexicon: Lexicon | None = None
    """Terms that count as attested; None for the shipped ones."""


class State(TypedDict, total=False):
    """One problem. Only ``problem`` is given; the rest is found."""

    problem: Problem
    deadline: float | None  # on time.time()'s clock, so that a checkpoint can be taken up elsewhere
    attempts: Annotated[list[Attempt], operator.add]
    votes: tuple[Vote, ...]
    presented: Presented | None
    explanation: str | None
    explanation_findings: tuple[Finding, ...]
    explain_usage: Usage


class AttemptState(TypedDict, total=False):
    """One attempt: what is fixed, the turns so far, and the turn in hand."""

    problem: Problem
    index: int
    deadline: float | None
    attempts: Annotated[list[Attempt], operator.add]
    turns: tuple[Turn, ...]
    step: Step
    completion: Completion | None
    findings: tuple[Finding, ...]
    program: Program | None
    execution: Execution | None
    answer: Answer | None
    defect: str  # what repair has to say; empty where nothing can be repaired
    halt_reason: HaltReason | None


class AttemptResult(TypedDict):
    attempts: Annotated[list[Attempt], operator.add]


def turn_of(state: AttemptState, config: SolverConfig) -> Turn:
    """The turn in hand, as it is kept."""
    step, completion = state["step"], state["completion"]
    assert completion is not None
    index = len(state["turns"])
    return Turn(
        index=index,
        mode=step.mode,
        strategy=step.strategy,
        seed=seed_of(config, attempt=state["index"], turn=index),
        temperature=step.temperature,
        language=step.language,
        because=step.because,
        feedback=step.feedback,
        completion=completion,
        findings=state["findings"],
        program=state["program"],
        execution=state["execution"],
        answer=state["answer"],
    )


CHECKPOINT_TYPES = tuple(
    (kind.__module__, kind.__name__)
    for kind in (
        Answer,
        Attempt,
        Completion,
        Execution,
        Finding,
        Problem,
        Presented,
        Program,
        Status,
        Step,
        Turn,
        Usage,
        Vote,
    )
)
"""What state holds, for a checkpointer's ``JsonPlusSerializer(allowed_msgpack_modules=…)``."""

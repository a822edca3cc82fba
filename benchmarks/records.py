"""What a sweep writes down: `Record` is one line of ``results.jsonl``, `Graded` the part of it that no clock decides.

    ┌ Record ─────────────────────────────────────────────────────────┐
    │ graded: Graded ─▶ attempts: GradedAttempt ─▶ turns: GradedTurn   │
    │ solution: Solution, or failure: Failure                          │
    └──────────────────────────────────────────────────────────────────┘

``graded.jsonl`` holds the `Graded` of every record, sorted by set, id and strategy: byte for byte the same for the same seeds and a
deterministic model. Metrics, comparisons and reports are made from these.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from agent.types import Solution, TurnMode

__all__ = ["Failure", "Graded", "GradedAttempt", "GradedTurn", "Key", "Outcome", "Record", "TurnOutcome"]

Outcome = Literal["right", "wrong", "undecided", "abstained", "failed"]
"""undecided: there is an answer, and nobody can say whether it equals the gold one. failed: the model server or the sandbox
failed, so that nothing is known; never counted as wrong."""
TurnOutcome = Literal["right", "wrong", "undecided", "none"]
Key = tuple[str, str, str]
"""Set, id, strategy: what a run has once."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GradedTurn(_Value):
    """One generate → execute round, and the answer that it held, taken or not."""

    mode: TurnMode
    strategy: str
    outcome: TurnOutcome
    """Of the answer that this turn's program printed or its text boxed, even where the turn was thrown away (that is how a
    repair can lose a right answer); none: it held nothing of the kind."""
    taken: bool
    """Whether the agent took the answer of this turn."""
    cause: str = ""
    """Why there was no right answer; "" where there was. One of: no_program, syntax, policy, unknown_api, runtime:<error class>,
    time, memory, output, process, killed, no_answer (it ran, and printed nothing that is an answer), degenerate:<finding kind>,
    deadline, wrong_value, undecided."""
    completion_tokens: int


class GradedAttempt(_Value):
    outcome: TurnOutcome
    group: int
    """Attempts with equal answers have the same number, that of the first of them; -1: no answer."""
    weight: float
    """What its answer weighs in the vote."""
    turns: tuple[GradedTurn, ...]


class Graded(_Value):
    """How one strategy did on one problem."""

    set: str
    id: str
    strategy: str
    category: str = ""
    level: str = ""
    language: str = "en"
    outcome: Outcome
    answer: str | None = None
    gold: tuple[str, ...] = ()
    rule: str = ""
    """What decided the comparison, in words."""
    cause: str = ""
    """Why it is not right: the winner's or the last turn's cause (see `GradedTurn`), or model_unavailable, sandbox_unavailable."""
    agreement: float = 0.0
    """The winner's share of the vote: the confidence for risk and coverage."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    findings: tuple[str, ...] = ()
    """Kinds of hard findings in its texts, sorted, each once."""
    attempts: tuple[GradedAttempt, ...] = ()

    @property
    def key(self) -> Key:
        return self.set, self.id, self.strategy


class Failure(_Value):
    """What went wrong with our side, not with the answer."""

    type: str
    message: str
    tries: int


class Record(_Value):
    """One line of ``results.jsonl``. A later line of the same key, which a resumed run writes for what failed, replaces it."""

    version: Literal[1] = 1
    graded: Graded
    seconds: float = 0.0
    """Wall seconds of the problem, the waits of retries left out."""
    model_s: float = 0.0
    """Seconds that completions took, over all turns (attempts overlap, so that this may exceed `seconds`)."""
    sandbox_s: float = 0.0
    """Wall seconds of the programs, over all turns."""
    solution: Solution | None = None
    """None for a failure, and in folders that were stripped of texts."""
    failure: Failure | None = None

"""What `Solver.astream` tells while it solves: one small frozen value for each thing that happened."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from agent.types import (
    Answer,
    Attempt,
    Completion,
    Finding,
    Language,
    ModelInfo,
    Problem,
    Program,
    Solution,
    TurnMode,
    Vote,
)
from sandbox import Execution, Profile

__all__ = [
    "Answered",
    "AttemptEnded",
    "Completed",
    "Event",
    "Executed",
    "Explained",
    "ExplanationFound",
    "Extracted",
    "Found",
    "Rejected",
    "Retrying",
    "Solved",
    "Started",
    "Text",
    "TurnStarted",
    "Voted",
]


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True)

    attempt: int = 0
    turn: int = 0


class Started(_Event):
    kind: Literal["started"] = "started"
    problem: Problem
    model: ModelInfo
    sandbox: Profile


class TurnStarted(_Event):
    kind: Literal["turn"] = "turn"
    mode: TurnMode
    strategy: str
    language: Language | None = None
    because: str = ""
    feedback: str = ""


class Text(_Event):
    """A piece of the completion, as it is written."""

    kind: Literal["text"] = "text"
    text: str


class Retrying(_Event):
    """The server failed and is asked again; the text of this turn starts anew."""

    kind: Literal["retry"] = "retry"
    message: str


class Completed(_Event):
    """The completion is whole, or was cut."""

    kind: Literal["completion"] = "completion"
    completion: Completion


class Found(_Event):
    kind: Literal["finding"] = "finding"
    finding: Finding


class Extracted(_Event):
    kind: Literal["program"] = "program"
    program: Program


class Executed(_Event):
    kind: Literal["execution"] = "execution"
    execution: Execution


class Rejected(_Event):
    """A program ran, and what it printed is no answer."""

    kind: Literal["rejected"] = "rejected"
    message: str


class Answered(_Event):
    kind: Literal["answer"] = "answer"
    answer: Answer


class AttemptEnded(_Event):
    kind: Literal["attempt"] = "attempt"
    ended: Attempt


class Voted(_Event):
    kind: Literal["vote"] = "vote"
    votes: tuple[Vote, ...]
    settled: bool


class Explained(_Event):
    """A piece of the explanation, as it is written."""

    kind: Literal["explanation"] = "explanation"
    text: str


class ExplanationFound(_Event):
    """Something in the explanation; ``dropped``: it was not kept."""

    kind: Literal["explanation_finding"] = "explanation_finding"
    finding: Finding
    dropped: bool


class Solved(_Event):
    """Always the last one."""

    kind: Literal["solved"] = "solved"
    solution: Solution


Event = (
    Started
    | TurnStarted
    | Text
    | Retrying
    | Completed
    | Found
    | Extracted
    | Executed
    | Rejected
    | Answered
    | AttemptEnded
    | Voted
    | Explained
    | ExplanationFound
    | Solved
)

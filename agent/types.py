"""The values that stages pass on. All are frozen and serialize to JSON; DESIGN's words name them.

`Solution` is a contract that other programs read: fields are added, never renamed, within one ``version``.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.base import Execution, Profile

__all__ = [
    "Answer",
    "Attempt",
    "Completion",
    "Finding",
    "FindingKind",
    "FinishReason",
    "HaltReason",
    "Language",
    "ModelInfo",
    "Problem",
    "Program",
    "Recoveries",
    "Solution",
    "Turn",
    "TurnMode",
    "Usage",
    "Vote",
    "VoteReason",
]

Language = Literal["en", "ja"]
FindingKind = Literal["repetition", "truncation", "script", "drift", "term", "api", "program"]
FinishReason = Literal["stop", "length", "cut", "deadline", "unknown"]
"""stop: the model ended. length: out of tokens. cut: we, or the server at our request, ended it, since it was degenerate.
deadline: we ended it, for the clock."""
TurnMode = Literal["first", "repair", "resample"]
HaltReason = Literal[
    "answered",  # a program computed it
    "prose",  # only a boxed answer in the text, a weaker vote
    "repairs",  # the last allowed repair failed as well
    "degenerate",  # text that loops, breaks off or holds no program, each time
    "turns",
    "tokens",
    "seconds",
]
VoteReason = Literal[
    "settled",  # no attempt left could change the winner
    "agreed",  # the attempts agreed so well that more were not worth it
    "all_attempts",
    "disagreement",  # abstained: the winner's share was too small
]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Problem(_Value):
    """What to solve. Never holds the reference answer."""

    text: str
    id: str = ""
    language: Language = "en"


class Usage(_Value):
    """Tokens and requests, as the server counts them; `estimated` where it did not, and characters stand in for tokens."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    requests: int = 0
    estimated: bool = False

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            requests=self.requests + other.requests,
            estimated=self.estimated or other.estimated,
        )


class Completion(_Value):
    """What the model wrote, whole; a prefix that we opened for it (a code fence) included."""

    text: str
    finish_reason: FinishReason = "stop"
    usage: Usage = Usage()
    seconds: float = 0.0


class Program(_Value):
    """The Python taken from a completion."""

    source: str


class Finding(_Value):
    """One defect seen by a check. ``start`` and ``end`` are character offsets into the text that was checked."""

    kind: FindingKind
    rule: str
    severity: Literal["hard", "soft"]
    message: str
    start: int = 0
    end: int = 0


class Answer(_Value):
    """A final answer as one line of plain text."""

    text: str
    source: Literal["program", "prose"] = "program"


class Turn(_Value):
    """One generate → execute round, and why it ended as it did."""

    index: int
    mode: TurnMode
    strategy: str
    seed: int
    temperature: float
    language: Language | None = None
    """Language of the prompt; None in traces of older versions."""
    because: str = ""
    """What made this turn necessary: the rule of the finding or of the failure that ended the turn before it."""
    feedback: str = ""
    """What the model was told about its last program; empty unless ``mode`` is ``repair``."""
    completion: Completion
    findings: tuple[Finding, ...] = ()
    program: Program | None = None
    execution: Execution | None = None
    answer: Answer | None = None


class Attempt(_Value):
    """A chain of turns: the first try and its repairs. The seed and the model decide it, as far as the server is deterministic."""

    index: int
    seed: int
    turns: tuple[Turn, ...]
    answer: Answer | None = None
    halt_reason: HaltReason

    @property
    def usage(self) -> Usage:
        return sum((turn.completion.usage for turn in self.turns), Usage())


class Vote(_Value):
    """One class of equal answers. An answer computed by a program weighs 1, one boxed in prose less."""

    answer: str
    weight: float
    attempts: tuple[int, ...]


class Recoveries(_Value):
    """What it took to get away from degenerate and broken text, counted over all attempts."""

    resampled: int = 0
    """Texts thrown away and written anew from a clean context."""
    other_language: int = 0
    """Of these, with a prompt in the other language."""
    last_resort: int = 0
    """Of these, as one last try in prose."""
    repaired: int = 0
    """Errors of a program that were fed back."""
    api: int = 0
    """Of these, for a name or a call that does not exist."""
    explanations_dropped: int = 0
    """Explanations that were degenerate, so that only the answer was kept."""
    by_kind: dict[FindingKind, int] = {}
    """Turns that ended with a hard finding, by its kind."""


class ModelInfo(_Value):
    """Which model answered, and where."""

    name: str
    backend: Literal["embedded", "endpoint", "langchain"]
    url: str = ""


class Solution(_Value):
    """What solving returns: an answer or an abstention, and everything that led there."""

    version: Literal[1] = 1
    problem_id: str
    problem: Problem
    status: Literal["answered", "abstained"]
    answer: str | None = None
    answer_exact: str | None = None
    """sympy's srepr, where the answer is an expression that sympy knows."""
    answer_latex: str | None = None
    answer_boxed: str | None = None
    explanation: str | None = None
    explanation_findings: tuple[Finding, ...] = ()
    """What was found in the explanation; where it was dropped, why."""
    recoveries: Recoveries = Recoveries()
    answer_unit: str | None = None
    """The unit that the problem asks for; ``answer`` is without it."""
    halt_reason: VoteReason | HaltReason
    """Answered: why no more attempts were made. Abstained: `disagreement`, or why the last attempt ended."""
    votes: tuple[Vote, ...] = ()
    agreement: float = Field(default=0.0, ge=0, le=1)
    """The winner's share of the votes of all attempts that ran; one without an answer counts against it."""
    attempts: tuple[Attempt, ...] = ()
    usage: Usage = Usage()
    seconds: float = 0.0
    model: ModelInfo
    sandbox: Profile | None = None
    config: dict[str, str | int | float | bool | None] = {}
    """The settings of the run, as `SolverConfig` names them."""

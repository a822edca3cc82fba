"""Settings of the solver: flat, frozen, every field documented. The environment is read at the command line's edge only."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["SolverConfig"]


class SolverConfig(BaseModel):
    """How a problem is solved."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    samples: int = Field(default=1, ge=1, le=1024)
    """Attempts at most; ``stop`` says when fewer are made."""
    stop: Literal["agreed", "settled", "never"] = "agreed"
    """When to make fewer attempts than ``samples``. settled: no attempt left can change the winner. agreed: or they agree so well
    that ``confidence`` is reached. never: all are made."""
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    """How probable it must be that the leading answer is the model's most frequent one (`agent.stages.vote.confidence`): at 0.95,
    four programs that agree, or six against one."""
    min_agreement: float = Field(default=0.0, ge=0, le=1)
    """Abstain where the winner's share of the attempts is below this. 0: any answer that a sound text gave is given."""
    last_resort: bool = True
    """Where no program came to anything: one last try in prose, whose answer weighs less."""
    strategy: Literal["program", "hybrid", "cot"] = "program"
    """program: a program at once. hybrid: reasoning in prose, then a program. cot: reasoning and a boxed answer, no program."""
    screen: bool = True
    """Look for degenerate text and recover from it. Off is for measuring what that is worth."""
    max_repairs: int = Field(default=2, ge=0, le=10)
    """Times that an error is fed back within one attempt."""
    max_resamples: int = Field(default=2, ge=0, le=10)
    """Times that degenerate text is thrown away and written anew within one attempt."""
    max_turns: int = Field(default=6, ge=1, le=50)
    """Completions within one attempt, of whatever kind."""
    temperature: float | None = Field(default=None, ge=0, le=2)
    """None: 0 for a single sample, 0.7 for several. Resampling never goes below 0.7."""
    top_p: float = Field(default=0.95, gt=0, le=1)
    """Nucleus sampling, where the temperature is above 0."""
    seed: int = Field(default=0, ge=0, lt=2**31)
    """Each attempt and each turn derives its own from it."""
    max_tokens: int = Field(default=1024, ge=16)
    """Tokens that one completion may have."""
    token_budget: int = Field(default=4096, ge=16)
    """Tokens that the completions of one attempt may have together."""
    timeout_s: float | None = Field(default=None, gt=0)
    """Seconds for the whole problem; None for no limit. What has been found by then is answered."""
    program_s: float = Field(default=10.0, gt=0, le=3600)
    """Seconds for one program."""
    memory_mb: int = Field(default=512, ge=32)
    """MiB for one program."""
    language: Literal["auto", "en", "ja"] = "auto"
    """Language of the prompt and of the explanation; auto: Japanese where the problem holds Japanese characters."""
    explain: bool = False
    """Have the model explain the answer, in the problem's language."""

    @property
    def sampling_temperature(self) -> float:
        if self.temperature is not None:
            return self.temperature
        return 0.0 if self.samples == 1 else 0.7

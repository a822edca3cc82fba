"""What further turns are worth: accuracy after each turn, what it gained, what it lost, and what it cost.

Looked at within an attempt; the vote over attempts is in `benchmarks.attempts`. An undecided answer is not right.
"""

from __future__ import annotations

from collections import Counter

from pydantic import BaseModel, ConfigDict

from benchmarks.records import GradedAttempt
from benchmarks.share import Share

__all__ = ["AfterTurn", "TurnPoint", "TurnTally"]


class AfterTurn(BaseModel):
    """What one turn did, in first attempts or in all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    accuracy: Share
    """Problems whose answer taken by then is right, had the agent stopped after this turn; an attempt that ended before keeps what
    it took. Over all attempts: the mean of the problems' shares; ``n`` counts problems, as attempts at one are alike."""
    reached: int
    """Attempts that had this turn."""
    gained: int
    """Attempts with no right answer before this turn (for turn 0: at all) and a right one after it."""
    lost: int
    """Attempts that this turn cost a right answer: the turn before held one that was not taken, or one had been taken and this turn
    put another in its place; and the attempt ended with no right one."""
    tokens: int
    """Tokens that these turns wrote."""


class TurnPoint(BaseModel):
    """One turn, from 0."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    turn: int
    first: AfterTurn
    """The first attempt at each problem."""
    every: AfterTurn
    """All attempts."""


class _Side:
    """Counts of first attempts, or of all."""

    def __init__(self) -> None:
        self.steps: Counter[tuple[int, int]] = Counter()  # turn, attempts at the problem → by how much more are right
        self.reached: Counter[int] = Counter()
        self.gained: Counter[int] = Counter()
        self.lost: Counter[int] = Counter()
        self.tokens: Counter[int] = Counter()

    def add(self, attempt: GradedAttempt, of: int) -> None:
        right = False
        after = []
        for number, turn in enumerate(attempt.turns):
            now = turn.outcome == "right" if turn.taken else right
            self.steps[number, of] += now - right
            self.gained[number] += now and not right
            self.reached[number] += 1
            self.tokens[number] += turn.completion_tokens
            after.append(now)
            right = now
        if right:
            return
        for number in range(1, len(after)):
            before = attempt.turns[number - 1]
            held = before.outcome == "right" and not before.taken
            replaced = after[number - 1] and not after[number]
            self.lost[number] += held or replaced

    def after(self, turn: int, problems: int) -> AfterTurn:
        sizes = {of for _, of in self.steps}
        hits = sum(sum(self.steps[step, of] for step in range(turn + 1)) / of for of in sorted(sizes))
        return AfterTurn(
            accuracy=Share.of(hits, problems),
            reached=self.reached[turn],
            gained=self.gained[turn],
            lost=self.lost[turn],
            tokens=self.tokens[turn],
        )


class TurnTally:
    """Adds problems up, one at a time. A problem without attempts has no right answer after any turn."""

    def __init__(self) -> None:
        self._problems = 0
        self._first, self._every = _Side(), _Side()
        self._dropped = 0

    def add(self, attempts: tuple[GradedAttempt, ...]) -> None:
        self._problems += 1
        if attempts:
            self._first.add(attempts[0], 1)
        for attempt in attempts:
            self._every.add(attempt, len(attempts))
            last = attempt.turns[-1] if attempt.turns else None
            held = last is not None and last.outcome == "right" and not last.taken
            self._dropped += held and attempt.outcome != "right"

    @property
    def dropped(self) -> int:
        """Attempts whose last turn held a right answer that was not taken: lost with no turn to blame."""
        return self._dropped

    def points(self) -> tuple[TurnPoint, ...]:
        turns = max(self._every.reached, default=-1) + 1
        return tuple(
            TurnPoint(
                turn=turn,
                first=self._first.after(turn, self._problems),
                every=self._every.after(turn, self._problems),
            )
            for turn in range(turns)
        )

"""vote: which answer do the attempts agree on, does it deserve to be given, and are more attempts worth their cost?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from agent.config import SolverConfig
from agent.types import Attempt, Vote

__all__ = [
    "FINDING_FACTOR",
    "PROSE_WEIGHT",
    "REPAIR_FACTOR",
    "confidence",
    "deserving",
    "settled",
    "stopped",
    "tally",
    "wave",
    "weight_of",
]

PROSE_WEIGHT = 0.4
"""What an answer boxed in prose weighs against one that a program computed: two of them do not outvote a program."""


REPAIR_FACTOR = FINDING_FACTOR = 0.9
"""How much less the answer of a program weighs that had to be repaired, or whose text had soft findings: enough to decide between
classes of as many answers, too little for two such answers to lose to one. Chosen, not fitted."""


def tally(attempts: Sequence[Attempt], groups: Sequence[int]) -> tuple[Vote, ...]:
    """Votes by class, the winner first. ``groups`` belong to the attempts that have an answer, in order: equal ones are one class.

    A tie goes to the class that was found first.
    """
    classes: dict[int, list[Attempt]] = {}
    answered = sorted((attempt for attempt in attempts if attempt.answer), key=lambda attempt: attempt.index)
    for attempt, group in zip(answered, groups, strict=True):
        classes.setdefault(group, []).append(attempt)
    votes = []
    for members in classes.values():
        answers = [member.answer for member in members if member.answer is not None]
        # The class is shown by an exact answer rather than by a decimal one.
        shown = min(answers, key=lambda answer: (answer.source == "prose", "." in answer.text, len(answer.text)))
        votes.append(
            Vote(
                answer=shown.text,
                weight=sum(map(weight_of, members)),
                attempts=tuple(member.index for member in members),
            )
        )
    return tuple(sorted(votes, key=lambda vote: (-vote.weight, vote.attempts[0])))


def weight_of(attempt: Attempt) -> float:
    """What the answer of an attempt weighs: at most 1, less for prose, for each repair and for soft findings in its last text."""
    if attempt.answer is None:
        return 0.0
    weight = 1.0 if attempt.answer.source == "program" else PROSE_WEIGHT
    weight *= REPAIR_FACTOR ** sum(turn.mode == "repair" for turn in attempt.turns)
    return weight * FINDING_FACTOR if attempt.turns and attempt.turns[-1].findings else weight


def settled(votes: Sequence[Vote], *, left: int) -> bool:
    """Whether no outcome of the ``left`` attempts can change the winner."""
    if left == 0:
        return True
    leader, second = _leaders(votes)
    return leader > second + left


def confidence(votes: Sequence[Vote]) -> float:
    """How probable it is that the leading answer is the one that the model gives more often than the second, 0.5 to 1.

    The Beta criterion of Adaptive-Consistency (P. Aggarwal, A. Madaan, Y. Yang, Mausam, EMNLP 2023, arXiv:2305.11860): with v1 and
    v2 votes for the two, 1 - I(1/2; v1 + 1, v2 + 1), the regularized incomplete beta function. Weights stand in for votes here,
    so that weak votes count as less evidence.
    """
    from mpmath import betainc

    leader, second = _leaders(votes)
    return float(1 - betainc(leader + 1, second + 1, 0, 0.5, regularized=True))


def stopped(votes: Sequence[Vote], *, left: int, config: SolverConfig) -> Literal["settled", "agreed"] | None:
    """Why no more attempts are made although there could be; None: go on. Which rules apply, ``config.stop`` says."""
    if config.stop != "never" and settled(votes, left=left):
        return "settled"
    if config.stop == "agreed" and confidence(votes) >= config.confidence:
        return "agreed"
    return None


def wave(votes: Sequence[Vote], *, left: int, config: SolverConfig) -> int:
    """How many attempts to start at once: the fewest that could end the vote, should all of them agree."""
    if config.stop == "never":
        return left
    leader = votes[0] if votes else Vote(answer="", weight=0.0, attempts=())
    for size in range(1, left):
        grown = (leader.model_copy(update={"weight": leader.weight + size}), *votes[1:])
        if stopped(grown, left=left - size, config=config):
            return size
    return left


def deserving(votes: Sequence[Vote], *, attempts: int, config: SolverConfig) -> bool:
    """Whether the winner is answered: there is one, and its share of the attempts is not below ``config.min_agreement``."""
    return bool(votes) and votes[0].weight / attempts >= config.min_agreement


def _leaders(votes: Sequence[Vote]) -> tuple[float, float]:
    return votes[0].weight if votes else 0.0, votes[1].weight if len(votes) > 1 else 0.0

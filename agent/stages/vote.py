"""vote: which answer do the attempts agree on, and can the attempts that are left still change that?"""

from __future__ import annotations

from collections.abc import Sequence

from agent.answers import Reading
from agent.types import Attempt, Vote

__all__ = ["PROSE_WEIGHT", "settled", "tally", "wave"]

PROSE_WEIGHT = 0.4
"""What an answer boxed in prose weighs against one that a program computed: two of them do not outvote a program."""


def tally(attempts: Sequence[Attempt], readings: Sequence[Reading]) -> tuple[Vote, ...]:
    """Votes by class, the winner first. ``readings`` belong to the attempts that have an answer, in order.

    A tie goes to the class that was found first.
    """
    classes: dict[int, list[Attempt]] = {}
    answered = sorted((attempt for attempt in attempts if attempt.answer), key=lambda attempt: attempt.index)
    for attempt, reading in zip(answered, readings, strict=True):
        classes.setdefault(reading.group, []).append(attempt)
    votes = []
    for members in classes.values():
        answers = [member.answer for member in members if member.answer is not None]
        # The class is shown by an exact answer rather than by a decimal one.
        shown = min(answers, key=lambda answer: (answer.source == "prose", "." in answer.text, len(answer.text)))
        votes.append(
            Vote(
                answer=shown.text,
                weight=sum(1.0 if answer.source == "program" else PROSE_WEIGHT for answer in answers),
                attempts=tuple(member.index for member in members),
            )
        )
    return tuple(sorted(votes, key=lambda vote: (-vote.weight, vote.attempts[0])))


def settled(votes: Sequence[Vote], *, left: int) -> bool:
    """Whether no outcome of the ``left`` attempts can change the winner."""
    if left == 0:
        return True
    leader = votes[0].weight if votes else 0.0
    second = votes[1].weight if len(votes) > 1 else 0.0
    return leader > second + left


def wave(votes: Sequence[Vote], *, left: int) -> int:
    """How many attempts to start at once: the fewest that could settle the vote, should all of them agree."""
    leader = votes[0].weight if votes else 0.0
    second = votes[1].weight if len(votes) > 1 else 0.0
    return max(1, min(left, int((second + left - leader) // 2) + 1)) if left else 0

"""vote: which answer do the attempts agree on, and can the attempts that are left still change that?"""

from __future__ import annotations

from collections.abc import Sequence

from agent.answers import Reading
from agent.types import Attempt, Vote

__all__ = ["FINDING_FACTOR", "PROSE_WEIGHT", "REPAIR_FACTOR", "settled", "tally", "wave", "weight_of"]

PROSE_WEIGHT = 0.4
"""What an answer boxed in prose weighs against one that a program computed: two of them do not outvote a program."""


REPAIR_FACTOR = FINDING_FACTOR = 0.9
"""How much less the answer of a program weighs that had to be repaired, or whose text had soft findings: enough to decide between
classes of as many answers, too little for two such answers to lose to one. Chosen, not fitted."""


def tally(
    attempts: Sequence[Attempt], readings: Sequence[Reading], groups: Sequence[int] | None = None
) -> tuple[Vote, ...]:
    """Votes by class, the winner first. ``readings`` belong to the attempts that have an answer, in order.

    ``groups``, where given, say which answers are of one class, in place of the readings. A tie goes to the class that was found
    first.
    """
    groups = [reading.group for reading in readings] if groups is None else groups
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
    leader = votes[0].weight if votes else 0.0
    second = votes[1].weight if len(votes) > 1 else 0.0
    return leader > second + left


def wave(votes: Sequence[Vote], *, left: int) -> int:
    """How many attempts to start at once: the fewest that could settle the vote, should all of them agree."""
    leader = votes[0].weight if votes else 0.0
    second = votes[1].weight if len(votes) > 1 else 0.0
    return max(1, min(left, int((second + left - leader) // 2) + 1)) if left else 0

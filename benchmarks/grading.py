"""Grading: what a solution is worth against the gold answers, down to each turn, and why it is not right where it is not.

Also the answers of turns that were thrown away are graded: that is how a repair, or a detector, is seen to lose a right one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from agent.equivalence import Comparer, Pair, Verdict
from agent.equivalence.unwrapping import mathematical, unwrap
from agent.errors import SangakuError
from agent.stages.judge import judge, judge_prose
from agent.stages.screen import screen
from agent.stages.vote import weight_of
from agent.types import Answer, Attempt, Solution, Turn
from benchmarks.problem_sets import Item
from benchmarks.records import Failure, Graded, GradedAttempt, GradedTurn, TurnOutcome
from sandbox import SandboxError, Status

__all__ = ["failed", "grade"]

_OUTCOMES: Final[dict[str, TurnOutcome]] = {"equal": "right", "different": "wrong", "undecided": "undecided"}
_STATUS: Final = {
    Status.SYNTAX_ERROR: "syntax",
    Status.POLICY: "policy",
    Status.TIME_LIMIT: "time",
    Status.MEMORY_LIMIT: "memory",
    Status.OUTPUT_LIMIT: "output",
    Status.PROCESS_LIMIT: "process",
    Status.KILLED: "killed",
}
_ERROR = re.compile(r"^(?:[\w.]*\.)?([A-Z]\w*(?:Error|Exception|Interrupt|Exit|Warning|Iteration)|[A-Z]\w+)(?::|$)")


async def grade(item: Item, strategy: str, solution: Solution, comparer: Comparer) -> Graded:
    """Raises `SandboxError` where answers cannot be compared because the sandbox fails."""
    held = [[_held(turn) for turn in attempt.turns] for attempt in solution.attempts]
    texts = [solution.answer or "", *(text for turns in held for text in turns)]
    verdicts = await _compared(item, texts, comparer)
    groups = {index: min(vote.attempts) for vote in solution.votes for index in vote.attempts}
    attempts = tuple(
        _attempt(attempt, texts_of, verdicts, groups.get(attempt.index, -1))
        for attempt, texts_of in zip(solution.attempts, held, strict=True)
    )
    verdict = verdicts.get(solution.answer or "")
    outcome = _OUTCOMES[verdict.outcome] if verdict else "abstained"
    return Graded(
        set=item.set,
        id=item.id,
        strategy=strategy,
        category=item.category,
        level=item.level,
        language=solution.problem.language,
        outcome="abstained" if outcome == "none" else outcome,
        answer=solution.answer,
        gold=item.gold,
        rule=verdict.rule if verdict else "",
        cause=_cause(solution, attempts, outcome),
        agreement=round(solution.agreement, 6),
        prompt_tokens=solution.usage.prompt_tokens,
        completion_tokens=solution.usage.completion_tokens,
        findings=_findings(solution),
        attempts=attempts,
    )


def failed(item: Item, strategy: str, error: SangakuError, *, tries: int) -> tuple[Graded, Failure]:
    """The record of a problem that our side failed on: nothing is known about the answer."""
    graded = Graded(
        set=item.set,
        id=item.id,
        strategy=strategy,
        category=item.category,
        level=item.level,
        language=item.problem.language,
        outcome="failed",
        gold=item.gold,
        cause="sandbox_unavailable" if isinstance(error, SandboxError) else "model_unavailable",
    )
    return graded, Failure(type=type(error).__name__, message=error.message, tries=tries)


def _held(turn: Turn) -> str:
    """The answer that the turn's program printed, or its text boxed; empty where there is none."""
    if turn.answer is not None:
        return turn.answer.text
    if turn.execution is not None:
        if turn.execution.ok:
            verdict = judge(turn.execution)
            return verdict.text if isinstance(verdict, Answer) else ""
        lines = [line for line in turn.execution.stdout.splitlines() if line.strip()]
        text = unwrap(lines[-1]) if lines else ""
        return text if text and mathematical(text) else ""
    boxed = judge_prose(turn.completion)
    return boxed.text if isinstance(boxed, Answer) else ""


async def _compared(item: Item, texts: Sequence[str], comparer: Comparer) -> dict[str, Verdict]:
    distinct = [text for text in dict.fromkeys(texts) if text]
    pairs = [Pair(gold=item.gold, predicted=text, mode=item.mode) for text in distinct]
    return dict(zip(distinct, await comparer.compare(pairs), strict=True))


def _attempt(attempt: Attempt, held: Sequence[str], verdicts: dict[str, Verdict], group: int) -> GradedAttempt:
    turns = tuple(_turn(turn, verdicts.get(text)) for turn, text in zip(attempt.turns, held, strict=True))
    taken = next((graded for graded in reversed(turns) if graded.taken), None)
    return GradedAttempt(
        outcome=taken.outcome if taken is not None else "none",
        group=group,
        weight=round(weight_of(attempt), 6),
        turns=turns,
    )


def _turn(turn: Turn, verdict: Verdict | None) -> GradedTurn:
    outcome = _OUTCOMES[verdict.outcome] if verdict is not None else "none"
    return GradedTurn(
        mode=turn.mode,
        strategy=turn.strategy,
        outcome=outcome,
        taken=turn.answer is not None,
        cause=_turn_cause(turn, outcome),
        completion_tokens=turn.completion.usage.completion_tokens,
    )


def _turn_cause(turn: Turn, outcome: TurnOutcome) -> str:
    if turn.answer is not None:
        return {"right": "", "wrong": "wrong_value"}.get(outcome, "undecided")
    if turn.completion.finish_reason == "deadline":
        return "deadline"
    hard = next((finding for finding in turn.findings if finding.severity == "hard"), None)
    if hard is not None and hard.kind not in ("api", "program"):
        return f"degenerate:{hard.kind}"
    if turn.execution is not None and not turn.execution.ok:
        return _STATUS.get(turn.execution.status) or f"runtime:{_error(turn.execution.stderr)}"
    if hard is not None and hard.kind == "api":
        return "unknown_api"
    if turn.program is None:
        return "no_answer" if turn.strategy == "cot" else "no_program"
    if turn.execution is None:
        return "syntax" if hard is not None and hard.rule == "syntax" else "policy"
    return "no_answer"


def _error(stderr: str) -> str:
    """The class of the exception that ended a program."""
    for line in reversed(stderr.splitlines()):
        if found := _ERROR.match(line.strip()):
            return found[1]
    return "Error"


def _cause(solution: Solution, attempts: Sequence[GradedAttempt], outcome: str) -> str:
    match outcome:
        case "right":
            return ""
        case "wrong":
            return "wrong_value"
        case "undecided":
            return "undecided"
    if solution.votes:
        return "disagreement"
    last = attempts[-1].turns[-1] if attempts and attempts[-1].turns else None
    return last.cause if last is not None else "no_answer"


def _findings(solution: Solution) -> tuple[str, ...]:
    """Kinds of hard findings: those that the agent made, or, where it did not screen, those that it would have made."""
    found = {
        finding.kind
        for attempt in solution.attempts
        for turn in attempt.turns
        for finding in turn.findings
        if finding.severity == "hard"
    }
    if not solution.config.get("screen", True):
        found |= {
            finding.kind
            for attempt in solution.attempts
            for turn in attempt.turns
            for finding in screen(turn.completion, solution.problem)
            if finding.severity == "hard"
        }
    return tuple(sorted(found))

"""What a row of the page shows when it is opened: a record as JSON text, with every attempt and turn.

Covers the shape that ``assets/detail.js`` reads. Nothing is escaped here beyond JSON: the page makes text nodes of it, never HTML.
"""

from __future__ import annotations

from itertools import zip_longest

from agent.types import Attempt, Finding, Turn
from benchmarks.records import GradedAttempt, GradedTurn, Record
from benchmarks.report.blocks import as_json

__all__ = ["detail", "units"]


def detail(record: Record) -> str:
    """One record as JSON."""
    graded, solution = record.graded, record.solution
    shown: dict[str, object] = {
        "rule": graded.rule,
        "seconds": record.seconds,
        "model_s": record.model_s,
        "sandbox_s": record.sandbox_s,
        "agreement": graded.agreement,
        "prompt_tokens": graded.prompt_tokens,
    }
    if record.failure is not None:
        shown["failure"] = record.failure.model_dump()
    if solution is not None:
        explanation = solution.explanation or ""
        shown |= {
            "latex": solution.answer_latex,
            "exact": solution.answer_exact,
            "halt": solution.halt_reason,
            "explanation": explanation,
            "explanation_findings": [_finding(one, explanation) for one in solution.explanation_findings],
            "votes": [[vote.answer, vote.weight, list(vote.attempts)] for vote in solution.votes],
        }
    whole = solution.attempts if solution is not None else ()
    shown["attempts"] = [_attempt(one, its) for one, its in zip_longest(whole, graded.attempts)]
    return as_json(shown)


def _attempt(attempt: Attempt | None, graded: GradedAttempt | None) -> dict[str, object]:
    turns = attempt.turns if attempt is not None else ()
    judged = graded.turns if graded is not None else ()
    shown: dict[str, object] = {"turns": [_turn(one, its) for one, its in zip_longest(turns, judged)]}
    if attempt is not None:
        answer = attempt.answer
        shown |= {"seed": attempt.seed, "halt": attempt.halt_reason, "answer": answer.text if answer else None}
    if graded is not None:
        shown |= {"outcome": graded.outcome, "group": graded.group, "weight": graded.weight}
    return shown


def _turn(turn: Turn | None, graded: GradedTurn | None) -> dict[str, object]:
    shown: dict[str, object] = {}
    if graded is not None:
        shown |= graded.model_dump(exclude={"completion_tokens"}) | {"tokens": graded.completion_tokens}
    if turn is None:
        return shown
    text = turn.completion.text
    shown |= {
        "mode": turn.mode,
        "strategy": turn.strategy,
        "seed": turn.seed,
        "temperature": turn.temperature,
        "language": turn.language,
        "because": turn.because,
        "feedback": turn.feedback,
        "text": text,
        "finish": turn.completion.finish_reason,
        "tokens": turn.completion.usage.completion_tokens,
        "estimated": turn.completion.usage.estimated,
        "seconds": turn.completion.seconds,
        "findings": [_finding(one, text) for one in turn.findings],
    }
    if turn.program is not None:
        source = turn.program.source
        at = text.find(source) if source else -1
        # Most programs stand in the text word for word: where, is enough.
        shown["program"] = source if at < 0 else [units(text, at), units(text, at + len(source))]
    if turn.execution is not None:
        shown["execution"] = turn.execution.model_dump(mode="json")
    if turn.answer is not None:
        shown["answer"] = [turn.answer.text, turn.answer.source]
    return shown


def _finding(finding: Finding, text: str) -> list[object]:
    start, end = units(text, finding.start), units(text, finding.end)
    return [finding.kind, finding.rule, finding.severity, finding.message, start, end]


def units(text: str, offset: int) -> int:
    """An offset in characters as JavaScript counts: characters beyond the basic plane are two."""
    if text.isascii():
        return offset
    return offset + sum(character > "\uffff" for character in text[:offset])

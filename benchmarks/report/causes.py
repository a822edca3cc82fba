"""Why answers are not right, as stacked bars: causes in families, so that a bar has parts that can be told apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from benchmarks.report.figures import Entry
from benchmarks.report.frame import Key
from benchmarks.report.markup import Markup
from benchmarks.report.plots import Bar, Part, bars

__all__ = ["breakdown", "family"]

_FAMILIES = (
    ("right", "k-right"),
    ("wrong value", "k-0"),
    ("runtime error", "k-1"),
    ("no such name, syntax, policy", "k-2"),
    ("degenerate text", "k-3"),
    ("no program, no answer", "k-4"),
    ("time", "k-5"),
    ("other limits", "k-6"),
    ("undecided", "k-undecided"),
    ("failed (model or sandbox)", "k-failed"),
    ("other", "k-rest"),
)
_OF = {
    "": "other",
    "wrong_value": "wrong value",
    "unknown_api": "no such name, syntax, policy",
    "syntax": "no such name, syntax, policy",
    "policy": "no such name, syntax, policy",
    "no_program": "no program, no answer",
    "no_answer": "no program, no answer",
    "time": "time",
    "deadline": "time",
    "memory": "other limits",
    "output": "other limits",
    "process": "other limits",
    "killed": "other limits",
    "undecided": "undecided",
    "model_unavailable": "failed (model or sandbox)",
    "sandbox_unavailable": "failed (model or sandbox)",
}


def family(cause: str) -> str:
    """The family of a cause as `GradedTurn` names it."""
    if cause.startswith("runtime:"):
        return "runtime error"
    if cause.startswith("degenerate:"):
        return "degenerate text"
    return _OF.get(cause, "other")


def breakdown(entries: Sequence[Entry]) -> Markup | None:
    """A bar for each entry, all its problems; None where there is nothing to show."""
    drawn, seen = [], set()
    for one in entries:
        counts = Counter({"right": one.summary.right})
        causes: dict[str, list[str]] = {}
        for cause, number in one.causes.most_common():
            counts[family(cause)] += number
            causes.setdefault(family(cause), []).append(f"{cause or 'not said'} {number:,}")
        total = sum(counts.values())
        if not total:
            continue
        parts = []
        for name, class_ in _FAMILIES:
            if counts[name]:
                seen.add(name)
                detail = f" ({', '.join(causes[name][:6])})" if name in causes else ""
                note = f"{one.label}: {name} {counts[name]:,} of {total:,}{detail}"
                parts.append(Part(counts[name] / total, class_, note))
        drawn.append(Bar(one.label, tuple(parts)))
    if not drawn:
        return None
    return bars(
        title="What came of the problems",
        description="All problems by outcome, what is not right by its cause.",
        bars=drawn,
        keys=[Key(name, None, class_) for name, class_ in _FAMILIES if name in seen],
        axis="share of problems",
    )

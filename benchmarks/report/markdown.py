"""The results as Markdown: what one pastes into a README or an issue."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.cli.clean import clean
from benchmarks.report.causes import family
from benchmarks.report.figures import Contender, Share, told_percent
from benchmarks.report.summary import amount

__all__ = ["cell", "markdown"]

_ACTIVE = re.compile(r"([\\`*_{}\[\]<>|#$~&!@])")


def cell(words: str) -> str:
    """Words in a table or a sentence: no pipe, newline or HTML of theirs means anything."""
    return _ACTIVE.sub(r"\\\1", clean(" ".join(words.split()))).replace("\\<", "&lt;").replace("\\&", "&amp;")


def markdown(
    *, title: str, facts: Sequence[tuple[str, str]], contenders: Sequence[Contender], sentences: Sequence[str]
) -> str:
    """Tables with intervals, then the comparisons."""
    parts = [f"## {cell(title)}"]
    if facts:
        parts.append("\n".join(f"- {cell(name)}: {cell(value)}" for name, value in facts))
    parts.append(_table(_HEAD, [_row(one) for one in contenders]))
    for name, what in (("maj@k", "majority"), ("pass@k", "passed")):
        curves = {one.label: dict(getattr(one, what)) for one in contenders if len(getattr(one, what)) > 1}
        if curves:
            ks = sorted({k for curve in curves.values() for k in curve})
            rows = [[cell(label), *(_share(curve.get(k)) for k in ks)] for label, curve in curves.items()]
            parts.append(_table([name, *(str(k) for k in ks)], rows))
    for what in ("category", "level", "set"):
        words = sorted({word for one in contenders for word in one.by.get(what, {})})
        if len(words) > 1:
            rows = [
                [cell(word) or "(none)", *(_share(one.by.get(what, {}).get(word), n=True) for one in contenders)]
                for word in words
            ]
            parts.append(_table([what, *(cell(one.label) for one in contenders)], rows))
    if causes := _causes(contenders):
        parts.append(causes)
    if sentences:
        parts.append("\n".join(f"- {cell(sentence)}" for sentence in sentences))
    return "\n\n".join(parts) + "\n"


_HEAD = [
    "strategy",
    "right",
    "95% interval",
    "n",
    "tokens",
    "tokens per right",
    "seconds",
    "abstained",
    "undecided",
    "failed",
]


def _row(one: Contender) -> list[str]:
    return [
        cell(one.label),
        told_percent(one.accuracy.value),
        one.accuracy.interval,
        f"{one.accuracy.n:,}",
        amount(one.tokens.value),
        "—" if one.tokens_per_right is None else amount(one.tokens_per_right),
        f"{one.seconds:.1f}",
        *(f"{one.outcomes.get(name, 0):,}" for name in ("abstained", "undecided", "failed")),
    ]


def _causes(contenders: Sequence[Contender]) -> str:
    names = sorted({family(cause) for one in contenders for cause in one.causes})
    rows = [
        [
            cell(one.label),
            *(f"{sum(n for cause, n in one.causes.items() if family(cause) == name):,}" for name in names),
        ]
        for one in contenders
    ]
    return _table(["why not right", *names], rows) if names else ""


def _share(share: Share | None, *, n: bool = False) -> str:
    if share is None:
        return "—"
    return f"{told_percent(share.value)} ({told_percent(share.low)} to {told_percent(share.high)}{f'; n = {share.n:,}' if n else ''})"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|---|{'---:|' * (len(head) - 1)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])

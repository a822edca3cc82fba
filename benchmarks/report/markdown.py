"""The results as Markdown: what one pastes into a README or an issue."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.cli.clean import clean
from benchmarks.report.causes import family
from benchmarks.report.figures import GROUPINGS, Entry, amount, interval, told
from benchmarks.share import Share

__all__ = ["cell", "markdown"]

_ACTIVE = re.compile(r"([\\`*_{}\[\]|#$~!@])")


def cell(words: str) -> str:
    """Words in a table or a sentence: no pipe, newline, mark-up or HTML of theirs means anything."""
    bare = _ACTIVE.sub(r"\\\1", clean(" ".join(words.split())))
    return bare.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def markdown(
    *, title: str, facts: Sequence[tuple[str, str]], entries: Sequence[Entry], sentences: Sequence[str]
) -> str:
    """Tables with intervals, then the comparisons."""
    parts = [f"## {cell(title)}"]
    if facts:
        parts.append("\n".join(f"- {cell(name)}: {cell(value)}" for name, value in facts))
    parts.append(_table(_HEAD, [_row(one) for one in entries]))
    if sentences:
        parts.append("\n".join(f"- {cell(sentence)}" for sentence in sentences))
    for name in ("maj@k", "pass@k"):
        parts.append(_curves(entries, name))
    for what in GROUPINGS:
        groups = [one.groups(what) for one in entries]
        names = list(dict.fromkeys(name for some in groups for name in some))
        if len(names) > 1:
            rows = [
                [
                    cell(name) or f"(no {what})",
                    *(_share(some[name].accuracy, n=True) if name in some else "—" for some in groups),
                ]
                for name in names
            ]
            parts.append(_table([what, *(cell(one.label) for one in entries)], rows))
    parts.append(_causes(entries))
    return "\n\n".join(part for part in parts if part) + "\n"


_HEAD = [
    "strategy", "right", "95% interval", "n", "tokens", "tokens per right", "seconds", "abstained", "undecided", "failed"
]  # fmt: skip


def _row(one: Entry) -> list[str]:
    summary = one.summary
    return [
        cell(one.label),
        told(summary.accuracy.value),
        interval(summary.accuracy),
        f"{summary.accuracy.n:,}",
        amount(summary.tokens.per_problem),
        amount(summary.tokens.per_right),
        amount(summary.seconds.per_problem if summary.seconds else None, 1),
        f"{summary.abstained:,}",
        f"{summary.undecided:,}",
        f"{summary.failed:,}",
    ]


def _curves(entries: Sequence[Entry], name: str) -> str:
    curves = {
        one.label: {
            point.k: point.share
            for point in (one.summary.attempts.maj_at if name == "maj@k" else one.summary.attempts.pass_at)
        }
        for one in entries
    }
    curves = {label: curve for label, curve in curves.items() if len(curve) > 1}
    if not curves:
        return ""
    ks = sorted({k for curve in curves.values() for k in curve})
    rows = [[cell(label), *(_share(curve.get(k)) for k in ks)] for label, curve in curves.items()]
    return _table([name, *(str(k) for k in ks)], rows)


def _causes(entries: Sequence[Entry]) -> str:
    names = sorted({family(cause) for one in entries for cause in one.causes})
    rows = [
        [
            cell(one.label),
            *(f"{sum(n for cause, n in one.causes.items() if family(cause) == name):,}" for name in names),
        ]
        for one in entries
    ]
    return _table(["why not right", *names], rows) if names else ""


def _share(share: Share | None, *, n: bool = False) -> str:
    if share is None or share.value is None:
        return "—"
    return f"{told(share.value)} ({interval(share)}{f'; n = {share.n:,}' if n else ''})"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|---|{'---:|' * (len(head) - 1)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])

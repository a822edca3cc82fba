"""screen: is this text fit to be read on? Twice asked: while it is written (`Watch`), and when it is whole (`screen`)."""

from __future__ import annotations

from agent.degeneracy.drift import drift
from agent.degeneracy.lexicon import Lexicon, shipped
from agent.degeneracy.mask import Masked, mask
from agent.degeneracy.programs import api_in_text
from agent.degeneracy.repetition import loop, repetition, tail_cycle
from agent.degeneracy.script import script
from agent.degeneracy.terms import terms
from agent.degeneracy.truncation import collapse, truncation
from agent.types import Completion, Finding, Problem
from sandbox import NameIndex

__all__ = ["Watch", "screen"]

_STEP = 24
"""Characters between two looks at a growing text for a cycle: one costs at most this much more."""
_SCRIPT_STEP, _SCRIPT_TAIL = 60, 300
"""Characters between two looks for foreign script and walls, and those that are looked at."""
_LOOP_STEP, _LOOP_TAIL, _LOOP_LEAST = 150, 800, 400
"""Characters between two looks for a loop that is no exact cycle, those that are looked at, and of a text before the first look."""


def screen(
    completion: Completion,
    problem: Problem,
    *,
    lexicon: Lexicon | None = None,
    names: NameIndex | None = None,
    reader: bool = False,
    cut: Finding | None = None,
) -> tuple[Finding, ...]:
    """All findings of the whole text in its order; a hard one means that it must leave the context.

    ``cut`` is why the watch ended the text, if it did: it looked at other windows than this does. ``reader``: the text is for a
    person, so that another language is hard. ``lexicon`` is the shipped one unless given. With the sandbox's ``names``, the code
    in the text is looked at as well; the agent does that in `check`.
    """
    masked = mask(completion.text, problem.text)
    found = [*collapse(masked)]
    if (repeated := repetition(masked, problem.language)) is not None:
        found.append(repeated)
    if (broken := truncation(completion, masked)) is not None:
        found.append(broken)
    found += _spared(script(masked, problem.text, problem.language, reader=reader), masked)
    found += terms(masked, problem.text, shipped() if lexicon is None else lexicon)
    if (left := drift(masked, problem.text, problem.language)) is not None:
        found.append(left)
    if names is not None:
        found += api_in_text(masked, names)
    if completion.finish_reason == "cut" and not any(finding.severity == "hard" for finding in found):
        found.append(cut or _ENDED_BY_SERVER.model_copy(update={"end": len(completion.text)}))
    return tuple(sorted(found, key=lambda finding: finding.start))


_ENDED_BY_SERVER = Finding(
    kind="repetition",
    rule="ended_by_server",
    severity="hard",
    message="the server ended the text, since it repeats itself",
)


def _spared(findings: tuple[Finding, ...], masked: Masked) -> list[Finding]:
    """A foreign comment in a program is soft: nobody reads it, and the program may be right."""
    return [
        finding.model_copy(update={"severity": "soft"})
        if any(block.start <= finding.start < block.end for block in masked.blocks)
        else finding
        for finding in findings
    ]


class Watch:
    """Called with the text so far; True as soon as it must not go on. `finding` then says why.

    Looks at the end of the text only, so that a look costs the same however long the text has become.
    """

    def __init__(self, problem: Problem) -> None:
        self.finding: Finding | None = None
        self._problem = problem
        self._seen = {_STEP: 0, _SCRIPT_STEP: 0, _LOOP_STEP: 0}

    def __call__(self, text: str) -> bool:
        if self._due(text, _STEP):
            self.finding = tail_cycle(text)
        if self.finding is None and self._due(text, _SCRIPT_STEP):
            self.finding = self._script(text)
        if self.finding is None and len(text) >= _LOOP_LEAST and self._due(text, _LOOP_STEP):
            start, masked = self._tail(text, _LOOP_TAIL)
            self.finding = _moved(loop(masked), start)
        return self.finding is not None

    def _due(self, text: str, step: int) -> bool:
        if 0 <= len(text) - self._seen[step] < step:
            return False
        self._seen[step] = len(text)
        return True

    def _tail(self, text: str, size: int) -> tuple[int, Masked]:
        """The end of the text, masked, and where it begins."""
        start = max(0, len(text) - size)
        opening = "```\n" if text.count("```", 0, start) % 2 else ""  # the tail begins within a block of code
        # The problem is not masked: what it quotes is in its own language, and looking for it costs most.
        return start - len(opening), mask(opening + text[start:])

    def _script(self, text: str) -> Finding | None:
        start, masked = self._tail(text, _SCRIPT_TAIL)
        found = [*collapse(masked), *_spared(script(masked, self._problem.text, self._problem.language), masked)]
        return _moved(next((finding for finding in found if finding.severity == "hard"), None), start)


def _moved(finding: Finding | None, start: int) -> Finding | None:
    """The finding with offsets into the whole text."""
    if finding is None:
        return None
    return finding.model_copy(update={"start": max(0, finding.start + start), "end": finding.end + start})

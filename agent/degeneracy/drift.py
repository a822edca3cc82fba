"""Drift: has the text left its problem?

Every cut of the text into a first and a second part is looked at: what the second part holds of the problem and of the first part
(words, numbers, symbols), against what is new in it and stays. A logistic model, fitted on genuine solutions and on solutions
that were spliced with others (`benchmarks.degeneracy.fit_drift`), turns that into one number. Words that most solutions use
count nothing.

What `departures` finds goes first. Code is left out: a program brings names of its own.

It is lexical: it does not know that “apples” are “fruit”, and it cannot tell drift from a turn to another method that brings
its own vocabulary. Short texts, and programs without prose, are not judged.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from operator import mul, truediv
from typing import NamedTuple

from pydantic import TypeAdapter

from agent.degeneracy.departures import another_question, lecture
from agent.degeneracy.mask import Block, Masked
from agent.degeneracy.tokens import BOUNDARY, tokens
from agent.types import Finding, Language

__all__ = [
    "MIN_TAIL",
    "Model",
    "best_cut",
    "cuts",
    "drift",
    "features",
    "gather",
    "judged",
    "model",
    "without_code",
]

_TARGETS = (0.25, 0.35, 0.45, 0.55, 0.65, 0.75)
"""Shares of the text near which cuts are tried: at the ends of the sentences next to them."""
MIN_TAIL, MIN_SHARE = 80, 0.2
"""Characters of the second part, and its share of the text, below which it cannot be judged."""
_NEXT = 120
"""Characters behind the cut in which a text that goes on takes up what it had."""
_COMMON = 0.06
"""Share of solutions from which on a word is one of mathematics at large."""


@dataclass(frozen=True)
class Model:
    """What `fit_drift` has found for one language."""

    documents: int
    frequency: dict[str, int]
    """Solutions of the development part that hold a token; those in one only are left out."""
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    soft: float
    hard: float

    def weight(self, key: str, kind: int) -> float:
        """How much a token tells: minus the logarithm of the share of solutions that have it, nothing for common words."""
        share = (self.frequency.get(key, 0) + 0.5) / (self.documents + 1)
        value = 0.0 if share >= _COMMON else -math.log(share)
        return value if kind == 2 else max(value, 0.3)

    @cached_property
    def _plain(self) -> tuple[tuple[float, ...], float]:
        """The weights of values as they are, and what is to be added: the same model without mean and scale."""
        slopes = tuple(map(truediv, self.weights, self.scale))
        return slopes, self.bias - sum(map(mul, slopes, self.mean))

    def score(self, found: list[float]) -> float:
        slopes, bias = self._plain
        return bias + float(sum(map(mul, slopes, found)))


@lru_cache(maxsize=2)
def model(language: Language) -> Model:
    """The fitted model that Sangaku brings."""
    data = json.loads(resources.files("agent.degeneracy").joinpath("drift.json").read_text(encoding="utf-8"))[language]
    return TypeAdapter(Model).validate_python(data)


def drift(masked: Masked, problem: str, language: Language) -> Finding | None:
    """A finding whose span is from where the text leaves its problem to its end; hard where that is beyond doubt."""
    if not problem.strip() or not judged(masked):
        return None
    fitted = model(language)
    told = another_question(masked, problem) or lecture(masked, problem, language, fitted.frequency.__contains__)
    if told is not None:
        return told
    score, cut = best_cut(without_code(masked), problem, fitted)
    if score <= fitted.soft:
        return None
    for block in masked.blocks:  # back to the place in the whole text
        if _opening(masked, block) <= cut:
            cut += _closing(masked, block) - _opening(masked, block)
    return Finding(
        kind="drift",
        rule="left_problem",
        severity="hard" if score > fitted.hard else "soft",
        message="from here on the text has next to nothing of the problem or of what came before",
        start=cut,
        end=len(masked.text),
    )


def judged(masked: Masked) -> bool:
    """Whether there is prose enough: of a program alone, running it tells more."""
    words = masked.outside.split()
    return len(words) > 1 and sum(map(len, words)) >= MIN_TAIL


def without_code(masked: Masked) -> str:
    """The text without its fenced blocks."""
    pieces, position = [], 0
    for block in masked.blocks:
        pieces.append(masked.text[position : _opening(masked, block)])
        position = _closing(masked, block)
    return "".join([*pieces, masked.text[position:]])


def _opening(masked: Masked, block: Block) -> int:
    """Where the line with the block's opening fence begins."""
    return masked.text.rfind("\n", 0, block.start - 1) + 1


def _closing(masked: Masked, block: Block) -> int:
    """The end of the line with the block's closing fence."""
    end = masked.text.find("\n", block.end)
    return len(masked.text) if end < 0 else end


def best_cut(text: str, problem: str, fitted: Model) -> tuple[float, int]:
    """The highest score of any cut, and where it is; minus infinity where the text is too short to be judged."""
    places = cuts(text)
    if not places:
        return -math.inf, 0
    uses = gather(text, problem, fitted)
    return max((fitted.score(features(uses, cut, len(text))), cut) for cut in places)


class Use(NamedTuple):
    """One token and where the text has it."""

    kind: int
    weight: float
    asked: bool
    """The problem has it."""
    starts: list[int]
    derived: bool
    """At its first place, a result that the text has computed."""


def gather(text: str, problem: str, fitted: Model) -> list[Use]:
    """All tokens of the problem and of the text, once each."""
    asked = {token.key: token.kind for token in tokens(problem)}
    uses = {key: Use(kind, fitted.weight(key, kind), True, [], False) for key, kind in asked.items()}
    for token in tokens(text):
        use = uses.get(token.key)
        if use is None:
            use = uses[token.key] = Use(token.kind, fitted.weight(token.key, token.kind), False, [], token.derived)
        use.starts.append(token.start)
    return list(uses.values())


def cuts(text: str) -> list[int]:
    """Ends of sentences near `_TARGETS` that leave enough on both sides."""
    ends = [found.end() for found in BOUNDARY.finditer(text)]
    ends = [end for end in ends if end >= 0.12 * len(text) and len(text) - end >= max(MIN_TAIL, MIN_SHARE * len(text))]
    chosen = set()
    for target in _TARGETS:
        at = bisect_left(ends, target * len(text))
        chosen |= set(ends[max(0, at - 1) : at + 1])
    return sorted(chosen)


def features(uses: list[Use], cut: int, size: int) -> list[float]:
    """What the part behind ``cut`` has in common with the problem and with the part before, as logarithms and shares."""
    new, known, of_problem = [0.0] * 3, [0.0] * 3, [0.0] * 3
    orphans = derived = numbers = numbers_after = numbers_before = different = first_new = first_known = 0
    words = words_after = words_before = stays = kept = gone = 0.0
    for use in uses:
        kind, weight, starts = use.kind, use.weight, use.starts
        before = bisect_left(starts, cut)
        after = len(starts) - before
        familiar = use.asked or before > 0
        if use.asked:
            if kind == 2:
                words += weight
                words_after += weight if after else 0.0
                words_before += weight if before else 0.0
            elif kind == 0:
                numbers += 1
                numbers_after += after > 0
                numbers_before += before > 0
        if kind == 2 and before > 1:
            if after:
                kept += weight
            else:
                gone += weight
        if not after:
            continue
        different += 1
        if familiar:
            known[kind] += weight
            of_problem[kind] += weight if use.asked else 0.0
        else:
            new[kind] += weight
            stays += weight if kind == 2 and after > 1 else 0.0
            if kind == 0:
                orphans += not use.derived
                derived += use.derived
        if starts[before] < cut + _NEXT:
            first_known += familiar
            first_new += not familiar
    values: list[float] = []
    for kind in range(3):
        whole = new[kind] + known[kind]
        values += [
            math.log1p(new[kind]),
            math.log1p(known[kind]),
            math.log1p(of_problem[kind]),
            (new[kind] + 1) / (whole + 2),
            (of_problem[kind] + 0.5) / (whole + 2),
        ]
    return [
        *values,
        words_after / (words + 1),
        words_before / (words + 1),
        numbers_after / (numbers + 1),
        numbers_before / (numbers + 1),
        math.log(size - cut),
        (size - cut) / size,
        math.log1p(different),
        math.log1p(orphans),
        math.log1p(derived),
        math.log1p(stays),
        math.log1p(kept),
        math.log1p(gone),
        (stays + 1) / (stays + kept + 2),
        (first_new + 1) / (first_new + first_known + 2),
    ]

r"""Rewriting: the gold answers of a problem set against themselves in other notation, and against those of other problems.

The rewritings keep the value: other blanks, \dfrac for \frac, delimiters, a box, full-width digits, sides of an equation exchanged,
terms of a sum in another order.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

from benchmarks.equivalence.pairs import Labelled

__all__ = ["rewritten", "shuffled"]

_WIDE = str.maketrans("0123456789+-=()", "０１２３４５６７８９＋－＝（）")
_SUM = re.compile(r"(-?[\w\\{}^.]+)\s*\+\s*([\w\\{}^.]+)")


def rewritten(answers: Sequence[str]) -> Iterator[Labelled]:
    """Each answer in every notation that differs from its own; all equal."""
    for answer in answers:
        for predicted, why in _ways(answer):
            if predicted != answer:
                yield Labelled(gold=answer, predicted=predicted, expected="equal", why=why)


def _ways(answer: str) -> Iterator[tuple[str, str]]:
    yield f"$ {answer} $", "delimiters"
    yield f"\\boxed{{{answer}}}", "a box"
    yield re.sub(r"\\[dt]?frac", r"\\dfrac", answer), "dfrac"
    yield re.sub(r"\\frac(\d)(\d)", r"\\frac{\1}{\2}", re.sub(r"\\[dt]?frac", r"\\frac", answer)), "braces"
    yield re.sub(r"(?<=[\d}])(?=[-+=,])|(?<=[+=,])(?=[\d\\a-z])", " ", answer), "blanks"
    yield f"The answer is {answer}.", "a sentence"
    if "\\" not in answer and answer.isascii():
        yield answer.translate(_WIDE), "full-width"
    if re.fullmatch(r"\\[dt]?frac\{(-?\d+)\}\{(\d+)\}", answer):
        yield re.sub(r"\\[dt]?frac\{(-?\d+)\}\{(\d+)\}", r"\1/\2", answer), "a slash"
    found = _SUM.fullmatch(answer)
    if found and all(part.count("{") == part.count("}") for part in found.groups()):
        yield f"{found[2]}+{found[1]}" if not found[1].startswith("-") else f"{found[2]}{found[1]}", "terms exchanged"


def shuffled(answers: Sequence[str], count: int, seed: int = 0) -> list[Labelled]:
    """Pairs of answers to different problems that differ as texts; those that are equal all the same are for people to look at."""
    draw = random.Random(seed)
    pairs: list[Labelled] = []
    while len(pairs) < count:
        gold, predicted = draw.sample(list(answers), 2)
        if gold != predicted:
            pairs.append(Labelled(gold=gold, predicted=predicted, expected="different", why="another problem's"))
    return pairs

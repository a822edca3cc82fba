"""Quick: plain numbers and equal texts, decided here and now: nothing in them is evaluated, so that no sandbox is needed."""

from __future__ import annotations

import re
from fractions import Fraction

from agent.equivalence.expressing import Expressed
from agent.equivalence.notation import tidy
from agent.equivalence.reading import read
from agent.equivalence.verdict import Pair, Verdict

__all__ = ["expressed", "quick", "tree"]

_NUMBER = re.compile(r"\s*([+-]?)\s*(\d{1,400}(?:\.\d{1,400})?|\.\d{1,400})\s*(?:/\s*(\d{1,400}))?\s*")
_FRACTION = re.compile(r"\s*([+-]?)\s*\\frac\{\s*(-?\d{1,400})\s*\}\{\s*(\d{1,400})\s*\}\s*")


def quick(pair: Pair) -> Verdict | None:
    """Plain numbers and words need no sandbox: nothing in them is evaluated."""
    if not pair.gold or not pair.predicted.strip():
        return Verdict(outcome="undecided", rule="there is no answer")
    predicted, golds = number(pair.predicted), [number(gold) for gold in pair.gold]
    if predicted is not None and all(gold is not None for gold in golds):
        told = {"gold": str(golds[0]), "predicted": str(predicted)}
        if predicted in golds:
            return Verdict(outcome="equal", rule="the same number", **told)
        if "." not in pair.predicted + "".join(pair.gold):
            return Verdict(outcome="different", rule="other numbers", **told)
    if any(gold.strip() == pair.predicted.strip() for gold in pair.gold) and read(pair.predicted):
        return Verdict(outcome="equal", rule="the same text", gold=tidy(pair.gold[0]), predicted=tidy(pair.predicted))
    return None


def number(text: str) -> Fraction | None:
    """A plain number: digits with or without a point, or one fraction of such."""
    if len(text) > 900:
        return None
    bare = tidy(text)
    for pattern in (_NUMBER, _FRACTION):
        if found := pattern.fullmatch(bare):
            value = Fraction(found[2])
            if found[3]:
                if not int(found[3]):
                    return None
                value /= Fraction(found[3])
            return -value if found[1] == "-" else value
    return None


def tree(leaf: str) -> list[object] | None:
    """The tree of a leaf that is a number or a letter, for which no parser is needed."""
    if re.fullmatch(r"[A-DF-HJ-Za-df-hj-z]", leaf):
        return ["s", leaf]
    if leaf in ("\\pi", "\\pi "):
        return ["c", "Pi"]
    value = number(leaf) if "/" not in leaf else None
    if value is None:
        return None
    if value.denominator == 1:
        return ["i", str(value.numerator)]
    return ["q", str(value.numerator), str(value.denominator)]


def expressed(text: str) -> Expressed | None:
    """A whole number or a fraction of whole numbers as a Solution holds it; None for all else."""
    value = number(text)
    if value is None or "." in text:
        return None
    if value.denominator == 1:
        return Expressed(f"Integer({value})", str(value), str(value))
    top, bottom = value.numerator, value.denominator
    sign = "-" if top < 0 else ""
    return Expressed(f"Rational({top}, {bottom})", f"{sign}\\frac{{{abs(top)}}}{{{bottom}}}", f"{top}/{bottom}")

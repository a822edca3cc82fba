"""Expressing: an answer as exact value, LaTeX and plain line, put together from its form and from what sympy says of its leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from agent.equivalence.form import Chain, Equation, Form, Interval, Matrix, Ratio, Several, Union, Value, Words

__all__ = ["Expressed", "express"]

_LATEX_SIGNS = {"<": "<", "<=": "\\leq", ">": ">", ">=": "\\geq", "!=": "\\neq"}
_RELATIONALS = {
    "<": "StrictLessThan",
    "<=": "LessThan",
    ">": "StrictGreaterThan",
    ">=": "GreaterThan",
    "!=": "Unequality",
}


@dataclass(frozen=True)
class Expressed:
    """The same answer three times; None where sympy has no such form."""

    exact: str | None = None
    """sympy's ``srepr``: ``sympify`` of it is the value."""
    latex: str | None = None
    plain: str | None = None


Leaves = Mapping[str, Expressed]
Join = Callable[[list[str]], str]


def express(form: Form, leaves: Leaves) -> Expressed:
    """``leaves``: what is known of each leaf of the form; a form with an unknown one has no expression."""
    try:
        return _express(form, leaves)
    except KeyError:
        return Expressed()


def _express(form: Form, leaves: Leaves) -> Expressed:
    match form:
        case Value(latex=latex, decimals=decimals) if decimals is not None:
            digits = len(latex.lstrip("-0.").replace(".", ""))
            precision = 53 if digits <= 15 else int(digits * 3.33) + 1
            return Expressed(f"Float('{latex}', precision={precision})", latex, latex)
        case Value(latex=latex):
            return leaves[latex]
        case Words(text=text):
            return Expressed(plain=text)
        case Equation(left=left, right=right):
            return _equation(leaves[left], leaves[right])
        case Chain(sides=sides, signs=signs):
            return _chain([leaves[side] for side in sides], signs)
        case Interval():
            return _interval(form, leaves)
        case Ratio(parts=sides):
            return _whole([leaves[side] for side in sides], exact=_call("Tuple"), latex=" : ".join, plain=":".join)
        case Matrix(rows=rows):
            return _matrix(rows, leaves)
        case Several(items=items, ordered=ordered):
            return _several(items, leaves, ordered=ordered)
        case Union(parts=forms, every=every):
            parts = [_express(part, leaves) for part in forms]
            if all(isinstance(part, Interval) for part in forms):
                return _whole(parts, exact=_call("Union"), latex=" \\cup ".join, plain=" ∪ ".join)
            word = "and" if every else "or"
            return _whole(parts, exact=_call(word.title()), latex=f" \\text{{ {word} }} ".join, plain=f" {word} ".join)


def _whole(parts: Sequence[Expressed], *, exact: Join, latex: Join, plain: Join) -> Expressed:
    """Each of the three from those of the parts; none where a part has none."""

    def of(texts: list[str | None], join: Join) -> str | None:
        known = [text for text in texts if text is not None]
        return join(known) if len(known) == len(texts) else None

    return Expressed(
        of([part.exact for part in parts], exact),
        of([part.latex for part in parts], latex),
        of([part.plain for part in parts], plain),
    )


def _call(name: str) -> Join:
    return lambda parts: f"{name}({', '.join(parts)})"


def _equation(left: Expressed, right: Expressed) -> Expressed:
    return _whole([left, right], exact=_call("Equality"), latex=" = ".join, plain=" = ".join)


def _chain(sides: Sequence[Expressed], signs: Sequence[str]) -> Expressed:
    def exact(parts: list[str]) -> str:
        pairs = [
            f"{_RELATIONALS[sign]}({left}, {right})" for left, sign, right in zip(parts, signs, parts[1:], strict=False)
        ]
        return pairs[0] if len(pairs) == 1 else f"And({', '.join(pairs)})"

    def between(names: Sequence[str]) -> Join:
        return lambda parts: " ".join(
            [parts[0], *(word for sign, part in zip(names, parts[1:], strict=True) for word in (sign, part))]
        )

    return _whole(sides, exact=exact, latex=between([_LATEX_SIGNS[sign] for sign in signs]), plain=between(signs))


def _interval(form: Interval, leaves: Leaves) -> Expressed:
    ends = [leaves[form.left], leaves[form.right]]
    if form.left_open and form.right_open and not form.sure:  # a pair, as most brackets around two numbers are
        return _pair(ends)
    opening, closing = "(" if form.left_open else "[", ")" if form.right_open else "]"
    opens = [str(opened).lower() for opened in (form.left_open, form.right_open)]
    return _whole(
        ends,
        exact=lambda parts: f"Interval({', '.join([*parts, *opens])})",
        latex=lambda parts: f"\\left{opening}{', '.join(parts)}\\right{closing}",
        plain=lambda parts: f"{opening}{', '.join(parts)}{closing}",
    )


def _pair(parts: Sequence[Expressed]) -> Expressed:
    return _whole(
        parts,
        exact=_call("Tuple"),
        latex=lambda some: f"\\left({', '.join(some)}\\right)",
        plain=lambda some: f"({', '.join(some)})",
    )


def _matrix(rows: Sequence[Sequence[str]], leaves: Leaves) -> Expressed:
    width = len(rows[0])

    def lines(parts: list[str]) -> list[list[str]]:
        return [parts[start : start + width] for start in range(0, len(parts), width)]

    def listed(parts: list[str]) -> str:
        inner = ["[" + ", ".join(line) + "]" for line in lines(parts)]
        return "[" + ", ".join(inner) + "]"

    return _whole(
        [leaves[entry] for row in rows for entry in row],
        exact=lambda parts: f"MutableDenseMatrix({listed(parts)})",
        latex=lambda parts: (
            "\\begin{pmatrix} " + " \\\\ ".join(" & ".join(line) for line in lines(parts)) + " \\end{pmatrix}"
        ),
        plain=listed,
    )


def _several(items: Sequence[Form], leaves: Leaves, *, ordered: bool) -> Expressed:
    parts = [_express(item, leaves) for item in items]
    if ordered:
        return _pair(parts)
    names = [item.name if isinstance(item, Value) else "" for item in items]
    if all(names) and len(set(names)) > 1:  # x = 1, y = 2: the names are part of the answer
        parts = [
            _equation(Expressed(f"Symbol('{name}')" if name.isalnum() else None, name, name), part)
            for name, part in zip(names, parts, strict=True)
        ]
        return _whole(parts, exact=_call("Tuple"), latex=", ".join, plain=", ".join)
    return _whole(parts, exact=_call("FiniteSet"), latex=", ".join, plain=", ".join)

"""Sets of real numbers: intervals and inequalities in one variable, as pieces from left to right."""

from collections.abc import Callable, Sequence
from typing import Any

from sandbox.worker.trees import load

__all__ = ["TURNED", "NotOne", "is_set", "pieces", "real", "variables"]


class NotOne(Exception):
    """Not a set of real numbers in one variable."""


TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "!=": "!="}


def real(form: dict[str, Any]) -> Any:
    """The set of real numbers that a form describes. Raises `NotOne` where it depends on more than one variable."""
    import sympy

    kind = form["kind"]
    if kind == "interval":
        ends = load(form["left"]), load(form["right"])
        if any(end.free_symbols for end in ends):
            raise NotOne
        return sympy.Interval(*ends, left_open=form["left_open"], right_open=form["right_open"])
    if kind == "union":
        sets = [real(part) for part in form["parts"]]
        every = form["every"] or (all(part["kind"] == "chain" for part in form["parts"]) and _meets(sets))
        return sympy.Intersection(*sets) if every else sympy.Union(*sets)
    if kind == "several":
        return sympy.Union(*(real(item) for item in form["items"]))
    if kind == "value":
        value = load(form["latex"])
        if value.free_symbols:
            raise NotOne
        return sympy.FiniteSet(value)
    if kind != "chain":
        raise NotOne
    sides = [load(side) for side in form["sides"]]
    symbols = set().union(*(side.free_symbols for side in sides))
    if len(symbols) != 1:
        raise NotOne
    symbol = next(iter(symbols))
    x = sympy.Symbol("x", real=True)
    found = sympy.S.Reals
    for left, sign, right in zip(sides, form["signs"], sides[1:], strict=False):
        found = found & _solved(left.xreplace({symbol: x}), sign, right.xreplace({symbol: x}), x)
    return found


def _solved(left: Any, sign: str, right: Any, x: Any) -> Any:
    import sympy

    relation: Callable[[Any, Any], Any] = {
        "<": sympy.Lt,
        "<=": sympy.Le,
        ">": sympy.Gt,
        ">=": sympy.Ge,
        "!=": sympy.Ne,
    }[sign]
    if left == x and not right.free_symbols:
        side, turned = right, sign
    elif right == x and not left.free_symbols:
        side, turned = left, TURNED[sign]
    else:
        truth = relation(left, right)
        if truth in (sympy.true, sympy.false):
            return sympy.S.Reals if truth == sympy.true else sympy.S.EmptySet
        return sympy.solve_univariate_inequality(truth, x, relational=False)
    return {
        "<": sympy.Interval.open(-sympy.oo, side),
        "<=": sympy.Interval(-sympy.oo, side),
        ">": sympy.Interval.open(side, sympy.oo),
        ">=": sympy.Interval(side, sympy.oo),
        "!=": sympy.S.Reals - sympy.FiniteSet(side),
    }[turned]


def _meets(sets: Sequence[Any]) -> bool:
    """Whether conditions listed by commas are meant together: x > 1, x < 3 is one interval, x < 1, 3 < x are two."""
    import sympy

    common = sympy.Intersection(*sets)
    return common is not sympy.S.EmptySet and common != sympy.S.EmptySet


def pieces(found: Any) -> list[tuple[Any, bool, Any, bool]]:
    """A set as intervals from left to right; a single number is an interval of no length."""
    import sympy

    if found is sympy.S.EmptySet or found == sympy.S.EmptySet:
        return []
    if found == sympy.S.Reals:
        found = sympy.Interval(-sympy.oo, sympy.oo)
    pieces = []
    for part in found.args if isinstance(found, sympy.Union) else (found,):
        if isinstance(part, sympy.Interval):
            pieces.append((part.start, bool(part.left_open), part.end, bool(part.right_open)))
        elif isinstance(part, sympy.FiniteSet):
            pieces += [(point, False, point, False) for point in part.args]
        else:
            raise NotOne
    return sorted(pieces, key=lambda piece: float(piece[0].evalf()))


def is_set(form: dict[str, Any]) -> bool:
    return form["kind"] in ("chain", "union") or (form["kind"] == "interval" and form["sure"])


def variables(form: dict[str, Any]) -> set[str]:
    if form["kind"] == "union":
        return set().union(*(variables(part) for part in form["parts"]))
    if form["kind"] != "chain":
        return set()
    return {symbol.name for side in form["sides"] for symbol in load(side).free_symbols}

"""Values: are two expressions equal? Numbers to many digits, decimals to the coarser precision, expressions at random places."""

from typing import Any

from sandbox.worker.equal import DIGITS, POINTS, sampled
from sandbox.worker.trees import factors, load

__all__ = ["Outcome", "expressions", "values"]

Outcome = tuple[str, str]
"""equal, different or undecided; and the rule that decided."""
Form = dict[str, Any]
_FLOAT_DECIMALS, _FLOAT_DIGITS = 12, 13
"""A decimal with so many places was printed by a program: its float carries 15 to 17 digits, of which sums and roots cost a few."""
_OF_INTEGRATION = frozenset(("C", "c", "K", "k", "C_1", "C_0", "c_1"))


def values(gold: Form, predicted: Form, *, strict: bool) -> Outcome:
    """Two forms of kind value, with their names, units and digits."""
    names = gold.get("name", ""), predicted.get("name", "")
    a, b = load(gold["latex"]), load(predicted["latex"])
    if all(names) and names[0] != names[1] and _other_names(*names):
        return "different", "other names"
    if all("(" in name for name in names) and len(a.free_symbols) == len(b.free_symbols) == 1:
        b = b.xreplace({next(iter(b.free_symbols)): next(iter(a.free_symbols))})
    if strict and (a.free_symbols or b.free_symbols) and factors(gold["latex"]) != factors(predicted["latex"]):
        return "different", "another form"
    units = _units(gold, predicted)
    if not units:
        return "different", "units of other things"
    outcomes = []
    for factor_a, factor_b, rule in units:
        outcome = expressions(a * factor_a, b * factor_b, gold, predicted, strict=strict)
        if outcome[0] == "equal":
            return "equal", f"{outcome[1]}{rule}"
        outcomes.append(outcome)
    return outcomes[0]


def _other_names(first: str, second: str) -> bool:
    """x and z are other things, y and f(x) are not; AB and 辺AB may be the same."""
    if all("(" in name or name in ("y", "f", "g", "h") for name in (first, second)):
        return False
    return len(first) == len(second) == 1 or not (first.isascii() or second.isascii())


def expressions(a: Any, b: Any, gold: Form | None = None, predicted: Form | None = None, *, strict: bool) -> Outcome:
    """Two expressions. The forms that they are from, if given, tell how many digits were written."""
    if a == b:
        return "equal", "the same expression"
    if a.is_Rational and b.is_Rational:
        return _rounded(a, b, gold, predicted, strict=strict) or ("different", "other numbers")
    if not a.free_symbols and not b.free_symbols:
        return _numbers(a, b, gold, predicted, strict=strict)
    different = a.free_symbols ^ b.free_symbols
    if different and (
        any(symbol.name not in _OF_INTEGRATION for symbol in different) or not a.free_symbols & b.free_symbols
    ):
        same = sampled(a, b)  # x - x + 1 and 1 are equal
        return ("equal", "equal at random places") if same else ("different", "other variables")
    constants = [[symbol for symbol in one.free_symbols if symbol.name in _OF_INTEGRATION] for one in (a, b)]
    if all(len(some) == 1 for some in constants) and len(a.free_symbols) > 1:
        return _up_to_a_constant(a.subs(constants[0][0], 0) - b.subs(constants[1][0], 0))
    if strict:
        return "different", "another form"
    same = sampled(a, b)
    if same is None:
        return _by_math_verify(a, b)
    return ("equal", f"equal at {POINTS} random places") if same else ("different", "other values at a random place")


def _by_math_verify(a: Any, b: Any) -> Outcome:
    from math_verify import verify

    if verify(a, b, timeout_seconds=None):
        return "equal", "math-verify"
    return "undecided", "no place where both have a value"


def _up_to_a_constant(difference: Any) -> Outcome:
    import sympy

    for symbol in difference.free_symbols:
        if sampled(sympy.diff(difference, symbol), sympy.Integer(0)) is not True:
            return "different", "more than a constant of integration apart"
    return "equal", "up to the constant of integration"


def _numbers(a: Any, b: Any, gold: Form | None, predicted: Form | None, *, strict: bool) -> Outcome:
    import sympy

    infinite = (sympy.oo, -sympy.oo, sympy.zoo, sympy.nan)
    if a in infinite or b in infinite:
        return "different", "infinity"
    x, y = a.evalf(DIGITS), b.evalf(DIGITS)
    if not (x.is_number and y.is_number) or any(value.has(sympy.nan, sympy.zoo) for value in (x, y)):
        return "undecided", "no value"
    scale = max(abs(x), abs(y), sympy.Float(1))
    if abs(x - y) <= scale * sympy.Float(10) ** (5 - DIGITS):
        return "equal", f"equal to {DIGITS - 5} digits"
    rounded = _rounded(x, y, gold, predicted, strict=strict) if x.is_real and y.is_real else None
    return rounded or ("different", "other numbers")


def _rounded(a: Any, b: Any, gold: Form | None, predicted: Form | None, *, strict: bool) -> Outcome | None:
    """Equal where the decimal with fewer digits is the other one rounded; it needs two significant digits."""
    if strict or gold is None or predicted is None:
        return None
    digits = [
        (form["decimals"], value) for form, value in ((gold, a), (predicted, b)) if form.get("decimals") is not None
    ]
    if not digits:
        return None
    if max(int(places) for places, _ in digits) >= _FLOAT_DECIMALS and abs(a - b) * 10**_FLOAT_DIGITS <= max(
        abs(a), abs(b)
    ):
        return "equal", "up to the rounding of floats"
    decimals, coarse = min(digits, key=lambda pair: int(pair[0]))
    fine = b if coarse is a else a
    if decimals == 0 or abs(coarse) * 10**decimals < 10:
        return None
    return ("equal", f"rounded to {decimals} decimals") if abs(fine - coarse) * 2 * 10**decimals <= 1 else None


def _units(gold: Form, predicted: Form) -> list[tuple[Any, Any, str]]:
    """Pairs of factors under which the two may be equal, with a rule to tell; none where they measure different things."""
    import sympy

    one = sympy.Integer(1)
    first, second = gold.get("measure"), predicted.get("measure")
    if first and second:
        return [(sympy.Rational(first[1]), sympy.Rational(second[1]), "")] if first[0] == second[0] else []
    choices = [(one, one, "")]
    for given, at in ((first, 0), (second, 1)):
        if given and given[0] in ("percent", "angle"):
            factor = sympy.Rational(1, 100) if given[0] == "percent" else sympy.pi / 180
            rule = ", as a percentage" if given[0] == "percent" else ", in radians"
            choices.append((factor, one, rule) if at == 0 else (one, factor, rule))
    return choices

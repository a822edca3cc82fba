"""Trees: expressions as JSON, between the process that reads a text and the one that compares.

`read` parses LaTeX with math-verify's parser; `load` builds an expression with the constructors named here and nothing else.
"""

from collections.abc import Sequence
from typing import Any

__all__ = ["Tree", "expressed", "factors", "load", "read"]

Tree = Any
"""JSON: a list of a node's name and its parts."""

_MAX_BITS = 20_000
"""Bits of an integer power that is computed; greater ones stay powers."""
_MAX_NODES = 600


def read(texts: Sequence[str], *, imaginary: bool = False) -> list[Tree | None]:
    """A tree for each text, None where it cannot be read. ``imaginary``: i is the imaginary unit."""
    from latex2sympy2_extended import latex2sympy

    trees: list[Tree | None] = []
    for text in texts:
        try:
            value = latex2sympy(text)
            tree = _dump(value, imaginary)
            trees.append(tree if _size(tree) <= _MAX_NODES else None)
        except (MemoryError, KeyboardInterrupt):
            raise
        except BaseException:  # whatever the parser makes of a text that it does not know
            trees.append(None)
    return trees


def _size(tree: Tree) -> int:
    return 1 + sum(map(_size, tree[1:])) if isinstance(tree, list) else 1


_CONSTANTS = ("Pi", "Exp1", "ImaginaryUnit", "Infinity", "NegativeInfinity")
_FUNCTIONS = tuple(
    """sin cos tan cot sec csc asin acos atan acot sinh cosh tanh asinh acosh atanh exp log Abs factorial binomial
    floor ceiling Max Min gcd lcm re im conjugate arg sign""".split()
)


def _dump(value: Any, imaginary: bool) -> Tree:
    import sympy

    if isinstance(value, sympy.Integer):
        return ["i", str(int(value))]
    if isinstance(value, sympy.Rational):
        return ["q", str(value.p), str(value.q)]
    if isinstance(value, sympy.Float):
        exact = sympy.Rational(str(value))
        return ["q", str(exact.p), str(exact.q)]
    if isinstance(value, sympy.Symbol):
        if imaginary and value.name == "i":
            return ["c", "ImaginaryUnit"]
        return ["s", value.name.replace("{", "").replace("}", "")]
    name = type(value).__name__
    if name in _CONSTANTS:
        return ["c", name]
    parts = [_dump(part, imaginary) for part in value.args]
    if isinstance(value, sympy.Add):
        return ["+", *parts]
    if isinstance(value, sympy.Mul):
        return ["*", *parts]
    if isinstance(value, sympy.Pow):
        return ["^", *parts]
    if name == "UnevaluatedExpr":
        return parts[0]
    if name in _FUNCTIONS:
        return [name, *parts]
    if isinstance(value, sympy.core.function.AppliedUndef):
        return ["fn", name, *parts]
    if isinstance(value, sympy.Derivative | sympy.Integral | sympy.Sum | sympy.Limit):
        return _dump(value.doit(), imaginary)
    raise ValueError(name)


def factors(tree: Tree) -> int:
    """Sums that stand as factors or are raised to a power: 2(a+b) has one, 2a+2b none, whatever sympy makes of them."""
    if not isinstance(tree, list):
        return 0
    here = tree[0] in ("*", "^") and sum(isinstance(part, list) and part[0] == "+" for part in tree[1:])
    return int(here) + sum(map(factors, tree[1:]))


def load(tree: Tree) -> Any:
    import sympy

    kind, *parts = tree
    if kind == "i":
        return sympy.Integer(int(parts[0]))
    if kind == "q":
        return sympy.Rational(int(parts[0]), int(parts[1]))
    if kind == "s":
        return sympy.Symbol(str(parts[0])[:40])
    if kind == "c" and parts[0] in _CONSTANTS:
        return getattr(sympy.S, parts[0])
    if kind == "fn":
        return sympy.Function(str(parts[0])[:40])(*map(load, parts[1:]))
    values = [load(part) for part in parts]
    if kind == "+":
        return sympy.Add(*values)
    if kind == "*":
        return sympy.Mul(*values)
    if kind == "^":
        return _power(*values)
    if kind == "factorial" and values[0].is_Integer and values[0] > 2000:
        return sympy.factorial(values[0], evaluate=False)
    if kind in _FUNCTIONS:
        return getattr(sympy, kind)(*values)
    raise ValueError(kind)


def expressed(tree: Tree) -> list[str] | None:
    """srepr, LaTeX and sympy's plain line of a tree; None where it cannot be built."""
    import sympy

    try:
        value = load(tree)
        return [sympy.srepr(value), sympy.latex(value), sympy.sstr(value)]
    except (MemoryError, KeyboardInterrupt):
        raise
    except Exception:
        return None


def _power(base: Any, exponent: Any) -> Any:
    import sympy

    if exponent.is_number and base.is_number:
        if any(isinstance(part, sympy.Pow) and not _small(part) for part in (base, exponent)):
            raise ValueError("a power tower")
        try:
            bits = abs(float(exponent)) * max(1.0, abs(float(sympy.log(abs(base), 2)))) if base != 0 else 0
        except (OverflowError, TypeError, ValueError):
            bits = float("inf")
        if bits > _MAX_BITS:
            return sympy.Pow(base, exponent, evaluate=False)
    return sympy.Pow(base, exponent)


def _small(power: Any) -> bool:
    """Whether a power of numbers was, or can be, computed: those beyond `_MAX_BITS` stayed as they are."""
    return not (power.base.is_Rational and power.exp.is_Integer)

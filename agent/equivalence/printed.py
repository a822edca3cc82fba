"""Printed: answers as programs print them, Python's and sympy's notation, as forms.

Python's own parser reads the text, which evaluates nothing; what is no mathematics that is named here comes to nothing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from agent.equivalence.form import Chain, Equation, Form, Interval, Matrix, Several, Union, Value, Words

__all__ = ["printed"]

_MAX_CHARS = 1000
_MARKS = re.compile(
    r"\*\*|\d\*|\*\w|[A-Za-z]\w*\(|[&|~]|^\s*[\[{(]|(?<![A-Za-z\\])(?:pi|oo|E|I|EmptySet|True|False)(?![A-Za-z])|\de[+-]?\d"
)
"""What tells Python's notation from other plain text; a text with none of these is read as school notation. A list counts only with
the blanks behind its commas that Python prints: [0,1] is an interval, [0, 1] may be two solutions."""
_BOXED = re.compile(r"\\boxed\{(.*)\}")
_CHOICE = re.compile(r"[(\[]?[A-Za-z][)\]]?")
_ARRAY = re.compile(r"\[\s*[-+]?[\d.]+(?:e[-+]?\d+)?(?:\s+[-+]?[\d.]+(?:e[-+]?\d+)?)+\s*\]")
_GREEK = frozenset("alpha beta gamma delta theta lambda mu rho sigma phi omega".split())
_NAMED = {"pi": "\\pi", "oo": "\\infty", "inf": "\\infty", "E": "e", "I": "i", "lambda_": "\\lambda"}
_FUNCTIONS = frozenset("sin cos tan cot sec csc sinh cosh tanh".split())
_INVERSE = {"asin": "\\arcsin", "acos": "\\arccos", "atan": "\\arctan"}
_NUMPY = frozenset("float64 float32 int64 int32 Integer Float mpf Decimal Fraction Rational S N str_".split())
_OPENINGS = {"": (False, False), "open": (True, True), "Lopen": (True, False), "Ropen": (False, True)}
_SIGNS: dict[type[ast.cmpop], str] = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.NotEq: "!="}
_PRECEDENCE: dict[type[ast.operator], int] = {ast.Add: 1, ast.Sub: 1, ast.Mult: 2, ast.Div: 4, ast.Pow: 3}


def printed(text: str) -> list[Form]:
    """The forms that a printed answer may have, the likeliest first; none where it is not in Python's notation."""
    bare = text.strip().strip("$`").strip()
    if (boxed := _BOXED.fullmatch(bare)) is not None:
        bare = boxed[1].strip()
    if not bare.isascii() or "\\" in bare or "$" in bare or len(bare) > _MAX_CHARS or not _MARKS.search(bare):
        return []
    if _CHOICE.fullmatch(bare) or (bare.startswith("[") and "," in bare.replace(", ", "")):
        return []
    if _ARRAY.fullmatch(bare):
        bare = re.sub(r"(?<=[\d.])\s+(?=[-+\d.])", ", ", bare)
    bare = re.sub(r"\blambda\b", "lambda_", bare)
    try:
        node = ast.parse(bare, mode="eval").body
        return _read(node)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return []


def _read(node: ast.expr) -> list[Form]:
    """Raises `ValueError` for what is no answer."""
    if isinstance(node, ast.List | ast.Tuple | ast.Set) and len(node.elts) == 1:
        return _read(node.elts[0])
    if isinstance(node, ast.List) and node.elts:
        if all(isinstance(item, ast.List) for item in node.elts):
            return [_matrix(node)]
        # A list is what sympy's solve returns: answers in any order. It may stand for an interval or a vector.
        forms = tuple(_form(item) for item in node.elts)
        several = Several(items=forms)
        if len(forms) == 2 and all(isinstance(form, Value) for form in forms):
            return [several, _ends(node.elts, opened=(False, False), sure=False)]
        return [several, Several(items=forms, ordered=True)]
    if (
        isinstance(node, ast.Tuple) and node.elts and node.col_offset == node.elts[0].col_offset
    ):  # 1, 2 without brackets
        return [Several(items=tuple(map(_form, node.elts)))]
    return [_form(node)]


def _form(node: ast.expr) -> Form:
    match node:
        case ast.List(elts=[]) | ast.Tuple(elts=[]) | ast.Dict(keys=[]):
            return Words(text="none")
        case ast.Constant(value=bool() as truth):
            return Words(text="yes" if truth else "no")
        case ast.Name(id="EmptySet") | ast.Call(func=ast.Name(id="EmptySet"), args=[]):
            return Words(text="none")
        case ast.Name(id="Reals") | ast.Attribute(attr="Reals"):
            return Words(text="everything")
        case ast.Tuple(elts=[left, right]) if not _compound(left) and not _compound(right):
            return _ends([left, right], opened=(True, True), sure=False)
        case ast.Tuple(elts=items):
            return Several(items=tuple(map(_form, items)), ordered=True)
        case ast.List(elts=items):
            return Several(items=tuple(map(_form, items)), ordered=True)
        case ast.Set(elts=items):
            return Several(items=tuple(map(_form, items)))
        case ast.Dict(keys=keys, values=values):
            return Several(items=tuple(_assigned(key, value) for key, value in zip(keys, values, strict=True) if key))
        case ast.Compare():
            return _compared(node)
        case ast.BinOp(op=ast.BitAnd() | ast.BitOr()):
            return _joined(_parts(node, type(node.op)), every=isinstance(node.op, ast.BitAnd))
        case ast.Call():
            return _called(node)
        case _:
            return _value(node)


def _compound(node: ast.expr) -> bool:
    return isinstance(node, ast.List | ast.Tuple | ast.Set | ast.Dict)


def _value(node: ast.expr, name: str = "") -> Value:
    latex = _latex(node)
    decimals = re.fullmatch(r"-?\d*\.(\d+)", latex)
    return Value(latex=latex, name=name, decimals=len(decimals[1]) if decimals else None)


def _assigned(key: ast.expr, value: ast.expr) -> Form:
    if isinstance(key, ast.Name):
        return _value(value, _latex(key))
    return Equation(left=_latex(key), right=_latex(value))


def _ends(ends: Sequence[ast.expr], *, opened: tuple[bool, bool], sure: bool) -> Interval:
    left, right = map(_latex, ends)
    sure = sure or "infty" in left + right
    return Interval(
        left=left,
        right=right,
        left_open=opened[0] or "infty" in left,
        right_open=opened[1] or "infty" in right,
        sure=sure,
    )


def _compared(node: ast.Compare) -> Form:
    sides = [node.left, *node.comparators]
    if len(sides) == 2 and isinstance(node.ops[0], ast.Eq):
        return (
            _assigned(*sides)
            if isinstance(sides[0], ast.Name)
            else Equation(left=_latex(sides[0]), right=_latex(sides[1]))
        )
    return Chain(sides=tuple(map(_latex, sides)), signs=tuple(_SIGNS[type(sign)] for sign in node.ops if _known(sign)))


def _known(sign: ast.cmpop) -> bool:
    if type(sign) not in _SIGNS:
        raise ValueError("no inequality")
    return True


def _parts(node: ast.expr, operator: type[ast.operator]) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, operator):
        return [*_parts(node.left, operator), *_parts(node.right, operator)]
    return [node]


def _joined(nodes: Sequence[ast.expr], *, every: bool) -> Form:
    """Conditions; those that only say that a number is finite, as sympy writes them, are left out."""
    forms = [_form(node) for node in nodes]
    if every:
        forms = [
            form for form in forms if not (isinstance(form, Chain) and any("infty" in side for side in form.sides))
        ]
    if not forms:
        return Words(text="everything")
    if all(isinstance(form, Value) and form.name for form in forms):
        return Several(items=tuple(forms))
    return forms[0] if len(forms) == 1 else Union(parts=tuple(forms), every=every)


def _matrix(node: ast.expr) -> Matrix:
    if not isinstance(node, ast.List | ast.Tuple) or not node.elts:
        raise ValueError("no matrix")
    rows = tuple(
        tuple(map(_latex, row.elts)) if isinstance(row, ast.List | ast.Tuple) else (_latex(row),) for row in node.elts
    )
    if len({len(row) for row in rows}) != 1 or not rows[0]:
        raise ValueError("rows of different lengths")
    return Matrix(rows=rows)


def _called(node: ast.Call) -> Form:
    name, kind = _name_of(node.func)
    arguments = [argument for argument in node.args if not isinstance(argument, ast.Starred)]
    match name:
        case "Matrix" | "array" | "ImmutableMatrix" | "ImmutableDenseMatrix" if arguments:
            return _matrix(arguments[0])
        case "Interval" if len(arguments) >= 2 and kind in _OPENINGS:
            opened = _OPENINGS[kind]
            if len(arguments) == 4:
                opened = (_truth(arguments[2]), _truth(arguments[3]))
            return _ends(arguments[:2], opened=opened, sure=True)
        case "FiniteSet" | "set" | "frozenset" | "list" | "tuple" | "Tuple" if arguments:
            if len(arguments) == 1 and _compound(arguments[0]):
                return _form(arguments[0])
            return Several(items=tuple(map(_form, arguments)), ordered=name in ("Tuple", "tuple"))
        case "Union" | "Or" if arguments:
            return _joined(arguments, every=False)
        case "And" if arguments:
            return _joined(arguments, every=True)
        case "Eq" if len(arguments) == 2:
            return _assigned(*arguments)
        case _:
            return _value(node)


def _name_of(node: ast.expr) -> tuple[str, str]:
    """f → f, "" and Interval.open → Interval, open; np.float64 → float64."""
    match node:
        case ast.Name(id=name):
            return name, ""
        case ast.Attribute(value=ast.Name(id="Interval"), attr=kind):
            return "Interval", kind
        case ast.Attribute(value=ast.Name(id="np" | "numpy" | "sp" | "sympy" | "math" | "fractions" | "S"), attr=name):
            return name, ""
    raise ValueError("no function")


def _truth(node: ast.expr) -> bool:
    return (isinstance(node, ast.Constant) and node.value is True) or (isinstance(node, ast.Name) and node.id == "true")


def _latex(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return _number(number, ast.unparse(node))
        case ast.Constant(value=str() as text) if re.fullmatch(r"-?\d+(?:\.\d+)?(?:/\d+)?", text):
            return text
        case ast.Name(id=name):
            return _symbol(name)
        case ast.UnaryOp(op=ast.USub(), operand=inside):
            return f"-{_wrapped(inside, 2)}"
        case ast.UnaryOp(op=ast.UAdd(), operand=inside):
            return _latex(inside)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return f"{_latex(left)}+{_latex(right)}"
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return f"{_latex(left)}-{_wrapped(right, 2)}"
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return f"{_wrapped(left, 2)} \\cdot {_wrapped(right, 2)}"
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return f"\\frac{{{_latex(left)}}}{{{_latex(right)}}}"
        case ast.BinOp(left=left, op=ast.Pow() | ast.BitXor(), right=right):
            return f"{_wrapped(left, 5)}^{{{_latex(right)}}}"
        case ast.Call():
            return _function(node)
    raise ValueError("no expression")


def _number(number: float, text: str) -> str:
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError("no number")
    if isinstance(number, int) or "e" not in text:
        return text
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa} \\cdot 10^{{{int(exponent)}}}"


def _symbol(name: str) -> str:
    if name in _NAMED:
        return _NAMED[name]
    if name in _GREEK:
        return f"\\{name}"
    if re.fullmatch(r"[A-Za-z]", name):
        return name
    if found := re.fullmatch(r"([A-Za-z])_?(\d{1,2})", name):
        return f"{found[1]}_{found[2]}" if len(found[2]) == 1 else f"{found[1]}_{{{found[2]}}}"
    raise ValueError("no variable")


def _wrapped(node: ast.expr, least: int) -> str:
    """In brackets where it binds less than ``least``."""
    latex = _latex(node)
    binds = 5
    if isinstance(node, ast.BinOp):
        binds = _PRECEDENCE.get(type(node.op), 3)
    elif isinstance(node, ast.UnaryOp) or latex.startswith("-") or "\\cdot" in latex:
        binds = 1
    return latex if binds >= least else f"({latex})"


def _function(node: ast.Call) -> str:
    name, kind = _name_of(node.func)
    if kind or (node.keywords and name not in _NUMPY):
        raise ValueError("no expression")
    inside = [_latex(argument) for argument in node.args]
    match name, inside:
        case "sqrt", [one]:
            return f"\\sqrt{{{one}}}"
        case "cbrt", [one]:
            return f"\\sqrt[3]{{{one}}}"
        case "root", [one, degree]:
            return f"\\sqrt[{degree}]{{{one}}}"
        case "Abs" | "abs", [one]:
            return f"|{one}|"
        case "exp", [one]:
            return f"e^{{{one}}}"
        case "log" | "ln", [one]:
            return f"\\ln({one})"
        case "log", [one, base]:
            return f"\\frac{{\\ln({one})}}{{\\ln({base})}}"
        case "factorial", [one]:
            return f"({one})!"
        case "binomial", [n, k]:
            return f"\\binom{{{n}}}{{{k}}}"
        case "Rational" | "Fraction", [p, q]:
            return f"\\frac{{{p}}}{{{q}}}"
        case _, [one] if name in _FUNCTIONS:
            return f"\\{name}({one})"
        case _, [one] if name in _INVERSE:
            return f"{_INVERSE[name]}({one})"
        case _, [one, *_] if name in _NUMPY:
            return one
        case _, [one] if re.fullmatch(r"[a-z]", name):
            return f"{name}({one})"
    raise ValueError("no function of mathematics")

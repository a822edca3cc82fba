"""Calls: the class of a value where it is plain to see, and whether the arguments of a call fit a signature."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

__all__ = ["BUILTINS", "MAKERS", "kind_of", "kinds_of", "misfit"]

Resolve = Callable[[ast.expr], tuple[str, str] | None]

_MADE_BY = {
    ("collections", "Counter"): "collections.Counter",
    ("collections", "deque"): "collections.deque",
    ("fractions", "Fraction"): "fractions.Fraction",
    ("decimal", "Decimal"): "decimal.Decimal",
    **{("numpy", name): "numpy.ndarray" for name in ("array", "zeros", "ones", "arange", "linspace", "eye", "full")},
    ("sympy", "Symbol"): "sympy.Symbol",
    ("sympy", "Poly"): "sympy.Poly",
    ("sympy", "Eq"): "sympy.Eq",
    **{("sympy", name): f"sympy.{name}" for name in ("Point", "Line", "Segment", "Circle")},
    **{("sympy", name): "builtins.list" for name in ("divisors", "primefactors", "proper_divisors")},
    ("sympy", "factorint"): "builtins.dict",
    **{("builtins", name): "builtins.str" for name in ("str", "repr", "bin", "hex", "oct", "input")},
    **{("builtins", name): "builtins.list" for name in ("list", "sorted")},
    **{("builtins", name): "builtins.int" for name in ("int", "len", "ord")},
    ("builtins", "float"): "builtins.float",
    **{("builtins", name): f"builtins.{name}" for name in ("dict", "set")},
    **{("sympy", name): "sympy.Matrix" for name in ("Matrix", "eye", "zeros", "ones", "diag")},
}
"""What makes a value of a class whatever it is given."""


MAKERS = frozenset(name for module, name in _MADE_BY if module == "builtins")
"""Built-in names whose value has a known class."""
_RETURNS = {
    **{
        ("builtins.str", name): "builtins.str"
        for name in ("strip", "lower", "upper", "replace", "join", "format", "zfill", "title")
    },
    **{("builtins.str", name): "builtins.list" for name in ("split", "splitlines")},
    **{("builtins.str", name): "builtins.int" for name in ("count", "find", "index")},
    **{("sympy.Expr", name): "sympy.Expr" for name in ("evalf", "n", "expand", "simplify", "subs", "diff", "factor")},
    **{("sympy.Symbol", name): "sympy.Expr" for name in ("diff", "subs")},
    ("builtins.list", "copy"): "builtins.list",
    ("builtins.dict", "copy"): "builtins.dict",
}
"""What a method of a known class returns."""
_NUMBERS = frozenset(("builtins.int", "builtins.float"))
_EXPRESSIONS = frozenset(("sympy.Symbol", "sympy.Expr"))
_GIVES_EXPRESSION = frozenset(("sqrt", "sin", "cos", "tan", "exp", "log", "Rational", "Integer"))
_KEEPS_EXPRESSION = frozenset(("diff", "expand", "factor", "simplify", "integrate"))
_ROUNDS = 3
"""Times that the assignments are gone through: a value made of values made of symbols is known in the third."""


def kinds_of(nodes: Sequence[ast.AST], resolve: Resolve) -> dict[str, str]:
    """Variables that every binding in the program gives a value of one known class."""
    assigned = [node for node in nodes if isinstance(node, ast.Assign)]
    simple = {id(target) for node in assigned for part in node.targets for target in ast.walk(part)}
    # Loops, arguments, `with`, augmented assignment, imports of the same name: anything may come in there.
    anything = {node.arg for node in nodes if isinstance(node, ast.arg)}
    anything |= {
        alias.asname or alias.name.partition(".")[0]
        for node in nodes
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    anything |= {
        node.id
        for node in nodes
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and id(node) not in simple
    }
    sure: dict[str, str] = {}
    for _ in range(_ROUNDS):
        found: dict[str, str | None] = dict.fromkeys(anything)
        for node in assigned:
            for name, kind in _bindings(node, sure, resolve):
                found[name] = kind if found.get(name, kind) == kind else None
        now = {name: kind for name, kind in found.items() if kind is not None}
        if now == sure:
            break
        sure = now
    return sure


def _bindings(node: ast.Assign, kinds: dict[str, str], resolve: Resolve) -> Iterator[tuple[str, str | None]]:
    several = isinstance(node.value, ast.Call) and resolve(node.value.func) == ("sympy", "symbols")
    for target in node.targets:
        if isinstance(target, ast.Name):
            yield target.id, kind_of(node.value, kinds, resolve)
        elif isinstance(target, ast.Tuple):
            kind = "sympy.Symbol" if several and not _makes_functions(node.value) else None
            yield from ((name.id, kind) for name in ast.walk(target) if isinstance(name, ast.Name))


def kind_of(node: ast.expr, kinds: dict[str, str], resolve: Resolve) -> str | None:
    """The dotted class of an expression's value, where it is plain to see."""
    match node:
        case ast.Name(id=name):
            return kinds.get(name)
        case ast.List() | ast.ListComp():
            return "builtins.list"
        case ast.Dict() | ast.DictComp():
            return "builtins.dict"
        case ast.Set() | ast.SetComp():
            return "builtins.set"
        case ast.Constant(value=str()) | ast.JoinedStr():
            return "builtins.str"
        case ast.Constant(value=bool()):
            return None
        case ast.Constant(value=int()):
            return "builtins.int"
        case ast.Constant(value=float()):
            return "builtins.float"
        case ast.Call(func=ast.Attribute(value=owner, attr=method)) if kind_of(owner, kinds, resolve) is not None:
            return _RETURNS.get((kind_of(owner, kinds, resolve) or "", method))
        case ast.Call(func=function):
            target = resolve(function)
            if target is not None and target[0].startswith("sympy."):
                target = ("sympy", target[1])  # sympy.geometry.Circle
            if target == ("sympy", "symbols"):
                return "sympy.Symbol" if _is_one_symbol(node) else None
            if target is None or target[0] != "sympy":
                return _MADE_BY.get(target) if target is not None else None
            keeps = (
                target[1] in _KEEPS_EXPRESSION and node.args and kind_of(node.args[0], kinds, resolve) in _EXPRESSIONS
            )
            return "sympy.Expr" if keeps or target[1] in _GIVES_EXPRESSION else _MADE_BY.get(target)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            kind = kind_of(operand, kinds, resolve)
            return "sympy.Expr" if kind in _EXPRESSIONS else kind if kind in _NUMBERS else None
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div() | ast.Pow(), right=right):
            return _combined(node.op, kind_of(left, kinds, resolve), kind_of(right, kinds, resolve))
        case ast.BinOp(left=left, op=ast.FloorDiv() | ast.Mod(), right=right):
            ints = all(kind_of(side, kinds, resolve) == "builtins.int" for side in (left, right))
            return "builtins.int" if ints else None
    return None


def _combined(op: ast.operator, left: str | None, right: str | None) -> str | None:
    """The class of a sum, a product … of values of two classes."""
    both = {left, right}
    if both <= _EXPRESSIONS | _NUMBERS and both & _EXPRESSIONS:
        return "sympy.Expr"
    if both <= {"decimal.Decimal", "builtins.int"} or both <= {"fractions.Fraction", "builtins.int"}:
        mixed = both - {"builtins.int"}
        if mixed:
            return mixed.pop()
    if both == {"builtins.int"} and isinstance(op, ast.Add | ast.Sub | ast.Mult):
        return "builtins.int"
    return "builtins.int" if both == {"builtins.int"} and isinstance(op, ast.Pow) and left else None


def _is_one_symbol(call: ast.Call) -> bool:
    match call.args:
        case [ast.Constant(value=str(names))]:
            return names.isidentifier() and not _makes_functions(call)
    return False


def _makes_functions(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and any(keyword.arg == "cls" for keyword in node.keywords)


BUILTINS = {
    "abs": "(x, /)",
    "enumerate": "(iterable, start=0)",
    "len": "(obj, /)",
    "pow": "(base, exp, mod=None)",
    "print": "(*args, sep=None, end=None, file=None, flush=False)",
    "round": "(number, ndigits=None)",
    "sorted": "(iterable, /, *, key=None, reverse=False)",
    "sum": "(iterable, /, start=0)",
}
"""Signatures of built-in functions that programs call most; those that take anything are left out."""


@lru_cache(maxsize=4096)
def _parameters(signature: str) -> ast.arguments | None:
    try:
        tree = ast.parse(f"def f{signature}: 0")
    except SyntaxError:
        return None
    function = tree.body[0]
    return function.args if isinstance(function, ast.FunctionDef) else None


def misfit(call: ast.Call, signature: str) -> str:
    """Why the call's arguments do not fit the signature, in words; empty where they do, or where that cannot be told."""
    parameters = _parameters(signature) if signature else None
    if parameters is None:
        return ""
    named = {parameter.arg for parameter in (*parameters.args, *parameters.kwonlyargs)}
    given = [keyword.arg for keyword in call.keywords if keyword.arg is not None]
    if parameters.kwarg is None and (odd := [name for name in given if name not in named]):
        return f"has no parameter '{odd[0]}'"
    starred = any(isinstance(argument, ast.Starred) for argument in call.args) or len(given) < len(call.keywords)
    positional = [*parameters.posonlyargs, *parameters.args]
    if starred:
        return ""
    if parameters.vararg is None and len(call.args) > len(positional):
        return f"takes {len(positional)} arguments, not {len(call.args)}"
    required = positional[len(call.args) : len(positional) - len(parameters.defaults)]
    if lacking := [parameter.arg for parameter in required if parameter.arg not in given]:
        return f"needs the argument '{lacking[0]}'"
    return ""

"""Calls: the class of a value where it is plain to see, and whether the arguments of a call fit a signature."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from functools import lru_cache

__all__ = ["BUILTINS", "kind_of", "kinds_of", "misfit"]

Resolve = Callable[[ast.expr], tuple[str, str] | None]

_MADE_BY = {
    ("collections", "Counter"): "collections.Counter",
    ("collections", "deque"): "collections.deque",
    ("fractions", "Fraction"): "fractions.Fraction",
    ("decimal", "Decimal"): "decimal.Decimal",
    **{("numpy", name): "numpy.ndarray" for name in ("array", "zeros", "ones", "arange", "linspace", "eye", "full")},
    ("sympy", "Symbol"): "sympy.Symbol",
    ("sympy", "Poly"): "sympy.Poly",
    **{("sympy", name): f"sympy.{name}" for name in ("Point", "Line", "Segment", "Circle")},
    **{("sympy", name): "sympy.Matrix" for name in ("Matrix", "eye", "zeros", "ones", "diag")},
}
"""What makes a value of a class whatever it is given."""


def kinds_of(nodes: Sequence[ast.AST], resolve: Resolve) -> dict[str, str]:
    """Variables that every binding in the program gives a value of one known class."""
    kinds: dict[str, str | None] = {}

    def bind(name: str, kind: str | None) -> None:
        kinds[name] = kind if kinds.get(name, kind) == kind else None

    for node in nodes:
        if isinstance(node, ast.Assign) and all(isinstance(target, ast.Name) for target in node.targets):
            for target in node.targets:
                assert isinstance(target, ast.Name)
                bind(target.id, kind_of(node.value, {}, resolve))
        elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Tuple):
            several = isinstance(node.value, ast.Call) and resolve(node.value.func) == ("sympy", "symbols")
            for element in node.targets[0].elts:
                for name in ast.walk(element):
                    if isinstance(name, ast.Name):
                        bind(name.id, "sympy.Symbol" if several and not _makes_functions(node.value) else None)
    simple = {
        id(target)
        for node in nodes
        if isinstance(node, ast.Assign)
        for part in node.targets
        for target in ast.walk(part)
    }
    for node in nodes:  # loops, arguments, `with`, augmented assignment: anything may come in there
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and id(node) not in simple:
            kinds[node.id] = None
        elif isinstance(node, ast.arg):
            kinds[node.arg] = None
    return {name: kind for name, kind in kinds.items() if kind is not None}


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
        case ast.Call(func=function):
            target = resolve(function)
            if target == ("sympy", "symbols"):
                return "sympy.Symbol" if _is_one_symbol(node) else None
            return _MADE_BY.get(target) if target is not None else None
    return None


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

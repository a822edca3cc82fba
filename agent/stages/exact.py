"""exact: where a program printed floats, the same program with exact numbers: its twin says which fraction or root they stand for.

The twin computes with fractions and roots where Python has floats: 1 / 3, 0.5, math.sqrt(2), float(x), x.evalf(). What it prints
counts only where it equals what the program printed. Rounding stays: a program that rounds wants a decimal; numpy's arrays stay
floats.
"""

from __future__ import annotations

import ast
import re

from agent.equivalence import Comparer, Pair
from agent.equivalence.unwrapping import unwrap
from agent.types import Program
from sandbox import Limits, Sandbox

__all__ = ["exact", "twin"]

DECIMAL = re.compile(r"\d\.\d|\de-\d")
_LONGEST = 80
"""Characters of an exact answer; a longer one says less to a reader than the decimal."""

_PRELUDE = """
import sympy as _exact
def _exact_div(a, b):
    if isinstance(a, (int, _exact.Expr)) and isinstance(b, int) and not isinstance(a, bool) and b:
        return a * _exact.Rational(1, b)
    return a / b
def _exact_pow(a, b):
    if isinstance(a, int) and isinstance(b, int) and b < 0 and a:
        return _exact.Integer(a) ** b
    return a ** b
def _exact_same(x, *rest):
    return x if isinstance(x, (int, _exact.Expr)) else float(x, *rest)
"""
_FUNCTIONS = frozenset("sqrt cbrt sin cos tan asin acos atan sinh cosh tanh exp log pi".split())
_MODULES = frozenset(("math", "np", "numpy"))


class _Twin(ast.NodeTransformer):
    """Exact numbers for floats, and sympy's functions for those of math and numpy."""

    def __init__(self) -> None:
        self.changed = False

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if not isinstance(node.value, float):
            return node
        return self._call(ast.Attribute(_name("_exact"), "Rational", ast.Load()), [ast.Constant(repr(node.value))])

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        for part in node.values:  # what is put in, not the formats
            if isinstance(part, ast.FormattedValue):
                part.value = self.visit(part.value)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.op, ast.Div):
            return self._call(_name("_exact_div"), [node.left, node.right])
        if isinstance(node.op, ast.Pow):
            return self._call(_name("_exact_pow"), [node.left, node.right])
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id in _MODULES and node.attr in _FUNCTIONS:
            self.changed = True
            return ast.Attribute(_name("_exact"), node.attr, ast.Load())
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | list[ast.stmt]:
        if node.module != "math":
            return node
        ours = [alias for alias in node.names if alias.name in _FUNCTIONS]
        rest = [alias for alias in node.names if alias.name not in _FUNCTIONS]
        self.changed |= bool(ours)
        return [ast.ImportFrom(module, names, 0) for module, names in (("sympy", ours), ("math", rest)) if names]

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        match node.func:
            case ast.Name(id="float"):
                return self._call(_name("_exact_same"), node.args)
            case ast.Name(id="N") | ast.Attribute(attr="N", value=ast.Name()) if node.args:
                return self._call(_name("_exact_same"), node.args[:1])
            case ast.Attribute(attr="evalf" | "n", value=inside):
                self.changed = True
                return inside
        return node

    def _call(self, function: ast.expr, arguments: list[ast.expr]) -> ast.expr:
        self.changed = True
        return ast.Call(function, arguments, [])


def _name(text: str) -> ast.Name:
    return ast.Name(text, ast.Load())


def twin(program: Program) -> Program | None:
    """The program with exact numbers; None where it has no floats, or cannot be parsed."""
    try:
        tree = ast.parse(program.source)
        change = _Twin()
        tree = change.visit(tree)
        if not change.changed:
            return None
        return Program(source=f"{_PRELUDE}{ast.unparse(ast.fix_missing_locations(tree))}\n")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


async def exact(text: str, program: Program, sandbox: Sandbox, comparer: Comparer, *, limits: Limits) -> str | None:
    """The exact answer that the floats in ``text`` stand for; None where the program does not have it."""
    if not DECIMAL.search(text) or (other := twin(program)) is None:
        return None
    execution = await sandbox.run(other.source, limits=limits)
    lines = [line for line in execution.stdout.splitlines() if line.strip()]
    if not execution.ok or not lines:
        return None
    found = unwrap(lines[-1])
    if DECIMAL.search(found) or len(found) > _LONGEST:
        return None
    (verdict,) = await comparer.compare([Pair(gold=(found,), predicted=text)])
    return found if verdict.outcome == "equal" else None

"""complete: add the imports that a program forgot, so that no request to the model is spent on them.

Measured with the embedded model on 40 problems of MATH: 6 of the 7 first programs that failed used a name that they had never
imported or defined. It does not cover names that only some path through the program defines.
"""

from __future__ import annotations

import ast
import builtins

from agent.degeneracy.bound import bound_names
from agent.stages.extract import parse
from agent.types import Program
from sandbox import NameIndex

__all__ = ["complete"]

_ALIASES = {"np": "numpy", "sp": "sympy", "sy": "sympy", "mp": "mpmath"}
_SOURCES = ("sympy", "math", "itertools", "fractions", "collections", "functools", "decimal", "statistics", "heapq")
"""Where a forgotten name is looked for, in this order: sympy's functions take numbers as well, math's no expressions."""
_BUILTINS = frozenset(dir(builtins))
_SYMBOLS = frozenset("abcdfghjkmnpqrstuvwxyz")
"""Letters that stand for a symbol where a program that uses sympy never defines them; not e and i, which may be constants, nor l
and o, which look like digits."""


def complete(program: Program, names: NameIndex) -> Program:
    """The program with one line of imports in front, or the program itself where nothing is missing."""
    tree = parse(program.source)
    if tree is None or "sympy" not in names.modules:
        return program
    bound, used = _names(tree, names)
    missing = sorted(used - bound - _BUILTINS)
    statements = [statement for name in missing if (statement := _import_of(name, names))]
    uses_sympy = "sympy" in program.source or any("sympy" in statement for statement in statements)
    if uses_sympy:
        statements += [f"from sympy.abc import {name}" for name in missing if name in _SYMBOLS]
    if not statements:
        return program
    future, rest = _split_future(program.source, tree)
    return Program(source=f"{future}{'; '.join(statements)}\n{rest}")


def _import_of(name: str, names: NameIndex) -> str:
    if name in _ALIASES:
        return f"import {_ALIASES[name]} as {name}"
    if name in names.modules and "." not in name:
        return f"import {name}"
    if len(name) > 1:
        for module in _SOURCES:
            if module in names.modules and name in names.modules[module].names:
                return f"from {module} import {name}"
    return ""


def _names(tree: ast.Module, names: NameIndex) -> tuple[set[str], set[str]]:
    """All names that the program binds anywhere, in whatever scope, and all that it reads."""
    nodes = list(ast.walk(tree))
    bound = set(bound_names(nodes))
    for node in nodes:
        match node:
            case ast.Import(names=aliases):
                bound.update(alias.asname or alias.name.partition(".")[0] for alias in aliases)
            case ast.ImportFrom(names=aliases, module=module):
                for alias in aliases:
                    if alias.name == "*" and module in names.modules:
                        bound.update(names.modules[module].names)
                    bound.add(alias.asname or alias.name)
    return bound, {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def _split_future(source: str, tree: ast.Module) -> tuple[str, str]:
    """``from __future__`` has to stay the first statement."""
    futures = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    if not futures:
        return "", source
    lines = source.splitlines(keepends=True)
    end = futures[-1].end_lineno or 0
    return "".join(lines[:end]), "".join(lines[end:])

"""Bound: the names that a program binds, and where in its text a node stands."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from sandbox.policy import allowed

__all__ = ["bound_names", "offset"]


def bound_names(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """All names that these nodes of a program bind, other than by an import."""
    bound: set[str] = set()
    for node in nodes:
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                bound.add(name)
            case (
                ast.arg(arg=name)
                | ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
            ):
                bound.add(name)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                bound.add(name)
            case ast.MatchMapping(rest=str(name)):
                bound.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                # What is imported from a module that the sandbox lacks is another finding.
                bound.update(alias.asname or alias.name.partition(".")[0] for alias in aliases if not _indexed(node))
    return frozenset(bound)


def _indexed(node: ast.AST) -> bool:
    return (isinstance(node, ast.ImportFrom) and not node.level and allowed(node.module or "")) or (
        isinstance(node, ast.Import) and all(allowed(alias.name) for alias in node.names)
    )


def offset(source: str, line: int, column_bytes: int) -> int:
    """Characters before a place that `ast` gives as line (from 1) and bytes within it."""
    lines = source.splitlines(keepends=True)
    before = sum(len(text) for text in lines[: line - 1])
    here = lines[line - 1] if line <= len(lines) else ""
    return before + len(here.encode("utf-8", "surrogatepass")[:column_bytes].decode("utf-8", "ignore"))

"""Programs within a text: unknown API in its code blocks, and in names such as `sympy.foo` that its prose mentions as code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from agent.degeneracy.api import api
from agent.degeneracy.bound import bound_names
from agent.degeneracy.mask import Masked
from agent.types import Finding
from sandbox import NameIndex

__all__ = ["api_in_text"]

_PYTHON = ("", "python", "py", "python3", "sympy")
_MAX_SOURCE = 100_000
_MAX_CUT = 60
"""Lines that may be left out at the end of a program that was broken off, until the rest can be parsed."""
_INLINE = re.compile(r"`(sympy|numpy|math|itertools|sp|np)\.([A-Za-z_]\w*)[^`\n]*`")
_LINE = re.compile(r"^line \d+: ")
_FULL = {"sp": "sympy", "np": "numpy"}


def api_in_text(masked: Masked, names: NameIndex) -> Iterator[Finding]:
    """Findings of kind ``api`` with offsets into the whole text. Code that cannot be parsed is looked at as far as it can be."""
    known: frozenset[str] = frozenset()
    for start, source in _sources(masked):
        tree, parsed = _parse(source)
        if tree is None:
            continue
        for finding in api(parsed, tree, names, known=known):
            if finding.kind == "api":
                # Its line is counted within the program; the offsets tell the place in the text.
                message = _LINE.sub("", finding.message)
                place = {"start": finding.start + start, "end": finding.end + start}
                yield finding.model_copy(update={"message": message, **place})
        known |= bound_names(ast.walk(tree))
    for found in _INLINE.finditer(masked.outside):
        module = _FULL.get(found[1], found[1])
        entry = names.modules.get(module)
        if entry is not None and found[2] not in entry.names and f"{module}.{found[2]}" not in names.modules:
            yield Finding(
                kind="api",
                rule="unknown_name",
                severity="soft",
                message=f"{module} has no name '{found[2]}'",
                start=found.start(1),
                end=found.end(2),
            )


def _sources(masked: Masked) -> Iterator[tuple[int, str]]:
    blocks = [block for block in masked.blocks if block.language in _PYTHON]
    for block in blocks:
        yield block.start, masked.text[block.start : block.end]
    if not masked.blocks and "import " in masked.text:
        yield 0, masked.text


def _parse(source: str) -> tuple[ast.Module | None, str]:
    if len(source) > _MAX_SOURCE:
        return None, source
    lines = source.splitlines(keepends=True)
    for cut in range(min(_MAX_CUT, len(lines))):
        text = "".join(lines[: len(lines) - cut])
        try:
            return ast.parse(text), text
        except (SyntaxError, ValueError):
            continue
        except (RecursionError, MemoryError):
            break
    return None, source

"""check: what can be told about a program without running it: syntax, imports, and names that numpy or sympy do not have.

Every finding here has a cause that a model can mend. What names mean is looked up in `agent.degeneracy.api`.
"""

from __future__ import annotations

import ast

from agent.degeneracy.api import api
from agent.degeneracy.bound import offset
from agent.stages.extract import MAX_SOURCE
from agent.types import Finding, Program
from sandbox import NameIndex

__all__ = ["check"]


def check(program: Program, names: NameIndex) -> tuple[Finding, ...]:
    """Findings in the order of the program's lines; a hard one means that running it is useless.

    ``start`` and ``end`` are offsets into the program. A program too long or too deep for the parser has no findings: the
    sandbox's compiler will tell.
    """
    if len(program.source) > MAX_SOURCE:
        return ()
    try:
        tree = ast.parse(program.source)
    except SyntaxError as error:
        if error.msg.startswith("Exceeds the limit"):
            return ()  # the host's limit on digits; the sandbox has none
        return (_syntax(program.source, error),)
    except (ValueError, RecursionError, MemoryError):
        return ()
    return api(program.source, tree, names)


def _syntax(source: str, error: SyntaxError) -> Finding:
    start = offset(source, error.lineno or 1, 0)
    line = (source.splitlines() or [""])[min(error.lineno or 1, source.count("\n") + 1) - 1]
    return Finding(
        kind="program",
        rule="syntax",
        severity="hard",
        message=f"SyntaxError on line {error.lineno}: {error.msg}: {line.strip()[:200]}",
        start=start,
        end=start + len(line),
    )

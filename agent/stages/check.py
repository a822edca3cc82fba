"""check: what can be told about a program without running it: syntax, imports, and names that numpy or sympy do not have.

Every finding here has a cause that a model can mend. Attributes of computed values are not followed.
"""

from __future__ import annotations

import ast
import difflib
from dataclasses import dataclass, field

from agent.stages.extract import MAX_SOURCE
from agent.types import Finding, Program
from sandbox import NameIndex
from sandbox.policy import allowed, refusal

__all__ = ["check"]

_ELSEWHERE = {
    "arccos": "acos",
    "arcsin": "asin",
    "arctan": "atan",
    "choose": "binomial",
    "comb": "binomial",
    "inverse": "inv",
    "is_prime": "isprime",
    "ncr": "binomial",
    "prime_factors": "primefactors",
    "sigma": "divisor_sigma",
    "squareroot": "sqrt",
    "totient_phi": "totient",
}
"""What other systems, and models, call things. Only suggested where the library has the name on the right."""


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
    walk = _Walk(program.source, names)
    walk.visit(tree)
    return tuple(sorted(walk.findings, key=lambda finding: finding.start))


def _syntax(source: str, error: SyntaxError) -> Finding:
    start = _offset(source, error.lineno or 1, 0)
    line = (source.splitlines() or [""])[min(error.lineno or 1, source.count("\n") + 1) - 1]
    return Finding(
        kind="program",
        rule="syntax",
        severity="hard",
        message=f"SyntaxError on line {error.lineno}: {error.msg}: {line.strip()[:200]}",
        start=start,
        end=start + len(line),
    )


def _offset(source: str, line: int, column_bytes: int) -> int:
    lines = source.splitlines(keepends=True)
    before = sum(len(text) for text in lines[: line - 1])
    here = lines[line - 1] if line <= len(lines) else ""
    return before + len(here.encode("utf-8", "surrogatepass")[:column_bytes].decode("utf-8", "ignore"))


@dataclass
class _Walk(ast.NodeVisitor):
    source: str
    names: NameIndex
    findings: list[Finding] = field(default_factory=list)
    modules: dict[str, str] = field(default_factory=dict)
    """Name in the program → dotted module that it stands for."""

    def add(self, node: ast.AST, rule: str, message: str) -> None:
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        start = _offset(self.source, line, column)
        end_line, end_column = getattr(node, "end_lineno", None), getattr(node, "end_col_offset", None)
        end = _offset(self.source, end_line, end_column) if end_line is not None and end_column is not None else start
        self.findings.append(
            Finding(
                kind="api" if rule == "unknown_name" else "program",
                rule=rule,
                severity="hard",
                message=f"line {line}: {message}",
                start=start,
                end=end,
            )
        )

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if self.importable(node, alias.name):
                if alias.asname:
                    self.modules[alias.asname] = alias.name
                else:
                    top = alias.name.partition(".")[0]
                    self.modules[top] = top

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level or node.module is None or not self.importable(node, node.module):
            return
        for alias in node.names:
            dotted = f"{node.module}.{alias.name}"
            if dotted in self.names.modules:
                self.modules[alias.asname or alias.name] = dotted
            elif alias.name != "*" and not self.has(node.module, alias.name):
                self.unknown(node, node.module, alias.name)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        module = self.module_of(node.value)
        if module is None:
            self.generic_visit(node)
        elif not self.has(module, node.attr):
            self.unknown(node, module, node.attr)

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.modules.pop(node.id, None)  # bound to something else from here on

    def visit_arg(self, node: ast.arg) -> None:
        self.modules.pop(node.arg, None)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)  # the right side still sees the old names
        for target in node.targets:
            self.visit(target)

    def module_of(self, node: ast.expr) -> str | None:
        """The module that an expression names, where it names one that the index knows."""
        if isinstance(node, ast.Name):
            return self.modules.get(node.id)
        if isinstance(node, ast.Attribute):
            parent = self.module_of(node.value)
            dotted = f"{parent}.{node.attr}" if parent else None
            return dotted if dotted in self.names.modules else None
        return None

    def importable(self, node: ast.AST, module: str) -> bool:
        if not allowed(module):
            self.add(node, "import", refusal(module))
            return False
        return True

    def has(self, module: str, name: str) -> bool:
        entry = self.names.modules.get(module)
        return entry is None or name in entry.names or f"{module}.{name}" in self.names.modules or name.startswith("_")

    def unknown(self, node: ast.AST, module: str, name: str) -> None:
        self.add(node, "unknown_name", f"{module} has no name '{name}'{self.suggestion(module, name)}")

    def suggestion(self, module: str, name: str) -> str:
        """The same name elsewhere in the library comes first, then the nearest spelling."""
        top = module.partition(".")[0]
        for other in sorted(self.names.modules, key=lambda dotted: (dotted.count("."), dotted)):
            if other.partition(".")[0] == top and other != module and name in self.names.modules[other].names:
                return f"; it is in {other}"
        entries = self.names.modules[module].names
        if (other_name := _ELSEWHERE.get(name.lower())) in entries:
            return f"; did you mean {module}.{other_name}?"
        lowered = {known.lower(): known for known in entries if not known.startswith("_")}
        near = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.6)
        if not near:
            return ""
        known = lowered[near[0]]
        return f"; did you mean {module}.{known}{entries[known]}?"

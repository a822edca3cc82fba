"""Unknown API: does the program call what numpy, sympy and the standard library of the sandbox really have?

Names, attributes and the arguments of calls are resolved against the index that the sandbox exported. Of values only what is
plain to see is followed: `x = Symbol("x")`, literals, arrays. A name that the program binds anywhere is taken as its own.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from agent.degeneracy.bound import bound_names, offset
from agent.degeneracy.calls import BUILTINS, MAKERS, kind_of, kinds_of, misfit
from agent.types import Finding
from sandbox import ModuleNames, NameIndex
from sandbox.policy import allowed, refusal

__all__ = ["api"]

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

_METHODS = {
    "inverse": "inv",
    "determinant": "det",
    "eigenvalues": "eigenvals",
    "eigenvectors": "eigenvects",
    "add": "append",
    "push": "append",
}
_FORMS = tuple(f"sympy.{name}" for name in ("Expr", "Symbol", "Add", "Mul", "Pow", "Integer", "Rational"))
_ALIKE = 62
"""How alike two names are (rapidfuzz's ratio, 0 to 100), from which on one may stand for the other."""
_BUILTINS = frozenset(dir(builtins))
_HOMES = (
    "sympy",
    "math",
    "numpy",
    "itertools",
    "fractions",
    "collections",
    "functools",
    "decimal",
    "statistics",
    "heapq",
    "random",
    "sympy.ntheory",
    "mpmath",
    "cmath",
    "operator",
    "string",
    "copy",
    "re",
    "time",
    "json",
)
"""Where an import would find a name: forgetting the import is another defect, which `complete` mends."""


def api(source: str, tree: ast.Module, names: NameIndex, *, known: frozenset[str] = frozenset()) -> tuple[Finding, ...]:
    """Findings in the order of the lines, hard ones: the program cannot work. ``known`` are names bound before the program.

    ``start`` and ``end`` are offsets into the source.
    """
    nodes = list(ast.walk(tree))
    walk = _Walk(source, names, known=known | bound_names(nodes))
    # Imports may stand below the functions that use what they bring, so that names are gathered first.
    walk.kinds = kinds_of(nodes, walk.prepare(nodes))
    walk.visit(tree)
    return tuple(sorted(walk.findings, key=lambda finding: finding.start))


def _alternatives(node: ast.expr) -> Sequence[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple) else (node,)


@dataclass
class _Walk(ast.NodeVisitor):
    source: str
    names: NameIndex
    findings: list[Finding] = field(default_factory=list)
    expected: int = 0
    """Blocks around the place that expect a name to be missing."""
    known: frozenset[str] = frozenset()
    """Names that the program binds somewhere, or that an earlier block of the same text bound."""
    kinds: dict[str, str] = field(default_factory=dict)
    """Variable → dotted class of its values, where all that it is bound to has that class."""
    modules: dict[str, str] = field(default_factory=dict)
    """Name in the program → dotted module that it stands for."""
    functions: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Name in the program → module and name of what it was imported as."""
    stars: list[str] = field(default_factory=list)
    """Modules whose every name was imported; one that the index lacks hides what is defined."""

    def add(self, node: ast.AST, rule: str, message: str) -> None:
        if self.expected:
            return
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        start = offset(self.source, line, column)
        end_line, end_column = getattr(node, "end_lineno", None), getattr(node, "end_col_offset", None)
        end = offset(self.source, end_line, end_column) if end_line is not None and end_column is not None else start
        self.findings.append(
            Finding(
                kind="program" if rule == "import" else "api",
                rule=rule,
                severity="hard",
                message=f"line {line}: {message}",
                start=start,
                end=end,
            )
        )

    def prepare(self, nodes: Iterable[ast.AST]) -> Callable[[ast.expr], tuple[str, str] | None]:
        """A copy's view of all imports at once: what names mean when nothing is bound anew."""
        scout = _Walk(self.source, self.names, known=self.known)
        for node in nodes:
            if isinstance(node, ast.Import):
                scout.visit_Import(node)
            elif isinstance(node, ast.ImportFrom):
                scout.visit_ImportFrom(node)
        self.stars += scout.stars
        return scout.resolve

    def visit_Try(self, node: ast.Try) -> None:
        """What an ``except ImportError`` waits for is meant."""
        caught = {
            ast.unparse(name) for handler in node.handlers if handler.type for name in _alternatives(handler.type)
        }
        self.expected += bool(caught & {"ImportError", "ModuleNotFoundError", "AttributeError"})
        for statement in node.body:
            self.visit(statement)
        self.expected -= bool(caught & {"ImportError", "ModuleNotFoundError", "AttributeError"})
        for part in (*node.handlers, *node.orelse, *node.finalbody):
            self.visit(part)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if self.importable(node, alias.name):
                if alias.asname:
                    self.modules[alias.asname] = alias.name
                else:
                    top = alias.name.partition(".")[0]
                    self.modules[top] = top

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if any(alias.name == "*" for alias in node.names):
            self.stars.append(node.module or ".")
        if node.level or node.module is None or not self.importable(node, node.module):
            return
        for alias in node.names:
            dotted = f"{node.module}.{alias.name}"
            if alias.name == "*":
                continue
            if dotted in self.names.modules and not self.is_function(node.module, alias.name):
                self.modules[alias.asname or alias.name] = dotted
            elif not self.has(node.module, alias.name):
                self.unknown(node, node.module, alias.name)
            else:
                self.functions[alias.asname or alias.name] = (node.module, alias.name)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        module = self.module_of(node.value)
        if module is not None:
            if not self.has(module, node.attr):
                self.unknown(node, module, node.attr)
            return
        self.generic_visit(node)
        kind = kind_of(node.value, self.kinds, self.resolve)
        members = self.names.classes.get(kind or "")
        if (
            members is None
            or not isinstance(node.ctx, ast.Load)
            or any(node.attr in known.names for known in self.forms(kind))
            or node.attr.startswith("_")
        ):
            return
        assert kind is not None
        self.add(
            node,
            "unknown_name",
            f"no attribute '{node.attr}' in {kind.rpartition('.')[2]}{self.member(kind, node.attr)}",
        )

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        target = self.resolve(node.func)
        if target is not None and target[0] != "builtins":
            module, name = target
            entry = self.names.modules.get(module)
            if entry is not None and (problem := misfit(node, entry.names.get(name, ""))):
                self.add(node.func, "wrong_call", f"{name}{entry.names[name]} {problem}")
        elif (
            isinstance(node.func, ast.Name)
            and node.func.id in BUILTINS
            and node.func.id not in self.known
            and not self.stars
        ):
            if problem := misfit(node, BUILTINS[node.func.id]):
                self.add(node.func, "wrong_call", f"{node.func.id}{BUILTINS[node.func.id]} {problem}")
        elif isinstance(node.func, ast.Name) and self.is_nowhere(node.func.id):
            self.add(node.func, "undefined", f"'{node.func.id}' is defined nowhere{self.anywhere(node.func.id)}")

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.unbind(node.id)

    def visit_arg(self, node: ast.arg) -> None:
        self.unbind(node.arg)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.unbind(node.name)
        self.generic_visit(node)

    def unbind(self, name: str) -> None:
        """The name is bound to something else from here on."""
        self.modules.pop(name, None)
        self.functions.pop(name, None)

    def resolve(self, node: ast.expr) -> tuple[str, str] | None:
        """Module and name of what an expression names, where the index has that module."""
        if isinstance(node, ast.Attribute):
            module = self.module_of(node.value)
            return (module, node.attr) if module in self.names.modules and self.has(str(module), node.attr) else None
        if not isinstance(node, ast.Name):
            return None
        if node.id in self.functions:
            return self.functions[node.id]
        if node.id in self.known or node.id in self.modules:
            return None
        made = ("builtins", node.id) if node.id in MAKERS and not self.stars else None
        return next(
            (
                (star, node.id)
                for star in self.stars
                if star in self.names.modules and node.id in self.names.modules[star].names
            ),
            made,
        )

    def is_function(self, module: str, name: str) -> bool:
        """sympy.solve is a function, although a module of that name may be loaded as well."""
        entry = self.names.modules.get(module)
        return entry is not None and bool(entry.names.get(name))

    def is_nowhere(self, name: str) -> bool:
        """Neither bound, nor built in, nor a name of the libraries that an import would bring."""
        if name in self.known or name in _BUILTINS or name in self.modules or name in self.functions or len(name) < 3:
            return False
        if any(star not in self.names.modules for star in self.stars) or not self.names.modules:
            return False
        return not any(name in self.names.modules[top].names for top in _HOMES if top in self.names.modules)

    def anywhere(self, name: str) -> str:
        found = next((self.suggestion(top, name) for top in ("sympy", "math") if top in self.names.modules), "")
        return found or "; define it, or compute it with what sympy has"

    def forms(self, kind: str | None) -> Iterator[ModuleNames]:
        """The class itself; an expression may be of any of its forms."""
        for name in _FORMS if kind == "sympy.Expr" else (kind,):
            if name in self.names.classes:
                yield self.names.classes[name]

    def member(self, kind: str, name: str) -> str:
        names = self.names.classes[kind].names
        meant = _METHODS.get(name.lower())
        near = meant if meant in names else _nearest(name, names)
        return f"; did you mean .{near}?" if near else ""

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
        near = _nearest(name, lowered)
        if near is None:
            return ""
        known = lowered[near]
        return f"; did you mean {module}.{known}{entries[known]}?"


def _nearest(name: str, known: Iterable[str]) -> str | None:
    """The most alike of the names, where one is alike enough to be what was meant."""
    best = process.extractOne(name.lower(), list(known), scorer=fuzz.ratio, score_cutoff=_ALIKE)
    return None if best is None else best[0]

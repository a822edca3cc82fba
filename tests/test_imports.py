"""The layering: benchmarks → agent → sandbox; LangGraph in two modules only; importing does nothing and loads little."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from sandbox.attacks import Family

ROOT = Path(__file__).parent.parent
LAYERS = {"sandbox": 0, "agent": 1, "benchmarks": 2}


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("package", LAYERS)
def test_imports_point_one_way(package: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(package)
        for name in imported(path)
        if LAYERS.get(name.partition(".")[0], -1) > LAYERS[package]
    ]
    assert modules(package)
    assert not wrong


def test_only_graph_and_solver_import_langgraph() -> None:
    users = {
        str(path.relative_to(ROOT))
        for package in LAYERS
        for path in modules(package)
        for name in imported(path)
        if name.partition(".")[0] == "langgraph"
    }
    assert users <= {"agent/graph.py", "agent/solver.py"}
    assert "agent/graph.py" in users


def test_the_worker_needs_nothing_of_the_host() -> None:
    allowed = {"sandbox.policy", "sandbox.worker", "numpy", "sympy", "mpmath"} | sys.stdlib_module_names
    allowed |= {"math_verify", "latex2sympy2_extended"}  # in workers that compare
    for path in modules("sandbox/worker"):
        for name in imported(path):
            assert name in allowed or name.startswith("sandbox.worker.") or name.partition(".")[0] in allowed, (
                path,
                name,
            )


def test_importing_is_quiet_and_light() -> None:
    code = (
        "import sys, threading, agent, sandbox, agent.cli\n"
        "heavy = {'langgraph', 'langchain_core', 'langchain_openai', 'openai', 'sympy', 'numpy', 'xllamacpp', 'docker', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)), threading.active_count())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[] 1\n"
    assert done.stderr == ""


def test_no_module_is_too_long() -> None:
    long = {
        str(path.relative_to(ROOT)): size
        for package in LAYERS
        for path in modules(package)
        if (size := lines(path)) > 350 and not is_table(path)
    }
    assert not long


def is_table(path: Path) -> bool:
    """Families of attacks: lists of programs to look things up in, with no logic of their own."""
    return path.parent.name == "attacks" and path.stem in get_args(Family)


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())

"""Ordinary programs run as they would outside."""

from __future__ import annotations

import pytest

from sandbox import Pool, Status

PROGRAMS = {
    "star import": ("from sympy import *\nx = symbols('x')\nprint(integrate(sin(x)**2, (x, 0, pi)))", "pi/2"),
    "lambdify": ("import sympy as sp\nx = sp.symbols('x')\nprint(sp.lambdify(x, x**2 + 1, 'numpy')(3))", "10"),
    "stats": ("from sympy.stats import Die, E\nprint(E(Die('D', 6)))", "7/2"),
    "equations": ("from sympy import *\nx, y = symbols('x y')\nprint(solve([x + y - 3, x - y - 1]))", "{x: 2, y: 1}"),
    "number theory": ("from sympy import *\nprint(factorint(2**64 + 1))", "{274177: 1, 67280421310721: 1}"),
    "geometry": ("from sympy.geometry import *\nprint(Triangle(Point(0, 0), Point(4, 0), Point(0, 3)).area)", "6"),
    "big integers": ("import math\nprint(len(str(math.factorial(5000))))", "16326"),
    "parser": ("from sympy.parsing.sympy_parser import parse_expr\nprint(parse_expr('2*x + x'))", "3*x"),
    "mpmath": ("from mpmath import mp, zeta\nmp.dps = 30\nprint(zeta(2))", "1.64493406684822643647241516665"),
    "linear algebra": ("import numpy as np\nprint(np.linalg.eigvalsh(np.array([[2., 1.], [1., 2.]])).round(6))", "[1. 3.]"),
    "matrix product": ("import numpy as np\na = np.ones((400, 400))\nprint(int((a @ a).sum()))", "64000000"),
    "dynamic names": ("exec('y = 2')\nprint(eval('y + 1'))", "3"),
    "a class": ("from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\nprint(P(1))", "P(x=1)"),
    "the main guard": ("def main(): print('ran')\nif __name__ == '__main__': main()", "ran"),
    "an optional import": ("try:\n    import matplotlib\nexcept ImportError:\n    print('without')", "without"),
}  # fmt: skip


@pytest.mark.parametrize(("source", "printed"), PROGRAMS.values(), ids=PROGRAMS.keys())
async def test_program(sandbox: Pool, source: str, printed: str) -> None:
    seen = await sandbox.run(source)
    assert (seen.status, seen.stdout.strip(), seen.stderr) == (Status.OK, printed, "")


async def test_chance_is_the_same_in_every_run_and_every_worker(sandbox: Pool) -> None:
    source = (
        "import random, numpy as np\nfrom sympy.core.random import random as chance\nfrom sympy import symbols\n"
        "print(random.random(), np.random.rand(), chance(), hash('算額'), set('abcdef'))"
    )
    runs = {(await sandbox.run(source, fresh=fresh)).stdout for fresh in (False, False, True)}
    assert len(runs) == 1


async def test_names_come_from_the_sandbox(sandbox: Pool) -> None:
    index = await sandbox.names()
    profile = await sandbox.profile()
    assert "sqrt" in index.modules["sympy"].names
    assert "linalg" in index.modules["numpy"].names
    assert "Die" in index.modules["sympy.stats"].names
    assert index.modules["math"].names["gcd"] != ""
    assert "os" not in index.modules
    assert profile.numpy
    assert profile.sympy

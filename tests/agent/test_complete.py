"""Forgotten imports are added; nothing else of a program is touched."""

from __future__ import annotations

import pytest

from agent.stages.check import check
from agent.stages.complete import complete
from agent.types import Program
from sandbox import Pool, Status

FORGETFUL = {
    "print(sqrt(16))": "4",
    "x = symbols('x')\nprint(solve(x - 3, x)[0])": "3",
    "print(np.array([1, 2]).sum())": "3",
    "print(sympy.factorial(4), math.gcd(4, 6))": "24 2",
    "from sympy import solve\nprint(solve(x**2 - 9, x))": "[-3, 3]",
    "print(sum(1 for p in permutations('abc')))": "6",
    "from __future__ import annotations\nprint(pi)": "pi",
    "print(Counter('aab')['a'], Fraction(1, 2))": "2 1/2",
}
COMPLETE = [
    "print(1)",
    "from sympy import *\nx = Symbol('x')\nprint(x)",
    "def f(x):\n    return x\nprint(f(1))",
    "print([x for x in range(3)])",
    "print((lambda n: n)(3))",
    "try:\n    pass\nexcept ValueError as e:\n    print(e)",
    "print(undefined_thing)",
    "print(x)",
    "for k in range(3): print(k)",
    "import numpy as np\nprint(np.pi)",
    "x = (1 +",
]


@pytest.mark.parametrize(("source", "stdout"), FORGETFUL.items())
async def test_forgotten_imports(box: Pool, source: str, stdout: str) -> None:
    names = await box.names()
    done = complete(Program(source=source), names)
    assert done.source != source
    assert set(source.splitlines()) <= set(done.source.splitlines())
    assert check(done, names) == ()
    execution = await box.run(done.source)
    assert (execution.status, execution.stdout.strip()) == (Status.OK, stdout)
    assert complete(done, names) == done


@pytest.mark.parametrize("source", COMPLETE)
async def test_nothing_is_added_where_nothing_is_missing(box: Pool, source: str) -> None:
    assert complete(Program(source=source), await box.names()).source == source

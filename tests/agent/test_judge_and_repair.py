"""What counts as an answer, and what the model is told where there is none."""

from __future__ import annotations

import pytest

from agent.stages.check import check
from agent.stages.judge import Refusal, judge, judge_prose
from agent.stages.repair import feedback, from_findings, signature
from agent.types import Answer, Completion, Program
from sandbox import Execution, Pool, Status


def printed(text: str) -> Answer | Refusal:
    return judge(Execution(status=Status.OK, stdout=text))


@pytest.mark.parametrize(
    ("stdout", "answer"),
    [
        ("42\n", "42"),
        ("step 1: 3\nstep 2: 4\n7\n\n", "7"),
        ("3/4\n", "3/4"),
        ("True\n", "True"),
        ("(1, 2)\n", "(1, 2)"),
        ("sqrt(2) + 1\n", "sqrt(2) + 1"),
        ("[5]\n", "5"),
        ("{x: 5}\n", "5"),
        ("Eq(x, 2)\n", "2"),
        ("Tuesday\n", "Tuesday"),
        ("解なし\n", "解なし"),
        ("sin(x) + cos(x)\n", "sin(x) + cos(x)"),
    ],
)
def test_answers(stdout: str, answer: str) -> None:
    assert printed(stdout) == Answer(text=answer)


@pytest.mark.parametrize(
    ("stdout", "rule"),
    [
        ("", "empty"),
        ("  \n\n", "empty"),
        ("None\n", "undefined"),
        ("nan\n", "undefined"),
        ("<function solve at 0x7f3a>\n", "object"),
        ("<generator object <genexpr> at 0x7f>\n", "object"),
        ("<class 'int'>\n", "object"),
        ("[]\n", "no_solution"),
        ("EmptySet\n", "no_solution"),
        ("Eq(x**2 - 4, 0)\n", "unevaluated"),
        ("ConditionSet(x, Eq(x - cos(x), 0), Reals)\n", "unevaluated"),
        ("Integral(exp(x**2), (x, 0, 1))\n", "unevaluated"),
        ("9" * 3000 + "\n", "too_long"),
        ("Hello, World!\n", "words"),
        ("There is no file\n", "words"),
    ],
)
def test_refusals(stdout: str, rule: str) -> None:
    verdict = printed(stdout)
    assert isinstance(verdict, Refusal)
    assert verdict.rule == rule
    assert verdict.message.endswith(".") or verdict.message.endswith(")")


def test_prose() -> None:
    assert judge_prose(Completion(text=r"… so \boxed{\dfrac{3}{4}}.")) == Answer(text="3/4", source="prose")
    assert isinstance(judge_prose(Completion(text="The answer is 3/4.")), Refusal)


BAD = {
    "syntax": ("x = (1 +\nprint(x)", "syntax", ""),
    "import": ("import os\nprint(os.getcwd())", "import", "os"),
    "unknown in sympy": ("import sympy as sp\nprint(sp.squareroot(4))", "unknown_name", "sqrt"),
    "unknown from": ("from sympy import primerangee\nprint(1)", "unknown_name", "primerange"),
    "unknown in numpy": ("import numpy as np\nprint(np.linalg.inverse(np.eye(2)))", "unknown_name", "inv"),
    "elsewhere in the library": ("import sympy\nprint(sympy.geometry.distance_to)", "unknown_name", ""),
    "math": ("import math\nprint(math.comb2(4, 2))", "unknown_name", "comb"),
}
GOOD = [
    "from sympy import *\nx = symbols('x')\nprint(solve(x**2 - 2, x))",
    "import numpy as np\nprint(np.linalg.det(np.eye(3)))",
    "import sympy\nprint(sympy.ntheory.isprime(7), sympy.Rational(1, 3), sympy.pi)",
    "from math import gcd, lcm\nfrom itertools import combinations\nprint(gcd(4, 6), lcm(4, 6))",
    "import math\nmath = 3\nprint(math.anything)",
    "from sympy import Symbol\ndef f(np):\n    return np.whatever\nprint(1)",
    "from collections import Counter\nprint(Counter('aab').most_common(1)[0][0])",
    "import sympy.physics.units as u\nprint(u.meter)",
    "from sympy.abc import x, y\nprint(x + y)",
    "import mpmath\nmpmath.mp.dps = 30\nprint(mpmath.pi)",
    "from fractions import Fraction\nprint(Fraction(1, 2).numerator)",
    "import statistics\nprint(statistics.mean([1, 2]))",
]


@pytest.mark.parametrize(("source", "rule", "hint"), BAD.values(), ids=BAD.keys())
async def test_defects_are_found_before_running(box: Pool, source: str, rule: str, hint: str) -> None:
    findings = check(Program(source=source), await box.names())
    assert findings
    assert findings[0].rule == rule
    assert findings[0].severity == "hard"
    assert hint in findings[0].message
    assert 0 <= findings[0].start <= findings[0].end <= len(source)
    assert findings[0].message in from_findings(findings)


@pytest.mark.parametrize("source", GOOD)
async def test_good_programs_pass_and_run(box: Pool, source: str) -> None:
    assert check(Program(source=source), await box.names()) == ()
    if "anything" not in source:
        assert (await box.run(source)).status is Status.OK


RUNS = {
    "forgotten import": ("print(sqrt(2))", "from sympy import sqrt"),
    "forgotten alias": ("print(np.eye(2))", "import numpy as np"),
    "empty solution": (
        "from sympy import *\nx = Symbol('x', positive=True)\nprint(solve(x + 1, x)[0])",
        "solve() may have found",
    ),
    "truth value": ("from sympy import *\nx = Symbol('x')\nif x > 2:\n    print(x)", "symbolic condition"),
    "list as number": ("from sympy import *\nx = Symbol('x')\nprint(solve(x - 1) + 1)", "list"),
}


@pytest.mark.parametrize(("source", "hint"), RUNS.values(), ids=RUNS.keys())
async def test_errors_are_told_briefly_with_the_line_and_a_hint(box: Pool, source: str, hint: str) -> None:
    execution = await box.run(source)
    assert execution.status is Status.RUNTIME_ERROR
    told = feedback(Program(source=source), execution, await box.names())
    assert hint in told
    assert source.splitlines()[(execution.line or 1) - 1].strip() in told
    assert len(told) < 900
    assert "/" not in told.splitlines()[0]


async def test_limits_are_told_without_a_traceback(box: Pool) -> None:
    execution = await box.run("while True: pass", limits=box.limits.model_copy(update={"wall_s": 0.3}))
    assert execution.status is Status.TIME_LIMIT
    assert "too long" in feedback(Program(source="while True: pass"), execution, await box.names())


def test_the_same_error_has_the_same_signature() -> None:
    assert signature("TypeError: 'a' at 3\nmore") == signature("TypeError: 'b' at 17\nother")
    assert signature("TypeError: x") != signature("NameError: x")

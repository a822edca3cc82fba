"""The answer's forms: exact values behind floats, units that are asked for, words in the problem's language."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import sympy

from agent.equivalence import Comparer
from agent.problem import language_of
from agent.stages.exact import exact, twin
from agent.stages.present import present, unit_asked
from agent.types import Answer, Attempt, Completion, Problem, Program, Turn, Vote
from sandbox import Limits, Pool

LIMITS = Limits(wall_s=10)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def comparer(box: Pool) -> AsyncIterator[Comparer]:
    async with Comparer((await box.profile()).backend, workers=1) as opened:
        yield opened


@pytest.mark.parametrize(
    ("source", "printed", "found"),
    [
        ("print(1 / 3)", "0.333333333333", "1/3"),
        ("import math\nprint(math.sqrt(12))", "3.46410161514", "2*sqrt(3)"),
        ("from math import sqrt\nprint((1 + sqrt(5)) / 2)", "1.61803398875", "1/2 + sqrt(5)/2"),
        ("import sympy as sp\nx = sp.Rational(2, 7)\nprint(float(x))", "0.285714285714", "2/7"),
        ("from sympy import *\nx = symbols('x')\nprint(solve(x**2 - 2, x)[1].evalf())", "1.41421356237", "sqrt(2)"),
        ("import numpy as np\nprint(np.pi * 0.5)", "1.57079632679", "pi/2"),
        ("x = 2 ** 0.5\nprint(f'{x}')", "1.41421356237", "sqrt(2)"),
        ("print(7 / 2)", "3.5", "7/2"),
        ("print(3 * 2 ** -2)", "0.75", "3/4"),
        ("print(round(2 / 3, 2))", "0.67", None),
        ("print(f'{2 / 3:.3f}')", "0.667", None),
        ("import random\nprint(random.random())", "0.8444218515250481", None),
        ("import time\nt = 0.1\nwhile t < 0.2: t = t * 1.01 / 3 * 3\nprint(t)", "0.201", None),
        ("print(12)", "12", None),
    ],
)
async def test_the_program_knows_the_exact_value(
    source: str, printed: str, found: str | None, box: Pool, comparer: Comparer
) -> None:
    value = await exact(printed, Program(source=source), box, comparer, limits=LIMITS)
    if found is None:
        assert value is None
    else:
        assert value is not None
        assert sympy.simplify(sympy.sympify(value) - sympy.sympify(found)) == 0


def test_a_program_without_floats_has_no_twin() -> None:
    assert twin(Program(source="print(6 * 7)")) is None
    assert twin(Program(source="print((")) is None


def solved(text: str, source: str = "print(1)") -> tuple[Vote, list[Attempt]]:
    turn = Turn(
        index=0,
        mode="first",
        strategy="program",
        seed=0,
        temperature=0,
        completion=Completion(text=""),
        program=Program(source=source),
    )
    attempt = Attempt(index=0, seed=0, turns=(turn,), answer=Answer(text=text), halt_reason="answered")
    return Vote(answer=text, weight=1.0, attempts=(0,)), [attempt]


@pytest.mark.parametrize(
    ("text", "source", "problem", "answer", "boxed"),
    [
        ("42", "", "What is 6 times 7?", "42", r"\boxed{42}"),
        ("-3/4", "", "What is it?", "-3/4", r"\boxed{-\frac{3}{4}}"),
        ("2*sqrt(3)", "", "What is it?", "2*sqrt(3)", r"\boxed{2 \sqrt{3}}"),
        ("0.333333333333", "print(1/3)", "What is it?", "1/3", r"\boxed{\frac{1}{3}}"),
        ("3.5", "print(7/2)", "How many hours does it take?", "3.5", r"\boxed{\frac{7}{2}}\ \text{hours}"),
        ("3.14", "print(round(3.14159, 2))", "What is it?", "3.14", r"\boxed{3.14}"),
        ("12", "", "三角形の面積は何cm^2ですか。", "12", r"\boxed{12}\ \text{cm^2}"),
        ("EmptySet", "", "方程式を解け。", "解なし", r"\boxed{\text{解なし}}"),
        ("True", "", "Is 17 a prime?", "Yes", r"\boxed{\text{Yes}}"),
        ("True", "", "17は素数か。", "はい", r"\boxed{\text{はい}}"),
        ("[-2, 2]", "", "Solve it.", "[-2, 2]", r"\boxed{-2, 2}"),
        (r"\frac{3}{4}", "", "What is it?", "3/4", r"\boxed{\frac{3}{4}}"),
        ("(x < 3) & (x > 1)", "", "Solve it.", "(x < 3) & (x > 1)", r"\boxed{x < 3 \text{ and } x > 1}"),
        ("no such thing", "", "What is it?", "no such thing", r"\boxed{\text{no such thing}}"),
    ],
)
async def test_the_forms_of_an_answer(
    text: str, source: str, problem: str, answer: str, boxed: str, box: Pool, comparer: Comparer
) -> None:
    winner, attempts = solved(text, source or "print(1)")
    asked = Problem(text=problem, language=language_of(problem))
    shown = await present(winner, attempts, asked, box, comparer, limits=LIMITS)
    assert (shown.answer, shown.boxed) == (answer, boxed)
    if shown.exact is not None:
        assert sympy.sympify(shown.exact) is not None


async def test_exact_is_a_value_that_sympy_reads(comparer: Comparer) -> None:
    x = sympy.Symbol("x")
    for text, value in {
        "1/2": sympy.Rational(1, 2),
        "[1, 2]": sympy.FiniteSet(1, 2),
        "Interval.open(0, oo)": sympy.Interval.open(0, sympy.oo),
        "1 < x ≦ 2": sympy.And(sympy.StrictLessThan(1, x), x <= 2),
        "Matrix([[1, 2], [3, 4]])": sympy.Matrix([[1, 2], [3, 4]]),
        "x**2 + y**2 = 4": sympy.Eq(x**2 + sympy.Symbol("y") ** 2, 4),
        "0.25": sympy.Float("0.25"),
    }.items():
        expressed = await comparer.express(text)
        assert expressed.exact is not None
        found = sympy.sympify(expressed.exact)
        assert found == value or found.canonical == value.canonical


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("兄は何歳ですか。", "歳"),
        ("水は何リットル必要か。", "リットル"),
        ("全部で何ポンドですか?", "ポンド"),
        ("何時間かかりますか。", "時間"),
        ("長さを求めよ。ただし単位は cm とする。", "cm"),
        ("何故か答えよ。", None),
        ("面積を求めよ。", None),
        ("How many square meters is the floor?", "m^2"),
        ("How many minutes does it take?", "minutes"),
        ("How much did she pay, in dollars?", "dollars"),
        ("How many apples are left?", None),
        ("What is the sum of the primes in the list?", None),
    ],
)
def test_the_unit_that_is_asked_for(text: str, unit: str | None) -> None:
    assert unit_asked(Problem(text=text, language=language_of(text))) == unit

"""Equality of answers over real workers: our pairs, properties, hostile texts, and what is taken from a text."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.equivalence import Comparer, Pair, classes, equivalent
from agent.equivalence.notation import tidy
from agent.equivalence.reading import read
from agent.equivalence.taking import take
from benchmarks.equivalence import shipped


@pytest.fixture(scope="module")
async def comparer() -> AsyncIterator[Comparer]:
    async with Comparer("auto", workers=2) as one:
        yield one


async def test_all_our_pairs(comparer: Comparer) -> None:
    pairs = shipped()
    verdicts = await comparer.compare(
        [Pair(gold=pair.golds, predicted=pair.predicted, mode=pair.mode) for pair in pairs]
    )
    wrong = [
        (pair.gold, pair.predicted, pair.expected, verdict)
        for pair, verdict in zip(pairs, verdicts, strict=True)
        if verdict.outcome != pair.expected
    ]
    assert wrong == []


async def test_equality_is_symmetric(comparer: Comparer) -> None:
    pairs = [pair for pair in shipped() if isinstance(pair.gold, str)]
    verdicts = await comparer.compare(
        [Pair(gold=(pair.predicted,), predicted=str(pair.gold), mode=pair.mode) for pair in pairs]
    )
    wrong = [
        (pair.predicted, pair.gold, pair.expected, verdict.outcome)
        for pair, verdict in zip(pairs, verdicts, strict=True)
        if verdict.outcome != pair.expected
    ]
    assert wrong == []


async def test_every_answer_equals_itself(comparer: Comparer) -> None:
    texts = sorted({pair.predicted for pair in shipped()})
    verdicts = await comparer.compare(
        [Pair(gold=(f" {text} ",), predicted=f"${text}$") for text in texts if "$" not in text]
    )
    assert {verdict.outcome for verdict in verdicts} == {"equal"}


x, y = sympy.symbols("x y")
expressions = st.recursive(
    st.sampled_from([x, y, sympy.Integer(2), sympy.Integer(-3), sympy.Rational(1, 2), sympy.sqrt(3)]),
    lambda parts: (
        st.tuples(parts, parts).map(lambda two: two[0] + two[1])
        | st.tuples(parts, parts).map(lambda two: two[0] * two[1])
    ),
    max_leaves=5,
)


@given(expressions)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_rewriting_keeps_equality_and_another_coefficient_breaks_it(
    comparer: Comparer, expression: sympy.Expr
) -> None:
    latex = sympy.latex(expression)
    equal = [
        Pair(gold=(latex,), predicted=sympy.latex(sympy.expand(expression))),
        Pair(gold=(latex,), predicted=sympy.latex(sympy.factor(expression))),
        Pair(gold=(latex,), predicted=str(expression)),  # as a program prints it
    ]
    different = [
        Pair(gold=(latex,), predicted=sympy.latex(expression + 1)),
        Pair(gold=(latex,), predicted=sympy.latex(expression + x * y / 7)),
    ]
    outcomes = [verdict.outcome for verdict in await comparer.compare([*equal, *different])]
    assert outcomes == ["equal", "equal", "equal", "different", "different"], latex


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('id')",
        "9^{9^{9^{9^9}}}",
        "2^{2^{2^{2^{2^2}}}}",
        "x^{999999999}",
        "(x+1)^{100000}",
        "{" * 10_000 + "1" + "}" * 10_000,
        "(" * 300 + "1" + ")" * 300,
        "1" * 3_000_000,
        "1,2,3," * 300,
        "9" * 1200 + "万",
        "1.2.3億",
        "百二十三",
        "print('equal')",
        '["equal", "x"]',
        "\\frac{}{}",
        "\\",
        "",
        "\x00",
        "\ud800",
        "∫∫∫",
    ],
    ids=lambda text: ascii(text)[:24],
)
async def test_hostile_answers_are_never_equal_and_harm_nothing(comparer: Comparer, text: str) -> None:
    verdict = await equivalent(gold="42", predicted=text, comparer=comparer)
    assert verdict.outcome != "equal"
    assert (await equivalent(gold="x^2-1", predicted="(x+1)(x-1)", comparer=comparer)).outcome == "equal"


async def test_one_that_cannot_be_compared_takes_no_other_with_it(comparer: Comparer) -> None:
    pairs = [Pair(gold=("x^2",), predicted=text) for text in ("x\\cdot x", "x^{999999999}", "x^3", "x^2")]
    outcomes = [verdict.outcome for verdict in await comparer.compare(pairs)]
    assert outcomes == ["equal", "undecided", "different", "equal"]


async def test_any_accepted_answer_will_do(comparer: Comparer) -> None:
    verdict = await equivalent(gold=["\\frac{1}{3}", "\\frac{2}{3}"], predicted="2/3", comparer=comparer)
    assert (verdict.outcome, verdict.correct) == ("equal", True)
    assert (await equivalent(gold="42", predicted="???", comparer=comparer)).correct is None


async def test_classes_of_equal_answers(comparer: Comparer) -> None:
    answers = ["12個", "3/4", "12", "0.75", "???", "x", "75%", "???"]
    assert await classes(answers, comparer) == [0, 1, 0, 1, 4, 5, 1, 4]
    assert await classes([], comparer) == []


def test_our_pairs_are_what_they_should_be() -> None:
    pairs = shipped()
    assert len(pairs) >= 600
    assert sum(pair.expected == "different" for pair in pairs) >= len(pairs) / 3
    japanese = [
        pair for pair in pairs if any("\u3000" <= character <= "\uffef" for character in f"{pair.gold}{pair.predicted}")
    ]
    assert len(japanese) >= len(pairs) / 3
    assert all(pair.why for pair in pairs)
    assert len({(pair.gold, pair.predicted, pair.mode) for pair in pairs}) == len(pairs)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("So \\boxed{1}, no: \\boxed{\\frac{3}{4}}.", "\\frac{3}{4}"),
        ("計算すると…\n答え: 12個", "12個"),
        ("**Answer:** 3/4\n\nThat is all.", "3/4"),
        ("We add. The final answer is 17.", "17"),
        ("したがって、答えは $x=3$ です。", "$x=3$"),
        ("First 3, then 4, so in the end we get 7 apples.", "7"),
        ("Hence $a = 5$ and finally $$x = 12$$", "12"),
        ("<think>\\boxed{9}</think>\\boxed{8}", "8"),
        ("It takes 15 minutes.", "15 minutes"),
        ("It takes 2 hours and 15 minutes.", "2 hours and 15 minutes"),
        ("So there are 5 marbles.", "5"),
        ("The answer is 12 because 3 + 9 = 12", "12"),
        ("3 + 4 = 7\n#### 7", "7"),
        ("no real solutions", "no real solutions"),
        ("42", "42"),
        ("", ""),
    ],
)
def test_what_is_taken_from_a_text(text: str, answer: str) -> None:
    assert take(text) == answer


def test_one_spelling() -> None:
    assert tidy("答えは　１２　です。") == "12"
    assert tidy("$\\dfrac{1}{2}$") == "\\frac{1}{2}"
    assert tidy("x²") == "x^{2}"
    assert read("1,234")[0].model_dump()["latex"] == "1234"


@pytest.mark.parametrize("text", ["\\[" * 500_000, "$" * 1_000_001, "answer: " * 200_000, "**" * 500_000])
def test_megabytes_are_no_hang(text: str) -> None:
    assert len(take(text)) <= 8000


def test_kanji_numbers_are_not_words() -> None:
    assert read("百二十三")[0].kind == "value"

"""Answers as text, and as the sandbox's sympy reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.answers import normalize, readable, understand
from sandbox import Pool


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("42", "42"),
        (" 42. ", "42"),
        ("18.0", "18"),
        ("0.30000000000000004", "0.3"),
        ("1,234,567", "1234567"),
        ("$1,200", "1200"),
        ("４２", "42"),
        ("１／２", "1/2"),
        ("72個", "72"),
        ("答え: 15円", "15"),
        ("Answer: 3/4", "3/4"),
        ("The answer is 72 clips.", "72"),
        ("x = 5", "5"),
        ("[7]", "7"),
        ("{x: 3}", "3"),
        ("[{x: 3}]", "3"),
        ("Fraction(3, 4)", "3/4"),
        ("np.float64(2.5)", "2.5"),
        ("Decimal('1.50')", "1.5"),
        ("-0.5", "-0.5"),
        ("1e+20", "1e+20"),
        (r"$\frac{3}{4}$", "3/4"),
        (r"\boxed{12}", "12"),
        (r"3\sqrt{2}", "3sqrt(2)"),
        (r"90^\circ", "90"),
        ("x**2 + 1", "x**2 + 1"),
        ("2−√", "2-√"),
        ("", ""),
    ],
)
def test_normalize(text: str, plain: str) -> None:
    assert normalize(text) == plain


@given(st.text(max_size=200))
def test_normalize_takes_any_text_and_is_done_once(text: str) -> None:
    once = normalize(text)
    assert "\n" not in once
    assert isinstance(readable(once), bool)


@pytest.mark.parametrize(
    "text", ["1/2", "sqrt(2)*x + 1", "[1, 2, 3]", "{1, 2}", "pi/3", "2^10", "x <= 3", "Interval(0, 1)", "1e-5"]
)
def test_mathematics_is_readable(text: str) -> None:
    assert readable(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "__import__('os')",
        "x.__class__",
        "().__class__",
        "exec(1)",
        "open('f')",
        "lambda: 0 .real",
        "'text'",
        "a_b",
        "print(1)",
        "1" * 500,
        "twelve",
        "[i for i in x]",
    ],
)
def test_what_is_no_mathematics_never_reaches_the_parser(text: str) -> None:
    assert not readable(text)


async def test_equal_answers_share_a_group(box: Pool) -> None:
    texts = [
        "1/2",
        "0.5",
        "2/4",
        "sqrt(8)",
        "2*sqrt(2)",
        "x + 1",
        "1 + x",
        "y",
        "[1, 2]",
        "(1, 2)",
        "twelve",
        "twelve",
        "(x+1)**2 - 1",
    ]
    groups = [reading.group for reading in await understand(texts, box)]
    assert groups[0] == groups[1] == groups[2]
    assert groups[3] == groups[4]
    assert groups[5] == groups[6] != groups[7]
    assert groups[8] == groups[9]
    assert groups[10] == groups[11]
    assert len({groups[i] for i in (0, 3, 5, 7, 8, 10, 12)}) == 7


async def test_exact_and_latex_forms(box: Pool) -> None:
    half, root, words = await understand(["1/2", "2*sqrt(3)", "no such thing"], box)
    assert (half.exact, half.latex) == ("Rational(1, 2)", r"\frac{1}{2}")
    assert (root.exact, root.latex) == ("Mul(Integer(2), Pow(Integer(3), Rational(1, 2)))", r"2 \sqrt{3}")
    assert (words.exact, words.latex) == (None, None)


async def test_answers_that_explode_are_only_text(box: Pool) -> None:
    """The parser computes what it reads; the sandbox's limits end it, and the answers still count."""
    readings = await understand(["9**9**9**9", "7", "9**9**9**9"], box)
    assert readings[0].group == readings[2].group != readings[1].group

"""The answer alone, out of a printed line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.equivalence.unwrapping import mathematical, unwrap


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
def test_unwrap(text: str, plain: str) -> None:
    assert unwrap(text) == plain


@given(st.text(max_size=200))
def test_unwrap_takes_any_text_and_is_done_once(text: str) -> None:
    once = unwrap(text)
    assert "\n" not in once
    assert isinstance(mathematical(once), bool)


@pytest.mark.parametrize(
    "text", ["1/2", "sqrt(2)*x + 1", "[1, 2, 3]", "{1, 2}", "pi/3", "2^10", "x <= 3", "Interval(0, 1)", "1e-5"]
)
def test_mathematics_is_mathematical(text: str) -> None:
    assert mathematical(text)


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
    assert not mathematical(text)

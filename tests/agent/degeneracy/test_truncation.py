"""Texts that break off, and those that only end without a full stop."""

from __future__ import annotations

import pytest

from agent.degeneracy.mask import mask
from agent.degeneracy.truncation import collapse, truncation
from agent.types import Completion, Finding, FinishReason

BEGIN = "We know that the two numbers add up to twelve. Their difference is four. "
JA = "二つの数の和は12であり、差は4である。大きいほうの数は8、小さいほうの数は4である。"


def broken(text: str, reason: FinishReason = "unknown") -> Finding | None:
    return truncation(Completion(text=text, finish_reason=reason), mask(text))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("```python\nprint(1", "unclosed_fence"),
        ("Here:\n```python\nprint(1)", "unclosed_fence"),
        (BEGIN + "So we have \\[ x = \\frac{1}{2", "unclosed_math"),
        (BEGIN + "The answer is \\boxed{12", "unclosed_math"),
        (BEGIN + "So $x = \\frac{a}{b} + 3", "unclosed_math"),
        (BEGIN + "Therefore the larger one of the", "open_end"),
        (BEGIN + "Hence x =", "open_end"),
        (BEGIN + "It follows that we can now multiply the second equa", "open_end"),
        (JA + "したがって、求める積は", "open_end"),
        (f"{JA}\n\n{JA}\n\n{JA}\n\nなお、この問", "open_end"),
        ("1. First we add.\n2. Then we subtract.\n3. Then we divide by two, which gives four.\n\n4", "open_end"),
        (
            BEGIN
            + "\n"
            + "".join(f"Step {n}: add {n} to the sum so far.\n" for n in range(5))
            + "Step 5: add 5 to the s",
            "open_end",
        ),
    ],
)
def test_broken_off(text: str, rule: str) -> None:
    finding = broken(text)
    assert finding is not None
    assert (finding.kind, finding.rule) == ("truncation", rule)
    assert 0 <= finding.start <= finding.end == len(text)


@pytest.mark.parametrize(
    "text",
    [
        BEGIN + "So the larger number is 8.",
        BEGIN + "So there are 6 girls + 12 boys = 18 kids in the park",
        BEGIN + "**Answer: 8**",
        BEGIN + "$$\\boxed{8}$$",
        BEGIN + "It costs $5 and $7, together $12",
        BEGIN + "\\begin{align*}\nx &= 8\n\\end{align*}",
        "```python\nprint(8)\n```",
        JA + "よって、答えは8",
        JA + "\n\n答え:**8個**",
        JA + "\n\n$$x=8$$",
        "8",
        "1. Add.\n2. Subtract.\n3. The answer is 8.",
    ],
)
def test_whole(text: str) -> None:
    assert broken(text) is None


def test_the_server_is_the_best_witness() -> None:
    assert broken(BEGIN + "Therefore the", "stop") is None
    finding = broken(BEGIN + "So it is 8.", "length")
    assert finding is not None
    assert (finding.rule, finding.severity) == ("out_of_tokens", "hard")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("a" * 60, "wall"),
        ("答えは" + "！" * 80, "wall"),
        ("It is " + "三角形".encode().decode("cp1252", "replace"), "mojibake"),
        ("三角形の面積".encode().decode("cp932", "replace"), "mojibake"),
        ("a\ufffd\ufffdb", "mojibake"),
    ],
)
def test_collapse(text: str, rule: str) -> None:
    assert [finding.rule for finding in collapse(mask(text))] == [rule]


@pytest.mark.parametrize("text", ["-" * 80, "# " + "=" * 100, "1" + "0" * 100, "ha" * 40])
def test_ruled_lines_and_long_numbers_are_no_wall(text: str) -> None:
    assert list(collapse(mask(text))) == []


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("Since x**2 - 1 = 0 has two solutions, we have x = 1 or x = -1. The answer is 1.", True),
        ("We solve the equation and find both of its solutions. **The answer is", False),
    ],
)
def test_a_power_is_no_bold_text(text: str, whole: bool) -> None:
    assert (broken(text, "unknown") is None) is whole

"""The language of the problem, and any other one."""

from __future__ import annotations

import pytest

from agent.degeneracy.mask import mask
from agent.degeneracy.script import script, simplified

JA = "縦が3cm、横が4cmの長方形の面積を求めよ。"
EN = "Find the area of a rectangle that is 3 by 4."


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("面積は縦と横の積です。我们把边长相乘。", "simplified"),
        ("面積は縦と横の積です。因此，答案是 12。", "chinese"),
        ("面積は縦と横の積である。然後将長和寛相乗即可得到其面積。", "chinese"),
        ("縦と横をかける。Умножим длину на ширину. よって12。", "foreign_script"),
        ("縦と横をかける。직사각형의 넓이는 12이다。", "foreign_script"),
        ("Por lo tanto, el área del rectángulo es el producto de los lados y la respuesta es 12.", "other_language"),
    ],
)
def test_hard(text: str, rule: str) -> None:
    (first, *_) = script(mask(text), JA, "ja")
    assert (first.kind, first.rule, first.severity) == ("script", rule, "hard")
    assert 0 <= first.start < first.end <= len(text)


def test_reasoning_in_english_is_soft_and_hard_for_a_reader() -> None:
    text = "We multiply the length of the rectangle by its width, and so the answer is 12. よって 12 である。"
    (soft,) = script(mask(text), JA, "ja")
    assert (soft.rule, soft.severity) == ("other_language", "soft")
    (hard,) = script(mask(text), JA, "ja", reader=True)
    assert hard.severity == "hard"
    assert text[hard.start : hard.end].startswith("We multiply")


@pytest.mark.parametrize(
    ("text", "problem", "language"),
    [
        ("最大公約数 (GCD) は、ユークリッドの互除法 (Euclidean algorithm) により 6 である。", JA, "ja"),
        ("答えは $\\alpha+\\beta$ です。Cauchy–Schwarz の不等式を使う。", JA, "ja"),
        ("# compute the area of the rectangle and print it\n面積は12です。", JA, "ja"),
        ("Let ℵ₀, ℝ and 𝔽 be as usual, and let π ≈ 3.14; the naïve answer by Erdős is 12.", EN, "en"),
        ("The word 算額 means a wooden tablet.", "What does 算額 mean?", "en"),
        ("求める値は、次のとおりである。以上、証明終了。", JA, "ja"),
        ("β − (2 + i) = i{(5 + 2i) − (2 + i)} = i(3 + i) = −1 + 3i", JA, "ja"),
    ],
)
def test_genuine(text: str, problem: str, language: str) -> None:
    found = script(mask(text), problem, "ja" if language == "ja" else "en")
    assert [finding for finding in found if finding.severity == "hard"] == []


def test_simplified_characters_come_from_the_character_sets() -> None:
    assert all(map(simplified, "们这说"))
    assert not any(map(simplified, "国数学定理三角形面積求例関係円"))

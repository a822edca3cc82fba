"""What is prose, and what is not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.degeneracy.mask import mask

TEXT = """By the formula $a^2+b^2$ and \\(c_1\\) we get `x = 3`:
\\[ \\sum_{k=1}^n k \\]
```python
import sympy  # the sum of squares
print("not a comment # really")
```
It costs $5 and then $7 more. \\boxed{12}"""


def test_only_prose_and_comments_stay() -> None:
    masked = mask(TEXT)
    words = masked.prose.split()
    assert words[:6] == ["By", "the", "formula", "and", "we", "get"]
    assert "the sum of squares" in masked.prose
    for gone in ("sum_", "import", "print", "boxed", "x = 3", "a^2"):
        assert gone not in masked.prose
    assert "costs $5 and then $7 more" in masked.prose
    assert [TEXT[block.start : block.end].splitlines()[0] for block in masked.blocks] == [
        "import sympy  # the sum of squares"
    ]


def test_what_the_problem_says_is_masked() -> None:
    problem = "Find the smallest Zorkian number above 20 that is even."
    masked = mask("We look for the smallest Zorkian number above 20 that is even. It is 22.", problem)
    assert "Zorkian" not in masked.prose
    assert masked.prose.endswith("It is 22.")


@given(st.text(alphabet="ab$`\\[](){}#\n \"'あ、。", max_size=200), st.text(max_size=60))
def test_offsets_stay(text: str, problem: str) -> None:
    masked = mask(text, problem)
    assert len(masked.prose) == len(masked.outside) == len(text)
    assert all(a == b or a == " " for a, b in zip(masked.prose, text, strict=True))

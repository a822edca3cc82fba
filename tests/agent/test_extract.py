"""The program is found however the model wrapped it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.stages.extract import boxed, extract, parse
from agent.types import Completion, Finding, Program

CASES = {
    "opened fence, closed by the stop": ("```python\nprint(1)", "print(1)"),
    "closed fence": ("```python\nprint(1)\n```\nThe answer is 1.", "print(1)"),
    "prose around": ("Sure!\n```python\nx = 2\nprint(x)\n```\nDone.", "x = 2\nprint(x)"),
    "last block that prints": ("```python\nprint(1)\n```\n```python\nprint(2)\n```\n```python\nx = 3\n```", "print(2)"),
    "output block is no program": ("```python\nprint(1)\n```\nOutput:\n```\n1\n```", "print(1)"),
    "unlabelled": ("```\nprint(5)\n```", "print(5)"),
    "label py": ("```py\nprint(5)\n```", "print(5)"),
    "indented block": (
        "1. Run\n   ```python\n   a = 1\n   if a:\n       print(a)\n   ```",
        "a = 1\nif a:\n    print(a)",
    ),
    "no fence": ("x = 6 * 7\nprint(x)", "x = 6 * 7\nprint(x)"),
    "only the closing fence": ("print(129)\n```", "print(129)"),
    "Windows lines": ("```python\r\nprint(1)\r\n```", "print(1)"),
    "doctest": ("```python\n>>> x = 1\n>>> print(x)\n1\n```", "x = 1\nprint(x)"),
    "full-width punctuation": ("```python\nprint（１＋２）\n```", "print(1+2)"),
    "full-width stays in strings of a good program": ('```python\nprint("３（")\n```', 'print("３（")'),
}


@pytest.mark.parametrize(("text", "source"), CASES.values(), ids=CASES.keys())
def test_program(text: str, source: str) -> None:
    assert extract(Completion(text=text)) == Program(source=source)


@pytest.mark.parametrize(
    "text", ["", "The answer is 7.", "```python\n```", "```\n42\n```", "```json\n{}\n```", "print the sum"]
)
def test_no_program(text: str) -> None:
    finding = extract(Completion(text=text))
    assert isinstance(finding, Finding)
    assert finding.rule == "no_program"


@given(st.text(max_size=300))
def test_any_text_is_survived(text: str) -> None:
    assert isinstance(extract(Completion(text=text)), Program | Finding)


@pytest.mark.parametrize(
    "source", ["(" * 9000, "-" * 90000 + "1", "a" + ".a" * 40000, "lambda:" * 9000, "9" * 9000, "\x00", "x" * 200_000]
)
def test_parsing_hostile_text_is_survived(source: str) -> None:
    assert parse(source) is None or len(source) < 100_000


def test_boxed() -> None:
    assert boxed(r"so \boxed{1} and finally $\boxed{\frac{1}{2}}$.") == r"\frac{1}{2}"
    assert boxed(r"nothing \boxed{") is None
    assert boxed(r"\boxed{}") is None
    assert boxed("no box") is None

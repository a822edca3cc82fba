"""Loops with changes. Exact cycles at the end are in test_screen.py."""

from __future__ import annotations

import pytest

from agent.degeneracy.mask import mask
from agent.degeneracy.repetition import handed_in_again, repetition
from agent.types import Completion, Language, Program, Turn

LOOPS: dict[str, tuple[str, Language]] = {
    "counting lines": (
        "Let us count.\n" + "".join(f"x_{n} = x_{n - 1} + {n * n}, which we write down.\n" for n in range(1, 30)),
        "en",
    ),
    "renaming": (
        "考える。\n" + "".join(f"第{n}項を求める。項{n}は前の項に{n}を足したものである。\n" for n in range(1, 30)),
        "ja",
    ),
    "counting in one line": (
        "So we add \\(" + " + ".join(f"\\int_{{{n}}}^{{{n + 1}}} f(x) dx" for n in range(30)),
        "en",
    ),
    "a list without end": ("The values are " + ", ".join(str(60 * n) for n in range(1, 60)), "en"),
    "sentences again and again": (
        "時速は距離を時間で割ったものです。\n\n"
        + "\n\n".join(f"{n}. **速さの定義**: 速さの定義は距離を時間で割ったものです。" for n in range(2, 9)),
        "ja",
    ),
    "the same with another therefore": (
        "The sum of the numbers is twelve.\n"
        + " ".join(
            f"{word}, the larger of the two numbers must be eight."
            for word in ("So", "Thus", "Hence", "Therefore", "Now", "Again")
        ),
        "en",
    ),
    "in other words": (
        "The sum of the two numbers is twelve. In other words, adding both gives twelve. That is, twelve is what they come to.\n"
        "Put differently, their total equals twelve. To say it another way, together they make twelve. This means that the sum is "
        "twelve.",
        "en",
    ),
    "言いかえ": (
        "この数は偶数です。つまり、2で割り切れます。言いかえると、半分にできる数です。すなわち、余りが出ません。"
        "要するに、2の倍数だということです。別の言い方をすれば、2を因数にもちます。",
        "ja",
    ),
    "the same items": (
        "We proceed.\n1. **Find x**: We subtract.\n2. **Check**: the value of the sum is the value of the sum.\n"
        "3. **Check**: the value of the sum is the value of the sum.\n4. **Check**: the value of",
        "en",
    ),
    "a row of numbers again and again": ("```python\nnumbers = [12, 6, " + "4, 3, 2, 1, 11, 5, " * 5 + "4, 3,", "en"),
    "left again": (
        "We add.\n"
        + "The next step is to add the numbers.\n" * 8
        + "Finally the answer is 12, as was asked for in the problem.",
        "en",
    ),
}
FINE: dict[str, tuple[str, Language]] = {
    "cases": (
        "\n".join(
            f"Case {n}: if x = {n}, then {n}² + 1 = {n * n + 1}, which is {'prime' if n in (1, 2, 4, 6) else 'composite'}."
            for n in range(1, 7)
        )
        + "\nSo four of the values give a prime, and the sum of these four values of x is 13.",
        "en",
    ),
    "a table": (
        "| n | n² |\n|---|---|\n" + "".join(f"| {n} | {n * n} |\n" for n in range(1, 12)) + "\nThe sum is 506.",
        "en",
    ),
    "a long computation": (
        "\\begin{align*}\n"
        + "".join(f"S_{n} &= {n} + {n + 1} \\\\\n" for n in range(1, 9))
        + "\\end{align*}\nThe answer is 17.",
        "en",
    ),
    "primes": (
        "The primes below 60 are 2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, and their sum is 440.",
        "en",
    ),
    "場合分け": (
        "".join(f"({n}) {n}枚のとき、残りは{9 - n}枚である。\n" for n in range(1, 5))
        + "以上より、求める場合の数は4通りである。",
        "ja",
    ),
    "a program": (
        "```python\nfor a in range(9):\n    for b in range(9):\n        if a + b == 9:\n            print(a, b)\n```",
        "en",
    ),
}


@pytest.mark.parametrize("name", LOOPS)
def test_loops(name: str) -> None:
    text, language = LOOPS[name]
    finding = repetition(mask(text), language)
    assert finding is not None
    assert (finding.kind, finding.severity) == ("repetition", "hard")
    assert 0 <= finding.start < finding.end <= len(text)
    assert finding.start < len(text) // 2 + 40


@pytest.mark.parametrize("name", FINE)
def test_genuine(name: str) -> None:
    text, language = FINE[name]
    assert repetition(mask(text), language) is None


def test_the_same_program_handed_in_again() -> None:
    program = Program(source="print(6 * 7)\n")
    turn = Turn(
        index=0,
        mode="first",
        strategy="program",
        seed=0,
        temperature=0,
        completion=Completion(text=""),
        program=program,
    )
    finding = handed_in_again(Program(source="print(6 * 7)"), (turn,))
    assert finding is not None
    assert (finding.kind, finding.rule) == ("repetition", "same_program")
    assert handed_in_again(Program(source="print(42)"), (turn,)) is None

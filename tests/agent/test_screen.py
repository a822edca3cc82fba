"""Loops and broken-off texts are found; tables, ruled lines and ordinary programs are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.degeneracy.mask import mask
from agent.degeneracy.repetition import tail_cycle
from agent.degeneracy.truncation import truncation
from agent.stages.screen import Watch, screen
from agent.types import Completion, Finding, FinishReason, Problem

PROBLEM = Problem(text="What is 6 times 7?")
LOOPS = {
    "three long copies": "Let us start.\n" + "Therefore the value of x follows from the lemma. " * 3,
    "a word": "So the answer is " + "wait " * 12,
    "Japanese": "したがって、" + "その値は次のように求められる。" * 5,
    "code": "x = 1\n" + "x = simplify(x + y)\n" * 4,
    "the longest period": "".join(chr(0x4E00 + i) for i in range(600)) * 3,
    "one letter": "a" * 300,
    "broken off in mid-copy": "The quick brown fox jumps. " * 4 + "The quick bro",
}
FINE = {
    "empty": "",
    "short": "ha ha ha",
    "ruled line": "# " + "-" * 78,
    "two copies": "Therefore the value of x follows from the lemma. " * 2,
    "table of zeros": "grid = [\n" + "    [0, 0, 0, 0, 0],\n" * 9,
    "long number": "print(1" + "0" * 120,
    "programs": "for i in range(10):\n    for j in range(10):\n        if i + j == 7:\n            print(i, j)\n",
    "left again": "wait " * 30 + "the answer is 7 because six and one make seven, as was to be shown.",
}


@pytest.mark.parametrize("text", LOOPS.values(), ids=LOOPS.keys())
def test_loops_are_found(text: str) -> None:
    finding = tail_cycle(text)
    assert finding is not None
    assert (finding.kind, finding.rule, finding.severity) == ("repetition", "tail_cycle", "hard")
    assert finding.end == len(text)
    assert finding.end - finding.start >= 60


@pytest.mark.parametrize("text", FINE.values(), ids=FINE.keys())
def test_genuine_text_passes(text: str) -> None:
    assert tail_cycle(text) is None


@given(
    unit=st.text(alphabet="abcdefgh ,.", min_size=4, max_size=600).filter(lambda unit: len(set(unit)) > 3),
    before=st.text(alphabet="xyz ", max_size=200),
    copies=st.integers(3, 6),
)
def test_every_cycle_of_the_promised_size_is_found(unit: str, before: str, copies: int) -> None:
    copies = max(copies, -(-60 // len(unit)))
    finding = tail_cycle(before + unit * copies)
    assert finding is not None
    assert finding.start <= len(before) + len(unit)


def test_a_loop_is_seen_while_it_is_written() -> None:
    text = "import sympy\n" + "y = y + 1\n" * 500
    watch = Watch(PROBLEM)
    seen = next(end for end in range(0, len(text), 7) if watch(text[:end]))
    assert seen < 150
    assert watch.finding is not None


@pytest.mark.parametrize("unit", ["y = y + 1\n", "wait, so \n\n  ", "total = total + 1\n", "abcd "])
def test_what_the_watch_cuts_the_screen_finds(unit: str) -> None:
    """Wherever the stream was cut, blanks at its end included: a cut text is never taken for a whole one."""
    for before in ("", "a", "import sympy\n"):
        watch = Watch(PROBLEM)
        text = before + unit * 100
        end = next(end for end in range(len(text)) if watch(text[:end]))
        (finding,) = screen(Completion(text=text[:end], finish_reason="cut"), PROBLEM)
        assert finding.kind == "repetition"


def test_out_of_tokens_is_truncation() -> None:
    (finding,) = screen(Completion(text="```python\nprint(1", finish_reason="length"), PROBLEM)
    assert (finding.kind, finding.rule, finding.severity) == ("truncation", "out_of_tokens", "hard")


def broken(text: str, reason: FinishReason) -> Finding | None:
    return truncation(Completion(text=text, finish_reason=reason), mask(text))


def test_open_fence_counts_only_without_a_finish_reason() -> None:
    text = "Here:\n```python\nprint(1)"
    assert broken(text, "stop") is None
    finding = broken(text, "unknown")
    assert finding is not None
    assert text[finding.start : finding.end].startswith("```python")
    assert broken(text + "\n```", "unknown") is None

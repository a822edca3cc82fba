"""judge: is what a program printed an answer? And what to tell the model where it is not.

It does not judge whether the answer is right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.equivalence.unwrapping import mathematical, unwrap
from agent.stages.extract import boxed
from agent.types import Answer, Completion
from sandbox import Execution

__all__ = ["Refusal", "found_nothing", "judge", "judge_prose"]

_OBJECT = re.compile(
    r"<(?:function|class|bound method|built-in|generator|module|lambda|map|filter|zip|range)\b.*>|<.* at 0x[0-9a-f]+>"
)
_UNEVALUATED = re.compile(
    r"^[\[{(\s]*(Eq|Ne|ConditionSet|Integral|Sum|Product|Limit|Derivative|Intersection|Complement|Subs|ImageSet|Lambda)\("
)
_NOTHING = {"", "[]", "()", "{}", "set()", "EmptySet", "Matrix([])"}
_UNDEFINED = {"nan", "zoo", "None"}


@dataclass(frozen=True)
class Refusal:
    """Why the output is no answer: a rule for machines, a sentence for the model."""

    rule: str
    message: str


def found_nothing(execution: Execution | None) -> bool:
    """Whether a program ran and printed an empty set or list."""
    lines = execution.stdout.split() if execution is not None and execution.ok else []
    return bool(lines) and unwrap(" ".join(lines[-1:])) in _NOTHING


def judge(execution: Execution, *, second_opinion: bool = False) -> Answer | Refusal:
    """The answer in the last line of an ``ok`` program's output.

    ``second_opinion``: another program, written apart from this one, found no solution; if this one finds none either, that is the
    answer.
    """
    lines = [line for line in execution.stdout.splitlines() if line.strip()]
    if not lines:
        return Refusal("empty", "The program printed nothing. Print the final answer at the end, with print().")
    last = lines[-1].strip()
    text = unwrap(last)
    if text in _NOTHING and second_opinion:
        return Answer(text="no solution")
    if text in _NOTHING:
        return Refusal(
            "no_solution", f"The program printed {last}: it found no solution. Check the equations and conditions."
        )
    if text in _UNDEFINED:
        what = (
            "None: a function without a return value was printed" if text == "None" else f"{text}, which is no number"
        )
        return Refusal("undefined", f"The program printed {what}. Print the final answer.")
    if _OBJECT.search(last):
        return Refusal("object", f"The program printed {last[:80]}, an object. Call it, and print its value.")
    if match := _UNEVALUATED.match(text):
        return Refusal(
            "unevaluated", f"The program printed an unevaluated {match[1]}. Solve or evaluate it, and print the value."
        )
    if len(re.findall(r"[^\W\d_]{2,}", text)) > 1 and not re.search(r"\d", text) and not mathematical(text):
        return Refusal(
            "words", f"The program printed words: {last[:80]}. Compute the answer and print it as one value."
        )
    if len(text) > 2000:
        return Refusal("too_long", "The program printed far too much. Print only the final answer.")
    return Answer(text=text)


def judge_prose(completion: Completion) -> Answer | Refusal:
    """The answer in the last box of a text that holds no program: a weaker vote."""
    found = boxed(completion.text)
    text = unwrap(found) if found else ""
    if not text or len(text) > 200:
        return Refusal("no_box", "The text holds no boxed answer.")
    return Answer(text=text, source="prose")

"""present: the winner in the forms that a Solution holds: exact, LaTeX, one plain line, boxed; with the unit that is asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from agent.equivalence import Comparer, Expressed
from agent.equivalence.notation import word
from agent.equivalence.quick import expressed
from agent.equivalence.units import COUNTERS, UNITS, split_unit
from agent.stages.exact import exact
from agent.types import Attempt, Language, Problem, Vote
from sandbox import Limits, Sandbox

__all__ = ["Presented", "present", "unit_asked"]

_WORDS: dict[str, tuple[str, str]] = {
    "none": ("no solution", "解なし"),
    "yes": ("Yes", "はい"),
    "no": ("No", "いいえ"),
    "even": ("even", "偶数"),
    "odd": ("odd", "奇数"),
    "everything": ("all real numbers", "すべての実数"),
    "infinite": ("infinitely many", "無数"),
}
_ASKED_JA = re.compile(r"何\s*((?:[\u4e00-\u9fff]|[ァ-ヶー]|[A-Za-z/^]|[²³23㎝㎠㎡㎞㎏㎜]){1,10})")
_GIVEN_JA = re.compile(r"単位は?\s*[:：]?\s*([A-Za-z^²³\d/]{1,6}|[\u4e00-\u9fff]{1,3})")
_ASKED_EN = re.compile(
    r"(?:how many|how much[^.?!]{0,80}? in|\bin|number of)\s+((?:square |cubic )?[a-z]+(?: per [a-z]+)?)\b",
    re.IGNORECASE,
)
_NO_UNIT = ("故", "者", "時代")
_KNOWN = sorted([*UNITS, *COUNTERS], key=len, reverse=True)


@dataclass(frozen=True)
class Presented:
    """One answer, in its forms."""

    answer: str
    exact: str | None = None
    latex: str | None = None
    unit: str | None = None

    @property
    def boxed(self) -> str:
        box = f"\\boxed{{{self.latex}}}" if self.latex is not None else f"\\boxed{{\\text{{{self.answer}}}}}"
        return box if self.unit is None else f"{box}\\ \\text{{{self.unit}}}"


async def present(
    winner: Vote,
    attempts: Sequence[Attempt],
    problem: Problem,
    sandbox: Sandbox,
    comparer: Comparer | None,
    *,
    limits: Limits,
) -> Presented:
    """``limits``: of the one program that may have to run again. Raises `SandboxError` where the sandbox fails."""
    text, unit = winner.answer, unit_asked(problem)
    said = word(text)
    if said is not None:
        return Presented(_in_language(said, text, problem.language))
    if comparer is None:
        return _presented(text, expressed(text) or Expressed(), unit)
    source = next((attempt for attempt in attempts if attempt.answer is not None and attempt.answer.text == text), None)
    program = source.turns[-1].program if source is not None and source.turns else None
    if program is not None and (found := await exact(text, program, sandbox, comparer, limits=limits)) is not None:
        value = await comparer.express(found)
        if value.plain is not None:
            return _presented(text if _terminates(text, value) else value.plain, value, unit)
    return _presented(text, await comparer.express(text), unit)


def _presented(text: str, value: Expressed, unit: str | None) -> Presented:
    if (value.exact is None and value.plain is not None) or (value.plain is not None and "\\" in text):
        text = value.plain
    return Presented(text, value.exact, value.latex, unit)


def _terminates(text: str, value: Expressed) -> bool:
    """Whether a short decimal says the same as the exact value: 3.5 stays 3.5, for a reader."""
    found = re.fullmatch(r"(-?\d+)/(\d+)", value.plain or "")
    if not found or not re.fullmatch(r"-?\d+\.\d{1,6}", text):
        return False
    return Fraction(text) == Fraction(int(found[1]), int(found[2]))


def _in_language(said: str, text: str, language: Language) -> str:
    if said not in _WORDS:
        return text
    english, japanese = _WORDS[said]
    in_japanese = re.search(r"[\u3041-\u9fff]", text) is not None
    if in_japanese is (language == "ja") and text not in ("True", "False", "EmptySet"):
        return text
    return japanese if language == "ja" else english


def unit_asked(problem: Problem) -> str | None:
    """The unit that the question names (何cm², how many hours); None where it names none. Things that are counted are units in
    Japanese (何個), not in English."""
    if problem.language == "ja":
        if given := _GIVEN_JA.search(problem.text):
            return str(given[1])
        for run in reversed(_ASKED_JA.findall(problem.text)):
            known = next((unit for unit in _KNOWN if run.startswith(unit)), None)
            if not run.startswith(_NO_UNIT):
                return known or str(run)
        return None
    for run in reversed(_ASKED_EN.findall(problem.text)):
        rest, unit = split_unit(f"1 {run.lower()}")
        if rest == "1" and unit in UNITS:
            return unit
        if rest == "1" and run.lower().split()[0] in UNITS:
            return str(run.lower())
    return None

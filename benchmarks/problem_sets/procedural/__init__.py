"""Fresh problems, which nobody can have learnt by heart: made from a seed, in both languages, with exact answers.

The same task, seed and language give the same problems, byte for byte; a larger count only adds to them. Nothing is read or
fetched. (reasoning-gym makes such problems as well. To install it takes a C compiler and a plotting library, it rounds roots, and
it speaks English only; so it is not used here.)
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from types import MappingProxyType

from agent.errors import UsageError
from agent.types import Language, Problem
from benchmarks.problem_sets.item import Item
from benchmarks.problem_sets.problem_set import ProblemSet
from benchmarks.problem_sets.procedural import algebra, numbers
from benchmarks.problem_sets.procedural.made import Task

__all__ = ["NAME", "TASKS", "VERSION", "procedural"]

NAME = "procedural"
VERSION = 1
"""Goes up when a task makes other problems than before from the same seed."""
TASKS: Mapping[str, Task] = MappingProxyType(
    {
        "chain-sum": numbers.chain_sum,
        "linear-equation": algebra.linear_equation,
        "gcd": numbers.greatest_divisor,
        "triangle-area": algebra.triangle_area,
        "fractions": numbers.fractions,
        "linear-system": algebra.linear_system,
        "lcm": numbers.least_multiple,
        "quadratic-equation": algebra.quadratic_equation,
        "prime-counting": numbers.prime_counting,
        "expansion": algebra.expansion,
        "combinations": numbers.combinations,
        "distance": algebra.distance,
        "divisor-count": numbers.divisor_count,
        "derivative": algebra.derivative,
        "power-remainder": numbers.power_remainder,
        "definite-integral": algebra.definite_integral,
        "urn-probability": numbers.urn_probability,
        "sequence-sum": algebra.sequence_sum,
    }
)
_COUNT = 100
_LEVELS = 3
_TRIES = 100
"""Draws until a task counts as used up: its problems are all there."""


def procedural(tasks: Sequence[str] = (), *, count: int | None, seed: int, language: Language) -> ProblemSet:
    """``count`` problems (100 where it is None) of ``tasks`` in turn, all of them where none is named.

    Raises `UsageError` for a task that there is not.
    """
    for task in tasks:
        if task not in TASKS:
            near = difflib.get_close_matches(task, TASKS, n=1)
            hint = f"Did you mean {near[0]}? " if near else ""
            raise UsageError(
                f"the set {NAME} has no task {task[:60]!r}", advice=f"{hint}There are {', '.join(sorted(TASKS))}."
            )
    names = tuple(dict.fromkeys(tasks)) or tuple(TASKS)
    wanted = _COUNT if count is None else count
    name = ":".join([NAME, *tasks])
    source = f"made by version {VERSION} from seed {seed}, language {language}"
    return ProblemSet(
        name=name,
        source=source,
        # Without the count, as more problems only go on behind fewer: a run may be extended.
        digest=hashlib.sha256(f"{name}; {source}".encode()).hexdigest(),
        read=lambda: _make(name, names, wanted, seed, language),
    )


def _make(name: str, tasks: Sequence[str], count: int, seed: int, language: Language) -> Iterator[Item]:
    seen: set[str] = set()
    for position in range(count):
        task = tasks[position % len(tasks)]
        turn = position // len(tasks)
        level = turn % _LEVELS + 1
        for attempt in range(_TRIES):
            made = TASKS[task](Random(f"{VERSION}/{seed}/{task}/{turn}/{attempt}"), level)
            text = made.ja if language == "ja" else made.en
            if text not in seen:
                break
        else:
            raise UsageError(
                f"{task} has no more than about {turn} different problems", advice="Ask for fewer, or for more tasks."
            )
        seen.add(text)
        yield Item(
            set=name,
            problem=Problem(text=text, id=f"{task}/{language}/{seed}/{turn}", language=language),
            gold=(made.answer,),
            mode=made.mode,
            category=task,
            level=str(level),
        )

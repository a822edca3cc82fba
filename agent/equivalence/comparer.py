"""Comparer: pairs of answers in, verdicts out, over a pool of comparison workers.

What was predicted is read in processes of their own, without the gold answers; a reading that comes to nothing takes no other pair
with it, since what fails in a group is tried again alone.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence
from fractions import Fraction
from typing import Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict

from agent.equivalence.form import Form, Several, Union, Value, Words, leaves
from agent.equivalence.notation import plain, tidy
from agent.equivalence.reading import read
from agent.equivalence.units import UNITS
from sandbox import Limits, Pool, open_sandbox

__all__ = ["Comparer", "Mode", "Pair", "Verdict", "classes", "equivalent"]

Mode = Literal["soft", "strict", "complex", "complex-strict"]
"""soft: equal in value. strict: in the same form as well (factored, expanded). complex: ``i`` is the imaginary unit."""
Outcome = Literal["equal", "different", "undecided"]
T = TypeVar("T")
R = TypeVar("R")

_LIMITS = Limits(wall_s=3.0, memory_mb=512, output_bytes=1 << 20)
"""Of one job. A plain comparison takes a few milliseconds."""
_GROUP = 100
"""Leaves, and comparisons, in one job."""
_NUMBER = re.compile(r"\s*([+-]?)\s*(\d{1,400}(?:\.\d{1,400})?|\.\d{1,400})\s*(?:/\s*(\d{1,400}))?\s*")
_FRACTION = re.compile(r"\s*([+-]?)\s*\\frac\{\s*(-?\d{1,400})\s*\}\{\s*(\d{1,400})\s*\}\s*")


class Verdict(BaseModel):
    """Whether two answers are equal; ``gold`` and ``predicted`` are what was understood of them."""

    model_config = ConfigDict(frozen=True)

    outcome: Outcome
    rule: str
    """What decided, in words."""
    gold: str = ""
    predicted: str = ""

    @property
    def correct(self) -> bool | None:
        """True, False, or None where it is undecided."""
        return None if self.outcome == "undecided" else self.outcome == "equal"


class Pair(BaseModel):
    """One comparison. ``gold`` may be several accepted answers."""

    model_config = ConfigDict(frozen=True)

    gold: tuple[str, ...]
    predicted: str
    mode: Mode = "soft"


class Comparer:
    """Compares over a pool of workers for comparisons, which starts with the first pair that needs one. To be closed.

    It belongs to no event loop, as its pool.
    """

    def __init__(
        self, backend: Literal["auto", "docker", "bubblewrap", "process"] = "auto", *, workers: int | None = None
    ) -> None:
        self._backend, self._workers = backend, workers
        self._opening = threading.Lock()
        self._pool: Pool | None = None

    @classmethod
    async def open(
        cls, backend: Literal["auto", "docker", "bubblewrap", "process"] = "auto", *, workers: int | None = None
    ) -> Self:
        """One whose first worker has started. Raises `SandboxUnavailable` where none can be."""
        comparer = cls(backend, workers=workers)
        await asyncio.to_thread(comparer._open)
        return comparer

    def _open(self) -> Pool:
        with self._opening:
            if self._pool is None:
                self._pool = asyncio.run(open_sandbox(self._backend, workers=self._workers, comparison=True))
            return self._pool

    async def aclose(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    async def compare(self, pairs: Sequence[Pair]) -> list[Verdict]:
        """A verdict for each pair, in order. Raises `SandboxError` where the sandbox fails."""
        verdicts: dict[int, Verdict] = {}
        waiting: list[tuple[int, Pair, list[Form], list[Form]]] = []
        for position, pair in enumerate(pairs):
            quick = _quick(pair)
            if quick is not None:
                verdicts[position] = quick
                continue
            golds = [form for text in pair.gold for form in read(text)]
            waiting.append((position, pair, golds, read(pair.predicted)))
        if not waiting:
            return [verdicts[position] for position in range(len(pairs))]
        pool = await asyncio.to_thread(self._open)
        trees = await self._read(waiting, pool)
        jobs: list[tuple[int, dict[str, object], dict[str, str]]] = []
        for position, pair, golds, predicted in waiting:
            imaginary = pair.mode.startswith("complex")
            known = [
                [_filled(form, trees, imaginary) for form in forms if _readable(form, trees, imaginary)]
                for forms in (golds, predicted)
            ]
            told = {"gold": _told(golds, pair.gold[0]), "predicted": _told(predicted, pair.predicted)}
            if not all(known):
                side = "predicted answer" if known[0] else "gold answer"
                verdicts[position] = Verdict(outcome="undecided", rule=f"the {side} cannot be read", **told)
                continue
            jobs.append((position, {"gold": known[0], "predicted": known[1], "mode": pair.mode}, told))

        async def judge(group: Sequence[tuple[int, dict[str, object], dict[str, str]]]) -> list[object] | None:
            found = await pool.answer("compare", limits=_LIMITS, jobs=[job for _, job, _ in group])
            return found if isinstance(found, list) and len(found) == len(group) else None

        for (position, _, told), result in zip(jobs, await _in_groups(jobs, judge), strict=True):
            match result:
                case ["equal" | "different" | "undecided" as outcome, str(rule)]:
                    verdicts[position] = Verdict(outcome=outcome, rule=rule, **told)
                case _:
                    verdicts[position] = Verdict(outcome="undecided", rule="not within the limits", **told)
        return [verdicts[position] for position in range(len(pairs))]

    async def _read(
        self, waiting: Sequence[tuple[int, Pair, list[Form], list[Form]]], pool: Pool
    ) -> dict[tuple[str, bool], object]:
        """Trees of all leaves, by their LaTeX and whether i is the imaginary unit. Gold and predicted are never read together."""
        trees: dict[tuple[str, bool], object] = {}
        for imaginary in (False, True):
            for side in (2, 3):
                wanted = sorted(
                    {
                        leaf
                        for entry in waiting
                        if entry[1].mode.startswith("complex") is imaginary
                        for form in (entry[2] if side == 2 else entry[3])
                        for leaf in leaves(form)
                        if plain(leaf) and (leaf, imaginary) not in trees
                    }
                )

                async def parse(group: Sequence[str], imaginary: bool = imaginary) -> list[object] | None:
                    found = await pool.answer("read", limits=_LIMITS, texts=list(group), imaginary=imaginary)
                    return found if isinstance(found, list) and len(found) == len(group) else None

                trees |= {(leaf, imaginary): tree for leaf in wanted if (tree := _tree(leaf)) is not None}
                wanted = [leaf for leaf in wanted if (leaf, imaginary) not in trees]
                for leaf, parsed in zip(wanted, await _in_groups(wanted, parse), strict=True):
                    if parsed is not None:
                        trees[leaf, imaginary] = parsed
        return trees


async def _in_groups(items: Sequence[T], work: Callable[[Sequence[T]], Awaitable[list[R] | None]]) -> list[R | None]:
    """Results in order; None for an item that comes to nothing even by itself."""

    async def one(group: Sequence[T]) -> list[R | None]:
        found = await work(group)
        if found is not None:
            return list(found)
        if len(group) == 1:
            return [None]
        middle = len(group) // 2
        return [*(await one(group[:middle])), *(await one(group[middle:]))]

    groups = [items[start : start + _GROUP] for start in range(0, len(items), _GROUP)]
    return [result for results in await asyncio.gather(*map(one, groups)) for result in results]


async def classes(answers: Sequence[str], comparer: Comparer | None) -> list[int] | None:
    """For each answer the position of the first one of its class; None without a comparer.

    Equal answers are in one class, and so are those that others connect (transitive closure); undecided ones never join.
    """
    if comparer is None:
        return None
    texts = list(dict.fromkeys(answers))
    pairs = [(i, j) for j in range(len(texts)) for i in range(j)]
    verdicts = await comparer.compare([Pair(gold=(texts[i],), predicted=texts[j]) for i, j in pairs])
    parent = list(range(len(texts)))
    for (i, j), verdict in zip(pairs, verdicts, strict=True):
        if verdict.outcome == "equal":
            low, high = sorted((parent[i], parent[j]))
            parent = [low if root == high else root for root in parent]
    first = {text: position for position, text in reversed(list(enumerate(answers)))}
    return [first[texts[parent[texts.index(answer)]]] for answer in answers]


async def equivalent(*, gold: str | Sequence[str], predicted: str, mode: Mode = "soft", comparer: Comparer) -> Verdict:
    """Whether ``predicted`` is an accepted answer. ``gold``: one, or several of which any will do."""
    golds = (gold,) if isinstance(gold, str) else tuple(gold)
    return (await comparer.compare([Pair(gold=golds, predicted=predicted, mode=mode)]))[0]


def _quick(pair: Pair) -> Verdict | None:
    """Plain numbers and words need no sandbox: nothing in them is evaluated."""
    if not pair.gold or not pair.predicted.strip():
        return Verdict(outcome="undecided", rule="there is no answer")
    number = _number(pair.predicted)
    golds = [_number(gold) for gold in pair.gold]
    if number is not None and all(gold is not None for gold in golds):
        told = {"gold": str(golds[0]), "predicted": str(number)}
        if number in golds:
            return Verdict(outcome="equal", rule="the same number", **told)
        if "." not in pair.predicted + "".join(pair.gold):
            return Verdict(outcome="different", rule="other numbers", **told)
    if any(gold.strip() == pair.predicted.strip() for gold in pair.gold) and read(pair.predicted):
        return Verdict(outcome="equal", rule="the same text", gold=tidy(pair.gold[0]), predicted=tidy(pair.predicted))
    return None


def _number(text: str) -> Fraction | None:
    if len(text) > 900:
        return None
    bare = tidy(text)
    for pattern in (_NUMBER, _FRACTION):
        if found := pattern.fullmatch(bare):
            value = Fraction(found[2])
            if found[3]:
                if not int(found[3]):
                    return None
                value /= Fraction(found[3])
            return -value if found[1] == "-" else value
    return None


def _tree(leaf: str) -> list[object] | None:
    """The tree of a leaf that is a number or a letter, for which no parser is needed."""
    if re.fullmatch(r"[A-DF-HJ-Za-df-hj-z]", leaf):
        return ["s", leaf]
    if leaf in ("\\pi", "\\pi "):
        return ["c", "Pi"]
    for pattern in (_NUMBER, _FRACTION):
        if (found := pattern.fullmatch(leaf)) and "/" not in leaf:
            value = (
                Fraction(found[2]) / (Fraction(found[3]) if found[3] else 1)
                if found[3] is None or int(found[3])
                else None
            )
            if value is not None:
                value = -value if found[1] == "-" else value
                return (
                    ["i", str(value.numerator)]
                    if value.denominator == 1
                    else ["q", str(value.numerator), str(value.denominator)]
                )
    return None


def _readable(form: Form, trees: dict[tuple[str, bool], object], imaginary: bool) -> bool:
    return all((leaf, imaginary) in trees for leaf in leaves(form))


def _told(forms: Sequence[Form], text: str) -> str:
    return shown(forms[0]) if forms else " ".join(text.split())[:80]


def shown(form: Form) -> str:
    """A form as one line for people."""
    match form:
        case Value():
            return f"{form.name} = {form.latex}{form.unit}" if form.name else f"{form.latex}{form.unit}"
        case Words():
            return form.text
        case Several():
            inside = ", ".join(map(shown, form.items))
            return f"({inside})" if form.ordered else inside
        case Union():
            return (" and " if form.every else " or ").join(map(shown, form.parts))
        case _:
            return " ".join(leaves(form))


def _filled(form: Form, trees: dict[tuple[str, bool], object], imaginary: bool) -> dict[str, object]:
    """The form for the worker: trees instead of LaTeX, and what a unit measures."""

    def many(texts: Iterable[str]) -> list[object]:
        return [trees[text, imaginary] for text in texts]

    data = form.model_dump()
    match form:
        case Value():
            data["latex"] = trees[form.latex, imaginary]
            data["measure"] = list(UNITS[form.unit]) if form.unit in UNITS else None
        case Several():
            data["items"] = [_filled(item, trees, imaginary) for item in form.items]
        case Union():
            data["parts"] = [_filled(part, trees, imaginary) for part in form.parts]
        case Words():
            pass
        case _:
            for key, value in data.items():
                if key in ("left", "right"):
                    data[key] = trees[value, imaginary]
                elif key in ("sides", "parts"):
                    data[key] = many(value)
                elif key == "rows":
                    data[key] = [many(row) for row in value]
    return data

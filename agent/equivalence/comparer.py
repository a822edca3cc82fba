"""Comparer: pairs of answers in, verdicts out, over a pool of comparison workers.

What was predicted is read in processes of their own, without the gold answers; a reading that comes to nothing takes no other pair
with it, since what fails in a group is tried again alone.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Literal, Self, TypeVar

from agent.equivalence.expressing import Expressed, express
from agent.equivalence.form import Form, Several, Union, Value, Words, leaves
from agent.equivalence.notation import plain
from agent.equivalence.quick import expressed, quick, tree
from agent.equivalence.reading import read
from agent.equivalence.units import UNITS
from agent.equivalence.verdict import Mode, Pair, Verdict
from agent.errors import UsageError
from sandbox import Limits, Pool, open_sandbox

__all__ = ["Comparer", "classes", "equivalent"]

T = TypeVar("T")
R = TypeVar("R")

_LIMITS = Limits(wall_s=3.0, memory_mb=512, output_bytes=1 << 20)
"""Of one job. A plain comparison takes a few milliseconds."""
_GROUP = 100
"""Leaves, and comparisons, in one job."""


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
            found = quick(pair)
            if found is not None:
                verdicts[position] = found
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

    async def express(self, text: str) -> Expressed:
        """The exact value, LaTeX and plain line of an answer. Raises `SandboxError` where the sandbox fails."""
        if (known := expressed(text)) is not None:
            return known
        forms = read(text)
        wanted = list(dict.fromkeys(leaf for form in forms[:1] for leaf in leaves(form) if plain(leaf)))
        if not forms or not wanted:
            return express(forms[0], {}) if forms else Expressed()
        pool = await asyncio.to_thread(self._open)
        trees = await pool.answer("read", limits=_LIMITS, texts=wanted, imaginary=False)
        trees = trees if isinstance(trees, list) and len(trees) == len(wanted) else [None] * len(wanted)
        read_ones = [(leaf, tree) for leaf, tree in zip(wanted, trees, strict=True) if tree is not None]
        told = await pool.answer("express", limits=_LIMITS, trees=[tree for _, tree in read_ones])
        told = told if isinstance(told, list) and len(told) == len(read_ones) else [None] * len(read_ones)
        known_leaves = {
            leaf: Expressed(*map(str, parts))
            for (leaf, _), parts in zip(read_ones, told, strict=True)
            if isinstance(parts, list) and len(parts) == 3
        }
        return express(forms[0], known_leaves)

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

                trees |= {(leaf, imaginary): known for leaf in wanted if (known := tree(leaf)) is not None}
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


async def classes(answers: Sequence[str], comparer: Comparer | None) -> list[int]:
    """For each answer the position of the first one of its class.

    Equal answers are in one class, and so are those that others connect (transitive closure); undecided ones never join. Without a
    comparer only plain numbers and equal texts are known to be equal.
    """
    texts = list(dict.fromkeys(answers))
    order = [(i, j) for j in range(len(texts)) for i in range(j)]
    pairs = [Pair(gold=(texts[i],), predicted=texts[j]) for i, j in order]
    verdicts = [quick(pair) for pair in pairs] if comparer is None else await comparer.compare(pairs)
    parent = list(range(len(texts)))
    for (i, j), verdict in zip(order, verdicts, strict=True):
        if verdict is not None and verdict.outcome == "equal":
            low, high = sorted((parent[i], parent[j]))
            parent = [low if root == high else root for root in parent]
    first = {text: position for position, text in reversed(list(enumerate(answers)))}
    return [first[texts[parent[texts.index(answer)]]] for answer in answers]


async def equivalent(
    *, gold: str | Sequence[str], predicted: str, mode: Mode = "soft", comparer: Comparer | None = None
) -> Verdict:
    """Whether ``predicted`` is an accepted answer. ``gold``: one, or several of which any will do.

    Without a ``comparer`` a worker is started for this one call, which takes about a second unless both are plain numbers. Raises
    `UsageError` for answers that are no texts, `SandboxError` where the sandbox fails.
    """
    golds = (gold,) if isinstance(gold, str) else tuple(gold) if isinstance(gold, Sequence) else ()
    if not golds or not all(isinstance(text, str) for text in (*golds, predicted)):
        raise UsageError(
            "answers are texts", advice='Write gold="5", or gold=["5", "5.0"] for several that are accepted.'
        )
    pair = Pair(gold=golds, predicted=predicted, mode=mode)
    if comparer is not None:
        return (await comparer.compare([pair]))[0]
    async with Comparer(workers=1) as own:
        return (await own.compare([pair]))[0]


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

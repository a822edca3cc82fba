"""The shipped set: every program runs in the sandbox and prints the gold answer, and every problem is there in both languages."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter

import pytest

from agent.equivalence import Comparer, Pair
from agent.errors import UsageError
from agent.stages.judge import judge
from agent.types import Answer
from benchmarks.problem_sets import Item, Skipped, open_set
from benchmarks.problem_sets.curriculum import PATH, parts
from sandbox import Execution, Limits, open_sandbox

_KEYS = {"id", "language", "problem", "answer", "mode", "category", "level", "difficulty", "unit", "program"}
_LANGUAGE = re.compile(r"(?:^|[-_/.])(ja|en)(?=$|[-_/.])")


@pytest.fixture(scope="module")
def rows() -> list[dict[str, object]]:
    return [json.loads(line) for line in PATH.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def items() -> list[Item]:
    skipped: list[Skipped] = []
    found = list(open_set("curriculum").items(on_skip=skipped.append))
    assert skipped == []
    return found


def twin(identity: object) -> str:
    """What the two languages of a problem have in common in their ids."""
    return _LANGUAGE.sub("", str(identity))


def test_every_row_is_an_item(rows: list[dict[str, object]], items: list[Item]) -> None:
    assert [row["id"] for row in rows] == [item.id for item in items]
    assert len({item.id for item in items}) == len(items)
    for row, item in zip(rows, items, strict=True):
        assert set(row) <= _KEYS
        assert row["language"] == item.problem.language
        assert item.category
        assert item.level


def test_twins_are_complete(rows: list[dict[str, object]]) -> None:
    languages = Counter(twin(row["id"]) for row in rows)
    assert {name: count for name, count in languages.items() if count != 2} == {}
    assert len(languages) >= 120
    by_language = {
        language: {twin(row["id"]): row for row in rows if row["language"] == language} for language in ("ja", "en")
    }
    assert set(by_language["ja"]) == set(by_language["en"]) == set(languages)
    for name, row in by_language["ja"].items():
        other = by_language["en"][name]
        for key in ("category", "level", "difficulty", "mode"):
            assert row[key] == other[key], (name, key)


async def test_every_program_prints_the_gold_answer(rows: list[dict[str, object]], items: list[Item]) -> None:
    gate = asyncio.Semaphore(4)
    # Twins may share their program.
    sources = list(dict.fromkeys(str(row["program"]) for row in rows))
    async with await open_sandbox("process", workers=2) as pool:

        async def run(source: str) -> Execution:
            async with gate:
                return await pool.run(source, limits=Limits(wall_s=30))

        done = dict(zip(sources, await asyncio.gather(*map(run, sources)), strict=True))
    seen = [done[str(row["program"])] for row in rows]
    failed = {item.id: (found.status, found.message) for item, found in zip(items, seen, strict=True) if not found.ok}
    assert failed == {}
    answers = [judge(found) for found in seen]
    refused = {item.id: found for item, found in zip(items, answers, strict=True) if not isinstance(found, Answer)}
    assert refused == {}
    async with await Comparer.open("process", workers=2) as comparer:
        verdicts = await comparer.compare(
            [
                Pair(gold=item.gold, predicted=found.text, mode=item.mode)
                for item, found in zip(items, answers, strict=True)
                if isinstance(found, Answer)
            ]
        )
    wrong = {
        item.id: (item.gold, found.stdout.strip()[-100:], verdict.rule)
        for item, found, verdict in zip(items, seen, verdicts, strict=True)
        if not verdict.correct
    }
    assert wrong == {}


def test_parts(items: list[Item]) -> None:
    levels = {item.level for item in items}
    for part, count in parts().items():
        assert len(list(open_set(f"curriculum:{part}"))) == count
    for level in sorted(levels):
        both = [item for item in items if item.level == level and item.problem.language == "ja"]
        if both:
            assert [item.problem for item in open_set(f"curriculum:ja:{level}")] == [item.problem for item in both]
    assert {item.problem.language for item in open_set("curriculum", language="en")} == {"en"}
    with pytest.raises(UsageError, match="no part 'fr'"):
        open_set("curriculum:fr")

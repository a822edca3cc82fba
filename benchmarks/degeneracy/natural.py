"""Makes the natural part of the corpus: what small models really write about our problems, under prompts that ask for prose.

``python -m benchmarks.degeneracy.natural PART STEMS.jsonl OUT.jsonl SMALL LARGE`` has each generator of PART (dev, read, test) write
SMALL (0.5B) or LARGE (1.5B) texts about the stems, appends one line a text and goes on where it was stopped. The
texts carry no labels: people read them. Which model, temperature and prompt wrote a text stays with it; the split goes by them.

It does not reproduce the shipped texts byte for byte: llama.cpp's sampling differs between machines.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx

from agent.models.catalog import find
from agent.models.embedded import EmbeddedServer
from agent.models.weights import fetch
from benchmarks.degeneracy.corpus import Split

__all__ = ["GENERATORS", "PROMPTS", "Generator", "is_test_stem", "main"]


@dataclass(frozen=True)
class Generator:
    """One model at one temperature, and the part that its texts belong to.

    Those of "test" and "read" write about test stems only, those of "dev" about the rest. "read" was part of the test once;
    rules have been mended by it since.
    """

    model: str
    temperature: float
    part: Split
    prompts: tuple[str, ...] = ("cot", "hybrid", "explain")

    @property
    def name(self) -> str:
        return f"{self.model}@{self.temperature}"


_ALL = ("cot", "hybrid", "explain", "program")
GENERATORS = (
    Generator("qwen2.5-coder-0.5b", 0.3, "dev"),
    Generator("qwen2.5-coder-0.5b", 0.7, "dev"),
    Generator("qwen2.5-coder-0.5b", 1.4, "dev"),
    Generator("qwen2.5-coder-1.5b", 0.6, "dev"),
    Generator("qwen2.5-coder-0.5b", 1.0, "read"),
    Generator("qwen2.5-coder-0.5b", 1.2, "read"),
    Generator("qwen2.5-coder-1.5b", 1.2, "read"),
    Generator("qwen2.5-coder-0.5b", 0.5, "test", _ALL),
    Generator("qwen2.5-coder-0.5b", 0.9, "read", _ALL),
    Generator("qwen2.5-coder-0.5b", 1.3, "test", _ALL),
    Generator("qwen2.5-coder-1.5b", 0.9, "read", _ALL),
    Generator("qwen2.5-coder-1.5b", 1.4, "test", _ALL),
)
PROMPTS = {
    "ja": {
        "cot": "次の問題を、使う定理や公式の名前を挙げながら、段階的に詳しく説明して解いてください。最後に答えを \\boxed{{}} に入れてください。\n\n{problem}",
        "hybrid": "次の問題を解いてください。まず考え方を文章で段階的に説明し、次に sympy を使った Python プログラムを書き、最後に答えを書いてください。\n\n{problem}",
        "explain": "次の問題の解き方を、大学で習う定理の名前も使って、生徒に説明してください。\n\n{problem}",
        "program": "次の問題を解く Python プログラムを、sympy と numpy の便利な関数を活用して書いてください。各行に日本語のコメントで数学的な意味を付けてください。\n\n{problem}",
    },
    "en": {
        "cot": "Solve the problem step by step, naming the theorems and formulas that you use. End with the answer in \\boxed{{}}.\n\n{problem}",
        "hybrid": "Solve the problem. First explain your reasoning in words, step by step, then write a Python program that uses sympy, then state the answer.\n\n{problem}",
        "explain": "Explain to a student how to solve this problem, naming the theorems of university mathematics behind it.\n\n{problem}",
        "program": "Write a Python program that solves the problem with suitable functions of sympy and numpy. Comment every line with its mathematical meaning.\n\n{problem}",
    },
}
MAX_TOKENS = 360
_TOP_P = 0.98
_SLOTS = 4


def is_test_stem(stem: str) -> bool:
    """Two stems of five belong to the test part, by a hash of their name."""
    return hashlib.sha256(f"sangaku/{stem}".encode()).digest()[0] % 5 < 2


@dataclass(frozen=True)
class _Order:
    stem: str
    language: str
    problem: str
    prompt: str
    generator: Generator

    @property
    def id(self) -> str:
        return f"{self.stem}/{self.generator.name}/{self.prompt}"


def _orders(part: str, stems: list[dict[str, str]], count: dict[str, int]) -> list[_Order]:
    """For each generator of ``part`` as many texts as ``count`` says for its model; stems, languages and prompts spread evenly."""
    orders = []
    for generator in GENERATORS:
        if generator.part != part:
            continue
        mine = [stem for stem in stems if is_test_stem(stem["stem"]) != (generator.part == "dev")]
        random.Random(generator.name).shuffle(mine)
        for position, stem in enumerate(mine[: count[generator.model]]):
            prompt = generator.prompts[position % len(generator.prompts)]
            orders.append(_Order(stem["stem"], stem["language"], stem["problem"], prompt, generator))
    return orders


async def _write(orders: list[_Order], out: Path) -> None:
    gate = asyncio.Semaphore(_SLOTS)
    server = EmbeddedServer(fetch(find(orders[0].generator.model)), slots=_SLOTS, context=2048)
    url = await asyncio.to_thread(server.ensure)
    headers = {"Authorization": f"Bearer {server.api_key}"}
    limits = httpx.Limits(max_keepalive_connections=0)
    try:
        async with httpx.AsyncClient(headers=headers, timeout=1800, limits=limits, trust_env=False) as client:

            async def one(order: _Order) -> None:
                asked = PROMPTS[order.language][order.prompt].format(problem=order.problem)
                seed = int.from_bytes(hashlib.sha256(order.id.encode()).digest()[:4]) >> 1
                body = {
                    "messages": [{"role": "user", "content": asked}],
                    "temperature": order.generator.temperature,
                    "top_p": _TOP_P,
                    "seed": seed,
                    "max_tokens": MAX_TOKENS,
                }
                async with gate:
                    response = await client.post(f"{url}/chat/completions", json=body)
                response.raise_for_status()
                choice = response.json()["choices"][0]
                record = {
                    "id": order.id,
                    "stem": order.stem,
                    "language": order.language,
                    "generator": order.generator.name,
                    "prompt": order.prompt,
                    "split": order.generator.part,
                    "problem": order.problem,
                    "text": choice["message"]["content"],
                    "finish_reason": choice["finish_reason"],
                }
                with out.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(record, ensure_ascii=False) + "\n")
                print(order.id, choice["finish_reason"], file=sys.stderr)  # noqa: T201

            await asyncio.gather(*(one(order) for order in orders))
    finally:
        await asyncio.to_thread(server.close)


def main(arguments: list[str]) -> int:
    """Write what is still missing in the second file for the stems of the first."""
    part, stems_file, out, small, large = arguments[0], Path(arguments[1]), Path(arguments[2]), *map(int, arguments[3:])
    stems = [json.loads(line) for line in stems_file.read_text(encoding="utf-8").splitlines() if line.strip()]
    there = set()
    if out.exists():
        there = {json.loads(line)["id"] for line in out.read_text(encoding="utf-8").splitlines()}
    orders = _orders(part, stems, {"qwen2.5-coder-0.5b": small, "qwen2.5-coder-1.5b": large})
    for model in ("qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b"):
        wanted = [order for order in orders if order.generator.model == model and order.id not in there]
        if wanted:
            asyncio.run(_write(wanted, out))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

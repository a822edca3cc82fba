"""The real model, served by the real server, and the real sandbox: fixed problems, deaths in mid-run, shared slots.

The problems are our own, and easy for the model: what is tested is the system, not how much the model knows.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from agent import (
    ContextOverflow,
    Model,
    ModelDenied,
    ModelUnavailable,
    Problem,
    Solver,
    SolverConfig,
    events,
    open_model,
)
from agent.models.embedded import EmbeddedServer
from agent.models.model import _chat
from agent.stages.generate import Sampling, generate
from agent.stages.prompt import Message, Prompt, prompt
from agent.stages.screen import Watch
from agent.types import ModelInfo
from sandbox import Pool

pytestmark = pytest.mark.model

PROBLEMS = {
    "What is 17 times 23?": "391",
    "Find the sum of all primes below 30.": "129",
    "1から100までの整数のうち、7の倍数は何個ありますか?": "14",
}


@pytest.fixture(scope="session")
async def model(embedded: EmbeddedServer) -> Model:
    url = await asyncio.to_thread(embedded.ensure)
    return Model(
        chat=_chat(embedded.name, url, embedded.api_key, trust_env=False),
        info=ModelInfo(name=embedded.name, backend="embedded"),
        continuation="prefill",
        revive=embedded.ensure,
    )


@pytest.fixture
async def solver(model: Model, box: Pool) -> AsyncIterator[Solver]:
    async with Solver(model=model, sandbox=box) as made:
        yield made


async def test_fixed_problems_share_the_server(solver: Solver, embedded: EmbeddedServer) -> None:
    await asyncio.to_thread(embedded.ensure)
    pid = embedded.pid
    solutions = await solver.abatch(list(PROBLEMS))
    assert [solution.answer for solution in solutions] == list(PROBLEMS.values())
    for solution in solutions:
        turn = solution.attempts[0].turns[-1]
        assert turn.program is not None
        assert turn.execution is not None
        assert turn.execution.ok
        assert turn.completion.usage.completion_tokens > 0
        assert not turn.completion.usage.estimated
    assert solutions[2].problem.language == "ja"
    assert embedded.pid == pid


async def test_the_same_seed_writes_the_same_program(model: Model) -> None:
    asked = prompt(Problem(text="Print a random-looking even number."), "plain")
    sampling = Sampling(temperature=0.9, top_p=1.0, seed=11, max_tokens=40)
    await generate(model, asked, sampling=sampling)  # llama.cpp: a cold prompt and a cached one may round differently
    first = await generate(model, asked, sampling=sampling)
    second = await generate(model, asked, sampling=sampling)
    assert first.text == second.text
    assert first.text.startswith("```python\n")


async def test_a_cut_stream_costs_no_more_tokens(model: Model) -> None:
    """The model is told to count for ever; the watch ends it, and the server is free at once for a short question."""
    asked = Prompt((Message("user", "Count from 1 to 5000, one number per line. Do not stop."),))
    sampling = Sampling(temperature=0, top_p=1, seed=1, max_tokens=3000)
    cut = await generate(model, asked, sampling=sampling, watch=lambda text: len(text) > 60)
    assert cut.finish_reason == "cut"
    assert cut.usage.completion_tokens < 200
    after = await generate(model, Prompt((Message("user", "Say OK."),)), sampling=Sampling(0, 1, 1, 4))
    assert after.finish_reason in ("stop", "length")


async def test_a_prompt_that_does_not_fit(model: Model) -> None:
    asked = Prompt((Message("user", "seven eleven " * 6000),))
    with pytest.raises(ContextOverflow) as raised:
        await generate(model, asked, sampling=Sampling(0, 1, 1, 16))
    assert raised.value.advice


async def test_a_wrong_key(embedded: EmbeddedServer) -> None:
    url = await asyncio.to_thread(embedded.ensure)
    model = Model(
        chat=_chat(embedded.name, url, "wrong", trust_env=False), info=ModelInfo(name="m", backend="endpoint", url=url)
    )
    with pytest.raises(ModelDenied):
        await generate(model, Prompt((Message("user", "Hello"),)), sampling=Sampling(0, 1, 1, 4))


async def test_the_real_server_is_reached_as_an_endpoint(embedded: EmbeddedServer) -> None:
    url = await asyncio.to_thread(embedded.ensure)
    opened = await open_model(base_url=url, api_key=embedded.api_key)
    assert opened.continuation == "prefill"
    completion = await generate(
        opened, prompt(Problem(text="What is 6 times 7?"), "plain"), sampling=Sampling(0, 1, 1, 60)
    )
    assert completion.text.startswith("```python\n")


async def test_kill_9_of_the_model_server_in_mid_answer(solver: Solver, embedded: EmbeddedServer) -> None:
    killed = 0
    async for event in solver.astream("Find the sum of all primes below 30."):
        if isinstance(event, events.Text) and killed == 0 and "\n" not in event.text:
            killed = embedded.pid or 0
            os.kill(killed, signal.SIGKILL)
        if isinstance(event, events.Solved):
            assert event.solution.answer == "129"
    assert killed
    assert embedded.pid != killed
    assert (await solver.asolve("What is 17 times 23?")).answer == "391"


async def test_without_revival_the_death_has_a_name_and_the_next_problem_works(
    embedded: EmbeddedServer, model: Model
) -> None:
    url = await asyncio.to_thread(embedded.ensure)
    alone = Model(
        chat=_chat(embedded.name, url, embedded.api_key, trust_env=False), info=model.info, continuation="prefill"
    )

    def kill(text: str) -> bool:
        if len(text) > 30 and embedded.alive:
            os.kill(embedded.pid or 0, signal.SIGKILL)
            time.sleep(0.3)
        return False

    endless = Prompt((Message("user", "Count from 1 to 5000, one number per line. Do not stop."),))
    with pytest.raises(ModelUnavailable) as raised:
        await generate(alone, endless, sampling=Sampling(0, 1, 1, 500), watch=kill)
    assert raised.value.advice
    after = await generate(model, Prompt((Message("user", "Say OK."),)), sampling=Sampling(0, 1, 1, 4))
    assert after.text


async def test_an_explanation_in_the_language_of_the_problem(solver: Solver) -> None:
    problem = "りんごが12個あります。3人で同じ数ずつ分けると、1人何個ですか?"
    written = ""
    async for event in solver.astream(problem, config=SolverConfig(explain=True)):
        if isinstance(event, events.Explained):
            written += event.text
        if isinstance(event, events.Solved):
            # A model of this size may lose itself; its text is then no explanation, and the answer stands.
            assert event.solution.explanation in (None, written.strip())
            assert event.solution.answer == "4"
    assert any("ぁ" <= character <= "ん" for character in written)


async def test_a_loop_ends_the_request_at_the_server(model: Model, embedded: EmbeddedServer) -> None:
    """The watch ends the stream, and the server stops computing: all its slots are idle long before the tokens are spent."""
    url = await asyncio.to_thread(embedded.ensure)
    problem = Problem(text='Write "The cat sat on the mat." five hundred times, one on each line.')
    watch = Watch(problem)
    asked = Prompt(
        (Message("user", problem.text),), opening="The cat sat on the mat.\nThe cat sat on the mat.\nThe cat"
    )
    completion = await generate(model, asked, sampling=Sampling(0, 1, 1, 3000), watch=watch)
    assert completion.finish_reason == "cut"
    assert watch.finding is not None
    assert watch.finding.kind == "repetition"
    assert 0 < completion.usage.completion_tokens < 300
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {embedded.api_key}"}) as client:
        for _ in range(50):
            slots = (await client.get(f"{url.removesuffix('/v1')}/slots")).json()
            if not any(slot["is_processing"] for slot in slots):
                break
            await asyncio.sleep(0.1)
    assert slots
    assert not any(slot["is_processing"] for slot in slots)

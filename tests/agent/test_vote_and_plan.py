"""Pure decisions: who wins, when to stop, what to try next."""

from __future__ import annotations

import random
from typing import Literal

import pytest

from agent.config import SolverConfig
from agent.problem import language_of
from agent.stages.plan import Step, first_step, next_step, seed_of
from agent.stages.prompt import prompt, repair_prompt
from agent.stages.vote import (
    FINDING_FACTOR,
    PROSE_WEIGHT,
    REPAIR_FACTOR,
    confidence,
    deserving,
    settled,
    stopped,
    tally,
    wave,
    weight_of,
)
from agent.types import Answer, Attempt, Completion, Finding, Problem, Turn, TurnMode, Usage, Vote

INFINITY = float("inf")


def attempt(index: int, text: str | None, source: str = "program") -> Attempt:
    answer = None if text is None else Answer.model_validate({"text": text, "source": source})
    return Attempt(index=index, seed=0, turns=(), answer=answer, halt_reason="answered" if answer else "repairs")


def votes(*answers: str | None) -> tuple[Vote, ...]:
    attempts = [attempt(index, text) for index, text in enumerate(answers)]
    order = [text for text in answers if text is not None]
    return tally(attempts, [order.index(text) for text in order])


def test_the_majority_wins() -> None:
    winner, second = votes("5", "7", "7", None)
    assert (winner.answer, winner.weight, winner.attempts) == ("7", 2.0, (1, 2))
    assert (second.answer, second.attempts) == ("5", (0,))


def test_a_tie_goes_to_the_first() -> None:
    assert votes("5", "7")[0].answer == "5"


def test_prose_weighs_less() -> None:
    attempts = [attempt(0, "3", "prose"), attempt(1, "3", "prose"), attempt(2, "4")]
    winner, second = tally(attempts, [0, 0, 2])
    assert winner.answer == "4"
    assert second.weight == pytest.approx(2 * PROSE_WEIGHT)


def test_repairs_and_findings_weigh_less_but_two_still_outvote_one() -> None:
    plain = attempt(0, "4")
    finding = Finding(kind="term", rule="unattested", severity="soft", message="…")
    turns = tuple(
        Turn(
            index=index,
            mode=mode,
            strategy="program",
            seed=0,
            temperature=0,
            completion=Completion(text=""),
            findings=found,
        )
        for index, mode, found in ((0, "first", ()), (1, "repair", (finding,)))
    )
    repaired = [attempt(index, "5").model_copy(update={"turns": turns}) for index in (1, 2)]
    assert weight_of(plain) == 1.0
    assert weight_of(repaired[0]) == pytest.approx(REPAIR_FACTOR * FINDING_FACTOR)
    groups = [0, 1, 1]
    assert tally([plain, *repaired], groups)[0].answer == "5"
    assert tally([plain, repaired[0]], groups[:2])[0].answer == "4"
    assert tally([plain, *repaired], [0, 0, 0])[0].attempts == (0, 1, 2)


def test_an_exact_answer_speaks_for_its_class() -> None:
    (vote,) = tally([attempt(0, "0.5"), attempt(1, "1/2")], [0, 0])
    assert vote.answer == "1/2"


def test_settled_means_that_nothing_can_change() -> None:
    assert settled((), left=0)
    assert not settled((), left=1)
    assert settled(votes("7", "7"), left=1)
    assert not settled(votes("7", "7"), left=2)
    assert not settled(votes("7", "7", "5"), left=1)
    assert settled(votes("7", "7", "7", "5"), left=1)


def sizes_of_waves(samples: int, config: SolverConfig, answer: str = "7") -> list[int]:
    """What is started, wave by wave, where all attempts agree."""
    done: list[str | None] = []
    sizes = []
    while len(done) < samples and not stopped(votes(*done), left=samples - len(done), config=config):
        size = wave(votes(*done), left=samples - len(done), config=config)
        sizes.append(size)
        done += [answer] * size
    return sizes


@pytest.mark.parametrize(("samples", "sizes"), [(1, [1]), (2, [2]), (3, [2]), (4, [3]), (5, [3]), (8, [5]), (64, [33])])
def test_waves_are_the_fewest_that_can_settle(samples: int, sizes: list[int]) -> None:
    assert sizes_of_waves(samples, SolverConfig(stop="settled")) == sizes


@pytest.mark.parametrize(("samples", "sizes"), [(1, [1]), (5, [3]), (8, [4]), (64, [4])])
def test_four_that_agree_are_enough(samples: int, sizes: list[int]) -> None:
    assert sizes_of_waves(samples, SolverConfig()) == sizes


def test_never_means_all() -> None:
    assert sizes_of_waves(64, SolverConfig(stop="never")) == [64]


def test_confidence_is_the_beta_criterion() -> None:
    """By hand: with n votes to none the integral is 1 - 2^-(n+1); and by drawing shares from the posterior."""
    assert confidence(votes(*["7"] * 4)) == pytest.approx(1 - 2**-5)
    assert confidence(()) == pytest.approx(0.5)
    draw = random.Random(1)
    share = sum(draw.betavariate(7, 2) > 0.5 for _ in range(40_000)) / 40_000
    assert confidence(votes(*["7"] * 6, "5")) == pytest.approx(share, abs=0.01)


def test_an_answer_below_the_least_agreement_is_none() -> None:
    split = votes("1", "2", "3", None)
    assert deserving(split, attempts=4, config=SolverConfig())
    assert not deserving(split, attempts=4, config=SolverConfig(min_agreement=0.3))
    assert not deserving((), attempts=4, config=SolverConfig())


@pytest.mark.parametrize("stop", ["agreed", "settled"])
def test_waves_end_when_nobody_agrees(stop: Literal["agreed", "settled"]) -> None:
    config = SolverConfig(stop=stop)
    done: list[str | None] = []
    while len(done) < 6 and not stopped(votes(*done), left=6 - len(done), config=config):
        size = wave(votes(*done), left=6 - len(done), config=config)
        assert size >= 1
        done += [f"{len(done) + i}" for i in range(size)]
    assert len(done) == 6


def turn(
    mode: TurnMode, *, strategy: str = "program", feedback: str = "", tokens: int = 10, reason: str = "stop"
) -> Turn:
    completion = Completion.model_validate(
        {"text": "t", "finish_reason": reason, "usage": Usage(completion_tokens=tokens, requests=1)}
    )
    return Turn(index=0, mode=mode, strategy=strategy, seed=0, temperature=0, feedback=feedback, completion=completion)


CONFIG = SolverConfig()


def test_an_error_is_repaired() -> None:
    step = next_step((turn("first"),), "TypeError: x", CONFIG, "ja", seconds_left=INFINITY)
    assert step == Step("repair", "program", 0.0, "ja", "no_answer", "TypeError: x")


def test_the_same_error_twice_changes_the_strategy() -> None:
    turns = (turn("first"), turn("repair", feedback="TypeError: 'a' in line 3"))
    step = next_step(turns, "TypeError: 'b' in line 9", CONFIG, "ja", seconds_left=INFINITY)
    assert step == Step("resample", "plain", 0.7, "ja", "no_answer")
    other = next_step(turns, "NameError: y", CONFIG, "ja", seconds_left=INFINITY)
    assert isinstance(other, Step)
    assert other.mode == "repair"


def test_degenerate_text_is_resampled_never_repaired() -> None:
    step = next_step((turn("first"),), "", CONFIG, "ja", seconds_left=INFINITY)
    assert step == Step("resample", "plain", 0.7, "ja", "no_answer")


def test_the_last_resort_is_prose_and_then_nothing() -> None:
    turns = (turn("first"), turn("repair", feedback="A"), turn("repair", feedback="B"))
    step = next_step(turns, "C", CONFIG, "ja", seconds_left=INFINITY)
    assert step == Step("resample", "cot", 0.0, "ja", "no_answer")
    assert (
        next_step((*turns, turn("resample", strategy="cot")), "no box", CONFIG, "ja", seconds_left=INFINITY)
        == "repairs"
    )
    loops = (turn("first"), turn("resample"), turn("resample"))
    assert (
        next_step((*loops, turn("resample", strategy="cot")), "", CONFIG, "ja", seconds_left=INFINITY) == "degenerate"
    )


def test_budgets_have_names() -> None:
    first = (turn("first", tokens=5000),)
    assert next_step(first, "E", CONFIG, "ja", seconds_left=INFINITY) == "tokens"
    assert next_step((turn("first"),), "E", CONFIG, "ja", seconds_left=0) == "seconds"
    assert next_step((turn("first", reason="deadline"),), "", CONFIG, "ja", seconds_left=5) == "seconds"
    assert next_step((turn("first"),), "E", SolverConfig(max_turns=1), "ja", seconds_left=INFINITY) == "turns"


def test_temperature_and_seeds() -> None:
    assert first_step(CONFIG, "en").temperature == 0
    assert first_step(SolverConfig(samples=4), "en").temperature == 0.7
    assert first_step(SolverConfig(samples=4, temperature=0.2), "en").temperature == 0.2
    seeds = {seed_of(CONFIG, attempt=i, turn=j) for i in range(20) for j in range(5)}
    assert len(seeds) == 100
    assert seed_of(CONFIG, attempt=3, turn=1) == seed_of(SolverConfig(samples=9), attempt=3, turn=1)
    assert seed_of(SolverConfig(seed=1), attempt=3, turn=1) != seed_of(CONFIG, attempt=3, turn=1)


def test_language() -> None:
    assert language_of("三角形の面積を求めよ。") == "ja"
    assert language_of("りんごが3こ") == "ja"
    assert language_of("Find π × 2, given a（b）.") == "en"


def test_prompts_open_a_program_and_never_carry_old_turns() -> None:
    problem = Problem(text="What is 6 times 7?")
    first = prompt(problem, "program")
    assert first.opening == "```python\n"
    assert first.messages[-1].content == problem.text
    again = repair_prompt(problem, "program", "print(6*)", "SyntaxError")
    assert again.messages[: len(first.messages)] == first.messages
    assert [message.role for message in again.messages[len(first.messages) :]] == ["assistant", "user"]
    assert "SyntaxError" in again.messages[-1].content
    assert prompt(problem, "cot").opening == ""
    japanese = prompt(Problem(text="6かける7は?", language="ja"), "plain")
    assert language_of(japanese.messages[0].content) == "ja"

"""What happens after degenerate text, by kind, with a scripted model and the real sandbox; and how the Solution counts it."""

from __future__ import annotations

from typing import Any

import pytest

from agent import Context, Problem, Solver, SolverConfig, events
from agent.stages.plan import Step, next_step
from agent.testing import ScriptedModel
from agent.trace import events_of
from agent.types import Completion, Finding, Solution, Turn
from sandbox import Pool

JA = "1個120円のりんごを6個と、1個90円のみかんを5個買うと、代金は何円ですか?"
LOOP = "```python\n" + "total = total + 1\n" * 60
CHINESE = "首先，我们计算苹果的价格。然后，我们把所有的价格加起来，所以答案是多少。" * 2


def program(source: str) -> str:
    return f"```python\n{source}\n```"


async def solve(box: Pool, *replies: Any, lexicon: Any = None, **settings: Any) -> tuple[Solution, ScriptedModel]:
    model = ScriptedModel(replies=list(replies))
    async with Solver(model=model, sandbox=box, lexicon=lexicon, config=SolverConfig(**settings)) as solver:
        return await solver.asolve(JA), model


async def test_the_ladder_plain_prompt_other_language_prose_abstention(box: Pool) -> None:
    solution, model = await solve(box, LOOP)
    steps = [(turn.mode, turn.strategy, turn.language, turn.because) for turn in solution.attempts[0].turns]
    assert steps == [
        ("first", "program", "ja", ""),
        ("resample", "plain", "ja", "tail_cycle"),
        ("resample", "plain", "en", "tail_cycle"),
        ("resample", "cot", "ja", "tail_cycle"),
    ]
    assert (solution.status, solution.answer, solution.halt_reason) == ("abstained", None, "degenerate")
    assert len({turn.seed for turn in solution.attempts[0].turns}) == 4
    # Degenerate text never comes back into a prompt.
    assert not any("total + 1" in str(message.content) for seen in model.seen for message in seen)
    count = solution.recoveries
    assert (count.resampled, count.other_language, count.last_resort, count.repaired) == (3, 1, 1, 0)
    assert count.by_kind == {"repetition": 4}


async def test_a_hybrid_text_in_chinese_leaves_for_a_plain_program(box: Pool) -> None:
    solution, model = await solve(
        box, f"{CHINESE}\n{program('print(1170)')}", program("print(120*6 + 90*5)"), strategy="hybrid"
    )
    first, second = solution.attempts[0].turns
    assert (first.strategy, first.completion.finish_reason, first.findings[0].kind) == ("hybrid", "cut", "script")
    assert (second.mode, second.strategy, second.language) == ("resample", "plain", "ja")
    assert solution.answer == "1170"
    assert "我们" not in str(model.seen[1])


async def test_a_comment_in_chinese_costs_no_program(box: Pool) -> None:
    solution, _ = await solve(box, program("# 我们计算价格，然后加起来\nprint(120*6 + 90*5)"))
    (turn,) = solution.attempts[0].turns
    assert solution.answer == "1170"
    assert [(finding.kind, finding.severity) for finding in turn.findings] == [("script", "soft")]


async def test_cot_answers_from_the_box_and_recovers_with_a_program(box: Pool) -> None:
    good, _ = await solve(box, "代金は、120×6+90×5=1170円です。\n\n\\boxed{1170}", strategy="cot")
    assert (good.answer, good.attempts[0].halt_reason) == ("1170", "prose")
    bad, _ = await solve(box, CHINESE, program("print(120*6 + 90*5)"), strategy="cot")
    assert [turn.strategy for turn in bad.attempts[0].turns] == ["cot", "plain"]
    assert (bad.answer, bad.attempts[0].halt_reason) == ("1170", "answered")


async def test_an_unknown_name_is_repaired_once(box: Pool) -> None:
    replies = [
        program("import sympy\nprint(sympy.total_price(6))"),
        program("import sympy\nprint(sympy.add_prices(5))"),
        program("print(120*6 + 90*5)"),
    ]
    solution, model = await solve(box, *replies)
    steps = [(turn.mode, turn.because) for turn in solution.attempts[0].turns]
    assert steps == [("first", ""), ("repair", "unknown_name"), ("resample", "unknown_name")]
    assert "has no name 'total_price'" in str(model.seen[1][-1].content)
    assert (solution.recoveries.repaired, solution.recoveries.api, solution.recoveries.resampled) == (1, 1, 1)
    assert solution.answer == "1170"


async def test_the_same_program_again_is_not_run_again(box: Pool) -> None:
    bad = program("print(1 / 0)")
    solution, _ = await solve(box, bad, bad, program("print(1170)"))
    first, second, third = solution.attempts[0].turns
    assert first.execution is not None
    assert (second.execution, second.findings[-1].rule) == (None, "same_program")
    assert (third.mode, third.because) == ("resample", "same_program")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("残留正規化数の考え方により、代金は1170円です。", "unattested"),
        ("The price of the apples and that of the oranges are added, so that the answer is 1170.", "other_language"),
        ("因此，我们把价格加起来。代金は1170円です。", "chinese"),
    ],
)
async def test_a_degenerate_explanation_costs_only_the_explanation(box: Pool, text: str, rule: str) -> None:
    solution, _ = await solve(box, program("print(1170)"), text, explain=True)
    assert (solution.status, solution.answer, solution.explanation) == ("answered", "1170", None)
    assert rule in [finding.rule for finding in solution.explanation_findings]
    assert solution.recoveries.explanations_dropped == 1
    shown = [event for event in events_of(solution) if isinstance(event, events.ExplanationFound)]
    assert shown
    assert all(event.dropped for event in shown)


async def test_a_sound_explanation_is_kept_and_a_users_term_too(box: Pool, tmp_path: Any) -> None:
    sound = "りんごの代金は720円、みかんの代金は450円なので、合わせて1170円です。"
    solution, _ = await solve(box, program("print(1170)"), sound, explain=True)
    assert (solution.explanation, solution.explanation_findings) == (sound, ())
    own = "残留正規化数の考え方により、代金は1170円です。"
    lexicon = tmp_path / "mine.tsv"
    lexicon.write_text("残留正規化数\n", encoding="utf-8")
    solution, _ = await solve(box, program("print(1170)"), own, explain=True, lexicon=lexicon)
    assert solution.explanation == own


async def test_without_screening_nothing_is_looked_at(box: Pool) -> None:
    solution, model = await solve(box, LOOP, screen=False, max_tokens=64)
    assert all(
        finding.kind not in ("repetition", "script") for turn in solution.attempts[0].turns for finding in turn.findings
    )
    assert model.streamed >= 4 * len(LOOP)


async def test_what_the_server_ended_for_a_loop_is_degenerate(box: Pool) -> None:
    finding = Finding(kind="repetition", rule="ended_by_server", severity="hard", message="")
    turn = Turn(
        index=0,
        mode="first",
        strategy="program",
        seed=0,
        temperature=0,
        completion=Completion(text="x", finish_reason="cut"),
        findings=(finding,),
    )
    step = next_step((turn,), "", SolverConfig(), "ja", seconds_left=10)
    assert step == Step("resample", "plain", 0.7, "ja", "ended_by_server")


def test_the_context_holds_what_state_cannot() -> None:
    fields = set(Context.__dataclass_fields__)
    assert fields == {"model", "sandbox", "comparer", "config", "lexicon"}
    assert Problem(text="x").language == "en"

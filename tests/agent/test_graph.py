"""The wiring, with a scripted model and the real sandbox: what happens when programs fail, texts loop, votes agree."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Literal

import pytest
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from agent import Context, Problem, Solver, SolverConfig, UsageError, events, wrap
from agent.errors import ModelUnavailable
from agent.graph import CHECKPOINT_TYPES, builder, graph
from agent.testing import FakeSandbox, ScriptedModel
from agent.trace import events_of
from agent.types import Solution
from sandbox import Execution, Pool, SandboxUnavailable, Status


def program(source: str) -> str:
    return f"```python\n{source}\n```"


def solver(box: Any, *replies: Any, **settings: Any) -> tuple[Solver, ScriptedModel]:
    model = ScriptedModel(replies=list(replies))
    return Solver(model=model, sandbox=box, config=SolverConfig(**settings)), model


async def solve(box: Any, *replies: Any, **settings: Any) -> tuple[Solution, ScriptedModel]:
    made, model = solver(box, *replies, **settings)
    async with made:
        return await made.asolve("What is 6 times 7?"), model


async def test_one_turn(box: Pool) -> None:
    solution, model = await solve(box, program("print(6 * 7)"))
    assert (solution.status, solution.answer, solution.halt_reason) == ("answered", "42", "settled")
    assert (solution.answer_exact, solution.answer_latex, solution.answer_boxed) == ("Integer(42)", "42", r"\boxed{42}")
    assert solution.agreement == 1.0
    assert len(model.seen) == 1
    assert solution.sandbox is not None
    assert solution.sandbox.backend == box.backend.name
    assert Solution.model_validate_json(solution.model_dump_json()) == solution


async def test_an_error_is_repaired_in_a_second_turn(box: Pool) -> None:
    solution, model = await solve(box, program("x = 6\nprint(x * other)"), program("print(6 * 7)"))
    assert solution.answer == "42"
    first, second = solution.attempts[0].turns
    assert first.execution is not None
    assert (first.mode, first.execution.status) == ("first", Status.RUNTIME_ERROR)
    assert (second.mode, second.answer is not None) == ("repair", True)
    told = str(model.seen[1][-1].content)
    assert "name 'other' is not defined" in told
    assert "print(x * other)" in told
    assert second.feedback in told


async def test_a_defect_is_told_before_anything_runs(box: Pool) -> None:
    solution, model = await solve(box, program("import sympy\nprint(sympy.squareroot(4))"), program("print(2)"))
    first = solution.attempts[0].turns[0]
    assert first.execution is None
    assert first.findings[0].rule == "unknown_name"
    assert "sqrt" in str(model.seen[1][-1].content)
    assert solution.answer == "2"


async def test_only_the_last_program_is_shown_again(box: Pool) -> None:
    solution, model = await solve(
        box, program("print(first_one)"), program("raise ValueError('second')"), program("print(3)")
    )
    assert [turn.mode for turn in solution.attempts[0].turns] == ["first", "repair", "repair"]
    shown = [str(message.content) for message in model.seen[2] if isinstance(message, AIMessage)]
    assert not any("print(first_one)" in text for text in shown)
    assert any("second" in text for text in shown)


async def test_a_loop_is_cut_while_it_is_written_and_leaves_the_context(box: Pool) -> None:
    loop = "```python\n" + "total = total + 1\n" * 5000
    solution, model = await solve(box, loop, program("print(42)"))
    first, second = solution.attempts[0].turns
    assert first.completion.finish_reason == "cut"
    assert len(first.completion.text) < 300
    assert model.streamed < 1000
    assert first.findings[0].kind == "repetition"
    assert first.program is None
    assert (second.mode, second.strategy) == ("resample", "plain")
    assert second.seed != first.seed
    assert not any("total = total" in str(message.content) for message in model.seen[1])
    assert solution.answer == "42"


async def test_text_without_a_program_is_written_anew(box: Pool) -> None:
    solution, _ = await solve(box, "I think it is 42.", program("print(42)"))
    assert [turn.mode for turn in solution.attempts[0].turns] == ["first", "resample"]
    assert solution.attempts[0].turns[0].findings[0].rule == "no_program"


async def test_the_same_error_twice_changes_the_strategy(box: Pool) -> None:
    bad = program("print(nothing)")
    solution, model = await solve(box, bad, bad, program("print(42)"))
    modes = [(turn.mode, turn.strategy) for turn in solution.attempts[0].turns]
    assert modes == [("first", "program"), ("repair", "program"), ("resample", "plain")]
    assert not any("nothing" in str(message.content) for message in model.seen[2])


async def test_prose_is_a_weaker_vote_rather_than_nothing(box: Pool) -> None:
    solution, _ = await solve(box, "no", "no", "no", r"Six sevens make \boxed{42}.")
    assert (solution.answer, solution.attempts[0].halt_reason) == ("42", "prose")
    assert solution.agreement == pytest.approx(0.4)


async def test_an_abstention_says_why(box: Pool) -> None:
    solution, _ = await solve(box, "I do not know.")
    assert (solution.status, solution.answer, solution.halt_reason) == ("abstained", None, "degenerate")
    assert solution.answer_boxed is None
    solution, _ = await solve(box, program("print(a)"), program("1/0"), program("[][1]"), "no box")
    assert solution.halt_reason == "repairs"


async def test_budgets_end_an_attempt_with_a_name(box: Pool) -> None:
    solution, model = await solve(box, program("print(a)"), max_turns=1)
    assert (solution.halt_reason, len(model.seen)) == ("turns", 1)
    solution, model = await solve(box, " ".join(f"item{n}" for n in range(200)), token_budget=80, max_tokens=80)
    assert solution.halt_reason == "tokens"


async def test_the_clock_ends_a_slow_answer(box: Pool) -> None:
    model = ScriptedModel(replies=["slow and steady, " + "".join(f"{i} " for i in range(3000))], pause_s=0.02)
    async with Solver(model=model, sandbox=box, config=SolverConfig(timeout_s=0.5)) as made:
        started = time.monotonic()
        solution = await made.asolve("What is 6 times 7?")
    assert (solution.status, solution.halt_reason) == ("abstained", "seconds")
    assert solution.attempts[0].turns[0].completion.finish_reason == "deadline"
    assert time.monotonic() - started < 30


@pytest.mark.parametrize(("stop", "attempts", "reason"), [("settled", 5, "settled"), ("agreed", 4, "agreed")])
async def test_the_vote_stops_early(stop: Literal["settled", "agreed"], attempts: int, reason: str, box: Pool) -> None:
    solution, model = await solve(box, program("print(42)"), samples=9, stop=stop)
    assert len(solution.attempts) == len(model.seen) == attempts
    assert (solution.halt_reason, solution.agreement) == (reason, 1.0)


async def test_attempts_that_disagree_are_no_answer(box: Pool) -> None:
    replies = [program(f"print({number})") for number in range(4)]
    solution, _ = await solve(box, *replies, samples=4, min_agreement=0.5)
    assert (solution.status, solution.answer, solution.halt_reason) == ("abstained", None, "disagreement")
    assert len(solution.votes) == 4
    solution, _ = await solve(box, *replies, samples=4)
    assert (solution.answer, solution.halt_reason) == ("0", "all_attempts")


async def test_two_programs_that_find_nothing_mean_no_solution(box: Pool) -> None:
    """The first and its repair are one idea; a program written anew that finds nothing either is a second opinion."""
    nothing = [program(f"print([])  # {number}") for number in range(3)]
    solution, _ = await solve(box, *nothing)
    assert (solution.answer, solution.answer_boxed) == ("no solution", r"\boxed{\text{no solution}}")
    assert [turn.mode for turn in solution.attempts[0].turns] == ["first", "repair", "resample"]
    solution, _ = await solve(box, *nothing[:2], program("print(42)"))
    assert solution.answer == "42"


async def test_floats_are_given_exactly(box: Pool) -> None:
    solution, _ = await solve(box, program("import math\nprint(math.sqrt(12) / 3)"))
    assert (solution.answer, solution.answer_boxed) == ("2*sqrt(3)/3", r"\boxed{\frac{2 \sqrt{3}}{3}}")


async def test_equal_answers_vote_together(box: Pool) -> None:
    replies = [program("print(0.5)"), program("print('2/4')"), program("print(3)")]
    solution, _ = await solve(box, *replies, samples=3)
    assert solution.votes[0].weight == 2
    assert solution.answer_exact == "Rational(1, 2)"


async def test_explanation_is_screened(box: Pool) -> None:
    solution, _ = await solve(box, program("print(42)"), "Six rows of seven are 42.", explain=True)
    assert solution.explanation == "Six rows of seven are 42."
    solution, _ = await solve(box, program("print(42)"), "as we know, " * 50, explain=True)
    assert solution.explanation is None
    assert solution.answer == "42"


async def test_an_explanation_is_counted_and_its_failure_costs_nothing(box: Pool) -> None:
    plain, _ = await solve(box, program("print(42)"), explain=False)
    explained, _ = await solve(box, program("print(42)"), "Six rows of seven are 42.", explain=True)
    assert explained.usage.requests == plain.usage.requests + 1
    assert explained.usage.completion_tokens > plain.usage.completion_tokens
    failed, _ = await solve(box, program("print(42)"), RuntimeError("out of cheese"), explain=True)
    assert (failed.status, failed.answer, failed.explanation) == ("answered", "42", None)


async def test_a_trace_tells_the_same_story(box: Pool) -> None:
    made, _ = solver(box, program("print(None)"), program("print(42)"))
    told: list[events.Event] = []
    async with made:
        async for event in made.astream("What is 6 times 7?"):
            told.append(event)
    assert isinstance(told[-1], events.Solved)
    again = list(events_of(told[-1].solution))
    assert [event.kind for event in again if event.kind != "text"] == [
        event.kind for event in told if event.kind != "text"
    ]
    assert "rejected" in {event.kind for event in again}


async def test_events_come_in_the_order_of_the_stages(box: Pool) -> None:
    made, _ = solver(box, program("print(x)"), program("print(42)"))
    seen: list[str] = []
    async with made:
        async for event in made.astream("What is 6 times 7?"):
            if not (seen and seen[-1] == event.kind == "text"):
                seen.append(event.kind)
    turn = ["turn", "text", "completion", "program", "execution"]
    assert seen == ["started", *turn, *turn, "answer", "attempt", "vote", "solved"]


async def test_many_tasks_share_one_solver(box: Pool) -> None:
    def behave(source: str) -> Execution:
        return Execution(status=Status.OK, stdout=source.removeprefix("print(").removesuffix(")"))

    class Echo(ScriptedModel):
        def _next(self, messages: list[Any]) -> str:
            return program(f"print({messages[-1].content})")

    async with Solver(model=Echo(replies=[]), sandbox=FakeSandbox(behave)) as made:
        solutions = await made.abatch([str(number) for number in range(40)], concurrency=10)
    assert [solution.answer for solution in solutions] == [str(number) for number in range(40)]


def test_synchronous_use_from_threads(box: Pool) -> None:
    made, _ = solver(box, program("print(42)"))
    with made:
        assert made.solve("What is 6 times 7?").answer == "42"
        assert [solution.answer for solution in made.batch(["a", "b"])] == ["42", "42"]
    with pytest.raises(UsageError, match="closed"):
        made.solve("again")


async def test_one_solver_in_two_loops(box: Pool) -> None:
    made, _ = solver(box, program("print(42)"))
    first = await made.asolve("What is 6 times 7?")
    second = await asyncio.to_thread(lambda: asyncio.run(made.asolve("What is 6 times 7?")))
    assert first.answer == second.answer == "42"
    await made.aclose()


@pytest.mark.parametrize("text", ["", "   \n", "x" * 30_000, "a\x00b", "\udc80"])
async def test_what_is_no_problem_is_refused_before_anything_starts(text: str) -> None:
    sandbox = FakeSandbox()
    made, model = solver(sandbox, "never asked")
    with pytest.raises(UsageError) as raised:
        await made.asolve(text)
    assert raised.value.advice
    assert not model.seen


async def test_a_model_that_fails_is_an_exception(box: Pool) -> None:
    made, _ = solver(box, RuntimeError("out of cheese"))
    with pytest.raises(ModelUnavailable, match="out of cheese"):
        await made.asolve("What is 6 times 7?")
    with pytest.raises(ModelUnavailable):
        await made.abatch(["a", "b"])


async def test_a_sandbox_that_fails_is_an_exception() -> None:
    class Broken(FakeSandbox):
        async def run(self, *args: Any, **settings: Any) -> Execution:
            raise SandboxUnavailable("it is gone")

    made, _ = solver(Broken(), program("print(1)"))
    with pytest.raises(SandboxUnavailable):
        await made.asolve("What is 6 times 7?")


async def test_the_callers_sandbox_stays_open() -> None:
    sandbox = FakeSandbox(lambda source: Execution(status=Status.OK, stdout="1"))
    made, _ = solver(sandbox, program("print(1)"))
    async with made:
        await made.asolve("What is 1?")
    assert not sandbox.closed


async def test_the_graph_is_usable_by_itself(box: Pool) -> None:
    model = wrap(ScriptedModel(replies=[program("print(42)")]))
    context = Context(model=model, sandbox=box)
    state = await graph.ainvoke({"problem": Problem(text="What is 6 times 7?")}, context=context)
    assert state["votes"][0].answer == "42"
    assert set(builder.nodes) == {"attempts", "attempt", "vote", "present", "explain"}


async def test_state_survives_a_checkpointer(box: Pool, caplog: pytest.LogCaptureFixture) -> None:
    serde = JsonPlusSerializer(allowed_msgpack_modules=CHECKPOINT_TYPES)
    saved = builder.compile(checkpointer=InMemorySaver(serde=serde))
    model = wrap(ScriptedModel(replies=[program("print(other)"), program("print(42)")]))
    thread: RunnableConfig = {"configurable": {"thread_id": "1"}}
    await saved.ainvoke({"problem": Problem(text="What?")}, config=thread, context=Context(model=model, sandbox=box))
    state = (await saved.aget_state(thread)).values
    assert state["problem"] == Problem(text="What?")
    assert [turn.mode for turn in state["attempts"][0].turns] == ["first", "repair"]
    assert state["votes"][0].answer == "42"
    assert "unregistered" not in caplog.text


async def test_a_run_without_context_says_so() -> None:
    with pytest.raises(UsageError, match="context"):
        await graph.ainvoke({"problem": Problem(text="What?")})


async def test_leaving_a_stream_early_stops_the_work(box: Pool) -> None:
    model = ScriptedModel(replies=["".join(f"{i} " for i in range(3000))], pause_s=0.01)
    async with Solver(model=model, sandbox=box) as made:
        stream = made.astream("What is 6 times 7?")
        async for event in stream:
            if isinstance(event, events.Text):
                break
        await stream.aclose()
        streamed = model.streamed
        await asyncio.sleep(0.2)
        assert model.streamed <= streamed + model.piece

"""How a problem becomes a solution: the wiring, and nothing else. What each stage does is in `agent.stages`.

::

    problem ─▶ attempts ═▶ attempt ×k ─▶ vote ─▶ present ─▶ explain ─▶ solution
                  ▲                       │
                  └── not settled yet ────┘

    attempt:  prompt ─▶ generate ─▶ screen ─▶ extract ─▶ check ─▶ execute ─▶ judge ─▶ finish
                 ▲                     │ degenerate │ none  │ defect             │ no answer   ▲
                 └── repair ◀──────────┴────────────┴───────┴────────────────────┘ ── budget ──┘

All nodes and edges are coroutines, since LangGraph hands plain functions to a thread, which costs more than they do. The state
serializes. Model, sandbox and settings travel as run context::

    await graph.ainvoke({"problem": Problem(text="…")}, context=Context(model=…, sandbox=…, config=SolverConfig()))
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Literal

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Send

from agent import events
from agent.degeneracy.repetition import handed_in_again
from agent.equivalence import classes
from agent.errors import ModelUnavailable, UsageError
from agent.stages.check import check
from agent.stages.complete import complete
from agent.stages.execute import execute
from agent.stages.explain import explain
from agent.stages.extract import extract
from agent.stages.generate import Sampling, generate
from agent.stages.judge import Refusal, found_nothing, judge, judge_prose
from agent.stages.plan import Step, first_step, next_step, seed_of
from agent.stages.present import present
from agent.stages.prompt import prompt, repair_prompt
from agent.stages.repair import feedback, from_findings
from agent.stages.screen import Watch, screen
from agent.stages.vote import deserving, stopped, tally, wave
from agent.state import CHECKPOINT_TYPES, AttemptResult, AttemptState, Context, State, turn_of
from agent.types import Attempt, Finding
from sandbox import Limits

__all__ = ["CHECKPOINT_TYPES", "AttemptState", "Context", "State", "attempt_builder", "builder", "graph"]


Run = Runtime[Context]


def _seconds_left(state: AttemptState | State) -> float:
    deadline = state.get("deadline")
    return float("inf") if deadline is None else deadline - time.time()


def _mark(state: AttemptState) -> dict[Literal["attempt", "turn"], int]:
    return {"attempt": state["index"], "turn": len(state["turns"])}


# --- one attempt


def _tell(findings: Sequence[Finding], state: AttemptState, runtime: Run) -> None:
    for finding in findings:
        runtime.stream_writer(events.Found(finding=finding, **_mark(state)))


async def _prompt(state: AttemptState, runtime: Run) -> AttemptState:
    step = state.get("step") or first_step(runtime.context.config, state["problem"].language)
    state = {**state, "turns": state.get("turns", ())}
    runtime.stream_writer(
        events.TurnStarted(
            mode=step.mode,
            strategy=step.strategy,
            language=step.language,
            because=step.because,
            feedback=step.feedback,
            **_mark(state),
        )
    )
    return {
        "turns": state["turns"],
        "step": step,
        "completion": None,
        "findings": (),
        "program": None,
        "execution": None,
        "answer": None,
        "defect": "",
    }


async def _generate(state: AttemptState, runtime: Run) -> AttemptState:
    config, step, turns = runtime.context.config, state["step"], state["turns"]
    if step.mode == "repair" and turns[-1].program is not None:
        asked = repair_prompt(state["problem"], step.strategy, turns[-1].program.source, step.feedback, step.language)
    else:
        asked = prompt(state["problem"], step.strategy, step.language)
    spent = sum(turn.completion.usage.completion_tokens for turn in turns)
    sampling = Sampling(
        temperature=step.temperature,
        top_p=config.top_p,
        seed=seed_of(config, attempt=state["index"], turn=len(turns)),
        max_tokens=min(config.max_tokens, config.token_budget - spent),
    )
    left = _seconds_left(state)
    watch = Watch(state["problem"]) if config.screen else None
    completion = await generate(
        runtime.context.model,
        asked,
        sampling=sampling,
        watch=watch,
        on_text=lambda piece: runtime.stream_writer(events.Text(text=piece, **_mark(state))),
        on_retry=lambda message: runtime.stream_writer(events.Retrying(message=message, **_mark(state))),
        deadline=None if left == float("inf") else time.monotonic() + left,
    )
    runtime.stream_writer(events.Completed(completion=completion, **_mark(state)))
    cut = watch.finding if watch is not None else None
    return {"completion": completion, "findings": (cut,) if cut is not None else ()}


async def _screen(state: AttemptState, runtime: Run) -> AttemptState:
    assert state["completion"] is not None
    findings: tuple[Finding, ...] = ()
    if runtime.context.config.screen:
        cut = next(iter(state["findings"]), None)
        findings = screen(state["completion"], state["problem"], lexicon=runtime.context.lexicon, cut=cut)
    _tell(findings, state, runtime)
    return {"findings": findings}


async def _extract(state: AttemptState, runtime: Run) -> AttemptState:
    completion = state["completion"]
    assert completion is not None
    program = extract(completion)
    if isinstance(program, Finding):
        _tell([program], state, runtime)
        return {"findings": (*state["findings"], program)}
    program = complete(program, await runtime.context.sandbox.names())
    runtime.stream_writer(events.Extracted(program=program, **_mark(state)))
    again = handed_in_again(program, state["turns"]) if runtime.context.config.screen else None
    if again is None:
        return {"program": program}
    _tell([again], state, runtime)
    return {"program": program, "findings": (*state["findings"], again)}


async def _check(state: AttemptState, runtime: Run) -> AttemptState:
    assert state["program"] is not None
    findings = check(state["program"], await runtime.context.sandbox.names())
    _tell(findings, state, runtime)
    return {"findings": (*state["findings"], *findings), "defect": from_findings(findings)}


async def _execute(state: AttemptState, runtime: Run) -> AttemptState:
    assert state["program"] is not None
    sandbox, config = runtime.context.sandbox, runtime.context.config
    execution = await execute(state["program"], sandbox, config=config, seconds_left=_seconds_left(state))
    runtime.stream_writer(events.Executed(execution=execution, **_mark(state)))
    defect = "" if execution.ok else feedback(state["program"], execution, await sandbox.names())
    return {"execution": execution, "defect": defect}


async def _judge(state: AttemptState, runtime: Run) -> AttemptState:
    if state["step"].strategy == "cot":
        assert state["completion"] is not None
        verdict = judge_prose(state["completion"])
    else:
        assert state["execution"] is not None
        nothing_before = any(found_nothing(turn.execution) for turn in state["turns"])
        verdict = judge(state["execution"], second_opinion=nothing_before and state["step"].mode == "resample")
    if isinstance(verdict, Refusal):
        runtime.stream_writer(events.Rejected(message=verdict.message, **_mark(state)))
        return {"defect": verdict.message}
    runtime.stream_writer(events.Answered(answer=verdict, **_mark(state)))
    return {"answer": verdict}


async def _repair(state: AttemptState, runtime: Run) -> AttemptState:
    """A turn without an answer: plan the next one, or halt."""
    turns = (*state["turns"], turn_of(state, runtime.context.config))
    planned = next_step(
        turns, state["defect"], runtime.context.config, state["problem"].language, seconds_left=_seconds_left(state)
    )
    if isinstance(planned, Step):
        return {"turns": turns, "step": planned}
    return {"turns": turns, "halt_reason": planned}


async def _finish(state: AttemptState, runtime: Run) -> AttemptResult:
    answer, reason, turns = state["answer"], state.get("halt_reason"), state["turns"]
    if answer is not None:
        turns = (*turns, turn_of(state, runtime.context.config))
        reason = "answered" if answer.source == "program" else "prose"
    assert reason is not None
    seed = seed_of(runtime.context.config, attempt=state["index"], turn=0)
    attempt = Attempt(index=state["index"], seed=seed, turns=turns, answer=answer, halt_reason=reason)
    runtime.stream_writer(events.AttemptEnded(ended=attempt, attempt=attempt.index, turn=len(turns) - 1))
    return {"attempts": [attempt]}


async def _after_screen(state: AttemptState) -> Literal["extract", "judge", "repair"]:
    completion = state["completion"]
    if any(finding.severity == "hard" for finding in state["findings"]):
        return "repair"
    if completion is not None and completion.finish_reason == "deadline":
        return "repair"
    return "judge" if state["step"].strategy == "cot" else "extract"


async def _after_extract(state: AttemptState) -> Literal["check", "repair"]:
    again = any(finding.rule == "same_program" for finding in state["findings"])
    return "repair" if state["program"] is None or again else "check"


async def _after_check(state: AttemptState) -> Literal["execute", "repair"]:
    return "repair" if state["defect"] else "execute"


async def _after_execute(state: AttemptState) -> Literal["judge", "repair"]:
    return "repair" if state["defect"] else "judge"


async def _after_judge(state: AttemptState) -> Literal["finish", "repair"]:
    return "finish" if state["answer"] is not None else "repair"


async def _after_repair(state: AttemptState) -> Literal["prompt", "finish"]:
    return "finish" if state.get("halt_reason") else "prompt"


attempt_builder = StateGraph(AttemptState, context_schema=Context, output_schema=AttemptResult)
for _name, _node in {
    "prompt": _prompt, "generate": _generate, "screen": _screen, "extract": _extract, "check": _check,
    "execute": _execute, "judge": _judge, "repair": _repair, "finish": _finish,
}.items():  # fmt: skip
    attempt_builder.add_node(_name, _node)
attempt_builder.add_edge(START, "prompt")
attempt_builder.add_edge("prompt", "generate")
attempt_builder.add_edge("generate", "screen")
attempt_builder.add_conditional_edges("screen", _after_screen)
attempt_builder.add_conditional_edges("extract", _after_extract)
attempt_builder.add_conditional_edges("check", _after_check)
attempt_builder.add_conditional_edges("execute", _after_execute)
attempt_builder.add_conditional_edges("judge", _after_judge)
attempt_builder.add_conditional_edges("repair", _after_repair)
attempt_builder.add_edge("finish", END)


# --- one problem


async def _attempts(state: State, runtime: Run) -> State:
    """The clock starts here, once."""
    if runtime.context is None:
        raise UsageError("the graph has no run context", advice="Pass context=Context(model=…, sandbox=…).")
    if "deadline" in state:
        return {}
    limit = runtime.context.config.timeout_s
    return {"deadline": None if limit is None else time.time() + limit, "votes": (), "presented": None}


async def _send(state: State, runtime: Run) -> list[Send]:
    done = len(state.get("attempts", []))
    config = runtime.context.config
    size = wave(state["votes"], left=config.samples - done, config=config)
    fixed: AttemptState = {"problem": state["problem"], "deadline": state["deadline"]}
    return [Send("attempt", {**fixed, "index": done + i}) for i in range(size)]


async def _vote(state: State, runtime: Run) -> State:
    attempts = sorted(state["attempts"], key=lambda attempt: attempt.index)
    answers = [attempt.answer.text for attempt in attempts if attempt.answer is not None]
    votes = tally(attempts, await classes(answers, runtime.context.comparer))
    runtime.stream_writer(events.Voted(votes=votes, settled=_ended({**state, "votes": votes}, runtime)))
    return {"votes": votes}


def _ended(state: State, runtime: Run) -> bool:
    config = runtime.context.config
    left = config.samples - len(state["attempts"])
    return left == 0 or stopped(state["votes"], left=left, config=config) is not None or _seconds_left(state) <= 0


async def _after_vote(state: State, runtime: Run) -> Literal["attempts", "present"]:
    return "present" if _ended(state, runtime) else "attempts"


async def _present(state: State, runtime: Run) -> State:
    context, attempts = runtime.context, state["attempts"]
    if not deserving(state["votes"], attempts=len(attempts), config=context.config):
        return {"presented": None}
    seconds = min(context.config.program_s, max(1.0, _seconds_left(state)))
    limits = Limits(wall_s=seconds, memory_mb=context.config.memory_mb)
    winner = state["votes"][0]
    shown = await present(winner, attempts, state["problem"], context.sandbox, context.comparer, limits=limits)
    return {"presented": shown}


async def _explain(state: State, runtime: Run) -> State:
    if not runtime.context.config.explain or state["presented"] is None:
        return {"explanation": None}
    try:
        explained = await explain(
            state["problem"],
            state["votes"][0].model_copy(update={"answer": state["presented"].answer}),
            state["attempts"],
            runtime.context.model,
            config=runtime.context.config,
            on_text=lambda piece: runtime.stream_writer(events.Explained(text=piece)),
            seconds_left=_seconds_left(state),
            lexicon=runtime.context.lexicon,
        )
    except ModelUnavailable as error:  # the answer is there, and must not be lost for want of words
        runtime.stream_writer(events.Rejected(message=f"no explanation: {error.message}"))
        return {"explanation": None}
    for finding in explained.findings:
        runtime.stream_writer(events.ExplanationFound(finding=finding, dropped=explained.text is None))
    return {
        "explanation": explained.text,
        "explanation_findings": explained.findings,
        "explain_usage": explained.usage,
    }


builder = StateGraph(State, context_schema=Context)
builder.add_node("attempts", _attempts)
builder.add_node("attempt", attempt_builder.compile())
builder.add_node("vote", _vote)
builder.add_node("present", _present)
builder.add_node("explain", _explain)
builder.add_edge(START, "attempts")
builder.add_conditional_edges("attempts", _send, ["attempt"])
builder.add_edge("attempt", "vote")
builder.add_conditional_edges("vote", _after_vote)
builder.add_edge("present", "explain")
builder.add_edge("explain", END)

graph: CompiledStateGraph[State, Context, State, State] = builder.compile(name="sangaku")

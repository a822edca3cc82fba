"""Made runs: problems that are easier or harder, strategies that are better or worse, and the texts that would have led there.

`graded`, `attempt` and `turn` build single values for tests by hand; `records` makes a seeded run with a full `Solution` in each
record, `write_run` writes its folder. The numbers look like a small model's; they are nobody's.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.stages.plan import recoveries
from agent.stages.vote import tally, weight_of
from agent.types import (
    Answer,
    Attempt,
    Completion,
    Finding,
    HaltReason,
    Language,
    ModelInfo,
    Problem,
    Program,
    Solution,
    Turn,
    TurnMode,
    Usage,
)
from benchmarks.folder import GRADED, MANIFEST, RESULTS
from benchmarks.manifest import Machine, Manifest, SetUsed
from benchmarks.records import (
    Failure,
    Graded,
    GradedAttempt,
    GradedTurn,
    Outcome,
    Record,
    TurnOutcome,
)
from sandbox import Execution, Status

__all__ = ["attempt", "graded", "manifest", "records", "turn", "write_run"]

MODEL = ModelInfo(name="made-up-1.5b", backend="embedded")
STRATEGIES = {"program": 0.55, "hybrid": 0.65, "cot": 0.4}
"""Each with the chance that a first turn on a middling problem is right."""
CATEGORIES = ("algebra", "geometry", "number theory")
LEVELS = ("1", "2", "3", "4", "5")


def turn(
    outcome: TurnOutcome = "right",
    *,
    taken: bool | None = None,
    mode: TurnMode = "first",
    cause: str | None = None,
    tokens: int = 100,
    strategy: str = "program",
) -> GradedTurn:
    """A turn; taken where it holds an answer, unless said otherwise."""
    usual = {"right": "", "wrong": "wrong_value", "undecided": "undecided", "none": "runtime:ValueError"}[outcome]
    return GradedTurn(
        mode=mode,
        strategy=strategy,
        outcome=outcome,
        taken=outcome != "none" if taken is None else taken,
        cause=usual if cause is None else cause,
        completion_tokens=tokens,
    )


def attempt(
    outcome: TurnOutcome = "right", *turns: GradedTurn, group: int | None = None, weight: float = 1.0
) -> GradedAttempt:
    """An attempt of one turn of that outcome, or of ``turns``. Right answers are of group 0, wrong ones of group 1."""
    usual = {"right": 0, "wrong": 1, "undecided": 2, "none": -1}[outcome]
    return GradedAttempt(
        outcome=outcome,
        group=usual if group is None else group,
        weight=0.0 if outcome == "none" else weight,
        turns=turns or (turn(outcome),),
    )


def graded(
    identity: str,
    outcome: Outcome = "right",
    *attempts: GradedAttempt,
    strategy: str = "program",
    name: str = "made",
    category: str = "",
    level: str = "",
    language: str = "en",
    cause: str | None = None,
    agreement: float = 1.0,
    prompt_tokens: int = 0,
    tokens: int = 100,
    findings: tuple[str, ...] = (),
) -> Graded:
    """How ``strategy`` did on a problem of the set ``name``; one attempt of that outcome where none is given."""
    usual = {"right": "", "wrong": "wrong_value", "undecided": "undecided", "abstained": "no_answer"}
    of_turn: TurnOutcome = outcome if outcome in ("right", "wrong", "undecided") else "none"
    return Graded(
        set=name,
        id=identity,
        strategy=strategy,
        category=category,
        level=level,
        language=language,
        outcome=outcome,
        answer="1" if of_turn != "none" else None,
        gold=("1",),
        cause=usual.get(outcome, "model_unavailable") if cause is None else cause,
        agreement=agreement if of_turn != "none" else 0.0,
        prompt_tokens=prompt_tokens,
        completion_tokens=tokens,
        findings=findings,
        attempts=() if outcome == "failed" else attempts or (attempt(of_turn),),
    )


@dataclass(frozen=True)
class _Made:
    """A problem and how hard it is, from 0 to 1."""

    problem: Problem
    gold: str
    category: str
    level: str
    hardness: float


def _problem(number: int, rng: random.Random) -> _Made:
    first, second = rng.randrange(2, 60), rng.randrange(2, 60)
    language: Language = "ja" if number % 4 == 3 else "en"
    texts = {
        "en": f'Let $x$ and $y$ be integers with $x < y$ & $x + y = {first + second}$, "as <b>usual</b>". '
        f"If $x = {min(first, second)}$, find $y$.",
        "ja": f"整数 $x$, $y$ は $x < y$ かつ $x + y = {first + second}$ をみたす。"
        f"$x = {min(first, second)}$ のとき $y$ を求めよ。",
    }
    level = rng.randrange(5)
    return _Made(
        Problem(text=texts[language], id=f"p{number:05d}", language=language),
        str(max(first, second)),
        CATEGORIES[number % 3],
        LEVELS[level],
        min(1.0, max(0.0, rng.gauss(0.2 + 0.15 * level, 0.15))),
    )


@dataclass(frozen=True)
class _Spun:
    turn: Turn
    graded: GradedTurn


def _turn(made: _Made, index: int, mode: TurnMode, strategy: str, chance: float, rng: random.Random) -> _Spun:
    """One turn: right, wrong, broken, or degenerate; a degenerate one may hold a right answer that is thrown away."""
    draw, prose = rng.random(), strategy == "cot"
    right = draw < chance
    kind = (
        "answer"
        if right or draw < chance + 0.25
        else rng.choice(("empty", "degenerate") if prose else ("runtime", "syntax", "degenerate", "empty"))
    )
    value = made.gold if right or (kind == "degenerate" and rng.random() < 0.3) else str(int(made.gold) + 1)
    source = f"# Known: see the problem.\nx_plus_y = {value} + 0\nprint(x_plus_y)\n"
    execution: Execution | None = Execution(status=Status.OK, stdout=f"{value}\n", exit_code=0, wall_s=0.02, peak_mb=1)
    answer: Answer | None = Answer(text=value, source="prose" if prose else "program")
    findings: tuple[Finding, ...] = ()
    outcome: TurnOutcome = "right" if value == made.gold else "wrong"
    cause = "" if outcome == "right" else "wrong_value"
    if kind in ("runtime", "syntax", "empty"):
        answer, outcome = None, "none"
        broken = {
            "runtime": (Status.RUNTIME_ERROR, "ZeroDivisionError: division by zero", "runtime:ZeroDivisionError"),
            "syntax": (Status.SYNTAX_ERROR, "SyntaxError: '(' was never closed", "syntax"),
            "empty": (Status.OK, "", "no_answer"),
        }
        status, message, cause = broken[kind]
        execution = Execution(status=status, message=message, stderr=message, exit_code=1, line=2, wall_s=0.02)
    elif kind == "degenerate":
        answer = None
        what = rng.choice(("repetition", "truncation", "script"))
        cause = "" if outcome == "right" else f"degenerate:{what}"
        findings = (Finding(kind=what, rule=f"{what}_rule", severity="hard", message=f"a made {what}", start=0, end=9),)
    text = f"We know $x < y$, so $y$ is \\boxed{{{value}}}." if prose else f"```python\n{source}```"
    tokens = rng.randrange(40, 400)
    spun = Turn(
        index=index,
        mode=mode,
        strategy=strategy,
        seed=rng.getrandbits(31),
        temperature=0.7,
        language=made.problem.language,
        because="" if mode == "first" else "runtime_error",
        feedback="The program failed: ZeroDivisionError" if mode == "repair" else "",
        completion=Completion(
            text=text * (8 if kind == "degenerate" else 1),
            finish_reason="cut" if kind == "degenerate" else "stop",
            usage=Usage(prompt_tokens=300, completion_tokens=tokens, requests=1),
            seconds=tokens / 50,
        ),
        findings=findings,
        program=None if prose else Program(source=source),
        execution=None if prose or kind == "degenerate" else execution,
        answer=answer,
    )
    taken = answer is not None
    return _Spun(
        spun,
        GradedTurn(mode=mode, strategy=strategy, outcome=outcome, taken=taken, cause=cause, completion_tokens=tokens),
    )


def _attempt(
    made: _Made, index: int, strategy: str, chance: float, rng: random.Random, *, max_turns: int
) -> tuple[Attempt, tuple[GradedTurn, ...]]:
    turns: list[_Spun] = []
    mode: TurnMode = "first"
    while len(turns) < max_turns and not (turns and turns[-1].turn.answer):
        turns.append(_turn(made, len(turns), mode, strategy, chance, rng))
        mode = "resample" if turns[-1].turn.findings or strategy == "cot" else "repair"
    answer = turns[-1].turn.answer
    reason: HaltReason = "turns" if answer is None else "prose" if answer.source == "prose" else "answered"
    done = Attempt(
        index=index,
        seed=turns[0].turn.seed,
        turns=tuple(one.turn for one in turns),
        answer=answer,
        halt_reason=reason,
    )
    return done, tuple(one.graded for one in turns)


def _record(made: _Made, name: str, strategy: str, rng: random.Random, *, attempts: int, max_turns: int) -> Record:
    known = {"set": name, "id": made.problem.id, "strategy": strategy, "category": made.category, "level": made.level}
    known["language"] = made.problem.language
    if rng.random() < 0.02:
        failure = Failure(type="ModelDied", message="the server closed the connection", tries=3)
        return Record(
            graded=Graded(**known, outcome="failed", gold=(made.gold,), cause="model_unavailable"), failure=failure
        )
    chance = min(0.98, max(0.02, STRATEGIES.get(strategy, 0.5) + 0.8 * (0.5 - made.hardness)))
    both = [_attempt(made, index, strategy, chance, rng, max_turns=max_turns) for index in range(attempts)]
    done = [one for one, _ in both]
    texts = [one.answer.text if one.answer else None for one in done]
    groups = [texts.index(text) if text is not None else -1 for text in texts]
    votes = tally(done, (), [group for group in groups if group >= 0])
    outcomes: list[TurnOutcome] = [
        "none" if text is None else "right" if text == made.gold else "wrong" for text in texts
    ]
    winner = outcomes[votes[0].attempts[0]] if votes else "none"
    undecided = winner == "wrong" and rng.random() < 0.05
    outcome: Outcome = "undecided" if undecided else "abstained" if winner == "none" else winner
    usage = sum((one.usage for one in done), Usage())
    turns = [one for each in done for one in each.turns]
    seconds = usage.completion_tokens / 50
    solution = Solution(
        problem_id=made.problem.id,
        problem=made.problem,
        status="answered" if votes else "abstained",
        answer=votes[0].answer if votes else None,
        answer_latex=votes[0].answer if votes else None,
        answer_boxed=f"\\boxed{{{votes[0].answer}}}" if votes else None,
        halt_reason="all_attempts" if votes else done[-1].halt_reason,
        votes=votes,
        agreement=min(1.0, votes[0].weight / attempts) if votes else 0.0,
        attempts=tuple(done),
        recoveries=recoveries(done),
        usage=usage,
        seconds=seconds,
        model=MODEL,
        config={"samples": attempts, "strategy": strategy},
    )
    cause = {"right": "", "wrong": "wrong_value", "undecided": "undecided"}.get(outcome)
    if cause is None:
        last = both[-1][1][-1]
        cause = last.cause or f"degenerate:{turns[-1].findings[0].kind}"  # a right answer that was thrown away
    result = Graded(
        **known,
        outcome=outcome,
        answer=solution.answer,
        gold=(made.gold,),
        rule="nobody can say" if undecided else "the same number" if outcome == "right" else "",
        cause=cause,
        agreement=solution.agreement,
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        findings=tuple(sorted({finding.kind for one in turns for finding in one.findings})),
        attempts=tuple(
            GradedAttempt(outcome=what, group=group, weight=weight_of(one), turns=some)
            for what, group, (one, some) in zip(outcomes, groups, both, strict=True)
        ),
    )
    sandbox_s = sum(one.execution.wall_s for one in turns if one.execution)
    return Record(graded=result, seconds=seconds + sandbox_s, model_s=seconds, sandbox_s=sandbox_s, solution=solution)


def records(
    problems: int,
    *,
    strategies: Sequence[str] = ("program", "hybrid"),
    attempts: int = 4,
    max_turns: int = 4,
    seed: int = 0,
    sets: Sequence[str] = ("made",),
) -> Iterator[Record]:
    """A record for each problem of each set and each strategy, in that order. The same ``seed``, the same records."""
    for name in sets:
        for number in range(problems):
            made = _problem(number, random.Random(f"{seed}/{name}/{number}"))
            for strategy in strategies:
                rng = random.Random(f"{seed}/{name}/{number}/{strategy}")
                yield _record(made, name, strategy, rng, attempts=attempts, max_turns=max_turns)


def manifest(
    *, strategies: Sequence[str] = ("program", "hybrid"), attempts: int = 4, sets: Sequence[SetUsed] = ()
) -> Manifest:
    """The manifest of a made run."""
    return Manifest(
        created="2026-05-01T09:30:00+09:00",
        sangaku="0.1.0",
        python="3.11.9",
        packages={"langgraph": "1.0.5", "numpy": "2.1.0", "sympy": "1.14.0"},
        commit="0" * 40,
        machine=Machine(platform="Linux-6.8-x86_64", processor="A processor", cpus=2, memory_mb=8000),
        model=MODEL,
        sets=tuple(sets),
        strategies={name: {"strategy": name if name in STRATEGIES else "program"} for name in strategies},
        samples=attempts,
        command_line=("sangaku", "bench", "run"),
    )


def write_run(
    folder: Path,
    *,
    problems: int = 20,
    strategies: Sequence[str] = ("program", "hybrid"),
    attempts: int = 4,
    max_turns: int = 4,
    seed: int = 0,
    sets: Sequence[str] = ("made",),
    texts: bool = True,
) -> Path:
    """Write manifest.json, results.jsonl and graded.jsonl into ``folder``, which is made; its path.

    Strategies other than program, hybrid and cot are fine: they are half right. Without ``texts``, as `sangaku bench strip`
    leaves a run. The results are written in an order of their own, as several at once would be.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = list(records(problems, strategies=strategies, attempts=attempts, max_turns=max_turns, seed=seed, sets=sets))
    ids = tuple(dict.fromkeys(one.graded.id for one in made))
    used = [SetUsed(name=name, source="made", limit=problems, ids=ids) for name in sets]
    said = manifest(strategies=strategies, attempts=attempts, sets=used)
    (folder / MANIFEST).write_text(said.model_dump_json(indent=1), encoding="utf-8")
    with (folder / RESULTS).open("w", encoding="utf-8") as file:
        for one in random.Random(seed).sample(made, len(made)):
            kept = one if texts else one.model_copy(update={"solution": None})
            file.write(kept.model_dump_json() + "\n")
    lines = [one.graded.model_dump_json() for one in sorted(made, key=lambda one: one.graded.key)]
    (folder / GRADED).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return folder

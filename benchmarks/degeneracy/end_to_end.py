"""What screening is worth from end to end: the same problems, seeds and token budget with the detectors on and off.

``python -m benchmarks.degeneracy.end_to_end PROBLEMS.jsonl [--limit N] [--model NAME] [--strategy hybrid] …``; a line holds
``problem`` and ``answer``. A text counts as wrongly discarded where the program in it, or the answer boxed in it, is right.

Answers are compared as numbers or as text, which suits sets with numeric answers.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import click

from agent.config import SolverConfig
from agent.equivalence.unwrapping import unwrap
from agent.errors import SangakuError, UsageError
from agent.intervals import wilson
from agent.solver import Solver
from agent.stages.complete import complete
from agent.stages.extract import extract
from agent.stages.judge import Refusal, judge, judge_prose
from agent.types import Program, Solution, Turn
from sandbox import Sandbox, open_sandbox

__all__ = ["Arm", "main", "same"]


@dataclass(frozen=True)
class Arm:
    """One way of solving all problems, counted."""

    screen: bool
    problems: int
    answered: int
    right: int
    wrong: int
    tokens: int
    discarded: int
    """Texts that were thrown away for a hard finding."""
    wrongly_discarded: int
    resampled: int


def same(gold: str, answer: str | None) -> bool:
    """Whether two answers are the same number, or the same text."""
    if answer is None:
        return False
    left, right = unwrap(gold).replace(",", ""), unwrap(answer).replace(",", "")
    try:
        return abs(float(left) - float(right)) < 1e-6
    except ValueError:
        return left == right


async def _would_have_been(turn: Turn, gold: str, box: Sandbox) -> bool:
    """Whether a discarded text held the right answer."""
    if turn.strategy == "cot":
        verdict = judge_prose(turn.completion)
        return not isinstance(verdict, Refusal) and same(gold, verdict.text)
    program = extract(turn.completion)
    if not isinstance(program, Program):
        return False
    execution = await box.run(complete(program, await box.names()).source)
    verdict = judge(execution) if execution.ok else Refusal("failed", "")
    return not isinstance(verdict, Refusal) and same(gold, verdict.text)


async def _arm(
    solver: Solver, box: Sandbox, problems: Sequence[dict[str, str]], config: SolverConfig, concurrency: int
) -> Arm:
    gate = asyncio.Semaphore(concurrency)
    done = 0

    async def one(problem: str) -> Solution:
        nonlocal done
        async with gate:
            solution = await solver.asolve(problem, config=config)
        done += 1
        click.echo(f"screen {'on' if config.screen else 'off'}: {done} of {len(problems)}", err=True)
        return solution

    solutions = await asyncio.gather(*(one(str(row["problem"])) for row in problems))
    discarded = [
        (turn, row)
        for solution, row in zip(solutions, problems, strict=True)
        for attempt in solution.attempts
        for turn in attempt.turns
        if any(finding.severity == "hard" and finding.kind not in ("api", "program") for finding in turn.findings)
    ]
    lost = [await _would_have_been(turn, str(row["answer"]), box) for turn, row in discarded]
    right = sum(same(str(row["answer"]), solution.answer) for solution, row in zip(solutions, problems, strict=True))
    answered = sum(solution.status == "answered" for solution in solutions)
    return Arm(
        screen=config.screen,
        problems=len(problems),
        answered=answered,
        right=right,
        wrong=answered - right,
        tokens=sum(solution.usage.completion_tokens for solution in solutions),
        discarded=len(discarded),
        wrongly_discarded=sum(lost),
        resampled=sum(solution.recoveries.resampled for solution in solutions),
    )


async def _run(
    problems: Sequence[dict[str, str]], model: str, base_url: str | None, config: SolverConfig, concurrency: int
) -> list[Arm]:
    async with (
        await open_sandbox("auto", workers=1) as box,
        Solver(model=model, base_url=base_url, sandbox=box) as solver,
    ):
        return [
            await _arm(solver, box, problems, config.model_copy(update={"screen": screen}), concurrency)
            for screen in (True, False)
        ]


def _problems(file: Path, limit: int) -> list[dict[str, str]]:
    try:
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{file} cannot be read as lines of JSON", advice='Give {"problem": …, "answer": …} a line.'
        ) from error
    if not rows or any(not isinstance(row, dict) or not {"problem", "answer"} <= row.keys() for row in rows):
        raise UsageError(f'{file}: each line needs "problem" and "answer"', advice="See the help.")
    return rows[:limit]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Problems from the start of FILE.")
@click.option("--model", default="qwen2.5-coder-0.5b", show_default=True)
@click.option("--base-url", default=None, help="An OpenAI-compatible server instead of the embedded model.")
@click.option("--strategy", type=click.Choice(["program", "hybrid", "cot"]), default="hybrid", show_default=True)
@click.option("--temperature", type=click.FloatRange(0, 2), default=1.0, show_default=True)
@click.option("--tokens", type=click.IntRange(64), default=1024, show_default=True, help="Budget of one problem.")
@click.option("--concurrency", type=click.IntRange(1), default=4, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One object for each arm on stdout.")
def _command(
    file: Path,
    limit: int,
    model: str,
    base_url: str | None,
    strategy: Literal["program", "hybrid", "cot"],
    temperature: float,
    tokens: int,
    concurrency: int,
    as_json: bool,
) -> None:
    """Solve the problems of FILE twice, with and without screening, at the same token budget."""
    config = SolverConfig(strategy=strategy, temperature=temperature, token_budget=tokens, max_tokens=min(512, tokens))
    arms = asyncio.run(_run(_problems(file, limit), model, base_url, config, concurrency))
    for arm in arms:
        if as_json:
            click.echo(json.dumps(asdict(arm)))
            continue
        low, high = wilson(arm.right, arm.problems)
        right = f"{arm.right} of {arm.problems} right ({low:.2f}–{high:.2f}), {arm.wrong} wrong"
        thrown = f"{arm.discarded} texts discarded, {arm.wrongly_discarded} wrongly"
        state = "on " if arm.screen else "off"
        click.echo(f"screen {state}: {right}, {arm.problems - arm.answered} abstained; {thrown}; {arm.tokens} tokens")


def main() -> None:
    """Run the command and exit."""
    try:
        _command.main(standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        click.echo(f"Error: {error.format_message()}", err=True)
        sys.exit(2)
    except SangakuError as error:
        click.echo(f"Error: {error.message}. {error.advice}", err=True)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("Error: Interrupted.", err=True)
        sys.exit(130)


if __name__ == "__main__":
    main()

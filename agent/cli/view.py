"""The live view: what happens to a problem, drawn from events. `show` draws a saved trace with the same hands.

One attempt is shown in full, its program growing while it is written; several at once are a table of progress lines.
Everything that a model, a program or a server wrote goes through `_text` or `_clip`, so that no escape reaches the terminal.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.spinner import Spinner
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from agent import events
from agent.cli.clean import clean
from agent.types import Attempt, Completion, Solution
from sandbox import BackendName, Execution, SandboxUnavailable

__all__ = ["View", "summary"]

_FRAME_S = 0.1
_TAIL = 14
"""Lines of growing text that are shown."""
_GOOD, _BAD, _SOFT = "green", "red", "yellow"


@dataclass
class _Progress:
    stage: str = "prompt"
    text: str = ""
    pieces: int = 0
    started: float = field(default_factory=time.monotonic)
    written: str = ""
    """What is to be said of a completion, until it is said together with its program."""
    spinner: Spinner = field(default_factory=lambda: Spinner("dots"))


class View:
    """Use as a context manager; call `show` with each event."""

    def __init__(self, console: Console, *, silent: bool = False) -> None:
        self.console = console
        self.silent = silent
        self._now: dict[int, _Progress] = defaultdict(_Progress)
        self._explanation = ""
        self._message = ""
        self._passed_over: list[str] = []
        self._waiting = Spinner("dots")
        self._live: Live | None = None

    def __enter__(self) -> Self:
        if not self.silent and self.console.is_terminal:
            self._live = Live(
                console=self.console,
                get_renderable=self._growing,
                auto_refresh=False,  # its thread would draw between the lines of a program that is being printed
                transient=True,
                redirect_stdout=False,
            )
            self._live.start()
        return self

    def __exit__(self, *exc: object) -> None:
        if self._live is not None:
            self._message, self._explanation = "", ""
            self._now.clear()
            self._live.stop()

    async def keep_drawing(self) -> None:
        """Redraw the live part several times a second, in the thread that prints, until cancelled."""
        while self._live is not None:
            self._live.refresh()
            await asyncio.sleep(_FRAME_S)

    def opening(self) -> None:
        self._message = "starting the model and the sandbox"

    def skipped(self, backend: BackendName, error: SandboxUnavailable) -> None:
        """Kept for the header: where nothing starts, the error says it all."""
        self._passed_over.append(f"{backend} passed over: {error.message}")

    def show(self, event: events.Event) -> None:
        """Draw what is final above, and keep what is growing for the live part."""
        if self.silent:
            return
        # Events of the whole problem belong to no attempt.
        own = not isinstance(
            event, events.Started | events.Voted | events.Explained | events.ExplanationFound | events.Solved
        )
        now = self._now[event.attempt] if own else _Progress()
        match event:
            case events.Started():
                self._message = ""
                self._now.clear()
                self._print(_header(event, self._passed_over))
            case events.TurnStarted():
                now.stage, now.text, now.pieces, now.started = "generate", "", 0, time.monotonic()
                if event.mode == "repair":
                    self._note(event, "repair", event.feedback, _SOFT)
                elif event.mode == "resample":
                    self._note(event, "resample", _clean_start(event), _SOFT)
            case events.Text():
                now.text += event.text
                now.pieces += 1
            case events.Retrying():
                now.text, now.pieces = "", 0
                self._note(event, "generate", f"{event.message}; asking again", _SOFT)
            case events.Completed():
                now.stage = "execute"
                now.written = _written(event.completion)
            case events.Found():
                self._say_written(event, now)
                style = _BAD if event.finding.severity == "hard" else _SOFT
                self._note(
                    event, "screen" if event.finding.kind in _TEXT_KINDS else "check", event.finding.message, style
                )
            case events.Extracted():
                self._say_written(event, now, event.program.source)
            case events.Executed():
                now.stage = "judge"
                self._heading(event, "execute", _outcome(event.execution), _GOOD if event.execution.ok else _BAD)
                if output := (event.execution.stdout or event.execution.stderr).rstrip():
                    self._print(Padding(Text(_clip(output)), (0, 0, 0, 4)))
            case events.Rejected():
                self._note(event, "judge", event.message, _SOFT)
            case events.Answered():
                self._heading(event, "judge", f"{event.answer.text}  (from {event.answer.source})", _GOOD)
            case events.AttemptEnded():
                self._say_written(event, now)
                self._now.pop(event.attempt, None)
                if event.ended.answer is None:
                    self._note(event, "attempt", f"no answer: {_why_ended((event.ended,))}", _BAD)
            case events.Voted():
                self._message = "finishing" if event.settled else ""
                if sum(len(vote.attempts) for vote in event.votes) > 1:
                    self._print(_votes(event))
            case events.Explained():
                self._message = ""
                self._explanation += event.text
            case events.ExplanationFound():
                style = _BAD if event.dropped else _SOFT
                what = "the explanation is dropped" if event.dropped else "in the explanation"
                self._print(_text(f"explain  {what}: {event.finding.message}", style=style))
            case events.Solved():
                self._explanation = self._message = ""
                self._print(summary(event.solution))

    def _print(self, renderable: RenderableType) -> None:
        self.console.print(renderable)

    def _heading(self, event: events.Event, stage: str, text: str, style: str = "dim") -> None:
        where = f"[dim]{event.attempt + 1}.{event.turn + 1}[/] "
        self._print(Text.from_markup(f"{where}[bold]{stage:<9}[/] [{style}]{escape(_clip(text))}[/]"))

    def _say_written(self, event: events.Event, now: _Progress, source: str | None = None) -> None:
        """The heading of a completion together with its program: attempts that run at once do not come between."""
        if now.written:
            self._heading(event, "generate", now.written)
            now.written = ""
        if source is not None:
            self._print(_program(source))

    def _note(self, event: events.Event, stage: str, text: str, style: str) -> None:
        self._heading(event, stage, text, style)

    def _growing(self) -> RenderableType:
        if self._message:
            self._waiting.update(text=Text(f" {self._message}", style="dim"))
            return self._waiting
        if self._explanation:
            return Panel(_text(self._explanation), title="explain", border_style="dim", title_align="left")
        if len(self._now) == 1:
            (now,) = self._now.values()
            started = now.pieces > 1 and now.stage == "generate"
            return Group(_spinner(now), _tail(now.text)) if started else _spinner(now)
        return Group(*(_spinner(now, f"attempt {index + 1}: ") for index, now in sorted(self._now.items())))


_TEXT_KINDS = ("repetition", "truncation", "script", "drift", "term")


def _spinner(now: _Progress, prefix: str = "") -> Spinner:
    """The same spinner each time, or it would never turn. The first piece may be the fence that we opened ourselves."""
    seconds = time.monotonic() - now.started
    what = f"generate  {now.pieces} tokens" if now.stage == "generate" else now.stage
    if now.stage == "generate" and now.pieces <= 1:
        what = "generate  reading the prompt"
    now.spinner.update(text=Text(f" {prefix}{what}  {seconds:.1f} s", style="dim"))
    return now.spinner


def _tail(text: str) -> RenderableType:
    opened, _, rest = text.partition("```python\n")
    code = rest if text.startswith("```python\n") else opened
    lines = clean(code).split("\n")[-_TAIL:]
    return Panel(Syntax("\n".join(lines), "python", background_color="default", word_wrap=True), border_style="dim")


def _header(event: events.Started, passed_over: list[str]) -> RenderableType:
    model = f"{event.model.name} ({event.model.url or event.model.backend})"
    box = f"{event.sandbox.backend}: network {event.sandbox.network}, files {event.sandbox.files}"
    grid = Table.grid(padding=(0, 2))
    grid.add_column()
    grid.add_column(overflow="fold")  # Japanese has no spaces to break at
    grid.add_row("[bold]problem[/]", Text(_clip(event.problem.text, 1500), overflow="fold"))
    grid.add_row("[bold]model[/]", _text(model))
    grid.add_row("[bold]sandbox[/]", _text(box))
    for reason in passed_over:
        grid.add_row("", Text(_clip(reason, 160), style="dim"))
    return Group(Rule("[bold]Sangaku", style="dim"), grid, Rule(style="dim"))


def _program(source: str) -> RenderableType:
    return Padding(
        Syntax(clean(source), "python", background_color="default", line_numbers=True, word_wrap=True), (0, 0, 0, 2)
    )


def _written(completion: Completion) -> str:
    about = "about " if completion.usage.estimated else ""
    text = f"{about}{completion.usage.completion_tokens} tokens, {completion.seconds:.1f} s"
    return (
        text
        if completion.finish_reason == "stop"
        else f"{text}, {_ENDS.get(completion.finish_reason, '')}".rstrip(", ")
    )


_ENDS = {"length": "out of tokens", "cut": "cut off", "deadline": "out of time"}


def _outcome(execution: Execution) -> str:
    text = f"{execution.status.value}, {execution.wall_s:.2f} s, {execution.peak_mb:.0f} MB"
    return text if execution.ok else f"{text}: {execution.message}"


def _votes(event: events.Voted) -> RenderableType:
    table = Table(
        "answer", "weight", "attempts", title="vote" if event.settled else "vote, not settled yet", title_justify="left"
    )
    for position, vote in enumerate(event.votes):
        style = _GOOD if position == 0 else ""
        attempts = ", ".join(str(index + 1) for index in vote.attempts)
        table.add_row(Text(_clip(vote.answer, 200)), f"{vote.weight:g}", attempts, style=style)
    return table


def _clean_start(event: events.TurnStarted) -> str:
    """What is different now, and why: “a clean start: plain prompt, in English (after near_loop)”."""
    how = {"cot": "reasoning in prose, the last resort", "plain": "a plain prompt"}.get(event.strategy, event.strategy)
    language = {"en": ", in English", "ja": ", in Japanese"}.get(event.language or "", "")
    return f"a clean start: {how}{language}{f' (after {event.because})' if event.because else ''}"


def _recovered(solution: Solution) -> str:
    """What it took, where it took something: “recovered: 2 clean starts, 1 repair”."""
    count = solution.recoveries
    parts = [
        _count(count.resampled, "clean start") if count.resampled else "",
        _count(count.repaired, "repair") if count.repaired else "",
        "explanation dropped" if count.explanations_dropped else "",
    ]
    told = ", ".join(part for part in parts if part)
    return f"recovered: {told}" if told else ""


def summary(solution: Solution) -> RenderableType:
    """The last panel: the answer, or why there is none."""
    usage = solution.usage
    tokens = f"{'about ' if usage.estimated else ''}{usage.completion_tokens} tokens"
    turns = sum(len(attempt.turns) for attempt in solution.attempts)
    line = f"{_count(len(solution.attempts), 'attempt')}, {_count(turns, 'turn')}, {tokens}, {solution.seconds:.1f} s"
    if solution.answer is None:
        body: RenderableType = Group(Text("no answer", style=f"bold {_BAD}"), _text(_why(solution), style=_SOFT))
        title, style = "abstained", _BAD
    else:
        answer = Text(_clip(solution.answer), style=f"bold {_GOOD}")
        if solution.answer_unit:
            answer.append(f" {clean(solution.answer_unit)}", style="not bold dim")
        parts: list[RenderableType] = [answer]
        if solution.answer_latex and solution.answer_latex != solution.answer:
            parts.append(Text(f"${_clip(solution.answer_latex)}$", style="dim"))
        if solution.explanation:
            parts += [Text(), _text(solution.explanation)]
        if len(solution.attempts) > 1:
            allowed = int(str(solution.config.get("samples") or len(solution.attempts)))
            saved = f" after {len(solution.attempts)} of {allowed}" if allowed > len(solution.attempts) else ""
            why = _STOPPED.get(solution.halt_reason, "")
            parts.append(Text(f"agreement {solution.agreement:.0%}{f', {why}{saved}' if why else ''}", style="dim"))
        if told := _recovered(solution):
            parts.append(Text(told, style="dim"))
        body, title, style = Group(*parts), "answer", _GOOD
    return Panel(
        body, title=f"[bold]{title}", subtitle=f"[dim]{line}", border_style=style, title_align="left", padding=(1, 2)
    )


_STOPPED = {
    "settled": "no attempt left could change it",
    "agreed": "enough of them",
    "seconds": "the time is over",
    "all_attempts": "all attempts made",
}


def _why(solution: Solution) -> str:
    if solution.halt_reason == "disagreement":
        return f"the attempts disagree: {solution.agreement:.0%} for {_clip(solution.votes[0].answer, 80)}"
    return _why_ended(solution.attempts)


def _why_ended(attempts: tuple[Attempt, ...]) -> str:
    reasons = {
        "repairs": "the programs failed, and so did their repairs",
        "degenerate": "the text looped, broke off or held no program",
        "tokens": "the token budget is spent",
        "seconds": "the time is over",
        "turns": "the turns are used up",
    }
    return "; ".join(dict.fromkeys(reasons.get(attempt.halt_reason, attempt.halt_reason) for attempt in attempts))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _text(text: str, *, style: str = "") -> Text:
    return Text(clean(text), style=style)


def _clip(text: str, limit: int = 2000) -> str:
    """At most ``limit`` characters, cleaned."""
    return clean(text if len(text) <= limit else f"{text[: limit // 2]} … {text[-limit // 2 :]}")

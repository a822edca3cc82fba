"""Progress of a sweep on stderr: how far, how fast, how long still, accuracy of each strategy so far, tokens.

A bar on a terminal, elsewhere a line every thirty seconds.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bar

from agent.cli.clean import clean
from benchmarks.problem_sets import ProblemSet, Skipped
from benchmarks.records import Record
from benchmarks.strategy import Strategy

__all__ = ["Progress"]

_EVERY_S = 30.0
_NAMED = 20
"""Rows left out that are named; the rest is counted."""


class Progress:
    """Use as a context manager."""

    def __init__(self, problems: Sequence[ProblemSet], strategies: Sequence[Strategy]) -> None:
        self._sets, self._strategies = problems, [one.name for one in strategies]
        self._console = Console(stderr=True)
        self._bar: Bar | None = None
        self._total = self._before = self._done = self._tokens = self._skipped = 0
        self._right: Counter[str] = Counter()
        self._counted: Counter[str] = Counter()
        self._failed = 0
        self._started = self._told = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._bar is not None:
            self._bar.stop()
        if self._skipped > _NAMED:
            self.say(f"… and {self._skipped - _NAMED} more rows were left out")
        if self._done:
            self.say(self._line())

    def say(self, text: str) -> None:
        self._console.print(clean(text), markup=False, highlight=False, soft_wrap=True)

    def begin(self, total: int, before: int) -> None:
        """``total`` solutions are wanted, ``before`` of them are there from earlier runs."""
        self._total, self._before = total, before
        self._started = self._told = time.monotonic()
        names = ", ".join(one.name for one in self._sets)
        there = f", {before} of them done before" if before else ""
        self.say(f"{total} solutions of {names} with {', '.join(self._strategies)}{there}")
        if self._console.is_terminal:
            self._bar = Bar(
                BarColumn(bar_width=20),
                MofNCompleteColumn(),
                TextColumn("{task.description}", markup=False),
                console=self._console,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._bar.add_task("", total=total, completed=before)
            self._bar.start()

    def skipped(self, name: str, row: Skipped) -> None:
        """A row of a set that is left out."""
        self._skipped += 1
        if self._skipped <= _NAMED:
            self.say(f"Warning: {name}: line {row.line} {row.reason}; it is left out.")

    def add(self, record: Record) -> None:
        graded = record.graded
        self._done += 1
        self._tokens += graded.completion_tokens
        if graded.outcome == "failed":
            self._failed += 1
        else:
            self._counted[graded.strategy] += 1
            self._right[graded.strategy] += graded.outcome == "right"
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=self._before + self._done, description=self._state())
        elif time.monotonic() - self._told >= _EVERY_S:
            self._told = time.monotonic()
            self.say(self._line())

    def _line(self) -> str:
        return f"{self._before + self._done} of {self._total}  {self._state()}"

    def _state(self) -> str:
        seconds = max(time.monotonic() - self._started, 1e-9)
        rate = self._done / seconds
        left = (self._total - self._before - self._done) / rate if rate else 0.0
        parts = [f"{rate * 60:.1f}/min" if rate < 1 else f"{rate:.1f}/s"]
        parts += [f"{_duration(left)} left"] if left >= 1 else []
        parts += [
            f"{name} {self._right[name] / self._counted[name]:.0%} of {self._counted[name]}"
            for name in self._strategies
            if self._counted[name]
        ]
        parts += [f"{self._tokens} tokens"]
        parts += [f"{self._failed} failed"] if self._failed else []
        return "  ".join(parts)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"

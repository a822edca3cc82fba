"""How far a long command is, on stderr: a bar on a terminal, elsewhere a line every ten seconds."""

from __future__ import annotations

import time
from collections import Counter
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

__all__ = ["Meter", "told"]

_EVERY_S = 10.0


class Meter:
    """Use as a context manager; call `step` for each thing done, and `tick` now and then while nothing is."""

    def __init__(self, total: int, *, done: int = 0, silent: bool = False) -> None:
        self.total, self.before = total, done
        self.counts: Counter[str] = Counter()
        self._silent = silent
        self._console = Console(stderr=True)
        self._bar: Progress | None = None
        self._started = self._told = time.monotonic()

    @property
    def done(self) -> int:
        """Of all, those of earlier runs included."""
        return self.before + self.counts.total()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    @property
    def rate(self) -> float:
        return self.counts.total() / max(self.seconds, 1e-9)

    def __enter__(self) -> Self:
        self._started = self._told = time.monotonic()
        if self._console.is_terminal and not self._silent:
            self._bar = Progress(
                BarColumn(bar_width=24),
                MofNCompleteColumn(),
                TextColumn("{task.description}", markup=False),
                TimeRemainingColumn(),
                console=self._console,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._bar.add_task("", total=self.total, completed=self.done)
            self._bar.start()
        return self

    def __exit__(self, *exc: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def step(self, kind: str) -> None:
        self.counts[kind] += 1
        if self._bar is not None:
            text = f"{self.rate:.1f}/s  {told(self.counts)}"
            self._bar.update(self._bar.task_ids[0], completed=self.done, description=text)
        self.tick()

    def tick(self) -> None:
        """Write the line, where one is due."""
        if self._bar is not None or self._silent or time.monotonic() - self._told < _EVERY_S:
            return
        self._told = time.monotonic()
        line = f"{self.done} of {self.total}, {self.rate:.1f}/s"
        text = f"{line}: {told(self.counts)}" if self.counts else line
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


def told(counts: Counter[str]) -> str:
    """The counts in words, the most frequent first."""
    return ", ".join(f"{count} {kind}" for kind, count in counts.most_common())

"""The root of every Sangaku exception, and the sandbox's own.

A program that fails is *data* (an ``Execution`` with a status); the exceptions here mean that *we* failed::

    SangakuError
    └── SandboxError
        ├── SandboxUnavailable   the backend cannot be started here (no daemon, no image, a probe that failed)
        ├── WorkerDied           a worker went away for no fault of the program; the pool has tried once more
        └── QueueTimeout         every worker was busy for too long; the program never ran

``agent.errors`` continues the tree.
"""

from __future__ import annotations

__all__ = ["QueueTimeout", "SandboxError", "SandboxUnavailable", "SangakuError", "WorkerDied"]


class SangakuError(Exception):
    """Base of all errors that Sangaku raises on purpose. ``advice`` is one sentence that says what to do."""

    exit_code: int = 1

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.message, self.advice))


def _rebuild(kind: type[SangakuError], message: str, advice: str) -> SangakuError:
    return kind(message, advice=advice)


class SandboxError(SangakuError):
    """The sandbox, not the program, failed."""

    exit_code = 4


class SandboxUnavailable(SandboxError):
    """The asked backend cannot be used on this machine."""


class WorkerDied(SandboxError):
    """A worker ended while a program ran in it, and so did the one that took over."""


class QueueTimeout(SandboxError):
    """No worker became free in time; nothing was run."""

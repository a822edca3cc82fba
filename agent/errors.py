"""The tree of exceptions. What a model or a program does wrong is data; these mean that the set-up failed.

::

    SangakuError                    .message, .advice (one sentence), .exit_code
    ├── UsageError                  2   bad input or a bad setting
    │   └── TraceError              2   a saved trace that cannot be read
    ├── ModelUnavailable            3   the model server does not answer
    │   ├── ModelNotFound           3   the server or the catalog does not know the model
    │   ├── ModelDenied             3   401 or 403: a missing or wrong API key
    │   ├── ModelOverloaded         3   429 or 503, after retries
    │   ├── ModelDied               3   the server went away in the middle of an answer, after retries
    │   ├── ContextOverflow         3   the prompt does not fit the model's context
    │   └── WeightsError            3   a model file cannot be had, is cut short, or has the wrong hash
    └── SandboxError                4   see sandbox.errors
        ├── SandboxUnavailable      4
        ├── WorkerDied              4
        └── QueueTimeout            4
"""

from __future__ import annotations

from sandbox.errors import QueueTimeout, SandboxError, SandboxUnavailable, SangakuError, WorkerDied

__all__ = [
    "ContextOverflow",
    "ModelDenied",
    "ModelDied",
    "ModelNotFound",
    "ModelOverloaded",
    "ModelUnavailable",
    "QueueTimeout",
    "SandboxError",
    "SandboxUnavailable",
    "SangakuError",
    "TraceError",
    "UsageError",
    "WeightsError",
    "WorkerDied",
]


class UsageError(SangakuError):
    """The caller gave something that cannot be used."""

    exit_code = 2


class TraceError(UsageError):
    """A trace file is missing, broken, or of another version."""


class ModelUnavailable(SangakuError):
    """The model server cannot be reached or does not answer."""

    exit_code = 3


class ModelNotFound(ModelUnavailable):
    """No model of that name, at the server or in the catalog."""


class ModelDenied(ModelUnavailable):
    """The server refused the API key."""


class ModelOverloaded(ModelUnavailable):
    """The server kept answering 429 or 5xx."""


class ModelDied(ModelUnavailable):
    """The server closed the connection before the answer was complete."""


class ContextOverflow(ModelUnavailable):
    """The prompt and the tokens asked for exceed the model's context."""


class WeightsError(ModelUnavailable):
    """A model file cannot be fetched or does not have the bytes that it should have."""

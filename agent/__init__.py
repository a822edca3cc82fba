"""Sangaku: problem → prompt → generate ⇢ screen → extract → check → execute → judge ⇄ repair; k attempts → vote → answer.

from agent import Solver

with Solver() as solver:
    print(solver.solve("What is the sum of the primes below 100?").answer)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.config import SolverConfig
    from agent.errors import (
        ContextOverflow,
        ModelDenied,
        ModelDied,
        ModelNotFound,
        ModelOverloaded,
        ModelUnavailable,
        QueueTimeout,
        SandboxError,
        SandboxUnavailable,
        SangakuError,
        TraceError,
        UsageError,
        WeightsError,
        WorkerDied,
    )
    from agent.models.model import Model, open_model, wrap
    from agent.solver import Solver
    from agent.state import Context
    from agent.types import (
        Answer,
        Attempt,
        Completion,
        Finding,
        ModelInfo,
        Problem,
        Program,
        Solution,
        Turn,
        Usage,
        Vote,
    )

__all__ = [
    "Answer",
    "Attempt",
    "Completion",
    "Context",
    "ContextOverflow",
    "Finding",
    "Model",
    "ModelDenied",
    "ModelDied",
    "ModelInfo",
    "ModelNotFound",
    "ModelOverloaded",
    "ModelUnavailable",
    "Problem",
    "Program",
    "QueueTimeout",
    "SandboxError",
    "SandboxUnavailable",
    "SangakuError",
    "Solution",
    "Solver",
    "SolverConfig",
    "TraceError",
    "Turn",
    "Usage",
    "UsageError",
    "Vote",
    "WeightsError",
    "WorkerDied",
    "open_model",
    "wrap",
]

# Loaded when first asked for: LangGraph and LangChain take over a second, which `sangaku --help` need not wait for.
_HOME = {
    "Context": "state",
    "Model": "models.model",
    "Solver": "solver",
    "SolverConfig": "config",
    "open_model": "models.model",
    "wrap": "models.model",
    **dict.fromkeys(("Answer", "Attempt", "Completion", "Finding", "ModelInfo", "Problem", "Program"), "types"),
    **dict.fromkeys(("Solution", "Turn", "Usage", "Vote"), "types"),
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"agent.{_HOME.get(name, 'errors')}"), name)


def __dir__() -> list[str]:
    return __all__

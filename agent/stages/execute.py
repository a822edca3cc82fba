"""execute: run a program in the sandbox, within the limits of the settings and of the clock."""

from __future__ import annotations

from agent.config import SolverConfig
from agent.types import Program
from sandbox import Execution, Limits, Sandbox

__all__ = ["execute"]


async def execute(
    program: Program, sandbox: Sandbox, *, config: SolverConfig, seconds_left: float = float("inf")
) -> Execution:
    """Whatever the program does is in the result. Raises `SandboxError` where the sandbox itself fails."""
    wall_s = max(0.1, min(config.program_s, seconds_left))
    return await sandbox.run(program.source, limits=Limits(wall_s=wall_s, memory_mb=config.memory_mb))

"""All attacks, family by family."""

from __future__ import annotations

from sandbox.attacks import files, kernel, memory, network, output, poison, processes, python, time
from sandbox.attacks.attack import Attack

__all__ = ["ATTACKS"]

ATTACKS: tuple[Attack, ...] = (
    *network.ATTACKS,
    *files.ATTACKS,
    *processes.ATTACKS,
    *memory.ATTACKS,
    *time.ATTACKS,
    *output.ATTACKS,
    *python.ATTACKS,
    *poison.ATTACKS,
    *kernel.ATTACKS,
)

"""Drift (stub while fitting)."""

from __future__ import annotations

from agent.degeneracy.mask import Masked
from agent.types import Finding, Language


def drift(masked: Masked, problem: str, language: Language) -> Finding | None:
    return None

"""Strategies: the settings that a sweep compares, by name, or from a file of one's own.

A file is TOML; each table is a strategy, which begins as one of the five and changes fields of `SolverConfig`::

    [patient]
    base = "agent"
    max_repairs = 4
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from agent.config import SolverConfig
from agent.errors import UsageError

__all__ = ["SHIPPED", "Strategy", "strategies"]


@dataclass(frozen=True)
class Strategy:
    """One way to solve, under the name that the records show."""

    name: str
    config: SolverConfig
    about: str = ""


_BARE: dict[str, object] = {"max_turns": 1, "max_repairs": 0, "max_resamples": 0, "last_resort": False, "screen": False}
_FIELDS: dict[str, tuple[dict[str, object], str]] = {
    "cot": ({**_BARE, "strategy": "cot"}, "reasoning in prose and a boxed answer, once; no program"),
    "pot": (_BARE, "one program, no repair"),
    "hybrid": ({**_BARE, "strategy": "hybrid"}, "reasoning in prose, then a program, once"),
    "repair": (
        {"max_turns": 3, "max_resamples": 0, "last_resort": False, "screen": False},
        "one program, and errors fed back at most twice",
    ),
    "agent": ({}, "all of it: screening, repairs, clean starts, a last try in prose"),
}
SHIPPED = tuple(
    Strategy(name, SolverConfig.model_validate({**fields, "stop": "never"}), about)
    for name, (fields, about) in _FIELDS.items()
)
"""All samples are made (``stop`` is never), since pass@k and maj@k need them; a file may say otherwise."""


def strategies(names: Sequence[str], overrides: dict[str, object]) -> list[Strategy]:
    """The strategies of these names and files, in order, each once; ``overrides`` (fields of `SolverConfig`) hold for all.

    Raises `UsageError` for an unknown name, a file that is none, an unknown field or a bad value.
    """
    shipped = {strategy.name: strategy for strategy in SHIPPED}
    found: dict[str, Strategy] = {}
    for name in names:
        if name in shipped:
            some = [shipped[name]]
        elif name.endswith(".toml") or Path(name).is_file():
            some = _read(Path(name), shipped)
        else:
            near = difflib.get_close_matches(name, shipped, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(shipped)}, or a file STRATEGIES.toml."
            raise UsageError(f"there is no strategy {name[:60]!r}", advice=hint)
        for strategy in some:
            if strategy.name in found:
                raise UsageError(f"the strategy {strategy.name} is named twice", advice="Give each once.")
            config = _validated(strategy.name, {**strategy.config.model_dump(), **overrides})
            found[strategy.name] = Strategy(strategy.name, config, strategy.about)
    return list(found.values())


def _read(path: Path, shipped: dict[str, Strategy]) -> list[Strategy]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", advice="Name a file of strategies.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path} is no TOML: {error}", advice='Write tables: [name], then base = "agent", ….'
        ) from error
    read = []
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise UsageError(f"{path}: {name} stands outside a table", advice="Put it under the [name] of a strategy.")
        base = table.pop("base", "agent")
        if base not in shipped:
            raise UsageError(f"{path}: [{name}] has the unknown base {base!r}", advice=f"Take {', '.join(shipped)}.")
        about = str(table.pop("about", f"{base}, with {', '.join(table) or 'no change'}"))
        config = _validated(f"{path}: [{name}]", {**shipped[base].config.model_dump(), **table})
        read.append(Strategy(name, config, about))
    if not read:
        raise UsageError(f"{path} holds no strategy", advice='Write tables: [name], then base = "agent", ….')
    return read


def _validated(where: str, fields: dict[str, object]) -> SolverConfig:
    try:
        return SolverConfig.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            near = difflib.get_close_matches(field, SolverConfig.model_fields, n=1)
            hint = f"Did you mean {near[0]}?" if near else "agent/config.py documents the fields."
            raise UsageError(f"{where}: there is no setting {field}", advice=hint) from error
        raise UsageError(f"{where}: {field}: {first['msg']}", advice="agent/config.py documents the fields.") from error

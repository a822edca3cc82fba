"""A group of commands whose modules are loaded when they are asked for: help comes at once."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

__all__ = ["LazyGroup"]


class LazyGroup(click.Group):
    """``commands``: name → module, attribute, and the line that the group's help shows."""

    def __init__(self, *args: Any, commands: Mapping[str, tuple[str, str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lazy = commands

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._lazy:
            return None
        module, name, _ = self._lazy[cmd_name]
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, self._lazy[name][2]) for name in sorted(self._lazy)])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            path = ctx.command_path
            near = difflib.get_close_matches(args[0], self._lazy, n=1)
            if near:
                hint = f"did you mean `{path} {near[0]}`?"
            elif "solve" in self._lazy:
                hint = f'to solve a problem: {path} solve "{args[0][:40]}"'
            else:
                hint = f"there are {', '.join(sorted(self._lazy))}"
            raise click.UsageError(f"there is no command {args[0][:60]!r}; {hint}") from None

"""Where the commands `sangaku` and `solve` begin: Ctrl-C is quiet from here on, while the rest is still being imported."""

from __future__ import annotations

import sys
from typing import NoReturn

__all__ = ["sangaku", "solve"]


def sangaku() -> NoReturn:
    """The command `sangaku`."""
    try:
        from agent.cli import main

        main()
    except KeyboardInterrupt:
        _interrupted()


def solve() -> NoReturn:
    """The command `solve`."""
    try:
        from agent.cli import solve_main

        solve_main()
    except KeyboardInterrupt:
        _interrupted()


def _interrupted() -> NoReturn:
    sys.stderr.write("Error: Interrupted.\n")
    sys.exit(130)

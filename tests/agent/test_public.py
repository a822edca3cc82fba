"""The public surface is what `__all__` says, and the errors are the tree that their docstring draws."""

from __future__ import annotations

import pickle
import re

import pytest

import agent
import sandbox
from agent import errors


@pytest.mark.parametrize("package", [agent, sandbox])
def test_all_is_sorted_and_there(package: object) -> None:
    names = package.__all__  # type: ignore[attr-defined]
    assert names == sorted(names)
    for name in names:
        assert getattr(package, name) is not None


def test_unknown_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="solv"):
        _ = agent.solv


def test_errors_are_drawn_as_they_are() -> None:
    assert errors.__doc__
    drawn: dict[str, tuple[str, int]] = {}
    path: list[str] = ["SangakuError"]
    for line in errors.__doc__.splitlines():
        if match := re.match(r"^( {4}(?:[│ ]   )*)(?:├──|└──) (\w+) +(\d+)", line):
            depth = len(match[1]) // 4
            path = [*path[:depth], match[2]]
            drawn[match[2]] = (path[depth - 1], int(match[3]))
    assert set(drawn) == set(errors.__all__) - {"SangakuError"}
    for name, (parent, code) in drawn.items():
        kind = getattr(errors, name)
        assert kind.__bases__ == (getattr(errors, parent),)
        assert kind.exit_code == code


def test_errors_travel_between_processes() -> None:
    error = pickle.loads(pickle.dumps(errors.ModelDied("it died", advice="Start it.")))
    assert isinstance(error, errors.ModelDied)
    assert (error.message, error.advice, str(error)) == ("it died", "Start it.", "it died")

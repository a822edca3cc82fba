"""Forms: what kind of answer a text is. Leaves are LaTeX that the sandbox reads; nothing here is evaluated.

A form is a tree of frozen values and serializes to JSON, which is how it goes into the sandbox.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Chain", "Equation", "Form", "Interval", "Matrix", "Ratio", "Several", "Union", "Value", "Words", "leaves"]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Value(_Form):
    """One expression, in LaTeX."""

    kind: Literal["value"] = "value"
    latex: str
    unit: str = ""
    """A unit of `agent.equivalence.units`, or a counter; empty where there is none."""
    name: str = ""
    """x, where the text says x = …; f(x) likewise."""
    decimals: int | None = None
    """Digits behind the point, where the text is a decimal number."""


class Equation(_Form):
    """left = right, where left is more than a name."""

    kind: Literal["equation"] = "equation"
    left: str
    right: str


class Chain(_Form):
    """Inequalities: a < x ≤ b, x > 3, x ≠ 0. ``signs`` are <, <=, >, >=, !=, one fewer than ``sides``."""

    kind: Literal["chain"] = "chain"
    sides: tuple[str, ...]
    signs: tuple[str, ...]


class Interval(_Form):
    """Brackets around two ends. ``sure`` where they cannot be a pair: [a, b), (-∞, 3)."""

    kind: Literal["interval"] = "interval"
    left: str
    right: str
    left_open: bool
    right_open: bool
    sure: bool


class Ratio(_Form):
    """a : b : c"""

    kind: Literal["ratio"] = "ratio"
    parts: tuple[str, ...]


class Words(_Form):
    """An answer in words: ``text`` is the one form of all its spellings (none, yes, even, …), or the words themselves."""

    kind: Literal["words"] = "words"
    text: str


class Matrix(_Form):
    """Rows of LaTeX; one column or one row is a vector as well."""

    kind: Literal["matrix"] = "matrix"
    rows: tuple[tuple[str, ...], ...]


class Several(_Form):
    """Several answers. ``ordered``: a tuple, a point, a vector; else they may come in any order."""

    kind: Literal["several"] = "several"
    items: tuple[Form, ...]
    ordered: bool = False


class Union(_Form):
    """Sets of numbers joined by ∪ or “or” (``every`` False), or conditions that all hold (“and”)."""

    kind: Literal["union"] = "union"
    parts: tuple[Form, ...]
    every: bool = False


Form = Annotated[
    Value | Equation | Chain | Interval | Ratio | Words | Matrix | Several | Union, Field(discriminator="kind")
]
Several.model_rebuild()
Union.model_rebuild()


def leaves(form: Form) -> list[str]:
    """All LaTeX of a form that has to be read."""
    match form:
        case Value(latex=latex):
            return [latex]
        case Equation(left=left, right=right) | Interval(left=left, right=right):
            return [left, right]
        case Chain(sides=parts) | Ratio(parts=parts):
            return list(parts)
        case Matrix(rows=rows):
            return [entry for row in rows for entry in row]
        case Several(items=forms) | Union(parts=forms):
            return [leaf for part in forms for leaf in leaves(part)]
        case _:
            return []

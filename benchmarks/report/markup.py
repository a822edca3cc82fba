"""HTML and SVG as strings that are safe by construction: what is not `Markup` is escaped, and characters that act are shown.

Covers elements, attributes and text. Layout is not its business.
"""

from __future__ import annotations

import html

from agent.cli.clean import clean

__all__ = ["Markup", "element", "join", "text"]

_VOID = frozenset({"br", "col", "input", "meta"})


class Markup(str):
    """A string that is HTML already."""

    __slots__ = ()


def text(words: str) -> Markup:
    """Words as HTML: escaped, with control characters, direction marks and lone surrogates as symbols."""
    return Markup(html.escape(clean(words), quote=True))


def join(*parts: Markup | str | None) -> Markup:
    """Parts one after another; None is nothing."""
    return Markup("".join(part if isinstance(part, Markup) else text(part) for part in parts if part is not None))


def element(name: str, /, *children: Markup | str | None, **attributes: str | float | bool | None) -> Markup:
    """``<name …>children</name>``. `class_` is written class, other underscores become dashes; None and False: no attribute."""
    written = []
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        shown = key.rstrip("_").replace("_", "-")
        if value is True:
            written.append(f" {shown}")
        else:
            number = isinstance(value, float)
            written.append(f' {shown}="{f"{value:.2f}".rstrip("0").rstrip(".") if number else text(str(value))}"')
    opening = f"<{name}{''.join(written)}>"
    return Markup(opening if name in _VOID else f"{opening}{join(*children)}</{name}>")

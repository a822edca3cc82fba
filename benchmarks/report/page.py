"""The page as one file: what is known before the details, then the details, copied block by block.

Covers the document around the parts: head, policy, order, the table's frame, the scripts. The parts are made elsewhere.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from benchmarks.report.blocks import packed
from benchmarks.report.bundle import policy, scripts, style
from benchmarks.report.markup import Markup, element, join

__all__ = ["Parts", "write"]


@dataclass(frozen=True)
class Parts:
    """What stands on the page above the table, and the table's index as JSON."""

    title: str
    header: Markup
    cards: Markup
    charts: Sequence[Markup]
    comparisons: Markup | None
    tables: Markup | None
    footer: str
    index: str


def write(out: IO[str], parts: Parts, blocks: IO[str]) -> None:
    """``blocks`` holds the details as `Blocks` wrote them."""
    code = scripts()
    out.write('<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n')
    for attributes in (
        {"http_equiv": "Content-Security-Policy", "content": policy(code)},
        {"name": "viewport", "content": "width=device-width, initial-scale=1"},
        {"name": "color-scheme", "content": "light dark"},
        {"name": "referrer", "content": "no-referrer"},
        {"name": "generator", "content": "sangaku bench report"},
    ):
        out.write(_meta(attributes) + "\n")
    out.write(f"{element('title', parts.title)}\n<style>\n{style()}</style>\n</head>\n<body>\n")
    out.write(_body(parts))
    out.write(f'\n<script type="application/octet-stream" id="index">{packed(parts.index)}</script>\n')
    for script in code:
        out.write(f"<script>{script}</script>\n")
    shutil.copyfileobj(blocks, out)
    out.write("</body>\n</html>\n")


def _meta(attributes: dict[str, str]) -> Markup:
    return element("meta", **attributes)


def _body(parts: Parts) -> Markup:
    theme = element("button", "Dark", type="button", id="theme", aria_pressed="false", title="light or dark")
    sections = [
        element("header", element("div", parts.header), theme, class_="top"),
        element("section", element("h2", "Summary", class_="hidden"), parts.cards, aria_label="summary"),
    ]
    if parts.charts:
        charts = element("div", *parts.charts, class_="charts")
        sections.append(element("section", element("h2", "Results"), charts, parts.tables))
    if parts.comparisons:
        sections.append(element("section", element("h2", "Comparisons"), parts.comparisons))
    sections.append(_problems())
    main = element("main", *sections, element("footer", parts.footer), class_="page")
    return join(element("a", "Skip to the problems", href="#filters", class_="skip"), main)


def _problems() -> Markup:
    filters = element(
        "form",
        element(
            "label",
            "Search",
            element(
                "input", type="search", name="q", placeholder="text, id, answer", autocomplete="off", spellcheck="false"
            ),
            class_="search",
        ),
        *(_choice(label, name) for label, name in _CHOICES),
        element("label", element("input", type="checkbox", name="disagree"), "strategies disagree", class_="check"),
        element("button", "Reset", type="reset"),
        id="filters",
        class_="filters",
        role="search",
        aria_label="filter problems",
    )
    keys = element(
        "span",
        *(join(element("kbd", key), f" {meaning}  ") for key, meaning in _KEYS),
        class_="keys",
    )
    bar = element("div", element("span", "", id="count", role="status", aria_live="polite"), keys, class_="bar")
    table = element(
        "table",
        element("caption", "Problems, one a row; Enter opens a row", class_="hidden"),
        element("colgroup"),
        element("thead"),
        element("tbody"),
        id="problems",
    )
    plain = element("noscript", element("p", "The table of problems needs JavaScript; everything above does not."))
    unprinted = element("p", "", id="unprinted", class_="muted")
    return element("section", element("h2", "Problems"), filters, bar, plain, table, unprinted)


_CHOICES = (
    ("Strategy", "strategy"),
    ("Outcome", "outcome"),
    ("Cause", "cause"),
    ("Category", "category"),
    ("Set", "set"),
)
_KEYS = (("/", "search"), ("j", ""), ("k", "move"), ("Enter", "open"), ("Esc", "close"))


def _choice(label: str, name: str) -> Markup:
    every = element("option", "all", value="")
    return element("label", label, element("select", every, name=name))

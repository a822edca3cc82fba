"""The page's scripts and styles as text, with the policy that allows these scripts and nothing else.

Covers reading and joining the files of ``assets/`` and ``vendor/``. A page holds all of it, so that it needs no network.
"""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files

__all__ = ["policy", "scripts", "style"]

_STYLES = ("style.css", "table.css", "adapt.css")
_SCRIPTS = ("text.js", "data.js", "rows.js", "table.js", "detail.js", "main.js")
_FONT = re.compile(r"@font-face\s*\{[^}]*\}")
_EXPORT = "export{te as default};"


def style() -> str:
    """All rules. Temml's rule that fetches a font is left out: formulas are set in what the reader's system has."""
    temml = _FONT.sub("", _read("vendor/temml/Temml-Local.css"))
    return "\n".join([temml, *(_read(f"assets/{name}") for name in _STYLES)])


def scripts() -> tuple[str, ...]:
    """The scripts in the order in which they run: Temml, highlight.js, the page's own."""
    core = _read("vendor/highlight/core.min.js").rstrip()
    if not core.endswith(_EXPORT):
        raise ValueError(f"vendor/highlight/core.min.js does not end with {_EXPORT}")
    highlight = (
        f"const hljs=(()=>{{{core.removesuffix(_EXPORT)}return te}})();\n{_read('vendor/highlight/python.min.js')}"
    )
    own = "\n".join(_read(f"assets/{name}") for name in _SCRIPTS)
    return (
        _licensed("temml", _read("vendor/temml/temml.min.js")),
        _licensed("highlight", highlight),
        f'(() => {{\n"use strict";\n{own}\n}})();\n',
    )


def policy(scripts: tuple[str, ...]) -> str:
    """A Content-Security-Policy: these scripts by their hashes, no other, no network, no HTML made of strings."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode('utf-8')).digest()).decode('ascii')}'"
        for script in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _licensed(name: str, script: str) -> str:
    return f"/*\n{_read(f'vendor/{name}/LICENSE')}*/\n{script}"


def _read(name: str) -> str:
    text = files("benchmarks.report").joinpath(name).read_text(encoding="utf-8")
    if "</script" in text.lower() or "<!--" in text:
        raise ValueError(f"{name} would end the element that it is put into")
    return text

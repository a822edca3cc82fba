"""extract: take the program, and an answer boxed in prose, out of a completion."""

from __future__ import annotations

import ast
import re
import unicodedata

from agent.types import Completion, Finding, Program

__all__ = ["MAX_SOURCE", "boxed", "extract", "parse"]

_BLOCK = re.compile(r"^[ \t]*```[ \t]*([\w+-]*)[^\n]*\n(.*?)(?:^[ \t]*```|\Z)", re.MULTILINE | re.DOTALL)
_PYTHON = ("python", "py", "python3", "sympy")
MAX_SOURCE = 100_000
"""Characters; longer programs are not parsed here (they run, and the sandbox tells)."""


def extract(completion: Completion) -> Program | Finding:
    """The program to run, or a soft finding that there is none.

    Of several blocks the last that prints is taken: models first sketch and then write out. Text without any fence is a
    program if it parses and prints.
    """
    labelled: list[str] = []
    others: list[str] = []
    for match in _BLOCK.finditer(completion.text):
        language, source = match[1].lower(), _tidy(match[2])
        if source:
            (labelled if language in _PYTHON else others).append(source)
    candidates = labelled or [source for source in others if parse(source) is not None and "print" in source]
    fences = completion.text.count("```")
    if not candidates and (not fences or (fences == 1 and completion.text.rstrip().endswith("```"))):
        bare = _tidy(completion.text.replace("```", ""))
        if "print(" in bare and parse(bare) is not None:
            candidates = [bare]
    if not candidates:
        return Finding(
            kind="program",
            rule="no_program",
            severity="soft",
            message="the text holds no program",
            end=len(completion.text),
        )
    printing = [source for source in candidates if "print" in source]
    return Program(source=(printing or candidates)[-1])


def parse(source: str) -> ast.Module | None:
    """The syntax tree, or None. Only parsed, never compiled or run; deep nesting and huge numbers are errors, not crashes."""
    if len(source) > MAX_SOURCE:
        return None
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def boxed(text: str) -> str | None:
    r"""What stands in the last ``\boxed{…}``, braces balanced."""
    start = text.rfind("\\boxed{")
    if start < 0:
        return None
    depth, begin = 0, start + len("\\boxed")
    for position in range(begin, len(text)):
        if text[position] == "{":
            depth += 1
        elif text[position] == "}":
            depth -= 1
            if depth == 0:
                return text[begin + 1 : position].strip() or None
    return None


def _tidy(source: str) -> str:
    """Undo what models do to a program around its lines: doctest prompts, common indentation, full-width punctuation."""
    lines = source.replace("\r\n", "\n").rstrip().split("\n")
    marked = [line for line in lines if line.startswith((">>> ", "... "))]
    if marked and lines[0].startswith(">>> "):
        lines = [line[4:] for line in marked]
    indents = [len(line) - len(line.lstrip(" \t")) for line in lines if line.strip()]
    cut = min(indents, default=0)
    tidy = "\n".join(line[cut:] for line in lines).strip("\n")
    if tidy and parse(tidy) is None:
        # Models that write Japanese slip into full-width brackets and signs; only kept where that is the whole trouble.
        narrow = unicodedata.normalize("NFKC", tidy)
        if narrow != tidy and parse(narrow) is not None:
            return narrow
    return tidy

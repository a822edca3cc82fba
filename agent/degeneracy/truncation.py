r"""Truncation and collapse: was the text broken off before its end, or is it no text at all?

Where the server gave a finish reason that is the best witness. Without one (texts from files) the end of the text is looked at:
what is still open (a fence, ``$``, ``\boxed{``), and whether the last line of prose ends like a sentence. It cannot see a text
that was cut at the end of a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent.degeneracy.mask import Masked
from agent.degeneracy.repetition import ending_cycle
from agent.types import Completion, Finding

__all__ = ["collapse", "truncation"]

_ENDS = tuple(".!?。．！？…」』）)]】}”\"'’:：*`_>|~✓✔■□◆∎♪％%℃°²³!")
"""A line that ends in one of these is complete; a colon is not an end by itself, see `_OPEN_TAIL`."""
_OPEN_TAIL = re.compile(
    r"(?:[,、，;；:：=+\-*/^_(\[{<\\&≦≤≥≧×÷±−–—]"
    r"|\\(?:frac|sqrt|text|mathrm|left|right|times|cdot|boxed|sum|int|begin|end)\{?"
    r"|\b(?:the|a|an|of|to|and|or|is|are|in|that|for|with|by|we|as|at|on|from|this|these|its|be|if|then|let|where|so|have|has|can"
    r"|which|between|using|into|than|because|since|therefore|our|their)"
    r"|[をはがのでにへともや]|ので|から|して|また|および|または|かつ|ここで|つまり|そして)\s*$",
    re.IGNORECASE,
)
_HEADING = re.compile(r"^\s*(?:#{1,6}\s|[-*+]\s|\d+[.)]\s|\*\*|>|\||=|Step \d|ステップ)")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_JAPANESE = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff]")
_JAPANESE_END = re.compile(
    r"(?:です|ます|した|ません|である|だ|なる|する|いる|ある|れる|せる|よい|ない|える|ける|せよ|よ|ね|か|た|う|く|る|い|り)$"
)
_RESULT = re.compile(
    r"(?:=|≈|\bis|\bare|は)\s*[$¥€£\\(]{0,3}-?\d[\d.,/ ]*[^\w.。]{0,4}"
    r"(?:[A-Za-z%°²³/*)]+\s*){0,5}(?:[\u4e00-\u9fffァ-ヺー]{1,5}|つ|とおり)?$"
    r"|\d[^\w。]{0,6}$"
)
"""A line that ends with a result: “… = 36 lemons needed”. Many people leave out the full stop there."""
_SENTENCE_END = re.compile(r"[.。!?！？\n]")
_DIGITS = re.compile(r"\d+")
_ENDLESS = re.compile(r"(?:\d{1,9}[,、]\s?){25,}\d*$")
_BULLET = re.compile(r"(?:[-*+・]|\d{1,2}[.)])\s")
_POWER = re.compile(r"[A-Za-z0-9)\]]\s?\*\*\s?[A-Za-z0-9(+-]")
_ITEM = re.compile(r"#{1,6}\s|\*\*[^*]*\*\*$|\\\[|\$\$|\||>|[^\w\s]")
_SENTENCE_ENDS = (".", "。", "!", "?", "！", "？", ":", "：")
_ANSWER = re.compile(
    r"答|answer|よって|したがって|ゆえに|therefore|boxed|=|＝|\d\W{0,4}$|Q\.?E\.?D|[□■∎]", re.IGNORECASE
)
_EMPHASIS = re.compile(r"(\*{1,3}|__|`)([^*`]+?)\1")
_CP1252 = "[\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
_MOJIBAKE = re.compile(rf"\ufffd+|(?:[à-ï]{_CP1252}{{1,2}}){{2,}}|(?:[ÂÃ]{_CP1252}){{2,}}|[縺繧繝][^\s]{{0,2}}[縺繧繝]")
"""UTF-8 read as Windows-1252, and as Shift JIS."""
_MONEY = re.compile(r"\$\d[\d,.]*(?:\s|[.,;)]|$)")
_MIN_WALL = 40
"""Characters of one symbol in a row, letters and marks alike, that are no ruled line."""
_WALL = re.compile(rf"([^\s])\1{{{_MIN_WALL - 1},}}")
_RULES = frozenset("-=_*─━═~#. \n\t|0")
_MIN_CHARS, _MIN_CHARS_JA = 60, 30
"""A shorter text that ends without a full stop is an answer, not a text that broke off."""


def truncation(completion: Completion, masked: Masked) -> Finding | None:
    """What says first that the text is not whole: the server, an open bracket, the last line. None where nothing does.

    A fence that we opened is closed by the stop sequence, which servers leave out; so an open fence counts only where the server
    did not say that the text ended by itself. Hard where the server or an open fence or formula says so, soft where only the last
    line does.
    """
    size = len(completion.text)
    if completion.finish_reason == "length":
        return _finding("out_of_tokens", "the text breaks off: its tokens ran out", size, size)
    if completion.finish_reason != "unknown":
        return None
    if (open_block := _open_fence(masked)) is not None:
        return _finding("unclosed_fence", "a code fence is opened and never closed", open_block, size)
    if opened := _open_math(masked):
        start, what = opened
        return _finding("unclosed_math", f"{what} is opened and never closed", start, size)
    loop = ending_cycle(masked.text)
    if loop is not None and not _SENTENCE_END.search(masked.text, loop.start):
        return _finding("open_end", "the text ends in a loop without the end of a sentence", size, size)
    return _last_line(masked)


def collapse(masked: Masked) -> Iterator[Finding]:
    """Texts that are none: empty, a wall of one symbol, bytes read in the wrong encoding."""
    text = masked.text
    if not text.strip():
        yield _finding("empty", "the text is empty", 0, len(text))
        return
    for found in _WALL.finditer(text):
        if found[1] not in _RULES:
            yield _finding("wall", f"{len(found[0])} times “{found[1]}” in a row", *found.span())
            break
    for found in _MOJIBAKE.finditer(text):
        yield _finding("mojibake", f"bytes read in a wrong encoding: “{found[0][:20]}”", *found.span())
        break


def _finding(rule: str, message: str, start: int, end: int, *, hard: bool = True) -> Finding:
    severity = "hard" if hard else "soft"
    return Finding(kind="truncation", rule=rule, severity=severity, message=message, start=start, end=end)


def _open_fence(masked: Masked) -> int | None:
    fences = [found.start() for found in re.finditer(r"^[ \t]*```", masked.text, re.MULTILINE)]
    return fences[-1] if len(fences) % 2 else None


def _open_math(masked: Masked) -> tuple[int, str] | None:
    """LaTeX that is open where the text ends: only the last line or display is looked at, since models drop a ``$`` anywhere."""
    outside = masked.outside.rstrip()
    last = outside.rfind("\n\n") + 1
    for opening, closing in (("\\[", "\\]"), ("\\(", "\\)"), ("\\begin{", "\\end{")):
        start = outside.rfind(opening)
        if start >= 0 and outside.find(closing, start) < 0:
            return start, f"“{opening}”"
    if outside.count("$$") % 2 and re.search(r"\$\$[^$]*[\\=^_{][^$]*$", outside):
        return outside.rfind("$$"), "“$$”"
    box = outside.rfind("\\boxed{")
    if box >= 0:
        depth = 0
        for character in outside[box:]:
            depth += (character == "{") - (character == "}")
            if character == "}" and depth == 0:
                break
        else:
            return box, "“\\boxed{”"
    line_start = max(outside.rfind("\n") + 1, last)
    line = outside[line_start:].replace("$$", "").replace("\\$", "")
    # Between $ and the end there must be mathematics: elsewhere $ is money.
    if (
        line.count("$") % 2
        and re.search(r"\$(?!\s?\d[\d.,]*(?:\s|$))[^$]*[\\^_{=][^$]*$", line)
        and not _MONEY.search(outside)
    ):
        return line_start + line.rfind("$"), "“$”"
    return None


def _last_line(masked: Masked) -> Finding | None:
    text = masked.text.rstrip()
    if re.search(r"\n[ \t]+$", masked.text):
        return _finding(
            "open_end", "the text ends in the indentation of a line that was never written", len(text), len(masked.text)
        )
    least = _MIN_CHARS_JA if _JAPANESE.search(text) else _MIN_CHARS
    if len(text) < least or (masked.blocks and masked.blocks[-1].end >= len(text) - 6):
        return None
    start = text.rfind("\n") + 1
    raw = text[start:].strip()
    if why := _unlike_the_others(masked, start, raw):
        return _finding("open_end", f"{why}: “{raw[-30:]}”", start, len(text))
    line = _EMPHASIS.sub(r"\2", text[start:].strip())
    if _OPEN_TAIL.search(line) and not line.endswith(("。", ".")):
        if line.endswith((":", "：")) or not _is_list_of_values(line):
            return _finding("open_end", f"the text ends in the middle of “{line[-30:]}”", start, len(text))
        return None
    if line.endswith(_ENDS) or re.search(r"\\(?:\]|\)|end\{\w+\*?\})$|\$$|[\d\w]\}$", line):
        return None
    if _RESULT.search(line):
        return None
    words = _LATIN_WORD.findall(line)
    japanese = len(_JAPANESE.findall(line))
    if japanese:
        if (
            japanese >= 8
            and not _JAPANESE_END.search(line)
            and "。" in " ".join(masked.outside.split())[-600:]
            and not re.search(r"\d[^\d。]{0,6}$", line)
        ):
            return _finding("open_end", f"the last sentence does not end: “{line[-30:]}”", start, len(text), hard=False)
        return None
    if len(words) >= 5 and "." in text[-600:] and re.search(r"[A-Za-z]$", line) and not _HEADING.match(line):
        return _finding("open_end", f"the last sentence does not end: “{line[-30:]}”", start, len(text), hard=False)
    if len(words) >= 9 and "." in text[-600:]:
        return _finding("open_end", f"the last sentence does not end: “{line[-30:]}”", start, len(text), hard=False)
    return None


def _unlike_the_others(masked: Masked, start: int, line: str) -> str:
    """Why the last line cannot be whole, judged by the lines before it; empty where it can."""
    lines = [earlier.strip() for earlier in masked.outside[:start].splitlines() if earlier.strip()]
    if line.count("**") % 2 and not _POWER.search(line) and not line.startswith("**Note"):
        return "bold text is opened and never closed in"
    if re.match(r"#{1,6}\s+(?:\d{1,2}[.)]\s*)?[^\d=$\\]+$", line):
        return "the text ends in a heading"
    number = re.fullmatch(r"(\d{1,3})[.)]?(?:\s+\d{1,3}[.)]?)?", line)
    if number and any(earlier.startswith((f"{int(number[1]) - 1}.", f"{int(number[1]) - 1})")) for earlier in lines):
        return "a list ends in the number of an item that was never written"
    if len(line) > 2 and not number and not line.startswith(("\\", "`", "}")):
        if not line.startswith("|") and any(
            len(told) > len(line) + 3 and told.startswith(line) for told in lines[-12:]
        ):
            return "the last line is the beginning of an earlier one"
        shape = _DIGITS.sub("0", line)
        longer = [
            told for told in lines[-12:] if len(told) > len(line) + 1 and _DIGITS.sub("0", told).startswith(shape)
        ]
        if len(longer) >= 3:
            return "the last line is the beginning of earlier ones, with other numbers"
    if _ENDLESS.search(line):
        return "a list of numbers is never finished"
    items = [earlier for earlier in lines if _BULLET.match(earlier)]
    if (
        _BULLET.match(line)
        and len(items) >= 3
        and all(item.endswith(_SENTENCE_ENDS) for item in items[-3:])
        and not line.endswith((*_SENTENCE_ENDS, "]", "}", "|", "*", "`"))
        and not _ANSWER.search(line)
    ):
        return "the items before end in a full stop, the last one does not"
    told = (earlier.strip() for earlier in masked.prose[:start].splitlines())
    alike = [earlier for earlier in told if len(earlier) >= 12 and _ITEM.match(earlier) is None]
    if (
        len(alike) >= 3
        and all(earlier.endswith(_SENTENCE_ENDS) for earlier in alike[-3:])
        and len(line) >= 3
        and not line.endswith((*_SENTENCE_ENDS, "]", ")", "}", "|", "*", "`"))
        and not _ANSWER.search(line)
    ):
        return "the lines before end in a full stop, the last one does not"
    return ""


def _is_list_of_values(line: str) -> bool:
    return bool(re.fullmatch(r"[\d\s,.、]+", line))

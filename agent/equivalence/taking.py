"""Taking: the final answer out of what a model wrote: the last box, an answer line, or the last expression.

It does not judge the answer, and does not look at reasoning that a model closed off (`</think>`).
"""

from __future__ import annotations

import re

from agent.stages.extract import boxed

__all__ = ["take"]

_LINE = re.compile(
    r"(?:^|[\n。、．.,!?]\s*|\*\*)[ \t>*#-]*"
    r"(?:(?:the\s+)?(?:final\s+|correct\s+)?answer(?:\s+is|\s*[:=：])+"
    r"|(?:最終的?な?)?(?:答え?|解答|こたえ|回答)\s*(?:は|[:=：])+|【(?:答え?|解答)】)"
    r"[ \t*:：]*([^\n]+)",
    re.IGNORECASE,
)
_DISPLAY = re.compile(r"\$\$(.+?)\$\$|\\\[(.+?)\\\]|(?<!\\)\$([^$\n]+?)(?<!\\)\$|\\\((.+?)\\\)", re.DOTALL)
_NUMBER = re.compile(
    r"\d+ hours?,? (?:and )?\d+ minutes?|"
    r"-?\d+(?:,\d{3})*(?:\.\d+)?(?:/\d+)?"
    r"(?:\s*(?:%|°|円|個|人|通り|分|時間|秒|(?:cm|km|m|kg|g|minutes?|hours?|seconds?|days?|weeks?|dollars?|cents?|feet|inches|miles?|meters?)"
    r"(?![A-Za-z])))?"
)
_SENTENCE = re.compile(
    r"[。．]\s*\S|[a-z]\. [A-Z]|(?:(?<!\\)\b[A-Za-z]{2,}\b,?\s+(?:\S+\s+)?){3}|\$[^$]+\$.*\$|(?:よって|したがって|ゆえに).*[。、]"
)
"""A line that is more than an answer."""
_TAIL = 8000
"""Characters from the end in which an answer that is in no box is looked for: texts may be megabytes of open brackets."""
_JSON = re.compile(r'"(?:final_?)?(?:answer|output)"\s*:\s*(?:"((?:[^"\\]|\\.)+)"|(-?[\d.]+))', re.IGNORECASE)
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*")


def take(text: str) -> str:
    """The answer, or an empty string where there is none."""
    text = text.rpartition("</think>")[2] if "</think>" in text else text
    if (box := boxed(text)) is not None:
        return box
    text = text[-_TAIL:]
    if (said := _JSON.findall(text)) and text.rstrip().endswith(("}", "```")):
        return str(next(group for group in said[-1] if group))
    if lines := _LINE.findall(text):
        return _trimmed(str(lines[-1]))
    bare = text.strip()
    if marked := re.findall(r"^####\s*(.+)$", text, re.MULTILINE):  # as GSM8K ends its solutions
        return str(marked[-1]).strip()
    words = re.findall(r"(?<![\\A-Za-z])[A-Za-z]{2,}", re.sub(r"\\(?:text|mathrm)\{[^}]*\}", "", bare))
    told = len(words) >= 3 and re.search(r"\d", bare) and bare[0].isalpha()
    if bare and "\n" not in bare and len(bare) <= 120 and not told and not _SENTENCE.search(bare):
        return bare
    last = bare.splitlines()[-1] if bare else ""
    if displays := _DISPLAY.findall(text):
        found = str(next(group for group in displays[-1] if group)).strip()
        return found.rpartition("=")[2].strip() or found if "\\begin" not in found else found
    if bolds := _BOLD.findall(text):
        return _trimmed(str(bolds[-1]))
    for part in (last, bare):
        if numbers := _NUMBER.findall(part):
            return str(numbers[-1])
    return last[:200]


def _trimmed(line: str) -> str:
    """An answer line without what follows its first sentence."""
    line = re.split(
        r"。|\s(?:because|since)\s|(?<=[^\d])\.\s|(?<=\d)\.(?=\s+[A-Z])", line.strip().strip("*").strip(), maxsplit=1
    )[0]
    return re.sub(r"(?:です|である|となります|になります)$", "", line).strip().rstrip(".").strip("*").strip()

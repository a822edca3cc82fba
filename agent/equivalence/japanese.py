"""Numbers in words: 3分の2, 3割5分, 1時間30分, 七人, 2 hours and 15 minutes, 5 feet 6 inches."""

from __future__ import annotations

import re

from agent.equivalence.form import Value
from agent.equivalence.units import COUNTERS

__all__ = ["in_kanji", "japanese_number"]

_TIME = re.compile(r"^(?:(\d+)日)?(?:(\d+)時間)?(?:(\d+)分)?(?:(\d+(?:\.\d+)?)秒)?(?:間)?$")
_WARI = re.compile(r"^(?:(\d+)割)?(?:(\d+)分)?(?:(\d+)厘)?$")
_JA_FRACTION = re.compile(r"^(\d+)分の(\d+)$")


_TIME_EN = re.compile(
    r"(?:(\d+) ?(?:days?|d))?,? ?(?:and )?(?:(\d+) ?(?:hours?|hrs?|h))?,? ?(?:and )?(?:(\d+) ?(?:minutes?|mins?))?,? ?(?:and )?"
    r"(?:(\d+) ?(?:seconds?|secs?|s))?"
)


_FEET = re.compile(r"(\d+) ?(?:feet|foot|ft|'),? ?(?:and )?(\d+(?:\.\d+)?) ?(?:inches|inch|in|\"|'')\.?")
_DIGITS = {digit: value for value, digit in enumerate("〇一二三四五六七八九")} | {"零": 0}
_TENS = {"十": 10, "百": 100, "千": 1000}
_KANJI = re.compile(rf"([〇零一二三四五六七八九十百千]{{1,8}})({'|'.join(COUNTERS)}|円|分|秒|時間|日|度)?")


def in_kanji(text: str) -> tuple[int, str] | None:
    """A number below ten thousand in kanji, and the unit or counter behind it; None where the text is none."""
    found = _KANJI.fullmatch(text)
    if found is None:
        return None
    total, digit = 0, None
    for character in found[1]:
        if character in _TENS:
            total += (1 if digit is None else digit) * _TENS[character]
            digit = None
        else:
            digit = (digit or 0) * 10 + _DIGITS[character]
    return total + (digit or 0), found[2] or ""


def japanese_number(text: str) -> Value | None:
    """The value of such a number; None where the text is none."""
    bare = text.replace(" ", "")
    if (number := in_kanji(bare)) is not None:
        return Value(latex=str(number[0]), unit=number[1])
    parts = [in_kanji(part) for part in bare.split("分の")]
    if len(parts) == 2 and all(part is not None and not part[1] for part in parts):
        below, above = (part[0] for part in parts if part is not None)
        return Value(latex=f"\\frac{{{above}}}{{{below}}}")
    if found := _JA_FRACTION.match(bare):
        return Value(latex=f"\\frac{{{found[2]}}}{{{found[1]}}}")
    if re.search(r"[割厘]", bare) and (found := _WARI.match(bare)):
        tenths, hundredths, thousandths = (int(group or 0) for group in found.groups())
        return Value(latex=f"\\frac{{{tenths * 100 + hundredths * 10 + thousandths}}}{{1000}}")
    if len(re.findall(r"日|時間|分|秒", bare)) > 1 and (found := _TIME.match(bare)):
        days, hours, minutes = (int(group or 0) for group in found.groups()[:3])
        seconds = (days * 24 + hours) * 3600 + minutes * 60
        return Value(latex=f"{seconds}+{found[4] or 0}", unit="秒")
    if len(re.findall(r"[a-z]{1,7}", text)) > 1 and (found := _TIME_EN.fullmatch(" ".join(text.split()))) and found[0]:
        days, hours, minutes, rest = (int(group or 0) for group in found.groups())
        return Value(latex=str(((days * 24 + hours) * 60 + minutes) * 60 + rest), unit="秒")
    if found := _FEET.fullmatch(text.strip()):
        return Value(latex=f"{int(found[1]) * 12}+{found[2]}", unit="inches")
    return None

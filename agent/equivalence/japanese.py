"""Numbers in words: 3分の2, 3割5分, 1時間30分, 2 hours and 15 minutes."""

from __future__ import annotations

import re

from agent.equivalence.form import Value

__all__ = ["japanese_number"]

_TIME = re.compile(r"^(?:(\d+)日)?(?:(\d+)時間)?(?:(\d+)分)?(?:(\d+(?:\.\d+)?)秒)?(?:間)?$")
_WARI = re.compile(r"^(?:(\d+)割)?(?:(\d+)分)?(?:(\d+)厘)?$")
_JA_FRACTION = re.compile(r"^(\d+)分の(\d+)$")


_TIME_EN = re.compile(
    r"(?:(\d+) ?(?:days?|d))?,? ?(?:and )?(?:(\d+) ?(?:hours?|hrs?|h))?,? ?(?:and )?(?:(\d+) ?(?:minutes?|mins?))?,? ?(?:and )?"
    r"(?:(\d+) ?(?:seconds?|secs?|s))?"
)


def japanese_number(text: str) -> Value | None:
    """The value of such a number; None where the text is none."""
    bare = text.replace(" ", "")
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
    return None

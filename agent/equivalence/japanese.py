"""Numbers that Japanese writes in words: 3分の2, 3割5分, 1時間30分."""

from __future__ import annotations

import re

from agent.equivalence.form import Value

__all__ = ["japanese_number"]

_TIME = re.compile(r"^(?:(\d+)日)?(?:(\d+)時間)?(?:(\d+)分)?(?:(\d+(?:\.\d+)?)秒)?(?:間)?$")
_WARI = re.compile(r"^(?:(\d+)割)?(?:(\d+)分)?(?:(\d+)厘)?$")
_JA_FRACTION = re.compile(r"^(\d+)分の(\d+)$")


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
    return None

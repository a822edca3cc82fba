r"""Leaf: LaTeX that math-verify's parser reads: bare fractions, combinations, repeating decimals and large numbers spelt out."""

from __future__ import annotations

import re
from fractions import Fraction

__all__ = ["in_digits", "leaf"]

_FRAC_BARE = re.compile(r"\\frac\s*(?:(\d)|\{([^{}]*)\})\s*(?:(\d)|\{([^{}]*)\})")
_BIG = {"千": "000", "百万": "000000", "十億": "000000000", "万": "0000", "億": "00000000", "兆": "000000000000"}
_COMBINATION = re.compile(
    r"(?:\{\s*\})?_\{?(\w+)\}?\s*(?:\\mathrm\{)?([CPH])\}?_\{?(\w+)\}?|(?<![A-Za-z\d])(\d+)\s*([CP])\s*_?\{?(\d+)\}?"
)
_REPEATING = re.compile(
    r"(\d*)\.(\d*?)(?:\\overline\{(\d+)\}|\\dot\{?(\d)\}?(?:(\d*)\\dot\{?(\d)\}?)?|\((\d+)\))(?:\.\.\.|\\(?:ldots|cdots|dots))?"
)


def leaf(text: str) -> str:
    """LaTeX that math-verify's parser reads: bare fractions, combinations and repeating decimals spelt out."""
    latex = re.sub(r"\{unit![^{}]*\}", "", text).strip()
    latex = latex.replace("^{\\circ}", "").replace("°", "")
    # Japanese schools write log for the natural logarithm, and the base where it is another.
    latex = re.sub(r"\\log(?![A-Za-z_])(?!\s*_)", r"\\ln", latex)
    latex = re.sub(r"\\lg(?![A-Za-z])", r"\\log_{10}", latex)
    latex = re.sub(r"(?<![A-Za-z\\])(\d+(?:\.\d+)?)[eE]([+-]?\d{1,3})(?![\dA-Za-z.])", r"\1\\times 10^{\2}", latex)
    latex = re.sub(r"\^\s*\(([^()]*)\)", r"^{\1}", latex)
    latex = _REPEATING.sub(_repeating, latex)
    latex = _COMBINATION.sub(_combination, latex)
    for _ in range(4):
        latex = _FRAC_BARE.sub(lambda f: f"\\frac{{{f[1] or f[2]}}}{{{f[3] or f[4]}}}" if f[1] or f[3] else f[0], latex)
    latex = re.sub(r"\\frac\s*(\d|[A-Za-z]|\\pi)\s*(\d|[A-Za-z])(?![A-Za-z])", r"\\frac{\1}{\2}", latex)
    latex = re.sub(r"\\frac\s*(\\[A-Za-z]+|[A-Za-z0-9])\s*(\{)", r"\\frac{\1}\2", latex)
    latex = re.sub(r"(\\frac\s*\{[^{}]*\})\s*(\\[A-Za-z]+|[A-Za-z0-9])", r"\1{\2}", latex)
    latex = re.sub(r"\\sqrt\s*(\d|[A-Za-z])", r"\\sqrt{\1}", latex)
    latex = re.sub(r"\\d?binom\s*(\d)\s*(\d)", r"\\binom{\1}{\2}", latex)
    latex = re.sub(r"\\(?:vec|overrightarrow|boldsymbol|mathbf|bm)\s*\{?([A-Za-z]{1,2})\}?", r"\1", latex)
    latex = re.sub(r"\^\s*(-?\d{2,}|-\w)", r"^{\1}", latex) if "^{" not in latex else latex
    latex = re.sub(r"(?<=\d)\s+(?=\d+/\d)", "+", latex) if re.fullmatch(r"-?\d+\s+\d+/\d+", latex) else latex
    return re.sub(r"\s+", " ", latex).strip()


def _repeating(found: re.Match[str]) -> str:
    whole, lead = found[1] or "0", found[2]
    cycle = found[3] or found[7] or (found[4] + (found[5] or "") + (found[6] or "") if found[6] else found[4])
    nines = int("9" * len(cycle) + "0" * len(lead))
    return f"\\frac{{{int(whole + lead + cycle) - int(whole + lead)}}}{{{nines}}}"


def _combination(found: re.Match[str]) -> str:
    n, kind, k = (found[1], found[2], found[3]) if found[1] else (found[4], found[5], found[6])
    if kind == "C":
        return f"\\binom{{{n}}}{{{k}}}"
    if kind == "P":
        return f"\\frac{{{n}!}}{{({n}-{k})!}}"
    return f"\\binom{{{n}+{k}-1}}{{{k}}}"


def in_digits(text: str) -> str:
    """2億5000万 in digits."""
    total = Fraction(0)
    for number, power in re.findall(r"([\d.]+)(兆|十億|億|百万|万|千)?", text):
        if not re.fullmatch(r"\d+(?:\.\d+)?", number):
            return text
        total += Fraction(number) * 10 ** len(_BIG.get(power, ""))
    return str(int(total)) if total.denominator == 1 else text

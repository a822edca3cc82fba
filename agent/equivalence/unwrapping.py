"""Unwrapping: the answer alone, as one line of plain text, out of a line that a program printed or a box that a model wrote.

Labels, names, one-element lists and Python's representations come off; the mathematics is not touched, and nothing is parsed.
"""

from __future__ import annotations

import re

__all__ = ["mathematical", "unwrap"]

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: " ",
    0x2212: "-",
    0x2013: "-",
    0x00D7: "*",
    0x00B7: "*",
    0x00F7: "/",
    0x03C0: "pi",
    0x221E: "oo",
    0x3002: ".",
    0x3001: ",",
}
_NUMBER = r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?"
_LABEL = re.compile(
    r"^(?:the\s+)?(?:final\s+)?(?:(?:answer|result|solution)\b\s*(?:is|:|=)?|(?:答え|答|解)\s*(?:は|:|=))\s*(?=\S)",
    re.IGNORECASE,
)
_NAMED = re.compile(r"^[A-Za-z]\w{0,30}\s*=\s*(?=[^=\s])")
_EQ = re.compile(r"^Eq\([A-Za-z]\w{0,30}, ([^,]+)\)$")
_REPR = re.compile(r"\b(?:np\.|numpy\.)?(?:float64|float32|int64|int32|mpf|Decimal|Integer|Float)\('?([^()']+)'?\)")
_FRACTION = re.compile(r"\b(?:Fraction|Rational)\((-?\d+), (\d+)\)")
_ONE_VALUE = re.compile(r"^\{[A-Za-z]\w*: ([^,{}:]+)\}$")
_WRAPPED = re.compile(r"^(?:\[([^\[\],]+)\]|\(([^(),]+),\)|\{([^{},:]+)\}|\[(\{[^{}]+\})\])$")
_MONEY = re.compile(rf"^[$¥€£]\s*({_NUMBER})$")
_MAX = 2000


def unwrap(text: str) -> str:
    """One line of plain text: full-width characters narrow, labels and wrappings taken off, floats without noise.

    Mathematics is not touched: ``1/2`` and ``0.5`` stay as they are.
    """
    text = " ".join(text.translate(_WIDE).split()).strip("`*").strip()
    if len(text) > _MAX:
        return text
    if "\\" in text or "$" in text:
        text = _plain_latex(text)
    text = _LABEL.sub("", text)
    text = _NAMED.sub("", text)
    text = text.rstrip(".;") if not text.endswith("..") else text
    if money := _MONEY.match(text):
        text = money[1]
    text = _REPR.sub(r"\1", text)
    text = _FRACTION.sub(r"\1/\2", text)
    for _ in range(3):
        if wrapped := _WRAPPED.match(text):
            text = next(group for group in wrapped.groups() if group is not None).strip()
        elif value := (_ONE_VALUE.match(text) or _EQ.match(text)):
            text = value[1].strip()
    if re.fullmatch(_NUMBER, text):
        return _tidy_number(text)
    if (
        not mathematical(text)
        and len(numbers := re.findall(rf"(?<![\w.]){_NUMBER}", text)) == 1
        and not re.search(r"[()\[\]{}=<>]", text)
        and re.search(r"[^\W\d_]{2}|[぀-ヿ㐀-鿿]", text)
    ):
        return _tidy_number(numbers[0])  # "72 clips", "3個": a number among words
    return text.strip()


def _tidy_number(text: str) -> str:
    text = text.replace(",", "").removeprefix("+")
    if re.fullmatch(r"-?\d+", text):
        return str(int(text)) if len(text) < 4000 else text
    value = float(text)
    if value != value or value in (float("inf"), float("-inf")):
        return text
    # 12 digits: what binary floats carry beyond is rounding of the sums, not part of the answer.
    short = f"{value:.12g}"
    return f"{value:.0f}" if value == int(value) and abs(value) < 1e15 else short


_BRACES = r"\{((?:[^{}]|\{[^{}]*\})*)\}"


def _plain_latex(text: str) -> str:
    """The LaTeX of final answers as plain text: fractions, roots, powers, products, π, degrees, percent."""
    text = text.strip().removeprefix("\\(").removesuffix("\\)").strip("$ ").strip()
    text = re.sub(rf"\\boxed{_BRACES}", r"\1", text)
    text = re.sub(r"\\(?:left|right|!|,|;|:|quad|displaystyle|mathrm|mathbf)(?![A-Za-z])", " ", text)
    text = re.sub(rf"\\(?:text|textbf|mbox){_BRACES}", r" \1", text)
    text = (
        text.replace("\\%", "%")
        .replace("\\$", "$")
        .replace("^\\circ", "")
        .replace("^{\\circ}", "")
        .replace("\\degree", "")
    )
    for _ in range(4):
        text = re.sub(rf"\\[dt]?frac\s*{_BRACES}\s*{_BRACES}", r"((\1)/(\2))", text)
        text = re.sub(r"\\[dt]?frac\s*(\d)\s*(\d)", r"(\1/\2)", text)
        text = re.sub(rf"\\sqrt\s*\[(\d+)\]\s*{_BRACES}", r"(\2)**(1/\1)", text)
        text = re.sub(rf"\\sqrt\s*{_BRACES}", r"sqrt(\1)", text)
        text = re.sub(r"\\sqrt\s*(\w)", r"sqrt(\1)", text)
        text = re.sub(rf"\^{_BRACES}", r"**(\1)", text)
    for name, plain in (
        ("cdot", "*"),
        ("times", "*"),
        ("div", "/"),
        ("pi", "pi"),
        ("infty", "oo"),
        ("le", "<="),
        ("ge", ">="),
    ):
        text = re.sub(rf"\\{name}(?:q)?(?![A-Za-z])", plain, text)
    simple = re.fullmatch(r"\(\((-?\w+)\)/\((\w+)\)\)", text.strip())
    return " ".join((f"{simple[1]}/{simple[2]}" if simple else text).split())


_WORDS = frozenset(
    "sqrt cbrt root pi E I oo Rational Integer Float sin cos tan asin acos atan sinh cosh tanh sec csc cot log ln exp Abs abs "
    "factorial binomial floor ceiling Matrix FiniteSet Interval Union Tuple Max Min GoldenRatio re im conjugate sign True False "
    "open Ropen Lopen inf".split()
)
_TOKEN = re.compile(r"\s*(?:(\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+)|([A-Za-z]\w*)|(\*\*|<=|>=|[-+*/^()\[\]{},:<>=|&~!%]))")


def mathematical(text: str) -> bool:
    """Whether the text consists of numbers, operators, single letters and known functions only, within a sensible length.

    What passes holds no attribute access, no string, no underscore, no word and no unknown call.
    """
    if not text or len(text) > 400:
        return False
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            return not text[position:].strip()
        word = match[2]
        if word and word not in _WORDS and not re.fullmatch(r"[A-Za-z]\d?|theta|alpha|beta|lambda", word):
            return False
        position = match.end()
    return True

"""Answers as text: `normalize` makes one line comparable, `understand` has the sandbox read and compare them.

sympy's parser evaluates what it reads, so nothing is parsed here: a text must first consist of known tokens only, and is then
read by a fixed program inside the sandbox. It does not cover units, several answers in words, or intervals.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from sandbox import Limits, Sandbox, Status

__all__ = ["Reading", "normalize", "readable", "understand"]

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


def normalize(text: str) -> str:
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
        not readable(text)
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


def readable(text: str) -> bool:
    """Whether the text consists of numbers, operators, single letters and known functions only, within a sensible length.

    What passes holds no attribute access, no string, no underscore and no unknown call: a first fence before sympy's parser,
    which only ever runs in the sandbox.
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


class Reading(BaseModel):
    """What sympy makes of an answer. Answers with the same ``group`` are mathematically equal."""

    model_config = ConfigDict(frozen=True)

    group: int
    exact: str | None = None
    latex: str | None = None


_READINGS = TypeAdapter(list[Reading])

_PROGRAM = r"""
import json
import sympy
from sympy.parsing.sympy_parser import (
    convert_xor, implicit_multiplication, parse_expr, standard_transformations)

RULES = (*standard_transformations, convert_xor, implicit_multiplication)
LOCAL = {"abs": sympy.Abs, "ln": sympy.log, "inf": sympy.oo, "lambda": sympy.Symbol("lambda")}
for name in "NSOQC":
    LOCAL[name] = sympy.Symbol(name)

def read(text):
    value = parse_expr(text.rstrip("% "), local_dict=LOCAL, transformations=RULES)
    if isinstance(value, (list, set, tuple, dict)):
        value = sympy.sympify(value)
    return value

def flat(value):
    if isinstance(value, (sympy.FiniteSet, sympy.Tuple, list, tuple)):
        return [flat(item) for item in value]
    return value

def equal(a, b):
    if isinstance(a, list) or isinstance(b, list):
        return isinstance(a, list) and isinstance(b, list) and len(a) == len(b) and all(map(equal, a, b))
    if a == b:
        return True
    if isinstance(a, sympy.Expr) and isinstance(b, sympy.Expr):
        if a.free_symbols != b.free_symbols:
            return False
        if not a.free_symbols and a.is_number and b.is_number:
            x, y = complex(a.evalf(30)), complex(b.evalf(30))
            if abs(x - y) > 1e-9 * max(1, abs(x), abs(y)):
                return False
            if a.has(sympy.Float) or b.has(sympy.Float):
                return True
        return sympy.simplify(a - b) == 0
    if isinstance(a, sympy.MatrixBase) and isinstance(b, sympy.MatrixBase):
        return a.shape == b.shape and all(map(equal, a, b))
    return False

values, readings = [], []
for text, parsed in TEXTS:
    value = exact = latex = None
    if parsed:
        try:
            value = read(text)
            latex = sympy.latex(value)
            exact = sympy.srepr(value)
        except Exception:
            value = None
    group = len(values)
    for other, (seen_text, seen) in enumerate(values):
        try:
            same = text == seen_text or (value is not None and seen is not None and equal(flat(value), flat(seen)))
        except Exception:
            same = False
        if same:
            group = readings[other]["group"]
            break
    values.append((text, value))
    readings.append({"group": group, "exact": exact, "latex": latex})
print(json.dumps(readings))
"""


async def understand(texts: Sequence[str], sandbox: Sandbox) -> list[Reading]:
    """A reading for each text, in order. Texts that sympy cannot read, or not in time, are equal only letter by letter.

    Raises `SandboxError` where the sandbox fails.
    """
    if not texts:
        return []
    payload = json.dumps([[text, readable(text)] for text in texts], ensure_ascii=True)
    source = f"TEXTS = __import__('json').loads({payload!r})\n{_PROGRAM}"
    execution = await sandbox.run(source, limits=Limits(wall_s=10, memory_mb=512, output_bytes=1 << 20))
    if execution.status is Status.OK:
        try:
            readings = _READINGS.validate_json(execution.stdout.strip().splitlines()[-1])
        except (ValidationError, IndexError):
            readings = []
        if len(readings) == len(texts):
            return readings
    first = {text: position for position, text in reversed(list(enumerate(texts)))}
    return [Reading(group=first[text]) for text in texts]

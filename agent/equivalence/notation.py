r"""Notation: one spelling for what is written in many ways: signs, widths, delimiters, labels, answers in words.

Strings in, strings out; nothing is parsed. Tables of characters and words, ours.
"""

from __future__ import annotations

import re
import unicodedata

from agent.equivalence.units import COUNTERS

__all__ = ["JAPANESE", "MAX_CHARS", "MAX_DEPTH", "depth", "plain", "tidy", "unpack_text", "word"]

MAX_CHARS = 2000
"""Longer texts are no final answers; they are undecided."""
MAX_DEPTH = 24

_SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", "0123456789+-n", strict=True))
_SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
_SIGNS = {
    "≦": "\\leq ", "≤": "\\leq ", "⩽": "\\leq ", "≧": "\\geq ", "≥": "\\geq ", "⩾": "\\geq ", "≠": "\\neq ", "−": "-", "–": "-", "—": "-",
    "‐": "-", "×": "\\times ", "÷": "\\div ", "·": "\\cdot ", "⋅": "\\cdot ", "・": "\\cdot ", "π": "\\pi ", "∞": "\\infty ", "°": "^{\\circ}", "∪": "\\cup ",
    "∩": "\\cap ", "±": "\\pm ", "∓": "\\mp ", "θ": "\\theta ", "α": "\\alpha ", "β": "\\beta ", "γ": "\\gamma ", "λ": "\\lambda ", "ω": "\\omega ", "φ": "\\varphi ",
    "∅": "\\emptyset ", "≒": "\\approx ", "≈": "\\approx ", "、": ",", "，": ",", "。": " ", "；": ";", "：": ":", "∶": ":", "⟨": "\\langle ", "⟩": "\\rangle ",
    "〈": "\\langle ", "〉": "\\rangle ", "「": " ", "」": " ", "“": " ", "”": " ", "ℝ": "\\mathbb{R}", "∈": "\\in ", "△": "\\triangle ", "℃": "度", "㎝": "cm", "㎡": "m^{2}",
    "㎠": "cm^{2}", "㎥": "m^{3}", "㎤": "cm^{3}", "㎞": "km", "㎏": "kg", "㎜": "mm", "￥": "¥", "％": "%",
}  # fmt: skip
_ROOT = re.compile(r"√\s*(?:\(([^()]*)\)|\{([^{}]*)\}|(\d+(?:\.\d+)?|[A-Za-z]))")
_DROPPED = re.compile(
    r"\\(?:left|right|displaystyle|textstyle|limits|bigl?|bigr?|Bigl?|Bigr?|,|;|:|!|quad|qquad|thinspace|nolimits)(?![A-Za-z])|(?<!\\)\\(?= )|~|\\\(|\\\)|\\\[|\\\]"
)
_BRACED = r"\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}"
_TEXT = re.compile(rf"\\(?:text|textbf|textrm|mathrm|mathbf|mathsf|mbox|operatorname|rm|bf)\s*{_BRACED}")
_BOX = re.compile(rf"\\(?:boxed|fbox)\s*{_BRACED}")
_LABEL = re.compile(
    r"^\s*(?:(?:the\s+)?(?:final\s+|correct\s+)?(?:answer|result|solution|value)s?\s*(?:is|are|=|:)?\s*[:=]?|(?:最終的な)?(?:答え?|解答?|こたえ|解)(?:\s*(?:は|:|=|が)\s*|\s+)|(?:[\u3041-\u9fff]{1,12}[A-Z]{0,4}|[A-Za-z]\s?)は\s*(?=[-\d\\$√π(])|(?:よって|したがって|ゆえに|therefore|thus|hence|so),?\s*)(?=\S)",
    re.IGNORECASE,
)
_ENDING = re.compile(r"\s*(?:です|である|となります|となる|になります|になる|だ|と(?:なり)?ます)?\s*[.。]?\s*$")
_WORDS = {
    "none": "なし|無し|解なし|解はない|解がない|解は存在しない|存在しない|存在しません|ない|実数解なし|実数解をもたない|実数解は存在しない|該当なし|空集合|解を持たない|解をもたない|no solution|no solutions|nosolution|none|"
    "does not exist|doesnotexist|do not exist|dne|no real solution|no real solutions|there is no solution|empty set|the empty set|\\emptyset|\\varnothing|\\{\\}|"
    "undefined|定義されない",
    "yes": "はい|yes|true|正しい|真|成り立つ|○|〇|correct",
    "no": "いいえ|no|false|正しくない|偽|成り立たない|×|誤り|incorrect|間違い|\\times",
    "even": "偶数|even|even number|an even number",
    "odd": "奇数|odd|odd number|an odd number",
    "everything": "すべての実数|全ての実数|全実数|実数全体|任意の実数|all real numbers|all reals|all real|any real number|\\mathbb{r}|r全体",
    "infinite": "無数|無数に存在する|無数にある|無限個|無数に多い|無限に存在する|infinitely many|infinitely many solutions|infinite|infinite number|infinitely many solution",
}
_CANONICAL = {
    re.sub(r"\s+", "", spelling.lower()): word
    for word, spellings in _WORDS.items()
    for spelling in spellings.split("|")
}
JAPANESE = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff]")
_KANJI_NUMBER = re.compile(
    rf"(?!十分$)[〇零一二三四五六七八九十百千万億]+(?:分の[一二三四五六七八九十百]+|{'|'.join(COUNTERS)}|円|分|秒|時間|日|度)?"
)
"""A number, not a word that differs from every number; 十分 alone says “sufficient”."""
_SAFE = re.compile(r"[A-Za-z0-9\s+\-*/^=<>(){}\[\]|.,!:'_\\%]*")


def tidy(text: str) -> str:
    """The text with one spelling for signs, without delimiters, boxes, labels and sentence endings."""
    out = []
    run, script = "", ""
    for character in text:
        kind = "^" if character in _SUPERSCRIPTS else "_" if character in _SUBSCRIPTS else ""
        if run and kind != script:
            out.append(f"{script}{{{run}}}")
            run = ""
        script = kind
        if kind:
            run += _SUPERSCRIPTS.get(character) or _SUBSCRIPTS[character]
        elif character in _SIGNS:
            out.append(_SIGNS[character])
        elif character in "①②③④⑤⑥⑦⑧⑨":
            out.append(str("①②③④⑤⑥⑦⑧⑨".index(character) + 1))
        elif character in "½⅓¼⅔¾⅕⅖⅗⅘⅙⅛":
            numerator, _, denominator = unicodedata.normalize("NFKC", character).partition("\u2044")
            out.append(f"\\frac{{{numerator}}}{{{denominator}}}")
        else:
            narrow = unicodedata.normalize("NFKC", character)
            out.append(_SIGNS.get(narrow, narrow))
    if run:
        out.append(f"{script}{{{run}}}")
    plain_text = "".join(out).strip().removeprefix("####")
    for _ in range(3):
        plain_text = _BOX.sub(r" \1 ", plain_text)
    plain_text = plain_text.replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac").replace("\\cfrac", "\\frac")
    plain_text = (
        plain_text.replace("\\lbrace", "\\{")
        .replace("\\rbrace", "\\}")
        .replace("\\lvert", "|")
        .replace("\\rvert", "|")
        .replace("\\mid", "|")
    )
    plain_text = (
        plain_text.replace("\\%", "%")
        .replace("\\$", "$")
        .replace("\\degree", "^{\\circ}")
        .replace("^\\circ", "^{\\circ}")
    )
    plain_text = re.sub(r"\\hspace\*?\{[^{}]*\}", " ", plain_text)
    plain_text = re.sub(r"\*\*", "^", plain_text) if not plain_text.startswith("**") else plain_text.strip("*")
    plain_text = _ROOT.sub(lambda found: f"\\sqrt{{{found[1] or found[2] or found[3]}}}", plain_text)
    plain_text = re.sub(r"\bsqrt\(([^()]*)\)", r"\\sqrt{\1}", plain_text)
    plain_text = re.sub(r"(?<![\\A-Za-z])(sin|cos|tan|log|ln)(?![a-wyzA-Z])", r"\\\1 ", plain_text)
    plain_text = re.sub(r"(?<![\\A-Za-z])pi(?![A-Za-z])", r"\\pi ", plain_text)
    plain_text = re.sub(r"(?<![\\A-Za-z])(?:oo|inf(?:inity)?)(?![A-Za-z])", r"\\infty ", plain_text)
    if plain_text.count("$") != 1:  # one alone is money
        plain_text = plain_text.replace("$", " ")
    plain_text = _DROPPED.sub(" ", plain_text)
    plain_text = " ".join(plain_text.split()).strip("` ").strip()
    for _ in range(2):
        plain_text = _LABEL.sub("", plain_text, count=1)
    return _ENDING.sub("", plain_text).strip()


def plain(latex: str) -> bool:
    """Whether a leaf consists of mathematical notation only: what the sandbox's parser is given."""
    return (
        len(latex) <= MAX_CHARS
        and bool(latex.strip())
        and _SAFE.fullmatch(latex) is not None
        and depth(latex) <= MAX_DEPTH
    )


def depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        depth += (character in "({[") - (character in ")}]")
        deepest = max(deepest, depth)
    return deepest


def word(text: str) -> str | None:
    """The one form of an answer in words, or None where it is no words."""
    bare = re.sub(r"\s+", "", _TEXT.sub(r"\1", text).lower()).strip(".!")
    if bare in _CANONICAL:
        return _CANONICAL[bare]
    if choice := re.fullmatch(r"[(\[]?([a-zア-ンい-ん])[)\].:]?", bare):
        return choice[1] if not re.fullmatch(r"[a-z]", bare) else None
    if re.search(r"\d", bare) or "\\" in bare or _KANJI_NUMBER.fullmatch(bare):
        return None
    if JAPANESE.search(bare) and not re.search(r"[=<>+,]", bare):
        return bare
    if len(bare) >= 3 and bare.isalpha() and (" " in text.strip() or "\\text" in text or len(bare) >= 4):
        return bare
    return None


def unpack_text(text: str) -> str:
    for _ in range(3):
        text = _TEXT.sub(
            lambda found: (
                f" {found[1]} " if JAPANESE.search(found[1]) or len(found[1].strip()) > 1 else f"⟦{found[1].strip()}⟧"
            ),
            text,
        )
    # A single letter that was set upright behind a number is a unit; elsewhere a name.
    text = re.sub(r"(?<=[\d})\s])⟦([mgLltha])⟧(\^\{?\d\}?)?\s*$", r" {unit!\1\2}", text)
    return re.sub(r"⟦([^⟧]*)⟧", r"\1", text)

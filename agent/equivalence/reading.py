r"""Reading: the conventions of school mathematics, Japanese and English, from a text to its possible forms.

Only strings are looked at; the LaTeX at the leaves is parsed in the sandbox, and only where it passes `plain`. An answer may be
readable in two ways (1,234 is one number or two), so that a reading is a list of forms, the likeliest first.
"""

from __future__ import annotations

import re

from agent.equivalence.form import Chain, Equation, Form, Interval, Matrix, Ratio, Several, Union, Value, Words
from agent.equivalence.japanese import japanese_number
from agent.equivalence.leaf import in_digits, leaf
from agent.equivalence.notation import JAPANESE, MAX_CHARS, MAX_DEPTH, depth, tidy, unpack_text, word
from agent.equivalence.printed import printed
from agent.equivalence.units import UNITS, split_unit

__all__ = ["read"]

_ABOUT = re.compile(
    r"^(?:約|およそ|おおよそ|about|approximately|approx\.?|roughly|\\approx|\\sim|\\fallingdotseq)\s*", re.IGNORECASE
)
_THOUSANDS = re.compile(r"(?<![\d.,])(\d{1,3}(?:(?:,|\{,\}|,\\!)\d{3})+)(?![\d,]*\d|,\d)")
_DECIMAL = re.compile(r"[-+]?\d*\.(\d+)")
_NAME = re.compile(
    r"(?:[A-Za-z]|\\[A-Za-z]+|[A-Za-z]_\{?\w{1,3}\}?|[A-Za-z]{1,3}'{0,2}|\\(?:vec|overrightarrow|overline|angle|triangle)\s*\{?[A-Za-z]{1,4}\}?|[A-Za-z]'{0,2}\(\w(?:,\w)*\)|[A-Z]{2,4}|"
    r"\|\\?[A-Za-z{} ]{1,24}\||\\frac\{d[^{}]*\}\{d[^{}]*\}|[\u3041-\u9fff]{1,12}[A-Za-z]{0,3})"
)
_OR = re.compile(r"\s*(?:または|又は|もしくは|あるいは|(?<![A-Za-z\\])or(?![A-Za-z])|\\lor|\\vee|;)\s*")
_AND = re.compile(
    r"\s*(?:および|及び|ならびに|(?<=\S)と(?=\s*[\d\\({\[\-A-Za-z])|(?<![A-Za-z\\])and(?![A-Za-z])|\\land|\\wedge|かつ)\s*"
)
_SIGN_OF = {
    spelling: sign
    for sign, spellings in {
        "<": r"< \lt",
        ">": r"> \gt",
        "<=": r"<= \leq \le \leqq \leqslant",
        ">=": r">= \geq \ge \geqq \geqslant",
        "!=": r"!= \neq \ne",
    }.items()
    for spelling in spellings.split()
}
_RELATION = re.compile(r"\\(?:leqslant|geqslant|leqq|geqq|leq|geq|neq|le|ge|ne|lt|gt)(?![A-Za-z])|<=|>=|!=|<|>")
_MATRIX = re.compile(
    r"^[(\[|]?\s*\\begin\{([pbvBV]?matrix|array|cases)\}(?:\{[lcr|]*\})?(.*)\\end\{\1\}\s*[)\]|]?$", re.DOTALL
)
_REMAINDER = re.compile(r"^(.+?)\s*(?:あまり|余り|\s[Rr]\s|remainder|\\cdots\s*|…+)\s*(.+)$")
_RECURRING = re.compile(r"(\d*)\.(\d*?)(\d{1,3}?)\3+(?:\.{3}|…|\\(?:ldots|cdots|dots)(?![a-z]))\s*$")
_LABELLED = re.compile(r"\(?([A-E]|[ア-オ])[.):]\s+(-?[\d\\$].*)")
_OF_WHAT = re.compile(r"([\u3041-\u30ff\u4e00-\u9fff]{1,12})\s*(?=-?[\d\\])")
_LONE_UNIT = re.compile(r"(-?\d+(?:\.\d+)?)\s*([mgLlhst])")


def read(text: str) -> list[Form]:
    """The possible forms of an answer, the likeliest first; none where it is empty or too long."""
    if not text.strip() or len(text) > MAX_CHARS:
        return []
    if forms := printed(text):
        return forms
    bare = tidy(_RECURRING.sub(r"\1.\2\\overline{\3}", text))
    if not bare or depth(bare) > MAX_DEPTH:
        return []
    if labelled := _LABELLED.fullmatch(bare):  # a choice with what it says: either may be meant
        return [_form(labelled[2]), Words(text=labelled[1].lower())]
    forms = []
    if _THOUSANDS.search(bare):
        forms.append(_form(_THOUSANDS.sub(lambda found: re.sub(r"\D", "", found[1]), bare)))
        if re.fullmatch(r"[\d, ]+", bare):
            forms.append(_form(bare))
    else:
        forms.append(_form(bare))
        if lone := _LONE_UNIT.fullmatch(bare):  # 3 m is a length, or three times m
            forms.insert(0, Value(latex=lone[1], unit=lone[2]))
    return forms


def _form(text: str) -> Form:
    text = text.strip().rstrip(".").strip() if not text.endswith("..") else text
    if (said := word(text)) is not None:
        return Words(text=said)
    text = unpack_text(text)
    text = _ABOUT.sub("", text)
    text = re.sub(r"(?<=\d)\s*対\s*(?=\d)", ":", text)
    text = re.sub(r"(?<![A-Za-z!])([cmk]?m)\s*\^\s*\{?([23])\}?$", r"\1^\2", text)
    if speed := re.fullmatch(r"(毎[時分秒]|[時分秒](?=速))速?\s*(.+?)\s*(km|m|cm)", text):
        text = f"{speed[2]} {speed[3]}/{ {'時': 'h', '分': 'min', '秒': 's'}[speed[1][-1]] }"
    text = re.sub(
        r"(?<=m)\s*/\s*([時分秒])間?$", lambda found: f"/{ {'時': 'h', '分': 'min', '秒': 's'}[found[1]] }", text
    )
    if shared := re.fullmatch(r"商\s*(?:は|が)?(.+?)\s*,\s*(?:余り|あまり)\s*(?:は|が)?(.+)", text):
        text = f"{shared[1]} あまり {shared[2]}"
    text = re.sub(r"^(?:[A-Z]|[\u3041-\u9fff]{1,8})\s*(?=\([^()]*,[^()]*\)$)", "", text)
    # A remark in brackets: (xは自然数).
    text = re.sub(r"(?<=\S)\s*\([^()]*[\u3041-\u9fff][^()]*\)$", "", text)
    if (special := japanese_number(text)) is not None:
        return special
    if (matrix := _matrix(text)) is not None:
        return matrix
    if "\\cup" in text:
        return Union(parts=tuple(_form(part) for part in _split(text, re.compile(r"\\cup"))))
    if "\\in" in text and (inside := re.fullmatch(r"\s*\w\s*\\in(?![a-z])(.+)", text)):
        return _form(inside[1])
    parts = _split(text, _OR)
    if len(parts) > 1:
        forms = tuple(_form(part) for part in _named_alike(parts))
        return (
            Union(parts=forms)
            if any(isinstance(form, Chain | Interval | Union) for form in forms)
            else Several(items=_flat(forms))
        )
    parts = _split(text, _AND)
    if len(parts) > 1:
        forms = tuple(_form(part) for part in _named_alike(parts))
        return (
            Union(parts=forms, every=True)
            if any(isinstance(form, Chain) for form in forms)
            else Several(items=_flat(forms))
        )
    if remainder := _REMAINDER.match(text):
        return Several(items=(_form(remainder[1]), _form(remainder[2])), ordered=True)
    if (bracketed := _bracketed(text)) is not None:
        return bracketed
    parts = _split(text, re.compile(r","))
    if len(parts) > 1:
        return _listed(parts)
    return _single(text)


def _listed(parts: list[str]) -> Form:
    forms = tuple(_form(part) for part in _named_alike([part for part in parts if part.strip()]))
    if any(isinstance(form, Chain) for form in forms):
        # x < 1, 3 < x: which of both is meant, the inequalities themselves say.
        return Union(parts=forms)
    return Several(items=_flat(forms))


def _flat(forms: tuple[Form, ...]) -> tuple[Form, ...]:
    return tuple(
        item for form in forms for item in (form.items if isinstance(form, Several) and not form.ordered else (form,))
    )


def _named_alike(parts: list[str]) -> list[str]:
    """x = 1, 2 means x = 1, x = 2; a unit at the end belongs to all."""
    if (point := re.match(r"\s*\([A-Za-z][\w, ]*\)\s*=(?=\s*\()", parts[0])) and all(
        part.strip().startswith("(") for part in parts
    ):
        return [re.sub(r"^\s*\([A-Za-z][\w, ]*\)\s*=", "", part) for part in (parts[0][point.end() :], *parts[1:])]
    named = re.match(rf"\s*({_NAME.pattern})\s*=", parts[0])
    if named and not any("=" in part or _RELATION.search(part) for part in parts[1:]):
        parts = [parts[0], *(f"{named[1]}={part}" for part in parts[1:])]
    return [part for part in parts if part.strip()]


def _split(text: str, at: re.Pattern[str]) -> list[str]:
    """The parts of a text between the matches of ``at`` that no bracket encloses."""
    parts, start, position = [], 0, 0
    depth = 0
    while position < len(text):
        found = at.match(text, position) if depth == 0 else None
        if found and found.end() > found.start() and found[0].strip():
            parts.append(text[start : found.start()])
            start = position = found.end()
            continue
        if text[position] == "\\" and text[position : position + 2] in ("\\{", "\\}"):
            depth += 1 if text[position + 1] == "{" else -1
            position += 2
            continue
        if text.startswith(("\\langle", "\\begin{"), position):
            depth += 1
            position += 7
            if text[position - 1] == "{":
                position = text.find("}", position) + 1 or len(text)
            continue
        if text.startswith(("\\rangle", "\\end{"), position):
            depth -= 1
            position += 5
            if text[position - 1] == "{":
                position = text.find("}", position) + 1 or len(text)
            continue
        depth += (text[position] in "({[") - (text[position] in ")}]")
        depth = max(depth, 0)
        position += 1
    parts.append(text[start:])
    return [part.strip() for part in parts] if len(parts) > 1 else parts


def _matrix(text: str) -> Form | None:
    found = _MATRIX.match(text.strip())
    if found is None:
        return None
    rows = [row.strip() for row in re.split(r"\\\\(?:\[[^\]]*\])?", found[2]) if row.strip()]
    if found[1] == "cases":
        return _listed([re.sub(r"\s*,\s*$", "", row) for row in rows])
    cells = tuple(tuple(leaf(cell) for cell in re.split(r"(?<!\\)&|⟨&⟩", row)) for row in rows)
    return Matrix(rows=cells) if cells and len({len(row) for row in cells}) == 1 else None


def _bracketed(text: str) -> Form | None:
    """Something that one pair of brackets encloses: a tuple, an interval, a set."""
    bare = text.strip()
    for opening, closing in (("\\{", "\\}"), ("\\langle", "\\rangle")):
        if bare.startswith(opening) and bare.endswith(closing) and _closes_at_end(bare, opening, closing):
            inside = bare[len(opening) : -len(closing)].strip()
            if opening == "\\{" and (condition := re.fullmatch(r"\s*\w\s*(?:\||:)(.+)", inside)):
                return _form(condition[1])
            parts = _split(inside, re.compile(r","))
            forms = tuple(_form(part) for part in parts if part.strip())
            return Several(items=forms, ordered=opening != "\\{") if forms else Words(text="none")
    if len(bare) < 2 or bare[0] not in "([{]" or bare[-1] not in ")]}[" or not _closes_at_end(bare):
        return None
    if bare[0] == "{" and bare[-1] == "}":
        inside = bare[1:-1]
        parts = _split(inside, re.compile(r","))
        return (
            Several(items=tuple(_form(part) for part in parts))
            if len(parts) > 1
            else _form(inside)
            if inside.strip()
            else None
        )
    inside = bare[1:-1]
    parts = _split(inside, re.compile(r",|;"))
    rows = [part.strip() for part in parts]
    if len(rows) > 1 and all(row.startswith("[") and row.endswith("]") for row in rows):  # as programs print a matrix
        cells = tuple(tuple(leaf(cell) for cell in _split(row[1:-1], re.compile(","))) for row in rows)
        return Matrix(rows=cells) if len({len(row) for row in cells}) == 1 else None
    if len(parts) == 1:
        return _form(inside) if bare[0] == "[" else None
    if len(parts) == 2 and not any(JAPANESE.search(part) for part in parts):
        sure = (bare[0], bare[-1]) not in (("(", ")"), ("[", "]")) or any("\\infty" in part for part in parts)
        if sure or not any("=" in part for part in parts):
            return Interval(
                left=leaf(parts[0]),
                right=leaf(parts[1]),
                left_open=bare[0] in "(]",
                right_open=bare[-1] in ")[",
                sure=sure,
            )
    return Several(items=tuple(_form(part) for part in parts), ordered=True)


def _closes_at_end(text: str, opening: str = "", closing: str = "") -> bool:
    """Whether the bracket at the start is closed by the one at the end."""
    if opening:
        return closing not in text[len(opening) : -len(closing)]
    depth = 0
    for position, character in enumerate(text):
        if position and text[position - 1] == "\\":
            continue
        depth += (character in "({[") or (character == "]" and position == 0)
        depth -= (character in ")}]" and position > 0) or (character == "[" and position == len(text) - 1)
        if depth <= 0 and position < len(text) - 1:
            return False
    return True


def _single(text: str) -> Form:
    signs = [found[0] for found in _RELATION.finditer(text)]
    if signs:
        sides = _RELATION.split(text)
        if all(side.strip() for side in sides):
            return Chain(sides=tuple(leaf(side) for side in sides), signs=tuple(_SIGN_OF[sign] for sign in signs))
    sides = [side.strip() for side in _split(text, re.compile(r"(?<![<>!:])=(?!=)|\\equiv(?![a-z])"))]
    if len(sides) > 1 and all(sides):
        return _equation(sides)
    if ":" in text and len(parts := [part.strip() for part in text.split(":")]) > 1 and all(parts):
        return Ratio(parts=tuple(leaf(part) for part in parts))
    approximate = re.split(r"\\approx|\\fallingdotseq", text)
    if len(approximate) > 1:  # exact ≈ decimal: the exact one is the answer
        return _single(approximate[0])
    if "\\pm" in text or "\\mp" in text:
        both = [text.replace("\\pm", first).replace("\\mp", second) for first, second in (("+", "-"), ("-", "+"))]
        return Several(items=tuple(_value(re.sub(r"^\s*\+", "", one)) for one in both))
    return _value(text)


def _equation(sides: list[str]) -> Form:
    if len(sides) > 2 and _NAME.fullmatch(sides[0]):
        sides = [sides[0], sides[-1]]
    elif len(sides) > 2:
        return _form(sides[-1])
    left, right = sides
    if ":" in left and ":" in right:
        return _form(right)
    if names := re.fullmatch(r"\(\s*([A-Za-z]\w?(?:\s*,\s*[A-Za-z]\w?)+)\s*\)", left):
        return _tuple(names[1].split(","), right)
    if _NAME.fullmatch(left) or JAPANESE.search(left):
        form = _form(right)
        name = re.sub(r"[\s{}]|\\vec|\\overrightarrow", "", left)
        match form:
            case Value():
                return form.model_copy(update={"name": name})
            case Several(ordered=False):
                return form.model_copy(
                    update={
                        "items": tuple(
                            item.model_copy(update={"name": name}) if isinstance(item, Value) else item
                            for item in form.items
                        )
                    }
                )
        return form
    if _NAME.fullmatch(right) and re.fullmatch(r"[-\d./\\{}frac\s]+", left):
        return _equation([right, left])
    return Equation(left=leaf(left), right=leaf(right))


def _tuple(names: list[str], right: str) -> Form:
    """(x, y) = (1, 2), or several such points."""
    form = _form(right)
    if isinstance(form, Interval):
        form = Several(items=(_value(form.left), _value(form.right)), ordered=True)
    if isinstance(form, Several) and form.ordered and len(form.items) == len(names):
        return Several(
            items=tuple(
                item.model_copy(update={"name": name.strip()}) if isinstance(item, Value) else item
                for item, name in zip(form.items, names, strict=True)
            )
        )
    return form


def _value(text: str) -> Value:
    text, name = text.strip(), ""
    if of := _OF_WHAT.match(text):
        name, text = of[1], text[of.end() :]
    unit = ""
    if found := re.search(r"\{unit!([^{}]+)\}$", text):
        text, unit = text[: found.start()].strip(), found[1].replace("{", "").replace("}", "")
    elif (found := re.fullmatch(r"(\d+)_\{?(\d{1,2})\}?", text)) and f"base{found[2]}" in UNITS:
        text, unit = found[1], f"base{found[2]}"
    elif found := re.fullmatch(r"([$¥])\s*(.+)", text):
        unit, text = found[1], found[2]
    elif re.search(r"\\(?:sin|cos|tan)", text):
        text = re.sub(r"(\d+(?:\.\d+)?)\s*\^\{\\circ\}", r"(\1\\pi/180)", text)
    elif found := re.search(r"\^\{\\circ\}\s*C?$", text):
        text, unit = text[: found.start()], "deg"
    else:
        text, unit = split_unit(re.sub(r"(?<=m)\^\{([23])\}$", r"^\1", text))
    if many := re.fullmatch(r"([\d.]+)\s*(thousand|million|billion)", text):
        text = in_digits(many[1] + {"thousand": "千", "million": "百万", "billion": "十億"}[many[2]])
    if (big := re.sub(r"\s", "", text)) and re.fullmatch(r"[\d.]+(?:兆|億|万|千)[\d.兆億万千]*", big):
        text = in_digits(big)
    latex = leaf(text)
    decimals = _DECIMAL.fullmatch(latex)
    return Value(latex=latex, unit=unit, name=name, decimals=len(decimals[1]) if decimals else None)

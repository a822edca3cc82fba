"""Fold: one spelling for all spellings of a term, so that 二次関数, 2次関数 and ２次函数 are looked up alike."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

__all__ = ["fold"]

_VARIANTS = str.maketrans(
    {
        "函": "関",
        "羃": "冪",
        "巾": "冪",
        "ヴ": "ブ",
        "·": "・",
        "‐": "-",
        "‑": "-",
        "–": "-",
        "—": "-",
        "−": "-",
        "’": "'",
        "ʼ": "'",
    }
)
_KANJI_DIGITS = str.maketrans("一二三四五六七八九", "123456789")
_COUNTED = re.compile(r"[一二三四五六七八九]+(?=次|元|階|重|項|乗|変|辺|角|点|面|年|番|桁|つの|進|個|倍|値|標|者|等)")
_JOINERS = re.compile(r"[・＝=･\sッ-]+")
"""Japanese spells foreign names with and without these."""
_SMALL = re.compile(r"(?<=[ァ-ヺ])ー(?![ァ-ヺ])")
_JAPANESE = re.compile("[\u3041-\u30ff\u4e00-\u9fff]")
_PLURAL_KEPT = ("ss", "us", "is", "series", "statistics", "mathematics", "calculus")
_IRREGULAR = {
    "matrices": "matrix",
    "vertices": "vertex",
    "indices": "index",
    "radii": "radius",
    "formulae": "formula",
    "lemmata": "lemma",
    "criteria": "criterion",
    "axes": "axis",
    "loci": "locus",
    "foci": "focus",
    "moduli": "modulus",
    "simplices": "simplex",
    "hypotheses": "hypothesis",
    "polyhedra": "polyhedron",
    "bases": "basis",
    "primes": "prime",
    "squares": "square",
    "cubes": "cube",
    "series": "series",
}


@lru_cache(maxsize=65536)
def fold(term: str) -> str:
    """Width, case, dashes, accents, possessives, plurals, 二次/2次, 函数/関数, marks between Japanese names are evened out."""
    text = unicodedata.normalize("NFKC", term).translate(_VARIANTS).strip()
    if _JAPANESE.search(text):
        text = _COUNTED.sub(lambda found: found[0].translate(_KANJI_DIGITS), text)
        text = _JOINERS.sub("", text).replace("の", "").lower()
        return _SMALL.sub("", text)
    text = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    words = re.sub(r"[^a-z0-9']+", " ", text).replace("'s ", " ").replace("s' ", "s ").replace("'", "").split()
    return " ".join(_singular(word) for word in words)


def _singular(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) > 3 and word.endswith("ies") and word != "series":
        return f"{word[:-3]}y"
    if len(word) > 4 and word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(_PLURAL_KEPT):
        return word[:-1]
    return word

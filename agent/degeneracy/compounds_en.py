"""English compounds with a mathematical head: “the X theorem”, “Y number”, “law of Z”."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from agent.degeneracy.compounds import Candidate
from agent.degeneracy.lexicon import Lexicon, fold
from agent.degeneracy.mask import Masked
from agent.degeneracy.wording import ORDINARY_EN, STOP_EN

__all__ = ["english"]

_NAMED = frozenset("theorem lemma inequality identity law conjecture postulate axiom criterion principle rule".split())
_MADE = frozenset(
    "formula equation function polynomial matrix sequence series transform transformation distribution number test coefficient "
    "constant determinant index quotient modulus statistic invariant relation numeral ordinal reciprocity dichotomy offset "
    "ladder operator kernel norm radix correspondence decomposition expansion".split()
)
_RESULTS = frozenset(("theorem", "lemma", "inequality", "law"))
_FORMS = {
    **{word: word for word in (*_NAMED, *_MADE)},
    **{f"{word}s": word for word in (*_NAMED, *_MADE)},
    "matrices": "matrix",
    "formulae": "formula",
    "lemmata": "lemma",
    "inequalities": "inequality",
    "identities": "identity",
    "criteria": "criterion",
}
_WORD = re.compile(r"[A-Za-zÀ-ž](?:[A-Za-zÀ-ž'’.\-–0-9]*[A-Za-zÀ-ž0-9])?(?:['’](?![A-Za-z]))?")
_MAX_MODIFIERS = 5
_MAX_NAME = 7
_GAPS = frozenset((" ", "\n", "-", "–", "*", " *", "**", " **"))
_CALLED = re.compile(r"\b(?:call|called|calls|define|defined|denote|dub|say|term|termed)\b[^.\n]{0,60}$", re.IGNORECASE)
_NUMBERED = re.compile(r"\s*(?:\(?\d|[:A-Z]\b)")


def english(masked: Masked, problem: str, lexicon: Lexicon) -> Iterator[Candidate]:
    """The compounds that nothing attests, in the order of the text."""
    words = list(_WORD.finditer(masked.prose))
    folded_problem = f" {fold(problem)} "
    for position, found in enumerate(words):
        head = _FORMS.get(found[0].lower())
        if head is None or _is_modifier(masked.prose, words, position):
            continue
        modifiers = _modifiers(masked.prose, words, position)
        verdict = (
            _judge(masked, words, position, modifiers, head, folded_problem, lexicon)
            if modifiers
            else _of_phrase(masked, words, position, head, folded_problem, lexicon)
        )
        if verdict is not None:
            yield verdict


def _is_modifier(prose: str, words: list[re.Match[str]], position: int) -> bool:
    """Whether a head stands before another: the harmonic quotient number."""
    after = words[position + 1] if position + 1 < len(words) else None
    return (
        after is not None
        and after[0].lower() in _FORMS
        and words[position][0].lower() not in _NAMED
        and prose[words[position].end() : after.start()] == " "
    )


def _modifiers(prose: str, words: list[re.Match[str]], position: int) -> list[re.Match[str]]:
    """The words right before the head that belong to it."""
    taken: list[re.Match[str]] = []
    right = words[position]
    for word in reversed(words[max(0, position - _MAX_MODIFIERS) : position]):
        gap = prose[word.end() : right.start()]
        low = word[0].lower()
        if gap not in _GAPS or low in STOP_EN or (low in _FORMS and low in _NAMED):
            break
        taken.insert(0, word)
        right = word
    return taken


def _judge(
    masked: Masked,
    words: list[re.Match[str]],
    position: int,
    modifiers: list[re.Match[str]],
    head: str,
    problem: str,
    lexicon: Lexicon,
) -> Candidate | None:
    end = words[position].end()
    # Names may hold words that stop a compound elsewhere: mean value theorem, sum of angles formula.
    for word in words[max(0, position - _MAX_NAME) : position]:
        if word.start() <= modifiers[0].start() and fold(masked.prose[word.start() : end]) in lexicon.by_name:
            return None
    if _goes_on(masked.prose, words, position, modifiers, lexicon):
        return None
    while modifiers and _ordinary(modifiers[0][0]):
        modifiers = modifiers[1:]
    if not modifiers:
        return None
    names = [word[0] for word in modifiers]
    core = fold(" ".join([*names, head]))
    plain = fold(" ".join([*(name for name in names if name.lower() not in _ORDINALS), head]))
    if core in lexicon.by_name or plain in lexicon.by_name or f" {core} " in problem:
        return None
    for cut in range(1, len(names)):
        rest = fold(" ".join([*names[cut:], head]))
        if rest in lexicon.by_name:
            # Whatever stands before the name of a result makes another name of it: the upstream remainder theorem.
            another = head in _RESULTS and not all(map(_ordinary, names[:cut]))
            if not another and not any(_is_name(name) or _claims(name, lexicon) for name in names[:cut]):
                return None
    if head in _MADE and not _technical(names, masked.prose, modifiers, lexicon):
        return None
    if head in _MADE | {"rule", "law", "inequality", "identity"} and fold(" ".join(names)) in lexicon.by_name:
        return None
    if head not in _NAMED and _CALLED.search(masked.prose, max(0, modifiers[0].start() - 80), modifiers[0].start()):
        return None
    if head in _NAMED and all(_ordinary(name) or name.lower() in _PLAIN for name in names):
        return None
    start = modifiers[0].start()
    return Candidate(masked.text[start:end], start, head in _NAMED)


def _goes_on(
    prose: str, words: list[re.Match[str]], position: int, modifiers: list[re.Match[str]], lexicon: Lexicon
) -> bool:
    """Whether an attested name begins here and goes on behind the head: Newton's law of cooling."""
    if words[position + 1 : position + 2] and words[position + 1][0].lower() in ("of", "for", "on"):
        for word in words[position + 2 : position + _MAX_NAME]:
            if any(fold(prose[modifier.start() : word.end()]) in lexicon.by_name for modifier in modifiers):
                return True
    return False


_ORDINALS = frozenset("first second third fourth fifth 1st 2nd 3rd 4th i ii iii".split())
_PLAIN = frozenset(
    "divisibility triangle triangles circle circles angle angles logarithm exponent exponents sum product difference".split()
)


def _of_phrase(
    masked: Masked, words: list[re.Match[str]], position: int, head: str, problem: str, lexicon: Lexicon
) -> Candidate | None:
    """“Law of Large Numbers”: the words behind an “of” belong to the name where they are capitalised like one."""
    if head not in _NAMED or position + 2 > len(words) - 1 or words[position + 1][0].lower() not in ("of", "for"):
        return None
    if masked.prose[words[position].end() : words[position + 1].start()] != " ":
        return None
    after: list[re.Match[str]] = []
    left = words[position + 1]
    for word in words[position + 2 : position + 7]:
        if masked.prose[left.end() : word.start()] != " ":
            break
        after.append(word)
        left = word
    spans = [masked.prose[words[position].start() : word.end()] for word in after]
    if not after or any(fold(span) in lexicon.by_name or f" {fold(span)} " in problem for span in spans):
        return None
    capital = [word for word in after if word[0][:1].isupper()]
    if not (words[position][0][:1].isupper() and after[0][0][:1].isupper()):
        return None
    end = capital[-1].end()
    start = words[position].start()
    return Candidate(masked.text[start:end], start, named=True)


@lru_cache(maxsize=65536)
def _ordinary(word: str) -> bool:
    low = word.lower().replace("'", "").replace("’", "")
    return low in ORDINARY_EN or len(low) < 3 or low.endswith(_ORDINARY_ENDS) or (low.endswith("ly") and len(low) > 4)


_ORDINARY_ENDS = ("est", "-degree", "-digit", "-order", "-term", "-variable", "-sided", "-step", "-point", "-valued")


def _claims(word: str, lexicon: Lexicon) -> bool:
    """A word of mathematics, which makes another name of an attested one: the arithmetic cosine law."""
    return not _ordinary(word) and any(part in lexicon.modifiers for part in fold(word).split())


def _is_name(word: str) -> bool:
    return word[:1].isupper() and not word.isupper()


def _technical(names: list[str], prose: str, modifiers: list[re.Match[str]], lexicon: Lexicon) -> bool:
    """Whether a modifier is a word of mathematics or a name: “harmonic number” is a claim, “locker number” is not."""
    for name, word in zip(names, modifiers, strict=True):
        if _claims(name, lexicon):
            return True
        starts = (
            word.start() == 0
            or prose[: word.start()].rstrip()[-1:] in ".!?:\n"
            or prose[max(0, word.start() - 2) : word.start()].strip() == ""
        )
        if _is_name(name) and not starts:
            return True
    return False

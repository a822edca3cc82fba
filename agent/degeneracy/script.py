"""Script and language: is the text written in the language of the problem?

Told by characters (Hangul, Cyrillic, characters that only simplified Chinese has) and by function words (Chinese without kana,
Spanish, French, …). A foreign word or two is no finding; a sentence is. It does not tell traditional Chinese names from Japanese.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from agent.degeneracy.mask import Masked
from agent.types import Finding, Language

__all__ = ["script", "simplified"]

_ALLOWED = (
    "LATIN",
    "GREEK",
    "DIGIT",
    "CJK",
    "HIRAGANA",
    "KATAKANA",
    "KATAKANA-HIRAGANA",
    "FULLWIDTH",
    "HALFWIDTH",
    "IDEOGRAPHIC",
)
_LETTERLIKE = frozenset(
    "MATHEMATICAL DOUBLE-STRUCK SCRIPT BLACK-LETTER MODIFIER FEMININE MASCULINE ALEF BET GIMEL DALET KELVIN ANGSTROM MICRO OHM "
    "SUPERSCRIPT SUBSCRIPT PLANCK".split()
)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_UNUSUAL = re.compile("[^\x00-\u024f\u0370-\u03ff\u2000-\u206f\u2190-\u2bff\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_HAN_RUN = re.compile(f"[{_HAN}]+")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_JAPANESE = re.compile(f"[\u3041-\u3096\u30a1-\u30fa{_HAN}]")
_CLAUSE = re.compile(r"[^\n。.!?！？;；]+")
_CHINESE = re.compile(
    "我们|我們|首先|因此|所以|然后|然後[^\u3041-\u3096]|可以|根据|根據|其中|这|個是|是[^\u3041-\u3096非正認]|了[，。]|为了|解得|即可|得到|如果|需要|"
    "和为|等于|等於|以及|那么|那麼|求出|由此|令|的[^\u3041-\u3096]{0,8}[若設則是為將]|[若設則是為將][^\u3041-\u3096]{0,12}的[^\u3041-\u3096]"
)
"""Words of Chinese that Japanese does not write in this way; they count only in clauses without kana."""
_CHINESE_ONLY = re.compile(
    r"因此|首先[，,]|其中[，,]|接下来|由此|从而|也就是|等于|等於|得到|解得|即可|答案是|答案为|是(?:整数|正整数|素数|一个|一個|不)|求解[，。]"
    r"|(?<![\u4e00-\u9fff々])的(?![をにがはの中確外])|所需|(?<![\u4e00-\u9fff々])在(?![庫宅籍学住校米日来りる])"
    r"|(?<![\u4e00-\u9fff])所以[，,]|(?<![\u4e00-\u9fff])然后|可以[^\u3041-\u3096]"
    r"|(?<=[A-Za-z0-9])\s*和\s*(?=[A-Za-z])|(?<=[A-Za-z])\s*和\s*(?=[0-9])|并集|并且|后的|以下是|横坐|纵坐"
    r"|(?<![国社如])是(?![非正認々がに])|(?<![終完修満校読未魅投])了(?![解承知見する])|求得|得出|得知|(?<![一])把(?![握持手])"
    r"|[等大小由位関対]于|于是|(?<!形)而(?!して|も|立|上)|(?<!尚)且(?!つ|又)|之(?:和|比|差|間|积)|无|(?<=[A-Za-z0-9])与(?=[A-Za-z0-9])"
    r"|(?:将|若|由|即)(?=[A-Za-z]\s?[=≠<>(])|(?<![\u4e00-\u9fff])(?:如果|或者|我們|他們|這個|這是)"
)
"""Words that are Chinese even next to kana."""
_MIN_HAN = 5
_LATIN_WORD = re.compile(r"[A-Za-zÀ-ɏ]+(?:['’][A-Za-zÀ-ɏ]+)?")
_ENGLISH = frozenset(
    "the of to and in is that for are with we be this by as on it can if then from so have which find let each number first "
    "will use given not you now since where there at all one two value need our because when therefore answer has solve its".split()
)
_OTHERS = {
    "Spanish": "el la los las de del que en es un una por para con se su lo como si más entonces número cada tenemos".split(),
    "French": "le la les des du de est un une pour dans que qui nous avec sur par donc si on au aux ce cette et nombre".split(),
    "German": "der die das und ist ein eine von zu den mit wir für auf dem nicht sich des im auch es also wenn zahl".split(),
    "Portuguese": "o os as de do da que em é um uma por para com se não dos das mais então número cada temos".split(),
    "Italian": "il lo la gli le di che è un una per con del della non si i nel sono quindi se numero ogni abbiamo".split(),
    "Indonesian": "yang dan di dari untuk dengan adalah ini itu kita pada dalam maka jika akan tidak jumlah setiap".split(),
    "Vietnamese": "của là và các có cho một được trong với số ta này không khi".split(),
    "Turkish": "ve bir bu için ile olarak olan da de ne sayısı".split(),
    "Polish": "i w na jest z do że się nie to liczba oraz dla".split(),
}
_MIN_WORDS = 5
"""Words of a clause before its language is judged: shorter ones are names, units and labels."""
_MANY_WORDS, _MIN_DIFFERENT = 8, 3
_ENGLISH_SHARE, _OTHER_SHARE = 0.25, 0.34
"""Share of function words that makes a clause English, or another language; fitted on the development part of the corpus."""


def script(masked: Masked, problem: str, language: Language, *, reader: bool = False) -> tuple[Finding, ...]:
    """Findings for what is not in the ``language`` of the problem, in the order of the text.

    Foreign characters that the problem itself holds are no finding. Severity: hard for what a person is to read (``reader``), and
    for scripts that no prompt of ours uses; reasoning in English or Japanese about a problem in the other language is soft.
    """
    known = set(problem)
    # Words of another script count wherever they are: in strings of a program, in \\text{…} of a formula.
    words = _with_foreign(masked)
    found = [*_foreign_characters(words, masked, known)]
    if language == "ja":
        found += _chinese(words, masked, known)
        found += _sentences(masked, "ja", reader)
    else:
        found += _japanese_in_english(masked, problem, reader)
        found += _sentences(masked, "en", reader)
    return tuple(sorted(_merged(found), key=lambda finding: finding.start))


def _with_foreign(masked: Masked) -> str:
    """The prose, and of what is masked all that is not ASCII."""
    words = list(masked.prose)
    for found in _NOT_ASCII.finditer(masked.text):
        words[found.start() : found.end()] = found[0]
    return "".join(words)


def _finding(rule: str, message: str, start: int, end: int, *, hard: bool) -> Finding:
    severity = "hard" if hard else "soft"
    return Finding(kind="script", rule=rule, severity=severity, message=message, start=start, end=end)


@lru_cache(maxsize=8192)
def _script_of(character: str) -> str:
    """The first word of the character's Unicode name where it is a letter, else nothing."""
    if character.isascii() or not unicodedata.category(character).startswith("L"):
        return ""
    return unicodedata.name(character, "UNNAMED").split()[0]


def _foreign_characters(words: str, masked: Masked, known: set[str]) -> Iterator[Finding]:
    """Runs of letters of scripts that neither Japanese nor English mathematics uses."""
    spots = [
        (found.start(), name)
        for found in _UNUSUAL.finditer(words)
        if (name := _script_of(found[0]))
        and not name.startswith(_ALLOWED)
        and name not in _LETTERLIKE
        and found[0] not in known
    ]
    start = 0
    while start < len(spots):
        end = start
        while end + 1 < len(spots) and spots[end + 1][0] - spots[end][0] <= 3:
            end += 1
        if end > start or spots[start][1] != "CYRILLIC":
            name = spots[start][1].capitalize()
            yield _finding(
                "foreign_script",
                f"{name} letters: “{_clip(masked.text[spots[start][0] : spots[end][0] + 1])}”",
                spots[start][0],
                spots[end][0] + 1,
                hard=True,
            )
        start = end + 1


@lru_cache(maxsize=8192)
def simplified(character: str) -> bool:
    """Whether mainland China's standard set (GB 2312) has the character and Japan's (JIS X 0208, by Shift JIS) has not."""
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    try:
        character.encode("cp932")
    except UnicodeEncodeError:
        return True
    return False


def _chinese(words: str, masked: Masked, known: set[str]) -> Iterator[Finding]:
    """Characters that only simplified Chinese has, and clauses of Chinese words without any kana."""
    for clause in _CLAUSE.finditer(words):
        text = clause[0]
        runs = list(_HAN_RUN.finditer(text))
        if not runs:
            continue
        odd = [
            clause.start() + position
            for position, character in enumerate(text)
            if not character.isascii()
            and simplified(character)
            and character not in known
            and "\u4e00" <= character <= "\u9fff"
        ]
        start, end = clause.start() + runs[0].start(), clause.start() + runs[-1].end()
        han = sum(len(run[0]) for run in runs)
        written = bool(odd)
        foreign = [found.span() for found in _CHINESE_ONLY.finditer(text) if not known.issuperset(found[0])]
        odd += [clause.start() + edge for span in foreign for edge in (span[0], span[1] - 1)]
        if odd:
            odd.sort()
            span = (start, end) if not _KANA.search(text) else (odd[0], odd[-1] + 1)
            words_found = any(end - start > 1 for start, end in foreign)
            rule = "simplified" if written and not words_found else "chinese"
            yield _finding(rule, f"Chinese: “{_clip(masked.text[span[0] : span[1]])}”", *span, hard=True)
        elif han >= _MIN_HAN and not _KANA.search(text) and _CHINESE.search(text):
            yield _finding("chinese", f"a clause in Chinese: “{_clip(masked.text[start:end])}”", start, end, hard=True)


def _japanese_in_english(masked: Masked, problem: str, reader: bool) -> Iterator[Finding]:
    """Chinese or Japanese clauses in an English text."""
    if _JAPANESE.search(problem):
        return
    for clause in _CLAUSE.finditer(masked.prose):
        letters = _JAPANESE.findall(clause[0])
        if len(letters) < 3:
            continue
        first = _JAPANESE.search(clause[0])
        assert first is not None
        start = clause.start() + first.start()
        end = clause.start() + max(found.end() for found in _JAPANESE.finditer(clause[0]))
        japanese = bool(_KANA.search(clause[0]))
        name = "Japanese" if japanese else "Chinese"
        yield _finding(
            "other_language",
            f"{name} in an English text: “{_clip(masked.text[start:end])}”",
            start,
            end,
            hard=reader or not japanese,
        )


def _sentences(masked: Masked, language: Language, reader: bool) -> Iterator[Finding]:
    """Clauses of words in the Latin script: their language by function words. Comments of programs may be English anywhere."""
    prose = masked.outside if language == "ja" else masked.prose
    for clause in _CLAUSE.finditer(prose):
        if not prose[clause.start() : clause.end()].strip() or masked.prose[clause.start() : clause.end()].isspace():
            continue
        found = _LATIN_WORD.findall(masked.prose[clause.start() : clause.end()])
        words = [word.lower() for word in found if len(word) > 1]  # single letters are variables
        if len(words) < _MIN_WORDS:
            continue
        english = sum(word in _ENGLISH for word in words) / len(words)
        name, share = max(
            ((name, sum(word in common for word in words) / len(words)) for name, common in _OTHERS.items()),
            key=lambda pair: pair[1],
        )
        start = clause.start() + len(clause[0]) - len(clause[0].lstrip())
        different = len({word for word in words if word in _OTHERS[name]})
        if share >= _OTHER_SHARE and share > english + 0.1 and different >= _MIN_DIFFERENT:
            yield _finding(
                "other_language",
                f"a clause in {name}: “{_clip(masked.text[start : clause.end()])}”",
                start,
                clause.end(),
                hard=True,
            )
        elif (
            language == "ja"
            and english >= _ENGLISH_SHARE
            and (len(words) >= _MANY_WORDS or not _KANA.search(clause[0]))
        ):
            yield _finding(
                "other_language",
                f"English in a Japanese text: “{_clip(masked.text[start : clause.end()])}”",
                start,
                clause.end(),
                hard=reader,
            )


def _merged(findings: list[Finding]) -> list[Finding]:
    """Neighbours of one rule become one finding: twenty clauses of Chinese are one defect."""
    findings = sorted(findings, key=lambda finding: (finding.rule, finding.start))
    if not findings:
        return []
    merged = [findings[0]]
    for before, after in pairwise(findings):
        last = merged[-1]
        if after.rule == before.rule and after.start - last.end <= 40:
            merged[-1] = last.model_copy(update={"end": max(last.end, after.end)})
        else:
            merged.append(after)
    return merged


def _clip(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 40 else f"{text[:37]}…"

"""Japanese compounds with a mathematical head: runs of kanji, katakana and letters, also with one の before the head."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from agent.degeneracy.compounds import Candidate
from agent.degeneracy.lexicon import Lexicon, fold
from agent.degeneracy.mask import Masked
from agent.degeneracy.script import simplified
from agent.degeneracy.wording import COUNTED_JA, MODIFIERS_JA, QUANTITIES_JA

__all__ = ["japanese"]

_NAMED = ("定理", "公式", "補題", "法則", "原理", "不等式", "恒等式", "予想", "公理")
_MADE = (
    "関数",
    "函数",
    "行列",
    "行列式",
    "数列",
    "級数",
    "変換",
    "分布",
    "多項式",
    "方程式",
    "写像",
    "空間",
    "数",
    "法",
)
_HEADS = tuple(sorted({*_NAMED, *_MADE}, key=len, reverse=True))
_DESCRIBED = frozenset(("公式", "方程式", "不等式", "関数", "函数", "法則", "数列", "行列"))
"""Heads before which any attested thing may stand: 円の面積の公式, 直線の方程式."""
_JA = "\u4e00-\u9fff々ァ-ヺー"
_RUN = re.compile(
    f"[{_JA}A-Za-z0-9α-ωΑ-Ω０-９Ａ-Ｚａ-ｚ](?:[{_JA}A-Za-z0-9α-ωΑ-Ω０-９Ａ-Ｚａ-ｚ・]|[-–=＝](?=[{_JA}A-Za-z]))*"
)
_OF = re.compile(f"((?:[{_JA}A-Za-z0-9α-ωΑ-Ω・]|[-–=＝'’ ](?=[{_JA}A-Za-z]))+)\\s?の\\s?$")
_PERSON = re.compile("([ァ-ヺー・]{3,})の$")
_KATAKANA = re.compile("[ァ-ヺー＝=]{2,}")
_HAS_JAPANESE = re.compile(f"[{_JA}]")
_FREE = re.compile(
    rf"(?:{'|'.join(sorted(map(re.escape, MODIFIERS_JA), key=len, reverse=True))}|[A-Za-zα-ω0-9０-９・])*"
)
_COUNTED = re.compile(rf"(?:.*)(?:{COUNTED_JA})")
_METHODS = re.compile(
    r"(?:計算|証明|解|求|算出|判定|表示|記述|表記|変形|分類|整理|数え|考え|並べ|選び|作図|検算|筆算|確認|解決|解答|説明|分析|学習|利用|使用)"
)
_LAST, _LAST_BUT_ONE = frozenset(head[-1] for head in _HEADS), frozenset(head[-2:-1] for head in _HEADS)
_CHINESE = re.compile(r"是|要解|的[一二三四五六七八九十]|[\u4e00-\u9fff]出方程|^(?:定義|使用|計算|求|設).*函数$")
_DOINGS = (
    "計算",
    "証明",
    "変形",
    "代入",
    "積分",
    "微分",
    "近似",
    "展開",
    "分解",
    "判定",
    "推定",
    "検定",
    "消去",
    "置換",
)
_CALLED = re.compile(r"と(?:呼|よ)(?:ぶ|び|ば|ん)|と(?:いう|言う|名付|名づけ|定義|定め)|とは")
_STRICT = frozenset(("定理", "補題", "法則", "原理", "恒等式", "予想", "公理"))
_PLAIN = re.compile(
    r"(?!次元)(?:第|[0-9０-９n]|使用|利用|適用|関連|各|同|上記?|下記?|前述?|後述|次|逆|一般化?|拡張|弱|強|該当|有名|以下|以上|基本|基礎|重要|標準|主|本|元|旧|新|諸|両|一連|この|代表的|古典的?|初等的?|つ|個|的)*"
)
"""Modifiers that may stand before the name of a result; others make another name of it."""
_MIN_MISSPELT = 4


def japanese(masked: Masked, problem: str, lexicon: Lexicon) -> Iterator[Candidate]:
    """The compounds that nothing attests, in the order of the text."""
    folded_problem = fold(problem)
    for found in _RUN.finditer(masked.prose):
        run = found[0]
        head = run[-4:].endswith(_HEADS) and next((head for head in _HEADS if run.endswith(head)), None)
        if not head:
            begins = _misspelt(run, masked.prose, found.start(), folded_problem, lexicon)
            if begins is not None:
                yield Candidate(masked.prose[begins : found.end()], begins, named=True)
            continue
        if not _HAS_JAPANESE.search(run) or any(map(simplified, run)) or _CHINESE.search(run):
            continue  # Chinese is another finding
        start = found.start()
        before = _OF.search(masked.prose, max(0, start - 40), start)
        if before is not None and head not in _NAMED and "・" not in before[1]:
            before = None
        if before is not None:
            whole = masked.prose[before.start(1) : found.end()].lstrip()
            if fold(whole) in lexicon.by_name and (
                person := _PERSON.search(masked.prose, max(0, start - 40), before.start(1))
            ):
                name = masked.prose[person.start() : found.end()]
                if fold(person[1]) in lexicon.owners and not {fold(name)} & {*lexicon.by_name, folded_problem}:
                    yield Candidate(name, person.start(), named=True)
                continue
            verdict = _owned(whole, before[1].strip(), run, head, folded_problem, lexicon)
            if verdict is not None:
                if verdict and not any(map(simplified, whole)):
                    yield Candidate(whole, found.end() - len(whole), named=True)
                continue
        if run == head or _accepted(run, head, folded_problem, lexicon):
            continue
        if head not in _NAMED and _CALLED.match(
            masked.text, found.end() + (masked.text[found.end() : found.end() + 1] in "」』”")
        ):
            continue
        yield Candidate(run, start, head in _NAMED)


def _owned(whole: str, owner: str, run: str, head: str, problem: str, lexicon: Lexicon) -> bool | None:
    """“X の Y 定理”: True where it is unattested, False where it is accepted, None where Y 定理 is to be judged by itself."""
    if not owner or fold(whole) in lexicon.by_name:
        return False
    if head not in _NAMED:  # ベルヌーイ・メネラウスの逆数変換
        return True if _is_person(owner) and fold(whole) not in problem else None
    is_name = "・" in owner or fold(owner) in lexicon.owners
    if run != head:
        return True if is_name and fold(whole) not in problem else None
    if is_name:
        return fold(whole) not in problem
    described = head in _DESCRIBED and len(owner) > 1 and _is_thing(owner, problem, lexicon)
    return not (described or _FREE.fullmatch(owner))


def _is_person(owner: str) -> bool:
    return all(part and _KATAKANA.fullmatch(part) for part in owner.split("・"))


def _misspelt(run: str, prose: str, start: int, problem: str, lexicon: Lexicon) -> int | None:
    """Where a name begins that would be attested if one character of its head were another: 余弦底理, 二項分付; also 解の講式."""
    if run[-1] not in _LAST and run[-2:-1] not in _LAST_BUT_ONE:
        return None
    name = fold(run)
    if name in lexicon.by_name:
        return None
    if not _MIN_MISSPELT <= len(name) <= 14:
        before = _OF.search(prose, max(0, start - 20), start) if len(name) == 2 else None
        name = fold(before[1] + run) if before else ""
        start = before.start(1) if before else start
    if len(name) < _MIN_MISSPELT - 1 or name in lexicon.by_name or name in problem:
        return None
    near = any(f"{name[:at]}?{name[at + 1 :]}" in lexicon.headless for at in range(max(1, len(name) - 3), len(name)))
    return start if near else None


def _accepted(compound: str, head: str, problem: str, lexicon: Lexicon) -> bool:
    name = fold(compound)
    if name in lexicon.by_name or (len(name) > len(head) + 1 and name in problem):
        return True
    modifier = name[: -len(fold(head))]
    free = _PLAIN if head in _STRICT else _FREE
    if len(modifier) < 2 or free.fullmatch(modifier):
        return True
    # An attested term with a free modifier before it: 一般二項定理, 第2余弦定理, x座標関数.
    for cut in range(1, len(name) - 1):
        if name[cut:] in lexicon.by_name and name[cut:] != head and free.fullmatch(name[:cut]):
            return True
    if head == "数":
        return _COUNTED.fullmatch(modifier) is not None or _is_counted(modifier, problem, lexicon)
    if head == "法":
        return (
            modifier.endswith("方")
            or _METHODS.fullmatch(modifier) is not None
            or (modifier.endswith(_DOINGS) and modifier in lexicon.by_name)
        )
    return head in _DESCRIBED and _is_thing(modifier, problem, lexicon)


@lru_cache(maxsize=4096)
def _suffixes(name: str) -> tuple[str, ...]:
    return tuple(name[cut:] for cut in range(len(name) - 1))


def _is_thing(name: str, problem: str, lexicon: Lexicon) -> bool:
    """An attested term, a quantity or a word of the problem, perhaps with a free modifier: the area of a circle has a formula."""
    name = fold(name)
    if name in QUANTITIES_JA:
        return True
    if len(name) > 1 and name in problem:
        return True
    return any(
        suffix in lexicon.by_name and (suffix == name or _FREE.fullmatch(name[: -len(suffix)]) is not None)
        for suffix in _suffixes(name)
    )


def _is_counted(modifier: str, problem: str, lexicon: Lexicon) -> bool:
    """Things that can be counted: what the problem speaks of, and attested things (頂点, 約数), not properties (正規化, 調和的)."""
    if modifier.endswith(("化", "的", "性", "法", "論", "正規", "調和", "虚", "元")):
        return False
    return modifier in problem or (len(modifier) > 2 and modifier[-2:] in problem) or modifier in lexicon.by_name

"""Coined words: Japanese compounds with any head that are put together from two and more technical parts (内接双曲率).

Which parts are technical the lexicon tells: they stand in its names. A whole that it attests, or that only puts an ordinary word
or an attested term before another one, is no coinage. It does not see coinages of one part (双曲率), or with kana.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from weakref import WeakKeyDictionary

from agent.degeneracy.compounds import Candidate
from agent.degeneracy.lexicon import Lexicon, fold
from agent.degeneracy.mask import Masked
from agent.degeneracy.script import simplified
from agent.degeneracy.wording import MODIFIERS_JA, QUANTITIES_JA

__all__ = ["coined"]

_HEADS = tuple(
    sorted(
        """率 比率 定数 係数 指数 指標 不変量 量 列 律 算 比 値 核 逆定理 作用素 演算子 測度 次数 座標 半径 項 群 環 体 集合 図形
        曲線 曲面 角 円 線 点 和 積 平均 分散 誤差 偏差 検定 推定 近似 展開 分解 積分 微分
        対応 構造 条件 判定 操作 図 表 木 則 論 規則 関係 対 型""".split(),
        key=len,
        reverse=True,
    )
)
_RUN = re.compile("[\u4e00-\u9fff々]{5,12}")
_FREE = frozenset(MODIFIERS_JA) | QUANTITIES_JA
_PARTS = (2, 3)
"""Characters of a part."""
_OFTEN = 2
"""Names of the lexicon that have a part, from which on it is a word of mathematics."""
_parts_of: WeakKeyDictionary[Lexicon, frozenset[str]] = WeakKeyDictionary()


def coined(masked: Masked, problem: str, lexicon: Lexicon) -> Iterator[Candidate]:
    """The coinages that nothing attests, in the order of the text."""
    given = fold(problem)
    for found in _RUN.finditer(masked.prose):
        name = fold(found[0])
        if name in lexicon.by_name or name in given or any(map(simplified, found[0])):
            continue
        head = next((head for head in _HEADS if name.endswith(head)), None)
        if head is not None and _is_coined(name, head, lexicon):
            yield Candidate(found[0], found.start(), named=False)


def _is_coined(name: str, head: str, lexicon: Lexicon) -> bool:
    modifier = name[: -len(head)]
    if len(modifier) < 2 * _PARTS[0] or modifier in lexicon.by_name:
        return False
    for cut in range(1, len(name) - 1):
        rest = name[cut:]
        if rest != head and rest in lexicon.by_name and (name[:cut] in lexicon.by_name or name[:cut] in _FREE):
            return False
    return _splits(modifier, _parts(lexicon))


def _splits(modifier: str, parts: frozenset[str]) -> bool:
    """Whether it is two or more parts and nothing else."""
    return any(
        modifier[:size] in parts and (modifier[size:] in parts or _splits(modifier[size:], parts)) for size in _PARTS
    )


def _parts(lexicon: Lexicon) -> frozenset[str]:
    """What the Japanese names of kanji are made of, without ordinary words."""
    if lexicon not in _parts_of:
        names = [name for name in lexicon.by_name if _KANJI.fullmatch(name)]
        count = Counter(
            name[at : at + size]
            for name in names
            for at in range(len(name))
            for size in _PARTS
            if at + size <= len(name) and size < len(name) and (at % 2 == 0 or name[:at] in lexicon.by_name)
        )
        parts = {part for part, often in count.items() if often >= _OFTEN}
        parts |= {name for name in names if len(name) in _PARTS}
        _parts_of[lexicon] = frozenset(part for part in parts if part not in _FREE)
    return _parts_of[lexicon]


_KANJI = re.compile("[\u4e00-\u9fff々0-9]+")

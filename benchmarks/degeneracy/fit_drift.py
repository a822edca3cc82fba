"""Fits the model of `agent.degeneracy.drift` on the development part of the corpus: ``python -m benchmarks.degeneracy.fit_drift``.

Genuine texts without their code, cut anywhere, against genuine texts spliced with the end of another one. How common a word is,
the problems and the natural texts of the part tell as well. Logistic regression by gradient descent, the
classes weighted alike. The thresholds are those that the given shares of genuine texts exceed, over folds by stem, so that no
text is judged by a model that has seen its problem.
"""

from __future__ import annotations

import json
import math
import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agent.degeneracy.drift import MIN_TAIL, Model, best_cut, cuts, features, gather, judged, without_code
from agent.degeneracy.mask import mask
from agent.degeneracy.tokens import BOUNDARY, tokens
from agent.types import Language
from benchmarks.degeneracy.corpus import Record, shipped

__all__ = ["main", "splice", "spliceable"]

OUT = Path(__file__).parents[2] / "agent" / "degeneracy" / "drift.json"
_SOFT, _HARD = 0.025, 0.003
"""Shares of genuine texts that may be above the thresholds."""
_MARGIN = 1.0
"""Added to the hard one: it throws a text away, and a few hundred genuine texts do not show what one in a thousand scores."""
_FOLDS, _SPLICES = 6, 21
_STEPS, _RATE, _DECAY = 3000, 1.0, 6e-3


def splice(first: Record, second: Record, share: float) -> tuple[str, int]:
    """``share`` of the first text, to the end of a sentence, and what follows at the same place of the second; and the seam."""
    ends = [_nearest(record.text, share) for record in (first, second)]
    return first.text[: ends[0]] + second.text[ends[1] :], ends[0]


def spliceable(record: Record) -> bool:
    """Prose alone: code that was cut and joined is broken, which is another defect."""
    return "```" not in record.text and len(record.text) >= 200


def _nearest(text: str, share: float) -> int:
    """The end of a sentence, outside formulas, next to this share of the text."""
    found = [end for match in BOUNDARY.finditer(text) if (end := match.end()) < len(text) and _closed(text[:end])]
    return min(found, key=lambda end: abs(end - share * len(text)), default=int(share * len(text)))


def _closed(text: str) -> bool:
    pairs = (("\\[", "\\]"), ("\\(", "\\)"), ("\\begin{", "\\end{"))
    return text.count("$") % 2 == 0 and all(text.count(opening) == text.count(closing) for opening, closing in pairs)


def _fit(records: Sequence[Record], others: Sequence[Record], draw: random.Random) -> Model:
    """``others`` only tell how common words are."""
    frequency: Counter[str] = Counter()
    documents = [record.text for record in (*records, *others)] + sorted({record.problem for record in records})
    for document in documents:
        frequency.update({token.key for token in tokens(document)})
    table = {key: n for key, n in sorted(frequency.items()) if n > 1}
    empty = Model(len(documents), table, (), (), (), 0.0, math.inf, math.inf)
    genuine, each = [], []
    for record in records:
        text = without_code(mask(record.text))
        places = cuts(text)
        genuine += [_features(record.problem, text, cut, empty) for cut in places]
        each += [1 / len(places) for _ in places]  # a long text counts as much as a short one
    spliced = []
    prose = [record for record in records if spliceable(record)]
    for record in prose:
        for number in range(_SPLICES):
            other = draw.choice(prose)
            text, seam = splice(record, other, 0.2 + 0.6 * number / (_SPLICES - 1))
            if other.stem != record.stem and len(text) - seam >= MIN_TAIL:
                spliced.append(_features(record.problem, text, seam, empty))
    values = np.array(genuine + spliced)
    truth = np.array([0.0] * len(genuine) + [1.0] * len(spliced))
    mean, scale = values.mean(0), values.std(0) + 1e-6
    weights, bias = _descend((values - mean) / scale, truth, np.array([*each, *(1.0 for _ in spliced)]))
    return replace(empty, mean=tuple(mean), scale=tuple(scale), weights=tuple(weights), bias=bias)


def _features(problem: str, text: str, cut: int, fitted: Model) -> list[float]:
    return features(gather(text, problem, fitted), cut, len(text))


def _descend(
    values: NDArray[np.float64], truth: NDArray[np.float64], each: NDArray[np.float64]
) -> tuple[list[float], float]:
    weights, bias = np.zeros(values.shape[1]), 0.0
    share = each * np.where(truth == 1, 0.5 / each[truth == 1].sum(), 0.5 / each[truth == 0].sum())
    for _ in range(_STEPS):
        error = (1 / (1 + np.exp(-(values @ weights + bias))) - truth) * share
        weights -= _RATE * (values.T @ error + _DECAY * weights)
        bias -= _RATE * float(error.sum())
    return [float(weight) for weight in weights], float(bias)


def _quantile(scores: list[float], share: float) -> float:
    ranked = sorted(scores)
    return ranked[max(0, min(len(ranked) - 1, math.ceil((1 - share) * len(ranked)) - 1))] + 1e-6


def main() -> int:
    """Fit both languages, print what the folds gave, and write `drift.json`."""
    languages: tuple[Language, ...] = ("ja", "en")
    part = shipped("dev")
    dev = [record for record in part if record.origin == "genuine" and judged(mask(record.text))]
    models = {}
    for language in languages:
        records = [record for record in dev if record.language == language]
        natural = [record for record in part if record.origin == "natural" and record.language == language]
        stems = sorted({record.stem for record in records})
        random.Random(0).shuffle(stems)
        genuine: list[float] = []
        spliced: dict[float, list[float]] = {0.3: [], 0.5: [], 0.7: []}
        for fold in range(_FOLDS):
            held = set(stems[fold::_FOLDS])
            others = [record for record in natural if record.stem not in held]
            fitted = _fit([record for record in records if record.stem not in held], others, random.Random(fold))
            mine = [record for record in records if record.stem in held]
            genuine += [best_cut(without_code(mask(record.text)), record.problem, fitted)[0] for record in mine]
            draw = random.Random(fold)
            prose = [record for record in mine if spliceable(record)]
            for share, scores in spliced.items():
                for record in prose:
                    other = draw.choice([one for one in prose if one.stem != record.stem])
                    text, seam = splice(record, other, share)
                    if len(text) - seam >= MIN_TAIL:
                        scores.append(best_cut(text, record.problem, fitted)[0])
        soft, hard = _quantile(genuine, _SOFT), _quantile(genuine, _HARD) + _MARGIN
        found = {
            share: round(sum(score > soft for score in scores) / len(scores), 3) for share, scores in spliced.items()
        }
        print(language, len(records), "soft", round(soft, 2), "hard", round(hard, 2), "found of spliced", found)  # noqa: T201
        models[language] = replace(_fit(records, natural, random.Random(99)), soft=soft, hard=hard)
    rounded = json.loads(
        json.dumps({name: asdict(fitted) for name, fitted in models.items()}), parse_float=lambda n: round(float(n), 4)
    )
    OUT.write_text(json.dumps(rounded, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

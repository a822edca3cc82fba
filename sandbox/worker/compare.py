"""Compare: the second kind of job, of workers that have math-verify: `read` parses answers, `compare` says what is equal.

Two jobs, so that no process that has evaluated a text says what is equal: a reading child prints trees (`trees`), which a
comparing child builds with known constructors only. A third, `express`, writes trees as sympy prints them. Conventions of notation
are `agent.equivalence`'s, which hands over forms.
"""

import json
from collections.abc import Sequence
from typing import Any

from sandbox.worker.equal import ratio
from sandbox.worker.sets import TURNED, NotOne, is_set, pieces, real, variables
from sandbox.worker.trees import expressed, load, read
from sandbox.worker.values import Outcome, expressions, values

__all__ = ["JOBS", "compare", "main"]

JOBS = ("read", "compare", "express")


def compare(jobs: Sequence[dict[str, Any]]) -> list[list[str]]:
    """Outcome and rule of each job: ``gold`` and ``predicted`` are lists of forms, any of which may be meant."""
    results = []
    for job in jobs:
        best: Outcome = ("different", "nothing in common")
        for gold in job["gold"]:
            for predicted in job["predicted"]:
                try:
                    outcome = _Comparison(job["mode"]).forms(gold, predicted)
                except (MemoryError, KeyboardInterrupt):
                    raise
                except Exception as error:
                    outcome = ("undecided", f"{type(error).__name__} while comparing")
                if (
                    outcome[0] == "equal"
                    or (outcome[0] == "undecided" and best[0] != "equal")
                    or best[1] == "nothing in common"
                ):
                    best = outcome if best[0] != "equal" else best
        results.append(list(best))
    return results


class _Comparison:
    """One mode. Every method returns an outcome and the rule that led to it."""

    def __init__(self, mode: str) -> None:
        self.strict = mode.endswith("strict")

    def forms(self, gold: dict[str, Any], predicted: dict[str, Any]) -> Outcome:
        a, b = gold["kind"], predicted["kind"]
        if "words" in (a, b):
            return self.words(gold, predicted)
        if a == b == "value":
            return values(gold, predicted, strict=self.strict)
        if is_set(gold) or is_set(predicted):
            return self.sets(gold, predicted)
        if "equation" in (a, b):
            return self.equations(gold, predicted)
        if "ratio" in (a, b):
            return self.ratios(gold, predicted)
        if "matrix" in (a, b):
            return self.matrices(gold, predicted)
        if "interval" in (a, b):
            return self.sets(gold, predicted) if a == b else self.several(_pair(gold), _pair(predicted))
        return self.several(gold, predicted)

    # words

    def words(self, gold: dict[str, Any], predicted: dict[str, Any]) -> Outcome:
        if gold["kind"] == predicted["kind"]:
            same = gold["text"] == predicted["text"]
            return ("equal", "the same words") if same else ("different", "other words")
        word, other = (gold, predicted) if gold["kind"] == "words" else (predicted, gold)
        if word["text"] == "everything" and (is_set(other) or other["kind"] == "interval"):
            from sympy import S

            return self.real_sets(S.Reals, real(other))
        if other["kind"] == "value" and isinstance(other["latex"], list) and other["latex"][0] == "s":
            same = other["latex"][1].lower() == word["text"]
            return ("equal", "the same letter") if same else ("different", "another letter")
        if other["kind"] == "value" and isinstance(other["latex"], list) and other["latex"][0] == "*":
            letters = "".join(sorted(str(part[1]) for part in other["latex"][1:] if part[0] == "s")).lower()
            if len(letters) == len(other["latex"]) - 1 and letters == "".join(sorted(word["text"])):
                return "equal", "the same letters"
        return "different", "words and no words"

    # several

    def several(self, gold: dict[str, Any], predicted: dict[str, Any]) -> Outcome:
        a, b = _items(gold), _items(predicted)
        ordered = (_ordered(gold), _ordered(predicted))
        if all(ordered) or (any(ordered) and len(a) == len(b) and len(a) > 1):
            if self.strict and not all(ordered):
                return "different", "one has an order, the other has none"
            if len(a) != len(b):
                return "different", "another number of parts"
            return _all([self.forms(x, y) for x, y in zip(a, b, strict=True)], "part by part")
        names = [{item.get("name") for item in items} for items in (a, b)]
        if (
            len(a) == len(b) > 1
            and sum(len(some) == len(a) and all(some) for some in names) == 1
            and not any(some - {"", None} for some in names if len(some) != len(a))
        ):
            return _all([self.forms(x, y) for x, y in zip(a, b, strict=True)], "part by part")
        return self.matched(self.unique(a), self.unique(b))

    def unique(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        kept: list[dict[str, Any]] = []
        for item in items:
            if not any(self.forms(item, other)[0] == "equal" for other in kept):
                kept.append(item)
        return kept

    def matched(self, a: list[dict[str, Any]], b: list[dict[str, Any]]) -> Outcome:
        if len(a) != len(b):
            return "different", "another number of answers"
        left, unsure = list(b), False
        for item in a:
            outcomes = [self.forms(item, other)[0] for other in left]
            if "equal" in outcomes:
                left.pop(outcomes.index("equal"))
            elif "undecided" in outcomes:
                left.pop(outcomes.index("undecided"))
                unsure = True
            else:
                return "different", "one answer has no equal"
        return (
            ("undecided", "one answer cannot be compared")
            if unsure
            else ("equal", "the same answers in some order" if len(a) > 1 else "the same answer")
        )

    # matrices, ratios, equations

    def matrices(self, gold: dict[str, Any], predicted: dict[str, Any]) -> Outcome:
        rows = [form["rows"] if form["kind"] == "matrix" else None for form in (gold, predicted)]
        if all(rows):
            shapes = [(len(some), len(some[0])) for some in rows if some]
            if shapes[0] != shapes[1] and (self.strict or 1 not in shapes[0] or sorted(shapes[0]) != sorted(shapes[1])):
                return "different", "another shape"
        a, b = _items(gold), _items(predicted)
        if len(a) != len(b):
            return "different", "another shape"
        return _all([self.forms(x, y) for x, y in zip(a, b, strict=True)], "entry by entry")

    def ratios(self, gold: dict[str, Any], predicted: dict[str, Any]) -> Outcome:
        sides = []
        for form in (gold, predicted):
            if form["kind"] == "ratio":
                sides.append([load(part) for part in form["parts"]])
            elif form["kind"] == "value" and not self.strict and form["latex"][0] != "i":
                sides.append([load(form["latex"]), load(["i", "1"])])
            else:
                return "different", "a ratio and no ratio"
        a, b = sides
        if len(a) != len(b):
            return "different", "another number of parts"
        if self.strict:
            return _all([expressions(x, y, strict=self.strict) for x, y in zip(a, b, strict=True)], "part by part")
        return _all(
            [expressions(a[0] * y, b[0] * x, strict=self.strict) for x, y in zip(a[1:], b[1:], strict=True)],
            "the same proportion",
        )

    def equations(self, gold: dict[str, Any], predicted: dict[str, Any]) -> Outcome:
        import sympy

        sides = []
        for form in (gold, predicted):
            if form["kind"] == "equation":
                sides.append(load(form["left"]) - load(form["right"]))
            elif form["kind"] == "value" and form.get("name") and not form["name"].endswith(")"):
                sides.append(sympy.Symbol(form["name"]) - load(form["latex"]))
            else:
                return "different", "an equation and no equation"
        a, b = sides
        if self.strict and a != b and a != -b:
            return "different", "another form of equation"
        if a.free_symbols != b.free_symbols:
            return "different", "other variables"
        constant = ratio(a, b)
        return (
            ("equal", "up to a constant factor")
            if constant
            else ("undecided", "no place where both have a value")
            if constant is None
            else ("different", "no constant factor apart")
        )

    # sets of real numbers

    def sets(self, gold: dict[str, Any], predicted: dict[str, Any]) -> Outcome:
        simple = [
            form for form in (gold, predicted) if form["kind"] in ("value", "several", "equation", "matrix", "ratio")
        ]
        single = len(simple) == 2 or (simple and simple[0]["kind"] != "several")
        if single and not any(form["kind"] == "interval" for form in (gold, predicted)):
            return "different", "a set and a single answer"
        try:
            a, b = real(gold), real(predicted)
        except NotOne:
            return self.chains(gold, predicted)
        names = [variables(form) for form in (gold, predicted)]
        if all(names) and names[0] != names[1]:
            return "different", "other variables"
        return self.real_sets(a, b)

    def real_sets(self, a: Any, b: Any) -> Outcome:
        left, right = pieces(a), pieces(b)
        if len(left) != len(right):
            return "different", "other sets"
        for x, y in zip(left, right, strict=True):
            if (x[1], x[3]) != (y[1], y[3]):
                return "different", "ends belong to one set only"
            for end_x, end_y in ((x[0], y[0]), (x[2], y[2])):
                if end_x != end_y and expressions(end_x, end_y, strict=self.strict)[0] != "equal":
                    return "different", "other ends"
        return "equal", "the same set"

    def chains(self, gold: dict[str, Any], predicted: dict[str, Any]) -> Outcome:
        """Inequalities in several variables, side by side, in either direction."""
        if (
            {gold["kind"], predicted["kind"]} == {"union"}
            and len(gold["parts"]) == len(predicted["parts"])
            and gold["every"] == predicted["every"]
        ):
            return self.matched(gold["parts"], predicted["parts"])
        if gold["kind"] != predicted["kind"] or gold["kind"] not in ("chain", "interval"):
            other = {"value", "equation", "matrix", "ratio"} & {gold["kind"], predicted["kind"]}
            return ("different", "a set and no set") if other else ("undecided", "conditions in several variables")
        if gold["kind"] == "interval":
            if (gold["left_open"], gold["right_open"]) != (predicted["left_open"], predicted["right_open"]):
                return "different", "ends belong to one set only"
            return _all(
                [expressions(load(gold[end]), load(predicted[end]), strict=self.strict) for end in ("left", "right")],
                "end by end",
            )
        sides, signs = [load(side) for side in gold["sides"]], list(gold["signs"])
        others, their = [load(side) for side in predicted["sides"]], list(predicted["signs"])
        if len(signs) != len(their):
            return "different", "another number of inequalities"
        for turned in (False, True):
            if turned:
                others, their = others[::-1], [TURNED[sign] for sign in reversed(their)]
            if signs == their and (
                all(expressions(x, y, strict=self.strict)[0] == "equal" for x, y in zip(sides, others, strict=True))
                or (len(signs) == 1 and ratio(sides[0] - sides[1], others[0] - others[1], positive=True))
            ):
                return "equal", "the same inequality"
        return "different", "other inequalities"


def _pair(form: dict[str, Any]) -> dict[str, Any]:
    """Brackets around two ends as the pair that they may be."""
    if form["kind"] != "interval":
        return form
    ends = [
        {"kind": "value", "latex": form[end], "name": "", "unit": "", "decimals": None} for end in ("left", "right")
    ]
    return {"kind": "several", "items": ends, "ordered": True}


def _items(form: dict[str, Any]) -> list[dict[str, Any]]:
    if form["kind"] == "matrix":
        return [
            {"kind": "value", "latex": entry, "name": "", "unit": "", "decimals": None}
            for row in form["rows"]
            for entry in row
        ]
    form = _pair(form)
    return list(form["items"]) if form["kind"] == "several" else [form]


def _ordered(form: dict[str, Any]) -> bool:
    return form["kind"] in ("matrix", "interval") or bool(form.get("ordered"))


def _all(outcomes: Sequence[Outcome], rule: str) -> Outcome:
    if any(outcome == "different" for outcome, _ in outcomes):
        return "different", next(why for outcome, why in outcomes if outcome == "different")
    if any(outcome == "undecided" for outcome, _ in outcomes):
        return "undecided", next(why for outcome, why in outcomes if outcome == "undecided")
    return "equal", rule


def main(request: dict[str, Any]) -> None:
    """Does one job of the host and prints its result as JSON; nothing but this function writes."""
    if request["op"] == "read":
        print(json.dumps(read(request["texts"], imaginary=bool(request["imaginary"]))))  # noqa: T201
    elif request["op"] == "express":
        print(json.dumps(list(map(expressed, request["trees"]))))  # noqa: T201
    else:
        print(json.dumps(compare(request["jobs"])))  # noqa: T201

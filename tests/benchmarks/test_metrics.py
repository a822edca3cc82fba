"""The figures of a run against counts by hand and against other ways to compute them."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, permutations
from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.intervals import wilson
from agent.stages.vote import tally
from agent.types import Answer, Attempt
from benchmarks import attempts as attempts_module
from benchmarks.attempts import AttemptTally, ks, majority, pass_at_k
from benchmarks.folder import Row, Timing
from benchmarks.metrics import Summary, summarise
from benchmarks.records import Graded, GradedAttempt
from tests.benchmarks.synthetic import attempt, graded, records, turn


def summary(*problems: Graded) -> Summary:
    (one,) = summarise(problems)
    return one


# --- outcomes


def test_counts_by_hand() -> None:
    one = summary(
        graded("1", "right", category="algebra", level="2", prompt_tokens=10, tokens=30),
        graded("2", "right", category="algebra", level="10", language="ja", prompt_tokens=10, tokens=50),
        graded("3", "wrong", category="geometry", level="2", prompt_tokens=10, tokens=90, findings=("drift", "script")),
        graded("4", "undecided", category="geometry", level="10", findings=("script",), tokens=0),
        graded("5", "abstained", category="geometry", level="10", cause="time", tokens=0),
        graded("6", "failed", category="geometry", level="10", tokens=1000),
    )
    assert (one.n, one.right, one.wrong, one.undecided, one.abstained, one.failed) == (6, 2, 1, 1, 1, 1)
    assert (one.accuracy.hits, one.accuracy.n, one.accuracy.value) == (2, 5, 0.4)
    assert (one.accuracy.low, one.accuracy.high) == wilson(2, 5)
    assert one.abstention.value == 0.2
    assert [(group.name, group.accuracy.hits, group.accuracy.n, group.failed) for group in one.by_category] == [
        ("algebra", 2, 2, 0),
        ("geometry", 0, 3, 1),
    ]
    assert [group.name for group in one.by_level] == ["2", "10"]
    assert [(group.name, group.accuracy.value) for group in one.by_language] == [("en", 0.25), ("ja", 1.0)]
    assert [group.name for group in one.by_set] == ["made"]
    assert {part.name: part.share.hits for part in one.causes} == {"wrong_value": 1, "undecided": 1, "time": 1}
    assert [(part.name, part.share.hits, part.share.n) for part in one.failures] == [("model_unavailable", 1, 6)]
    assert [(part.name, part.share.hits, part.share.n) for part in one.findings] == [("script", 2, 5), ("drift", 1, 5)]
    assert (one.tokens.prompt, one.tokens.completion, one.tokens.per_problem) == (30, 170, 40.0)
    assert (one.tokens.completion_per_problem, one.tokens.per_right) == (34.0, 100.0)
    assert one.seconds is None


def test_seconds_leave_out_what_failed() -> None:
    def row(problem: Graded, seconds: float) -> Row:
        return Row(problem, Timing(problem.key, problem.outcome == "failed", seconds, seconds * 0.9, seconds * 0.1))

    (one,) = summarise([row(graded("1"), 4.0), row(graded("2", "wrong"), 8.0), row(graded("3", "failed"), 600.0)])
    assert one.seconds is not None
    assert (one.seconds.n, one.seconds.per_problem, one.seconds.per_right) == (2, 6.0, 12.0)
    assert one.seconds.sandbox_share == pytest.approx(0.1)


def test_nothing_but_failures_is_no_accuracy() -> None:
    one = summary(graded("1", "failed"), graded("2", "failed"))
    assert one.accuracy.value is None
    assert (one.accuracy.low, one.accuracy.high) == (0.0, 1.0)
    assert one.tokens.per_problem is None
    assert one.coverage.aurc is None
    assert one.attempts.pass_at == ()
    assert one.turns == ()
    json.loads(one.model_dump_json())


def test_strategies_are_kept_apart_and_results_are_json() -> None:
    found = summarise(record.graded for record in records(30, strategies=("hybrid", "cot", "mine")))
    assert [one.strategy for one in found] == ["hybrid", "cot", "mine"]
    for one in found:
        assert Summary.model_validate_json(one.model_dump_json()) == one
        assert one.n == one.right + one.wrong + one.undecided + one.abstained + one.failed == 30


def test_the_order_of_problems_is_nothing() -> None:
    made = [record.graded for record in records(60, strategies=("cot",), attempts=5)]
    assert summarise(made) == summarise(made[::-1])


# --- pass@k


@given(st.integers(1, 9), st.data())
def test_pass_at_k_is_the_share_of_subsets_with_a_right_one(n: int, data: st.DataObject) -> None:
    right, k = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    subsets = list(combinations([True] * right + [False] * (n - right), k))
    assert isclose(pass_at_k(n, right, k), sum(map(any, subsets)) / len(subsets), abs_tol=1e-12)


def test_pass_at_k_by_hand() -> None:
    assert pass_at_k(5, 2, 1) == pytest.approx(0.4)
    assert pass_at_k(5, 2, 2) == pytest.approx(0.7)  # 1 - 3/10
    assert pass_at_k(5, 2, 4) == 1.0
    for n, right, k in ((3, 4, 1), (3, 1, 0), (3, 1, 4), (3, -1, 1)):
        with pytest.raises(ValueError, match="pass@"):
            pass_at_k(n, right, k)


def test_problems_with_too_few_attempts_are_left_out_and_said() -> None:
    right, wrong = attempt("right"), attempt("wrong")
    one = summary(graded("1", "right", right, wrong, wrong), graded("2", "right", right), graded("3", "failed"))
    assert [(point.k, point.share.n) for point in one.attempts.pass_at] == [(1, 2), (2, 1), (3, 1)]
    assert [point.share.value for point in one.attempts.pass_at] == pytest.approx([2 / 3, 2 / 3, 1.0])
    assert one.attempts.vary
    assert not summary(graded("1", "right", right, wrong)).attempts.vary


def test_the_ks_of_a_curve() -> None:
    assert ks(0) == []
    assert ks(3) == [1, 2, 3]
    assert ks(16) == list(range(1, 17))
    assert ks(33) == [*range(1, 17), 32, 33]
    assert ks(100) == [*range(1, 17), 32, 64, 100]


# --- maj@k


def voted(some: Sequence[GradedAttempt]) -> bool:
    """Whether the vote of the solver itself over these attempts is right."""
    done = [
        Attempt(
            index=index,
            seed=0,
            turns=(),
            answer=Answer(text=f"{one.group}", source="program" if one.weight == 1 else "prose")
            if one.group >= 0
            else None,
            halt_reason="answered" if one.group >= 0 else "turns",
        )
        for index, one in enumerate(some)
    ]
    votes = tally(done, (), [one.group for one in some if one.group >= 0])
    return bool(votes) and some[votes[0].attempts[0]].outcome == "right"


ATTEMPTS = st.lists(
    st.tuples(st.integers(-1, 3), st.sampled_from([1.0, 0.4])).map(
        lambda pair: attempt(
            "none" if pair[0] < 0 else "right" if pair[0] == 1 else "wrong", group=pair[0], weight=pair[1]
        )
    ),
    min_size=1,
    max_size=7,
)


@given(ATTEMPTS)
def test_majority_is_the_vote_of_the_solver_over_all_subsets(some: list[GradedAttempt]) -> None:
    curve = majority(some)
    assert list(curve) == list(range(1, len(some) + 1))
    for k, share in curve.items():
        subsets = list(combinations(some, k))
        assert (share.hits, share.n) == (sum(map(voted, subsets)), len(subsets))


@given(ATTEMPTS)
def test_a_vote_of_one_is_the_mean_of_the_attempts(some: list[GradedAttempt]) -> None:
    assert majority(some)[1].value == sum(one.outcome == "right" for one in some) / len(some)


@given(st.lists(ATTEMPTS, min_size=1, max_size=6))
def test_pass_grows_with_k_and_is_never_below_the_vote(problems: list[list[GradedAttempt]]) -> None:
    width = min(map(len, problems))
    counted = AttemptTally()
    for some in problems:
        counted.add(tuple(some[:width]))
    curves = counted.curves()
    values = [point.share.value or 0.0 for point in curves.pass_at]
    assert values == sorted(values)
    assert isclose(values[0], curves.maj_at[0].share.value or 0.0, abs_tol=1e-9)
    for passed, vote in zip(curves.pass_at, curves.maj_at, strict=True):
        assert (vote.share.value or 0.0) <= (passed.share.value or 0.0) + 1e-9
        assert passed.share.low <= (passed.share.value or 0.0) <= passed.share.high


def test_ties_go_to_the_first_and_products_of_weights_tie() -> None:
    wrong, right = attempt("wrong"), attempt("right")
    assert majority([wrong, right])[2].hits == 0
    assert majority([right, wrong])[2].hits == 1
    assert 0.1 + 0.2 + 0.3 != 0.3 + 0.2 + 0.1
    thrice = [attempt("wrong", weight=w) for w in (0.1, 0.2, 0.3)]
    again = [attempt("right", weight=w) for w in (0.3, 0.2, 0.1)]
    assert majority([*again, *thrice])[6].hits == 1
    assert majority([*thrice, *again])[6].hits == 0
    assert majority([attempt("none")])[1].hits == 0


def test_drawing_is_seeded_and_near_the_exact_share(monkeypatch: pytest.MonkeyPatch) -> None:
    some = [attempt("right"), attempt("wrong"), attempt("right"), *[attempt("wrong", group=g) for g in range(2, 9)]] * 2
    exact = majority(some[:14])
    with monkeypatch.context() as patch:
        patch.setattr(attempts_module, "EXACT", 10)
        attempts_module._sets.cache_clear()
        attempts_module._votes.cache_clear()
        drawn = majority(some[:14], seed=1)
        assert drawn == majority(some[:14], seed=1)
        assert drawn[7].n == attempts_module.DRAWS
    attempts_module._sets.cache_clear()
    attempts_module._votes.cache_clear()
    for k, share in exact.items():
        assert share.value == pytest.approx(drawn[k].value, abs=0.06)


# --- turns


def test_turns_by_hand() -> None:
    broken, right, wrong = turn("none"), turn("right"), turn("wrong")
    thrown = turn("right", taken=False, cause="")
    repaired = attempt("right", broken, right)  # turn 1 gains
    harmed = attempt("wrong", thrown, wrong)  # turn 1 loses
    regained = attempt("right", thrown, broken, right)  # nothing lost: turn 2 gains
    replaced = attempt("wrong", right, broken, wrong)  # turn 2 loses; turn 1 took nothing
    dropped = attempt("none", broken, thrown)
    at_once = attempt("right", right)
    problems = [repaired, harmed, regained, replaced, dropped, at_once]
    one = summary(*(graded(str(number), "right", some) for number, some in enumerate(problems)), graded("f", "failed"))
    firsts = [point.first for point in one.turns]
    assert [point.turn for point in one.turns] == [0, 1, 2]
    assert [after.accuracy.hits for after in firsts] == [2, 3, 3]
    assert {after.accuracy.n for after in firsts} == {6}
    assert [after.gained for after in firsts] == [2, 1, 1]
    assert [after.lost for after in firsts] == [0, 1, 1]
    assert [after.reached for after in firsts] == [6, 5, 2]
    assert [after.tokens for after in firsts] == [600, 500, 200]
    assert one.dropped == 1
    assert all(point.first == point.every for point in one.turns)


def test_turns_over_all_attempts_weigh_problems_alike() -> None:
    broken, right = turn("none"), turn("right")
    one = summary(
        graded("1", "right", attempt("right"), attempt("none"), attempt("right", broken, right), attempt("none")),
        graded("2", "wrong", attempt("wrong")),
        graded("3", "abstained").model_copy(update={"attempts": ()}),
    )
    every = [point.every.accuracy for point in one.turns]
    assert [share.hits for share in every] == [0.25, 0.5]
    assert [share.n for share in every] == [3, 3]
    assert [point.first.accuracy.hits for point in one.turns] == [1, 1]


def test_the_last_turn_is_the_accuracy_of_the_attempts() -> None:
    made = [record.graded for record in records(80, strategies=("cot",), attempts=3)]
    one = summary(*made)
    known = [problem for problem in made if problem.outcome != "failed"]
    assert one.turns[-1].first.accuracy.hits == sum(problem.attempts[0].outcome == "right" for problem in known)
    assert one.turns[-1].every.accuracy.value == pytest.approx(one.attempts.pass_at[0].share.value)
    gained = sum(point.every.gained for point in one.turns)
    assert gained == sum(some.outcome == "right" for problem in known for some in problem.attempts)
    written = sum(point.every.tokens for point in one.turns)
    assert written == one.tokens.completion


# --- coverage


def test_coverage_by_hand() -> None:
    one = summary(
        graded("1", "right", agreement=1.0),
        graded("2", "right", agreement=0.5),
        graded("3", "wrong", agreement=0.5),
        graded("4", "undecided", agreement=0.25),
        graded("5", "abstained"),
        graded("6", "failed"),
    ).coverage
    assert [(point.agreement, point.coverage.value, point.risk.value) for point in one.points] == [
        (1.0, 0.2, 0.0),
        (0.5, 0.6, pytest.approx(1 / 3)),
        (0.25, 0.8, 0.5),
    ]
    # Risks at 1, 2, 3, 4 answers; of the two at 0.5 either may come first.
    assert one.aurc == pytest.approx((0 + 0.5 / 2 + 1 / 3 + 2 / 4) / 4)


@given(st.lists(st.tuples(st.sampled_from([0.25, 0.5, 1.0]), st.booleans()), min_size=1, max_size=6))
def test_aurc_is_the_mean_over_all_orders_of_ties(answers: list[tuple[float, bool]]) -> None:
    one = summary(*(graded(str(i), "right" if right else "wrong", agreement=a) for i, (a, right) in enumerate(answers)))
    areas = []
    for order in permutations(answers):
        if [a for a, _ in order] == sorted((a for a, _ in order), reverse=True):
            bad = [sum(not right for _, right in order[:i]) for i in range(1, len(order) + 1)]
            areas.append(sum(Fraction(b, i) for i, b in enumerate(bad, start=1)) / len(order))
    assert one.coverage.aurc == pytest.approx(float(sum(areas) / len(areas)))


# --- size


def test_memory_does_not_grow_with_the_problems() -> None:
    made = [record.graded for record in records(40, strategies=("program",), attempts=3)]

    def peak(times: int) -> int:
        tracemalloc.start()
        summarise(one for _ in range(times) for one in made)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(1)  # fills the caches
    assert peak(40) < peak(2) + 100_000

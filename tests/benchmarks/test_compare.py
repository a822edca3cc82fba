"""Comparisons against values by hand, other ways to compute them, and simulated runs whose truth is known; and the command."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from math import comb
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agent.cli import main
from agent.errors import UsageError
from benchmarks.compare import Comparison, Contender, compare, compare_all, contenders, standing
from benchmarks.folder import RESULTS, Row, Timing
from benchmarks.paired import difference_interval, holm, mcnemar, needed
from benchmarks.records import Outcome
from benchmarks.wording import p_value, sentence
from tests.benchmarks.synthetic import graded, write_run


def contender(name: str, outcomes: Sequence[bool | Outcome], *, tokens: int = 100, seconds: float = 1.0) -> Contender:
    """A contender with problems 0, 1, … of these outcomes."""
    rows = []
    for number, outcome in enumerate(outcomes):
        word: Outcome = outcome if isinstance(outcome, str) else "right" if outcome else "wrong"
        one = graded(f"{number:04d}", word, strategy=name, tokens=tokens)
        rows.append(Row(one, Timing(one.key, word == "failed", seconds, 0.0, 0.0)))
    (found,) = contenders(rows)
    return found


def flipped(won: int, lost: int, n: int, *, both: int = 0) -> Comparison:
    """B against A with so many flips."""
    same = [True] * both + [False] * (n - won - lost - both)
    a = [*([False] * won), *([True] * lost), *same]
    b = [*([True] * won), *([False] * lost), *same]
    return compare(contender("A", a), contender("B", b))


# --- statistics


@given(st.integers(0, 12), st.integers(0, 12))
def test_mcnemar_is_the_share_of_coin_flips_as_lopsided(won: int, lost: int) -> None:
    flips = won + lost
    lopsided = sum(comb(flips, heads) for heads in range(flips + 1) if abs(2 * heads - flips) >= abs(won - lost))
    assert mcnemar(won, lost) == pytest.approx(float(Fraction(lopsided, 2**flips)))


def test_mcnemar_by_hand_and_for_many() -> None:
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(5, 0) == 0.0625
    assert mcnemar(6, 0) == 0.03125
    assert mcnemar(8, 2) == pytest.approx(112 / 1024)
    assert mcnemar(3, 3) == 1.0
    assert mcnemar(0, 2000) < 1e-300 or mcnemar(0, 2000) == 0.0
    # Of many flips it is the normal distribution's, with continuity correction: z = (600 - 1) / sqrt(30000).
    assert mcnemar(15_300, 14_700) == pytest.approx(0.000543, rel=0.01)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == (0.03, 0.06, 0.06)
    assert holm([0.6, 0.9]) == (1.0, 1.0)
    assert holm([]) == ()


def test_the_interval_is_that_of_problems_drawn_again() -> None:
    won, lost, n = 18, 7, 80
    values = np.array([1] * won + [-1] * lost + [0] * (n - won - lost))
    drawn = values[np.random.default_rng(5).integers(0, n, size=(40_000, n))].mean(axis=1)
    ends = difference_interval(won, lost, n, resamples=40_000, seed=6)
    low, high = np.quantile(drawn, (0.025, 0.975))
    assert ends == pytest.approx((float(low), float(high)), abs=1 / n + 1e-9)  # one problem more or less


@pytest.mark.parametrize(("win", "lose"), [(0.15, 0.15), (0.2, 0.1), (0.05, 0.12)])
def test_the_interval_holds_the_truth_in_about_95_of_100_runs(win: float, lose: float) -> None:
    n, runs = 300, 1000
    counts = np.random.default_rng(1).multinomial(n, [win, lose, 1 - win - lose], size=runs)
    ends = [difference_interval(int(won), int(lost), n, resamples=2000, seed=2) for won, lost, _ in counts]
    held = sum(low <= win - lose <= high for low, high in ends) / runs
    assert 0.925 <= held <= 0.975


@pytest.mark.parametrize(("win", "lose"), [(0.2, 0.1), (0.12, 0.08), (0.3, 0.1)])
def test_so_many_problems_are_needed(win: float, lose: float) -> None:
    n = needed(round(1000 * win), round(1000 * lose), 1000)
    assert n is not None
    runs = 3000
    for size, least, most in ((n, 0.74, 0.83), (n // 2, 0.0, 0.62), (2 * n, 0.93, 1.0)):
        counts = np.random.default_rng(3).multinomial(size, [win, lose, 1 - win - lose], size=runs)
        found = sum(mcnemar(int(won), int(lost)) < 0.05 for won, lost, _ in counts) / runs
        assert least <= found <= most, size


def test_needed_by_hand() -> None:
    # Flips 0.3, difference 0.1: (1.95996 * 0.547723 + 0.841621 * sqrt(0.29))^2 / 0.01 = 233.1
    assert needed(40, 20, 200) == 234
    assert needed(20, 40, 200) == 234
    assert needed(3, 3, 60) is None
    stricter = needed(40, 20, 200, level=0.025)
    assert stricter is not None
    assert stricter > 234


# --- pairs

PAIRS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60)


@given(PAIRS)
def test_with_itself_there_is_nothing(pairs: list[tuple[bool, bool]]) -> None:
    one = contender("A", [first for first, _ in pairs])
    c = compare(one, one)
    assert (c.difference, c.low, c.high, c.p, c.won, c.lost, c.needed) == (0, 0, 0, 1, (), (), None)
    assert c.token_ratio == c.seconds_ratio == 1
    assert "agree on" in sentence(c)


@given(PAIRS)
def test_swapping_the_sides_turns_everything_round(pairs: list[tuple[bool, bool]]) -> None:
    a = contender("A", [first for first, _ in pairs], tokens=100)
    b = contender("B", [second for _, second in pairs], tokens=200)
    one, two = compare(a, b), compare(b, a)
    assert one.difference == -two.difference
    assert (one.low, one.high) == (-two.high, -two.low)
    assert (one.won, one.lost, one.p, one.needed) == (two.lost, two.won, two.p, two.needed)
    assert (one.token_ratio, two.token_ratio) == (2.0, 0.5)
    assert one.claimed == (one.p < 0.05)
    assert ("better" in sentence(one)) == ("worse" in sentence(two))


def test_a_pair_by_hand() -> None:
    a = contender("A", [True, True, False, False, "undecided", "failed", True], tokens=100, seconds=2.0)
    b = contender("B", [True, "abstained", True, True, True, True, "failed"], tokens=150, seconds=1.0)
    c = compare(a, b)
    assert (c.n, c.failed, c.only_a, c.only_b) == (5, 2, 0, 0)
    assert (c.accuracy_a.hits, c.accuracy_b.hits) == (2, 4)
    assert c.won == (("made", "0002"), ("made", "0003"), ("made", "0004"))
    assert c.lost == (("made", "0001"),)
    assert (c.difference, c.p) == (0.4, 0.625)
    assert (c.token_ratio, c.seconds_ratio) == (1.5, 0.5)
    assert Comparison.model_validate_json(c.model_dump_json()) == c


def test_problems_of_one_side_and_of_other_gold_are_left_out_and_counted() -> None:
    a, b = contender("A", [True] * 4), contender("B", [True] * 6)
    c = compare(a, b)
    assert (c.n, c.only_a, c.only_b) == (4, 0, 2)
    other = graded("0000", strategy="C").model_copy(update={"gold": ("2",)})
    (third,) = contenders([other, graded("0001", strategy="C")])
    c = compare(a, third)
    assert (c.n, c.other_gold, c.only_a) == (1, 1, 2)
    unknown = graded("0000", strategy="D").model_copy(update={"gold": ()})
    assert compare(third, contenders([unknown])[0]).n == 1
    with pytest.raises(UsageError, match="no problem in common with the same gold"):
        compare(a, contenders([other])[0])
    with pytest.raises(UsageError, match="no problem in common that failed in neither"):
        compare(contender("A", ["failed"]), contender("B", [True]))


def test_seconds_are_compared_only_where_all_are_known() -> None:
    a = contender("A", [True, False])
    (b,) = contenders([graded("0000", strategy="B"), graded("0001", strategy="B")])
    assert compare(a, b).seconds_ratio is None
    assert standing(b).seconds_per_problem is None
    assert standing(a).seconds_per_problem == 1.0
    assert standing(contender("A", [True, "failed"])).accuracy.n == 1


def test_several_are_compared_with_the_first_or_all_with_all() -> None:
    rng = random.Random(0)
    four = [contender(name, [rng.random() < 0.5 for _ in range(50)]) for name in "ABCD"]
    first = compare_all(four)
    assert [(c.a, c.b) for c in first] == [("A", "B"), ("A", "C"), ("A", "D")]
    assert {c.family for c in first} == {3}
    assert [c.p_holm for c in first] == list(holm([c.p for c in first]))
    every = compare_all(four, every_pair=True)
    assert len(every) == 6
    assert compare_all(four[:1]) == ()
    assert [c.p_holm for c in compare_all(four[:2])] == [c.p for c in compare_all(four[:2])]


# --- words


def test_a_sentence_for_each_case() -> None:
    assert sentence(flipped(21, 9, 200, both=100)) == (
        "B is better than A by 6.0 points (95 %: 1.0 to 11.5, p = 0.04, n = 200), at about the same tokens."
    )
    worse = flipped(1, 12, 100)
    assert worse.high < 0
    assert sentence(worse).startswith(
        f"B is worse than A by 11.0 points (95 %: {-100 * worse.high:.1f} to {-100 * worse.low:.1f}, p = 0.003, n = 100)"
    )
    nothing = flipped(9, 7, 60)
    assert sentence(nothing) == (
        "No difference can be claimed between A and B at n = 60 (B - A = +3.3 points, 95 %: -10.0 to +16.7, p = 0.80); "
        "about 1,900 problems would be needed to show a difference of this size."
    )
    assert sentence(flipped(3, 3, 60)).endswith("p = 1.00).")
    assert sentence(flipped(0, 0, 60, both=12)) == (
        "A and B agree on every one of the 60 problems: both have 12 right, at about the same tokens."
    )
    assert "needed" not in sentence(flipped(5, 0, 5))  # the formula says 4, the exact test disagrees


def test_no_sentence_claims_more_than_the_test() -> None:
    for won, lost in product(range(16), repeat=2):
        c = flipped(won, lost, 40)
        told = sentence(c)
        claims = "better" in told or "worse" in told
        assert claims == (c.p < 0.05)
        # What is shown of p is on the same side of 0.05.
        if won or lost:
            shown = told.split("p = ")[1].split(",")[0].split(")")[0] if "p = " in told else "0"
            assert (float(shown) < 0.05) == claims


def test_a_claim_of_several_comparisons_needs_the_corrected_p() -> None:
    one = flipped(9, 2, 60).model_copy(update={"p": 0.03, "p_holm": 0.06, "family": 2})
    assert sentence(one).startswith("No difference can be claimed")
    assert "p = 0.06 after Holm's correction for 2 comparisons" in sentence(one)


def test_p_is_shown_on_its_side_of_the_level() -> None:
    assert p_value(0.6291) == "p = 0.63"
    assert p_value(0.0214) == "p = 0.02"
    assert p_value(0.0496) == "p = 0.0496"
    assert p_value(0.05) == "p = 0.05"
    assert p_value(0.0047) == "p = 0.005"
    assert p_value(0.0004) == "p < 0.001"


# --- the command


def ran(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stop:
        main(["bench", "compare", *arguments])
    assert isinstance(stop.value.code, int)
    return stop.value.code


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("runs")
    return write_run(where / "spring", problems=40, strategies=("program", "hybrid", "cot"), sets=("made", "other"))


def test_strategies_of_one_folder(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran(str(run)) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.count("program") >= 3
    assert "Holm's correction for 2 comparisons" in out
    assert "only cot is right" in out


def test_json_is_one_object_with_every_figure(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran("--json", "--all", "--set", "made", str(run)) == 0
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert err == ""
    assert [one["name"] for one in told["contenders"]] == ["program", "hybrid", "cot"]
    assert [(one["a"], one["b"]) for one in told["comparisons"]] == [
        ("program", "hybrid"),
        ("program", "cot"),
        ("hybrid", "cot"),
    ]
    first = told["comparisons"][0]
    assert first["n"] + first["failed"] == 40
    assert first["accuracy_b"]["hits"] - first["accuracy_a"]["hits"] == len(first["won"]) - len(first["lost"])
    assert first["sentence"].endswith(".")


def test_runs_and_strategies_of_runs(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    again = write_run(run.parent / "au:tumn", problems=40, strategies=("program",))
    assert ran("--json", f"{run}:cot", str(again)) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in told["contenders"]] == ["spring:cot", "au:tumn:program"]
    assert told["comparisons"][0]["only_a"] == 40
    assert ran("--json", "--strategy", "cot", "--strategy", "program", str(run)) == 0
    assert [one["name"] for one in json.loads(capsys.readouterr().out)["contenders"]] == ["cot", "program"]
    # The same run under two paths is one run of two names; given twice, it is one.
    assert ran(f"{run}:cot", f"{run}:cot") == 2
    twin = write_run(run.parent / "deep" / "spring", problems=40, strategies=("cot",))
    assert ran("--json", f"{run}:cot", str(twin), "--set", "made") == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in told["contenders"]] == [f"{run}:cot", f"{twin}:cot"]
    assert told["comparisons"][0]["won"] == told["comparisons"][0]["lost"] == []


def test_the_flips_that_are_shown(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran("--flips", "1", "--set", "made", f"{run}:program", f"{run}:cot") == 0
    some = capsys.readouterr().out
    assert "…)" in some
    assert ran("--flips", "0", f"{run}:program", f"{run}:cot") == 0
    assert "p000" not in capsys.readouterr().out


def test_what_is_wrong_is_one_line_with_advice(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "begun").mkdir()
    (tmp_path / "begun" / RESULTS).touch()
    other = write_run(tmp_path / "other", problems=5, strategies=("program",), sets=("another",))
    for arguments, what in (
        ([str(tmp_path / "none")], "no folder"),
        ([str(tmp_path / "empty")], "not a run"),
        ([str(tmp_path / "begun")], "no record yet"),
        ([f"{run}:nobody"], "no strategy 'nobody'"),
        ([str(run), "--strategy", "nobody"], "no strategy 'nobody'"),
        ([str(run), "--set", "nothing"], "no set 'nothing'"),
        ([f"{run}:cot"], "nothing to compare"),
        ([f"{run}:cot", str(other)], "no problem in common"),
        ([f"{run}:cot", str(other), "--set", "made"], "nothing to compare"),
    ):
        assert ran(*arguments) == 2, arguments
        out, err = capsys.readouterr()
        assert out == ""
        assert what in err.lower()
        assert err.count("\n") == 1
        assert ran("--json", *arguments) == 2
        out, err = capsys.readouterr()
        assert json.loads(out)["error"]["advice"]
        assert err == ""
    assert ran() == 2


def test_broken_lines_are_warned_of_on_stderr(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_run(tmp_path / "run", problems=10, strategies=("program", "cot"))
    with (folder / RESULTS).open("a", encoding="utf-8") as file:
        file.write('{"version": 1, "gra\x1b[2J\n{"torn')
    assert ran("--json", str(folder)) == 0
    out, err = capsys.readouterr()
    json.loads(out)
    assert "line 21 is no record" in err
    assert err.count("\n") == 1
    assert "\x1b[2J" not in err


def test_names_are_shown_as_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_run(tmp_path / "run", problems=10, strategies=("[red]a", "b\x1b[31m"))
    assert ran(str(folder)) == 0
    out = capsys.readouterr().out
    assert "[red]a" in out
    assert "\x1b[31m" not in out


@given(PAIRS)
def test_every_sentence_is_one_line(pairs: list[tuple[bool, bool]]) -> None:
    assume(pairs)
    a, b = contender("A", [one for one, _ in pairs]), contender("B", [two for _, two in pairs])
    told = sentence(compare(a, b))
    assert told.endswith(".")
    assert "\n" not in told
    assert "-0.0" not in told
    assert "nan" not in told

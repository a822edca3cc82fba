"""Texts that leave their problem, and texts that only look as if they did."""

from __future__ import annotations

import pytest

from agent.degeneracy.drift import drift
from agent.degeneracy.mask import mask
from agent.types import Language

BUS = "A bus leaves the depot with 18 people. At each of 4 stops 5 people get on and 2 get off. How many people are on the bus?"
BUS_SOLVED = "At each stop the number of people grows by 5 − 2 = 3. After 4 stops the bus has 18 + 12 = 30 people.\n"
MIXTURE = "濃度5%の食塩水300gと濃度8%の食塩水を混ぜて、濃度6%の食塩水を作る。8%の食塩水は何g必要か。"
MIXTURE_SOLVED = "8%の食塩水を $x$ g とする。食塩の量から $15+0.08x=0.06(300+x)$ となり、$x=150$ である。\n"

LEFT: dict[str, tuple[str, str, str, Language, str]] = {
    "another question": (
        BUS,
        BUS_SOLVED,
        "Question 2: A rectangle has sides of length 7 and 24. Find its diagonal.\nBy Pythagoras the diagonal is 25.",
        "en",
        "another_question",
    ),
    "a dialogue": (
        BUS,
        BUS_SOLVED,
        "Human: Can you write a poem about the sea and its many ships? Assistant: Gladly.",
        "en",
        "another_question",
    ),
    "次の問題": (
        MIXTURE,
        MIXTURE_SOLVED,
        "次の問題：一辺が4cmの正三角形の面積を求めよ。高さは $2\\sqrt3$ だから面積は $4\\sqrt3$ である。",
        "ja",
        "another_question",
    ),
    "a lecture": (
        BUS,
        BUS_SOLVED,
        "Public transport has shaped modern cities since horses pulled wooden carriages through muddy streets. Engineers later "
        "introduced diesel engines, pneumatic doors and comfortable seats. Environmental campaigners nowadays praise electric "
        "vehicles because exhaust fumes harm children and elderly residents.",
        "en",
        "lecture",
    ),
    "講義": (
        MIXTURE,
        MIXTURE_SOLVED,
        "塩は古くから保存食や漬物に欠かせない調味料でした。瀬戸内の海岸では、江戸の昔から塩田が開かれ、職人たちが炎天下で働きました。"
        "明治になると専売制度が始まり、政府が流通を管理しました。現在では健康志向の高まりから、減塩の食品が人気を集めています。",
        "ja",
        "lecture",
    ),
}
FINE: dict[str, tuple[str, str, Language]] = {
    "the problem said again": (BUS, f"Problem: {BUS}\n\n{BUS_SOLVED}So 30 people are on the bus.", "en"),
    "parts of the problem": (
        "問1 2次方程式 x²−5x+6=0 を解け。 問2 その2つの解の和を求めよ。",
        "問1: 左辺を因数分解すると (x−2)(x−3)=0 だから、解は x=2 と x=3 である。\n問2: 2つの解の和を求めると、2+3=5 である。これは係数からもわかる。",
        "ja",
    ),
    "steps that ask": (
        BUS,
        "How does the number change at one stop? It grows by 5 − 2 = 3 people.\nHow many stops are there? There are 4, so 12 people "
        "come in all.\nWhat is the number at the end? It is 18 + 12 = 30 people on the bus.",
        "en",
    ),
    "a remark in words": (
        MIXTURE,
        MIXTURE_SOLVED
        + "このように、混ぜる前と後で食塩の量が変わらないことに注目すると、方程式を立てることができます。濃度の平均ではないことに気をつけましょう。",
        "ja",
    ),
}


@pytest.mark.parametrize("name", LEFT)
def test_left(name: str) -> None:
    problem, solved, rest, language, rule = LEFT[name]
    text = solved + rest
    finding = drift(mask(text, problem), problem, language)
    assert finding is not None
    assert (finding.kind, finding.rule, finding.severity) == ("drift", rule, "hard")
    assert text[finding.start : finding.end].strip() == rest.strip()


@pytest.mark.parametrize("name", FINE)
def test_fine(name: str) -> None:
    problem, text, language = FINE[name]
    assert drift(mask(text, problem), problem, language) is None


def test_the_end_of_another_solution() -> None:
    other = (
        "For the ladder, the wall and the ground form a right angle. The foot stands 1.5 metres from the wall and the ladder is 6.5 "
        "metres long, so its top is at height $\\sqrt{42.25-2.25}=\\sqrt{40}$ metres. When the foot slides to 2.5 metres, the height "
        "becomes $\\sqrt{42.25-6.25}=6$ metres, so the top of the ladder comes down the wall by $\\sqrt{40}-6$ metres."
    )
    finding = drift(mask(BUS_SOLVED + other, BUS), BUS, "en")
    assert finding is not None
    assert finding.rule == "left_problem"
    assert drift(mask(BUS_SOLVED, BUS), BUS, "en") is None
    assert drift(mask(other, ""), "", "en") is None  # nothing is known of the problem

"""Terms that a source attests, terms that the text may make up, and terms that nothing attests."""

from __future__ import annotations

import pytest

from agent.degeneracy.lexicon import Entry, Lexicon, fold, shipped
from agent.degeneracy.lexicon.near import nearest
from agent.degeneracy.mask import mask
from agent.degeneracy.terms import terms

INVENTED = [
    ("残留正規化数を使うと、", "残留正規化数"),
    ("余玄定理により、", "余玄定理"),
    ("集合解法を用いる。", "集合解法"),
    ("ここで連続分散化法則より、", "連続分散化法則"),
    ("フェルマー・ケイリーの剰余定理より、", "フェルマー・ケイリーの剰余定理"),
    ("二項分付に従う。", "二項分付"),
    ("これは宝べきの定理である。", "宝べきの定理"),
    ("二次方程式は解の講式で解ける。", "解の講式"),
    ("ニュトーンの冷却の法則による。", "ニュトーンの冷却の法則"),
    ("ケプラーの中間値の定理より、", "ケプラーの中間値の定理"),
    ("オイラー・ガウスの重み公式を使う。", "オイラー・ガウスの重み公式"),
    ("By the implicate function theorem, y exists.", "implicate function theorem"),
    ("Newton's law of coiling applies.", "Newton's law of coiling"),
    ("By the upstream remainder theorem we get 4.", "upstream remainder theorem"),
    ("By the Residual Balance Theorem, the sum is 3.", "Residual Balance Theorem"),
    ("We use the harmonic quotient number here.", "harmonic quotient number"),
    ("the Fermat–Cramer reduction formula gives 4.", "Fermat–Cramer reduction formula"),
    ("By the Law of Proportional Residues we get 4.", "Law of Proportional Residues"),
    ("the arithmetic-residue inequality shows it.", "arithmetic-residue inequality"),
]
GENUINE = [
    "方べきの定理、解と係数の関係、点と平面の距離の公式、キルヒホッフの法則、コーシーの平均値の定理を使う。",
    "プログラムの行列、グラフの方程式、パラメータの関数、ベクトルの公式、ユークリッドの互除法を使う。",
    "The implicit function theorem, Newton's law of cooling, the Chinese remainder theorem and the law of total probability.",
    "余弦定理と、正弦定理を使う。解の公式より、二次方程式の判別式は正である。",
    "三平方の定理（ピタゴラスの定理）により、斜辺の長さは5である。",
    "円の面積の公式と、三角形の内角の和を使う。最大公約数と最小公倍数を求める。",
    "一般項は等差数列の和の公式から求まる。2次関数のグラフを考える。",
    "生徒数は30人、必要枚数は12枚、残りの数は4である。次の公式を使う。上の不等式より、",
    "コーシー・シュワルツの不等式、相加平均と相乗平均の不等式、チェバの定理を使う。",
    "求める数は、異なる数の積である。第n項、x座標、非負整数、部分数列を考える。",
    "By the quadratic formula and Vieta's formulas, the sum of the roots is 5.",
    "The total number of ways is 6, by the multiplication rule; the mean value theorem applies.",
    "Using the law of cosines, the Pythagorean theorem and the Cauchy–Schwarz inequality, we are done.",
    "The winning number is a two-digit number; the following formula gives the original equation.",
    "This identity, the first equation and the resulting inequality hold for real numbers.",
]


@pytest.mark.parametrize(("text", "term"), INVENTED)
def test_unattested(text: str, term: str) -> None:
    found = terms(mask(text), "", shipped())
    assert [text[finding.start : finding.end] for finding in found] == [term]
    assert all((finding.kind, finding.rule, finding.severity) == ("term", "unattested", "soft") for finding in found)
    assert "false" not in found[0].message


@pytest.mark.parametrize("text", GENUINE)
def test_attested_or_ordinary(text: str) -> None:
    assert terms(mask(text), "", shipped()) == ()


def test_a_near_miss_names_the_real_term() -> None:
    (finding,) = terms(mask("余玄定理より"), "", shipped())
    assert "余弦定理" in finding.message
    assert nearest("Cauchy–Schwartz inequality", shipped()) == "Cauchy–Schwarz inequality"
    assert nearest("残留正規化数", shipped()) is None


def test_what_the_problem_says_and_what_the_text_defines_counts_as_attested() -> None:
    text = "残留正規化数を数える。"
    assert terms(mask(text, "残留正規化数を求めよ"), "残留正規化数を求めよ", shipped()) == ()
    assert terms(mask("このような数を「調和素数」と呼ぶ。"), "", shipped()) == ()
    assert terms(mask("We call such an integer a harmonic spread number."), "", shipped()) == ()


def test_several_inventions_make_the_text_degenerate() -> None:
    found = terms(mask("残留正規定理と連続分散化法則と素数均衡公式を使う。"), "", shipped())
    assert len(found) == 3
    assert {finding.severity for finding in found} == {"hard"}


def test_terms_of_ones_own() -> None:
    mine = shipped().with_terms([Entry("残留正規化数")])
    assert terms(mask("残留正規化数を使う。"), "", mine) == ()
    assert terms(mask("余弦定理を使う。"), "", mine) == ()
    assert terms(mask("余弦定理を使う。"), "", Lexicon.of([])) != ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("二次関数", "２次函数"),
        ("三平方の定理", "三平方定理"),
        ("コーシー・シュワルツの不等式", "コーシー＝シュワルツの不等式"),
        ("Euler's formula", "Euler formulas"),
        ("Cauchy–Schwarz inequality", "cauchy-schwarz inequalities"),
        ("matrices", "matrix"),
        ("L'Hôpital's rule", "L'Hopital's rules"),
    ],
)
def test_spellings_fold_together(one: str, other: str) -> None:
    assert fold(one) == fold(other)

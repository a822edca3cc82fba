"""Tasks of arithmetic, number theory and counting."""

from __future__ import annotations

from fractions import Fraction
from math import comb, gcd, lcm
from random import Random

from benchmarks.problem_sets.procedural.made import Made, signed

__all__ = [
    "chain_sum",
    "combinations",
    "divisor_count",
    "fractions",
    "greatest_divisor",
    "least_multiple",
    "power_remainder",
    "prime_counting",
    "urn_probability",
]


def chain_sum(rng: Random, level: int) -> Made:
    size = 10 ** (level + 2)
    first, *others = (rng.randint(size // 10, size - 1) for _ in range(level + 3))
    terms = [value * rng.choice((1, -1)) for value in others]
    text = " ".join([str(first), *map(signed, terms)])
    return Made(en=f"Calculate {text}.", ja=f"{text} を計算せよ。", answer=str(first + sum(terms)))


def fractions(rng: Random, level: int) -> Made:
    size = (12, 40, 150)[level - 1]
    one, two = (_fraction(rng, size) for _ in range(2))
    sign, value = rng.choice((("+", one + two), ("-", one - two), ("\\times", one * two), ("\\div", one / two)))
    text = f"${_over(one)} {sign} {_over(two)}$"
    return Made(
        en=f"Calculate {text}. Give the answer as a fraction in lowest terms, or as an integer.",
        ja=f"{text} を計算し、既約分数または整数で答えよ。",
        answer=str(value),
    )


def _fraction(rng: Random, size: int) -> Fraction:
    """A positive one that is no integer."""
    while (value := Fraction(rng.randint(1, size), rng.randint(2, size))).denominator == 1:
        pass
    return value


def _over(value: Fraction) -> str:
    return f"\\frac{{{value.numerator}}}{{{value.denominator}}}"


def greatest_divisor(rng: Random, level: int) -> Made:
    size = (30, 200, 2000)[level - 1]
    common = rng.randint(2, size)
    values = sorted(common * factor for factor in rng.sample(range(2, size + 1), 2 + (level == 3)))
    return Made(
        en=f"Find the greatest common divisor of {_and(values)}.",
        ja=f"{'、'.join(map(str, values))} の最大公約数を求めよ。",
        answer=str(gcd(*values)),
    )


def least_multiple(rng: Random, level: int) -> Made:
    size = (25, 60, 150)[level - 1]
    common = rng.randint(2, 12)
    values = sorted(common * factor for factor in rng.sample(range(2, size + 1), 2 + (level == 3)))
    return Made(
        en=f"Find the least common multiple of {_and(values)}.",
        ja=f"{'、'.join(map(str, values))} の最小公倍数を求めよ。",
        answer=str(lcm(*values)),
    )


def _and(values: list[int]) -> str:
    return f"{', '.join(map(str, values[:-1]))} and {values[-1]}"


def prime_counting(rng: Random, level: int) -> Made:
    size = (100, 1000, 10_000)[level - 1]
    low = rng.randint(2, size)
    high = low + rng.randint(size // 5, size)
    return Made(
        en=f"How many prime numbers p satisfy {low} <= p <= {high}?",
        ja=f"{low} 以上 {high} 以下の素数はいくつあるか。",
        answer=str(sum(map(_is_prime, range(low, high + 1)))),
    )


def _is_prime(value: int) -> bool:
    return value > 1 and all(value % divisor for divisor in range(2, int(value**0.5) + 1))


def divisor_count(rng: Random, level: int) -> Made:
    value = rng.randint(*((30, 2000), (2000, 20_000), (20_000, 200_000))[level - 1])
    count = sum(1 + (divisor * divisor != value) for divisor in range(1, int(value**0.5) + 1) if value % divisor == 0)
    return Made(
        en=f"How many positive divisors does {value} have?", ja=f"{value} の正の約数の個数を求めよ。", answer=str(count)
    )


def power_remainder(rng: Random, level: int) -> Made:
    base, exponent = rng.randint(2, 10**level), rng.randint(5 * level, 40 * level**2)
    modulus = rng.randint(3, 9 * 10 ** (level - 1))
    return Made(
        en=f"Find the remainder when {base}^{exponent} is divided by {modulus}.",
        ja=f"{base}^{exponent} を {modulus} で割った余りを求めよ。",
        answer=str(pow(base, exponent, modulus)),
    )


def combinations(rng: Random, level: int) -> Made:
    women, men = (rng.randint(3, 8 + 4 * level) for _ in range(2))
    chosen_women, chosen_men = rng.randint(1, women - 1), rng.randint(1, men - 1)
    return Made(
        en=f"From {women} women and {men} men, a committee of {chosen_women} women and {chosen_men} men is chosen. "
        "In how many ways can this be done?",
        ja=f"女性 {women} 人と男性 {men} 人の中から、女性 {chosen_women} 人と男性 {chosen_men} 人の委員を選ぶ。"
        "選び方は何通りあるか。",
        answer=str(comb(women, chosen_women) * comb(men, chosen_men)),
    )


def urn_probability(rng: Random, level: int) -> Made:
    red, white = (rng.randint(4, 10 + 10 * level) for _ in range(2))
    drawn = rng.randint(2, 1 + level)
    every = comb(red + white, drawn)
    en, ja, count = rng.choice(
        (
            ("all of them are red", "すべて赤玉である", comb(red, drawn)),
            ("exactly one of them is red", "赤玉がちょうど 1 個である", red * comb(white, drawn - 1)),
            ("at least one of them is red", "少なくとも 1 個が赤玉である", every - comb(white, drawn)),
        )
    )
    return Made(
        en=f"A bag holds {red} red and {white} white balls. {drawn} balls are drawn at once. "
        f"What is the probability that {en}?",
        ja=f"袋の中に赤玉が {red} 個、白玉が {white} 個入っている。同時に {drawn} 個の玉を取り出すとき、{ja}確率を求めよ。",
        answer=str(Fraction(count, every)),
    )

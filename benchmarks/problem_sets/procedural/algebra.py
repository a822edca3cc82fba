"""Tasks of algebra, calculus and geometry."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt
from random import Random

from benchmarks.problem_sets.procedural.made import Made, nonzero, polynomial

__all__ = [
    "definite_integral",
    "derivative",
    "distance",
    "expansion",
    "linear_equation",
    "linear_system",
    "quadratic_equation",
    "sequence_sum",
    "triangle_area",
]


def linear_equation(rng: Random, level: int) -> Made:
    size = (9, 25, 90)[level - 1]
    left = nonzero(rng, size)
    right = rng.choice([value for value in range(-size, size + 1) if value != left])
    plus, other = (nonzero(rng, 4 * size) for _ in range(2))
    equation = f"${polynomial((left, plus))} = {polynomial((right, other))}$"
    return Made(
        en=f"Solve the equation {equation} for x.",
        ja=f"方程式 {equation} を解け。",
        answer=str(Fraction(other - plus, left - right)),
    )


def linear_system(rng: Random, level: int) -> Made:
    size = (6, 15, 60)[level - 1]
    x, y = nonzero(rng, size), nonzero(rng, size)
    while True:
        a, b, c, d = (nonzero(rng, size) for _ in range(4))
        if a * d != b * c:
            break
    first = f"{_two(a, b)} = {a * x + b * y}"
    second = f"{_two(c, d)} = {c * x + d * y}"
    return Made(
        en=f"Solve the system of equations ${first}$ and ${second}$. Give the answer as an ordered pair (x, y).",
        ja=f"連立方程式 ${first}$, ${second}$ を解き、(x, y) の組で答えよ。",
        answer=f"({x}, {y})",
    )


def _two(a: int, b: int) -> str:
    rest = polynomial((b, 0), "y")
    return f"{polynomial((a, 0))} - {rest[1:]}" if b < 0 else f"{polynomial((a, 0))} + {rest}"


def quadratic_equation(rng: Random, level: int) -> Made:
    size = (25, 30, 60)[level - 1]
    leading = 1 if level == 1 else rng.randint(2, 1 + 2 * level)
    one, two = Fraction(nonzero(rng, size), leading), Fraction(nonzero(rng, size))
    values = (leading, int(-leading * (one + two)), int(leading * one * two))
    equation = f"${polynomial(values)} = 0$"
    return Made(
        en=f"Find all real solutions of the equation {equation}.",
        ja=f"2次方程式 {equation} の実数解をすべて求めよ。",
        answer=", ".join(str(root) for root in sorted({one, two})),
    )


def expansion(rng: Random, level: int) -> Made:
    factors = [(nonzero(rng, 3 * level), nonzero(rng, 9)) for _ in range(2 + (level == 3))]
    product = [1]
    for slope, constant in factors:
        product = [slope * high + constant * low for high, low in zip([*product, 0], [0, *product], strict=True)]
    text = "".join(f"({polynomial(factor)})" for factor in factors)
    return Made(en=f"Expand ${text}$.", ja=f"${text}$ を展開せよ。", answer=polynomial(product), mode="strict")


def derivative(rng: Random, level: int) -> Made:
    values = [nonzero(rng, 9), *(rng.randint(-9, 9) for _ in range(1 + level))]
    at = nonzero(rng, 2 + level)
    degree = len(values) - 1
    slope = sum(value * (degree - place) * at ** (degree - place - 1) for place, value in enumerate(values[:-1]))
    return Made(
        en=f"Let $f(x) = {polynomial(values)}$. Find $f'({at})$.",
        ja=f"$f(x) = {polynomial(values)}$ とする。$f'({at})$ の値を求めよ。",
        answer=str(slope),
    )


def definite_integral(rng: Random, level: int) -> Made:
    values = [nonzero(rng, 9), *(rng.randint(-9, 9) for _ in range(level))]
    low = rng.randint(-4, 3)
    high = low + rng.randint(1, 5)

    def antiderivative(at: int) -> Fraction:
        powers = range(len(values), 0, -1)
        return sum(
            (Fraction(value * at**power, power) for value, power in zip(values, powers, strict=True)), Fraction(0)
        )

    integral = f"$\\int_{{{low}}}^{{{high}}} ({polynomial(values)})\\,dx$"
    return Made(
        en=f"Evaluate {integral}.",
        ja=f"定積分 {integral} を求めよ。",
        answer=str(antiderivative(high) - antiderivative(low)),
    )


def sequence_sum(rng: Random, level: int) -> Made:
    first, step, count = nonzero(rng, 20 * level), nonzero(rng, 9 * level), rng.randint(8, 60 * level)
    shown = ", ".join(str(first + step * place) for place in range(3))
    return Made(
        en=f"Find the sum of the first {count} terms of the arithmetic sequence {shown}, ...",
        ja=f"等差数列 {shown}, … の初項から第 {count} 項までの和を求めよ。",
        answer=str(count * (2 * first + (count - 1) * step) // 2),
    )


def triangle_area(rng: Random, level: int) -> Made:
    size = (6, 15, 60)[level - 1]
    while True:
        (ax, ay), (bx, by), (cx, cy) = ((rng.randint(-size, size), rng.randint(-size, size)) for _ in range(3))
        twice = abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay))
        if twice:
            break
    points = f"A({ax}, {ay}), B({bx}, {by}), C({cx}, {cy})"
    return Made(
        en=f"Find the area of the triangle with vertices {points}.",
        ja=f"3点 {points} を頂点とする三角形の面積を求めよ。",
        answer=str(Fraction(twice, 2)),
    )


def distance(rng: Random, level: int) -> Made:
    size = (6, 15, 60)[level - 1]
    while True:
        (ax, ay), (bx, by) = ((rng.randint(-size, size), rng.randint(-size, size)) for _ in range(2))
        square = (ax - bx) ** 2 + (ay - by) ** 2
        if square:
            break
    return Made(
        en=f"Find the distance between the points A({ax}, {ay}) and B({bx}, {by}). Give an exact answer.",
        ja=f"2点 A({ax}, {ay}), B({bx}, {by}) の間の距離を求めよ。根号はそのままでよい。",
        answer=_root(square),
    )


def _root(square: int) -> str:
    """The root of a positive whole number, with as little as can be left under the sign."""
    outside = next(value for value in range(isqrt(square), 0, -1) if square % (value * value) == 0)
    inside = square // (outside * outside)
    if inside == 1:
        return str(outside)
    return f"{'' if outside == 1 else outside}\\sqrt{{{inside}}}"

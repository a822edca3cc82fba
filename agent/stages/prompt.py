"""prompt: what the model is asked, for each strategy and language.

Two things were measured to matter for weak models and are built in: the answer starts inside an opened code fence, so that
there is a program at all, and worked examples whose programs begin with what is known, what is wanted and a plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from agent.types import Language, Problem

__all__ = ["Message", "Prompt", "Strategy", "explanation_prompt", "prompt", "repair_prompt"]

Strategy = Literal["program", "plain", "hybrid", "cot"]
"""program: worked examples, then a program. plain: a program, with no examples and no reasoning. hybrid: reasoning in prose, then a
program. cot: reasoning in prose and a boxed answer, no program."""

FENCE = "```python\n"
CLOSE = "\n```"


@dataclass(frozen=True)
class Message:
    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Prompt:
    """``opening`` is the start of the answer, for servers that can go on from it; ``stop`` holds only together with it."""

    messages: tuple[Message, ...]
    opening: str = ""
    stop: tuple[str, ...] = ()


_SYSTEM: dict[Language, str] = {
    "en": (
        "You solve mathematics problems by writing one complete Python program.\n"
        "- Work the problem out step by step in the program; name the quantities.\n"
        "- Use sympy for algebra and exact values (Rational, sqrt, pi), and loops for counting.\n"
        "- Print the final answer once, at the end, as one value without words or units.\n"
        "- Only numpy, sympy, mpmath and the standard library's math modules can be imported.\n"
        "Reply with one ```python block and nothing else."
    ),
    "ja": (
        "あなたは数学の問題を、完全な Python プログラムを一つ書いて解きます。\n"
        "- プログラムの中で順を追って計算し、量には分かりやすい名前を付けます。\n"
        "- 式の計算や厳密な値には sympy (Rational, sqrt, pi) を、数え上げにはループを使います。\n"
        "- 最後に答えだけを一度 print します。言葉や単位は付けません。\n"
        "- import できるのは numpy、sympy、mpmath と標準ライブラリの数学関係だけです。\n"
        "```python のブロックを一つだけ書いてください。"
    ),
}

_PLAIN: dict[Language, str] = {
    "en": "Write a short Python program that computes the answer and prints only it.",
    "ja": "答えを計算して、答えだけを print する短い Python プログラムを書いてください。",
}

_COT: dict[Language, str] = {
    "en": "Solve the problem step by step, briefly. End with the final answer in \\boxed{}.",
    "ja": "問題を順を追って簡潔に解き、最後に答えを \\boxed{} に入れて書いてください。",
}

_HYBRID: dict[Language, str] = {
    "en": (
        "Solve the problem. First explain in words, step by step, how to solve it. Then write one Python program in a "
        "```python block that computes the answer and prints only it."
    ),
    "ja": (
        "問題を解いてください。まず解き方を言葉で順を追って説明し、次に、答えを計算して答えだけを print する Python プログラムを "
        "```python のブロックに一つ書いてください。"
    ),
}

_EXAMPLES: dict[Language, tuple[tuple[str, str], ...]] = {
    "en": (
        (
            "A baker makes 36 rolls every morning. She sells three quarters of them at 2 dollars each, and the rest in the "
            "evening at half that price. How many dollars does she take in 5 days?",
            "# Known: 36 rolls a day; 3/4 of them are sold at 2 dollars, the rest at half price, 1 dollar; 5 days.\n"
            "# Wanted: the money of all 5 days.\n"
            "# Plan: count the rolls of each price, multiply by the price, add, multiply by the days.\n"
            "rolls = 36\n"
            "full_price_rolls = rolls * 3 // 4\n"
            "half_price_rolls = rolls - full_price_rolls\n"
            "money_per_day = full_price_rolls * 2 + half_price_rolls * 1\n"
            "print(money_per_day * 5)",
        ),
        (
            "Let $r$ and $s$ be the roots of $2x^2 - 6x + 1 = 0$. Find $\\frac{r}{s} + \\frac{s}{r}$.",
            "# Known: r and s are the two roots of 2x^2 - 6x + 1 = 0.\n"
            "# Wanted: r/s + s/r.\n"
            "# Plan: solve exactly, put both roots in, simplify.\n"
            "from sympy import symbols, solve, simplify\n\n"
            'x = symbols("x")\n'
            "r, s = solve(2*x**2 - 6*x + 1, x)\n"
            "print(simplify(r / s + s / r))",
        ),
        (
            "Two of the numbers 1, 2, ..., 9 are drawn without replacement. What is the probability that their sum is prime?",
            "# Known: 2 of the numbers 1 to 9, without replacement.\n"
            "# Wanted: the probability that the sum is prime.\n"
            "# Plan: list all pairs, count the good ones, divide.\n"
            "from itertools import combinations\n"
            "from sympy import Rational, isprime\n\n"
            "pairs = list(combinations(range(1, 10), 2))\n"
            "good = [p for p in pairs if isprime(sum(p))]\n"
            "print(Rational(len(good), len(pairs)))",
        ),
    ),
    "ja": (
        (
            "パン屋さんは毎朝36個のロールパンを焼きます。その4分の3を1個200円で売り、残りは夕方に半額で売ります。5日間の売り上げは何円ですか?",
            "rolls = 36\n"
            "sold_full_price = rolls * 3 // 4\n"
            "sold_half_price = rolls - sold_full_price\n"
            "per_day = sold_full_price * 200 + sold_half_price * 100\n"
            "print(per_day * 5)",
        ),
        (
            "$2x^2 - 6x + 1 = 0$ の解を $r$, $s$ とするとき、$\\frac{r}{s} + \\frac{s}{r}$ の値を求めよ。",
            "from sympy import symbols, solve, simplify\n\n"
            'x = symbols("x")\n'
            "r, s = solve(2*x**2 - 6*x + 1, x)\n"
            "print(simplify(r / s + s / r))",
        ),
        (
            "1から9までの数が書かれたカードから2枚を同時に引くとき、和が素数になる確率を求めよ。",
            "from itertools import combinations\n"
            "from sympy import Rational, isprime\n\n"
            "pairs = list(combinations(range(1, 10), 2))\n"
            "good = [p for p in pairs if isprime(sum(p))]\n"
            "print(Rational(len(good), len(pairs)))",
        ),
    ),
}

_AGAIN: dict[Language, str] = {
    "en": "{feedback}\nWrite the whole corrected program.",
    "ja": "{feedback}\n修正したプログラム全体を書いてください。",
}

_EXPLAIN: dict[Language, str] = {
    "en": (
        "Problem:\n{problem}\n\nThis program solves it and prints {answer}:\n```python\n{program}\n```\n\n"
        "Explain the solution to a student in a few sentences of mathematics. Do not mention the program. "
        "End with the answer {answer}."
    ),
    "ja": (
        "問題:\n{problem}\n\n次のプログラムはこれを解いて {answer} を出力します:\n```python\n{program}\n```\n\n"
        "この解き方を、生徒に向けて数学の言葉で数文で説明してください。プログラムには触れないでください。"
        "最後に答え {answer} を書いてください。"
    ),
}


def prompt(problem: Problem, strategy: Strategy, language: Language | None = None) -> Prompt:
    """The first request of a try. The instructions are in ``language``, that of the problem unless given."""
    language = language or problem.language
    if strategy in ("cot", "hybrid"):
        asked = (_COT if strategy == "cot" else _HYBRID)[language]
        return Prompt((Message("user", f"{asked}\n\n{problem.text}"),))
    if strategy == "plain":
        messages = [Message("user", f"{_PLAIN[language]}\n\n{problem.text}")]
    else:
        messages = [Message("system", _SYSTEM[language])]
        for question, program in _EXAMPLES[language]:
            messages += [Message("user", question), Message("assistant", f"{FENCE}{program}{CLOSE}")]
        messages.append(Message("user", problem.text))
    return Prompt(tuple(messages), opening=FENCE, stop=(CLOSE,))


def repair_prompt(
    problem: Problem, strategy: Strategy, program: str, feedback: str, language: Language | None = None
) -> Prompt:
    """The first request again, the last program, and what was wrong with it: one earlier program, never all of them."""
    language = language or problem.language
    first = prompt(problem, strategy, language)
    again = _AGAIN[language].format(feedback=feedback)
    messages = (*first.messages, Message("assistant", f"{FENCE}{program}{CLOSE}"), Message("user", again))
    return Prompt(messages, opening=first.opening, stop=first.stop)


def explanation_prompt(problem: Problem, program: str, answer: str) -> Prompt:
    """Asks for the solution in words, when the answer is known."""
    text = _EXPLAIN[problem.language].format(problem=problem.text, program=program, answer=answer)
    return Prompt((Message("user", text),))

"""Rehearse: what a worker for comparisons does once when it starts, so that no comparison pays for imports and caches."""

from typing import Any

from sandbox.worker.compare import compare

__all__ = ["rehearse"]

_SAMPLES = r"""\frac{1}{2}+\frac{\sqrt{3}}{2x} -3x^{2}+2xy-\frac{5}{7} 2\pi~r^2-\sqrt[3]{5}
\log_{2}3+\ln~x+\sin^2~x+\cos(2x)+\tan~x e^{-x}+|x-1|! x=\frac{-b\pm\sqrt{b^2-4ac}}{2a} \frac{n(n+1)}{2}
3\cdot~2^{n-1} \frac{8t}{3} 2x+1 x^2+y^2 (x-1)^2+(y+2)^2 \sqrt{5} a+b ab -x+3 \frac{1}{x} 3\sqrt{2} 5! \sin~2x
\cos\frac{\pi}{3} \ln|x|+C e^{2} 2+3i \frac{\sqrt{3}}{2} x^{-1} \frac{\pi}{4} -\infty 10a+b 36\pi 1+\sqrt{2}
\frac{1+\sqrt{5}}{2} 1/3 (a+b)(a-b) \frac{a}{b}+\frac{c}{d} |3+4i| 2x x^3 \tan\theta 12345 -0.25 (x+1)(x-2)^{3}
3\times~10^{5}-4\cdot~2\div~3 a_{n}=2^{n-1} 1+2i \binom{5}{2} x/3 \theta+\alpha"""
"""One of each kind of notation, for the parser; ~ is a blank."""


def rehearse() -> None:
    """Import math-verify and its parser, and let the parser see each kind of notation once: it keeps what it learns."""
    from latex2sympy2_extended import latex2sympy

    for latex in _SAMPLES.split():
        try:
            latex2sympy(latex.replace("~", " "))
        except Exception:
            continue
    compare(
        [{"gold": [_WARM[first]], "predicted": [_WARM[second]], "mode": "soft"} for first in _WARM for second in _WARM]
    )


_ONE, _TWO = ["i", "1"], ["i", "2"]
_X = ["s", "x"]
_ROOT = ["*", ["q", "1", "2"], ["^", ["i", "2"], ["q", "1", "2"]]]
_WARM: dict[str, dict[str, Any]] = {
    "number": {"kind": "value", "latex": _ROOT},
    "constant": {"kind": "value", "latex": ["+", ["c", "Pi"], ["log", _TWO], ["sin", _ONE]]},
    "sum": {"kind": "value", "latex": ["+", ["^", _X, _TWO], ["*", _TWO, _X], _ONE]},
    "product": {"kind": "value", "latex": ["^", ["+", _X, _ONE], _TWO]},
    "function": {"kind": "value", "latex": ["+", ["sin", _X], ["exp", _X], ["s", "C"]]},
    "equation": {"kind": "equation", "left": ["+", ["^", _X, _TWO], ["^", ["s", "y"], _TWO]], "right": _TWO},
    "chain": {"kind": "chain", "sides": [_ONE, _X, _TWO], "signs": ["<", "<="]},
    "inequality": {"kind": "chain", "sides": [["*", _TWO, _X], _TWO], "signs": [">"]},
    "interval": {
        "kind": "interval",
        "left": _ONE,
        "right": _ROOT,
        "left_open": True,
        "right_open": False,
        "sure": True,
    },
    "union": {"kind": "union", "every": False, "parts": [{"kind": "chain", "sides": [_X, _ONE], "signs": ["<"]}]},
    "several": {
        "kind": "several",
        "ordered": False,
        "items": [{"kind": "value", "latex": _ONE}, {"kind": "value", "latex": _ROOT}],
    },
}
"""One of each kind of form, compared with one another when a worker starts, so that no comparison pays for imports and caches."""

"""What the zygote imports and does once, so that no program has to."""

import random

__all__ = ["warm"]


def warm() -> None:
    """Do once what programs do, so that every fork starts with the modules and caches in memory. Same order, same seeds."""
    import_seeded()
    import numpy as np
    import sympy

    x, y = sympy.symbols("x y")
    sympy.solve([x + y - 3, x - y - 1], [x, y])
    sympy.solve(x**2 - 2, x)
    sympy.simplify(sympy.sin(x) ** 2 + sympy.cos(x) ** 2)
    sympy.factor(sympy.expand((x + 1) ** 3))
    sympy.integrate(x * sympy.exp(x), x)
    sympy.lambdify(x, sympy.sqrt(x))
    sympy.latex(sympy.sympify("1/3 + sqrt(2)").evalf())
    sympy.Matrix([[1, 2], [3, 4]]).inv()
    np.linalg.solve(np.array([[2.0, 1.0], [1.0, 3.0]]), np.ones(2)).dot(np.ones(2))
    np.random.seed(0)
    sympy.core.random.seed(0)


def import_seeded() -> None:
    """sympy numbers its Dummy symbols from a random number on, and the order of sets, and so what programs print, follows it."""

    class Seeded(random.Random):
        def __init__(self, x: object = 0) -> None:
            super().__init__(0 if x is None else x)  # type: ignore[arg-type]

    real, random.Random = random.Random, Seeded  # type: ignore[misc]
    try:
        import sympy  # noqa: F401
    finally:
        random.Random = real  # type: ignore[misc]

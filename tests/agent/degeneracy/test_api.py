"""Names, methods and arguments, resolved against the real sandbox's own index."""

from __future__ import annotations

import ast

import pytest

from agent.degeneracy.api import api
from agent.degeneracy.mask import mask
from agent.degeneracy.programs import api_in_text
from sandbox import NameIndex, Pool, Status

UNKNOWN = {
    "a function": ("import sympy as sp\nprint(sp.solve_quadratic(1))", "unknown_name", "solve_quadratic"),
    "an imported name": ("from sympy import Triangular_number\nprint(1)", "unknown_name", "Triangular_number"),
    "of the standard library": ("import math\nprint(math.cosine(0))", "unknown_name", "cosine"),
    "a method of a matrix": (
        "from sympy import Matrix\nm = Matrix([[1]])\nprint(m.inverse_matrix())",
        "unknown_name",
        "inverse_matrix",
    ),
    "a method of a symbol": (
        "from sympy import *\nx = symbols('x')\nprint(x.simplified())",
        "unknown_name",
        "simplified",
    ),
    "a method of an expression": (
        "from sympy import symbols, sqrt\nx = symbols('x')\nangle = 3*x + sqrt(10)\nhalf = angle / 2\nprint(half.substitute(x, 1))",
        "unknown_name",
        "substitute",
    ),
    "an attribute of an equation": (
        "import sympy as sp\nx = sp.Symbol('x')\ne = sp.Eq(x, 2)\nprint(e.left)",
        "unknown_name",
        "left",
    ),
    "one of two symbols": (
        "from sympy import symbols\nx, y = symbols('x y')\nprint(y.roots())",
        "unknown_name",
        "roots",
    ),
    "a method of a list": ("a = [1, 2]\na.add(3)\nprint(a)", "unknown_name", "add"),
    "of a submodule": ("import numpy as np\nprint(np.linalg.inverse([[1]]))", "unknown_name", "inverse"),
    "a name that is nowhere": ("from sympy import *\nprint(triangle_area(3, 4))", "undefined", "triangle_area"),
    "a keyword": ("import numpy as np\nprint(np.zeros(3, fill=1))", "wrong_call", "no parameter 'fill'"),
    "a built-in's keyword": ("print(sorted([2, 1], by=abs))", "wrong_call", "no parameter 'by'"),
    "too many arguments": ("from sympy import isprime\nprint(isprime(3, 4))", "wrong_call", "takes 1 arguments, not 2"),
    "too few arguments": ("import math\nprint(math.gcd(4, 6), math.comb(4))", "wrong_call", "needs the argument"),
}
FINE = [
    "import math\ntry:\n    from math import sumprod2\nexcept ImportError:\n    sumprod2 = None\nprint(sumprod2)",
    "import math\ntry:\n    print(math.cosine(0))\nexcept (AttributeError, TypeError):\n    print(math.cos(0))",
    "from sympy import *\nx = symbols('x')\ny = 2*x**3 + 1\ny = expand(y)\nprint(y.subs(x, 2).p, (x**2).base, (x + 1).as_coefficients_dict(), -y.args[0])",
    "from sympy import *\nimport numpy as np\nx = symbols('x')\nprint((x * np.array([1, 2])).shape, (x * eye(2)).det(), Eq(x, 2).lhs)",
    "from sympy import *\nx, n = symbols('x n')\ns = 1\nfor k in range(3):\n    s = s * x\nprint(s.exp)",
    "from sympy import *\nx, y = symbols('x y')\nf = Function('f')\nprint(solve([x + y - 2, x - y], [x, y], dict=True)[0][x].evalf(3))",
    "import numpy as np\na = np.array([1, 2])\nprint(a.T.shape, np.linalg.norm(a), a.tolist())",
    "from sympy import Matrix, Point, Line\nm = Matrix([[2]])\nprint(m.inv().det(), Point(1, 2).x, Line(Point(0, 0), Point(1, 1)).slope)",
    "def area(a, b):\n    return a * b\n\n\nclass Box:\n    def open(self):\n        return area(2, 3)\n\n\nprint(Box().open())",
    "import math\nfrom itertools import *\nprint(len(list(combinations(range(4), 2))), math.gcd(4, 6))",
    "from collections import Counter\nc = Counter('aab')\nprint(c.most_common(1), sorted(c, key=lambda k: -c[k], reverse=True))",
    "x = [3]\nfor x in range(2):\n    pass\nprint(x.bit_length())",
    "print(sum(range(4)), round(2.5, 1), max([1], default=0), end='\\n', sep=' ')",
    "import sympy\nprint(sympy.Rational(1, 3).limit_denominator(5), sympy.ntheory.factorint(12))",
]


@pytest.fixture(scope="module")
async def names(box: Pool) -> NameIndex:
    return await box.names()


@pytest.mark.parametrize(("source", "rule", "says"), UNKNOWN.values(), ids=UNKNOWN)
async def test_unknown(box: Pool, names: NameIndex, source: str, rule: str, says: str) -> None:
    (finding, *_) = api(source, ast.parse(source), names)
    assert (finding.kind, finding.rule, finding.severity) == ("api", rule, "hard")
    assert says in finding.message
    assert 0 <= finding.start < finding.end <= len(source)
    assert (await box.run(source)).status is Status.RUNTIME_ERROR  # it really does not work


@pytest.mark.parametrize("source", FINE)
async def test_fine(box: Pool, names: NameIndex, source: str) -> None:
    assert api(source, ast.parse(source), names) == ()
    assert (await box.run(source)).status is Status.OK


def test_what_a_program_defines_is_its_own(names: NameIndex) -> None:
    for source in (
        "solve_it = lambda n: n\nprint(solve_it(3))",
        "from helpers import *\nprint(solve_it(3))",
        "import scipy\nprint(scipy.optimise_all())",
        "try:\n    from sympy import prime\nexcept ImportError as problem:\n    problem(1)",
    ):
        assert [finding for finding in api(source, ast.parse(source), names) if finding.kind == "api"] == []


def test_blocks_of_a_text_share_their_names_and_broken_code_is_read_as_far_as_it_goes(names: NameIndex) -> None:
    text = "First:\n```python\ndef twice(n):\n    return 2 * n\n```\nthen\n```python\nimport sympy\nprint(twice(sympy.foo(3)))\nprint((1 +\n```\nwith `sympy.bar()`."
    found = list(api_in_text(mask(text), names))
    assert [text[finding.start : finding.end] for finding in found] == ["sympy.foo", "sympy.bar"]
    assert [finding.severity for finding in found] == ["hard", "soft"]


def test_every_signature_of_the_index_can_be_parsed(names: NameIndex) -> None:
    signatures = [signature for module in names.modules.values() for signature in module.names.values() if signature]
    assert len(signatures) > 1000
    for signature in signatures:
        ast.parse(f"def f{signature}: 0")
    assert "inv" in names.classes["sympy.Matrix"].names
    assert "x" in names.classes["sympy.Point"].names

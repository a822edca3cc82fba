"""The same program prints the same bytes: in every worker, on every backend, given equal Python, numpy and sympy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from sandbox import Pool, Profile, SandboxUnavailable, open_sandbox
from tests.need import lacking
from tests.sandbox.programs import ESCAPE

PROGRAMS = {
    "hashes": "print(hash('sangaku'), {'b', 'a', 'c', 'd'}, hash((1, 'x')), hash(frozenset('abc')))",
    "dummies": (
        "from sympy import Dummy, Symbol\nx, d, e = Symbol('x'), Dummy('x'), Dummy('x')\n"
        "print(d.sort_key(), {hash(d) % 97, hash(e) % 97}, list({d, e, x}), hash(d + x * e))"
    ),
    "solutions": (
        "from sympy import *\nx, y, z = symbols('x y z')\n"
        "print(solve([x**2 + y - 3, x - y], [x, y]), solveset(sin(x) - 1, x), list({x, y, z, x + y, x * y}))\n"
        "print((x + y + z).args, factor(x**4 - 1), Poly(x * y + z).gens, list((x * y * z + x).free_symbols))"
    ),
    "random": (
        "import random, numpy, sympy.core.random\nprint(random.random(), random.sample(range(9), 3), numpy.random.rand())\n"
        "print(sympy.core.random.randint(1, 10**9), list(random.Random(7).choices('abc', k=5)))"
    ),
    "time zone": "import time, datetime\nprint(time.tzname, time.localtime(0).tm_hour, datetime.datetime.fromtimestamp(86400))",
    "locale": ESCAPE
    + "import locale\nprint(sys.stdout.encoding, sys.getfilesystemencoding(), locale.getlocale(), '算額')",
    "threads of BLAS": (
        "import numpy as np\na = np.sin(np.arange(250000.)).reshape(500, 500)\nb = a @ a\n"
        "print(repr(b.sum()), repr(b[3, 7]), repr(np.linalg.norm(b)))"
    ),
    "limits": ESCAPE
    + "import resource\nprint(resource.getrlimit(resource.RLIMIT_STACK), sys.getrecursionlimit(), sys.argv)",
    "errors": "def f(n):\n    return f(n + 1)\nf(0)",
    "environment": ESCAPE + "print(dict(os.environ), sys.flags.hash_randomization, sys.flags.optimize)",
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
async def test_every_worker_prints_the_same(sandbox: Pool, second: Pool, reference: Pool, program: str) -> None:
    first = await sandbox.run(program)
    other = await second.run(program)
    assert (first.status, first.stdout, first.stderr) == (other.status, other.stdout, other.stderr)
    if versions(await sandbox.profile()) == versions(await reference.profile()):
        there = await reference.run(program)
        assert (first.status, first.stdout) == (there.status, there.stdout)


@pytest.fixture(scope="module")
async def second(sandbox: Pool) -> AsyncIterator[Pool]:
    """Another worker of the same backend."""
    async with await open_sandbox(sandbox.backend.name, workers=1) as pool:
        yield pool


@pytest.fixture(scope="module")
async def reference() -> AsyncIterator[Pool]:
    """A worker of the backend that every machine has."""
    try:
        pool = await open_sandbox("process", workers=1)
    except SandboxUnavailable as error:
        lacking("process", error.message)
    async with pool:
        yield pool


def versions(profile: Profile) -> tuple[str, str, str]:
    """What has to be equal: the patch level of Python does not change what these programs print."""
    return profile.python.rpartition(".")[0], profile.numpy, profile.sympy


async def test_in_any_order_and_at_the_same_time(sandbox: Pool) -> None:
    programs = list(PROGRAMS.values())
    alone = [(await sandbox.run(program)).stdout for program in programs]
    together = await asyncio.gather(*(sandbox.run(program) for program in reversed(programs)))
    assert [seen.stdout for seen in reversed(together)] == alone

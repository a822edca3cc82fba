"""Workers for comparisons on every backend: what they read and compare, and that ordinary ones do neither."""

from __future__ import annotations

import pytest

from sandbox import BackendName, Limits, Pool, WorkerDied, open_sandbox


async def test_reading_and_comparing(backend: BackendName) -> None:
    async with await open_sandbox(backend, workers=1, comparison=True) as pool:
        limits = Limits(wall_s=5)
        trees = await pool.answer(
            "read", limits=limits, texts=["\\frac{x+1}{2}", "\\frac{1}{2}+x/2", "]["], imaginary=False
        )
        assert isinstance(trees, list)
        assert trees[2] is None
        forms = [{"kind": "value", "latex": tree} for tree in trees[:2]]
        jobs = [{"gold": [forms[0]], "predicted": [forms[1]], "mode": mode} for mode in ("soft", "strict")]
        assert await pool.answer("compare", limits=limits, jobs=jobs) == [
            ["equal", "the same expression"],
            ["different", "another form"],
        ]
        assert await pool.answer("read", limits=Limits(wall_s=0.2), texts=["x"] * 100_000, imaginary=False) is None
        ran = await pool.run("print(6 * 7)")  # programs still run there, locked as ever
        assert ran.stdout == "42\n"
        refused = await pool.run("import math_verify")
        assert refused.status == "policy"


async def test_ordinary_workers_do_not_compare(sandbox: Pool) -> None:
    with pytest.raises(WorkerDied):
        await sandbox.answer("read", limits=Limits(), texts=["1"], imaginary=False)
    assert (await sandbox.run("print(1)")).stdout == "1\n"


async def test_a_tree_of_unknown_nodes_is_undecided(backend: BackendName) -> None:
    async with await open_sandbox(backend, workers=1, comparison=True) as pool:
        forms = [{"kind": "value", "latex": tree} for tree in (["i", "1"], ["__import__", "os"])]
        jobs = [{"gold": [forms[0]], "predicted": [forms[1]], "mode": "soft"}]
        found = await pool.answer("compare", limits=Limits(), jobs=jobs)
        assert isinstance(found, list)
        assert [outcome for outcome, _ in found] == ["undecided"]

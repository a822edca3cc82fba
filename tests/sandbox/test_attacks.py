"""The shipped attacks: on every backend none gets through, and each gets through where its one defence is taken away."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest

from sandbox import Limits, Pool, Process, Profile, SandboxUnavailable
from sandbox.attacks import ATTACKS, FAMILIES, Attack, Verdict, assail
from sandbox.attacks.attack import DEFENCES, Defence
from sandbox.attacks.prelude import assemble
from sandbox.attacks.run import HARMLESS, strike
from sandbox.attacks.scene import VARIABLE, Scene
from sandbox.errors import SandboxError
from sandbox.handle import Worker
from sandbox.profile import inspect
from sandbox.worker import frames
from sandbox.worker.scratch import empty
from tests.need import REQUIRED, lacking
from tests.sandbox.weakened import LAYERS, Weakened

AIMED_AT = sorted({attack.defence for attack in ATTACKS})


def test_the_suite_is_whole() -> None:
    assert len(ATTACKS) >= 150
    assert len({attack.id for attack in ATTACKS}) == len(ATTACKS)
    assert {attack.family for attack in ATTACKS} == set(FAMILIES)
    assert min(Counter(attack.family for attack in ATTACKS).values()) >= 15
    assert set(LAYERS) == set(DEFENCES)
    programs = Counter((attack.program, attack.follow) for attack in ATTACKS)
    assert [program for program, count in programs.items() if count > 1] == []
    for attack in ATTACKS:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", attack.name), attack.id
        assert attack.check, attack.id
        assert 10 < len(attack.aim) < 130, attack.id
        compile(attack.program if attack.bare else assemble(attack.program, {}), attack.id, "exec")


@pytest.mark.timeout(600)
async def test_nothing_gets_through(sandbox: Pool, box: Pool) -> None:
    name = sandbox.backend.name
    if name != box.backend.name and name not in REQUIRED:
        pytest.skip(
            f"tried on {box.backend.name}, which `auto` takes here; `sangaku sandbox attack --backend {name}` tries it"
        )
    verdicts = await asyncio.to_thread(lambda: list(assail(sandbox.backend, ATTACKS)))
    assert [verdict.attack for verdict in verdicts] == list(ATTACKS)
    through = [f"{v.attack.id}: {v.reason}" for v in verdicts if v.outcome == "not_contained"]
    assert through == []
    beside = [f"{v.attack.id}: {v.reason}" for v in verdicts if v.outcome == "not_applicable"]
    assert len(beside) <= len(ATTACKS) * 0.05, beside


@pytest.fixture(scope="module")
def taken_away(canary: None) -> Iterator[dict[Defence, Future[list[Verdict]]]]:
    """What each defence's attacks get where it is missing; two at a time, for most of them wait for something."""
    if "process" not in REQUIRED:
        pytest.skip(
            "this tests the attacks, not the sandbox, and takes two minutes: SANGAKU_REQUIRE=process asks for it"
        )
    whole_profile()
    with ThreadPoolExecutor(2) as threads:
        yield {defence: threads.submit(undefended, defence) for defence in AIMED_AT}


@pytest.fixture(scope="module")
def canary() -> Iterator[None]:
    """One secret in the environment for all scenes of this module."""
    os.environ[VARIABLE] = secrets.token_hex(16)
    yield
    del os.environ[VARIABLE]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("defence", AIMED_AT)
def test_each_gets_through_where_its_defence_is_taken_away(
    defence: Defence, taken_away: dict[Defence, Future[list[Verdict]]]
) -> None:
    if defence == "privileges" and os.geteuid() != 0:
        pytest.skip("an ordinary user has no privileges to take away")
    verdicts = taken_away[defence].result()
    assert [v.attack.id for v in verdicts if v.outcome == "contained"] == []
    assert [v.attack for v in verdicts] == aiming_at(defence)


def aiming_at(defence: Defence) -> list[Attack]:
    return [attack for attack in ATTACKS if attack.defence == defence]


def undefended(defence: Defence) -> list[Verdict]:
    return list(without(defence))


def without(defence: Defence) -> Iterator[Verdict]:
    """The verdicts of its attacks in workers without ``defence``; a new worker follows one that an attack has spoilt."""
    folder = Path(tempfile.mkdtemp(prefix="sangaku-scratch-", dir="/dev/shm"))
    folder.chmod(0o777)  # the worker may have another user
    try:
        with Scene(uid=whole_profile().uid) as scene:
            backend = Weakened(defence, scratch=folder)  # the scene has put its secret into the environment
            worker = start(backend)
            right = worker.run(HARMLESS, Limits()).stdout
            assert right
            for attack in aiming_at(defence):
                if reason := attack.needs(whole_profile()):
                    yield Verdict(attack=attack, outcome="not_applicable", reason=reason, status="", wall_s=0.0)
                    continue
                verdict = strike(worker, scene, attack, right)
                yield verdict
                if not renewed(worker, defence, right):
                    worker.close()
                    worker = start(backend)
            worker.close()
    finally:
        empty(str(folder))  # rmtree gives up on deep folders and on dark ones
        folder.rmdir()


def start(backend: Process) -> Worker:
    try:
        return Worker(backend.start())
    except SandboxUnavailable as error:
        lacking("process", error.message)


def renewed(worker: Worker, defence: Defence, right: str) -> bool:
    """Whether the worker is as it was before the attack, and so fit for another."""
    try:
        if defence == "fork":
            # It runs programs in itself: only a new process, forked from the clean one, is as it was.
            worker._transport.send(frames.encode({"op": "reset"}), deadline=time.monotonic() + 10)
        worker.spent = False
        return worker.run(HARMLESS, Limits()).stdout == right
    except (SandboxError, OSError):
        return False


@cache
def whole_profile() -> Profile:
    """The profile of the process backend as it is, with all its defences."""
    backend = Process()
    worker = start(backend)
    try:
        return inspect(backend, worker.observe())
    finally:
        worker.close()


def test_what_the_scene_leaves() -> None:
    before = set(Path(tempfile.gettempdir()).glob("sangaku-scene-*"))
    with Scene(uid=whole_profile().uid) as scene:
        scene.renew()
        assert scene.made() == []
        assert scene.connections() == []
        (scene.folder / "precious").write_text("changed")
        (scene.folder / "new").write_text("")
        assert set(scene.made()) >= {"precious", "new"}
        folder, victim = scene.folder, scene.victim
    assert victim.poll() is not None
    assert not folder.exists()
    assert set(Path(tempfile.gettempdir()).glob("sangaku-scene-*")) == before

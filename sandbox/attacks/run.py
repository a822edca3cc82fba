"""Runs hostile programs against this machine's own sandbox and looks at what they got, from outside.

It shows what was tried and held. It does not show that nothing else could be tried: defects of the kernel, and side channels
such as timing, are not looked for.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Literal

from sandbox.attacks.attack import Attack
from sandbox.attacks.prelude import assemble
from sandbox.attacks.scene import Scene
from sandbox.base import Limits, Profile
from sandbox.errors import SandboxError, SandboxUnavailable, WorkerDied
from sandbox.handle import Worker
from sandbox.pool import Backend
from sandbox.profile import inspect

__all__ = ["HARMLESS", "Outcome", "Verdict", "assail", "strike"]

Outcome = Literal["contained", "not_contained", "not_applicable"]

HARMLESS = """
import collections, decimal, fractions, json, math, random, re
import numpy as np, sympy as sp
x = sp.Symbol("x", positive=True)
print(sp.expand((x + 1) ** 2), sp.diff(x**3, x), sp.sqrt(8), sp.pi.evalf(20), sp.Rational(6, 4), sp.E > 2, sp.Dummy("d").sort_key())
print(np.arange(6).reshape(2, 3).sum(axis=0), np.pi == math.pi, np.dot([1.5, 2], [2, 4]), np.random.random(), np.float64(0.1))
print(random.random(), math.factorial(20), sum(range(101)), sorted("sangaku"), decimal.Decimal(1) / 3, fractions.Fraction(6, 4))
print(json.dumps({"a": [1, 2.5, None]}), re.sub("a", "b", "banana"), len(__builtins__), {"b", "a", "c"}, __name__)
print(collections.Counter("hello").most_common(1), [i * i for i in range(5)], int("7" * 30) % 97, "%.3f" % 2.0005, round(2.5))
"""
"""Run after every attack in the same worker; must print what it printed before the first."""

_HARMLESS_LIMITS = Limits()


@dataclass(frozen=True, kw_only=True)
class Verdict:
    attack: Attack
    outcome: Outcome
    reason: str
    """What it got, or why it does not apply; empty where it was contained."""
    status: str
    wall_s: float


def assail(backend: Backend, attacks: Sequence[Attack]) -> Generator[Verdict, None, None]:
    """Run ``attacks`` one after the other in one worker of ``backend``. Blocking.

    Raises `SandboxUnavailable` where no worker can be started, before the first attack or after one that ended its worker.
    """
    with contextlib.ExitStack() as stack:
        worker, profile = _start(backend)
        stack.callback(lambda: worker.close())
        scene = stack.enter_context(Scene(uid=profile.uid))
        first = worker.run(HARMLESS, _HARMLESS_LIMITS)
        if not first.ok or not first.stdout:
            raise SandboxUnavailable(f"the harmless program does not run here: {first.message or first.status.value}")
        right = first.stdout
        for attack in attacks:
            reason = attack.needs(profile)
            if reason:
                yield Verdict(attack=attack, outcome="not_applicable", reason=reason, status="", wall_s=0.0)
                continue
            verdict = strike(worker, scene, attack, right)
            if verdict.outcome == "not_contained" and not _sound(worker, right):
                worker.close()
                worker, profile = _start(backend)
            yield verdict


def _start(backend: Backend) -> tuple[Worker, Profile]:
    worker = Worker(backend.start())
    try:
        return worker, inspect(backend, worker.observe())
    except BaseException:
        worker.close()
        raise


def strike(worker: Worker, scene: Scene, attack: Attack, right: str) -> Verdict:
    """Run one attack and look at what it got. ``right`` is what `HARMLESS` prints in this worker."""
    scene.renew()
    parts = [attack.program, attack.follow] if attack.follow else [attack.program]
    programs = parts if attack.bare else [assemble(part, scene.values()) for part in parts]
    try:
        for program in programs:
            seen = worker.run(program, attack.limits)
            if worker.spent:
                break  # a pool runs no other program in it
    except WorkerDied as error:
        return Verdict(attack=attack, outcome="not_contained", reason=error.message, status="", wall_s=0.0)
    except Exception as error:  # noqa: BLE001 - of whatever kind: no program may break the host's own code
        reason = f"the host failed: {type(error).__name__}: {str(error)[:100]}"
        return Verdict(attack=attack, outcome="not_contained", reason=reason, status="", wall_s=0.0)
    reasons = [found for check in attack.check if (found := check(scene, seen))]
    if not _sound(worker, right):
        reasons.append("the harmless program after it gave another answer")
    if worker.spent:
        reasons.append("it left what cannot be wiped")
    return Verdict(
        attack=attack,
        outcome="not_contained" if reasons else "contained",
        reason="; ".join(reasons),
        status=seen.status.value,
        wall_s=seen.wall_s,
    )


def _sound(worker: Worker, right: str) -> bool:
    try:
        return not worker.spent and worker.run(HARMLESS, _HARMLESS_LIMITS).stdout == right
    except SandboxError:
        return False

"""Checks from outside: what the host sees in its own scene, and what the zygote measured. Each returns what the attack got."""

from __future__ import annotations

import fcntl
import time
from pathlib import Path

from sandbox.attacks.attack import Check
from sandbox.attacks.prelude import REACHED
from sandbox.attacks.scene import Scene
from sandbox.base import Execution, Status

__all__ = [
    "lock_holder",
    "no_connection",
    "no_lock",
    "no_process",
    "no_secret",
    "no_success",
    "no_typing",
    "no_writing",
    "output_within",
    "peak_at_least",
    "peak_within",
    "status",
    "stdout_is",
    "stdout_is_not",
    "stopped_within",
    "victim_lives",
    "victim_untouched",
    "wall_at_least",
]


def no_success(scene: Scene, seen: Execution) -> str:
    """It did not get as far as its own word for success."""
    lines = [line for line in seen.stdout.splitlines() if line.startswith(REACHED)]
    return f"it got there: {lines[0][:200]}" if lines else ""


def no_secret(scene: Scene, seen: Execution) -> str:
    return "it read the secret" if scene.secret in seen.stdout + seen.stderr else ""


def no_connection(scene: Scene, seen: Execution) -> str:
    reached = scene.connections()
    return f"it reached the host's listener: {', '.join(reached)}" if reached else ""


def no_writing(scene: Scene, seen: Execution) -> str:
    made = scene.made()
    return f"it changed files of the host: {', '.join(made)[:200]}" if made else ""


def no_typing(scene: Scene, seen: Execution) -> str:
    typed = scene.typed()
    return f"it wrote to the host's terminal: {typed[:80]!r}" if typed else ""


def victim_lives(scene: Scene, seen: Execution) -> str:
    """The host's process still runs (is neither ended nor stopped)."""
    for _ in range(2):
        if scene.victim.poll() is not None:
            return "it ended a process of the host"
        time.sleep(0.005)  # a signal takes a moment
    state = Path(f"/proc/{scene.victim.pid}/stat").read_text().rpartition(")")[2].split()[0]
    return f"it stopped a process of the host ({state})" if state in "Tt" else ""


def victim_untouched(scene: Scene, seen: Execution) -> str:
    """The host's process still runs as it ran: its priority, processors, limits …"""
    ended = victim_lives(scene, seen)
    if ended:
        return ended
    changed = scene.treatment()
    return f"it changed a process of the host: {', '.join(changed)}" if changed else ""


def no_lock(scene: Scene, seen: Execution) -> str:
    """Nobody holds a lock on the host's null device."""
    return lock_holder()


def lock_holder() -> str:
    with Path("/dev/null").open("r+b", buffering=0) as null:
        try:
            fcntl.flock(null, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return "a lock on the host's null device is held"
    return ""


def no_process(scene: Scene, seen: Execution) -> str:
    left = scene.processes()
    return f"{len(left)} of its processes outlived it" if left else ""


def status(*wanted: Status) -> Check:
    """It ended with one of these."""

    def check(scene: Scene, seen: Execution) -> str:
        return "" if seen.status in wanted else f"it ended with {seen.status.value}: {seen.message[:200]}"

    return check


def stopped_within(seconds: float) -> Check:
    """Ended, by itself or not, before ``seconds`` had passed, as the zygote measures it."""

    def check(scene: Scene, seen: Execution) -> str:
        return "" if seen.wall_s <= seconds else f"it ran for {seen.wall_s:.1f} s"

    return check


def peak_within(mb: float) -> Check:
    """Never held more than ``mb`` MiB above the zygote, as the kernel counted."""

    def check(scene: Scene, seen: Execution) -> str:
        return "" if seen.peak_mb <= mb else f"it held {seen.peak_mb:.0f} MB"

    return check


def output_within(characters: int) -> Check:
    """No more than this came back."""

    def check(scene: Scene, seen: Execution) -> str:
        size = len(seen.stdout) + len(seen.stderr)
        return "" if size <= characters else f"{size} characters came back"

    return check


def stdout_is_not(forged: str) -> Check:
    def check(scene: Scene, seen: Execution) -> str:
        return "its forged report was believed" if seen.stdout == forged else ""

    return check


def stdout_is(right: str) -> Check:
    """The program that followed printed what it prints where nothing went before it."""

    def check(scene: Scene, seen: Execution) -> str:
        return "" if seen.stdout == right else f"the program after it printed {seen.stdout[:200]!r}"

    return check


def wall_at_least(seconds: float) -> Check:
    def check(scene: Scene, seen: Execution) -> str:
        return "" if seen.wall_s >= seconds else f"it passed for {seen.wall_s:.2f} s"

    return check


def peak_at_least(mb: float) -> Check:
    def check(scene: Scene, seen: Execution) -> str:
        return "" if seen.peak_mb >= mb else f"it passed for {seen.peak_mb:.0f} MB"

    return check

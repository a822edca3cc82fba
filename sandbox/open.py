"""Chooses a backend: the one asked for, or the first that passes its own probe on this machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

from sandbox.base import BackendName, Limits
from sandbox.bubblewrap import Bubblewrap
from sandbox.docker import Docker
from sandbox.errors import SandboxUnavailable
from sandbox.pool import Backend, Pool
from sandbox.process import Process

__all__ = ["BACKENDS", "open_sandbox"]

BACKENDS: tuple[BackendName, ...] = get_args(BackendName)
"""In the order in which `auto` tries them: the strongest isolation first."""


async def open_sandbox(
    backend: BackendName | Literal["auto"] = "auto",
    *,
    workers: int | None = None,
    limits: Limits | None = None,
    queue_timeout_s: float = 300.0,
    image: str | None = None,
    comparison: bool = False,
    on_skip: Callable[[BackendName, SandboxUnavailable], None] | None = None,
) -> Pool:
    """A pool whose first worker has started and shown, by trying, that its isolation holds.

    ``comparison``: its workers compare answers as well.

    ``on_skip`` is told why `auto` passed a backend over. Raises `SandboxUnavailable` where none can be had.
    """
    makers: dict[BackendName, Callable[[], Backend]] = {
        "docker": lambda: Docker(image=image, comparison=comparison),
        "bubblewrap": lambda: Bubblewrap(comparison=comparison),
        "process": lambda: Process(comparison=comparison),
    }
    reasons: list[str] = []
    for name in BACKENDS if backend == "auto" else (backend,):
        pool = Pool(makers[name](), workers=workers, limits=limits, queue_timeout_s=queue_timeout_s)
        try:
            await pool.profile()
        except SandboxUnavailable as error:
            await pool.aclose()
            if backend != "auto":
                raise
            reasons.append(f"{name}: {error.message}")
            if on_skip is not None:
                on_skip(name, error)
        except BaseException:
            await pool.aclose()
            raise
        else:
            return pool
    raise SandboxUnavailable(
        f"no sandbox can be started here ({'; '.join(reasons)})", advice="Run `sangaku doctor` to see what is missing."
    )

"""What a run found, told: the goals, the tables for people, the lines of JSON for machines. No measuring happens here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.sandbox.programs import FORK, IMPORT, PROGRAMS, SYMPY, TRIVIAL, Program
from benchmarks.sandbox.run import Results
from benchmarks.sandbox.soak import MEMORY_MB, Reading, Soak

__all__ = ["Goal", "contract", "goals", "show", "to_lines"]

FLOOR = "fork floor"
CONTAINER = "container each"


@dataclass(frozen=True, slots=True)
class Goal:
    """What the project set itself."""

    text: str
    backend: str
    measured: float | None
    """None where it was not measured."""
    bound: float
    unit: str
    most: bool
    """Whether the bound is the most allowed; else the least."""

    @property
    def met(self) -> bool | None:
        if self.measured is None:
            return None
        return self.measured <= self.bound if self.most else self.measured >= self.bound


def goals(results: Results) -> list[Goal]:
    """Each goal for each backend that took part."""
    found = []
    floor = results.latency(FLOOR, FORK)
    loaded_floor = results.latency(FLOOR, FORK, "loaded")
    bare = results.private_mb(FLOOR)
    soaks = {soak.backend: soak for soak in results.soaks}
    for name in results.backends:
        warm = results.latency(name, TRIVIAL)
        loaded = results.latency(name, TRIVIAL, "loaded")
        private = results.private_mb(name)
        rate = results.rate(name, _doubled(results))
        soak = soaks.get(name)
        found += [
            Goal("warm p50, in fork floors", name, warm.p50 / floor.p50 if warm and floor else None, 2, "x", True),
            Goal(
                "p99 under load, in the floor's",
                name,
                loaded.p99 / loaded_floor.p99 if loaded and loaded_floor else None,
                2,
                "x",
                True,
            ),
            *(
                Goal(
                    f"{program.name}: faster than a container each",
                    name,
                    _gain(results, name, program),
                    100,
                    "x",
                    False,
                )
                for program in (IMPORT, SYMPY)
            ),
            Goal(f"trivial programs a second, {results.environment['cores']} cores", name, rate, 200, "/s", False),
            Goal(
                "private memory above a bare zygote",
                name,
                private - bare if private is not None and bare is not None else None,
                25,
                "MB",
                True,
            ),
            Goal(
                f"growth over {soak.programs:,} programs" if soak else "growth (--soak 10000)",
                name,
                (0.0 if soak.passed else float(len(soak.grown()) or 1)) if soak else None,
                0,
                "",
                True,
            ),
        ]
    return found


def _gain(results: Results, name: str, program: Program) -> float | None:
    container, own = results.latency(CONTAINER, program), results.latency(name, program)
    return container.p50 / own.p50 if container and own else None


def contract(results: Results) -> dict[str, Any]:
    """The object of the last line of --json. A number that could not be measured is null."""
    floor, loaded_floor = results.latency(FLOOR, FORK), results.latency(FLOOR, FORK, "loaded")
    container = results.latency(CONTAINER, SYMPY)
    return {
        "fork_floor_ms_p50": _round(floor.p50 if floor else None),
        "fork_floor_ms_p99": _round(loaded_floor.p99 if loaded_floor else None),
        "bare_zygote_mb": _round(results.private_mb(FLOOR)),
        "container_per_program_ms_p50": _round(container.p50 if container else None),
        "backends": {name: _numbers(results, name) for name in results.backends},
        "peers": {name: _numbers(results, name) for name in results.peers},
    }


def to_lines(results: Results) -> Iterator[str]:
    """One JSON object a line: the details, each with its kind in `detail`, and the contract's at the end."""
    details: list[dict[str, Any]] = [{"detail": "environment", **results.environment}]
    for latency in results.latencies:
        ms = {name: _round(value) for name, value in asdict(latency.ms).items()}
        where = {"in_flight": latency.in_flight, "how": latency.how}
        details.append({"detail": "latency", "contender": latency.contender, "program": latency.program, **where, **ms})
    for rate in results.rates:
        numbers = {"in_flight": rate.in_flight, "programs_per_s": _round(rate.per_s)}
        details.append({"detail": "rate", "contender": rate.contender, **numbers})
    for name, usages in results.usages.items():
        for usage in usages:
            numbers = {key: _round(value) for key, value in asdict(usage).items()}
            details.append({"detail": "memory", "contender": name, **numbers})
    for name, ms_each in results.start_ups.items():
        details.append({"detail": "start_up", "contender": name, "ms": [_round(ms) for ms in ms_each]})
    for name, isolation in results.isolations.items():
        details.append({"detail": "isolation", "contender": name, **asdict(isolation)})
    for name, why in results.absent.items():
        details.append({"detail": "absent", "contender": name, "why": why})
    for contender, program, fault in results.errors:
        details.append({"detail": "error", "contender": contender, "program": program, "fault": fault})
    for soak in results.soaks:
        verdict = {"passed": soak.passed, "grown": soak.grown()}
        details.append({"detail": "soak", **asdict(soak), **verdict})
    for goal in goals(results):
        details.append({"detail": "goal", **asdict(goal), "measured": _round(goal.measured), "met": goal.met})
    for line in [*details, contract(results)]:
        yield json.dumps(line, ensure_ascii=False)


def show(results: Results, console: Console) -> None:
    """The tables."""
    environment = ", ".join(f"{name} {_plain(value)}" for name, value in results.environment.items())
    console.print(environment, markup=False, style="dim")
    for table in (_latencies(results), _in_flight(results), _memory(results), _isolations(results)):
        console.print(table)
    for soak in results.soaks:
        console.print(_soak(soak))
        console.print(_verdict(soak), markup=False)
    console.print(_goals(results))
    for contender, program, fault in results.errors:
        console.print(f"error: {contender}, {program}: {fault}", markup=False)
    for name, why in results.absent.items():
        console.print(f"left out: {name}: {why}", markup=False)


def _numbers(results: Results, name: str) -> dict[str, float | None]:
    warm, loaded = results.latency(name, TRIVIAL), results.latency(name, TRIVIAL, "loaded")
    sympy = results.latency(name, SYMPY)
    rated = [rate.per_s for rate in results.rates if rate.contender == name and rate.in_flight <= _doubled(results)]
    return {
        "warm_ms_p50": _round(warm.p50 if warm else None),
        "warm_ms_p99": _round(loaded.p99 if loaded else None),
        "sympy_ms_p50": _round(sympy.p50 if sympy else None),
        # A session takes one program at a time: then it is the rate at one in flight.
        "programs_per_s": _round(results.rate(name, _doubled(results)) or (rated[-1] if rated else None)),
        "private_mb_per_worker": _round(results.private_mb(name)),
    }


def _doubled(results: Results) -> int:
    return 2 * int(results.environment["cores"])


def _latencies(results: Results) -> Table:
    table = _table(
        "latency, one program in flight (ms); first: the first of a turn, after a pause and others",
        *("program", "contender", "n", "p50", "p95", "p99", "first p50"),
    )
    for program in (FORK, *PROGRAMS):
        rows = [one for one in results.latencies if one.program == program.name and one.how == "in a row"]
        for number, one in enumerate(rows):
            first = results.latency(one.contender, program, "first")
            summary = (_ms(one.ms.p50), _ms(one.ms.p95), _ms(one.ms.p99), _ms(first.p50) if first else "")
            table.add_row("" if number else program.name, one.contender, str(one.ms.n), *summary)
        table.add_section()
    return table


def _in_flight(results: Results) -> Table:
    levels = sorted({rate.in_flight for rate in results.rates})
    table = _table(
        "trivial programs in loops: ms with as many in flight as workers, and programs per second by number in flight",
        *("contender", "in flight", "n", "p50", "p95", "p99"),
        *(f"{level}: /s" for level in levels),
    )
    for one in results.latencies:
        if one.how == "loaded":
            rates = [results.rate(one.contender, level) for level in levels]
            summary = (_ms(one.ms.p50), _ms(one.ms.p95), _ms(one.ms.p99))
            shown = ["" if rate is None else _plain(rate) for rate in rates]
            table.add_row(one.contender, str(one.in_flight), str(one.ms.n), *summary, *shown)
    return table


def _memory(results: Results) -> Table:
    table = _table(
        "idle memory of each worker (MB), and start-up (ms, the median)",
        *("contender", "workers", "private", "of it anonymous", "zygote RSS", "processes", "start-up"),
    )
    for name in dict.fromkeys((*results.usages, *results.start_ups)):
        usages = results.usages.get(name, ())
        cells = [""] * 5
        if usages:
            anonymous = sum(usage.anonymous_mb for usage in usages) / len(usages)
            rss = sum(usage.rss_mb for usage in usages) / len(usages)
            private = results.private_mb(name) or 0.0
            cells = [str(len(usages)), f"{private:.1f}", f"{anonymous:.1f}", f"{rss:.1f}", str(usages[0].processes)]
        start_ups = results.start_ups.get(name)
        table.add_row(name, *cells, f"{median(start_ups):.0f}" if start_ups else "")
    return table


def _isolations(results: Results) -> Table:
    table = Table(title="what programs are kept from, by default", title_justify="left")
    for column in ("contender", "network", "files", "limits", "left by earlier programs"):
        table.add_column(column, overflow="fold")
    for name, isolation in results.isolations.items():
        table.add_row(name, isolation.network, isolation.files, isolation.limits, isolation.state)
    return table


def _soak(soak: Soak) -> Table:
    table = _table(f"soak: {soak.backend}, {soak.programs:,} programs in a row", "", "before", "half-way", "after")
    before, middle, after = soak.readings[0], soak.readings[len(soak.readings) // 2], soak.readings[-1]
    for name in Reading.__dataclass_fields__:
        values = [getattr(reading, name) for reading in (before, middle, after)]
        table.add_row(name.replace("_", " "), *("?" if value is None else _plain(value) for value in values))
    return table


def _verdict(soak: Soak) -> str:
    grown = [f"{name.replace('_', ' ')} {_plain(a)} → {_plain(b)}" for name, (a, b) in soak.grown().items()]
    words = [f"growth: {', '.join(grown)}" if grown else f"no growth (memory: less than {MEMORY_MB:g} MB)"]
    if soak.unread:
        words.append(f"could not be read: {', '.join(soak.unread)}")
    if soak.workers_replaced:
        words.append(f"the worker was replaced {soak.workers_replaced} times")
    if soak.errors:
        words.append(f"{len(soak.errors)} wrong answers, the first: {soak.errors[0]}")
    return f"{soak.backend}: {'; '.join(words)}"


def _goals(results: Results) -> Table:
    table = _table("goals", "goal", "backend", "measured", "bound", "met")
    for goal in goals(results):
        measured = "not measured" if goal.measured is None else f"{_plain(goal.measured)} {goal.unit}"
        bound = f"{'at most' if goal.most else 'at least'} {goal.bound:g} {goal.unit}"
        met = {True: "[green]yes[/green]", False: "[red]no[/red]", None: ""}[goal.met]
        table.add_row(goal.text, goal.backend, measured.strip(), bound.strip(), met)
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        words = column in ("", "program", "contender", "goal", "backend", "met")
        table.add_column(column, justify="left" if words and number < 2 else "right", no_wrap=True)
    return table


def _ms(value: float) -> str:
    return f"{value:.2f}" if value < 100 else f"{value:.0f}"


def _plain(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 3)

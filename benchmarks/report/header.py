"""What was run, in words: the title of a report and the facts of its manifests. Results are elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from benchmarks.manifest import Manifest, SetUsed
from benchmarks.report.markup import Markup, element, join
from benchmarks.report.sources import Source

__all__ = ["facts", "header", "title"]


def title(sources: Sequence[Source]) -> str:
    manifests = [source.manifest for source in sources if source.manifest]
    if not manifests:
        return f"Results of {_listed([source.label for source in sources])}"
    models = dict.fromkeys(manifest.model.name for manifest in manifests)
    sets = dict.fromkeys(one.name for manifest in manifests for one in manifest.sets)
    return f"{_listed(list(models))} on {_listed(list(sets))}" if sets else _listed(list(models))


def facts(source: Source) -> list[tuple[str, str]]:
    """The facts that one looks for first."""
    manifest = source.manifest
    if manifest is None:
        return [("strategies", ", ".join(source.names))]
    return [
        ("date", _day(manifest.created)),
        ("model", f"{manifest.model.name} ({manifest.model.backend})"),
        ("problem sets", ", ".join(_set(one) for one in manifest.sets)),
        ("strategies", ", ".join(source.names)),
        ("attempts per problem, at most", str(manifest.samples)),
        ("seed", str(manifest.seed)),
        ("sandbox", _sandbox(manifest)),
        ("Sangaku", f"{manifest.sangaku}{f', commit {_short(manifest.commit)}' if manifest.commit else ''}"),
    ]


def header(sources: Sequence[Source], *, problems: int) -> Markup:
    """The title, a lead, and the facts of each run; the less needed ones are folded away."""
    strategies = sum(len(source.names) for source in sources)
    runs = f"{len(sources)} runs, " if len(sources) > 1 else ""
    lead = f"{runs}{strategies} {'strategy' if strategies == 1 else 'strategies'}, {problems:,} problems"
    parts = [element("h1", title(sources)), element("p", lead, class_="lead")]
    for source in sources:
        name = element("h2", source.label) if len(sources) > 1 else None
        parts.append(join(name, _list(facts(source)), _more(source)))
    return join(*parts)


def _more(source: Source) -> Markup | None:
    manifest = source.manifest
    if manifest is None:
        return element("p", "This run has no manifest.", class_="muted")
    machine = manifest.machine
    rest = [
        ("endpoint", manifest.model.url),
        (
            "machine",
            ", ".join(
                part
                for part in (machine.processor, f"{machine.cpus} cores", f"{machine.memory_mb:,} MiB", *machine.gpus)
                if part
            ),
        ),
        ("platform", machine.platform),
        ("Python", manifest.python),
        ("packages", ", ".join(f"{name} {version}" for name, version in manifest.packages.items())),
        ("problems in hand at once", str(manifest.concurrency)),
        ("command", " ".join(manifest.command_line)),
        *(("digest of " + one.name, one.digest) for one in manifest.sets),
        *(("sandbox lacks", one) for one in (manifest.sandbox.profile.lacking if manifest.sandbox else ())),
        *(
            (f"settings of {name}", ", ".join(f"{key} {value}" for key, value in settings.items() if value is not None))
            for name, settings in manifest.strategies.items()
        ),
    ]
    known = [(name, value) for name, value in rest if value]
    return element("details", element("summary", "Machine, versions and settings"), _list(known), class_="run")


def _list(pairs: Sequence[tuple[str, str]]) -> Markup:
    return element(
        "dl",
        *(element("div", element("dt", name), element("dd", value)) for name, value in pairs if value),
        class_="facts-list",
    )


def _set(used: SetUsed) -> str:
    return f"{used.name} ({len(used.ids):,})" if used.ids else used.name


def _sandbox(manifest: Manifest) -> str:
    if manifest.sandbox is None:
        return "none"
    profile = manifest.sandbox.profile
    return f"{profile.backend}: network {profile.network}, files {profile.files}"


def _day(created: str) -> str:
    try:
        return datetime.fromisoformat(created).strftime("%Y-%m-%d %H:%M %z").strip()
    except ValueError:
        return created


def _short(commit: str) -> str:
    name, dash, rest = commit.partition("-")
    return f"{name[:10]}{dash}{rest}"


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words[:4]) + (f" and {len(words) - 4} more" if len(words) > 4 else "")

"""`sangaku bench strip`: a run without texts, for sharing and keeping: figures, comparisons and resuming need none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.errors import UsageError

if TYPE_CHECKING:
    from benchmarks.manifest import Manifest

__all__ = ["strip"]


@click.command()
@click.argument("run", type=click.Path(path_type=Path), metavar="DIR")
@click.argument("out", type=click.Path(path_type=Path), metavar="OUT")
def strip(run: Path, out: Path) -> int:
    """Copy the run in DIR to the new folder OUT without the texts of problems, completions, programs and gold answers.

    What remains is keyed by id: outcomes, causes, tokens and times of every turn. A stripped run can be compared, reported on,
    and gone on with. Of paths on this machine the last part stays.
    """
    from benchmarks.folder import GRADED, MANIFEST, RESULTS, RunFolder
    from benchmarks.journal import bare, write_graded

    folder = RunFolder(run)
    if out.resolve().is_relative_to(run.resolve()):
        raise UsageError(f"{out} lies in the run itself", advice="Name a folder elsewhere.")
    if out.exists() and any(out.iterdir() if out.is_dir() else [out]):
        raise UsageError(f"{out} is there already", advice="Name a new folder.")
    out.mkdir(parents=True, exist_ok=True)
    if folder.manifest is not None:
        (out / MANIFEST).write_text(_bare(folder.manifest).model_dump_json(indent=2) + "\n", encoding="utf-8")
    source = folder.records() if folder.has_records else None
    if source is None:
        with (out / GRADED).open("w", encoding="utf-8") as file:
            for graded in folder.graded():
                file.write(graded.model_copy(update={"gold": (), "answer": None}).model_dump_json() + "\n")
        return 0
    with (out / RESULTS).open("w", encoding="utf-8") as file:
        for record in source:
            file.write(bare(record).model_dump_json() + "\n")
    write_graded(out)
    click.echo(f"{out}: the run without texts", err=True)
    return 0


def _bare(manifest: Manifest) -> Manifest:
    """Without the folders of this machine."""

    def short(text: str) -> str:
        return " ".join(Path(word).name if word.startswith(("/", "~", "..")) else word for word in text.split(" "))

    return manifest.model_copy(
        update={
            "stripped": True,
            "sets": tuple(one.model_copy(update={"source": short(one.source)}) for one in manifest.sets),
            "command_line": tuple(map(short, manifest.command_line)),
        }
    )

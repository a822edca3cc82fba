"""Hub: files of data sets of the Hugging Face hub, fetched at a fixed revision into its usual cache.

Names, files, revisions and columns of the named sets were taken from public projects that fetch them. Where this was written
there is no way to the hub: fetching was tried against a small server that answers as the hub does, never against the hub itself.
It runs no code of a data set: sets that are nothing but a loading script cannot be had.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from agent.errors import UsageError
from agent.types import Language
from benchmarks.problem_sets.table import FORMATS

__all__ = ["NAMED", "Dataset", "Fetched", "asked", "cached", "choose", "fetch"]

_TIMEOUT = 10.0
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SPLITS = ("test", "validation", "train")
"""Taken in this order where nobody says which."""
_MGSM = ("question", "answer_number")


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A data set of the hub. Without ``files``, those that ``parts`` (configuration, split) name are chosen there."""

    repo: str
    revision: str = "main"
    files: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    """The columns of a table that has no header."""
    rows: int | None = None
    language: Language | None = None
    licence: str = "see its page"


@dataclass(frozen=True)
class Fetched:
    paths: tuple[Path, ...]
    commit: str


NAMED: Mapping[str, Dataset] = MappingProxyType(
    {
        "gsm8k": Dataset(
            repo="openai/gsm8k",
            revision="740312add88f781978c0658806c59bc2815b9866",
            files=("main/test-00000-of-00001.parquet",),
            rows=1319,
            language="en",
            licence="MIT",
        ),
        "math-500": Dataset(
            repo="HuggingFaceH4/MATH-500",
            revision="6e4ed1a2a79af7d8630a6b768ec859cb5af4d3be",
            files=("test.jsonl",),
            rows=500,
            language="en",
            licence="MIT",
        ),
        "mgsm-ja": Dataset(
            repo="juletxara/mgsm",
            files=("mgsm_ja.tsv",),
            names=_MGSM,
            rows=250,
            language="ja",
            licence="CC-BY-SA-4.0",
        ),
        "mgsm-en": Dataset(
            repo="juletxara/mgsm",
            files=("mgsm_en.tsv",),
            names=_MGSM,
            rows=250,
            language="en",
            licence="CC-BY-SA-4.0",
        ),
        "aime24": Dataset(
            repo="HuggingFaceH4/aime_2024",
            revision="2fe88a2f1091d5048c0f36abc874fb997b3dd99a",
            files=("data/train-00000-of-00001.parquet",),
            rows=30,
            language="en",
        ),
        "aime25": Dataset(
            repo="math-ai/aime25",
            revision="563bb8404243c5f09de6ec262f2db674fe5bce9b",
            files=("test.jsonl",),
            rows=30,
            language="en",
            licence="Apache-2.0",
        ),
        "amc23": Dataset(
            repo="math-ai/amc23",
            revision="80815d37005feb82cd7f8fbc6901d5d3eff43057",
            files=("test-00000-of-00001.parquet",),
            rows=40,
            language="en",
            licence="Apache-2.0",
        ),
    }
)


def asked(text: str) -> Dataset:
    """``OWNER/NAME[:CONFIG][:SPLIT][@REVISION]``. Raises `UsageError` where it is not of that form."""
    address, _, revision = text.partition("@")
    repo, *parts = address.split(":")
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repo) or not all(parts) or len(parts) > 2 or ("@" in text and not revision):
        raise UsageError(f"hf:{text[:80]} names no data set", advice="Give hf:OWNER/NAME[:CONFIG][:SPLIT][@REVISION].")
    return Dataset(repo=repo, revision=revision or "main", parts=tuple(parts))


def choose(files: Sequence[str], dataset: Dataset) -> tuple[str, ...]:
    """Of the files of a data set those that are asked for, in order. Raises `UsageError` where that is not clear."""
    data = sorted(name for name in files if name.lower().removesuffix(".gz").endswith(FORMATS) and not _is_about(name))
    found = [name for name in data if all(_has(name, part) for part in dataset.parts)]
    if not any(part in _SPLITS for part in dataset.parts):
        split = next((split for split in _SPLITS if any(_has(name, split) for name in found)), None)
        found = [name for name in found if split is None or _has(name, split)]
    # Parts of one table have names that differ in a number only.
    if len({re.sub(r"-\d{5}-of-\d{5}", "", name) for name in found}) > 1:
        raise UsageError(
            f"{dataset.repo} has several files that it may be: {_listed(found)}",
            advice="Say which configuration and split: hf:OWNER/NAME:CONFIG:SPLIT.",
        )
    if not found:
        what = f"files for {':'.join(dataset.parts)}" if dataset.parts and data else "files of rows"
        raise UsageError(
            f"{dataset.repo} has no {what}" + (f"; it has {_listed(data)}" if data else ""),
            advice="Download it by other means and give the file."
            if not data
            else "Name a configuration or split that it has.",
        )
    return tuple(found)


def cached(dataset: Dataset) -> bool:
    """Whether a named set can be had without the hub. False where huggingface_hub is not installed."""
    try:
        from huggingface_hub import try_to_load_from_cache
    except ImportError:
        return False
    return all(
        isinstance(
            try_to_load_from_cache(dataset.repo, name, revision=dataset.revision, repo_type="dataset"),
            str,
        )
        for name in dataset.files
    )


def fetch(dataset: Dataset, *, endpoint: str | None = None) -> Fetched:
    """The files, from the cache or the hub. Raises `UsageError` where they cannot be had, with what to do instead."""
    try:
        from huggingface_hub import HfApi, hf_hub_download
        from huggingface_hub.errors import (
            EntryNotFoundError,
            GatedRepoError,
            RepositoryNotFoundError,
            RevisionNotFoundError,
        )
    except ImportError as error:
        raise UsageError(
            "huggingface_hub is not installed", advice="Install it: pip install 'sangaku[bench]'; or give a file."
        ) from error
    revision, files = dataset.revision, dataset.files

    def download(*, local: bool) -> Fetched:
        paths = [
            hf_hub_download(
                dataset.repo,
                name,
                repo_type="dataset",
                revision=revision,
                etag_timeout=_TIMEOUT,
                endpoint=endpoint,
                local_files_only=local,
            )
            for name in files
        ]
        found = tuple(Path(str(path)) for path in paths)
        # …/snapshots/COMMIT/NAME
        commit = next((part for part in found[0].parts if _COMMIT.fullmatch(part)), revision)
        return Fetched(found, commit)

    if files and _COMMIT.fullmatch(revision):
        try:
            return download(local=True)
        except EntryNotFoundError:
            pass
    try:
        # Asked first, since it fails at once where there is no hub; a download would try again for half a minute.
        info = HfApi(endpoint=endpoint).dataset_info(dataset.repo, revision=revision, timeout=_TIMEOUT)
        revision = info.sha or revision
        files = files or choose([sibling.rfilename for sibling in info.siblings or ()], dataset)
        return download(local=False)
    except UsageError:
        raise
    except GatedRepoError as error:
        raise UsageError(
            f"the hub gives {dataset.repo} only to those who agreed to its terms",
            advice="Agree to them on its page and set HF_TOKEN.",
        ) from error
    except RevisionNotFoundError as error:
        raise UsageError(
            f"{dataset.repo} has no revision {revision}", advice="Leave @REVISION out for the newest."
        ) from error
    except RepositoryNotFoundError as error:
        raise UsageError(
            f"the hub has no data set {dataset.repo}, or it is private", advice="Check its name, or set HF_TOKEN."
        ) from error
    except Exception as error:  # what its HTTP client raises differs from version to version
        if files:
            try:
                return download(local=True)
            except EntryNotFoundError:
                pass
        what = " and ".join(files) if files else "its file"
        raise UsageError(
            f"the hub cannot be reached for {dataset.repo} ({_first(error)})",
            advice=f"Download {what} elsewhere (https://huggingface.co/datasets/{dataset.repo}) and give the file"
            + (", with --columns problem=1,answer=2." if dataset.names else "."),
        ) from error


def _is_about(name: str) -> bool:
    """Files that tell of the data, as dataset_infos.json does."""
    return name.rpartition("/")[2].lower() in ("dataset_infos.json", "dataset_info.json", "config.json", "state.json")


def _has(name: str, part: str) -> bool:
    return re.search(rf"(^|[/_.-]){re.escape(part)}([/_.-]|$)", name, re.IGNORECASE) is not None


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (", …" if len(names) > 8 else "")


def _first(error: Exception) -> str:
    return (str(error) or type(error).__name__).split("\n", maxsplit=1)[0][:100]

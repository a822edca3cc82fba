"""Options that several commands have, and the environment variables that stand for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

__all__ = ["endpoint_options", "json_option", "lexicon_option", "model_options", "sandbox_option"]

F = TypeVar("F", bound=Callable[..., Any])


def endpoint_options(function: F) -> F:
    """--base-url and --api-key."""
    for option in (
        click.option(
            "--api-key", envvar="SANGAKU_API_KEY", metavar="KEY", help="Key of that server. [env: SANGAKU_API_KEY]"
        ),
        click.option(
            "--base-url",
            envvar="SANGAKU_BASE_URL",
            metavar="URL",
            help="An OpenAI-compatible server, such as vLLM's http://localhost:8000/v1. [env: SANGAKU_BASE_URL]",
        ),
    ):
        function = option(function)
    return function


def model_options(function: F) -> F:
    """--model, --base-url and --api-key."""
    model = click.option(
        "--model",
        "-m",
        envvar="SANGAKU_MODEL",
        metavar="NAME|PATH.gguf",
        help="A name of `sangaku model list`, a GGUF file, or the server's name of its model. [env: SANGAKU_MODEL]",
    )
    return model(endpoint_options(function))


def sandbox_option(function: F) -> F:
    return click.option(
        "--sandbox",
        type=click.Choice(["auto", "docker", "bubblewrap", "process"]),
        default="auto",
        envvar="SANGAKU_SANDBOX",
        show_default=True,
        help="Where programs run; auto takes the first that works. [env: SANGAKU_SANDBOX]",
    )(function)


def json_option(what: str) -> Callable[[F], F]:
    return click.option("--json", "as_json", is_flag=True, help=f"Print {what} as JSON on stdout.")


def lexicon_option(function: F) -> F:
    return click.option(
        "--lexicon",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        envvar="SANGAKU_LEXICON",
        metavar="FILE",
        help="Terms of your own, one a line, that count as attested. [env: SANGAKU_LEXICON]",
    )(function)

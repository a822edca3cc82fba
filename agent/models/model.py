"""The model seam: a LangChain chat model, and the three things about its server that LangChain cannot tell.

`open_model` turns what a user names (nothing, a catalog name, a GGUF file, an endpoint) into a `Model`; `wrap` takes any
`BaseChatModel`. What happens in a request is `agent.stages.generate`.
"""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx
from langchain_core.language_models import BaseChatModel
from pydantic import BaseModel, SecretStr, ValidationError

from agent.errors import ModelDenied, ModelNotFound, ModelUnavailable, UsageError
from agent.models import embedded
from agent.models.weights import CATALOG, DEFAULT, FetchProgress, fetch, find, verify_gguf
from agent.types import ModelInfo

__all__ = ["Continuation", "Model", "open_model", "wrap"]

Continuation = Literal["none", "prefill", "flags"]
"""How a server goes on from an assistant message that we opened: not at all, by itself (llama.cpp), or when two fields of
the request ask for it (vLLM, SGLang: ``continue_final_message`` without ``add_generation_prompt``)."""

_BY_OWNER: dict[str, Continuation] = {"vllm": "flags", "sglang": "flags", "llamacpp": "prefill"}
_READ_S = 600.0
"""Seconds that a server may be silent: a queue before a busy GPU, or a long prompt on a CPU."""


@dataclass(frozen=True)
class Model:
    """A chat model ready for use. `revive`, where there is one, brings a local server back after its death (blocking)."""

    chat: BaseChatModel
    info: ModelInfo
    continuation: Continuation = "none"
    revive: Callable[[], object] | None = None
    ends_loops: bool = False
    """The server itself looks for loops, where a request asks for it (vLLM's ``repetition_detection``)."""


class _Entry(BaseModel):
    id: str
    owned_by: str = ""


class _Listing(BaseModel):
    data: list[_Entry]


def wrap(chat: BaseChatModel, *, continuation: Continuation = "none") -> Model:
    """Any LangChain chat model. It is asked with ``stop`` alone; sampling is as the caller has set it up."""
    name = str(getattr(chat, "model_name", None) or getattr(chat, "model", None) or type(chat).__name__)
    return Model(chat=chat, info=ModelInfo(name=name, backend="langchain"), continuation=continuation)


async def open_model(
    name: str | Path | None = None,
    *,
    base_url: str | None = None,
    api_key: str | None = None,
    on_progress: Callable[[FetchProgress], None] | None = None,
) -> Model:
    """The model that a user names.

    With ``base_url``: the model ``name`` of that OpenAI-compatible server, or its only one. Without: a GGUF file or a name
    of the catalog (the default one, where there is none), fetched if need be and served by this process's own llama.cpp.

    Raises `ModelUnavailable` or one of its kinds, and `UsageError`.
    """
    if base_url is not None:
        return await _endpoint(str(name) if name else None, base_url, api_key)
    path = await asyncio.to_thread(_weights, name, on_progress)
    server = embedded.shared(path)
    url = await asyncio.to_thread(server.ensure)
    info = ModelInfo(name=server.name, backend="embedded")
    # A proxy meant for the outside world must not get requests for this machine's own server.
    chat = _chat(server.name, url, server.api_key, trust_env=False)
    return Model(chat=chat, info=info, continuation="prefill", revive=server.ensure)


def _weights(name: str | Path | None, on_progress: Callable[[FetchProgress], None] | None) -> Path:
    if name is None:
        return fetch(DEFAULT, on_progress=on_progress)
    path = Path(name).expanduser()
    if path.suffix.lower() == ".gguf" and (path.exists() or str(name) not in {entry.file for entry in CATALOG}):
        verify_gguf(path)
        return path.resolve()
    return fetch(find(str(name)), on_progress=on_progress)


def _chat(name: str, url: str, api_key: str, *, trust_env: bool) -> BaseChatModel:
    # Imported here: it takes over a second, which `sangaku --help` and `sangaku sandbox` need not wait for.
    from langchain_openai import ChatOpenAI

    # No connection is kept alive between requests: one would belong to the event loop that opened it.
    client = httpx.AsyncClient(
        limits=httpx.Limits(max_keepalive_connections=0, max_connections=None),
        timeout=httpx.Timeout(_READ_S, connect=10.0),
        trust_env=trust_env,
        follow_redirects=True,
    )
    return ChatOpenAI(
        model=name,
        base_url=url,
        api_key=SecretStr(api_key),
        http_async_client=client,
        max_retries=0,  # `generate` retries, and knows when it helps
        stream_usage=True,
        stream_chunk_timeout=_READ_S,
        use_responses_api=False,
    )


async def _endpoint(name: str | None, base_url: str, api_key: str | None) -> Model:
    url = _normalized(base_url)
    async with httpx.AsyncClient(timeout=httpx.Timeout(30.0, connect=10.0), follow_redirects=True) as client:
        url, listing = await _list(client, url, api_key)
    names = [entry.id for entry in listing.data] if listing else []
    if name is None:
        if len(names) != 1:
            raise UsageError(
                f"{url} serves {len(names) or 'an unknown number of'} models",
                advice=f"Name one with --model{': ' + ', '.join(names[:8]) if names else ''}.",
            )
        name = names[0]
    elif names and name not in names:
        near = difflib.get_close_matches(name, names, n=3, cutoff=0.3) or names[:8]
        raise ModelNotFound(f"{url} has no model {name!r}", advice=f"It has {', '.join(near)}.")
    owner = next((entry.owned_by for entry in listing.data if entry.id == name), "") if listing else ""
    return Model(
        chat=_chat(name, url, api_key or "none", trust_env=True),
        info=ModelInfo(name=name, backend="endpoint", url=url),
        continuation=_BY_OWNER.get(owner, "none"),
        ends_loops=owner == "vllm",
    )


def _normalized(base_url: str) -> str:
    url = base_url.strip()
    if "://" not in url:
        url = f"http://{url}"
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = None
    if parsed is None or parsed.scheme not in ("http", "https") or not parsed.host:
        raise UsageError(
            f"{base_url!r} is not the address of a server", advice="Give one like http://localhost:8000/v1."
        )
    return url.rstrip("/").removesuffix("/chat/completions").removesuffix("/completions")


async def _list(client: httpx.AsyncClient, url: str, api_key: str | None) -> tuple[str, _Listing | None]:
    """The base address that answers (with /v1 added where that was left out), and its models where it lists them."""
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    for base in dict.fromkeys((url, f"{url}/v1") if not url.endswith("/v1") else (url,)):
        try:
            response = await client.get(f"{base}/models", headers=headers)
        except httpx.TransportError as error:
            raise ModelUnavailable(
                f"no model server answers at {url} ({str(error) or type(error).__name__})",
                advice="Start it, or check the address and port given by --base-url.",
            ) from error
        if response.status_code in (401, 403):
            raise ModelDenied(
                f"{base} refuses the API key (HTTP {response.status_code})",
                advice="Set SANGAKU_API_KEY, or pass --api-key.",
            )
        if response.status_code == 200:
            try:
                return base, _Listing.model_validate_json(response.content)
            except ValidationError:
                continue
        if response.status_code >= 500:
            raise ModelUnavailable(
                f"{base} answers HTTP {response.status_code}", advice="Wait until the server has loaded its model."
            )
    return (url if url.endswith("/v1") else f"{url}/v1"), None

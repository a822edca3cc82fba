"""generate: one request to the model, streamed, and ended as soon as the text loops or the time is over.

It does not judge the text; the caller's ``watch`` does, while it is being written.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, cast

import httpx
from langchain_core import exceptions as lc
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from agent.errors import (
    ContextOverflow,
    ModelDenied,
    ModelDied,
    ModelNotFound,
    ModelOverloaded,
    ModelUnavailable,
    SangakuError,
)
from agent.models.model import Model
from agent.stages.prompt import Prompt
from agent.types import Completion, FinishReason, Usage

__all__ = ["Sampling", "generate"]

_TRIES = 4
_WAIT = wait_random_exponential(multiplier=0.5, max=8)
"""Seconds between two tries; random, so that many clients do not come back together."""
_FINISH: dict[str, FinishReason] = {"length": "length", "repetition": "cut"}
"""What servers call the end of a text, where it is not the model's own."""
_LOOP = {"min_pattern_size": 4, "max_pattern_size": 256, "min_count": 4}
"""For vLLM from 0.17 on, which looks at tokens; older ones ignore the field. One copy more than `tail_cycle` waits for: ours, which
spares tables and ruled lines, is to be the first."""
_OVERFLOW = ("context length", "context size", "context_length", "context window", "maximum context", "too many tokens")


@dataclass(frozen=True)
class Sampling:
    """``max_tokens`` is for this completion. A seed is a promise only as far as the server keeps it."""

    temperature: float
    top_p: float
    seed: int
    max_tokens: int


class _Refused(ModelUnavailable):
    """No connection: worth another try, since a server may be restarting."""


async def generate(
    model: Model,
    prompt: Prompt,
    *,
    sampling: Sampling,
    watch: Callable[[str], bool] | None = None,
    on_text: Callable[[str], None] = lambda piece: None,
    on_retry: Callable[[str], None] = lambda message: None,
    deadline: float | None = None,
) -> Completion:
    """Ask once and return the whole completion, the opening of `prompt` in front.

    ``watch`` sees the text so far after each piece; True ends the request (``finish_reason`` "cut"), and so may the server, which
    is asked to look for loops as well. ``on_text`` gets each new piece. Before a request is made again ``on_retry`` is told why;
    the pieces then start anew. ``deadline`` is on `time.monotonic`'s clock ("deadline").

    Raises `ModelUnavailable` or one of its kinds; connections, overload and deaths have been tried again by then.
    """
    started = time.monotonic()
    retrying = AsyncRetrying(
        stop=stop_after_attempt(_TRIES),
        wait=_WAIT,
        retry=retry_if_exception_type((_Refused, ModelDied, ModelOverloaded)),
        reraise=True,
        before_sleep=lambda state: on_retry(str(state.outcome.exception()) if state.outcome else ""),
    )
    try:
        async for attempt in retrying:
            with attempt:
                if attempt.retry_state.attempt_number > 1 and model.revive is not None:
                    await asyncio.to_thread(model.revive)
                return await _once(model, prompt, sampling, watch or _unwatched, on_text, deadline, started)
    except _Refused as error:
        raise ModelUnavailable(error.message, advice=error.advice) from error.__cause__
    raise AssertionError("unreachable")


def _unwatched(text: str) -> bool:
    return False


async def _once(
    model: Model,
    prompt: Prompt,
    sampling: Sampling,
    watch: Callable[[str], bool],
    on_text: Callable[[str], None],
    deadline: float | None,
    started: float,
) -> Completion:
    opened = prompt.opening if model.continuation != "none" else ""
    text, pieces, reported = opened, 0, None
    finish: FinishReason = "unknown"
    if opened:
        on_text(opened)
    stream = model.chat.astream(
        _messages(prompt, opened), **_request(model, prompt, sampling, opened, watched=watch is not _unwatched)
    )
    try:
        async with asyncio.timeout_at(_loop_time(deadline)), aclosing(cast("Any", stream)) as chunks:
            async for chunk in cast("AsyncIterator[AIMessageChunk]", chunks):
                piece = str(chunk.text)
                reason = chunk.response_metadata.get("finish_reason")
                if reason is not None:
                    finish = _FINISH.get(reason, "stop")
                if chunk.usage_metadata is not None:
                    reported = chunk.usage_metadata
                if piece:
                    pieces += 1
                    text += piece
                    on_text(piece)
                    if watch(text):
                        finish = "cut"
                        break
    except TimeoutError as error:
        if deadline is None or time.monotonic() < deadline:
            raise ModelDied("the model server went silent", advice="Look at the server's log.") from error
        finish = "deadline"
    except (SangakuError, asyncio.CancelledError):
        raise
    except Exception as error:
        raise _named(error, begun=pieces > 0) from error
    if reported is not None:
        usage = Usage(prompt_tokens=reported["input_tokens"], completion_tokens=reported["output_tokens"], requests=1)
    else:  # a stream that is broken off brings no count: servers send about one token in a piece
        sent = sum(len(message.content) for message in prompt.messages)
        usage = Usage(prompt_tokens=sent // 3, completion_tokens=pieces, requests=1, estimated=True)
    return Completion(text=text, finish_reason=finish, usage=usage, seconds=time.monotonic() - started)


def _loop_time(deadline: float | None) -> float | None:
    return None if deadline is None else asyncio.get_running_loop().time() + deadline - time.monotonic()


def _messages(prompt: Prompt, opened: str) -> list[BaseMessage]:
    kinds: dict[str, type[BaseMessage]] = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}
    messages = [kinds[message.role](content=message.content) for message in prompt.messages]
    return [*messages, AIMessage(content=opened)] if opened else messages


def _request(model: Model, prompt: Prompt, sampling: Sampling, opened: str, *, watched: bool) -> dict[str, Any]:
    stop = list(prompt.stop) if opened else None
    if model.info.backend == "langchain":
        return {"stop": stop}
    request: dict[str, Any] = {
        "stop": stop,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p if sampling.temperature > 0 else 1.0,
        "seed": sampling.seed,
        "max_tokens": sampling.max_tokens,
    }
    extra: dict[str, Any] = {}
    if opened and model.continuation == "flags":
        extra |= {"continue_final_message": True, "add_generation_prompt": False}
    if watched and model.ends_loops:
        extra["repetition_detection"] = _LOOP
    return {**request, "extra_body": extra} if extra else request


def _named(error: Exception, *, begun: bool) -> ModelUnavailable:
    """The error of the tree that says what happened; LangChain's names come first, then the text, then httpx's names."""
    text = " ".join(str(error).split())[:300]
    if isinstance(error, lc.ContextOverflowError) or any(word in text.lower() for word in _OVERFLOW):
        return ContextOverflow(
            f"the prompt does not fit the model's context: {text}",
            advice="Shorten the problem, lower --max-tokens, or serve the model with a longer context.",
        )
    if isinstance(error, lc.ModelAuthenticationError | lc.ModelPermissionDeniedError):
        return ModelDenied(f"the server refuses the API key: {text}", advice="Set SANGAKU_API_KEY, or pass --api-key.")
    if isinstance(error, lc.ModelNotFoundError):
        return ModelNotFound(
            f"the server does not know the model: {text}", advice="Name one that it serves with --model."
        )
    if isinstance(error, lc.ModelRateLimitError | lc.ModelAPIError):
        return ModelOverloaded(f"the server keeps refusing: {text}", advice="Send fewer problems at once, or wait.")
    if isinstance(error, lc.ModelInvalidRequestError):
        return ModelUnavailable(f"the server rejects the request: {text}", advice="Check the model's chat template.")
    if isinstance(error, lc.ModelConnectionError | lc.ModelTimeoutError | httpx.TransportError | ConnectionError):
        if begun or isinstance(error.__cause__, httpx.ReadError | httpx.RemoteProtocolError):
            return ModelDied(f"the model server died in the middle of an answer ({text})", advice="Look at its log.")
        return _Refused(
            f"no model server answers ({text})", advice="Start it, or check the address and port given by --base-url."
        )
    # After the first piece langchain-openai hands the openai client's own errors through: a broken stream is one of them.
    kind = type(error).__name__
    if begun:
        return ModelDied(f"the model broke off in the middle of an answer ({kind}: {text})", advice="Look at its log.")
    return ModelUnavailable(
        f"the model failed ({kind}: {text})", advice="Look at the cause in the traceback or the log."
    )

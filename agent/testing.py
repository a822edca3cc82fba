"""Fakes for tests of code that uses Sangaku: no model, no sandbox, no waiting. They check wiring, not solving."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Self

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field, PrivateAttr

from sandbox import EnforcedLimits, Execution, Limits, NameIndex, Profile, Status

__all__ = ["FakeSandbox", "ScriptedModel"]


class ScriptedModel(BaseChatModel):
    """Answers with ``replies`` in turn, the last one for ever; an exception among them is raised.

    ``by``, where given, answers instead: from the messages to the reply, so that it does not depend on the order of requests.
    ``seen`` keeps the messages of each request. ``piece`` characters are streamed at a time, ``pause_s`` seconds apart.
    """

    replies: list[Any] = Field(default_factory=list)
    by: Callable[[list[BaseMessage]], str] | None = None
    keep: bool = True
    """Whether ``seen`` is kept; off for very many requests."""
    piece: int = 8
    pause_s: float = 0.0
    seen: list[list[BaseMessage]] = Field(default_factory=list)
    streamed: int = 0
    """Characters handed out so far, over all requests: what a request that was cut did not cost."""
    _count: int = PrivateAttr(default=0)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _next(self, messages: list[BaseMessage]) -> str:
        if self.keep:
            self.seen.append(messages)
        if self.by is not None:
            return self.by(messages)
        reply = self.replies[min(self._count, len(self.replies) - 1)]
        self._count += 1
        if isinstance(reply, BaseException):
            raise reply
        return str(reply)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        text = self._next(messages)
        self.streamed += len(text)
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=text))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        yield from self._pieces(self._next(messages))

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for piece in self._pieces(self._next(messages)):
            await asyncio.sleep(self.pause_s)
            yield piece

    def _pieces(self, text: str) -> Iterator[ChatGenerationChunk]:
        for start in range(0, len(text), self.piece):
            part = text[start : start + self.piece]
            self.streamed += len(part)
            yield ChatGenerationChunk(message=AIMessageChunk(content=part))
        yield ChatGenerationChunk(message=AIMessageChunk(content="", response_metadata={"finish_reason": "stop"}))


class FakeSandbox:
    """A `Sandbox` that runs nothing: ``behave`` (default: print nothing) says what becomes of each program."""

    def __init__(
        self,
        behave: Callable[[str], Execution] | None = None,
    ) -> None:
        self._behave = behave or (lambda source: Execution(status=Status.OK))
        self.ran: list[str] = []
        self.closed = False

    async def run(self, source: str, *, limits: Limits | None = None, fresh: bool = False) -> Execution:
        self.ran.append(source)
        return self._behave(source)

    async def profile(self) -> Profile:
        nothing = EnforcedLimits(
            memory_mb=None,
            cpu_s=None,
            file_mb=None,
            open_files=None,
            stack_mb=None,
            core_mb=None,
            locked_mb=None,
            signals=None,
        )
        return Profile(
            backend="process",
            python="0",
            numpy="0",
            sympy="0",
            uid=0,
            gid=0,
            pid1=False,
            namespaces=(),
            seccomp=False,
            seccomp_filters=0,
            no_new_privs=False,
            landlock_abi=0,
            capabilities=0,
            bounding=0,
            network="denied",
            interfaces=(),
            processes="denied",
            files="readable",
            read_only_root=False,
            scratch="none",
            scratch_mb=None,
            limits=nothing,
            worker_memory_mb=None,
            worker_processes=None,
            worker_cpus=None,
            large_pages=False,
            lacking=("everything: this sandbox is a fake",),
        )

    async def names(self) -> NameIndex:
        return NameIndex(modules={})

    async def aclose(self) -> None:
        self.closed = True

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

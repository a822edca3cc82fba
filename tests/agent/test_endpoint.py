"""Any OpenAI-compatible server: what is sent to it, and every way in which it can fail. The servers here misbehave on purpose;
the real one is in test_real_model.py."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from tenacity import wait_none

from agent import (
    ContextOverflow,
    ModelDenied,
    ModelDied,
    ModelNotFound,
    ModelOverloaded,
    ModelUnavailable,
    Problem,
    UsageError,
    open_model,
)
from agent.stages import generate as generate_module
from agent.stages.generate import Sampling, generate
from agent.stages.prompt import prompt
from agent.types import Completion

SAMPLING = Sampling(temperature=0.5, top_p=0.9, seed=7, max_tokens=50)
PROMPT = prompt(Problem(text="What is 6 times 7?"), "plain")


class Server:
    """Answers GET /v1/models from ``models``, and each chat request with the next of ``script``, the last one for ever."""

    def __init__(self, owner: str = "vllm") -> None:
        self.models: tuple[int, Any] = (200, {"data": [{"id": "m", "owned_by": owner}]})
        self.script: list[Callable[[BaseHTTPRequestHandler], None]] = [stream("print(42)")]
        self.requests: list[dict[str, Any]] = []
        self.headers: list[str | None] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

            def do_GET(self) -> None:
                outer.headers.append(self.headers.get("Authorization"))
                status, body = outer.models if self.path == "/v1/models" else (404, {})
                reply(status, body)(self)

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                outer.requests.append(json.loads(self.rfile.read(length)))
                step = min(len(outer.requests) - 1, len(outer.script) - 1)
                outer.script[step](self)

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/v1"
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()


def reply(status: int, body: Any) -> Callable[[BaseHTTPRequestHandler], None]:
    def act(handler: BaseHTTPRequestHandler) -> None:
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "text/html" if isinstance(body, str) else "application/json")
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    return act


def stream(text: str, *, die: bool = False, reason: str = "stop") -> Callable[[BaseHTTPRequestHandler], None]:
    def act(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        if die:
            handler.send_header("Content-Length", "100000")  # promised, and not kept
        handler.end_headers()

        def send(**fields: Any) -> None:
            chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", **fields}
            handler.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())

        for piece in (text[:3], text[3:]):
            send(choices=[{"index": 0, "delta": {"content": piece}, "finish_reason": None}])
        if die:
            handler.wfile.flush()
            handler.connection.shutdown(socket.SHUT_RDWR)
            handler.close_connection = True
            return
        send(choices=[{"index": 0, "delta": {}, "finish_reason": reason}])
        send(choices=[], usage={"prompt_tokens": 11, "completion_tokens": 5, "total_tokens": 16})
        handler.wfile.write(b"data: [DONE]\n\n")

    return act


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.http.shutdown()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """That there is a backoff is asserted here; its length is not what the tests are about."""
    assert generate_module._WAIT.max == 8
    monkeypatch.setattr(generate_module, "_WAIT", wait_none())


async def ask(server: Server, **settings: Any) -> Completion:
    model = await open_model("m", base_url=server.url, **settings)
    return await generate(model, PROMPT, sampling=SAMPLING)


async def test_what_vllm_is_sent(server: Server) -> None:
    completion = await ask(server, api_key="secret")
    assert completion.text == "```python\nprint(42)"
    assert completion.finish_reason == "stop"
    assert (completion.usage.prompt_tokens, completion.usage.completion_tokens) == (11, 5)
    (request,) = server.requests
    assert request["messages"][-1] == {"role": "assistant", "content": "```python\n"}
    assert request["continue_final_message"] is True
    assert request["add_generation_prompt"] is False
    assert request["stop"] == ["\n```"]
    assert (request["seed"], request["temperature"], request["top_p"]) == (7, 0.5, 0.9)
    assert request.get("max_tokens", request.get("max_completion_tokens")) == 50
    assert request["stream_options"] == {"include_usage": True}
    assert server.headers == ["Bearer secret"]


@pytest.mark.parametrize("owner", ["vllm", "somebody"])
async def test_vllm_is_asked_to_look_for_loops_itself(server: Server, owner: str) -> None:
    server.models = (200, {"data": [{"id": "m", "owned_by": owner}]})
    server.script = [stream("print(42)", reason="repetition")]
    model = await open_model("m", base_url=server.url)
    completion = await generate(model, PROMPT, sampling=SAMPLING, watch=lambda text: False)
    assert completion.finish_reason == "cut"
    (request,) = server.requests
    asked = {"min_pattern_size": 4, "max_pattern_size": 256, "min_count": 4}
    assert request.get("repetition_detection") == (asked if owner == "vllm" else None)
    await generate(model, PROMPT, sampling=SAMPLING)  # nobody watches: nothing is to be ended
    assert "repetition_detection" not in server.requests[-1]


async def test_an_unknown_server_is_not_asked_to_go_on_from_our_words(server: Server) -> None:
    server.models = (200, {"data": [{"id": "m", "owned_by": "somebody"}]})
    server.script = [stream("```python\nprint(42)\n```")]
    completion = await ask(server)
    assert completion.text == "```python\nprint(42)\n```"
    (request,) = server.requests
    assert request["messages"][-1]["role"] == "user"
    assert not request.get("stop")
    assert "continue_final_message" not in request


async def test_the_only_model_need_not_be_named(server: Server) -> None:
    assert (await open_model(base_url=server.url)).info.name == "m"
    assert (await open_model(base_url=server.url.removesuffix("/v1"))).info.url == server.url
    assert (await open_model(base_url=server.url.removeprefix("http://") + "/")).info.name == "m"
    server.models = (200, {"data": [{"id": "a"}, {"id": "b"}]})
    with pytest.raises(UsageError, match="2 models") as raised:
        await open_model(base_url=server.url)
    assert "a, b" in raised.value.advice


async def test_a_server_without_a_listing_is_used_as_named(server: Server) -> None:
    server.models = (404, {})
    assert (await open_model("m", base_url=server.url)).info.url == server.url
    server.models = (200, "<html>hello</html>")
    assert (await open_model("m", base_url=server.url)).info.name == "m"


async def test_nobody_there() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(ModelUnavailable, match="no model server answers") as raised:
        await open_model("m", base_url=f"http://127.0.0.1:{port}/v1")
    assert raised.value.advice
    assert raised.value.exit_code == 3


@pytest.mark.parametrize("url", ["", "http://", "ftp://host/v1", "http://[::1", "not a url at all"])
async def test_what_is_no_address(url: str) -> None:
    with pytest.raises((UsageError, ModelUnavailable)):
        await open_model("m", base_url=url)


async def test_a_model_that_the_server_does_not_have(server: Server) -> None:
    with pytest.raises(ModelNotFound, match="no model 'n'") as raised:
        await open_model("n", base_url=server.url)
    assert "m" in raised.value.advice
    server.script = [reply(404, {"error": {"message": "The model `m` does not exist.", "code": 404}})]
    with pytest.raises(ModelNotFound):
        await ask(server)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [401, 403])
async def test_a_wrong_key(server: Server, status: int) -> None:
    server.script = [reply(status, {"error": {"message": "Invalid API Key"}})]
    with pytest.raises(ModelDenied, match="API key"):
        await ask(server)
    assert len(server.requests) == 1
    server.models = (status, {})
    with pytest.raises(ModelDenied) as raised:
        await open_model("m", base_url=server.url)
    assert "SANGAKU_API_KEY" in raised.value.advice


OVERFLOWS = [
    {"object": "error", "message": "This model's maximum context length is 4096 tokens. However, you requested 9000.", "code": 400},
    {"error": {"message": "'max_tokens' is too large: 50. This model's maximum context length is 20 tokens", "code": 400}},
    {"error": {"code": 400, "message": "request (4513 tokens) exceeds the available context size (4096 tokens), try increasing it",
               "type": "exceed_context_size_error", "n_prompt_tokens": 4513, "n_ctx": 4096}},
]  # fmt: skip


@pytest.mark.parametrize("body", OVERFLOWS)
async def test_context_overflow(server: Server, body: dict[str, Any]) -> None:
    server.script = [reply(400, body)]
    with pytest.raises(ContextOverflow) as raised:
        await ask(server)
    assert raised.value.advice
    assert len(server.requests) == 1


async def test_another_bad_request_is_told(server: Server) -> None:
    server.script = [reply(400, {"error": {"message": "System role not supported"}})]
    with pytest.raises(ModelUnavailable, match="System role not supported"):
        await ask(server)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_overload_is_tried_again(server: Server, status: int) -> None:
    busy = reply(status, {"error": {"message": "busy"}})
    server.script = [busy, busy, stream("print(42)")]
    assert (await ask(server)).text.endswith("print(42)")
    assert len(server.requests) == 3
    server.script = [busy]
    with pytest.raises(ModelOverloaded):
        await ask(server)


async def test_a_server_that_dies_in_mid_answer(server: Server) -> None:
    server.script = [stream("print(41)", die=True), stream("print(42)")]
    assert (await ask(server)).text == "```python\nprint(42)"
    server.requests.clear()
    server.script = [stream("print(41)", die=True)]
    with pytest.raises(ModelDied, match="middle of an answer"):
        await ask(server)
    assert len(server.requests) == 4


async def test_a_server_that_goes_away_before_it_answers(server: Server) -> None:
    model = await open_model("m", base_url=server.url)
    server.http.shutdown()
    server.http.server_close()
    with pytest.raises(ModelUnavailable, match="no model server answers") as raised:
        await generate(model, PROMPT, sampling=SAMPLING)
    assert type(raised.value) is ModelUnavailable


async def test_length_and_cut(server: Server) -> None:
    server.script = [stream("print(4", reason="length")]
    assert (await ask(server)).finish_reason == "length"
    server.script = [stream("loop loop loop ")]
    model = await open_model("m", base_url=server.url)
    completion = await generate(model, PROMPT, sampling=SAMPLING, watch=lambda text: "loo" in text)
    assert completion.finish_reason == "cut"
    assert completion.usage.estimated
    assert completion.usage.completion_tokens >= 1

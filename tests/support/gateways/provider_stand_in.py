"""A stand-in for a payment provider: an HTTP server in a thread that can also misbehave in every way."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Trouble = Callable[[BaseHTTPRequestHandler], None]
Answer = tuple[int, dict[str, Any]]


@dataclass(frozen=True)
class Request:
    """A request that reached the stand-in."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class ProviderStandIn(ABC):
    """Answers requests from its own memory, unless there is `trouble`.

    If it `loses_answers`, it does what it is asked to do and then hangs up without an answer.
    """

    url: str = ""
    trouble: Trouble | None = None
    loses_answers: bool = False
    requests: list[Request] = field(default_factory=list)
    lock: Any = field(default_factory=Lock)

    @abstractmethod
    def answer(self, request: Request) -> Answer:
        """Return the status and the JSON of the answer."""

    @contextmanager
    def running(self) -> Iterator[None]:
        """Serve at `url`, a free port of this machine."""
        with ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self)) as server:
            self.url = f"http://127.0.0.1:{server.server_port}"
            thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            try:
                yield
            finally:
                server.shutdown()
                thread.join()


def _handler_for(stand_in: ProviderStandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._handle("GET")

        def do_POST(self) -> None:
            self._handle("POST")

        def _handle(self, method: str) -> None:
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", "0")))
            request = Request(method, parts.path, dict(parse_qsl(parts.query)), headers, body)
            with stand_in.lock:
                stand_in.requests.append(request)
                trouble = stand_in.trouble
                status, answer = (0, {}) if trouble else stand_in.answer(request)
            with suppress(OSError):  # whoever asked may have gone
                if trouble:
                    trouble(self)
                elif not stand_in.loses_answers:
                    answers(status, json.dumps(answer).encode())(self)

        def log_message(self, *words: object) -> None:
            """Keep the output of tests quiet."""

    return Handler


def answers(status: int, content: bytes, **headers: str) -> Trouble:
    """Answer every request with the same."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("content-length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return send


def echo_credentials(handler: BaseHTTPRequestHandler) -> None:
    """Refuse a request and quote its credentials, in the fields of both providers."""
    text = f"no: {handler.headers['authorization']}"
    answers(400, json.dumps({"error": {"code": text, "message": text, "description": text}}).encode())(handler)

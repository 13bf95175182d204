"""A client of an API that checks every response against the OpenAPI document."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from string import punctuation
from typing import Any, cast
from urllib.parse import quote, unquote

import httpx

from educore import EDUCATION
from support.web.system import File, System
from support.web.systems.center_crm import CENTER_CRM

PREFIX = CENTER_CRM.spec.prefix
SERVER = "school.test"
HOST = f"http://{SERVER}"
ERROR_STATUSES = range(400, 600)
NO_BODY: Any = object()


@dataclass(frozen=True)
class ApiResponse:
    """A response; `body` is its JSON, or None for an empty response."""

    status: int
    body: Any
    text: str
    headers: httpx.Headers
    system: System = CENTER_CRM

    def __getitem__(self, key: str) -> Any:
        return self.body[key]

    @property
    def results(self) -> list[dict[str, Any]]:
        """The rows of a page."""
        rows: list[dict[str, Any]] = self.body["results"]
        return rows

    @property
    def ids(self) -> list[int]:
        """The ids of the rows of a page."""
        return [row["id"] for row in self.results]

    def fields(self) -> set[str]:
        """Return the dotted names of the fields that a refusal names."""
        return set(_named(self.system.refusals.details(self.body)))

    @property
    def is_whole_refusal(self) -> bool:
        """Whether it refuses as a whole, naming no field."""
        return self.system.refusals.is_whole(self.body, self.status)

    def error_of(self, field: str) -> Any:
        """Return the errors of a field."""
        return self.system.refusals.details(self.body)[field]

    def expect(self, *statuses: int) -> ApiResponse:
        """The same answer, when it has one of these statuses."""
        assert self.status in statuses, f"{self.status} instead of {statuses}: {self.text[:600]}"
        return self


@dataclass(frozen=True)
class Answer:
    """What an ASGI application answered."""

    status_code: int
    headers: httpx.Headers
    content: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode()

    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.content)


class ThriftyLoop(asyncio.SelectorEventLoop):
    """An event loop that does the work of other threads at once while it `is_alone`, with a single request to answer.

    Nobody waits meanwhile, and waking a thread up and being woken costs as much as a small answer.
    """

    is_alone = False

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """Run a function in a thread or, alone, here."""
        if not self.is_alone:
            return super().run_in_executor(executor, func, *args)
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - whoever awaits it hears of it
            done.set_exception(error)
        return done


class AsgiConnection:
    """An ASGI application and an event loop to call it in.

    A request goes to the application as it is: there are no redirects, cookies and passwords here that a client
    library would have to see to, and the tests send so many requests that one was a third of their time.
    """

    def __init__(self, app: Any) -> None:
        self.app, self.runner = app, asyncio.Runner(loop_factory=ThriftyLoop)

    def send(self, method: str, url: str, **options: Any) -> Answer:
        """Send one request and wait for the answer."""
        loop = cast("ThriftyLoop", self.runner.get_loop())
        loop.is_alone = True
        try:
            return loop.run_until_complete(self.send_beside(method, url, **options))
        finally:
            loop.is_alone = False

    async def send_beside(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | str | None = None,
        headers: Mapping[str, str | bytes] | None = None,
        content: bytes | None = None,
        **form: Any,
    ) -> Answer:
        """Send one request, beside others in the same loop; what is left over, `data` and `files`, makes a form."""
        if any(form.values()):
            encoded = httpx.Request(method, HOST, headers=dict(headers or {}), **form)  # type: ignore[arg-type]
            content, headers = encoded.read(), encoded.headers
        sent: dict[str, str | bytes] = {"host": SERVER} | {
            name.lower(): value for name, value in (headers or {}).items()
        }
        if content is not None or method in ("POST", "PUT", "PATCH"):
            sent.setdefault("content-length", str(len(content or b"")))
        scope = _scope(method, url, params, sent)
        return await self._answered(scope, content or b"")

    async def _answered(self, scope: dict[str, Any], content: bytes) -> Answer:
        pieces, start, is_read, is_over = list[bytes](), dict[str, Any](), False, asyncio.Event()

        async def receive() -> dict[str, Any]:
            nonlocal is_read
            if is_read:
                await is_over.wait()  # the client stays on the line
                return {"type": "http.disconnect"}
            is_read = True
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            pieces.append(message.get("body", b""))
            if not message.get("more_body"):
                is_over.set()

        await self.app(scope, receive, send)
        assert is_over.is_set(), "the answer has no end"
        body = b"" if scope["method"] == "HEAD" else b"".join(pieces)
        return Answer(start["status"], httpx.Headers(start["headers"]), body)

    def close(self) -> None:
        """Stop the loop."""
        self.runner.close()


def _scope(method: str, url: str, params: Mapping[str, Any] | str | None, headers: Mapping[str, str]) -> dict[str, Any]:
    path, _, query = url.removeprefix(HOST).partition("?")
    if params:
        query = params if isinstance(params, str) else str(httpx.QueryParams(params))
    raw_path = quote(path, safe="/%:@!$&'()*+,;=~")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(raw_path),
        "raw_path": raw_path.encode(),
        "query_string": quote(query, safe=punctuation).encode(),
        "root_path": "",
        "headers": [
            (name.encode(), value if isinstance(value, bytes) else value.encode()) for name, value in headers.items()
        ],
        "client": ("198.51.100.7", 4711),
        "server": (SERVER, None),
    }


class Client:
    """A caller of one API, with or without a token."""

    def __init__(self, wire: AsgiConnection, token: str | None = None, system: System = CENTER_CRM) -> None:
        self.wire, self.token, self.system = wire, token, system

    def of(self, system: System) -> Client:
        """The same person calling another API."""
        return Client(self.wire, self.token, system)

    def get(self, path: str, **query: Any) -> ApiResponse:
        """Read."""
        return self.send("GET", path, query=query)

    def post(self, path: str, body: Any = NO_BODY, **options: Any) -> ApiResponse:
        """Create or act."""
        return self.send("POST", path, body=body, **options)

    def put(self, path: str, body: Any, **options: Any) -> ApiResponse:
        """Replace."""
        return self.send("PUT", path, body=body, **options)

    def patch(self, path: str, body: Any, **options: Any) -> ApiResponse:
        """Amend."""
        return self.send("PATCH", path, body=body, **options)

    def delete(self, path: str) -> ApiResponse:
        """Delete."""
        return self.send("DELETE", path)

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | str | None = None,
        body: Any = NO_BODY,
        raw: bytes | None = None,
        kind: str = "application/json",
        form: Any = None,
        files: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> ApiResponse:
        """Send a request and check that its answer is a documented one."""
        sent = {"authorization": f"Bearer {self.token}"} if self.token else {}
        sent |= dict(headers or {})
        options: dict[str, Any] = {"params": query} if query else {}
        if isinstance(body, dict) and any(isinstance(value, File) for value in body.values()):
            files = {name: _part(value) for name, value in body.items()}
        if form is not None or files is not None:
            options |= {"data": form, "files": files}
        elif raw is not None or body is not NO_BODY:
            options["content"] = raw if raw is not None else json.dumps(body).encode()
            sent |= {"content-type": kind} if kind else {}
        spec = self.system.spec
        response = self.wire.send(method, f"{spec.prefix}{spec.base}{path}", headers=sent, **options)
        return self._checked(method, path, response)

    def _checked(self, method: str, path: str, response: httpx.Response) -> ApiResponse:
        body = response.json() if response.content else None
        answer = ApiResponse(response.status_code, body, response.text, response.headers, self.system)
        path = f"{self.system.spec.base}{path}"
        broken = self.system.promise.violations_in_text(method, path, answer.status, answer.text)
        broken += _bad_manners(answer, self._caching(method, path, answer.status))
        if answer.status in ERROR_STATUSES:
            broken += bad_words(answer) + self._unknown_fields(method, path, answer)
        assert not broken, f"{method} {path} answered {answer.status} {answer.text[:500]}\n" + "\n".join(broken)
        return answer

    def _caching(self, method: str, path: str, status: int) -> str:
        """Return the cache-control that an answer owes: nobody keeps it, unless the operation says otherwise."""
        found = self.system.promise.operation(method, path)
        if found is None or status in ERROR_STATUSES:
            return "no-store"
        return self.system.operation_at(method, found[0]).cache.headers.get("cache-control", "no-store")

    def _unknown_fields(self, method: str, path: str, answer: ApiResponse) -> list[str]:
        """Return what an error names that is no field and no parameter of the operation."""
        names = sorted(answer.fields()) if answer.status == 400 and not answer.is_whole_refusal else []
        unknown = (name for name in names if not self.system.promise.has_field(method, path, name))
        return [f"names {name!r}, which the operation does not have" for name in unknown]


EduClient = Callable[..., Client]
"""Gives a client of EduMaster for a person of the cast."""


def _part(value: Any) -> tuple[str | None, Any]:
    """A part of a form."""
    return (value.name, value.content) if isinstance(value, File) else (None, str(value))


def _bad_manners(answer: ApiResponse, caching: str) -> list[str]:
    """Return the rules that a response breaks, among those that hold for all of them."""
    headers, status = answer.headers, answer.status
    owed = {
        "JSON": not answer.text or headers["content-type"] == "application/json",
        caching: headers.get("cache-control") == caching,
        "www-authenticate with 401": status != 401 or "www-authenticate" in headers,
        "retry-after with 429 and 503": status not in (429, 503) or headers.get("retry-after", "").isdecimal(),
        "the status in the body": not isinstance(answer.body, dict) or answer.body.get("status_code", status) == status,
        "no detail key": not isinstance(answer.body, dict)
        or status not in ERROR_STATUSES
        or "detail" not in answer.body,
        "no failure of our own": status != 500,
    }
    return [f"owes {what}" for what, kept in owed.items() if not kept]


CLASSES = "|".join(kind for kind in EDUCATION.kinds if not kind.istitle())
NAMES_OF_CODE = re.compile(rf"\b(?:{CLASSES})\b|\b\d+ (?:{'|'.join(EDUCATION.kinds)})\b|\b[a-z]+(?:_[a-z]+)+\b")
"""Matches kinds whose names no language has, numbers of rows of a kind, and fields."""


def bad_words(answer: ApiResponse) -> list[str]:
    """Return the names of classes and fields in the sentences of an error, but for those of its API's document."""
    words = answer.system.refusals.words(answer.body)
    sentences = [text for text in _sentences(answer.body) if isinstance(text, str) and text not in words]
    found = {word for text in sentences for word in NAMES_OF_CODE.findall(text)}
    return [f"says {word!r}" for word in found if f'"{word}"' not in answer.system.promise.text]


def _sentences(body: Any) -> list[Any]:
    inner = [deep for _, value in _entries(body) for deep in _sentences(value)]
    return inner if isinstance(body, dict | list) else [body]


def _named(body: Any, prefix: str = "") -> list[str]:
    """The paths under which there are sentences, by position in lists."""
    found: list[str] = []
    for name, inner in _entries(body):
        nests = isinstance(inner, dict) or isinstance(inner, list) and any(isinstance(one, dict) for one in inner)
        found += _named(inner, f"{prefix}{name}.") if nests else [f"{prefix}{name}"]
    return found


def _entries(body: Any) -> list[tuple[Any, Any]]:
    if isinstance(body, dict):
        return list(body.items())
    return list(enumerate(body)) if isinstance(body, list) else []

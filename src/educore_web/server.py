"""From operations to a Litestar application: one hop into a worker thread, one transaction, one answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
from litestar import Litestar, Request, Response, Router
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from pydantic import ValidationError

from educore import (
    ANONYMOUS,
    Actor,
    EducoreError,
    Educore,
    Forbidden,
    Invalid,
    NotFound,
    Problem,
    TooManyAttempts,
    Unauthenticated,
    Unavailable,
    User,
    authenticate,
)
from educore_web import openapi
from educore_web.body import Body, destination, nested_body, spellings
from educore_web.body import partial as partial_body
from educore_web.contract import Contract, Problems
from educore_web.messages import preferred
from educore_web.operation import Operation
from educore_web.request import Asked, BadRequest, UnsupportedMediaType, read_body

log = logging.getLogger("educore")

STATUS: dict[type[EducoreError], int] = {
    NotFound: 404,
    Forbidden: 403,
    Unauthenticated: 401,
    TooManyAttempts: 429,
    Unavailable: 503,
    BadRequest: 400,
    UnsupportedMediaType: 415,
}
HTTP_PROBLEMS = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large", 415: "unsupported_media_type"}
STRUCTURES = {"account": User}
"""Which kind the fields of a structure in a body belong to."""


@dataclass(frozen=True)
class Answer:
    """What goes back: a status, a body to encode, headers."""

    status: int
    content: Any = None
    headers: Mapping[str, str] = None  # type: ignore[assignment]  # a frozen default follows

    def __post_init__(self) -> None:
        object.__setattr__(self, "headers", {"cache-control": "no-store", **(self.headers or {})})


class Api:
    """One API: its contract and operations over a school."""

    def __init__(self, contract: Contract, operations: Sequence[Operation], school: Educore, *, threads: int, max_body_megabytes: int) -> None:
        self.contract, self.operations, self.school = contract, list(operations), school
        self.dialect = contract.dialect
        self.megabytes = max_body_megabytes
        self.threads = ThreadPoolExecutor(threads, thread_name_prefix=contract.name)

    def litestar(self, *, at: str) -> Litestar:
        """The application; `at` is the prefix under which clients reach it, for links and documents."""
        handlers = [self._handler(operation) for operation in self.operations]
        return Litestar(
            [Router(self.contract.base, route_handlers=handlers), *openapi.pages(self.contract, self.operations, at=at)],
            exception_handlers={HTTPException: self._http_error, Exception: self._unexpected},
            openapi_config=None,
            logging_config=None,
            request_max_body_size=self.megabytes * 1024 * 1024,
        )

    # -- one request -----------------------------------------------------------------------------------

    def _handler(self, operation: Operation) -> HTTPRouteHandler:
        async def handle(request: Request[Any, Any, Any]) -> Response[bytes]:
            try:
                sent = await read_body(request) if operation.method in ("POST", "PUT", "PATCH") else {}
                unreadable = None
            except EducoreError as error:
                sent, unreadable = {}, error
            asked = self._asked(request, sent)
            work = partial(self._answer, operation, asked, unreadable)
            return _response(await asyncio.get_running_loop().run_in_executor(self.threads, work))

        path = operation.path.replace("{id}", "{id:int}")
        return HTTPRouteHandler(path, http_method=operation.method, status_code=200, name=operation.name)(handle)

    def _asked(self, request: Request[Any, Any, Any], sent: Mapping[str, Any]) -> Asked:
        return Asked(
            path=operation_path(request), query=dict(request.query_params),
            token=self.dialect.token(request.headers, request.cookies),
            language=preferred(request.headers.get("accept-language", "")),
            host=request.client.host if request.client else "",
            url=f"{request.url.scheme}://{request.headers.get('host', request.url.netloc)}",
            id=request.path_params.get("id"), sent=sent,
        )

    def _answer(self, operation: Operation, asked: Asked, unreadable: EducoreError | None) -> Answer:
        actor = ANONYMOUS
        try:
            if operation.public:
                data = self._data(operation, asked, unreadable)
                return self._success(operation, operation.call({"school": self.school, "data": data, "asked": asked}))
            with self.school.work(ANONYMOUS, read_only=operation.reads_only) as nobody:
                if asked.token is None:
                    raise Unauthenticated("token_missing")
                actor = authenticate(nobody, token=asked.token)
                if not operation.admits(actor.role, self.contract.domain):
                    raise Forbidden()
                uow = nobody.acting_as(actor)
                if operation.body is not None and operation.kind is not None and asked.id is not None:
                    uow.get(operation.kind, asked.id, to=operation.action, only=operation.only)
                data = self._data(operation, asked, unreadable)
                result = operation.call({"uow": uow, "id": asked.id, "data": data, "asked": asked})
            return self._success(operation, result)
        except Invalid as error:
            return self._invalid(operation, asked, actor, error)
        except EducoreError as error:
            return self._refused(error, asked.language)
        except Exception:
            log.exception("%s failed", operation.name)
            return self._whole(Problem("internal"), 500, asked.language)

    def _data(self, operation: Operation, asked: Asked, unreadable: EducoreError | None) -> Body | None:
        if unreadable is not None:
            raise unreadable
        if operation.body is None:
            return None
        try:
            return operation.body.model_validate(asked.sent)
        except ValidationError as error:
            raise Misspelled.from_pydantic(error) from None

    def _success(self, operation: Operation, result: Any) -> Answer:
        return Answer(operation.status, None if operation.status == 204 else result)

    # -- refusals --------------------------------------------------------------------------------------

    def _invalid(self, operation: Operation, asked: Asked, actor: Actor, error: Invalid) -> Answer:
        """Every problem at once: those found, and those of the references and unique values that can be read."""
        body = operation.body
        problems = error.fields if body is None or isinstance(error, Misspelled) else _spelled(body, error.fields)
        if body is not None and actor is not ANONYMOUS:
            problems = self._more_problems(operation, body, asked, actor) | problems
        if set(problems) == {""}:
            return self._whole(problems[""][0], 400, asked.language)
        return Answer(400, self.dialect.field_errors(problems, language=asked.language))

    def _more_problems(self, operation: Operation, body: type[Body], asked: Asked, actor: Actor) -> Problems:
        found: Problems = {}
        try:
            with self.school.work(actor, read_only=True) as uow:
                row = None
                if operation.kind is not None and asked.id is not None:
                    row = uow.get(operation.kind, asked.id, only=operation.only)
                fields = readable_fields(body, asked.sent)
                for structure, kind in STRUCTURES.items():
                    account = fields.pop(structure, None) or {}
                    owner = uow.get(kind, row.user_id) if row is not None and hasattr(row, "user_id") else None
                    inner = uow.problems(kind, account, of=owner)
                    found |= {f"{structure}.{path}": problems for path, problems in inner.items()}
                if operation.kind is not None:
                    found |= uow.problems(operation.kind, fields, of=row)
        except EducoreError:
            log.debug("no further problems could be looked up", exc_info=True)
        return _spelled(body, found)

    def _refused(self, error: EducoreError, language: str) -> Answer:
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
        headers = {"retry-after": str(error.params.get("retry_after", 5))} if status in (429, 503) else {}
        code = error.code if status != 404 else "not_found"
        return self._whole(Problem(code, error.params), status, language, headers)

    def _whole(self, problem: Problem, status: int, language: str, headers: Mapping[str, str] | None = None) -> Answer:
        body = self.dialect.refusal(problem, status=status, language=language)
        if status == 401:
            headers = {"www-authenticate": "Bearer"}
        return Answer(status, body, headers or {})

    def _http_error(self, request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
        language = preferred(request.headers.get("accept-language", ""))
        problem = Problem(HTTP_PROBLEMS.get(error.status_code, "error"), {"megabytes": self.megabytes})
        headers = {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}
        return _response(self._whole(problem, error.status_code, language, headers))

    def _unexpected(self, request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return _response(self._whole(Problem("internal"), 500, "en"))


class Misspelled(Invalid):
    """Problems found in the body itself, whose paths are the client's own words already."""


def readable_fields(body: type[Body], sent: Mapping[str, Any]) -> dict[str, Any]:
    """The domain fields of those parts of a body that are valid by themselves."""
    fields: dict[str, Any] = {}
    for name in sent.keys() & body.model_fields.keys():
        inner, path = nested_body(body, name), destination(body, name)
        if inner is not None and path is not None and isinstance(sent[name], dict):
            fields[path] = readable_fields(inner, sent[name])
            continue
        try:
            part = partial_body(body).model_validate({name: sent[name]}).fields()
        except ValidationError:
            continue
        for filled, value in part.items():
            fields[filled] = {**fields.get(filled, {}), **value} if isinstance(value, dict) else value
    return fields


def operation_path(request: Request[Any, Any, Any]) -> str:
    """The path as the document writes it, with its final slash."""
    return request.url.path.rstrip("/") + "/"


def _spelled(body: type[Body], problems: Problems) -> Problems:
    words = spellings(body)
    return {words.get(path, path): found for path, found in problems.items()}


def _response(answer: Answer) -> Response[bytes]:
    content = b"" if answer.status == 204 else msgspec.json.encode(answer.content)
    return Response(content, status_code=answer.status, media_type="application/json", headers=dict(answer.headers))


__all__ = ["Answer", "Api", "readable_fields"]

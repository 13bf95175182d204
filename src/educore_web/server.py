"""From operations to a Litestar application: one hop into a worker thread, one transaction, one answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

from litestar import HttpMethod, Litestar, Request, Response, Router
from litestar.config.cors import CORSConfig
from litestar.exceptions import HTTPException, NotFoundException
from litestar.handlers import HTTPRouteHandler
from pydantic import ValidationError

from educore import (
    ANONYMOUS,
    Actor,
    Educore,
    EducoreError,
    Entity,
    Forbidden,
    Invalid,
    Problem,
    Unauthenticated,
    UnitOfWork,
    User,
    authenticate,
)
from educore_web import openapi, preconditions, repeats
from educore_web.body import Body, spelled
from educore_web.calling import as_sent, id_called, readable, with_own_ids
from educore_web.contract import Contract, Problems
from educore_web.messages import preferred
from educore_web.operation import Operation
from educore_web.refusals import Answer, Refusals
from educore_web.request import Asked, read_body

log = logging.getLogger("educore")

STRUCTURES = {"account": User}
"""Which kind the fields of a structure in a body belong to."""


class Misspelled(Invalid):
    """Problems found in the body itself, whose paths are the client's own words already."""


class Api:
    """One API: its contract and operations over a school."""

    def __init__(
        self,
        contract: Contract,
        operations: Sequence[Operation],
        school: Educore,
        *,
        threads: int,
        max_body_megabytes: int,
    ) -> None:
        self.contract, self.operations, self.school = contract, list(operations), school
        self.retrievals = preconditions.retrievals(operations)
        self.refusals = Refusals(contract.dialect, max_body_megabytes)
        self.threads = ThreadPoolExecutor(threads, thread_name_prefix=contract.name)

    def litestar(self, *, at: str, origins: Sequence[str] = ()) -> Litestar:
        """The application, under the prefix `at`; pages of the sites in `origins` may call it."""
        handlers = [self._handler(operation) for operation in self.operations]
        return Litestar(
            [
                Router(self.contract.base, route_handlers=handlers),
                *openapi.pages(self.contract, self.operations, at=at),
            ],
            exception_handlers={HTTPException: self._http_error, Exception: self._unexpected},
            cors_config=CORSConfig(allow_origins=list(origins), expose_headers=[preconditions.TAG], max_age=3600)
            if origins
            else None,
            openapi_config=None,
            logging_config=None,
            request_max_body_size=self.refusals.largest_body * 1024 * 1024,
        )

    # -- one request -----------------------------------------------------------------------------------

    def _handler(self, operation: Operation) -> HTTPRouteHandler:
        async def handle(request: Request[Any, Any, Any]) -> Response[bytes]:
            unreadable, sent = None, {}
            try:
                sent = await read_body(request) if operation.method in ("POST", "PUT", "PATCH") else {}
            except EducoreError as error:
                unreadable = error
            work = partial(self._answer, operation, self._asked(request, sent), unreadable)
            answer = await asyncio.get_running_loop().run_in_executor(self.threads, work)
            return answer.response()

        path = operation.path.replace("{id}", "{id:str}")
        method = HttpMethod(operation.method)
        return HTTPRouteHandler(path, http_method=method, status_code=200, name=operation.name)(handle)

    def _asked(self, request: Request[Any, Any, Any], sent: Mapping[str, Any]) -> Asked:
        return Asked(
            path=request.url.path.rstrip("/") + "/",
            query=dict(request.query_params),
            token=self.contract.dialect.token(request.headers, request.cookies),
            language=self._language(request),
            host=request.client.host if request.client else "",
            url=f"{request.url.scheme}://{request.headers.get('host', request.url.netloc)}",
            id=_id(request),
            key=request.headers.get(repeats.HEADER),
            if_match=request.headers.get(preconditions.HEADER),
            sent=sent,
        )

    def _answer(self, operation: Operation, asked: Asked, unreadable: EducoreError | None) -> Answer:
        """Do it and make the answer, whatever happens: nothing but an answer leaves the worker thread."""
        actor = ANONYMOUS
        try:
            if operation.public:
                data = _data(operation, asked, unreadable)
                return Answer(operation.status, operation.call({"school": self.school, "data": data, "asked": asked}))
            with self.school.work(ANONYMOUS, read_only=operation.reads_only) as nobody:
                actor = self._actor(nobody, operation, asked)
                uow = nobody.become(actor)
                if asked.id is not None:
                    asked = replace(asked, id=id_called(uow, operation, asked.id))
                do = partial(_carry_out, uow, operation, asked, unreadable, self.retrievals.get(operation.path))
                if not operation.takes_key or unreadable is not None:
                    return do()
                return repeats.answered_once(uow, asked, to=f"{self.contract.name} {operation.name}", do=do)
        except Invalid as error:
            return self.refusals.of_fields(self._problems(operation, asked, actor, error), asked.language)
        except EducoreError as error:
            return self.refusals.of(error, asked.language)
        except Exception:
            log.exception("%s failed", operation.name)
            return self.refusals.whole(Problem("internal"), 500, asked.language)

    def _actor(self, nobody: Any, operation: Operation, asked: Asked) -> Actor:
        """Who asks. Raises: Unauthenticated, Forbidden where the role may never do this, whatever the body."""
        if asked.token is None:
            raise Unauthenticated("token_missing")
        actor = authenticate(nobody, token=asked.token)
        if not operation.admits(actor.role, self.contract.domain):
            raise Forbidden()
        return actor

    # -- refusals --------------------------------------------------------------------------------------

    def _problems(self, operation: Operation, asked: Asked, actor: Actor, error: Invalid) -> Problems:
        """Every problem at once: the one met first, and those of references and unique values that can be read."""
        body = operation.body
        if body is None:
            return error.fields
        met = error.fields if isinstance(error, Misspelled) else _spelled(body, error.fields)
        more = {} if actor is ANONYMOUS else self._problems_in_store(operation, body, asked, actor)
        return as_sent(more | met, asked.sent)

    def _problems_in_store(self, operation: Operation, body: type[Body], asked: Asked, actor: Actor) -> Problems:
        found: Problems = {}
        try:
            with self.school.work(actor, read_only=True) as uow:
                row: Any = None
                if operation.kind is not None and asked.id is not None:
                    row = uow.get(operation.kind, asked.id, only=operation.only)
                data, unknown = with_own_ids(uow, readable(body, asked.sent), center_id=_center(actor, row))
                fields = data.fields()
                for structure, kind in STRUCTURES.items():
                    owner = uow.get(kind, row.user_id) if row is not None and "user_id" in dict(row) else None
                    inner = uow.problems(kind, fields.pop(structure, {}), of=owner)
                    found |= {f"{structure}.{path}": problems for path, problems in inner.items()}
                if operation.kind is not None:
                    found |= uow.problems(operation.kind, fields, of=row)
                return _spelled(body, found) | unknown
        except EducoreError:
            log.debug("no further problems could be looked up", exc_info=True)
        return _spelled(body, found)

    def _http_error(self, request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
        return self.refusals.of_status(error.status_code, self._language(request), error.headers).response()

    def _unexpected(self, request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return self.refusals.whole(Problem("internal"), 500, self._language(request)).response()

    def _language(self, request: Request[Any, Any, Any]) -> str:
        return preferred(request.headers.get("accept-language", ""), self.contract.dialect.language)


def _id(request: Request[Any, Any, Any]) -> int | None:
    """The id in the path: digits only (center_crm C84), no more than a database has room for."""
    text = request.path_params.get("id")
    if text is not None and not (text.isascii() and text.isdecimal() and len(text) < 20):
        raise NotFoundException()
    return None if text is None else int(text)


def _carry_out(
    uow: UnitOfWork, operation: Operation, asked: Asked, unreadable: EducoreError | None, shown: Operation | None
) -> Answer:
    """Do it; `shown` is the operation that shows the row at the same path, if there is one."""
    if operation is shown:
        return preconditions.show_with_tag(uow, operation, asked)
    reads, row = operation.body is not None or unreadable is not None, None
    if reads and operation.kind is not None and asked.id is not None:
        row = uow.get(operation.kind, asked.id, to=operation.action, only=operation.only)
    data = _in_own_ids(uow, _data(operation, asked, unreadable), row)
    if shown is not None and operation.method in preconditions.CONDITIONAL:
        preconditions.require_match(uow, shown, operation, asked)
    result = operation.call({"uow": uow, "id": asked.id, "data": data, "asked": asked})
    return result if isinstance(result, Answer) else Answer(operation.status, result)


def _data(operation: Operation, asked: Asked, unreadable: EducoreError | None) -> Body | None:
    if unreadable is not None:
        raise unreadable
    if operation.body is None:
        return None
    try:
        return operation.body.model_validate(asked.sent)
    except ValidationError as error:
        raise Misspelled.from_pydantic(error) from None


def _spelled(body: type[Body], problems: Problems) -> Problems:
    return {spelled(body, path): found for path, found in problems.items()}


def _in_own_ids(uow: UnitOfWork, data: Body | None, row: Entity | None) -> Body | None:
    """The body with ids of rows in place of what it calls them by. Raises: Misspelled."""
    if data is None:
        return None
    known, unknown = with_own_ids(uow, data, center_id=_center(uow.actor, row))
    if unknown:
        raise Misspelled(unknown)
    return known


def _center(actor: Actor, row: Entity | None) -> int | None:
    """The Center whose rows a body may refer to; that of the row, where somebody stands above all Centers."""
    center_id: int | None = actor.center_id or getattr(row, "center_id", None)
    return center_id

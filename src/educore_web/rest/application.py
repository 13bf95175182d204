"""The Litestar application of an API: each request has a caller, a body, one transaction and one answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import inf
from time import monotonic
from typing import Any, cast

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
)
from educore.identity import User
from educore.people import authenticate
from educore_web.i18n import preferred_language
from educore_web.rest import idempotency, openapi, preconditions
from educore_web.rest.bodies import Body, spelled
from educore_web.rest.errors import Answer, Refusals
from educore_web.rest.foreign_keys import as_sent, id_called, readable, with_own_ids
from educore_web.rest.operation import Operation
from educore_web.rest.parsing import MULTIPART, media_type, parse_body
from educore_web.rest.password_proof import has_password, prove_passwords
from educore_web.rest.preparation import prepared_body
from educore_web.rest.request import Asked, BadRequest, UnsupportedMediaType, receive_body
from educore_web.rest.spec import Contract, Problems
from educore_web.rest.threads import Threads
from educore_web.runtime.asgi import Receive
from educore_web.runtime.limits import KNOWN_BODY, KNOWN_FIELDS, MEGABYTE, PARSED_AT_ONCE, UNKNOWN_BODY, UNKNOWN_FIELDS

log = logging.getLogger("educore")

RECENT_SECONDS = 5
"""Seconds for which a caller, once recognised, may begin to write without being looked up again."""
STRUCTURES = {"account": User}
"""Which kind the fields of a structure in a body belong to."""


class Misspelled(Invalid):
    """Problems found in the body itself, whose paths are the client's own words already."""


@dataclass(frozen=True)
class Caller:
    """Who calls, and when they were recognised, in seconds of the monotonic clock."""

    actor: Actor
    known_at: float = -inf

    @property
    def is_recent(self) -> bool:
        """Whether the caller was recognised less than RECENT_SECONDS ago and need not be looked up again.

        A blocked account is thus refused within that time, however long the request had to wait for a lock.
        """
        return monotonic() - self.known_at < RECENT_SECONDS


NOBODY_YET = Caller(ANONYMOUS)


class Api:
    """One API: its contract and its operations on a school.

    A request goes through these steps. Each costs more than the one before, and needs more to be known:

    1. The caller, unless the operation is public: looked up in a reading unit of work, before the body is read.
    2. The body; its largest size depends on the caller and on the operation.
    3. Validation of the body. No transaction is open.
    4. The unit of work, as that actor: the row, the references, the operation itself.

    An operation that only reads does the first and the last step in one unit of work.
    """

    def __init__(
        self,
        contract: Contract,
        operations: Sequence[Operation],
        school: Educore,
        *,
        threads: Threads,
        max_body_megabytes: int,
        public_url: str,
    ) -> None:
        self.contract, self.operations, self.school = contract, list(operations), school
        self.retrievals = preconditions.retrievals(operations)
        self.threads, self.public_url = threads, public_url
        self.largest_body = max_body_megabytes * MEGABYTE
        self.refusals = Refusals(contract.dialect, max_body_megabytes)

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
            request_max_body_size=self.largest_body,
        )

    # -- one request -----------------------------------------------------------------------------------

    def _handler(self, operation: Operation) -> HTTPRouteHandler:
        async def handle(request: Request[Any, Any, Any]) -> Response[bytes]:
            answer = await self._respond(operation, self._asked(request), request)
            return answer.response()

        path = operation.path.replace("{id}", "{id:str}")
        method = HttpMethod(operation.method)
        return HTTPRouteHandler(path, http_method=method, status_code=200, name=operation.name)(handle)

    def _asked(self, request: Request[Any, Any, Any]) -> Asked:
        return Asked(
            path=f"{request.scope.get('root_path', '')}{request.scope['path']}".rstrip("/") + "/",
            query=dict(request.query_params),
            token=self.contract.dialect.token(request.headers, request.cookies),
            language=self._language(request),
            host=request.client.host if request.client else "",
            url=self.public_url,
            id=_id(request),
            key=request.headers.get(idempotency.HEADER),
            if_match=request.headers.get(preconditions.HEADER),
        )

    async def _respond(self, operation: Operation, asked: Asked, request: Request[Any, Any, Any]) -> Answer:
        """Run the steps of a request, each in the thread pool meant for it."""
        run = asyncio.get_running_loop().run_in_executor
        caller, unreadable = NOBODY_YET, None
        try:
            if not operation.public and not operation.reads_only:
                caller = await run(self.threads.readers, self._recognize, operation, asked)
            if operation.method in ("POST", "PUT", "PATCH"):
                asked = replace(asked, sent=await self._read_body(operation, request))
        except (BadRequest, UnsupportedMediaType) as error:
            unreadable = error
        except EducoreError as error:
            return self.refusals.of(error, asked.language)
        pool = self.threads.for_operation(operation)
        return await run(pool, self._answer, operation, asked, caller, unreadable)

    def _recognize(self, operation: Operation, asked: Asked) -> Caller:
        with self.school.work(ANONYMOUS, read_only=True) as nobody:
            return Caller(self._actor(nobody, operation, asked), monotonic())

    def _actor(self, uow: UnitOfWork, operation: Operation, asked: Asked) -> Actor:
        """Who asks. Raises: Unauthenticated, Forbidden where the role may never do this, whatever the body."""
        if asked.token is None:
            raise Unauthenticated("token_missing")
        actor = authenticate(uow, token=asked.token)
        if not operation.admits(actor.role, self.contract.domain):
            raise Forbidden()
        return actor

    async def _read_body(self, operation: Operation, request: Request[Any, Any, Any]) -> dict[str, Any]:
        """Return the body as a dictionary. Raises: BadRequest, UnsupportedMediaType, BodyTooLarge."""
        kind = request.headers.get("content-type", "")
        takes_files = operation.takes_files and media_type(kind) == MULTIPART
        largest = UNKNOWN_BODY if operation.public else self.largest_body if takes_files else KNOWN_BODY
        length = request.headers.get("content-length", "")
        raw = await receive_body(cast(Receive, request.receive), length=length, largest=min(largest, self.largest_body))
        parse = partial(parse_body, raw, kind, most_fields=UNKNOWN_FIELDS if operation.public else KNOWN_FIELDS)
        if len(raw) <= PARSED_AT_ONCE:
            return parse()
        return await asyncio.get_running_loop().run_in_executor(self.threads.parsers, parse)

    def _answer(self, operation: Operation, asked: Asked, caller: Caller, unreadable: EducoreError | None) -> Answer:
        """Do it and make the answer, whatever happens: nothing but an answer leaves the worker thread."""
        try:
            body = _validate(operation, asked, unreadable)
            # What takes long and needs no lock belongs here, where body.data is known and no transaction is open.
            body = self._prove(operation, asked, caller, body)
            with prepared_body(self.school.ports, operation.kind, body.data) as data:
                return self._act(operation, asked, caller, replace(body, data=data))
        except Invalid as error:
            return self.refusals.of_fields(self._problems(operation, asked, caller.actor, error), asked.language)
        except EducoreError as error:
            return self.refusals.of(error, asked.language)
        except Exception:
            log.exception("%s failed", operation.name)
            return self.refusals.whole(Problem("internal"), 500, asked.language)

    def _prove(self, operation: Operation, asked: Asked, caller: Caller, body: Validated) -> Validated:
        """Replace the passwords in the body with proofs, if the caller may act on the row.

        Raises: TooManyAttempts (retry_after, seconds); NotFound, Forbidden.
        """
        if operation.public or body.data is None or not has_password(body.data):
            return body
        with self.school.work(caller.actor, read_only=True) as uow:
            if operation.kind is not None and asked.id is not None:
                uow.get(operation.kind, id_called(uow, operation, asked.id), to=operation.action, only=operation.only)
        try:
            return Validated(prove_passwords(self.school, caller.actor, body.data, host=asked.host))
        except Invalid as error:
            return Validated(error=Misspelled(error.fields))

    def _act(self, operation: Operation, asked: Asked, caller: Caller, body: Validated) -> Answer:
        if operation.public:
            data = body.or_raise()
            return Answer(operation.status, operation.call({"school": self.school, "data": data, "asked": asked}))
        takes_key = operation.takes_key and not body.is_unreadable
        read_only = operation.reads_only or (body.error is not None and not takes_key)
        with self.school.work(caller.actor, read_only=read_only) as uow:
            if not caller.is_recent:
                uow.switch_actor(self._actor(uow, operation, asked))
            if asked.id is not None:
                asked = replace(asked, id=id_called(uow, operation, asked.id))
            do = partial(_carry_out, uow, operation, asked, body, self.retrievals.get(operation.path))
            if not takes_key:
                return do()
            return idempotency.answered_once(uow, asked, to=f"{self.contract.name} {operation.name}", do=do)

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
        return preferred_language(request.headers.get("accept-language", ""), self.contract.dialect.language)


def _id(request: Request[Any, Any, Any]) -> int | None:
    """The id in the path: digits only (center_crm C84), no more than a database has room for."""
    text = request.path_params.get("id")
    if text is not None and not (text.isascii() and text.isdecimal() and len(text) < 20):
        raise NotFoundException()
    return None if text is None else int(text)


@dataclass(frozen=True)
class Validated:
    """The validated body of an operation, or its error: only a caller who may know that the row exists is told it."""

    data: Body | None = None
    error: EducoreError | None = None

    @property
    def is_unreadable(self) -> bool:
        """Whether the body could not be parsed at all."""
        return self.error is not None and not isinstance(self.error, Misspelled)

    def or_raise(self) -> Body | None:
        """Return the body. Raises: the error found in it."""
        if self.error is not None:
            raise self.error
        return self.data


def _validate(operation: Operation, asked: Asked, unreadable: EducoreError | None) -> Validated:
    if unreadable is not None or operation.body is None:
        return Validated(error=unreadable)
    try:
        return Validated(operation.body.model_validate(asked.sent))
    except ValidationError as error:
        return Validated(error=Misspelled.from_pydantic(error))


def _carry_out(uow: UnitOfWork, operation: Operation, asked: Asked, body: Validated, shown: Operation | None) -> Answer:
    """Carry out an operation; `shown` is the operation that shows the row at the same path, None if there is none."""
    if operation is shown:
        return preconditions.show_with_tag(uow, operation, asked)
    reads, row = operation.body is not None or body.error is not None, None
    if reads and operation.kind is not None and asked.id is not None:
        row = uow.get(operation.kind, asked.id, to=operation.action, only=operation.only)
    data = _in_own_ids(uow, body.or_raise(), row)
    if shown is not None and operation.method in preconditions.CONDITIONAL:
        preconditions.require_match(uow, shown, operation, asked)
    result = operation.call({"uow": uow, "id": asked.id, "data": data, "asked": asked})
    return result if isinstance(result, Answer) else Answer(operation.status, result)


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

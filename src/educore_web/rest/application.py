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
from educore_web.rest.bodies import Body, body_path
from educore_web.rest.errors import ErrorResponses, ResponseData
from educore_web.rest.foreign_keys import resolve_path_id, resolve_references, restore_sent_ids, valid_subset
from educore_web.rest.operation import Operation
from educore_web.rest.parsing import MULTIPART, media_type, parse_body
from educore_web.rest.password_proof import has_password, prove_passwords
from educore_web.rest.preparation import prepare_body
from educore_web.rest.request import BadRequest, RequestData, UnsupportedMediaType, receive_body
from educore_web.rest.spec import ApiSpec, Problems
from educore_web.rest.threads import Threads
from educore_web.runtime.asgi import Receive
from educore_web.runtime.limits import KNOWN_BODY, KNOWN_FIELDS, MEGABYTE, PARSED_AT_ONCE, UNKNOWN_BODY, UNKNOWN_FIELDS

log = logging.getLogger("educore")

RECENT_SECONDS = 5
"""Seconds for which a caller, once recognised, may begin to write without being looked up again."""
STRUCTURES = {"account": User}
"""Which kind the fields of a structure in a body belong to."""


class RequestBodyInvalid(Invalid):
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


UNKNOWN_CALLER = Caller(ANONYMOUS)


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
        spec: ApiSpec,
        operations: Sequence[Operation],
        school: Educore,
        *,
        threads: Threads,
        max_body_megabytes: int,
        public_url: str,
    ) -> None:
        self.spec, self.operations, self.school = spec, list(operations), school
        self.retrievals = preconditions.find_retrievals(operations)
        self.threads, self.public_url = threads, public_url
        self.largest_body = max_body_megabytes * MEGABYTE
        self.errors = ErrorResponses(spec.dialect, max_body_megabytes)

    def litestar(self, *, at: str, origins: Sequence[str] = ()) -> Litestar:
        """The application, under the prefix `at`; pages of the sites in `origins` may call it."""
        handlers = [self._handler(operation) for operation in self.operations]
        return Litestar(
            [
                Router(self.spec.base, route_handlers=handlers),
                *openapi.swagger_routes(self.spec, self.operations, at=at),
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
            answer = await self._respond(operation, self._request_data(request), request)
            return answer.response()

        path = operation.path.replace("{id}", "{id:str}")
        method = HttpMethod(operation.method)
        return HTTPRouteHandler(path, http_method=method, status_code=200, name=operation.name)(handle)

    def _request_data(self, http_request: Request[Any, Any, Any]) -> RequestData:
        return RequestData(
            path=f"{http_request.scope.get('root_path', '')}{http_request.scope['path']}".rstrip("/") + "/",
            query=dict(http_request.query_params),
            token=self.spec.dialect.token(http_request.headers, http_request.cookies),
            language=self._language(http_request),
            client_host=http_request.client.host if http_request.client else "",
            public_url=self.public_url,
            id=_id(http_request),
            idempotency_key=http_request.headers.get(idempotency.HEADER),
            if_match=http_request.headers.get(preconditions.HEADER),
        )

    async def _respond(
        self, operation: Operation, request: RequestData, http_request: Request[Any, Any, Any]
    ) -> ResponseData:
        """Run the steps of a request, each in the thread pool meant for it."""
        run = asyncio.get_running_loop().run_in_executor
        caller, unreadable = UNKNOWN_CALLER, None
        try:
            if not operation.public and not operation.is_read_only:
                caller = await run(self.threads.readers, self._recognize, operation, request)
            if operation.method in ("POST", "PUT", "PATCH"):
                request = replace(request, body=await self._read_body(operation, http_request))
        except (BadRequest, UnsupportedMediaType) as error:
            unreadable = error
        except EducoreError as error:
            return self.errors.of(error, request.language)
        pool = self.threads.for_operation(operation)
        return await run(pool, self._answer, operation, request, caller, unreadable)

    def _recognize(self, operation: Operation, request: RequestData) -> Caller:
        with self.school.work(ANONYMOUS, read_only=True) as nobody:
            return Caller(self._actor(nobody, operation, request), monotonic())

    def _actor(self, uow: UnitOfWork, operation: Operation, request: RequestData) -> Actor:
        """Who asks. Raises: Unauthenticated, Forbidden where the role may never do this, whatever the body."""
        if request.token is None:
            raise Unauthenticated("token_missing")
        actor = authenticate(uow, token=request.token)
        if not operation.admits(actor.role, self.spec.domain):
            raise Forbidden()
        return actor

    async def _read_body(self, operation: Operation, http_request: Request[Any, Any, Any]) -> dict[str, Any]:
        """Return the body as a dictionary. Raises: BadRequest, UnsupportedMediaType, BodyTooLarge."""
        kind = http_request.headers.get("content-type", "")
        accepts_files = operation.accepts_files and media_type(kind) == MULTIPART
        largest = UNKNOWN_BODY if operation.public else self.largest_body if accepts_files else KNOWN_BODY
        length = http_request.headers.get("content-length", "")
        raw = await receive_body(
            cast(Receive, http_request.receive), length=length, largest=min(largest, self.largest_body)
        )
        parse = partial(parse_body, raw, kind, most_fields=UNKNOWN_FIELDS if operation.public else KNOWN_FIELDS)
        if len(raw) <= PARSED_AT_ONCE:
            return parse()
        return await asyncio.get_running_loop().run_in_executor(self.threads.parsers, parse)

    def _answer(
        self, operation: Operation, request: RequestData, caller: Caller, unreadable: EducoreError | None
    ) -> ResponseData:
        """Do it and make the answer, whatever happens: nothing but an answer leaves the worker thread."""
        try:
            body = _validate(operation, request, unreadable)
            # What takes long and needs no lock belongs here, where body.data is known and no transaction is open.
            body = self._prove(operation, request, caller, body)
            with prepare_body(self.school.ports, operation.kind, body.data) as data:
                return self._act(operation, request, caller, replace(body, data=data))
        except Invalid as error:
            return self.errors.of_fields(self._problems(operation, request, caller.actor, error), request.language)
        except EducoreError as error:
            return self.errors.of(error, request.language)
        except Exception:
            log.exception("%s failed", operation.name)
            return self.errors.whole(Problem("internal"), 500, request.language)

    def _prove(self, operation: Operation, request: RequestData, caller: Caller, body: ValidatedBody) -> ValidatedBody:
        """Replace the passwords in the body with proofs, if the caller may act on the row.

        Raises: TooManyAttempts (retry_after, seconds); NotFound, Forbidden.
        """
        if operation.public or body.data is None or not has_password(body.data):
            return body
        with self.school.work(caller.actor, read_only=True) as uow:
            if operation.kind is not None and request.id is not None:
                uow.get(
                    operation.kind,
                    resolve_path_id(uow, operation, request.id),
                    to=operation.action,
                    only=operation.only,
                )
        try:
            return ValidatedBody(prove_passwords(self.school, caller.actor, body.data, host=request.client_host))
        except Invalid as error:
            return ValidatedBody(error=RequestBodyInvalid(error.fields))

    def _act(self, operation: Operation, request: RequestData, caller: Caller, body: ValidatedBody) -> ResponseData:
        if operation.public:
            data = body.or_raise()
            return ResponseData(
                operation.status, operation.call({"school": self.school, "data": data, "request": request})
            )
        accepts_key = operation.accepts_idempotency_key and not body.is_unreadable
        read_only = operation.is_read_only or (body.error is not None and not accepts_key)
        with self.school.work(caller.actor, read_only=read_only) as uow:
            if not caller.is_recent:
                uow.switch_actor(self._actor(uow, operation, request))
            if request.id is not None:
                request = replace(request, id=resolve_path_id(uow, operation, request.id))
            do = partial(_carry_out, uow, operation, request, body, self.retrievals.get(operation.path))
            if not accepts_key:
                return do()
            return idempotency.run_idempotent(uow, request, to=f"{self.spec.name} {operation.name}", do=do)

    # -- refusals --------------------------------------------------------------------------------------

    def _problems(self, operation: Operation, request: RequestData, actor: Actor, error: Invalid) -> Problems:
        """Every problem at once: the one met first, and those of references and unique values that can be read."""
        body = operation.body
        if body is None:
            return error.fields
        met = error.fields if isinstance(error, RequestBodyInvalid) else _spelled(body, error.fields)
        more = {} if actor is ANONYMOUS else self._problems_in_store(operation, body, request, actor)
        return restore_sent_ids(more | met, request.body)

    def _problems_in_store(
        self, operation: Operation, body: type[Body], request: RequestData, actor: Actor
    ) -> Problems:
        found: Problems = {}
        try:
            with self.school.work(actor, read_only=True) as uow:
                row: Any = None
                if operation.kind is not None and request.id is not None:
                    row = uow.get(operation.kind, request.id, only=operation.only)
                data, unknown = resolve_references(uow, valid_subset(body, request.body), center_id=_center(actor, row))
                fields = data.fields()
                for structure, kind in STRUCTURES.items():
                    owner = uow.get(kind, row.user_id) if row is not None and "user_id" in dict(row) else None
                    inner = uow.find_problems(kind, fields.pop(structure, {}), of=owner)
                    found |= {f"{structure}.{path}": problems for path, problems in inner.items()}
                if operation.kind is not None:
                    found |= uow.find_problems(operation.kind, fields, of=row)
                return _spelled(body, found) | unknown
        except EducoreError:
            log.debug("no further problems could be looked up", exc_info=True)
        return _spelled(body, found)

    def _http_error(self, http_request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
        return self.errors.of_status(error.status_code, self._language(http_request), error.headers).response()

    def _unexpected(self, http_request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        log.error("%s %s failed", http_request.method, http_request.url.path, exc_info=error)
        return self.errors.whole(Problem("internal"), 500, self._language(http_request)).response()

    def _language(self, http_request: Request[Any, Any, Any]) -> str:
        return preferred_language(http_request.headers.get("accept-language", ""), self.spec.dialect.language)


def _id(http_request: Request[Any, Any, Any]) -> int | None:
    """The id in the path: digits only (center_crm C84), no more than a database has room for."""
    text = http_request.path_params.get("id")
    if text is not None and not (text.isascii() and text.isdecimal() and len(text) < 20):
        raise NotFoundException()
    return None if text is None else int(text)


@dataclass(frozen=True)
class ValidatedBody:
    """The validated body of an operation, or its error: only a caller who may know that the row exists is told it."""

    data: Body | None = None
    error: EducoreError | None = None

    @property
    def is_unreadable(self) -> bool:
        """Whether the body could not be parsed at all."""
        return self.error is not None and not isinstance(self.error, RequestBodyInvalid)

    def or_raise(self) -> Body | None:
        """Return the body. Raises: the error found in it."""
        if self.error is not None:
            raise self.error
        return self.data


def _validate(operation: Operation, request: RequestData, unreadable: EducoreError | None) -> ValidatedBody:
    if unreadable is not None or operation.body is None:
        return ValidatedBody(error=unreadable)
    try:
        return ValidatedBody(operation.body.model_validate(request.body))
    except ValidationError as error:
        return ValidatedBody(error=RequestBodyInvalid.from_pydantic(error))


def _carry_out(
    uow: UnitOfWork, operation: Operation, request: RequestData, body: ValidatedBody, shown: Operation | None
) -> ResponseData:
    """Carry out an operation; `shown` is the operation that shows the row at the same path, None if there is none."""
    if operation is shown:
        return preconditions.show_with_tag(uow, operation, request)
    reads, row = operation.body is not None or body.error is not None, None
    if reads and operation.kind is not None and request.id is not None:
        row = uow.get(operation.kind, request.id, to=operation.action, only=operation.only)
    data = _in_own_ids(uow, body.or_raise(), row)
    if shown is not None and operation.method in preconditions.CONDITIONAL:
        preconditions.require_match(uow, shown, operation, request)
    result = operation.call({"uow": uow, "id": request.id, "data": data, "request": request})
    return result if isinstance(result, ResponseData) else ResponseData(operation.status, result)


def _spelled(body: type[Body], problems: Problems) -> Problems:
    return {body_path(body, path): found for path, found in problems.items()}


def _in_own_ids(uow: UnitOfWork, data: Body | None, row: Entity | None) -> Body | None:
    """The body with ids of rows in place of what it calls them by. Raises: RequestBodyInvalid."""
    if data is None:
        return None
    known, unknown = resolve_references(uow, data, center_id=_center(uow.actor, row))
    if unknown:
        raise RequestBodyInvalid(unknown)
    return known


def _center(actor: Actor, row: Entity | None) -> int | None:
    """The Center whose rows a body may refer to; that of the row, where somebody stands above all Centers."""
    center_id: int | None = actor.center_id or getattr(row, "center_id", None)
    return center_id

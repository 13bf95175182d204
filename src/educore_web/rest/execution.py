"""The execution of an operation: from the data of a request to the data of its response."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import inf
from time import monotonic
from typing import Any

import msgspec
from pydantic import ValidationError

from educore import ANONYMOUS, Actor, Educore, EducoreError, Forbidden, Invalid, Problem, Unauthenticated, UnitOfWork
from educore.identity import User
from educore.kernel import get_to_perform, references
from educore.people import authenticate
from educore.values import COMPLETE_LATER
from educore_web.rest import idempotency, preconditions
from educore_web.rest.attachments import Row, attach_files, has_attachment
from educore_web.rest.bodies import Body
from educore_web.rest.cache_headers import Cache
from educore_web.rest.caching import show_structure
from educore_web.rest.dialect import About
from educore_web.rest.errors import ErrorResponses, ResponseData, Wording, new_error_id
from educore_web.rest.filters import find_unknown
from educore_web.rest.foreign_keys import resolve_path_id
from educore_web.rest.languages import speak_to
from educore_web.rest.operation import Operation
from educore_web.rest.password_proof import has_password, prove_passwords
from educore_web.rest.preparation import prepare_body
from educore_web.rest.problems import RequestBodyInvalid, collect_problems, resolve_body
from educore_web.rest.renaming import RenamedBody, rename_fields
from educore_web.rest.request import RequestData
from educore_web.rest.spec import ApiSpec
from educore_web.rest.unchanged import can_be_shown, drop_unchanged, forgive_shown

log = logging.getLogger("educore")

RECENT_SECONDS = 5
"""Seconds during which an authenticated caller may begin to write without being authenticated again."""


@dataclass(frozen=True)
class Caller:
    """The actor who calls, and the time of the authentication in seconds of the monotonic clock."""

    actor: Actor
    authenticated_at: float = -inf

    @property
    def is_recent(self) -> bool:
        """Return whether the caller was authenticated less than RECENT_SECONDS ago.

        A blocked account is thus refused within that time, however long the request had to wait for a lock.
        """
        return monotonic() - self.authenticated_at < RECENT_SECONDS


UNKNOWN_CALLER = Caller(ANONYMOUS)
"""The caller of a public operation, and of any other before its authentication."""


@dataclass(frozen=True)
class ValidatedBody:
    """The validated body of a request, or the error found in it.

    The error is raised late, by `get`: only a caller who may know that the row exists learns about it.
    """

    data: Body | None = None
    error: EducoreError | None = None

    @property
    def is_unreadable(self) -> bool:
        """Return whether the body could not even be parsed."""
        return self.error is not None and not isinstance(self.error, RequestBodyInvalid)

    def get(self) -> Body | None:
        """Return the body. Raises: the error found in it."""
        if self.error is not None:
            raise self.error
        return self.data


class Executor:
    """The parts that the executions of all operations of one API share."""

    def __init__(self, spec: ApiSpec, operations: Sequence[Operation], school: Educore, errors: ErrorResponses) -> None:
        self.spec, self.school, self.errors = spec, school, errors
        self.retrievals = preconditions.find_retrievals(operations)
        self.shown_by = {operation.path: operation for operation in operations if operation.shows_one}
        self.document: Callable[[], bytes] = bytes
        """Returns the encoded OpenAPI document of the API."""


class Execution:
    """The execution of an operation for one request. Every method blocks: call it in a thread.

    `request` becomes more exact on the way: as soon as the caller is known, sentences are in the caller's language,
    unless the request prefers another.
    """

    def __init__(
        self, executor: Executor, operation: Operation, request: RequestData, caller: Caller = UNKNOWN_CALLER
    ) -> None:
        self.executor, self.operation, self.request, self.caller = executor, operation, request, caller
        self.school, self.errors = executor.school, executor.errors
        self.retrieval = executor.retrievals.get(operation.path)
        self.shown_by = executor.shown_by.get(operation.path) if operation.method in ("PUT", "PATCH") else None

    def authenticate(self) -> None:
        """Find the caller before the body is read.

        Raises: Unauthenticated; Forbidden if the role may never call the operation, whatever the body.
        """
        with self.school.work(ANONYMOUS, read_only=True) as uow:
            self._authenticate(uow)

    def run(self, unreadable: EducoreError | None = None) -> ResponseData:
        """Return the response, also for every error. `unreadable` is the error of a body that could not be parsed."""
        renamed = rename_fields(self.operation.body, self.request.body, is_update=self.operation.is_update)
        try:
            if not renamed.is_settled:
                renamed = renamed.settle(self.request.body, self._shown())
            if renamed.content is not self.request.body:
                self.request = replace(self.request, body=renamed.content)
            body = self._forgive(_validate(self.operation, self.request, renamed, unreadable))
            # Slow work that needs no lock belongs here: the body is known and no transaction is open.
            body = self._prove(self._attach(body))
            with prepare_body(self.school.ports, self.operation.kind, body.data) as data:
                return self._act(body if data is body.data else replace(body, data=data))
        except Invalid as error:
            problems = collect_problems(self.school, self.operation, self.request, self.caller.actor, error)
            return self.errors.of_fields(renamed.as_sent(problems), self.about())
        except EducoreError as error:
            return self.errors.of(error, self.about())
        except Exception:
            about = replace(self.about(), error_id=new_error_id())
            log.exception("%s failed (%s)", self.operation.name, about.error_id)
            return self.errors.of_failure(about)

    def about(self) -> About:
        """Return what is known of a request that is refused."""
        return About(
            now=self.school.ports.clock.now(),
            language=self.request.language,
            role=self.caller.actor.role,
            required_roles=self.operation.required_roles(self.school.domain),
            permission=self.operation.permission,
            kind=self.operation.kind,
            id=self.request.id,
        )

    def _authenticate(self, uow: UnitOfWork) -> Actor:
        if self.request.token is None:
            raise Unauthenticated("token_missing")
        spec = self.executor.spec
        actor = authenticate(uow, token=self.request.token, among=spec.among)
        self.request = speak_to(actor, self.request, spec.dialect)
        actor = replace(actor, language=self.request.language)
        self.caller = Caller(actor, monotonic())
        if not self.operation.admits(actor.role, self.school.domain):
            raise Forbidden(role=actor.role)
        return actor

    def _forgive(self, body: ValidatedBody) -> ValidatedBody:
        """Accept values that the body refuses if the row is shown with them, since clients send back what they read."""
        error, operation = body.error, self.operation
        if operation.body is None or self.shown_by is None or not isinstance(error, RequestBodyInvalid):
            return body
        if not can_be_shown(self.request.body, error.fields):
            return body
        data, left = forgive_shown(operation.body, self.request.body, shown=self._shown(), problems=error.fields)
        return ValidatedBody(data, RequestBodyInvalid(left) if left else None)

    def _shown(self) -> dict[str, Any]:
        """Return the row that a request changes as the caller reads it, as JSON values; empty if there is none."""
        if self.shown_by is None:
            return {}
        try:
            with self.school.work(self.caller.actor, read_only=True) as uow:
                id = None if self.request.id is None else resolve_path_id(uow, self.operation, self.request)
                shown = self.shown_by.call(replace(self.request, id=id), uow=uow, data=None)
        except EducoreError:
            return {}  # the unit of work that would change the row says why
        row: dict[str, Any] = msgspec.to_builtins(shown)
        return row

    def _attach(self, body: ValidatedBody) -> ValidatedBody:
        """Replace the attachments in the body with files and keys, if the caller may act on the row.

        Raises: NotFound, Forbidden, Unavailable.
        """
        if body.data is None or not has_attachment(body.data):
            return body
        operation, actor = self.operation, self.caller.actor
        row = self._find_target()
        rows = {row or (User, actor.user_id or 0)}  # an operation on the caller's own profile names no row
        if operation.kind is not None and (named := references(operation.kind).get(operation.lookup_field)):
            rows.add((self.school.domain.kinds[named.target], self.request.id or 0))  # such as the account of a member
        data, problems = attach_files(self.school, actor, body.data, rows=rows)
        return ValidatedBody(error=RequestBodyInvalid(problems)) if problems else replace(body, data=data)

    def _find_target(self) -> Row | None:
        """Return the row that the path names, None if it names none. Raises: NotFound, Forbidden."""
        operation, request = self.operation, self.request
        if operation.kind is None or request.id is None:
            return None
        with self.school.work(self.caller.actor, read_only=True) as uow:
            id = resolve_path_id(uow, operation, request)
            return operation.kind, uow.get(operation.kind, id, to=operation.action, only=operation.rows(request)).id

    def _prove(self, body: ValidatedBody) -> ValidatedBody:
        """Replace the passwords in the body with proofs, if the caller may act on the row.

        Raises: TooManyAttempts (retry_after, seconds); NotFound, Forbidden.
        """
        if self.operation.public or body.data is None or not has_password(body.data):
            return body
        self._find_target()
        try:
            proven = prove_passwords(self.school, self.caller.actor, body.data, host=self.request.client_host)
        except Invalid as error:
            return ValidatedBody(error=RequestBodyInvalid(error.fields))
        return ValidatedBody(proven)

    def _act(self, body: ValidatedBody) -> ResponseData:
        """Open the unit of work of the caller and run the operation in it, once for each Idempotency-Key."""
        operation = self.operation
        if operation.public:
            document = self.executor.document
            result = operation.call(self.request, school=self.school, data=body.get(), document=document)
            return _with_cache_headers(operation, ResponseData.of_result(result, status=operation.status))
        accepts_key = operation.accepts_idempotency_key and not body.is_unreadable
        read_only = operation.is_read_only or (body.error is not None and not accepts_key)
        with self.school.work(self.caller.actor, read_only=read_only) as uow:
            if not self.caller.is_recent:
                uow.switch_actor(self._authenticate(uow))
            if operation.under is not None:
                operation.under.require(uow, self.request.params)
            if self.request.id is not None:
                id = resolve_path_id(uow, operation, self.request)
                self.request = self.request if id == self.request.id else replace(self.request, id=id)
            wording = Wording(self.errors, self.about())
            act = partial(_act, uow, operation, self.request, body, self.retrieval, wording)
            if not accepts_key:
                return _with_cache_headers(operation, act())
            scope = f"{self.executor.spec.name} {operation.name}"
            return idempotency.run_idempotent(uow, self.request, scope=scope, operation=act)


def _validate(
    operation: Operation, request: RequestData, renamed: RenamedBody, unreadable: EducoreError | None
) -> ValidatedBody:
    if unreadable is not None or operation.body is None:
        return ValidatedBody(error=unreadable)
    problems = renamed.problems()
    try:
        data = operation.body.model_validate(request.body, context=COMPLETE_LATER)
    except ValidationError as error:
        problems |= RequestBodyInvalid.from_pydantic(error).fields
    return ValidatedBody(error=RequestBodyInvalid(problems)) if problems else ValidatedBody(data)


def _act(
    uow: UnitOfWork,
    operation: Operation,
    request: RequestData,
    body: ValidatedBody,
    retrieval: Operation | None,
    wording: Wording,
) -> ResponseData:
    """Run the handler; `retrieval` is the operation that shows the row at the same path, None if there is none.

    The order of the checks decides what a caller learns: first whether the row exists for them, then the errors of the
    body and its references, then whether If-Match still holds.
    """
    if operation.cache is Cache.STRUCTURE:
        return show_structure(uow, operation, request)
    if operation is retrieval:
        return preconditions.show_with_tag(uow, operation, request)
    has_body, row = operation.body is not None or body.error is not None, None
    if has_body and operation.kind is not None and request.id is not None:
        kind, action, only = operation.kind, operation.action, operation.rows(request)
        if operation.performs_action:
            row = get_to_perform(uow, kind, action, request.id, only=only)
        else:
            row = uow.get(kind, request.id, to=action, only=only)
    if operation.is_sum and (unknown := _unknown_filters(operation, request)):
        raise Invalid({"": unknown})
    data = resolve_body(uow, body.get(), row)
    if data is not None and operation.under is not None:
        operation.under.check(data.fields(), request.params)
    if data is not None and row is not None and operation.is_update:
        data = drop_unchanged(data, row)
    if retrieval is not None and operation.method in preconditions.CONDITIONAL:
        preconditions.require_match(uow, retrieval, operation, request)
    result = operation.call(request, uow=uow, data=data, wording=wording)
    return ResponseData.of_result(result, status=operation.status)


def _with_cache_headers(operation: Operation, answer: ResponseData) -> ResponseData:
    """Return a successful answer with the headers that say how long it may be kept."""
    if not operation.cache.headers:
        return answer
    return replace(answer, headers={**operation.cache.headers, **answer.headers})


def _unknown_filters(operation: Operation, request: RequestData) -> list[Problem]:
    """Return a problem for each parameter, and each field of the body, that a sum would leave out of account."""
    fields = {} if operation.body is None else operation.body.model_fields
    return [*find_unknown(operation.parameters, request.query), *find_unknown(fields, request.body)]

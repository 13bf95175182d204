"""The Litestar application of one API."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any, cast

import msgspec
from litestar import HttpMethod, Litestar, Request, Response, Router
from litestar.config.cors import CORSConfig
from litestar.datastructures import MutableScopeHeaders
from litestar.exceptions import HTTPException, NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.types import Message, Scope

from educore import Educore, EducoreError
from educore.kernel import compile_shape
from educore_web.rest import caching, idempotency, preconditions
from educore_web.rest.detailed import check_detailed
from educore_web.rest.dialect import About
from educore_web.rest.document_pages import page_routes
from educore_web.rest.errors import ErrorResponses, ResponseData, new_error_id
from educore_web.rest.execution import Execution, Executor
from educore_web.rest.further_names import further_names
from educore_web.rest.languages import answer_language
from educore_web.rest.methods import allow_header, with_options
from educore_web.rest.openapi import build_document
from educore_web.rest.operation import Operation
from educore_web.rest.parsing import MULTIPART, media_type, parse_body
from educore_web.rest.path_parameters import route_path
from educore_web.rest.paths import check_paths, read_parameters
from educore_web.rest.quota import Quota
from educore_web.rest.rate_limits import HEADERS as RATE_HEADERS
from educore_web.rest.rate_limits import RateLimiter, Usage, WindowCounts, with_usage
from educore_web.rest.request import BadRequest, RequestData, UnsupportedMediaType, receive_body
from educore_web.rest.seen_as import check_shapes
from educore_web.rest.served import ServedApi
from educore_web.rest.shared_windows import SharedCounts, SharedWindows
from educore_web.rest.spec import ApiSpec
from educore_web.rest.threads import Threads
from educore_web.runtime.asgi import Receive
from educore_web.runtime.limits import KNOWN_BODY, KNOWN_FIELDS, MEGABYTE, PARSED_AT_ONCE, UNKNOWN_BODY, UNKNOWN_FIELDS

log = logging.getLogger("educore")


class Api:
    """One API over an application: its specification and its operations.

    A request goes through these steps. Each costs more than the one before it, and requires more of the caller:

    1. Authentication, unless the operation is public: in a reading unit of work, before the body is read.
    2. The body; its largest size depends on the caller and on the operation.
    3. Validation of the body. No transaction is open.
    4. The unit of work, as that actor: the row, the references, the operation itself.

    An operation that only reads does the first and the last step in one unit of work. With `shared_counts` the limits
    of requests hold for all processes together.
    Raises: ValueError if two operations have the same path. TypeError, KeyError if a list names a field that the domain
    of the application lacks, or if a shape does not fit the domain: a path leads nowhere, or a member of an enumeration
    has no word.
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
        shared_counts: SharedCounts | None = None,
    ) -> None:
        self.spec, self.operations, self.school = spec, list(operations), school
        self.threads, self.public_url = threads, public_url
        self.largest_body = max_body_megabytes * MEGABYTE
        self.errors = ErrorResponses(spec.dialect, school.domain.sentences, max_body_megabytes)
        self.limiter: RateLimiter | None = None
        self.shared_windows: SharedWindows | None = None
        if limits := spec.rate_limits:
            if shared_counts is not None:
                self.shared_windows = SharedWindows(shared_counts, spec.name, limits.seconds, threads.writers)
            self.limiter = RateLimiter(limits, school.ports, self.shared_windows or WindowCounts())
        self.executor = Executor(spec, self.operations, school, self.errors)
        check_paths(self.operations)
        for operation in self.operations:  # so that a mistake is found here and not at the first request
            if operation.body is not None:
                further_names(operation.body)
            caching.check_cache(operation)
            if operation.seen_as is not None:
                check_shapes(operation.seen_as, operation.out)
            if operation.detailed is not None:
                check_detailed(operation.detailed, operation.out, is_seen_apart=operation.seen_as is not None)
            for shape in operation.shapes():
                compile_shape(shape, school.domain)
            if operation.listing is not None:
                operation.listing.compile(school.domain)

    def served(self, *, at: str, origins: Sequence[str] = ()) -> ServedApi:
        """Return the application, served under the prefix `at`; pages of the sites in `origins` may call it."""
        return ServedApi(at, partial(self._litestar, at=at, origins=origins), self.shared_windows)

    def _litestar(self, *, at: str, origins: Sequence[str]) -> Litestar:
        document = cache(partial(self._document, at=at))
        self.executor.document = document
        operations = [self._handler(operation) for operation in self.operations]
        spec = self.spec
        pages = page_routes(spec.title, document, at=at, swagger=spec.swagger, redoc=spec.redoc)
        return Litestar(
            [Router(self.spec.base, route_handlers=with_options(operations)), *with_options(pages)],
            exception_handlers={HTTPException: self._http_error, Exception: self._unexpected_error},
            cors_config=self._cors(origins) if origins else None,
            before_send=[_keep_vary] if origins else [],
            openapi_config=None,
            logging_config=None,
            request_max_body_size=self.largest_body,
        )

    def _cors(self, origins: Sequence[str]) -> CORSConfig:
        exposed = [preconditions.TAG, *(RATE_HEADERS if self.limiter else ())]
        return CORSConfig(
            allow_origins=list(origins), allow_credentials=self.spec.credentials, expose_headers=exposed, max_age=3600
        )

    def _document(self, *, at: str) -> bytes:
        """Return the encoded OpenAPI document. It takes a second, so it is built when it is asked for."""
        return msgspec.json.encode(build_document(self.spec, self.operations, domain=self.school.domain, at=at))

    # -- one request -----------------------------------------------------------------------------------

    def _handler(self, operation: Operation) -> HTTPRouteHandler:
        async def handle(request: Request[Any, Any, Any]) -> Response[bytes]:
            data = self._request_data(request, params=_path_params(operation, request))
            answer = await self._respond(operation, data, request)
            request.scope["state"]["vary"] = answer.headers.get("vary")
            return answer.response()

        paths = [route_path(path) for path in (operation.path, *operation.further_paths)]
        method = HttpMethod(operation.method)
        return HTTPRouteHandler(paths, http_method=method, status_code=200, name=operation.name)(handle)

    def _request_data(self, http_request: Request[Any, Any, Any], *, params: dict[str, Any]) -> RequestData:
        return RequestData(
            path=f"{http_request.scope.get('root_path', '')}{http_request.scope['path']}".rstrip("/") + "/",
            query=dict(http_request.query_params),
            token=self.spec.dialect.token(http_request.headers, http_request.cookies),
            language=self._language(http_request),
            accept_language=_accept_language(http_request),
            client_host=http_request.client.host if http_request.client else "",
            public_url=self.public_url,
            id=params.pop("id", None),
            params=params,
            idempotency_key=http_request.headers.get(idempotency.HEADER),
            if_match=http_request.headers.get(preconditions.HEADER),
            if_none_match=http_request.headers.get(caching.IF_NONE_MATCH),
            if_modified_since=http_request.headers.get(caching.IF_MODIFIED_SINCE),
        )

    async def _respond(
        self, operation: Operation, request: RequestData, http_request: Request[Any, Any, Any]
    ) -> ResponseData:
        """Run the steps of a request, each in the thread pool meant for it."""
        run = asyncio.get_running_loop().run_in_executor
        execution, unreadable = Execution(self.executor, operation, request), None
        counts_late = operation.quota is Quota.SIGN_IN  # for the name in the body
        usage = None if counts_late else await self._count(operation, request)
        if usage is not None and usage.is_exceeded:
            return self._refuse(usage, request)
        try:
            if not operation.public and not operation.is_read_only:
                await run(self.threads.readers, execution.authenticate)
            if operation.takes_body:
                body = await self._read_body(operation, http_request)
                request = execution.request = replace(execution.request, body=body)
        except (BadRequest, UnsupportedMediaType) as error:
            unreadable = error
        except EducoreError as error:
            return with_usage(self.errors.of(error, execution.about()), usage)
        usage = await self._count(operation, request) if counts_late else usage
        if usage is not None and usage.is_exceeded:
            return self._refuse(usage, request)
        pool = self.threads.for_operation(operation)
        answer = await run(pool, execution.run, unreadable)
        return with_usage(answer, usage)

    async def _count(self, operation: Operation, request: RequestData) -> Usage | None:
        return None if self.limiter is None else await self.limiter.count(operation, request)

    def _refuse(self, usage: Usage, request: RequestData) -> ResponseData:
        about = About(now=self.school.ports.clock.now(), language=request.language)
        return with_usage(self.errors.of(usage.refusal(), about), usage)

    async def _read_body(self, operation: Operation, http_request: Request[Any, Any, Any]) -> dict[str, Any]:
        """Return the body as a dictionary. Raises: BadRequest, UnsupportedMediaType, BodyTooLarge."""
        content_type = http_request.headers.get("content-type", "")
        has_files = operation.accepts_files and media_type(content_type) == MULTIPART
        largest = UNKNOWN_BODY if operation.public else self.largest_body if has_files else KNOWN_BODY
        length = http_request.headers.get("content-length", "")
        receive = cast(Receive, http_request.receive)
        raw = await receive_body(receive, length=length, largest=min(largest, self.largest_body))
        most_fields = UNKNOWN_FIELDS if operation.public else KNOWN_FIELDS
        parse = partial(parse_body, raw, content_type, most_fields=most_fields)
        if len(raw) <= PARSED_AT_ONCE:
            return parse()
        return await asyncio.get_running_loop().run_in_executor(self.threads.parsers, parse)

    # -- errors outside of operations ------------------------------------------------------------------

    def _http_error(self, http_request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
        headers = {name.lower(): value for name, value in (error.headers or {}).items()}
        if "allow" in headers:
            headers["allow"] = allow_header(headers["allow"].split(", "))
        answer = self.errors.of_status(error.status_code, self._about(http_request), headers)
        if self.limiter is not None:
            usage = self.limiter.count_generally(None, self._request_data(http_request, params={}))
            answer = with_usage(answer, usage)
        return answer.response()

    def _unexpected_error(self, http_request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        about = replace(self._about(http_request), error_id=new_error_id())
        log.error("%s %s failed (%s)", http_request.method, http_request.url.path, about.error_id, exc_info=error)
        return self.errors.of_failure(about).response()

    def _about(self, http_request: Request[Any, Any, Any]) -> About:
        return About(now=self.school.ports.clock.now(), language=self._language(http_request))

    def _language(self, http_request: Request[Any, Any, Any]) -> str:
        return answer_language(_accept_language(http_request), self.spec.dialect)


def _accept_language(http_request: Request[Any, Any, Any]) -> str:
    return http_request.headers.get("accept-language", "")


async def _keep_vary(message: Message, scope: Scope) -> None:
    """Add what an answer varies by to the header Vary, which Litestar overwrites for pages of other sites.

    Without it a shared cache could show the answer to one caller to another one.
    """
    if message["type"] == "http.response.start" and (vary := scope["state"].get("vary")):
        headers = MutableScopeHeaders.from_message(message)
        if headers.get("vary") != vary:
            headers["vary"] = f"{vary}, Origin"


def _path_params(operation: Operation, http_request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Return the parameters of the path by name. Raises: NotFoundException."""
    try:
        return read_parameters(operation, http_request.path_params)
    except ValueError:
        raise NotFoundException() from None

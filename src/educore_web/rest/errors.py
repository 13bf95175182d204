"""From what went wrong to an answer in the words and shapes of an API's document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from litestar import Response

from educore import EducoreError, Forbidden, NotFound, Problem, Stale, TooManyAttempts, Unauthenticated, Unavailable
from educore_web.rest.request import BadRequest, BodyTooLarge, UnsupportedMediaType
from educore_web.rest.spec import Dialect, Problems
from educore_web.runtime.answers import SECONDS_TO_WAIT
from educore_web.runtime.outages import note_outage

STATUS: dict[type[EducoreError], int] = {
    NotFound: 404,
    Forbidden: 403,
    Stale: 412,
    Unauthenticated: 401,
    TooManyAttempts: 429,
    Unavailable: 503,
    BadRequest: 400,
    BodyTooLarge: 413,
    UnsupportedMediaType: 415,
}
CODES = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large", 415: "unsupported_media_type"}


@dataclass(frozen=True)
class ResponseData:
    """What goes back: a status, a body to encode, headers."""

    status: int
    content: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response[bytes]:
        """The framework's response; personal data is never cached on the way."""
        content = b"" if self.status == 204 else msgspec.json.encode(self.content)
        headers = {"cache-control": "no-store", **self.headers}
        return Response(content, status_code=self.status, media_type="application/json", headers=headers)


@dataclass(frozen=True)
class ErrorResponses:
    """Answers that say no, in one dialect."""

    dialect: Dialect
    largest_body: int

    def of(self, error: EducoreError, language: str) -> ResponseData:
        """A domain error about the request as a whole."""
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
        code = "not_found" if status == 404 else error.code
        if isinstance(error, Unavailable):
            note_outage(error)
        wait = {"retry-after": str(error.params.get("retry_after", SECONDS_TO_WAIT))} if status in (429, 503) else {}
        return self.whole(Problem(code, error.params), status, language, wait)

    def of_status(self, status: int, language: str, headers: Mapping[str, str] | None = None) -> ResponseData:
        """What the framework refused before any operation was reached."""
        allowed = {name: value for name, value in (headers or {}).items() if name.lower() == "allow"}
        problem = Problem(CODES.get(status, "error"), {"megabytes": self.largest_body})
        return self.whole(problem, status, language, allowed)

    def of_fields(self, problems: Problems, language: str) -> ResponseData:
        """Problems by dotted path; a single one about everything is told as a whole."""
        if set(problems) == {""}:
            return self.whole(problems[""][0], 400, language)
        return ResponseData(400, self.dialect.field_errors(problems, language=language))

    def whole(
        self, problem: Problem, status: int, language: str, headers: Mapping[str, str] | None = None
    ) -> ResponseData:
        """One sentence for the whole request."""
        body = self.dialect.refusal(problem, status=status, language=language)
        challenge = {"www-authenticate": "Bearer"} if status == 401 else {}
        return ResponseData(status, body, {**challenge, **(headers or {})})

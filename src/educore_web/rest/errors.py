"""Answers of an API, and the answers that report errors in the words of its document."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from litestar import Response

from educore import EducoreError, Problem, Unavailable
from educore.translation import Sentences
from educore_web.rest.common import nest_sentences
from educore_web.rest.dialect import About, Dialect, Translate
from educore_web.rest.http_status import http_status
from educore_web.rest.request import Problems
from educore_web.runtime.answers import RETRY_SECONDS
from educore_web.runtime.outages import log_outage

CODES = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large", 415: "unsupported_media_type"}
"""The codes of problems that the framework reports by their status alone."""


@dataclass(frozen=True)
class ResponseData:
    """A response, independent of the web framework: its status, its content before encoding, its headers."""

    status: int
    content: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_result(cls, result: Any, *, status: int) -> ResponseData:
        """Return what a handler returned as a response; some return a whole one."""
        return result if isinstance(result, cls) else cls(status, result)

    def response(self) -> Response[bytes]:
        """Return the response of the framework, which no cache keeps unless its headers say so: it is personal."""
        content = b"" if self.status in (204, 304) else msgspec.json.encode(self.content)
        headers = {"cache-control": "no-store", **self.headers}
        return Response(content, status_code=self.status, media_type="application/json", headers=headers)


@dataclass(frozen=True)
class ErrorResponses:
    """Responses that report errors in one dialect, with the sentences of the domain.

    `largest_body` is the limit of a request body in megabytes.
    """

    dialect: Dialect
    sentences: Sentences
    largest_body: int

    def of(self, error: EducoreError, about: About) -> ResponseData:
        """Return the response for an error of the domain that concerns the request as a whole."""
        about = replace(about, role=error.params.get("role", about.role))
        status = http_status(error)
        code = "not_found" if status == 404 else error.code
        if isinstance(error, Unavailable):
            log_outage(error)
        wait = {"retry-after": str(error.params.get("retry_after", RETRY_SECONDS))} if status in (429, 503) else {}
        return self.whole(Problem(code, error.params), status, about, wait)

    def of_status(self, status: int, about: About, headers: Mapping[str, str] | None = None) -> ResponseData:
        """Return the response for a request that the framework refused before it reached an operation."""
        allowed = {name: value for name, value in (headers or {}).items() if name.lower() == "allow"}
        problem = Problem(CODES.get(status, "error"), {"megabytes": self.largest_body})
        return self.whole(problem, status, about, allowed)

    def of_failure(self, about: About) -> ResponseData:
        """Return the response for a failure of our own, whose `error_id` is in the log."""
        return self.whole(Problem("internal"), 500, about)

    def of_fields(self, problems: Problems, about: About) -> ResponseData:
        """Return the response for problems by dotted path; for a single one of the whole request, without fields."""
        if set(problems) == {""} and len(problems[""]) == 1:
            return self.whole(problems[""][0], 400, about)
        translate = self.translator(about.language)
        return ResponseData(400, self.dialect.field_errors(problems, translate=translate, about=about))

    def whole(
        self, problem: Problem, status: int, about: About, headers: Mapping[str, str] | None = None
    ) -> ResponseData:
        """Return the response that reports one problem of the whole request."""
        body = self.dialect.error(problem, status=status, translate=self.translator(about.language), about=about)
        challenge = {"www-authenticate": "Bearer"} if status == 401 else {}
        return ResponseData(status, body, {**challenge, **(headers or {})})

    def translator(self, language: str) -> Translate:
        """Return the function that gives a problem its sentence in a language."""

        def translate(problem: Problem) -> str:
            own = self.dialect.sentence(problem, language)
            return own or problem.translate(language, sentences=self.sentences)

        return translate


@dataclass(frozen=True)
class Wording:
    """The words in which one request is told of problems."""

    errors: ErrorResponses
    about: About

    def nested(self, problems: Problems) -> dict[str, Any]:
        """Return a list of sentences for each field, nested like the body."""
        return nest_sentences(problems, self.errors.translator(self.about.language))

    def refusal(self, problems: Problems) -> ResponseData:
        """Return the response that refuses the request."""
        return self.errors.of_fields(problems, self.about)


def new_error_id() -> str:
    """Return a random id by which a client can ask about a failure that is in the log."""
    return f"err_{secrets.token_hex(8)}"

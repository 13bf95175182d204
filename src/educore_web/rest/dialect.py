"""The conventions that differ from API to API and have nothing to do with the domain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from educore import Problem
from educore_web.rest.list_rules import ListRules
from educore_web.rest.listing import PageQuery
from educore_web.rest.request import Problems, RequestData

Translate = Callable[[Problem], str]
"""Returns the sentence of a problem in the language of the request."""


class Dialect(Protocol):
    """The representation of tokens, pages and errors in one API, and its default language."""

    language: str
    lists: ListRules

    def token(self, headers: Any, cookies: Any) -> str | None:
        """Return the access token of a request, None if it has none."""
        ...

    def page(self, rows: list[Any], *, count: int, request: RequestData, page: PageQuery) -> Any:
        """Return the envelope around the rows of a page; `count` is the number of rows on all pages."""
        ...

    def page_schema(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return the JSON schema of that envelope, given the schema of a row."""
        ...

    def error(self, problem: Problem, *, status: int, translate: Translate) -> Any:
        """Return the body of an answer that refuses the request as a whole."""
        ...

    def field_errors(self, problems: Problems, *, translate: Translate) -> Any:
        """Return the body of an answer that names fields; the problems are given by dotted path."""
        ...

    def error_schemas(self) -> dict[str, dict[str, Any]]:
        """Return the JSON schemas of both bodies, named Error and FieldErrors."""
        ...

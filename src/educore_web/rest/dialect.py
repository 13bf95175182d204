"""The conventions that differ from API to API and have nothing to do with the domain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from educore import Entity, Problem, Role
from educore_web.rest.list_rules import ListRules
from educore_web.rest.listing import PageQuery
from educore_web.rest.request import Problems, RequestData

Translate = Callable[[Problem], str]
"""Returns the sentence of a problem in the language of the request."""


@dataclass(frozen=True)
class About:
    """The facts about a refused request besides its problem. A dialect shows what its document prints.

    `role` is that of the caller as far as they are known, `required_roles` those that may call the operation, and
    `permission` is the document's word for the right to do so. `kind` and `id` are of the row that the path names.
    `error_id` is random and stands in the log beside the cause of a failure.
    """

    now: datetime
    language: str
    role: Role | None = None
    required_roles: Sequence[Role] = ()
    permission: str | None = None
    kind: type[Entity] | None = None
    id: int | None = None
    error_id: str | None = None


class Dialect(Protocol):
    """The representation of tokens, pages and errors in one API, its languages, and the default one."""

    language: str
    languages: Sequence[str]
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

    def sentence(self, problem: Problem, language: str) -> str | None:
        """Return the document's own sentence for a problem, None if that of the domain serves."""
        ...

    def error(self, problem: Problem, *, status: int, translate: Translate, about: About) -> Any:
        """Return the body of an answer that refuses the request as a whole."""
        ...

    def field_errors(self, problems: Problems, *, translate: Translate, about: About) -> Any:
        """Return the body of an answer that names fields; the problems are given by dotted path."""
        ...

    def error_schemas(self) -> dict[str, dict[str, Any]]:
        """Return the JSON schemas of both bodies, named Error and FieldErrors."""
        ...

"""Conventions that several documents share: bearer tokens, pages with four keys, instants, errors by field."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema

from educore import Problem
from educore.translation import LANGUAGES
from educore_web.rest.dialect import Translate
from educore_web.rest.listing import PageQuery
from educore_web.rest.request import Problems, RequestData

WHOLE = "non_field_errors"
"""The key of problems that concern an object as a whole."""


class AliasEnum(StrEnum):
    """An enumeration where one word may stand for several members of the domain; schemas and errors name it once.

    `EXCUSED = ABSENT` makes ABSENT the word for both members.
    """

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return the usual schema without the aliases, which pydantic would list as words of their own."""
        schema = handler(source)
        members = handler.resolve_ref_schema(schema)["members"]
        members[:] = list(cls)
        return schema


def format_instant(moment: datetime) -> str:
    """Return an instant in UTC with whole seconds: 2024-01-01T10:00:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def nest_sentences(problems: Problems, translate: Translate) -> dict[str, Any]:
    """Return a list of sentences for each field, nested like the body.

    In a list of objects, each entry without problems is an empty object. The problems of a field leave no room for
    those inside of it.
    """
    nested: dict[str, Any] = {}
    for path, found in problems.items():
        *steps, last = path.split(".")
        place = nested
        for step in steps:
            inner = place.setdefault(step, {})
            if not isinstance(inner, dict):
                break
            place = inner
        else:
            place[last or WHOLE] = [translate(problem) for problem in found]
    return {name: _with_lists(inner) for name, inner in nested.items()}


def _with_lists(nested: Any) -> Any:
    """Return the structure with a list in place of each object whose keys are positions."""
    if not isinstance(nested, dict):
        return nested
    inner = {name: _with_lists(deep) for name, deep in nested.items()}
    if not inner or not all(name.isdecimal() for name in inner):
        return inner
    return [_as_object(inner.get(str(position), {})) for position in range(max(map(int, inner)) + 1)]


def _as_object(entry: Any) -> Any:
    """Return an entry of a list as an object, also where its problems concern the entry as a whole."""
    return {WHOLE: entry} if isinstance(entry, list) else entry


class BearerPagedDialect:
    """The part of a `Dialect` for `Authorization: Bearer` and for pages of count, next, previous and results."""

    languages: Sequence[str] = tuple(LANGUAGES)

    def token(self, headers: Any, cookies: Any) -> str | None:
        """Return the token of the header `Authorization: Bearer ...`, None if there is none."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" and token.strip() else None

    def page(self, rows: list[Any], *, count: int, request: RequestData, page: PageQuery) -> dict[str, Any]:
        """Return the page with its four keys; `next` and `previous` are absolute addresses or null."""
        has_next = page.offset + len(rows) < count
        return {
            "count": count,
            "next": _page_url(request, page.number + 1) if has_next else None,
            "previous": _page_url(request, page.number - 1) if page.number > 1 else None,
            "results": rows,
        }

    def sentence(self, problem: Problem, language: str) -> str | None:
        """Return None: the sentences of the domain serve."""
        return None

    def page_schema(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return the JSON schema of a page."""
        link = {"type": ["string", "null"], "format": "uri"}
        properties = {"count": {"type": "integer"}, "next": link, "previous": link}
        properties["results"] = {"type": "array", "items": row}
        return {"type": "object", "properties": properties, "required": list(properties)}


def _page_url(request: RequestData, number: int) -> str:
    return f"{request.public_url}{request.path}?{urlencode({**request.query, 'page': number})}"

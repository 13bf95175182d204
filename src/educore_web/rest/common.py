"""What several documents spell alike: bearer tokens, pages with four keys, instants."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema

from educore_web.i18n import translate_problem
from educore_web.rest.listing import PageQuery
from educore_web.rest.request import Problems, RequestData


class AliasEnum(StrEnum):
    """A word of a document that may stand for several members of the domain; schemas and sentences name it once."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """As usual, but without the aliases, which pydantic would tell as words of their own."""
        schema = handler(source)
        members = handler.resolve_ref_schema(schema)["members"]
        members[:] = list(cls)
        return schema


def instant(moment: datetime) -> str:
    """UTC with whole seconds: 2024-01-01T10:00:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def sentences(problems: Problems, language: str) -> dict[str, Any]:
    """A list of sentences per field, nested as the body is; in a list of objects an empty one for each good entry."""
    said: dict[str, Any] = {}
    for path, found in problems.items():
        *steps, last = path.split(".")
        place = said
        for step in steps:
            inner = place.setdefault(step, {})
            place = inner if isinstance(inner, dict) else place
        place[last or "non_field_errors"] = [translate_problem(problem, language) for problem in found]
    return {name: _in_lists(inner) for name, inner in said.items()}


def _in_lists(said: Any) -> Any:
    if not isinstance(said, dict):
        return said
    inner = {name: _in_lists(deep) for name, deep in said.items()}
    if not inner or not all(name.isdecimal() for name in inner):
        return inner
    return [_entry(inner.get(str(place), {})) for place in range(max(map(int, inner)) + 1)]


def _entry(said: Any) -> Any:
    """What is wrong with an entry as a whole stands beneath a name too, so that every entry is an object."""
    return {"non_field_errors": said} if isinstance(said, list) else said


class BearerPagedDialect:
    """`Authorization: Bearer`, and pages of count, next, previous and results."""

    def token(self, headers: Any, cookies: Any) -> str | None:
        """`Authorization: Bearer ...`."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" and token.strip() else None

    def page(self, rows: list[Any], *, count: int, request: RequestData, page: PageQuery) -> dict[str, Any]:
        """Always the four keys, next and previous absolute or null."""
        more = page.offset + len(rows) < count
        return {
            "count": count,
            "next": _link(request, page.number + 1) if more else None,
            "previous": _link(request, page.number - 1) if page.number > 1 else None,
            "results": rows,
        }

    def page_schema(self, row: dict[str, Any]) -> dict[str, Any]:
        """The JSON schema of a page."""
        link = {"type": ["string", "null"], "format": "uri"}
        properties = {"count": {"type": "integer"}, "next": link, "previous": link}
        properties["results"] = {"type": "array", "items": row}
        return {"type": "object", "properties": properties, "required": list(properties)}


def _link(request: RequestData, page: int) -> str:
    return f"{request.public_url}{request.path}?{urlencode({**request.query, 'page': page})}"

"""How the Center CRM document spells tokens, pages, errors, times and numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar
from urllib.parse import urlencode

from pydantic import PlainSerializer, WithJsonSchema

from educore import Problem, Shape
from educore_web.contract import Problems
from educore_web.listing import PageAsked
from educore_web.messages import say
from educore_web.request import Asked


def instant(moment: datetime) -> str:
    """UTC with whole seconds: 2024-01-01T10:00:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def number(amount: Decimal) -> int | float:
    """A JSON number, whole amounts without a fraction."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


Number = Annotated[Decimal, PlainSerializer(number), WithJsonSchema({"type": "number"})]
"""A decimal that the document writes as a JSON number."""


class CrmShape(Shape):
    """Base of the answers of this API."""

    spelling: ClassVar[Mapping[type, Callable[[Any], Any]]] = {datetime: instant, Decimal: number}


class CenterCrmDialect:
    """Bearer tokens, four-key pages, `{"error", "status_code"}` and `{"field": ["text"]}`."""

    page_size = 20
    largest_page = 100

    def token(self, headers: Any, cookies: Any) -> str | None:
        """`Authorization: Bearer ...`."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" and token.strip() else None

    def page(self, rows: list[Any], *, count: int, asked: Asked, page: PageAsked) -> dict[str, Any]:
        """Always the four keys, next and previous absolute or null."""
        more = page.offset + len(rows) < count
        return {
            "count": count,
            "next": self._link(asked, page.number + 1) if more else None,
            "previous": self._link(asked, page.number - 1) if page.number > 1 else None,
            "results": rows,
        }

    def page_schema(self, row: dict[str, Any]) -> dict[str, Any]:
        """The JSON schema of a page."""
        link = {"type": ["string", "null"], "format": "uri"}
        properties = {"count": {"type": "integer"}, "next": link, "previous": link}
        properties["results"] = {"type": "array", "items": row}
        return {"type": "object", "properties": properties, "required": list(properties)}

    def refusal(self, problem: Problem, *, status: int, language: str) -> dict[str, Any]:
        """One sentence for the whole request."""
        return {"error": say(problem, language), "status_code": status}

    def field_errors(self, problems: Problems, *, language: str) -> dict[str, Any]:
        """A list of sentences per field, nested as the body is."""
        body: dict[str, Any] = {}
        for path, found in problems.items():
            *steps, last = path.split(".")
            place = body
            for step in steps:
                inner = place.setdefault(step, {})
                place = inner if isinstance(inner, dict) else place
            place[last or "non_field_errors"] = [say(problem, language) for problem in found]
        return body

    def error_schemas(self) -> dict[str, dict[str, Any]]:
        """Error and FieldErrors."""
        texts = {"type": "array", "items": {"type": "string"}}
        nested = {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/FieldErrors"}}
        error = {"error": {"type": "string"}, "status_code": {"type": "integer"}}
        return {
            "Error": {"type": "object", "properties": error, "required": list(error), "additionalProperties": False},
            "FieldErrors": {"anyOf": [texts, nested]},
        }

    def _link(self, asked: Asked, page: int) -> str:
        return f"{asked.url}{asked.path}?{urlencode({**asked.query, 'page': page})}"

"""How the Center CRM document spells tokens, pages, errors, times and numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import PlainSerializer, WithJsonSchema

from educore import Problem, Shape
from educore_web.i18n import translate_problem
from educore_web.rest.common import BearerPagedDialect, instant, sentences
from educore_web.rest.listing import ListRules
from educore_web.rest.request import Problems


def number(amount: Decimal) -> int | float:
    """A JSON number, whole amounts without a fraction."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


Number = Annotated[Decimal, PlainSerializer(number), WithJsonSchema({"type": "number"})]
"""A decimal that the document writes as a JSON number."""


class CrmShape(Shape):
    """Base of the answers of this API."""

    spelling: ClassVar[Mapping[type, Callable[[Any], Any]]] = {datetime: instant, Decimal: number}


class CenterCrmDialect(BearerPagedDialect):
    """`{"error", "status_code"}` and `{"field": ["text"]}`, in English unless asked otherwise."""

    language = "en"
    lists = ListRules()

    def error(self, problem: Problem, *, status: int, language: str) -> dict[str, Any]:
        """One sentence for the whole request."""
        return {"error": translate_problem(problem, language), "status_code": status}

    def field_errors(self, problems: Problems, *, language: str) -> dict[str, Any]:
        """A list of sentences per field, nested as the body is."""
        return sentences(problems, language)

    def error_schemas(self) -> dict[str, dict[str, Any]]:
        """Error and FieldErrors."""
        texts = {"type": "array", "items": {"type": "string"}}
        deeper = {"$ref": "#/components/schemas/FieldErrors"}
        nested = {"type": "object", "additionalProperties": deeper}
        error = {"error": {"type": "string"}, "status_code": {"type": "integer"}}
        return {
            "Error": {"type": "object", "properties": error, "required": list(error), "additionalProperties": False},
            "FieldErrors": {"anyOf": [texts, nested, {"type": "array", "items": nested}]},
        }

"""The conventions of the Center CRM document: tokens, pages, errors, times and numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import PlainSerializer, WithJsonSchema

from educore import Problem
from educore.values import Texts
from educore_web.rest.common import BearerPagedDialect, format_instant, nest_sentences
from educore_web.rest.dialect import About, Translate
from educore_web.rest.further_names import ApiShape
from educore_web.rest.list_rules import ListRules
from educore_web.rest.request import Problems


def number(amount: Decimal) -> int | float:
    """Return an amount as a JSON number, without a fraction if it is whole."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


Number = Annotated[Decimal, PlainSerializer(number), WithJsonSchema({"type": "number"})]
"""A decimal that the document writes as a JSON number."""


class CrmShape(ApiShape):
    """Base of the answers of this API."""

    spelling: ClassVar[Mapping[type, Callable[[Any], Any]]] = {
        datetime: format_instant,
        Decimal: number,
        Texts: ", ".join,
    }


class CenterCrmDialect(BearerPagedDialect):
    """Errors are `{"error", "status_code"}` or `{"field": ["text"]}`; the default language is English."""

    language = "en"
    lists = ListRules()

    def error(self, problem: Problem, *, status: int, translate: Translate, about: About) -> dict[str, Any]:
        """Return one sentence for the whole request."""
        return {"error": translate(problem), "status_code": status}

    def field_errors(self, problems: Problems, *, translate: Translate, about: About) -> dict[str, Any]:
        """Return a list of sentences for each field, nested like the body."""
        return nest_sentences(problems, translate)

    def error_schemas(self) -> dict[str, dict[str, Any]]:
        """Return the schemas Error and FieldErrors."""
        texts = {"type": "array", "items": {"type": "string"}}
        deeper = {"$ref": "#/components/schemas/FieldErrors"}
        nested = {"type": "object", "additionalProperties": deeper}
        error = {"error": {"type": "string"}, "status_code": {"type": "integer"}}
        return {
            "Error": {"type": "object", "properties": error, "required": list(error), "additionalProperties": False},
            "FieldErrors": {"anyOf": [texts, nested, {"type": "array", "items": nested}]},
        }

"""The conventions of the EduMaster document: errors, times and money."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import PlainSerializer, WithJsonSchema

from educore import Problem
from educore_web.rest.common import BearerPagedDialect, format_instant, nest_sentences
from educore_web.rest.dialect import About, Translate
from educore_web.rest.further_names import ApiShape
from educore_web.rest.list_rules import ListRules
from educore_web.rest.request import Problems


def money(amount: Decimal) -> str:
    """Return an amount as text with two decimals: 500000.00."""
    return f"{amount:.2f}"


Sum = Annotated[Decimal, PlainSerializer(money), WithJsonSchema({"type": "string", "pattern": r"^-?\d+\.\d\d$"})]
"""An amount of money in so'm."""


class EduShape(ApiShape):
    """Base of the answers of this API."""

    spelling: ClassVar[Mapping[type, Callable[[Any], Any]]] = {datetime: format_instant, Decimal: money}


class EduMasterDialect(BearerPagedDialect):
    """Errors are always `{"error", "details"}`; the default language is Uzbek (E32).

    Lists show the newest rows first (E17).
    """

    language = "uz"
    lists = ListRules(order=("-id",), refuses_unknown_orderings=False)

    def error(self, problem: Problem, *, status: int, translate: Translate, about: About) -> dict[str, Any]:
        """Return one sentence for the whole request."""
        return {"error": translate(problem), "details": {}}

    def field_errors(self, problems: Problems, *, translate: Translate, about: About) -> dict[str, Any]:
        """Return a general sentence and, as details, a list of sentences for each field, nested like the body."""
        return {"error": translate(Problem("invalid_fields")), "details": nest_sentences(problems, translate)}

    def error_schemas(self) -> dict[str, dict[str, Any]]:
        """Return the schemas Error, FieldErrors, and Details, which nest."""
        return {
            "Error": _error({"type": "object", "maxProperties": 0}),
            "FieldErrors": _error(_objects_of_details()),
            "Details": {
                "anyOf": [
                    {"type": "array", "items": {"type": "string"}},
                    {"type": "array", "items": _objects_of_details()},
                    _objects_of_details(),
                ]
            },
        }


def _error(details: dict[str, Any]) -> dict[str, Any]:
    properties = {"error": {"type": "string"}, "details": details}
    return {"type": "object", "properties": properties, "required": ["error", "details"], "additionalProperties": False}


def _objects_of_details() -> dict[str, Any]:
    return {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Details"}}

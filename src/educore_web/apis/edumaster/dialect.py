"""How the EduMaster document spells errors, times and money."""

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


def money(amount: Decimal) -> str:
    """A text with two decimals: 500000.00."""
    return f"{amount:.2f}"


Sum = Annotated[Decimal, PlainSerializer(money), WithJsonSchema({"type": "string", "pattern": r"^-?\d+\.\d\d$"})]
"""An amount of money in so'm."""


class EduShape(Shape):
    """Base of the answers of this API."""

    spelling: ClassVar[Mapping[type, Callable[[Any], Any]]] = {datetime: instant, Decimal: money}


class EduMasterDialect(BearerPagedDialect):
    """Always `{"error", "details"}`, in Uzbek unless asked otherwise (E32); lists show the newest first (E17)."""

    language = "uz"
    lists = ListRules(order=("-id",), refuses_unknown_orderings=False)

    def error(self, problem: Problem, *, status: int, language: str) -> dict[str, Any]:
        """One sentence for the whole request."""
        return {"error": translate_problem(problem, language), "details": {}}

    def field_errors(self, problems: Problems, *, language: str) -> dict[str, Any]:
        """A general sentence, and beneath it a list of sentences per field, nested as the body is."""
        return {
            "error": translate_problem(Problem("invalid_fields"), language),
            "details": sentences(problems, language),
        }

    def error_schemas(self) -> dict[str, dict[str, Any]]:
        """Error and FieldErrors, whose details nest."""
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

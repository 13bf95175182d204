"""The conventions of the Madrasti document: pages, errors and instants."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import WithJsonSchema

from educore import Problem
from educore.values import TimeOfDay
from educore_web.apis.madrasti.refusals import envelope, own_sentence, refuse
from educore_web.rest.common import BearerPagedDialect, format_instant, nest_sentences
from educore_web.rest.dialect import About, Translate
from educore_web.rest.further_names import ApiShape
from educore_web.rest.list_rules import ListRules
from educore_web.rest.listing import PageQuery
from educore_web.rest.request import Problems, RequestData

HourIn = Annotated[TimeOfDay, WithJsonSchema({"type": "string", "pattern": r"^\d{2}:\d{2}(:\d{2})?$"})]
"""A time of the day in a body, with or without seconds."""


def format_hour(value: time) -> str:
    """Return a time of the day as this document writes it: 08:00."""
    return f"{value:%H:%M}"


class MadrastiShape(ApiShape):
    """Base of the answers of this API."""

    spelling: ClassVar[Mapping[type, Callable[[Any], Any]]] = {datetime: format_instant}


class FigureShape(MadrastiShape):
    """Base of the answers with points and percents, which this document writes as plain numbers."""

    spelling: ClassVar[Mapping[type, Callable[[Any], Any]]] = {**MadrastiShape.spelling, Decimal: float}


class MadrastiDialect(BearerPagedDialect):
    """Pages say where they are, and errors are `{"error", "error_code", "timestamp", "details"}`.

    The languages are English, French and Arabic, by default English.
    """

    language = "en"
    languages: Sequence[str] = ("en", "fr", "ar")
    lists = ListRules(
        since="__gte",
        until="__lte",
        many_values=True,
        folds_words=True,
        strict_flags=True,
        always=("created_at", "updated_at"),
    )

    def page(self, rows: list[Any], *, count: int, request: RequestData, page: PageQuery) -> dict[str, Any]:
        """Return the page with `page_info` beside its rows; an empty list has one page."""
        envelope = super().page(rows, count=count, request=request, page=page)
        results = envelope.pop("results")
        info = {
            "current_page": page.number,
            "total_pages": max(1, -(-count // page.size)),
            "page_size": page.size,
            "has_next": envelope["next"] is not None,
            "has_previous": envelope["previous"] is not None,
        }
        return {**envelope, "page_info": info, "results": results}

    def page_schema(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return the JSON schema of a page."""
        schema = super().page_schema(row)
        number, flag = {"type": "integer", "minimum": 1}, {"type": "boolean"}
        schema["properties"]["page_info"] = _object(
            {"current_page": number, "total_pages": number, "page_size": number, "has_next": flag, "has_previous": flag}
        )
        schema["required"].append("page_info")
        return schema

    def sentence(self, problem: Problem, language: str) -> str | None:
        """Return the document's own sentence for a problem."""
        return own_sentence(problem, language)

    def error(self, problem: Problem, *, status: int, translate: Translate, about: About) -> dict[str, Any]:
        """Return the general sentence for the status, and as details what the document prints for it."""
        return refuse(problem, status=status, text=translate(problem), about=about)

    def field_errors(self, problems: Problems, *, translate: Translate, about: About) -> dict[str, Any]:
        """Return as details a list of sentences for each field, nested like the body."""
        return envelope("validation_error", nest_sentences(problems, translate), about)

    def error_schemas(self) -> dict[str, dict[str, Any]]:
        """Return the schemas Error and FieldErrors, of one form: the details depend on the status."""
        text = {"type": "string"}
        keys = {"error": text, "error_code": text, "timestamp": {**text, "format": "date-time"}}
        schema = _object({**keys, "details": {"type": "object"}})
        schema["required"].remove("timestamp")  # a wrong sign-in is answered without
        return {"Error": schema, "FieldErrors": schema}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}

"""Domain errors as messages in the language of the page, each for the field it is about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from educore import EducoreError, Invalid, Problem
from educore_web.admin.ui.enumerations import humanize
from educore_web.admin.ui.language import find_translation, format_date, translate, translate_problem

MAX_MESSAGES = 4
DAY_PARAMETERS = ("date", "start_date")
"""The parameters of problems that hold a day."""


def problem_message(problem: Problem) -> str:
    """Return the message of one problem."""
    return translate_problem(Problem(problem.code, _format_parameters(problem.params)))


def error_message(error: EducoreError) -> str:
    """Return the message of an error; that of invalid values also names the fields."""
    if not isinstance(error, Invalid):
        return problem_message(Problem(error.code, error.params))
    return " ".join(
        f"{field_label(path)}: {message}" if path else message
        for path, problems in error.fields.items()
        for message in _messages(problems)
    )


def conflicting_sessions(error: EducoreError) -> set[int]:
    """Return the ids of the sessions that an error names, such as those at the same time in the same room."""
    problems = [problem for found in error.fields.values() for problem in found] if isinstance(error, Invalid) else []
    return {int(problem.params["session_id"]) for problem in problems if "session_id" in problem.params}


def messages_by_field(error: EducoreError, names: set[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Return the messages by field, for the fields `names` of a form, and those about the whole form."""
    if not isinstance(error, Invalid):
        return {}, [error_message(error)]
    fields: dict[str, list[str]] = {}
    rest: dict[str, list[Problem]] = {}
    for path, problems in error.fields.items():
        if place := next((name for name in (path, f"account.{path}") if name in names), None):
            fields.setdefault(place, []).extend(_messages(problems))
        else:
            rest[path] = problems
    return fields, [error_message(Invalid({path: problems})) for path, problems in rest.items()]


def field_label(path: str, kind: str = "") -> str:
    """Return the word for a field: that of the entity, or that of all entities, or the name of the field."""
    name = path.rpartition(".")[2].removesuffix("_id")
    return find_translation(f"{kind}.{name}") or find_translation(f"field.{name}") or humanize(name)


def _messages(problems: list[Problem]) -> list[str]:
    """Return the messages about one field: the first MAX_MESSAGES, and the number of the others."""
    messages = [problem_message(problem) for problem in problems[:MAX_MESSAGES]]
    more = len(problems) - len(messages)
    return [*messages, translate("problem.more", count=more)] if more else messages


def _format_parameters(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters in the language of the page: days are formatted."""
    return {name: _format_parameter(name, value) for name, value in params.items()}


def _format_parameter(name: str, value: Any) -> Any:
    return format_date(date.fromisoformat(value)) if name in DAY_PARAMETERS and isinstance(value, str) else value

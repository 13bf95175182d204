"""What the domain refuses, said in the visitor's language beside the field it is about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from educore import EducoreError, Invalid, Problem
from educore_web.admin.ui.language import current_language, find_translation, format_date, translate
from educore_web.i18n import translate_problem

MOST_SENTENCES = 4
DAYS = ("date", "start_date")
"""The parameters of problems that are days."""


def sentence(problem: Problem) -> str:
    """One sentence about one problem."""
    return translate_problem(Problem(problem.code, _in_words(problem.params)), current_language())


def refusal(error: EducoreError) -> str:
    """One sentence about a whole refusal; of an invalid value it also names the fields."""
    if not isinstance(error, Invalid):
        return sentence(Problem(error.code, error.params))
    return " ".join(
        f"{field_label(path)}: {said}" if path else said
        for path, problems in error.fields.items()
        for said in _sentences(problems)
    )


def in_the_way(error: EducoreError) -> set[int]:
    """The sessions that a refusal names."""
    problems = [problem for found in error.fields.values() for problem in found] if isinstance(error, Invalid) else []
    return {int(problem.params["session_id"]) for problem in problems if "session_id" in problem.params}


def by_field(error: EducoreError, names: set[str]) -> tuple[dict[str, list[str]], list[str]]:
    """The sentences for the fields a form has, and those that concern the whole form."""
    if not isinstance(error, Invalid):
        return {}, [refusal(error)]
    fields: dict[str, list[str]] = {}
    rest: dict[str, list[Problem]] = {}
    for path, problems in error.fields.items():
        if place := next((name for name in (path, f"account.{path}") if name in names), None):
            fields.setdefault(place, []).extend(_sentences(problems))
        else:
            rest[path] = problems
    return fields, [refusal(Invalid({path: problems})) for path, problems in rest.items()]


def field_label(path: str, kind: str = "") -> str:
    """What a screen calls a field: its own word for it, or the word all screens share."""
    name = path.rpartition(".")[2].removesuffix("_id")
    return find_translation(f"{kind}.{name}") or translate(f"field.{name}")


def _sentences(problems: list[Problem]) -> list[str]:
    """What is wrong with one field; of many things of the same sort, the first few and how many more there are."""
    said = [sentence(problem) for problem in problems[:MOST_SENTENCES]]
    more = len(problems) - len(said)
    return [*said, translate("problem.more", count=more)] if more else said


def _in_words(params: Mapping[str, Any]) -> dict[str, Any]:
    """Kinds are counted and days are written in the language of the page: {"Group": 2} becomes "groups: 2"."""
    return {name: _say(name, value) for name, value in params.items()}


def _say(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return ", ".join(f"{translate(f'{kind}.many').lower()}: {count}" for kind, count in value.items())
    return format_date(date.fromisoformat(value)) if name in DAYS and isinstance(value, str) else value

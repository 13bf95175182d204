"""What the domain refuses, said in the visitor's language beside the field it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from educore import EducoreError, Invalid, Problem
from educore_web.admin.language import has_word, language, word
from educore_web.messages import say


def sentence(problem: Problem) -> str:
    """One sentence about one problem."""
    return say(Problem(problem.code, _in_words(problem.params)), language())


def refusal(error: EducoreError) -> str:
    """One sentence about a whole refusal; of an invalid value it also names the fields."""
    if not isinstance(error, Invalid):
        return sentence(Problem(error.code, error.params))
    return " ".join(
        f"{field_label(path)}: {sentence(problem)}" if path else sentence(problem)
        for path, problems in error.fields.items()
        for problem in problems
    )


def by_field(error: EducoreError, names: set[str]) -> tuple[dict[str, list[str]], list[str]]:
    """The sentences for the fields a form has, and those that concern the whole form."""
    if not isinstance(error, Invalid):
        return {}, [refusal(error)]
    fields: dict[str, list[str]] = {}
    rest: dict[str, list[Problem]] = {}
    for path, problems in error.fields.items():
        if place := next((name for name in (path, f"account.{path}") if name in names), None):
            fields.setdefault(place, []).extend(sentence(problem) for problem in problems)
        else:
            rest[path] = problems
    return fields, [refusal(Invalid({path: problems})) for path, problems in rest.items()]


def field_label(path: str, kind: str = "") -> str:
    """What a screen calls a field: its own word for it, or the word all screens share."""
    name = path.rpartition(".")[2].removesuffix("_id")
    return has_word(f"{kind}.{name}") or word(f"field.{name}")


def _in_words(params: Mapping[str, Any]) -> dict[str, Any]:
    """Kinds are counted in the language of the page: {"Group": 2} becomes "groups: 2"."""
    return {
        name: ", ".join(f"{word(f'{kind}.many').lower()}: {count}" for kind, count in value.items())
        if isinstance(value, Mapping)
        else value
        for name, value in params.items()
    }

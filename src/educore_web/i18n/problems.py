"""Error messages for the problems that the domain reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from educore import Problem
from educore_web.i18n.sentences import find_sentence


def translate_problem(problem: Problem, language: str = "en") -> str:
    """Return one sentence that says what is wrong and what to do.

    A code without a sentence gets the sentence of `invalid`. A placeholder without a value becomes empty.
    """
    params = {name: _list_counts(value) for name, value in problem.params.items()}
    if isinstance(expected := params.get("expected"), str):  # pydantic lists choices in English
        params["expected"] = expected.replace("' or '", f"' {find_sentence('errors.or', language)} '")
    sentence = find_sentence(f"errors.{problem.code}", language, **params) or find_sentence("errors.invalid", language)
    return str(sentence).format_map(_EmptyByDefault(params))


def _list_counts(value: Any) -> Any:
    """Write counts by kind as a list: {"Group": 2, "Room": 1} becomes "2 Group, 1 Room"."""
    if isinstance(value, Mapping):
        return ", ".join(f"{count} {name}" for name, count in value.items())
    return value


class _EmptyByDefault(dict[str, Any]):
    """Values of placeholders; a missing one is empty, because an incomplete error message is better than a failure."""

    def __missing__(self, name: str) -> str:
        return ""

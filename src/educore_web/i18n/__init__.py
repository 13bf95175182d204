"""Error messages for the codes of the domain, in each language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from educore import Problem

LANGUAGES_READ = 500
"""Characters of Accept-Language that are read; browsers send fewer than a hundred."""

LANGUAGES = ("en", "ru", "uz")
OR = {"ru": "или", "uz": "yoki"}
"""The word before the last of several choices; pydantic lists them in English."""


def translate_problem(problem: Problem, language: str = "en") -> str:
    """Return one sentence that says what is wrong and what to do."""
    catalog = _catalog(language if language in LANGUAGES else "en")
    template = catalog.get(problem.code, catalog["invalid"])
    params = dict(problem.params)
    if language in OR and isinstance(expected := params.get("expected"), str):
        params["expected"] = expected.replace("' or '", f"' {OR[language]} '")
    return template.format_map(_Known(params))


def preferred_language(accept_language: str, default: str = "en") -> str:
    """Return the supported language that an Accept-Language header prefers, or the default."""
    ranked = []
    for place, part in enumerate(accept_language[:LANGUAGES_READ].split(",")):
        tag, _, quality = part.strip().partition(";q=")
        weight = float(quality) if quality.replace(".", "", 1).isdecimal() else 1.0
        ranked.append((-weight, place, tag.split("-")[0].lower()))
    return next((tag for weight, _, tag in sorted(ranked) if tag in LANGUAGES and weight < 0), default)


@cache
def _catalog(language: str) -> dict[str, str]:
    text = files(__package__).joinpath(f"{language}.json").read_text(encoding="utf-8")
    catalog: dict[str, str] = json.loads(text)
    return catalog


class _Known(dict[str, Any]):
    """Leaves a placeholder without a value out instead of failing."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        super().__init__({name: _words(value) for name, value in params.items()})

    def __missing__(self, name: str) -> str:
        return ""


def _words(value: Any) -> Any:
    if isinstance(value, Mapping):
        return ", ".join(f"{count} {name}" for name, count in value.items())
    return value

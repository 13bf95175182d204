"""Texts with places for words, such as `Hello {name}`: only names in braces mean anything, nothing is evaluated."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from educore.kernel.errors import Invalid, Problem
from educore.kernel.unit_of_work import UnitOfWork
from educore.messaging.entities import SmsTemplate

PLACES = ("name", "group", "center", "date", "time", "amount")
"""Every place a template may have. Which of them are filled depends on how it is sent."""

_TOKENS = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
LONGEST_NAME_TOLD = 50


def add_template(uow: UnitOfWork, *, text: str, **fields: Any) -> SmsTemplate:
    """Keep a text for later. Raises: Invalid("unknown_placeholder"), ("template_syntax") on text."""
    require_places(text, PLACES, field="text")
    return uow.add(SmsTemplate, text=text, created_at=uow.ports.clock.now(), **fields)


def change_template(uow: UnitOfWork, template: SmsTemplate, **fields: Any) -> SmsTemplate:
    """Change a kept text. Raises: Invalid("unknown_placeholder"), ("template_syntax") on text."""
    require_places(fields.get("text", template.text), PLACES, field="text")
    return uow.change(template, **fields)


def require_places(text: str, known: Collection[str], *, field: str) -> None:
    """Refuse a text with other places than these; a brace itself is written twice: `{{`.

    Raises: Invalid on `field`, "template_syntax" or one "unknown_placeholder" for each place.
    """
    places = list(_places(text))
    if None in places:
        raise Invalid.because(field, "template_syntax")
    told = ", ".join(f"{{{place}}}" for place in known)
    unknown = [place for place in dict.fromkeys(places) if place is not None and place not in known]
    if unknown:
        cut = [{"name": place[:LONGEST_NAME_TOLD], "known": told} for place in unknown]
        raise Invalid({field: [Problem("unknown_placeholder", params) for params in cut]})


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with every place filled; `require_places` has made sure that there is a value for each."""
    return _TOKENS.sub(lambda token: token[0][0] if token[1] is None else values[token[1].strip()], text)


def _places(text: str) -> Iterator[str | None]:
    """The name of every place; None for a brace that opens or closes nothing."""
    for token in _TOKENS.finditer(text):
        if token[0] in ("{", "}") or token[1] is not None and not token[1].strip():
            yield None
        elif token[1] is not None:
            yield token[1].strip()

"""SMS templates of a Center, such as `Hello {name}`: only names in braces are placeholders, nothing is evaluated."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from educore.kernel.actions import locks_row, use_case, with_computed
from educore.kernel.errors import Invalid, Problem
from educore.kernel.unit_of_work import UnitOfWork
from educore.messaging.entities import SmsTemplate

PLACEHOLDERS = ("name", "group", "center", "date", "time", "amount")
"""All placeholders of a template. Some are filled by the use case that sends it, others by its `values`."""

_TOKENS = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
MAX_REPORTED_NAME = 50


@use_case
def add_template(uow: UnitOfWork, /, *, text: str, **fields: Any) -> SmsTemplate:
    """Create a template. Raises: Invalid("unknown_placeholder"), ("template_syntax") on text."""
    require_placeholders(text, PLACEHOLDERS, field="text")
    return uow.add(SmsTemplate, with_computed(fields, text=text, created_at=uow.ports.clock.now()))


@locks_row
@use_case
def change_template(uow: UnitOfWork, template: SmsTemplate, /, **fields: Any) -> SmsTemplate:
    """Change a template. Raises: Invalid("unknown_placeholder"), ("template_syntax") on text."""
    require_placeholders(fields.get("text", template.text), PLACEHOLDERS, field="text")
    return uow.change(template, fields)


def require_placeholders(text: str, known: Collection[str], *, field: str) -> None:
    """Refuse a text with placeholders that are not known. A literal brace is written twice: `{{`.

    Raises: Invalid on `field`: "template_syntax", or "unknown_placeholder" (name, known) for each unknown name.
    """
    names = list(_placeholders(text))
    if None in names:
        raise Invalid.because(field, "template_syntax")
    listed = ", ".join(f"{{{name}}}" for name in known)
    unknown = [name for name in dict.fromkeys(names) if name is not None and name not in known]
    if unknown:
        params = [{"name": name[:MAX_REPORTED_NAME], "known": listed} for name in unknown]
        raise Invalid({field: [Problem("unknown_placeholder", found) for found in params]})


def fill_placeholders(text: str, values: Mapping[str, str]) -> str:
    """Return the text with its placeholders replaced; call `require_placeholders` first."""
    return _TOKENS.sub(lambda token: token[0][0] if token[1] is None else values[token[1].strip()], text)


def _placeholders(text: str) -> Iterator[str | None]:
    """Yield the name of each placeholder, and None for a single brace or an empty pair."""
    for token in _TOKENS.finditer(text):
        if token[0] in ("{", "}") or token[1] is not None and not token[1].strip():
            yield None
        elif token[1] is not None:
            yield token[1].strip()

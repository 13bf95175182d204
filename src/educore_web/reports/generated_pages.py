"""Pages of the documentation that are made from the code, so that they cannot disagree with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic.fields import FieldInfo

from educore_web.reports.permissions import Matrix, as_markdown
from educore_web.settings import Settings


def settings_page() -> str:
    """Every environment variable, its option, its default and what it is for."""
    lines = [_setting(name, field) for name, field in Settings.model_fields.items()]
    return "\n".join([SETTINGS, *lines]) + "\n"


def permissions_page() -> str:
    """Who may do what on which rows."""
    return as_markdown(Matrix())


def _setting(name: str, field: FieldInfo) -> str:
    return f"| `EDUCORE_{name.upper()}` | {_default(field)} | {field.description} |"


def _default(field: FieldInfo) -> str:
    if field.examples:
        return f"`{field.examples[0]}`"
    default: Any = field.default
    return "" if default in (None, "") else f"`{default}`"


SETTINGS = """\
# Settings

Made from `educore_web/settings.py`; do not edit. Each setting is an environment variable; `educore serve --help` lists
those that are options too, and an option overrides its variable.

| variable | default | what it is for |
|---|---|---|"""

PAGES: dict[str, Callable[[], str]] = {"docs/settings.md": settings_page, "docs/permissions.md": permissions_page}
"""The path of each page in the repository and what makes it."""

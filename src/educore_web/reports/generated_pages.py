"""Pages of the documentation that are generated from the code, so that they always agree with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic.fields import FieldInfo

from educore import EDUCATION
from educore_web.reports.permissions import PermissionMatrix, to_markdown
from educore_web.settings import Settings


def render_settings() -> str:
    """Return the page of all settings: environment variable, default and purpose."""
    rows = [_settings_row(name, field) for name, field in Settings.model_fields.items()]
    return "\n".join([HEADING, *rows]) + "\n"


def render_permissions() -> str:
    """Return the page of all permissions: role by entity by action."""
    return to_markdown(PermissionMatrix(EDUCATION))


def _settings_row(name: str, field: FieldInfo) -> str:
    return f"| `EDUCORE_{name.upper()}` | {_format_default(field)} | {field.description} |"


def _format_default(field: FieldInfo) -> str:
    if field.examples:
        return f"`{field.examples[0]}`"
    default: Any = field.default
    return "" if default in (None, "") else f"`{default}`"


HEADING = """\
# Settings

Generated from `educore_web/settings.py`; do not edit. Each setting is an environment variable. `educore serve --help`
lists those that are options too; an option overrides its variable.

| variable | default | what it is for |
|---|---|---|"""

PAGES: dict[str, Callable[[], str]] = {"docs/settings.md": render_settings, "docs/permissions.md": render_permissions}
"""The path of each page in the repository, and the function that renders it."""

"""The document, read from its catalog: which operations there must be and who must be let in.

An issue that serves another section adds it to SECTIONS; everything generated from the catalog follows.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

SECTIONS = ("Authentication", "1", "2", "3", "4", "5", "6", "7", "15")
"""The sections that are served so far."""

CATALOG = Path(__file__).parents[1] / "catalogs" / "center_crm.yaml"
ROLES = ("superadmin", "director", "manager", "admin", "teacher", "student")
BY_SUPERADMIN_ONLY = ("1", "2")
"""The sections in which not even the Director of the center acts."""

NARROWED = {
    "students.partial_update": {"superadmin", "director", "manager", "admin", "student"},  # C46
    "students.payment_history": {"superadmin", "director", "manager", "admin", "student"},  # C17
    "teachers.performance": {"superadmin", "director", "manager", "admin", "teacher"},  # C17
}
"""Who may ever call what the document opens to anybody, where a rule over rows leaves a role with no row."""

OFFICE = {"superadmin", "director", "manager", "admin"}
OWNERS = {"superadmin", "director"}
ADDED = {
    "auth.refresh": set(ROLES),
    "auth.logout": set(ROLES),
    "auth.change_password": set(ROLES),  # C01, C06
    "staff.list": OWNERS,
    "staff.create": OWNERS,
    "staff.retrieve": OWNERS,
    "staff.update": OWNERS,  # C04
    "staff.partial_update": OWNERS,
    "staff.delete": OWNERS,
    "staff.block": OWNERS,
    "staff.unblock": OWNERS,
    "students.unblock": OFFICE,  # C47
}
"""What is served beyond the document, and who may call it."""


@cache
def document() -> dict[str, Any]:
    """The whole catalog."""
    loaded: dict[str, Any] = yaml.load(CATALOG.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return loaded


@cache
def served() -> dict[str, dict[str, Any]]:
    """The documented operations of the sections served so far, by name."""
    return {op["id"]: op for op in document()["operations"] if _section(op) in SECTIONS}


def roles(name: str) -> set[str]:
    """The roles that may ever call an operation: those the document names at least, and the owners above them."""
    if name in ADDED:
        return ADDED[name]
    if name in NARROWED:
        return NARROWED[name]
    documented = served()[name]
    if not documented["roles"]:
        return set(ROLES)
    above = {"superadmin"} if _section(documented) in BY_SUPERADMIN_ONLY else OWNERS
    return {role.lower() for role in documented["roles"]} | above


def words(enumeration: str) -> list[str]:
    """The words of an enumeration: those proposed where the document shows but one."""
    known = document()
    found: list[str] = known["enums_proposed"].get(enumeration) or known["enums"][enumeration]
    return found


def response(name: str) -> dict[str, Any]:
    """The one response an operation documents."""
    (only,) = served()[name]["responses"]
    return dict(only)


def request_example(name: str) -> dict[str, Any] | None:
    """The body the document shows, or that of the operation it refers to."""
    operation = served()[name]
    if operation["request"]:
        return dict(operation["request"].get("example") or {})
    if operation["method"] in ("PUT", "PATCH") and operation["inherits"]:
        return request_example(operation["inherits"])
    return None


def texts_in(value: Any) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)
    elif isinstance(value, str):
        yield value


def _section(operation: dict[str, Any]) -> str:
    return str(operation["section"]).split(".")[0]

"""The catalog of a document: its operations, and the examples it prints of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

CATALOGS = Path(__file__).parents[2] / "catalogs"


@dataclass(frozen=True)
class Catalog:
    """One document."""

    name: str

    @cached_property
    def document(self) -> dict[str, Any]:
        """The whole catalog."""
        text = (CATALOGS / f"{self.name}.yaml").read_text(encoding="utf-8")
        loaded: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
        return loaded

    @cached_property
    def operations(self) -> dict[str, dict[str, Any]]:
        """The documented operations, by name."""
        return {op["id"]: op for op in self.document["operations"]}

    def words(self, enumeration: str) -> list[str]:
        """The words of an enumeration: those proposed where the document shows but one."""
        found: list[str] = self.document["enums_proposed"].get(enumeration) or self.document["enums"][enumeration]
        return found

    def response(self, name: str) -> dict[str, Any]:
        """The one response an operation documents."""
        (only,) = self.operations[name]["responses"]
        return dict(only)

    def request_example(self, name: str) -> dict[str, Any] | None:
        """The body the document shows, or that of the operation it refers to."""
        operation = self.operations[name]
        if operation["request"]:
            return dict(operation["request"].get("example") or {})
        if operation["method"] in ("PUT", "PATCH") and operation["inherits"]:
            return self.request_example(operation["inherits"])
        return None


def section_of(operation: dict[str, Any]) -> str:
    """The number or title of the section an operation stands in."""
    return str(operation["section"]).split(".")[0]


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

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
    """One document.

    `apart` are the beginnings of the names of entries that are no operation of their own: a WebSocket, which has tests
    of its own, and patterns that hold for many sections, such as `common.restore` for those in `restorable`.
    """

    name: str
    apart: tuple[str, ...] = ()
    restorable: tuple[str, ...] = ()

    @cached_property
    def document(self) -> dict[str, Any]:
        """The whole catalog."""
        text = (CATALOGS / f"{self.name}.yaml").read_text(encoding="utf-8")
        loaded: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
        return loaded

    @cached_property
    def operations(self) -> dict[str, dict[str, Any]]:
        """The documented operations that are served, by name."""
        found = {op["id"]: op for op in self.document["operations"]}
        found |= {f"{section}.restore": self._restore(section, found) for section in self.restorable}
        return {name: op for name, op in found.items() if not name.startswith(self.apart)}

    def words(self, enumeration: str) -> list[str]:
        """The words of an enumeration: those proposed where the document shows but one."""
        found: list[str] = self.document["enums_proposed"].get(enumeration) or self.document["enums"][enumeration]
        return found

    def response(self, name: str) -> dict[str, Any]:
        """The one response without an error that an operation documents."""
        (only,) = (found for found in self.operations[name]["responses"] if found["status"] < 400)
        return dict(only)

    def request_example(self, name: str) -> dict[str, Any] | None:
        """The body the document shows, or that of the operation it refers to."""
        operation = self.operations[name]
        if operation["request"]:
            example = operation["request"].get("example")
            return None if example is None else dict(example)
        if operation["method"] in ("PUT", "PATCH") and operation.get("inherits"):
            return self.request_example(operation["inherits"])
        return None

    def _restore(self, section: str, documented: dict[str, dict[str, Any]]) -> dict[str, Any]:
        """The pattern as it is for one section: it answers the row."""
        row = documented[f"{section}.retrieve"]
        own = {"id": f"{section}.restore", "path": f"{row['path']}restore/", "responses": row["responses"]}
        return documented["common.restore"] | own | {"roles": documented[f"{section}.delete"]["roles"]}


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

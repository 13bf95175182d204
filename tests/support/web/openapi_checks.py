"""Check responses against the OpenAPI document."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

HERE = "urn:document"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
"""The one spelling of a moment: UTC with whole seconds (C28)."""
TIME = re.compile(r"\d{2}:\d{2}:\d{2}")
"""The one spelling of a time on a wall clock."""

formats = FormatChecker()


@formats.checks("date-time")
def _is_instant(value: Any) -> bool:
    return not isinstance(value, str) or INSTANT.fullmatch(value) is not None


@formats.checks("time-local")
def _is_time(value: Any) -> bool:
    return not isinstance(value, str) or TIME.fullmatch(value) is not None


class OpenApiChecks:
    """The OpenAPI document with every object closed, so that a key without a description is a violation too."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.text = json.dumps(document)
        strict = copy.deepcopy(document)
        _close(strict)
        resource = Resource(contents=strict, specification=DRAFT202012)
        self._registry: Registry[Any] = Registry().with_resource(HERE, resource)
        self._paths = [(re.compile(re.sub(r"\{\w+\}", r"-?[0-9]+", path) + "?"), path) for path in document["paths"]]
        self._validators: dict[str, Draft202012Validator] = {}
        self._kept: set[tuple[str, str, int, str]] = set()

    def operation(self, method: str, path: str) -> tuple[str, dict[str, Any]] | None:
        """The described path and operation behind a request, if there is one."""
        for pattern, described in self._paths:
            if pattern.fullmatch(path) and method.lower() in self.document["paths"][described]:
                return described, self.document["paths"][described][method.lower()]
        return None

    def violations_in_text(self, method: str, path: str, status: int, text: str) -> list[str]:
        """Return the violations in the text of a response. One that was valid before is not checked again."""
        answer = (method, path, status, text)
        if answer in self._kept:
            return []
        broken = self.broken(method, path, status, json.loads(text) if text else None)
        if not broken:
            self._kept.add(answer)
        return broken

    def broken(self, method: str, path: str, status: int, body: Any) -> list[str]:
        """Return the violations of the document in a response."""
        found = self.operation(method, path)
        if found is None:
            return [f"{method} {path} is in no document"]
        described, operation = found
        if str(status) not in operation["responses"]:
            return [f"{method} {described} does not document {status}"]
        pointer = f"#/paths/{_escaped(described)}/{method.lower()}/responses/{status}"
        if "$ref" in operation["responses"][str(status)]:
            pointer = operation["responses"][str(status)]["$ref"]
        if status in (204, 304):
            return [] if body is None else [f"{method} {described} sends a body with {status}"]
        return self.schema_errors(f"{pointer}/content/application~1json/schema", body)

    def schema_errors(self, pointer: str, value: Any) -> list[str]:
        """Return the differences between a value and the schema at a pointer."""
        if pointer not in self._validators:
            schema = {"$ref": f"{HERE}{pointer}"}
            self._validators[pointer] = Draft202012Validator(schema, registry=self._registry, format_checker=formats)
        return [f"{e.json_path}: {e.message}" for e in self._validators[pointer].iter_errors(value)]

    def request_schema(self, method: str, path: str) -> dict[str, Any] | None:
        """The schema of a JSON body, with references followed."""
        body = self.document["paths"][path][method.lower()].get("requestBody")
        return None if body is None else self.resolve_schema(body["content"]["application/json"]["schema"])

    def has_field(self, method: str, path: str, name: str) -> bool:
        """Whether an operation has a parameter, or its body a field, of a dotted name with the positions in lists."""
        found = self.operation(method, path)
        if found is None:
            return False
        _, operation = found
        if name in {parameter.get("name") for parameter in operation.get("parameters", ())}:
            return True
        content = operation.get("requestBody", {}).get("content", {})
        return any(self._holds(form["schema"], name.split(".")) for form in content.values())

    def _holds(self, schema: dict[str, Any], steps: list[str]) -> bool:
        schema = self.resolve_schema(schema)
        if not steps or steps == ["non_field_errors"]:
            return True
        if any(self._holds(part, steps) for part in schema.get("anyOf", ())):
            return True
        inner = schema.get("items") if steps[0].isdecimal() else schema.get("properties", {}).get(steps[0])
        return isinstance(inner, dict) and self._holds(inner, steps[1:])

    def resolve_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A schema with its reference, if it is one, followed."""
        if "$ref" in schema:
            followed: dict[str, Any] = self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
            return followed
        return schema


def _close(node: Any) -> None:
    if isinstance(node, dict):
        if node.get("type") == "object" and "properties" in node:
            node.setdefault("additionalProperties", False)
        for inner in node.values():
            _close(inner)
    elif isinstance(node, list):
        for inner in node:
            _close(inner)


def _escaped(path: str) -> str:
    return path.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")

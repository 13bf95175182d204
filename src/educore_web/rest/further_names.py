"""Further names of fields: the declarations beside a field, and what follows from them for bodies and answers.

Client programs that were written against other versions of a document call some fields by other names. A field declares
these names once, in the body or in the shape:

    payment_type: Annotated[PaymentWord, To("method"), Also("payment_method")]

A body then accepts each name (`educore_web.rest.renaming`), an answer shows each at its end, a list filters and orders
by each, and the OpenAPI document and the page for client programs name them.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from functools import cache
from keyword import iskeyword
from typing import Any

from pydantic import BaseModel, Field
from pydantic.fields import FieldInfo

from educore import Entity, Later, Shape
from educore.kernel.entity import plain_type
from educore.kernel.shape import source_of


@dataclass(frozen=True, init=False)
class Also:
    """Declares further names of a field."""

    names: tuple[str, ...]

    def __init__(self, *names: str) -> None:
        object.__setattr__(self, "names", names)


@dataclass(frozen=True)
class Flat:
    """Declares that the fields of a nested body are accepted beside it too: `phone` for `user.phone`.

    The id of the object that the row shows may then stand in place of the nested body, which changes nothing.
    """


MARK = "x-addition"
"""The key by which the OpenAPI document marks what the document of an API lacks."""

ADDITION: Any = Field(json_schema_extra={MARK: True})
"""Declares a field of a shape that the document lacks: it comes after the documented fields."""


def also_names(model: type[BaseModel]) -> dict[str, str]:
    """Return the name of the field for each name that `Also` declares beside it."""
    return {
        further: name
        for name, info in model.model_fields.items()
        for mark in info.metadata
        if isinstance(mark, Also)
        for further in mark.names
    }


@cache
def further_names(model: type[BaseModel]) -> Mapping[str, str]:
    """Return the path of the documented field for each further name: {"payment_method": "payment_type"}.

    Fields inside of nested bodies, and of the entries of lists, are not included.
    Raises: TypeError for a name that means two fields.
    """
    found: dict[str, str] = {}
    flat: dict[str, Any] = {name: plain_type(model.model_fields[name].annotation)[0] for name in flat_fields(model)}
    inner = [(field, f"{name}.{field}") for name, nested in flat.items() for field in nested.model_fields]
    for further, path in (*also_names(model).items(), *inner):
        if further in found or further in model.model_fields:
            raise TypeError(f"{model.__name__}: {further} means both {found.get(further, further)} and {path}")
        found[further] = path
    return found


@cache
def flat_fields(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the names of the nested bodies whose fields are accepted beside them too."""
    return tuple(
        name for name, info in model.model_fields.items() if any(isinstance(mark, Flat) for mark in info.metadata)
    )


def is_addition(info: FieldInfo) -> bool:
    """Return whether the document of the API lacks a field of a shape."""
    return isinstance(info.json_schema_extra, dict) and bool(info.json_schema_extra.get(MARK))


class ApiShape(Shape):
    """Base of the shapes of an API: additions and further names come after the documented fields."""

    @classmethod
    def __pydantic_init_subclass__(cls, of: type[Entity] | None = None, **kwargs: Any) -> None:
        """Add a field for each further name, and move the additions to the end."""
        super().__pydantic_init_subclass__(of, **kwargs)
        own = cls.__pydantic_fields__ = spell_keywords(cls.__pydantic_fields__)
        copies = {further: _copy(own[name], name, source_of(cls, name)) for further, name in also_names(cls).items()}
        if clash := copies.keys() & own.keys():
            raise TypeError(f"{cls.__name__}: {min(clash)} is a field and a further name")
        last = {name: info for name, info in own.items() if is_addition(info)}
        cls.__pydantic_fields__ = {name: info for name, info in own.items() if name not in last} | last | copies


def spell_keywords(fields: Mapping[str, FieldInfo]) -> dict[str, FieldInfo]:
    """Return fields by their names in the document: `class_` stands for `class`, which Python keeps for itself."""
    return {name[:-1] if name.endswith("_") and iskeyword(name[:-1]) else name: info for name, info in fields.items()}


def _copy(info: FieldInfo, name: str, source: Any) -> FieldInfo:
    """Return the field that shows the same under a further name."""
    source = Later(same_as=name) if isinstance(source, Later) else source
    further = copy(info)
    further.metadata = [source, *(mark for mark in info.metadata if not isinstance(mark, Also))]
    further.description = None
    further.json_schema_extra = {"description": f"The same as `{name}`.", MARK: True}
    return further


def describe_further_names(model: type[BaseModel], properties: dict[str, Any], nested: Mapping[str, Any]) -> None:
    """Add the further names of a body to the properties of its JSON schema.

    `nested` holds the properties of the nested bodies, by the name of the field.
    """
    for further, path in further_names(model).items():
        name, _, inner = path.partition(".")
        schema = nested[name][inner] if inner else properties[name]
        schema = {key: value for key, value in schema.items() if key != "title"}
        properties[further] = schema | {"description": f"May be sent in place of `{path}`.", MARK: True}

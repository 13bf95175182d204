"""What a client may send: shapes that say which domain field each of their fields fills."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Annotated, Any, ClassVar, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator

from educore import Entity
from educore.amounts import is_whole
from educore.kernel.entity import plain_type, value_type
from educore_web.rest.uploads import Upload


@dataclass(frozen=True)
class To:
    """The domain field a field fills, dotted where it lies in a structure: `To("account.username")`.

    `To(None)` is checked and then dropped.
    """

    path: str | None


@dataclass(frozen=True)
class LookupBy:
    """A reference whose rows the document calls by another field than their id: `LookupBy(Teacher, "user_id")`."""

    kind: type[Entity]
    field: str


class Body(BaseModel):
    """Base of all request shapes. Unknown fields are ignored; only fields that were sent are passed on.

    Empty text counts as absent for optional dates and numbers, and as null for optional texts. A text in a
    file field is ignored too, so that a client may send back what it was shown.
    """

    model_config = ConfigDict(
        extra="ignore",
        frozen=True,
        str_strip_whitespace=True,
        arbitrary_types_allowed=True,
        defer_build=True,
        hide_input_in_errors=True,
    )

    of: ClassVar[type[Entity] | None] = None

    def __init_subclass__(cls, of: type[Entity] | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if of is not None:
            cls.of = of

    @classmethod
    def __pydantic_init_subclass__(cls, of: type[Entity] | None = None, **kwargs: Any) -> None:
        """Take `of` away from pydantic, which would pass it on."""

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        kept: dict[str, Any] = {}
        declarations = _declarations(cls)
        for name, value in given.items():
            if name not in declarations:
                continue
            declared, nullable, is_text = declarations[name]
            if value == "" and is_text and nullable:
                kept[name] = None
            elif declared in NUMBERS and _is_no_number(value, declared):
                kept[name] = NO_NUMBER
            elif declared in LISTS and isinstance(value, list):
                kept[name] = [NO_NUMBER if _is_no_number(entry, int) else entry for entry in value]
            elif (value != "" or is_text) and not (declared is Upload and isinstance(value, str)):
                kept[name] = value
        return kept

    def fields(self) -> dict[str, Any]:
        """What was sent, by domain field; enumerations translated by member name."""
        sent: dict[str, Any] = {}
        for name in sorted(self.model_fields_set):
            path, value = domain_path(type(self), name), vars(self)[name]
            if path is not None:
                _put(sent, path, self._meaning(path, value) if isinstance(value, TRANSLATED) else value)
        return sent

    def _meaning(self, path: str, value: Any) -> Any:
        if isinstance(value, Body):
            return value.fields()
        if isinstance(value, list):
            return [self._meaning(path, entry) for entry in value]
        if isinstance(value, Enum) and self.of is not None and path in self.of.model_fields:
            words = cast("type[Enum]", value_type(self.of, path)[0])
            return words[value.name]
        return value


NUMBERS = (int, Decimal)
LISTS = (list[int],)
NO_NUMBER = "no number"
"""Stands for what pydantic would take for a number though nobody meant one; it is refused like any other word."""


def _is_no_number(value: Any, declared: type) -> bool:
    """Whether it is `true`, or for a whole number a text such as `1_0`, `+5` or `5.0`."""
    return isinstance(value, bool) or declared is int and isinstance(value, str) and value != "" and not is_whole(value)


TRANSLATED = (Body, list, Enum)
"""What means something else to the domain, or holds what does."""


@cache
def _declarations(body: type[Body]) -> dict[str, tuple[type, bool, bool]]:
    """The type of each field, whether it may be null, and whether it is a text."""
    plain = {name: plain_type(field.annotation) for name, field in body.model_fields.items()}
    return {name: (declared, nullable, _is_text(declared)) for name, (declared, nullable) in plain.items()}


def _is_text(declared: Any) -> bool:
    return isinstance(declared, type) and issubclass(declared, str) and not issubclass(declared, Enum)


def _put(sent: dict[str, Any], path: str, value: Any) -> None:
    if "." not in path and not isinstance(value, dict):
        sent[path] = value
        return
    *steps, last = path.split(".")
    for step in steps:
        sent = sent.setdefault(step, {})
    if isinstance(value, dict) and isinstance(sent.get(last), dict):
        sent[last] |= value
    else:
        sent[last] = value


@cache
def domain_path(body: type[Body], name: str) -> str | None:
    """The domain field a field of the body fills, or None where it fills none."""
    mark = next((m for m in body.model_fields[name].metadata if isinstance(m, To)), To(name))
    return mark.path


@cache
def lookup_of(body: type[Body], name: str) -> LookupBy | None:
    """By what a field calls the rows it refers to, where that is not their id."""
    return next((m for m in body.model_fields[name].metadata if isinstance(m, LookupBy)), None)


@cache
def nested_body(body: type[Body], name: str) -> type[Body] | None:
    """The body a field nests, if it nests one."""
    declared, _ = plain_type(body.model_fields[name].annotation)
    return declared if isinstance(declared, type) and issubclass(declared, Body) else None


@cache
def item_body(body: type[Body], name: str) -> type[Body] | None:
    """The body that each entry of a field is, if the field is a list of bodies."""
    declared, _ = plain_type(body.model_fields[name].annotation)
    (entry,) = get_args(declared) if get_origin(declared) is list else (None,)
    return entry if isinstance(entry, type) and issubclass(entry, Body) else None


def body_path(body: type[Body], path: str) -> str:
    """How this body spells the path of a domain field; positions in lists stay: `marks.3.student_id`."""
    places = [step for step in path.split(".") if step.isdecimal()]
    pattern = ".".join("*" if step.isdecimal() else step for step in path.split("."))
    words = body_paths(body).get(pattern, pattern)
    return ".".join(places.pop(0) if step == "*" else step for step in words.split("."))


@cache
def body_paths(body: type[Body]) -> dict[str, str]:
    """How this body spells each domain field: {"account.username": "user.username", "center_id": ...}."""
    found = {}
    for name in body.model_fields:
        path, inner, entry = domain_path(body, name), nested_body(body, name), item_body(body, name)
        if path is not None:
            found[path] = name
        if inner is not None and path is not None:
            found |= {f"{path}.{deep}": f"{name}.{word}" for deep, word in body_paths(inner).items()}
        if entry is not None and path is not None:
            found |= {f"{path}.*.{deep}": f"{name}.*.{word}" for deep, word in body_paths(entry).items()}
            found[f"{path}.*"] = f"{name}.*"
    return found


@cache
def make_partial(body: type[Body]) -> type[Body]:
    """The same body with every field optional, for PATCH; a null is refused where the body refuses it."""
    return make_optional(body, *body.model_fields)


@cache
def make_optional(body: type[Body], *names: str) -> type[Body]:
    """The same body with these fields optional, and everything inside them: for PUT, which keeps what is not sent."""
    fields: dict[str, Any] = {}
    for name in names:
        info, inner = body.model_fields[name], nested_body(body, name)
        annotation: Any = info.annotation
        if inner is not None:
            annotation = make_partial(inner) | None if plain_type(annotation)[1] else make_partial(inner)
        absent = Field(default=None, json_schema_extra=_without_default)
        fields[name] = (Annotated[annotation, *(info.metadata or [To(name)])], absent)
    suffix = "Patch" if len(names) == len(body.model_fields) else "Put"
    made = create_model(f"{body.__name__.removesuffix('In')}{suffix}", __base__=body, **fields)
    made.__doc__ = body.__doc__
    return made


def _without_default(schema: dict[str, Any]) -> None:
    """What is not sent stays as it is, so that no default is to be documented."""
    schema.pop("default", None)


def accepts_uploads(body: type[Body]) -> bool:
    """Whether the body has a place for a file, so that it may come as a form."""
    inner = (nested_body(body, name) for name in body.model_fields)
    own = any(plain_type(info.annotation)[0] is Upload for info in body.model_fields.values())
    return own or any(accepts_uploads(found) for found in inner if found is not None)

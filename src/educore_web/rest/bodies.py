"""Request bodies: pydantic models whose fields name the domain fields that they fill."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Annotated, Any, ClassVar, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, create_model, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from educore import Entity
from educore.kernel.entity import plain_type, value_type
from educore.kernel.words import SharedWord
from educore_web.rest.body_fields import RequiredOnCreate, To, domain_path, nested_body
from educore_web.rest.further_names import describe_further_names, spell_keywords
from educore_web.rest.normalization import declarations_of, is_enum, is_normal, normalize
from educore_web.rest.uploads import Attachment, Upload

PLAIN = frozenset({int, str, bool})
"""The types of values that are passed on without a further look: those of nearly all values of a long list."""


class Body(BaseModel):
    """Base of all request bodies. Unknown fields are ignored; only fields that were sent are passed on.

    An empty or blank string counts as absent for optional dates and numbers, and as null for texts that may be null;
    null counts as empty for other optional texts. A string in a file field is ignored, so that a client may send back
    the address of the file that it got; the word that documents print for a file stands for one where it is required.
    In a field for an attachment a string is the key of an uploaded file.
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
        """Take `of` away from pydantic, which would pass it on, and spell the names of fields as the document does."""
        cls.__pydantic_fields__ = spell_keywords(cls.__pydantic_fields__)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Return the schema with the further names of the fields."""
        written = handler(schema)
        properties = handler.resolve_ref_schema(written).setdefault("properties", {})
        nested = {
            name: handler.resolve_ref_schema(properties[name])["properties"]
            for name in cls.model_fields
            if nested_body(cls, name) is not None and "$ref" in properties[name]
        }
        describe_further_names(cls, properties, nested)
        return written

    @model_validator(mode="before")
    @classmethod
    def _normalize(cls, given: Any) -> Any:
        return given if not isinstance(given, dict) or is_normal(cls, given) else normalize(cls, given)

    def describe_file(self, name: str, upload: Upload) -> None:
        """Take note of a file that was accepted for a field, before it is stored; bodies that need to override this."""

    def fields(self) -> dict[str, Any]:
        """Return the values that were sent by domain field; words of the document become members of the domain."""
        sent, values = self.model_fields_set, vars(self)
        fields: dict[str, Any] = {}
        for name, path, members in _domain_fields(type(self)):
            if name in sent:
                _put(fields, path, _domain_value(values[name], members))
        return fields


def _domain_value(value: Any, members: Mapping[Any, Enum]) -> Any:
    """Return a value as the domain has it: a body as its fields, a word as its member, a list of these likewise."""
    if isinstance(value, Enum):
        return members.get(value, value)
    if isinstance(value, list):
        return [_entry_value(entry, members) for entry in value]
    return value.fields() if isinstance(value, Body) else value


def _entry_value(entry: Any, members: Mapping[Any, Enum]) -> Any:
    """Return an entry of a list. Its row is known to the use case alone, so that shared words stay open."""
    if not isinstance(entry, Body):
        return _domain_value(entry, members)
    if flat := _flat_fields(type(entry)):  # as in a list of a thousand marks
        sent, values = entry.model_fields_set, vars(entry)
        return {path: words.get(values[name], values[name]) for name, path, words in flat if name in sent}
    fields = entry.fields()
    for name, shared in _shared_words(type(entry)).items():
        if name in fields:
            fields[name] = shared.get(fields[name], fields[name])
    return fields


@cache
def _domain_fields(body: type[Body]) -> list[tuple[str, str, Mapping[Any, Enum]]]:
    """Return the fields that fill a domain field, in the order of their names: name, path, and the member by word."""
    paths = ((name, domain_path(body, name)) for name in sorted(body.model_fields))
    return [
        (name, path, _domain_words(body.of, path, _words_of(body, name))) for name, path in paths if path is not None
    ]


@cache
def _flat_fields(body: type[Body]) -> list[tuple[str, str, Mapping[Any, Any]]]:
    """Return the same for an entry of a list, with shared words, if all of its values are plain; else nothing.

    Plain is a number, a text, a boolean or a word for one field of the domain.
    """
    found, shared = _domain_fields(body), _shared_words(body)
    for name, path, _ in found:
        declared, _, _ = declarations_of(body)[name]
        if "." in path or not (declared in PLAIN or is_enum(declared)):
            return []
    return [
        (name, path, {word: shared.get(path, {}).get(member, member) for word, member in members.items()})
        for name, path, members in found
    ]


def _words_of(body: type[Body], name: str) -> Any:
    """Return the type of a field, or that of the entries of a list."""
    declared, _ = plain_type(body.model_fields[name].annotation)
    return get_args(declared)[0] if get_origin(declared) is list else declared


@cache
def _domain_words(kind: type[Entity] | None, path: str, words: Any) -> dict[Enum, Enum]:
    """Return the member of the domain for each word of a document; none if the path is no field of the kind."""
    if kind is None or path not in kind.model_fields or not is_enum(words):
        return {}
    members = cast("type[Enum]", value_type(kind, path)[0])
    return {word: members[word.name] for word in words}


@cache
def members_of(kind: type[Entity], path: str, word: Enum) -> frozenset[Enum]:
    """Return the members of the domain that a word of a document stands for; the word itself may be such a member."""
    members = cast("type[Enum]", value_type(kind, path)[0]).__members__
    return frozenset(
        members[name] for name, other in type(word).__members__.items() if other is word if name in members
    )


@cache
def _shared_words(body: type[Body]) -> dict[str, dict[Enum, SharedWord]]:
    """Return for each domain field whose words may stand for several members, what replaces the member of a word."""
    found: dict[str, dict[Enum, SharedWord]] = {}
    for name, (words, _, _) in declarations_of(body).items():
        path = domain_path(body, name)
        if body.of is None or path is None or not is_enum(words):
            continue
        for word, member in _domain_words(body.of, path, words).items():
            if len(members := members_of(body.of, path, word)) > 1:
                found.setdefault(path, {})[member] = SharedWord(member, members)
    return found


def _put(fields: dict[str, Any], path: str, value: Any) -> None:
    if "." not in path and not isinstance(value, dict):
        fields[path] = value
        return
    *steps, last = path.split(".")
    for step in steps:
        fields = fields.setdefault(step, {})
    if isinstance(value, dict) and isinstance(fields.get(last), dict):
        fields[last] |= value
    else:
        fields[last] = value


# -- bodies with optional fields -----------------------------------------------------------------------


@cache
def make_partial(body: type[Body]) -> type[Body]:
    """Return the same body with every field optional, inside nested bodies too, for PUT and PATCH.

    An absent field keeps its value; a null is refused where the body refuses it.
    """
    fields: dict[str, Any] = {}
    for name, info in body.model_fields.items():
        inner = nested_body(body, name)
        annotation: Any = info.annotation
        if inner is not None:
            annotation = make_partial(inner) | None if plain_type(annotation)[1] else make_partial(inner)
        absent = Field(default=None, json_schema_extra=_remove_default)
        marks = [*info.metadata, *([RequiredOnCreate()] if info.is_required() else [])]
        fields[name] = (Annotated[annotation, *(marks or [To(name)])], absent)
    optional = create_model(f"{body.__name__.removesuffix('In')}Patch", __base__=body, **fields)
    optional.__doc__ = body.__doc__
    return optional


def _remove_default(schema: dict[str, Any]) -> None:
    """Document no default, because an absent field keeps the value that the row has."""
    schema.pop("default", None)


def accepts_uploads(body: type[BaseModel]) -> bool:
    """Return whether the body has a field for a file, itself or in a nested body, so that it may come as a form."""
    inner = (nested_body(body, name) for name in body.model_fields)
    own = any(plain_type(info.annotation)[0] in (Upload, Attachment) for info in body.model_fields.values())
    return own or any(accepts_uploads(found) for found in inner if found is not None)

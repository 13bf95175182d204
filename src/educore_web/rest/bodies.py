"""Request bodies: pydantic models whose fields name the domain fields that they fill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Annotated, Any, ClassVar, cast, get_args, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    TypeAdapter,
    ValidationError,
    create_model,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from educore import Entity
from educore.kernel.entity import plain_type, value_type
from educore.kernel.words import SharedWord
from educore.values import is_whole
from educore_web.rest.further_names import describe_further_names
from educore_web.rest.uploads import PRINTED_FILE, STAND_IN, Upload


@dataclass(frozen=True)
class To:
    """The domain field that a field of a body fills, with dots inside a structure: `To("account.username")`.

    `To(None)` is validated and then dropped.
    """

    path: str | None


@dataclass(frozen=True)
class LookupBy:
    """A reference that names its row by another field than the id: `LookupBy(Teacher, "user_id")`."""

    kind: type[Entity]
    field: str


class Body(BaseModel):
    """Base of all request bodies. Unknown fields are ignored; only fields that were sent are passed on.

    An empty or blank string counts as absent for optional dates and numbers, and as null for texts that may be null;
    null counts as empty for other optional texts. A string in a file field is ignored, so that a client may send back
    the address of the file that it got; the word that documents print for a file stands for one where it is required.
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
    kept: ClassVar[frozenset[str]] = frozenset()
    """The fields that a new row needs: in a change they may be left out, but not cleared."""

    def __init_subclass__(cls, of: type[Entity] | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if of is not None:
            cls.of = of

    @classmethod
    def __pydantic_init_subclass__(cls, of: type[Entity] | None = None, **kwargs: Any) -> None:
        """Take `of` away from pydantic, which would pass it on."""

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


NUMBERS = (int, Decimal)
LISTS = (list[int],)
NO_NUMBER = "no number"
"""Replaces a value that pydantic would accept as a number although it is none, so that pydantic refuses it."""


def _is_no_number(value: Any, declared: type) -> bool:
    """Return whether the value is `true` or, for a whole number, a text such as `1_0`, `+5` or `5.0`."""
    return isinstance(value, bool) or declared is int and isinstance(value, str) and value != "" and not is_whole(value)


PLAIN = frozenset({int, str, bool})
"""The types of values that are passed on without a further look: those of nearly all values of a long list."""


@cache
def _declarations(body: type[Body]) -> dict[str, tuple[type, bool, bool]]:
    """Return for each field its type, whether it may be null, and whether it is a text."""
    plain = {name: plain_type(field.annotation) for name, field in body.model_fields.items()}
    return {name: (declared, nullable, _is_text(declared)) for name, (declared, nullable) in plain.items()}


def normalize(body: type[Body], given: dict[Any, Any]) -> dict[str, Any]:
    """Return the values of a body as its fields are to see them: see `Body` for what counts as absent or as null."""
    normal: dict[str, Any] = {}
    declarations = _declarations(body)
    for name, value in given.items():
        if name not in declarations:
            continue
        declared, nullable, is_text = declarations[name]
        if isinstance(value, str) and value.isspace() and (nullable if is_text else not _is_enum(declared)):
            value = ""
        if value == "" and is_text and nullable:
            normal[name] = None
        elif value is None and name in texts_that_may_be_empty(body):
            normal[name] = ""
        elif declared in NUMBERS and _is_no_number(value, declared):
            normal[name] = NO_NUMBER
        elif declared in LISTS and isinstance(value, list):
            normal[name] = [NO_NUMBER if _is_no_number(entry, int) else entry for entry in value]
        elif declared is Upload and value == PRINTED_FILE and body.model_fields[name].is_required():
            normal[name] = STAND_IN
        elif (value != "" or is_text) and not (declared is Upload and isinstance(value, str)):
            normal[name] = value
    return normal


def is_normal(body: type[Body], given: dict[Any, Any]) -> bool:
    """Return whether a body needs no normalization, as nearly all do; a list of a thousand marks is checked quickly."""
    types = _normal_types(body)
    for name, value in given.items():
        normal, may_be_blank = types.get(name, NEVER_NORMAL)
        if type(value) is not normal:
            return False
        if not may_be_blank and isinstance(value, str) and not value.strip():
            return False
    return True


NEVER_NORMAL = None, False


@cache
def texts_that_may_be_empty(body: type[Body]) -> frozenset[str]:
    """Return the optional texts that may be empty: null counts as empty there."""
    optional = {n: info for n, info in body.model_fields.items() if not info.is_required() and n not in body.kept}
    texts = [name for name in optional if _declarations(body)[name][1:] == (False, True)]
    return frozenset(name for name in texts if _accepts_empty(optional[name]))


def _accepts_empty(info: FieldInfo) -> bool:
    """Return whether a field takes an empty text as a plain text, and not as a password."""
    try:
        declared: Any = Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
        return type(TypeAdapter(declared).validate_python("")) is str
    except ValidationError:
        return False


@cache
def _normal_types(body: type[Body]) -> dict[str, tuple[type | None, bool]]:
    """Return for each field the type of the values that stay as they are, and whether an empty text stays too.

    There is none for dates, decimal numbers and files, because any value of theirs may need normalization.
    """
    found: dict[str, tuple[type | None, bool]] = {}
    for name, (declared, nullable, is_text) in _declarations(body).items():
        if declared is int or item_body(body, name) is not None:
            found[name] = (int if declared is int else list, True)  # neither is a text
        elif is_text or _is_enum(declared):
            found[name] = (str, is_text and not nullable)
    return found


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
        declared, _, _ = _declarations(body)[name]
        if "." in path or not (declared in PLAIN or _is_enum(declared)):
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
    if kind is None or path not in kind.model_fields or not _is_enum(words):
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
    for name, (words, _, _) in _declarations(body).items():
        path = domain_path(body, name)
        if body.of is None or path is None or not _is_enum(words):
            continue
        for word, member in _domain_words(body.of, path, words).items():
            if len(members := members_of(body.of, path, word)) > 1:
                found.setdefault(path, {})[member] = SharedWord(member, members)
    return found


def _is_enum(declared: Any) -> bool:
    return isinstance(declared, type) and issubclass(declared, Enum)


def _is_text(declared: Any) -> bool:
    return isinstance(declared, type) and issubclass(declared, str) and not issubclass(declared, Enum)


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


# -- the declarations of a field -----------------------------------------------------------------------


@cache
def domain_path(body: type[Body], name: str) -> str | None:
    """Return the path of the domain field that a field of the body fills, None if it fills none."""
    mark = next((m for m in body.model_fields[name].metadata if isinstance(m, To)), To(name))
    return mark.path


@cache
def lookup_of(body: type[Body], name: str) -> LookupBy | None:
    """Return by which field a reference names its row, None if by the id."""
    return next((m for m in body.model_fields[name].metadata if isinstance(m, LookupBy)), None)


@cache
def nested_body(body: type[Body], name: str) -> type[Body] | None:
    """Return the body that a field nests, None if it nests none."""
    declared, _ = plain_type(body.model_fields[name].annotation)
    return declared if isinstance(declared, type) and issubclass(declared, Body) else None


@cache
def item_body(body: type[Body], name: str) -> type[Body] | None:
    """Return the body of each item, if a field is a list of bodies, else None."""
    declared, _ = plain_type(body.model_fields[name].annotation)
    (entry,) = get_args(declared) if get_origin(declared) is list else (None,)
    return entry if isinstance(entry, type) and issubclass(entry, Body) else None


def accepts_uploads(body: type[Body]) -> bool:
    """Return whether the body has a field for a file, itself or in a nested body, so that it may come as a form."""
    inner = (nested_body(body, name) for name in body.model_fields)
    own = any(plain_type(info.annotation)[0] is Upload for info in body.model_fields.values())
    return own or any(accepts_uploads(found) for found in inner if found is not None)


# -- paths ---------------------------------------------------------------------------------------------


def body_path(body: type[Body], path: str) -> str:
    """Return the path in the body of a domain field or, failing that, of what of it the body has; "" for none of it.

    A path that is one of the body already is returned as it is. Positions in lists stay: `marks.3.student_id`.
    """
    positions = [step for step in path.split(".") if step.isdecimal()]
    pattern = ".".join("*" if step.isdecimal() else step for step in path.split("."))
    found = body_paths(body).get(pattern, pattern)
    while found not in _field_paths(body):
        found = found.rpartition(".")[0]
    return ".".join(positions.pop(0) if step == "*" else step for step in found.split("."))


def lookup_at(body: type[Body], path: str) -> LookupBy | None:
    """Return by which field the reference at a path of the body names its row, None if by the id."""
    *steps, last = (step for step in path.split(".") if not step.isdecimal())
    for step in steps:
        body = nested_body(body, step) or item_body(body, step) or body
    return lookup_of(body, last) if last in body.model_fields else None


def is_list_of_values(body: type[Body], name: str) -> bool:
    """Return whether a field is a list of anything but bodies."""
    return get_origin(plain_type(body.model_fields[name].annotation)[0]) is list and item_body(body, name) is None


@cache
def _field_paths(body: type[Body]) -> frozenset[str]:
    """Return the paths of all fields of a body, "" being the body itself; a `*` stands for any position in a list."""
    found = {""}
    for name in body.model_fields:
        found.add(name)
        if (inner := nested_body(body, name)) is not None:
            found |= {f"{name}.{deep}" for deep in _field_paths(inner) if deep}
        elif (entry := item_body(body, name)) is not None:
            found |= {f"{name}.*", *(f"{name}.*.{deep}" for deep in _field_paths(entry) if deep)}
        elif is_list_of_values(body, name):
            found.add(f"{name}.*")
    return frozenset(found)


@cache
def body_paths(body: type[Body]) -> dict[str, str]:
    """Return the path in the body of each domain field: {"account.username": "user.username", "center_id": ...}.

    A `*` stands for any position in a list.
    """
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
        fields[name] = (Annotated[annotation, *(info.metadata or [To(name)])], absent)
    optional = create_model(f"{body.__name__.removesuffix('In')}Patch", __base__=body, **fields)
    optional.__doc__ = body.__doc__
    optional.kept = body.kept | {name for name, info in body.model_fields.items() if info.is_required()}
    return optional


def _remove_default(schema: dict[str, Any]) -> None:
    """Document no default, because an absent field keeps the value that the row has."""
    schema.pop("default", None)

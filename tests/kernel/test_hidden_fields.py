"""A hidden field is in nothing that is written of an entity: no dictionary, text or schema, and no web answer."""

from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import pytest
from litestar import get
from litestar.testing import create_test_client
from pydantic import BaseModel, RootModel, TypeAdapter, create_model

from educore import EDUCATION, Entity, Hidden
from educore.kernel.entity import hidden_fields, value_type
from educore.kernel.versions import version
from support.library_domain import LIBRARY, NOON, Book

SECRET = "for-nobodys-eyes"
KINDS = [kind for domain in (EDUCATION, LIBRARY) for kind in domain.kinds.values() if hidden_fields(kind)]
EXAMPLES: dict[type, Any] = {int: 1, str: "shown", bool: True, datetime: NOON, date: NOON.date(), Decimal: Decimal(1)}


def filled(kind: type[Entity]) -> Entity:
    """Return an entity with a value in each field, and the secret in those that are hidden."""
    return kind.model_construct(
        **{name: SECRET if name in hidden_fields(kind) else example(kind, name) for name in kind.model_fields}
    )


def example(kind: type[Entity], name: str) -> Any:
    stored, _ = value_type(kind, name)
    return next(iter(stored)) if issubclass(stored, Enum) else EXAMPLES[stored]


def unmarked(kind: type[Entity]) -> type[BaseModel]:
    """Return a model with the same fields, none of them hidden."""
    fields: dict[str, Any] = {name: (value_type(kind, name)[0], ...) for name in kind.model_fields}
    return create_model(kind.__name__, **fields)


WRITERS: dict[str, Callable[[Any], Any]] = {
    "model_dump": lambda row: row.model_dump(),
    "model_dump, as JSON": lambda row: row.model_dump(mode="json"),
    "model_dump, for a round trip": lambda row: row.model_dump(round_trip=True),
    "model_dump, of every field by name": lambda row: row.model_dump(include=set(type(row).model_fields)),
    "model_dump_json": lambda row: row.model_dump_json(),
    "repr": repr,
    "str": str,
    "format": lambda row: f"{row}",
    "rich": lambda row: list(row.__rich_repr__()),
    "a list": lambda row: TypeAdapter(list[type(row)]).dump_json([row]),  # type: ignore[misc]
    "a model of its own": lambda row: RootModel[type(row)](row).model_dump_json(),  # type: ignore[misc]
    "a field of a model": lambda row: create_model("Page", row=(type(row), ...))(row=row).model_dump(),
    "schema, for validation": lambda row: row.model_json_schema(mode="validation"),
    "schema, for serialization": lambda row: row.model_json_schema(mode="serialization"),
    "schema of a list": lambda row: TypeAdapter(list[type(row)]).json_schema(),  # type: ignore[misc]
    "Litestar, a row": lambda row: answer_of(row, type(row)),
    "Litestar, a list": lambda row: answer_of([row], list[type(row)]),  # type: ignore[misc]
    "Litestar, in a dictionary": lambda row: answer_of({"row": row}, dict[str, type(row)]),  # type: ignore[misc]
}


def answer_of(content: Any, type_: Any) -> str:
    def show() -> Any:
        return content

    show.__annotations__["return"] = type_
    with create_test_client([get("/", sync_to_thread=False)(show)], openapi_config=None) as client:
        answer = client.get("/")
        assert answer.status_code == 200, answer.text
        return answer.text


def shown(row: Any, way: str) -> str:
    return str(WRITERS[way](row))


def traces(kind: type[Entity], text: str) -> list[str]:
    """Return the secret and the names of hidden fields that are in a text; a docstring may name them in backquotes."""
    names = [name for name in hidden_fields(kind) if re.search(rf"(?<!`)\b{name}\b(?!`)", text)]
    return [*names, SECRET] if SECRET in text else names


@pytest.mark.parametrize("way", WRITERS)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_hidden_field_is_not_written(kind: type[Entity], way: str) -> None:
    row = filled(kind)
    assert {*traces(kind, shown(unmarked(kind)(**dict(row)), way))} >= {*hidden_fields(kind)}, (
        "a field without the mark"
    )
    text = shown(row, way)
    assert "id" in text
    assert not traces(kind, text)


def test_the_kinds_with_secrets_are_tried() -> None:
    assert {"User", "SignIn", "CalendarFeed", "Book"} <= {kind.__name__ for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_copy_keeps_what_is_hidden(kind: type[Entity]) -> None:
    row = filled(kind)
    pickled = pickle.loads(pickle.dumps(row))  # noqa: S301 - our own bytes
    copies = [copy.copy(row), copy.deepcopy(row), pickled, row.model_copy(update={"id": 2})]
    for other in copies:
        assert [getattr(other, name) for name in hidden_fields(kind)] == [SECRET] * len(hidden_fields(kind))


def test_a_change_keeps_what_is_hidden() -> None:
    book = Book(id=1, created_at=NOON, updated_at=NOON, library_id=1, title="Alpomish", alarm_code=SECRET)
    assert book.change(title="Kuntugmish").alarm_code == SECRET
    assert book.change(alarm_code="9876").alarm_code == "9876"


def test_a_version_does_not_depend_on_what_is_hidden() -> None:
    book = Book(id=1, created_at=NOON, updated_at=NOON, library_id=1, title="Alpomish", alarm_code=SECRET)
    assert version(book.change(title="Kuntugmish")) != version(book)
    assert version(book.change(alarm_code="9876")) == version(book)


class Safe(Entity):
    """A safe, which has a field of a type that is defined below it."""

    name: str
    code: Annotated[Code, Hidden()]


Code = str


def test_a_hidden_field_may_have_a_type_that_is_defined_later() -> None:
    safe = Safe(id=1, name="the big one", code=SECRET)
    texts = [str(safe), safe.model_dump_json(), str(Safe.model_json_schema())]
    assert all("name" in text and not traces(Safe, text) for text in texts)

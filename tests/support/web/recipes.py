"""Calling operations as their recipes say. A plain name means an operation of the Center CRM."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from educore.kernel.entity import plain_type
from educore_web.rest.further_names import is_addition
from support.web.client import NO_BODY, ApiResponse, Client
from support.web.system import Op, Place
from support.web.systems.center_crm import CENTER_CRM, NEW_PASSWORD, account

BY_NAME = CENTER_CRM.ops


def recipe_row(op: Op | str, at: Place) -> int | None:
    """The id an operation is tried with in a town; None where its path has none."""
    op = _op(op)
    if not op.has_path_id:
        return None
    found = op.system.rows.get(op.name) or op.system.rows[op.section]
    return int(found(at))


def recipe_body(op: Op | str, at: Place) -> Any:
    """A body that an operation accepts in a town."""
    op = _op(op)
    return op.system.bodies[op.name](at) if op.body is not None else NO_BODY


def operation_path(op: Op | str, id: int | None = None) -> str:
    """The documented path of an operation."""
    return _op(op).path(id)


def call_operation(client: Client, op: Op | str, *, id: int | None = None, **options: Any) -> ApiResponse:
    """Call an operation."""
    op = _op(op)
    asked = {"query": op.system.queries.get(op.name)}
    return client.of(op.system).send(op.method, op.path(id), **asked | options)


def call_recipe(client: Client, op: Op | str, at: Place, **options: Any) -> ApiResponse:
    """Call an operation as its recipe says, in a town."""
    return call_operation(client, op, id=recipe_row(op, at), **({"body": recipe_body(op, at)} | options))


def additions(op: Op | str) -> list[str]:
    """The keys of an answer that the document lacks; they stand at its end."""
    out = _op(op).out
    return [name for name, info in out.model_fields.items() if is_addition(info)] if out else []


def inner_additions(op: Op | str) -> list[str]:
    """The same keys in the objects and lists inside an answer, by their paths: `$.students[].status`."""
    out = _op(op).out
    return list(_added_inside(out, "$")) if out else []


def _added_inside(model: type[BaseModel], at: str) -> Iterator[str]:
    for name, info in model.model_fields.items():
        declared, _ = plain_type(info.annotation)
        items = get_args(declared) if get_origin(declared) is list else ()
        inner = items[0] if items else declared
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            place = f"{at}.{name}{'[]' if items else ''}"
            yield from (f"{place}.{deep}" for deep, found in inner.model_fields.items() if is_addition(found))
            yield from _added_inside(inner, place)


def documented_keys(op: Op | str, row: dict[str, Any]) -> dict[str, Any]:
    """A row of an answer without its additions."""
    return {name: value for name, value in row.items() if name not in additions(op)}


def _op(op: Op | str) -> Op:
    return CENTER_CRM[op] if isinstance(op, str) else op


__all__ = [
    "BY_NAME",
    "NEW_PASSWORD",
    "Place",
    "account",
    "additions",
    "call_operation",
    "call_recipe",
    "documented_keys",
    "inner_additions",
    "operation_path",
    "recipe_body",
    "recipe_row",
]

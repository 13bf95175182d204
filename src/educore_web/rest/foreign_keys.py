"""Rows that a document calls by another id than their own, such as a teacher by the id of the user."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import ValidationError

from educore import NotFound, Problem, UnitOfWork, Where, everything, where
from educore_web.rest.bodies import Body, LookupBy, item_body, lookup_of, make_partial, nested_body
from educore_web.rest.operation import Operation
from educore_web.rest.request import Problems

MOST_ENTRIES = 1000
"""How much of a list is looked through for further problems."""


def resolve_path_id(uow: UnitOfWork, operation: Operation, id: int) -> int:
    """The id of the row that a path calls by the operation's `by`. Raises: NotFound."""
    if operation.kind is None or operation.lookup_field == "id":
        return id
    for row in uow.find(operation.kind, where(**{operation.lookup_field: id}) & operation.only, limit=1):
        return row.id
    raise NotFound(kind=operation.kind.__name__, id=id)


def resolve_references(uow: UnitOfWork, data: Body, *, center_id: int | None) -> tuple[Body, Problems]:
    """The body with the ids of rows in place of what it calls them by; and what it calls without there being a row.

    Only rows that the actor may see count, and only those of the Center if one is given. One statement for each
    kind of row, however long the lists in the body.
    """
    if not _may_call(type(data)):
        return data, {}
    called = list(_called(data))
    here = everything if center_id is None else where(center_id=center_id)
    kinds = {by for _, by, _ in called}
    ids = {by: _ids(uow, by, {value for _, other, value in called if other == by}, here) for by in kinds}
    unknown = {path: [Problem("unknown_id", {"id": value})] for path, by, value in called if value not in ids[by]}
    return _replaced(data, ids), unknown


def restore_sent_ids(problems: Problems, sent: Mapping[str, Any]) -> Problems:
    """The problems with the ids that were sent, where they speak of the rows' own."""
    return {path: [_with_id(problem, _at(sent, path)) for problem in found] for path, found in problems.items()}


def valid_subset(body: type[Body], sent: Mapping[str, Any]) -> Body:
    """Those parts of a body that are valid by themselves."""
    loose = make_partial(body)
    parts: dict[str, Any] = {}
    for name in sent.keys() & body.model_fields.keys():
        inner, entry, value = nested_body(body, name), item_body(body, name), sent[name]
        if inner is not None and isinstance(value, dict):
            parts[name] = valid_subset(inner, value)
        elif entry is not None and isinstance(value, list):
            some = value[:MOST_ENTRIES]
            parts[name] = [valid_subset(entry, one if isinstance(one, dict) else {}) for one in some]
        else:
            parts |= _valid(loose, name, value)
    return loose.model_construct(**parts)


def _with_id(problem: Problem, id: Any) -> Problem:
    known = "id" in problem.params and isinstance(id, int | str)
    return Problem(problem.code, {**problem.params, "id": id}) if known else problem


def _at(sent: Any, path: str) -> Any:
    for step in path.split("."):
        if isinstance(sent, list) and step.isdecimal() and int(step) < len(sent):
            sent = sent[int(step)]
        else:
            sent = sent.get(step) if isinstance(sent, dict) else None
    return sent


def _valid(loose: type[Body], name: str, value: Any) -> dict[str, Any]:
    try:
        part = loose.model_validate({name: value})
    except ValidationError:
        return {}
    return {name: getattr(part, name) for name in part.model_fields_set}


@cache
def _may_call(body: type[Body]) -> bool:
    """Whether a body or one it holds calls rows by anything but their ids."""
    inner = (nested_body(body, name) or item_body(body, name) for name in body.model_fields)
    return any(lookup_of(body, name) for name in body.model_fields) or any(_may_call(b) for b in inner if b is not None)


def _called(data: Body, above: str = "") -> Iterator[tuple[str, LookupBy, int]]:
    """Every reference of a body that is not an id: where it stands, by what it calls the row, and the value."""
    for name in sorted(data.model_fields_set):
        value, by, path = getattr(data, name), lookup_of(type(data), name), f"{above}{name}"
        if by is not None and value is not None:
            yield path, by, value
        elif isinstance(value, Body):
            yield from _called(value, f"{path}.")
        elif item_body(type(data), name) is not None:
            for place, entry in enumerate(value or ()):
                yield from _called(entry, f"{path}.{place}.")


def _ids(uow: UnitOfWork, by: LookupBy, values: set[int], here: Where) -> dict[int, int]:
    rows = uow.find(by.kind, where(**{f"{by.field}__in": values}) & here, order=("-id",))
    return {getattr(row, by.field): row.id for row in rows}


def _replaced(data: Body, ids: Mapping[LookupBy, Mapping[int, int]]) -> Body:
    changed: dict[str, Any] = {}
    for name in data.model_fields_set:
        value, by = getattr(data, name), lookup_of(type(data), name)
        if by is not None and value is not None:
            changed[name] = ids[by].get(value)
        elif isinstance(value, Body):
            changed[name] = _replaced(value, ids)
        elif value is not None and item_body(type(data), name) is not None:
            changed[name] = [_replaced(entry, ids) for entry in value]
    return data.model_copy(update=changed)

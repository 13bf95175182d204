"""References that a document makes by another field than the id, such as a teacher by the id of the user."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError

from educore import NotFound, Problem, UnitOfWork, Where, everything, where
from educore.kernel.entity import is_archivable
from educore_web.rest.bodies import Body, make_partial
from educore_web.rest.body_fields import LookupBy, item_body, lookup_at, lookup_of, nested_body
from educore_web.rest.operation import Operation
from educore_web.rest.request import Problems, RequestData

MOST_ENTRIES = 1000
"""The number of entries of a list that are searched for further problems."""


def resolve_path_id(uow: UnitOfWork, operation: Operation, request: RequestData) -> int:
    """Return the id of the row whose `lookup_field` has the value that the path gives. Raises: NotFound."""
    id = request.id or 0
    if operation.kind is None or operation.lookup_field == "id":
        return id
    to = "restore" if operation.action == "restore" and is_archivable(operation.kind) else "read"
    named = where(**{operation.lookup_field: id}) & operation.rows(request)
    for row in uow.find(operation.kind, named, to=to, limit=1):
        return row.id
    raise NotFound(kind=operation.kind.__name__, id=id)


def resolve_references(uow: UnitOfWork, data: Body, *, center_id: int | None) -> tuple[Body, Problems]:
    """Return the body with the ids of rows in place of the values that name them, and a problem for each unknown row.

    Only rows that the actor may see count, and only those of the Center if one is given. It takes one statement for
    each kind of row, however long the lists in the body are.
    """
    if not _has_lookups(type(data)):
        return data, {}
    references = list(_references(data))
    in_center = everything if center_id is None else where(center_id=center_id)
    values: dict[LookupBy, set[int]] = {}
    for _, lookup, value in references:
        values.setdefault(lookup, set()).add(value)
    ids = {lookup: _ids(uow, lookup, wanted, in_center) for lookup, wanted in values.items()}
    unknown = {
        path: [Problem("unknown_id", {"id": value})] for path, lookup, value in references if value not in ids[lookup]
    }
    return _replace(data, ids), unknown


def restore_sent_ids(body: type[Body], problems: Problems, sent: Mapping[str, Any]) -> Problems:
    """Return the problems with the values that the client sent in place of the ids of the rows.

    The parameter `id` of a problem is the value of the field that it is about. Where the body names rows by their ids,
    nothing changes.
    """
    named = {path: _value_at(sent, path) for path in problems if lookup_at(body, path) is not None}
    return {
        path: [_with_id(problem, named[path]) for problem in found] if path in named else found
        for path, found in problems.items()
    }


def valid_subset(body: type[BaseModel], sent: Mapping[str, Any]) -> Body:
    """Return a body of those fields that are valid by themselves; nothing else is validated."""
    partial_body = make_partial(body)
    fields: dict[str, Any] = {}
    for name in sent.keys() & body.model_fields.keys():
        inner, item, value = nested_body(body, name), item_body(body, name), sent[name]
        if inner is not None and isinstance(value, dict):
            fields[name] = valid_subset(inner, value)
        elif item is not None and isinstance(value, list):
            entries = value[:MOST_ENTRIES]
            fields[name] = [valid_subset(item, entry if isinstance(entry, dict) else {}) for entry in entries]
        else:
            fields |= _valid_field(partial_body, name, value)
    return partial_body.model_construct(**fields)


def _with_id(problem: Problem, id: Any) -> Problem:
    has_id = "id" in problem.params and isinstance(id, int | str)
    return Problem(problem.code, {**problem.params, "id": id}) if has_id else problem


def _value_at(sent: Any, path: str) -> Any:
    for step in path.split("."):
        if isinstance(sent, list) and step.isdecimal() and int(step) < len(sent):
            sent = sent[int(step)]
        else:
            sent = sent.get(step) if isinstance(sent, dict) else None
    return sent


def _valid_field(partial_body: type[Body], name: str, value: Any) -> dict[str, Any]:
    try:
        data = partial_body.model_validate({name: value})
    except ValidationError:
        return {}
    return {name: getattr(data, name) for name in data.model_fields_set}


@cache
def _has_lookups(body: type[Body]) -> bool:
    """Return whether a body, or one that it nests, names rows by anything but their ids."""
    inner = (nested_body(body, name) or item_body(body, name) for name in body.model_fields)
    own = any(lookup_of(body, name) for name in body.model_fields)
    return own or any(_has_lookups(found) for found in inner if found is not None)


def _references(data: Body, prefix: str = "") -> Iterator[tuple[str, LookupBy, int]]:
    """Yield each reference that is not an id: its path, its lookup and its value."""
    for name in sorted(data.model_fields_set):
        value, lookup, path = getattr(data, name), lookup_of(type(data), name), f"{prefix}{name}"
        if lookup is not None and value is not None:
            yield path, lookup, value
        elif isinstance(value, Body):
            yield from _references(value, f"{path}.")
        elif item_body(type(data), name) is not None:
            for position, entry in enumerate(value or ()):
                yield from _references(entry, f"{path}.{position}.")


def _ids(uow: UnitOfWork, lookup: LookupBy, values: set[int], in_center: Where) -> dict[int, int]:
    """Return the id of the row for each value; of several rows, the oldest."""
    named = where(**{f"{lookup.field}__in": values}) & in_center
    rows = uow.find(lookup.kind, named, to=lookup.to, order=("-id",))
    return {getattr(row, lookup.field): row.id for row in rows}


def _replace(data: Body, ids: Mapping[LookupBy, Mapping[int, int]]) -> Body:
    changed: dict[str, Any] = {}
    for name in data.model_fields_set:
        value, lookup = getattr(data, name), lookup_of(type(data), name)
        if lookup is not None and value is not None:
            changed[name] = ids[lookup].get(value)
        elif isinstance(value, Body):
            changed[name] = _replace(value, ids)
        elif value is not None and item_body(type(data), name) is not None:
            changed[name] = [_replace(entry, ids) for entry in value]
    return data.model_copy(update=changed)

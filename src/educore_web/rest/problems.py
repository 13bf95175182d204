"""All the problems of a request body, collected after the first one was found."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from educore import ANONYMOUS, Actor, Educore, EducoreError, Entity, Invalid, Problem, UnitOfWork
from educore.identity import User
from educore_web.rest import detailed
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import body_path, is_list_of_values
from educore_web.rest.filters import PAGING
from educore_web.rest.foreign_keys import resolve_references, restore_sent_ids, valid_subset
from educore_web.rest.operation import Operation
from educore_web.rest.request import Problems, RequestData

log = logging.getLogger("educore")

STRUCTURES = {"account": User}
"""The kind that the fields of a structure in a body belong to."""


class RequestBodyInvalid(Invalid):
    """Problems of the body itself. Their paths are those of the body; the paths of other errors are domain fields."""


def collect_problems(
    school: Educore, operation: Operation, request: RequestData, actor: Actor, error: Invalid
) -> Problems:
    """Return the problems of the error and those that can be read from the store, by the path in the body or query.

    A client thus learns in one answer which references are unknown and which values are taken, too. Problems of a field
    that the operation does not have concern the request as a whole.
    """
    body, parameters = operation.body, _parameters(operation, school)
    if body is None:
        return _by_path(error.fields, lambda path: _parameter(parameters, path))
    found = _by_path(error.fields, lambda path: body_path(body, path) or _parameter(parameters, path))
    more = {} if actor is ANONYMOUS else _problems_in_store(school, operation, body, request, actor)
    return _name_entries(body, restore_sent_ids(body, more | found, request.body))


def place_problems(body: type[Body], error: Invalid, sent: Mapping[str, Any]) -> Problems:
    """Return the problems of the error by the path in the body that was sent, and nothing more."""
    return _name_entries(body, restore_sent_ids(body, _in_body(body, error.fields), sent))


def resolve_body(uow: UnitOfWork, data: Body | None, row: Entity | None) -> Body | None:
    """Return the body with the ids of rows in place of what it names them by. Raises: RequestBodyInvalid."""
    if data is None:
        return None
    resolved, unknown = resolve_references(uow, data, center_id=_center(uow.actor, row))
    if unknown:
        raise RequestBodyInvalid(unknown)
    return resolved


def _problems_in_store(
    school: Educore, operation: Operation, body: type[Body], request: RequestData, actor: Actor
) -> Problems:
    """Return the problems that reading finds, up to an error such as a row that the actor cannot see."""
    found: Problems = {}
    try:
        with school.work(actor, read_only=True) as uow:
            row: Any = None
            if operation.kind is not None and request.id is not None:
                row = uow.get(operation.kind, request.id, only=operation.rows(request))
            valid = valid_subset(body, request.body)
            data, unknown = resolve_references(uow, valid, center_id=_center(actor, row))
            fields = data.fields()
            for structure, kind in STRUCTURES.items():
                owner = uow.get(kind, row.user_id) if row is not None and "user_id" in dict(row) else None
                inner = uow.find_problems(kind, fields.pop(structure, {}), of=owner)
                found |= {f"{structure}.{path}": problems for path, problems in inner.items()}
            if operation.kind is not None:
                found |= uow.find_problems(operation.kind, fields, of=row)
            return _in_body(body, found) | unknown
    except EducoreError:
        log.debug("no further problems could be looked up", exc_info=True)
    return _in_body(body, found)


def _in_body(body: type[Body], problems: Problems) -> Problems:
    """Return problems of domain fields by the paths that the body has for them."""
    return _by_path(problems, lambda path: body_path(body, path))


def _by_path(problems: Problems, place: Callable[[str], str]) -> Problems:
    placed: Problems = {}
    for path, found in problems.items():
        placed.setdefault(place(path), []).extend(found)
    return placed


def _parameters(operation: Operation, school: Educore) -> frozenset[str]:
    """Return the names of the query parameters of an operation."""
    names = {*operation.parameters, *([detailed.NAME] if operation.detailed is not None else [])}
    if operation.listing is not None:
        filters = operation.listing.compile(school.domain).filters
        names |= {"search", *PAGING, *(known.name for known in filters)}
    return frozenset(names)


def _parameter(parameters: frozenset[str], path: str) -> str:
    """Return the parameter for a domain field, such as `teacher` for `teacher_id`; "" if there is none."""
    return next((name for name in (path, path.removesuffix("_id")) if name in parameters), "")


def _name_entries(body: type[Body], problems: Problems) -> Problems:
    """Return the problems of entries of a list of values at the list, each with the number of its entry, from 1."""
    named: Problems = {}
    for path, found in problems.items():
        name, _, position = path.partition(".")
        if position.isdecimal() and is_list_of_values(body, name):
            found = [Problem(problem.code, {**problem.params, "entry": int(position) + 1}) for problem in found]
            path = name
        named.setdefault(path, []).extend(found)
    return named


def _center(actor: Actor, row: Entity | None) -> int | None:
    """Return the Center whose rows a body may name: that of the actor, or of the row if the actor belongs to none."""
    center_id: int | None = actor.center_id or getattr(row, "center_id", None)
    return center_id

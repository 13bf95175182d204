"""Sending back an answer: values that a row has already are no change, and are never refused."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from educore import Entity, Problem
from educore.values import Texts
from educore_web.rest.bodies import Body, make_partial, members_of
from educore_web.rest.body_fields import domain_path
from educore_web.rest.nested_values import has_value, path_to_list, value_at, without_value
from educore_web.rest.request import Problems


def drop_unchanged(data: Body, row: Entity) -> Body:
    """Return the body without the fields that have the value which the row has.

    A use case thus sees what changes: a grade that was sent back is not given anew, and a word of the document that
    stands for several members of the domain leaves the member of the row.
    """
    paths = {name: domain_path(type(data), name) or "" for name in data.model_fields_set}
    unchanged = {
        name
        for name, path in paths.items()
        if path in type(row).model_fields and _means(getattr(data, name), getattr(row, path), row=row, path=path)
    }
    changes = data.model_copy()
    changes.model_fields_set.difference_update(unchanged)
    return changes


def forgive_shown(
    body: type[Body], sent: Mapping[str, Any], *, shown: Mapping[str, Any], problems: Problems
) -> tuple[Body | None, Problems]:
    """Return the rest of a body, and no problems, if all problems are of values that the answer shows.

    A row may have values that the body refuses, such as a null where the document wants a date: another API, the admin
    or an older version has written it. They come back in a PUT and stay as they are; of a list, all of it or nothing.
    Otherwise the first part of the result is None, and the second has the problems of the other values.
    """
    left = {path: found for path, found in problems.items() if not _is_shown(sent, shown, path_to_list(sent, path))}
    if left:
        return None, left
    rest = sent
    for path in {path_to_list(sent, path) for path in problems}:
        rest = without_value(rest, path)
    return make_partial(body).model_validate(rest), {}


def can_be_shown(sent: Mapping[str, Any], problems: Mapping[str, list[Problem]]) -> bool:
    """Return whether any problem is of a value that was sent, so that it is worth reading what the answer shows."""
    return any(has_value(sent, path_to_list(sent, path)) for path in problems)


def _means(value: Any, stored: Any, *, row: Entity, path: str) -> bool:
    """Return whether a value of a body stands for what is stored; an empty text and null are the same.

    Some documents show a list of texts as one text, others as a list.
    """
    if isinstance(stored, Texts) and isinstance(value, str | list):
        return value == (str(stored) if isinstance(value, str) else list(stored))
    if isinstance(value, Enum) and isinstance(stored, Enum):
        return stored in members_of(type(row), path, value)
    if isinstance(stored, str) and isinstance(value, str | None):
        return (value or "") == stored.strip()
    return bool(value == stored) or value == "" and stored is None


def _is_shown(sent: Any, shown: Any, path: str) -> bool:
    """Return whether a value was sent that the answer shows at the same path."""
    first, second = value_at(sent, path), value_at(shown, path)
    return has_value(sent, path) and has_value(shown, path) and type(first) is type(second) and bool(first == second)

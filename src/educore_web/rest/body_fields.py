"""The fields of request bodies: their marks, the bodies that they nest, and their paths in a body and in the domain.

A body is a pydantic model; all of them have the base `educore_web.rest.bodies.Body`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import get_args, get_origin

from pydantic import BaseModel

from educore import Entity
from educore.kernel.entity import plain_type


@dataclass(frozen=True)
class To:
    """The domain field that a field of a body fills, with dots inside a structure: `To("account.username")`.

    `To(None)` is validated and then dropped.
    """

    path: str | None


@dataclass(frozen=True)
class LookupBy:
    """A reference that names its row by another field than the id: `LookupBy(Teacher, "user_id")`.

    It may name those rows on which the caller may perform the action `to`.
    """

    kind: type[Entity]
    field: str
    to: str = "read"


@dataclass(frozen=True)
class RequiredOnCreate:
    """Marks a field that a new row needs: in a change it may be left out, but not cleared."""


# -- one field -----------------------------------------------------------------------------------------


@cache
def domain_path(body: type[BaseModel], name: str) -> str | None:
    """Return the path of the domain field that a field of the body fills, None if it fills none."""
    mark = next((m for m in body.model_fields[name].metadata if isinstance(m, To)), To(name))
    return mark.path


@cache
def lookup_of(body: type[BaseModel], name: str) -> LookupBy | None:
    """Return by which field a reference names its row, None if by the id."""
    return next((m for m in body.model_fields[name].metadata if isinstance(m, LookupBy)), None)


@cache
def nested_body(body: type[BaseModel], name: str) -> type[BaseModel] | None:
    """Return the body that a field nests, None if it nests none."""
    declared, _ = plain_type(body.model_fields[name].annotation)
    return declared if isinstance(declared, type) and issubclass(declared, BaseModel) else None


@cache
def item_body(body: type[BaseModel], name: str) -> type[BaseModel] | None:
    """Return the body of each item, if a field is a list of bodies, else None."""
    declared, _ = plain_type(body.model_fields[name].annotation)
    (entry,) = get_args(declared) if get_origin(declared) is list else (None,)
    return entry if isinstance(entry, type) and issubclass(entry, BaseModel) else None


# -- paths ---------------------------------------------------------------------------------------------


def body_path(body: type[BaseModel], path: str) -> str:
    """Return the path in the body of a domain field or, failing that, of what of it the body has; "" for none of it.

    A path that is one of the body already is returned as it is. Positions in lists stay: `marks.3.student_id`.
    """
    positions = [step for step in path.split(".") if step.isdecimal()]
    pattern = ".".join("*" if step.isdecimal() else step for step in path.split("."))
    found = body_paths(body).get(pattern, pattern)
    while found not in _field_paths(body):
        found = found.rpartition(".")[0]
    return ".".join(positions.pop(0) if step == "*" else step for step in found.split("."))


def lookup_at(body: type[BaseModel], path: str) -> LookupBy | None:
    """Return by which field the reference at a path of the body names its row, None if by the id."""
    *steps, last = (step for step in path.split(".") if not step.isdecimal())
    for step in steps:
        body = nested_body(body, step) or item_body(body, step) or body
    return lookup_of(body, last) if last in body.model_fields else None


def is_list_of_values(body: type[BaseModel], name: str) -> bool:
    """Return whether a field is a list of anything but bodies."""
    return get_origin(plain_type(body.model_fields[name].annotation)[0]) is list and item_body(body, name) is None


@cache
def _field_paths(body: type[BaseModel]) -> frozenset[str]:
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
def body_paths(body: type[BaseModel]) -> dict[str, str]:
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
        if path is not None and (entry is not None or is_list_of_values(body, name)):
            found[f"{path}.*"] = f"{name}.*"
    return found

"""The paths of an API: their parameters in requests and in the OpenAPI document, and paths that hide each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from educore.values import is_storable
from educore_web.rest.operation import Operation
from educore_web.rest.path_parameters import names_of, route_path

MOST_DIGITS = 19
"""The most digits that an id has room for in a database."""
ID_SCHEMA = {"type": "integer"}


def read_parameters(operation: Operation, texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of the parameters of a path, given by their position.

    Raises: ValueError for a text that names no row: it has more than the digits of an id (center_crm C84), or it does
    not fit the declared type.
    """
    types = operation.path_types
    return {
        name: _read(texts[f"p{position}"], types.get(name)) for position, name in enumerate(names_of(operation.path))
    }


def _read(text: str, declared: Any) -> Any:
    if declared is None:
        if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS):
            raise ValueError(text)
        return int(text)
    if not is_storable(text):
        raise ValueError(text)
    try:
        return _adapter(declared).validate_python(text)
    except ValidationError as error:
        raise ValueError(text) from error


def describe_parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    """Yield the OpenAPI description of each parameter of the path."""
    for name in names_of(operation.path):
        declared = operation.path_types.get(name)
        schema = ID_SCHEMA if declared is None else _adapter(declared).json_schema()
        yield {"name": name, "in": "path", "required": True, "schema": dict(schema)}


@cache
def _adapter(declared: Any) -> TypeAdapter[Any]:
    return TypeAdapter(declared)


def check_paths(operations: Iterable[Operation]) -> None:
    """Check the paths of an API when it is built.

    Raises: ValueError if two operations have the same method and path, whatever its parameters are called, if two names
    of a parameter stand at the same place, or if an operation declares a parameter that its path lacks.
    """
    seen: dict[tuple[str, str], str] = {}
    names: dict[str, tuple[str, ...]] = {}
    for operation in operations:
        _check_declarations(operation)
        for path in (operation.path, *operation.further_paths):
            route = route_path(path)
            if other := seen.get((operation.method, route)):
                raise ValueError(f"{operation.name} and {other} are both {operation.method} {path}")
            seen[operation.method, route] = operation.name
            if names.setdefault(route, names_of(path)) != names_of(path):
                raise ValueError(f"{path} of {operation.name} has other names elsewhere: {', '.join(names[route])}")


def _check_declarations(operation: Operation) -> None:
    known = names_of(operation.path)
    parents = [operation.under.parameter] if operation.under else []
    for name in (*operation.path_types, *parents):
        if name not in known:
            raise ValueError(f"{operation.name} declares {name}, which {operation.path} lacks")
    if operation.under is not None and operation.public:
        raise ValueError(f"{operation.name} is public: there is nobody whose parent could be looked up")
    for path in operation.further_paths:
        if names_of(path) != known:
            raise ValueError(f"{path} has other parameters than {operation.path}")

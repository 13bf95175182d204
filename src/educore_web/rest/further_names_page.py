"""The page of all further names: what the APIs accept and show beside their documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import item_body
from educore_web.rest.further_names import also_names, further_names, is_addition
from educore_web.rest.operation import Operation
from educore_web.rest.spec import ApiSpec

HEADING = """\
# Further names

Generated from the APIs; do not edit. Some clients were written for other versions of a document. What they send and
read is served beside the documented names, which come first in every answer.
[For client programs](for-client-programs.md#further-names) says how it works.
"""
NAMES = "| rows | name | stands for | in requests | in answers |\n|---|---|---|---|---|"
PATHS = "| path | stands for |\n|---|---|"

Use = tuple[str, str, str]
"""The path of the rows, a further name, and the documented name that it stands for, empty if there is none."""


def render_further_names(apis: Iterable[tuple[ApiSpec, Sequence[Operation]]]) -> str:
    """Return the page: a table of names and one of paths for each API that has some."""
    parts = [HEADING]
    for spec, operations in apis:
        paths = [
            f"| `{operation.method} {spec.base}{path}` | `{spec.base}{operation.path}` |"
            for operation in operations
            for path in operation.further_paths
        ]
        names = _name_rows(operations)
        parts += [f"## {spec.title}\n"] if names or paths else []
        parts += ["\n".join([NAMES, *names]) + "\n"] if names else []
        parts += ["\n".join([PATHS, *paths]) + "\n"] if paths else []
    return "\n".join(parts)


def _name_rows(operations: Sequence[Operation]) -> list[str]:
    accepted = {use[:2]: use[2] for use in _accepted(operations)}
    shown = {use[:2]: use[2] for use in _shown(operations)}
    rows = []
    for path, name in sorted({**accepted, **shown}):
        documented = accepted.get((path, name)) or shown[path, name]
        marks = ["yes" if (path, name) in uses else "" for uses in (accepted, shown)]
        rows.append(f"| `{path}` | `{name}` | {f'`{documented}`' if documented else ''} | {' | '.join(marks)} |")
    return rows


def _accepted(operations: Sequence[Operation]) -> Iterator[Use]:
    for operation in operations:
        for name, path in _names_in(operation.body) if operation.body else ():
            yield _rows_path(operation), name, path


def _names_in(body: type[Body]) -> Iterator[tuple[str, str]]:
    """Yield the further names of a body and of the entries of its lists, each with the path that it stands for."""
    yield from further_names(body).items()
    for field in body.model_fields:
        if (entry := item_body(body, field)) is not None:
            yield from ((f"{field}[].{name}", f"{field}[].{path}") for name, path in further_names(entry).items())


def _shown(operations: Sequence[Operation]) -> Iterator[Use]:
    for operation in operations:
        for shape in operation.shapes():
            names = also_names(shape)
            added = [name for name, info in shape.model_fields.items() if is_addition(info)]
            yield from ((_rows_path(operation), name, names.get(name, "")) for name in added)


def _rows_path(operation: Operation) -> str:
    """Return the path without the id of a row at its end: all operations on the same rows share it."""
    return operation.path.removesuffix("{id}/")

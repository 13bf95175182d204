"""Parameters of paths, and the rows below the row that a path names.

`/lessons/{lesson_id}/resources/{id}/` has two parameters. `{id}` names the row of the operation; all others are in
`RequestData.params`. A parameter is a number of digits, unless the operation declares another type for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any

from educore import Entity, Invalid, Problem, UnitOfWork, Where, everything, where

NAME = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Under:
    """The parent of the rows of an operation: the path names it, and `field` of each row refers to it.

    `parameter` is its name in the path, `kind` its kind, `only` restricts it to some rows of the kind. The caller must
    be allowed to read the parent.
    """

    parameter: str
    kind: type[Entity]
    field: str
    only: Where = everything

    def require(self, uow: UnitOfWork, params: Mapping[str, Any]) -> None:
        """Refuse a parent that the actor does not see. Raises: NotFound."""
        uow.get(self.kind, params[self.parameter], only=self.only)

    def rows(self, params: Mapping[str, Any]) -> Where:
        """Return the condition of the rows below the parent that a path names."""
        return where(**self.reference(params))

    def reference(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the field of a new row that refers to the parent."""
        return {self.field: params[self.parameter]}

    def check(self, fields: Mapping[str, Any], params: Mapping[str, Any]) -> None:
        """Check that a body names no other parent. Raises: Invalid("other_parent")."""
        parent = params[self.parameter]
        if fields.get(self.field, parent) != parent:
            raise Invalid({self.field: [Problem("other_parent", {"id": parent})]})


@cache
def names_of(path: str) -> tuple[str, ...]:
    """Return the names of the parameters of a path, in their order."""
    return tuple(NAME.findall(path))


def route_path(path: str) -> str:
    """Return a path as Litestar wants it, with parameters named by their position.

    So `/grades/{id}/` and `/grades/{grade_id}/classes/` name the same parameter, and share their handler of OPTIONS.
    """
    numbers = count()
    return NAME.sub(lambda _: f"{{p{next(numbers)}:str}}", path)

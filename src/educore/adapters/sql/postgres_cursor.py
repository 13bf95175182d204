"""A cursor for PostgreSQL that does only what SQLAlchemy needs.

The statements have `$1` for their parameters, so the cursor need not look for placeholders in them. And the description
of the columns is asked for after every statement, but read only after the first of each text: it is put together then.
Both took half of the time of a short statement (docs/decisions/0018-speed.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, overload

import psycopg


class ColumnsWhenRead(Sequence[Any]):
    """The description of the columns of a result, put together when somebody looks at it."""

    def __init__(self, describe: Callable[[], Sequence[Any]]) -> None:
        self._describe = describe

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        return self._describe()[index]

    def __len__(self) -> int:
        return len(self._describe())


class LeanCursor(psycopg.RawCursor[Any]):
    """A cursor whose parameters are `$1`, `$2` and whose description costs nothing until it is read."""

    @property
    def description(self) -> Any:
        """The columns of the result, None for a statement without one."""
        result = self.pgresult
        if result is None or not result.nfields:
            return super().description
        return ColumnsWhenRead(lambda: super(LeanCursor, self).description or ())

"""Prepared statements: built and compiled once with SQLAlchemy, then run on the cursor of the driver.

Each run through `Connection.execute` costs about three times what the driver takes: it looks the statement up by its
structure, makes a context, a result and a row object for each row. The statements here come out of a cache anyway, and
what is read becomes entities and dictionaries at once. So only what the types say about values remains of that: the
functions that SQLAlchemy's types have for parameters and for results (docs/decisions/0018-speed.md). Listeners for the
engine's events `before_cursor_execute` and `after_cursor_execute` see these statements as they see all others, and an
error of the driver has the same class as everywhere in SQLAlchemy.
Tests: test_prepared_statements.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple, NoReturn

import sqlalchemy as sa

from educore.adapters.sql.failures import without_values

Values = Mapping[str, Any]
Process = Callable[[Any], Any] | None


def parameter(name: str, of: sa.types.TypeEngine[Any]) -> sa.BindParameter[Any]:
    """Return a place in a statement for a value that `run` gets under this name. Raises, then: KeyError without it."""
    return sa.bindparam(name, type_=of, required=False)  # SQLAlchemy would ask for it when it compiles already


class Result(NamedTuple):
    """The rows that a statement returned, and the number of rows that it found or wrote."""

    rows: list[Sequence[Any]]
    affected: int


class Prepared:
    """A statement, and its text for each set of columns that it was run with. It may have values in it, too."""

    def __init__(self, statement: Any, dialect: sa.Dialect) -> None:
        self.statement, self.dialect = statement, dialect
        self._texts: dict[tuple[str, ...], _Text] = {}

    def run(self, connection: sa.Connection, cursor: Any, values: Values) -> Result:
        """Run the statement; to INSERT and UPDATE the names of the values say which columns they set.

        Raises: the errors of SQLAlchemy.
        """
        names = () if isinstance(self.statement, sa.SelectBase) else tuple(values)
        text = self._texts.get(names)
        if text is None:
            text = self._texts[names] = _Text(self.statement, self.dialect, names)
        return text.run(connection, cursor, values)


class _Text:
    """The text of a statement for a driver, and what is done to the values before and after it."""

    def __init__(self, statement: Any, dialect: sa.Dialect, columns: Sequence[str]) -> None:
        compiled = statement.compile(
            dialect=dialect, column_keys=list(columns) or None, compile_kwargs={"render_postcompile": True}
        )
        self.dialect, self.statement = dialect, statement
        self.text = str(compiled)
        self.fixed = {name: value for name, value in compiled.params.items() if value is not None}
        self.parameters = [
            (name, _bound(compiled, name).type.dialect_impl(dialect).bind_processor(dialect))
            for name in compiled.positiontup or ()
        ]
        self.returns = _returns(statement)
        self.results: list[tuple[int, Callable[[Any], Any]]] | None = None

    def run(self, connection: sa.Connection, cursor: Any, values: Values) -> Result:
        """Send the statement. Raises: the errors of SQLAlchemy."""
        parameters = tuple([self._parameter(name, process, values) for name, process in self.parameters])
        try:
            if connection.dispatch.before_cursor_execute or connection.dispatch.after_cursor_execute:
                self._run_watched(connection, cursor, parameters)
            else:
                cursor.execute(self.text, parameters)
            rows: list[Sequence[Any]] = cursor.fetchall() if self.returns else []
        except self.dialect.loaded_dbapi.Error as error:
            self._refuse(connection, cursor, error)
        if self.results is None and self.returns:
            self.results = self._processes(cursor.description)
        return Result(self._processed(rows) if self.results and rows else rows, cursor.rowcount)

    def _parameter(self, name: str, process: Process, values: Values) -> Any:
        value = values[name] if name in values else self.fixed[name]
        return process(value) if process else value

    def _processes(self, description: Sequence[Any]) -> list[tuple[int, Callable[[Any], Any]]]:
        """Return what is done to the columns of the result, by their numbers; nothing to most."""
        processes = [
            column.type.dialect_impl(self.dialect).result_processor(self.dialect, described[1])
            for column, described in zip(self.statement.exported_columns, description, strict=True)
        ]
        return [(number, process) for number, process in enumerate(processes) if process is not None]

    def _processed(self, rows: list[Sequence[Any]]) -> list[Sequence[Any]]:
        columns = list(zip(*rows, strict=True))
        for number, process in self.results or ():
            columns[number] = tuple(map(process, columns[number]))
        return list(zip(*columns, strict=True))

    def _run_watched(self, connection: sa.Connection, cursor: Any, parameters: tuple[Any, ...]) -> None:
        """Run the statement and tell the listeners of the engine before and after."""
        context: Any = SimpleNamespace(statement=self.text, parameters=[parameters], cursor=cursor)
        for listen in connection.dispatch.before_cursor_execute:
            listen(connection, cursor, self.text, parameters, context, False)
        cursor.execute(self.text, parameters)
        for listen in connection.dispatch.after_cursor_execute:
            listen(connection, cursor, self.text, parameters, context, False)

    def _refuse(self, connection: sa.Connection, cursor: Any, error: Any) -> NoReturn:
        """Raise SQLAlchemy's error for one of the driver; a connection that broke is not used again."""
        is_broken = self.dialect.is_disconnect(error, connection.connection.driver_connection, cursor)
        if is_broken:
            connection.invalidate(error)
        raise sa.exc.DBAPIError.instance(
            self.text,
            None,
            without_values(error),
            self.dialect.loaded_dbapi.Error,
            hide_parameters=True,
            connection_invalidated=is_broken,
            dialect=self.dialect,
        ) from error


def _returns(statement: Any) -> bool:
    """Return whether a statement has rows as its result."""
    return isinstance(statement, sa.SelectBase) or bool(len(statement.exported_columns))


def _bound(compiled: Any, name: str) -> Any:
    """Return the parameter with this name; one of those that stand for a list has a number behind the name."""
    return compiled.binds[name if name in compiled.binds else name.rpartition("_")[0]]

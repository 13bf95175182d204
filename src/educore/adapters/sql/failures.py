"""Errors of a database: whether the same statement may succeed later, and which part of the error may be logged."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError

from educore.kernel.errors import Unavailable

TEMPORARY_STATES = (
    "08",  # the connection broke
    "25006",  # the server is read-only: a standby, or one whose disk is full
    "25P03",  # the transaction was idle for too long
    "25P04",  # the transaction took too long
    "28",  # wrong user or password
    "3D000",  # there is no such database
    "40",  # a deadlock or a serialization failure
    "53",  # out of memory, disk space or connections
    "55006",  # an object is in use
    "55P03",  # a lock was waited for too long
    "57",  # starting, stopping, or the statement was cancelled by an operator or a time limit
    "58",  # an error of the operating system
    "XX001",  # a table is damaged
    "XX002",  # an index is damaged
)
"""Prefixes of PostgreSQL's SQLSTATE for errors where the statement is correct but cannot be run at present."""

DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
SQLITE_TEMPORARY_CODES = (
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOLFS,
    *DAMAGED,
)
"""SQLite's result codes for errors where the statement is correct but cannot be run at present."""

MISSING_STATES = ("42P01", "42703")
"""PostgreSQL's SQLSTATE for a table and for a column that do not exist."""
SQLITE_MISSING = re.compile(r"no such (table|column): |has no column named ")
"""SQLite has no result code for them."""
MISSING = (
    "The database lacks a table or a column ({}). Run `educore db upgrade`, or call `Database.upgrade()`. "
    "Tables of your own contexts need a migration of your own."
)


DATABASE_ERRORS = (DBAPIError, sa.exc.TimeoutError, sqlite3.Error)


class NewerDatabase(Exception):
    """A newer version of educore has changed the tables so that this version cannot use them; the message says how."""


class OutdatedDatabase(Exception):
    """The database lacks a table or a column, so no later attempt can succeed; the message says what to do."""


@contextmanager
def unavailable() -> Iterator[None]:
    """Raise Unavailable if the database is unreachable, overloaded or damaged.

    Errors caused by a wrong statement are raised unchanged. Raises: Unavailable, OutdatedDatabase.
    """
    try:
        yield
    except DATABASE_ERRORS as error:
        refuse(error)


def refuse(error: Exception) -> NoReturn:
    """Raise the error that an error of the database means; see `unavailable`."""
    if not isinstance(error, IntegrityError):
        if is_missing_table(error):
            raise OutdatedDatabase(MISSING.format(reason(error))) from error
        if may_work_later(error):
            raise Unavailable() from error
    raise error


def is_missing_table(error: Exception) -> bool:
    """Return whether a statement named a table or a column that the database lacks."""
    driver = getattr(error, "orig", error)
    if sqlite_code(driver) == sqlite3.SQLITE_ERROR:
        return SQLITE_MISSING.search(str(driver)) is not None
    return getattr(driver, "sqlstate", None) in MISSING_STATES


def may_work_later(error: Exception) -> bool:
    """Return whether the same statement may succeed later, unchanged."""
    if isinstance(error, sa.exc.TimeoutError):
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    driver = getattr(error, "orig", error)
    code = sqlite_code(driver)
    if code is not None:
        return code in SQLITE_TEMPORARY_CODES
    if state := getattr(driver, "sqlstate", None):
        return str(state).startswith(TEMPORARY_STATES)
    return isinstance(error, (OperationalError, InterfaceError, sqlite3.OperationalError))


def sqlite_code(error: object) -> int | None:
    """Return SQLite's primary result code, None for an error of anything else."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def is_damaged(error: Exception) -> bool:
    """Return whether the error says that a SQLite file is damaged or is not a database at all."""
    return sqlite_code(_driver_error(error)) in DAMAGED


def reason(error: Exception) -> str:
    """Return the first line of the driver's message.

    It may name hosts, but no passwords and no values; for disk errors it names no files.
    """
    cause = _driver_error(error)
    lines = str(getattr(cause, "strerror", None) or cause).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def hide_values(context: sa.engine.ExceptionContext) -> None:
    """Remove the values of rows from the text of an error: PostgreSQL quotes the row that broke a constraint.

    A listener for the engine's `handle_error` event. `hide_parameters` does the same for the statement's parameters.
    """
    text, safe = str(context.original_exception), str(without_values(context.original_exception))
    if context.sqlalchemy_exception is not None:
        whole = str(context.sqlalchemy_exception.args[0])
        context.sqlalchemy_exception.args = (whole.replace(text, safe),)


def without_values(driver: BaseException) -> BaseException:
    """Remove the values of rows from the text of an error of the driver, and return it."""
    primary = getattr(getattr(driver, "diag", None), "message_primary", None)
    if primary:
        quotes = str(getattr(driver, "sqlstate", "")).startswith("22")  # value "..." is out of range for type integer
        driver.args = (re.sub('"[^"]*"?', '"..."', primary) if quotes else primary,)
    return driver


def _driver_error(error: Exception) -> BaseException:
    return getattr(error.__cause__, "orig", None) or error.__cause__ or error

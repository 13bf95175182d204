"""Databases for the parity tests, stores for the small library domain, and the payment gateways."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
import sqlalchemy as sa

from educore import Domain
from educore.adapters.sql import Database, SqlStore, Tables
from support.gateways.benches import BENCHES, Bench
from support.gateways.localstripe_server import running_localstripe
from support.library_domain import LIBRARY, OpenShelves, Shelves

LIBRARY_TABLES = Tables(LIBRARY)


@pytest.fixture(scope="module")
def databases(open_lasting_database: Callable[[str], Database]) -> list[Database]:
    """One SQLite file and one PostgreSQL database, shared by all examples of a module."""
    return [open_lasting_database(kind) for kind in ("sqlite", "postgresql")]


@pytest.fixture(scope="module")
def library_engine(open_lasting_database: Callable[[str], Database]) -> Callable[[str], sa.Engine]:
    """Return an engine with the tables of the library domain, created when the first test of a module needs them."""

    @cache
    def engine(kind: str) -> sa.Engine:
        database = open_lasting_database(kind)
        LIBRARY_TABLES.metadata.create_all(database.engine)
        return database.engine

    return engine


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def open_shelves(request: pytest.FixtureRequest, library_engine: Callable[[str], sa.Engine]) -> OpenShelves:
    """Open shelves, empty but for two libraries: in memory, then in SQLite, then in PostgreSQL."""

    def open_store(domain: Domain) -> SqlStore:
        engine = library_engine(request.param)
        clear_library(engine)
        return SqlStore(engine, LIBRARY_TABLES if domain is LIBRARY else Tables(domain))

    def shelves(domain: Domain = LIBRARY) -> Shelves:
        return Shelves(domain) if request.param == "memory" else Shelves(domain, open_store)

    return shelves


def clear_library(engine: sa.Engine) -> None:
    """Delete all rows of the library domain, so that ids begin with 1 again."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("TRUNCATE loan, book, library RESTART IDENTITY")
            return
        for table in ("loan", "book", "library"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
        connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name IN ('loan', 'book', 'library')")


@pytest.fixture(scope="session")
def localstripe() -> Iterator[str]:
    """The address of a localstripe of this worker."""
    with running_localstripe() as url:
        yield url


@pytest.fixture(params=BENCHES)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """Each payment gateway in turn; localstripe starts when the first test needs it."""
    with BENCHES[request.param](tmp_path, lambda: request.getfixturevalue("localstripe")) as made:
        yield made

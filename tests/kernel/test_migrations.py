"""The tables: what the entities say, what schema.sql shows and what the migrations make are one thing."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import AddConstraint, CreateIndex, CreateTable

import educore.sql
from educore import EDUCATION
from educore.sql import Database, Tables

SCHEMA = Path(educore.sql.__file__).parent / "schema.sql"


def schema() -> str:
    """The PostgreSQL statements that make every table, in an order in which they can be run."""
    metadata = Tables(EDUCATION).metadata
    parts: list[sa.schema.ExecutableDDLElement] = []
    late = []
    for table in metadata.sorted_tables:
        parts += [CreateTable(table), *map(CreateIndex, sorted(table.indexes, key=lambda index: str(index.name)))]
        late += [key for key in table.foreign_key_constraints if key.use_alter]
    parts += map(AddConstraint, sorted(late, key=lambda key: str(key.name)))
    statements = [str(part.compile(dialect=postgresql.dialect())).strip().replace("\t", "    ") for part in parts]
    return "\n\n".join("\n".join(line.rstrip() for line in text.splitlines()) + ";" for text in statements) + "\n"


def test_schema_sql_shows_the_tables_as_they_are(golden: Callable[[Path, str], None]) -> None:
    golden(SCHEMA, schema())


def test_schema_sql_can_be_run(open_database: Callable[..., Database]) -> None:
    database = open_database("postgresql")
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA again")
        connection.exec_driver_sql("SET search_path TO again")
        connection.exec_driver_sql(schema())
        found = sa.inspect(connection).get_table_names(schema="again")
    assert sorted(found) == sorted(database.tables.metadata.tables)


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> object:
    """A database without a single table."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'bare.db'}")
        yield database
        database.close()
        return
    server = request.getfixturevalue("postgres")
    name = server.create()
    database = Database(server.at(name))
    yield database
    database.close()
    server.drop(name)


def differences(database: Database) -> list[object]:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, database.tables.metadata))


def checks_of(database: Database) -> dict[str, set[str]]:
    """The words each table allows, by the names of its check constraints."""
    inspector = sa.inspect(database.engine)
    return {
        table: {str(check["name"]) for check in inspector.get_check_constraints(table)}
        for table in database.tables.metadata.tables
    }


def test_migrations_make_the_tables_the_entities_ask_for(bare: Database) -> None:
    bare.upgrade()
    assert differences(bare) == []


def test_migrations_make_the_same_checks_as_the_entities_ask_for(
    bare: Database, open_database: Callable[..., Database]
) -> None:
    bare.upgrade()
    assert checks_of(bare) == checks_of(open_database(bare.engine.dialect.name))


def test_a_bare_database_lacks_the_newest_migration_until_it_is_upgraded(bare: Database) -> None:
    assert bare.pending() is not None
    bare.upgrade()
    assert bare.pending() is None


def test_upgrading_again_changes_nothing(bare: Database) -> None:
    bare.upgrade()
    bare.upgrade()
    assert differences(bare) == []


def test_migrations_can_be_taken_back(bare: Database) -> None:
    bare.upgrade()
    with bare.engine.begin() as connection:
        command.downgrade(bare._alembic(connection), "base")
    assert set(sa.inspect(bare.engine).get_table_names()) - {"sqlite_sequence"} == {"alembic_version"}
    bare.upgrade()
    assert differences(bare) == []


def test_no_two_constraints_share_a_name() -> None:
    metadata = Tables(EDUCATION).metadata
    names = [
        str(part.name)
        for table in metadata.tables.values()
        for part in itertools.chain(table.constraints, table.indexes)
        if not isinstance(part, sa.CheckConstraint)
    ]
    assert len(names) == len(set(names))


def test_every_row_a_center_owns_is_found_by_its_center_first() -> None:
    for table in Tables(EDUCATION).metadata.tables.values():
        if "center_id" in table.columns:
            assert any(next(iter(index.columns)).name == "center_id" for index in table.indexes), table.name

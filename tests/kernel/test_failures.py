"""What a database says when it fails: what may work later is Unavailable, and nothing anybody wrote is repeated."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

import educore.adapters.sql.engine as engine_module
from educore import EDUCATION, PLATFORM, Educore, Entity, Shape, Unavailable, memory_ports
from educore.adapters.sql import Database, OutdatedDatabase, reason
from educore.adapters.sql.failures import SQLITE_TEMPORARY_CODES, TEMPORARY_STATES, may_work_later, unavailable
from educore.identity import User
from educore.organization import Branch, Room
from educore_web.rest.bodies import Body
from educore_web.settings import Settings
from support.cast import World
from support.sources import files_containing

OpenDatabase = Callable[..., Database]

# -- which failures pass -------------------------------------------------------------------------------

LATER = {
    "08006": "the connection broke",
    "25006": "it is a standby",
    "25P03": "the transaction was idle too long",
    "28P01": "the password was changed",
    "3D000": "there is no such database",
    "40001": "two got in each other's way",
    "40P01": "deadlock",
    "53100": "the disk is full",
    "53200": "there is no memory",
    "53300": "too many connections",
    "55006": "in use",
    "55P03": "the lock is held",
    "57014": "cancelled, or too slow",
    "57P01": "it stops",
    "57P03": "it starts",
    "58030": "the disk fails",
    "XX001": "a table is damaged",
}
NEVER = {
    "22001": "too long",
    "22003": "too large",
    "22P02": "not a number",
    "25001": "a transaction is open",
    "25P02": "the transaction failed before",
    "42601": "misspelt",
    "42703": "no such column",
    "42P01": "no such table",
    "42501": "not allowed",
    "54001": "too complex",
    "P0001": "a trigger refuses",
    "XX000": "a mistake of PostgreSQL",
}


def failing(state: str) -> Exception:
    """What SQLAlchemy raises where PostgreSQL answers with a state."""
    kind = psycopg.errors.lookup(state)
    return DBAPIError.instance(
        "SELECT 1", {}, kind("no"), psycopg.Error, dialect=sa.create_engine("postgresql://").dialect
    )


@pytest.mark.parametrize("state", LATER)
def test_what_postgresql_cannot_do_now_is_unavailable(state: str) -> None:
    with pytest.raises(Unavailable), unavailable():
        raise failing(state)


@pytest.mark.parametrize("state", NEVER)
def test_a_wrong_statement_of_postgresql_stays_what_it_is(state: str) -> None:
    with pytest.raises((DBAPIError, OutdatedDatabase)), unavailable():
        raise failing(state)


def test_every_state_in_the_table_is_one_that_postgresql_has() -> None:
    known = [name for name in vars(psycopg.errors).values() if getattr(name, "sqlstate", None)]
    for beginning in TEMPORARY_STATES:
        assert any(str(kind.sqlstate).startswith(beginning) for kind in known), beginning


def of_sqlite(code: int) -> Exception:
    error = sqlite3.OperationalError("no")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize("code", SQLITE_TEMPORARY_CODES)
def test_what_sqlite_cannot_do_now_is_unavailable(code: int) -> None:
    for extended in (code, code | 7 << 8):
        with pytest.raises(Unavailable), unavailable():
            raise of_sqlite(extended)


@pytest.mark.parametrize("code", [sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG])
def test_a_wrong_statement_of_sqlite_stays_what_it_is(code: int) -> None:
    assert not may_work_later(of_sqlite(code))


@pytest.mark.parametrize("statement", ["SELECT FROM WHERE", "SELECT nothing_of_this(1)"])
def test_a_wrong_statement_stays_what_it_is(statement: str, database: Database) -> None:
    with pytest.raises(DBAPIError), unavailable(), database.engine.connect() as connection:
        connection.exec_driver_sql(statement)


LACKING = {
    "SELECT 1 FROM nowhere": "nowhere",
    "SELECT nickname FROM room": "nickname",
    "INSERT INTO room (nickname) VALUES (1)": "nickname",
    "UPDATE room SET nickname = 1": "nickname",
}


@pytest.mark.parametrize("statement", LACKING)
def test_a_missing_table_or_column_is_told_with_what_to_do(statement: str, database: Database) -> None:
    with pytest.raises(OutdatedDatabase) as told, unavailable(), database.engine.connect() as connection:
        connection.exec_driver_sql(statement)
    assert LACKING[statement] in str(told.value)
    assert "Run `educore db upgrade`, or call `Database.upgrade()`" in str(told.value)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_database_without_tables_is_not_unavailable(kind: str, open_database: OpenDatabase) -> None:
    database = open_database(kind)
    school = Educore(database.store, memory_ports())
    assert database.missing_tables() == []
    with school.work(PLATFORM) as uow:
        assert uow.find(Room) == []
    with database.engine.begin() as connection:
        database.tables.metadata.drop_all(connection)
    assert {"room", "user_"} <= {*database.missing_tables()}
    for question in (lambda uow: uow.find(Room), lambda uow: uow.count(Room), lambda uow: uow.get(Room, 1)):
        with pytest.raises(OutdatedDatabase, match="educore db upgrade"), school.work(PLATFORM) as uow:
            question(uow)


def test_a_standby_is_read_and_not_written(open_database: OpenDatabase, world: World, ports: Any) -> None:
    database = open_database("postgresql", filled=True)
    with database.engine.begin() as connection:
        name = connection.scalar(sa.text("SELECT quote_ident(current_database())"))
        connection.exec_driver_sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    database.close()
    school = Educore(database.store, ports)
    with school.work(world.dilshod, read_only=True) as uow:
        assert uow.count(Branch) == 2
    with pytest.raises(Unavailable), school.work(world.dilshod) as uow:
        uow.add(Room, {"center_id": 1, "branch_id": 1, "name": "Lab", "capacity": 9})


# -- nobody waits for ever -----------------------------------------------------------------------------


@pytest.fixture
def hasty(open_database: OpenDatabase, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A PostgreSQL with the cast, whose limits are those of the product, in tenths of a second for a test."""
    quick = {name: f"{seconds / 100:.3f}" for name, seconds in engine_module.LIMITS.items()}
    monkeypatch.setattr(engine_module, "LIMITS", quick)
    url = open_database("postgresql", filled=True).engine.url.render_as_string(hide_password=False)
    return Database(url, EDUCATION)


def test_who_waits_for_a_locked_table_is_told_in_time(hasty: Database, world: World, ports: Any) -> None:
    school, began = Educore(hasty.store, ports), time.monotonic()
    with hasty.engine.connect() as holder:
        holder.exec_driver_sql("LOCK TABLE room")
        with pytest.raises(Unavailable) as refused, school.work(world.dilshod, read_only=True) as uow:
            uow.count(Room)
        with school.work(world.dilshod, read_only=True) as uow:
            assert uow.count(Branch) == 2, "others are served meanwhile"
    assert "lock timeout" in reason(refused.value)
    assert time.monotonic() - began < 20
    hasty.close()


def test_readers_wait_less_than_writers(open_database: OpenDatabase) -> None:
    database = open_database("postgresql")
    asked = sa.text("SHOW lock_timeout")
    with database.store.read_only_engine.connect() as reader, database.engine.connect() as writer:
        assert (reader.scalar(asked), writer.scalar(asked)) == ("3s", "30s")


def test_a_statement_that_takes_too_long_is_cancelled(hasty: Database) -> None:
    with pytest.raises(Unavailable) as refused, unavailable(), hasty.engine.connect() as connection:
        connection.exec_driver_sql("SELECT pg_sleep(30)")
    assert "statement timeout" in reason(refused.value)
    hasty.close()


def test_a_transaction_in_which_nothing_happens_is_ended(hasty: Database) -> None:
    with hasty.engine.connect() as idle, hasty.engine.connect() as watching:
        pid = idle.scalar(sa.text("SELECT pg_backend_pid()"))
        watching = watching.execution_options(isolation_level="AUTOCOMMIT")
        end = time.monotonic() + 20
        there = sa.text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")
        while watching.scalar(there, {"pid": pid}) and time.monotonic() < end:
            threading.Event().wait(0.05)
        with pytest.raises(Unavailable), unavailable():
            idle.exec_driver_sql("SELECT 1")
    hasty.close()


def shown(database: Database, setting: str) -> str:
    with database.engine.connect() as connection:
        return str(connection.scalar(sa.text(f"SHOW {setting}")))


def test_the_limits_are_those_of_sqlite_and_a_little_more(open_database: OpenDatabase) -> None:
    database = open_database("postgresql")
    found = [shown(database, name) for name in engine_module.LIMITS]
    assert found == ["30s", "1min", "2min"]


def test_a_patient_one_waits_for_its_statements_and_not_for_locks(open_database: OpenDatabase) -> None:
    url = open_database("postgresql").engine.url.render_as_string(hide_password=False)
    patient = Database(url, EDUCATION, patient=True)
    assert [shown(patient, name) for name in engine_module.LIMITS] == ["30s", "0", "0"]
    patient.close()


def test_what_the_url_says_wins(open_database: OpenDatabase) -> None:
    url = open_database("postgresql").engine.url.update_query_dict({"options": "-c lock_timeout=5s"})
    database = Database(url.render_as_string(hide_password=False), EDUCATION)
    assert [shown(database, name) for name in engine_module.LIMITS] == ["5s", "1min", "2min"]
    database.close()


def test_upgrading_and_looking_over_take_the_time_they_need(hasty: Database) -> None:
    seen: list[tuple[str, str]] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.strip().startswith(("VACUUM", "CREATE TABLE")):
            limit = cursor.connection.cursor().execute("SHOW statement_timeout").fetchone()[0]
            seen.append((statement.split()[0], limit))

    sa.event.listen(hasty.engine, "before_cursor_execute", note)
    hasty.analyze()
    with hasty.engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    hasty.upgrade()
    assert {limit for _, limit in seen} == {"0"}
    assert {kind for kind, _ in seen} == {"VACUUM", "CREATE"}
    assert shown(hasty, "statement_timeout") == "600ms", "the connections that go on have their limit again"
    hasty.close()


# -- what is told in logs ------------------------------------------------------------------------------

SECRETS = {
    "username": "geheimnis",
    "phone": "+998901112233",
    "first_name": "Nigora",
    "password_hash": "$argon2id$v=19$x",
}
GUARD = {
    "sqlite": "CREATE TRIGGER guard BEFORE INSERT ON user_ BEGIN SELECT RAISE(ABORT, 'broken'); END",
    "postgresql": "ALTER TABLE user_ ADD CONSTRAINT guard CHECK (username = '') NOT VALID",
}
BREAK = {
    "a rule of the table": lambda kind: [GUARD[kind]],
    "no such column": lambda kind: ["ALTER TABLE user_ RENAME COLUMN last_name TO surname"],
    "no such table": lambda kind: ["ALTER TABLE user_ RENAME TO person"],
}


@pytest.mark.parametrize("how", BREAK)
def test_an_unexpected_error_tells_nothing_of_anybody(how: str, filled_database: Database) -> None:
    kind = filled_database.engine.dialect.name
    with filled_database.engine.begin() as connection:
        for statement in BREAK[how](kind):
            connection.exec_driver_sql(statement)
    now = "2024-01-01T00:00:00Z"
    row = User(id=0, created_at=now, updated_at=now, last_name="", **SECRETS)
    transaction = filled_database.store.begin()
    assert repeated(lambda: transaction.insert(row)) == []
    transaction.rollback()
    blabbing = sa.create_engine(filled_database.engine.url)
    insert = sa.insert(filled_database.tables.of(User)).values({**vars(row), "id": 10**6})
    with blabbing.connect() as connection:
        assert repeated(lambda: connection.execute(insert)) == sorted(SECRETS.values()), "the test sees what is told"
    blabbing.dispose()


def repeated(write: Callable[[], object]) -> list[str]:
    """Which of the secrets stand in the traceback of a row that cannot be written."""
    with pytest.raises((DBAPIError, OutdatedDatabase)) as failed:
        write()
    told = "".join(traceback.format_exception(failed.value))
    return sorted(word for word in SECRETS.values() if word in told)


@pytest.mark.parametrize("value", ["geheimnis", "9" * 40])
def test_a_value_of_the_wrong_kind_is_not_repeated(value: str, open_database: OpenDatabase) -> None:
    database = open_database("postgresql")
    with pytest.raises(DBAPIError) as wrong, database.engine.connect() as connection:
        connection.execute(sa.text("SELECT CAST(CAST(:value AS TEXT) AS INTEGER)"), {"value": value})
    assert value not in "".join(traceback.format_exception(wrong.value))
    assert "type integer" in str(wrong.value)


def test_no_engine_is_made_that_would_tell_more() -> None:
    assert files_containing("create_engine(") == ["educore/adapters/sql/engine.py"]


@pytest.mark.parametrize("kind", [Entity, Shape, Body, Settings])
def test_whatever_holds_what_people_typed_keeps_it_out_of_errors(kind: Any) -> None:
    kinds = [kind, *kind.__subclasses__()]
    assert [each.__name__ for each in kinds if not each.model_config.get("hide_input_in_errors")] == []


def test_a_row_that_does_not_fit_its_entity_is_not_repeated(caplog: pytest.LogCaptureFixture) -> None:
    wrong = {name: [value] for name, value in SECRETS.items()}
    try:
        User.model_validate(wrong)
    except ValueError:
        logging.getLogger("educore").exception("failed")
    assert "username" in caplog.text
    assert not [word for word in SECRETS.values() if word in caplog.text]

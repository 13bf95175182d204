"""What `/health` and the log say when a database or a disk cannot be used, and which of it takes a server out."""

from __future__ import annotations

import errno
import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import educore_web.runtime.health as health_module
from educore import EDUCATION, FixedClock, Unavailable
from educore.adapters.sql import Database
from educore_web.app import compose
from educore_web.public.dispatcher import Dispatcher
from educore_web.runtime.health import check_database, check_disks
from educore_web.runtime.outages import PAUSE_SECONDS, log_outage
from support.lockers import context as lockers
from support.web.client import AsgiConnection
from support.web.running_platform import open_test_platform, sign_in_person

OpenDatabase = Callable[..., Database]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, open_database: OpenDatabase) -> Database:
    """A database with the cast, as if migrations had made it."""
    database = open_database(request.param, filled=True)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
        connection.execute(sa.text("INSERT INTO alembic_version VALUES (:new)"), {"new": database.newest})
    return database


def run(database: Database, *statements: str) -> None:
    with database.engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


# -- versions ------------------------------------------------------------------------------------------


def test_a_database_of_this_version_serves(database: Database) -> None:
    assert check_database(database) == health_module.State("ok", serves=True)


def test_an_older_database_does_not(database: Database) -> None:
    run(database, "UPDATE alembic_version SET version_num = '0001'")
    state = check_database(database)
    assert (state.text, state.serves) == (f"migration {database.newest} is pending", False)


def test_a_database_without_the_tables_of_an_added_context_does_not_serve(database: Database) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    with closing(Database(url, EDUCATION.extend(lockers.CONTEXT))) as extended:
        assert check_database(extended) == health_module.State("without the tables locker", serves=False)
        extended.create_all()
        assert check_database(extended) == health_module.State("ok", serves=True)


NEWER = "UPDATE alembic_version SET version_num = '9999'"


def test_a_newer_database_that_only_has_more_serves(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    run(
        database,
        NEWER,
        "CREATE TABLE song (title TEXT NOT NULL)",
        "ALTER TABLE user_ ADD COLUMN nickname VARCHAR(50)",
        "ALTER TABLE user_ ADD COLUMN likes INTEGER NOT NULL DEFAULT 0",
    )
    state = check_database(database)
    assert (state.text, state.serves) == ("ahead of this version, at migration 9999", True)
    database.upgrade()
    assert "changed by a newer version of educore (migration 9999)" in caplog.text
    assert database.revision() == "9999"


MISFITS = {
    "a column that went": ["ALTER TABLE user_ DROP COLUMN birthday"],
    "a table that went": ["DROP TABLE password_attempts"],
    "a column that wants a value": [
        "DELETE FROM password_attempts",
        "DROP TABLE password_attempts",
        "CREATE TABLE password_attempts (id INTEGER PRIMARY KEY, person TEXT, host TEXT, failures INTEGER, "
        "tries INTEGER, started_at TEXT, why TEXT NOT NULL)",
    ],
}


@pytest.mark.parametrize("what", MISFITS)
def test_a_newer_database_that_does_not_fit_takes_the_server_out(what: str, database: Database) -> None:
    run(database, NEWER, *MISFITS[what])
    state = check_database(database)
    assert (state.text, state.serves) == ("ahead of this version, at migration 9999, which cannot work with it", False)
    with pytest.raises(Unavailable) as refused:
        database.upgrade()
    assert "and this version cannot work with it: " in str(refused.value.__cause__)


def test_the_start_on_a_newer_database_is_a_sentence(educore: Callable[..., Any], tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'school.db'}"
    with closing(Database(url, EDUCATION)) as database:
        database.upgrade()
        run(database, NEWER, "DROP TABLE password_attempts")
    for command in (("db", "upgrade"), ("demo",), ("serve", "--demo", "--port", "0")):
        done = educore(*command, "--database", url)
        assert done.exit_code == 2, done.output
        assert done.output.startswith("Error: The database was changed by a newer version of educore (migration 9999)")
        assert len(done.output.splitlines()) == 1


def test_check_says_that_the_database_is_ahead(educore: Callable[..., Any], tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'school.db'}"
    with closing(Database(url, EDUCATION)) as database:
        database.upgrade()
        run(database, NEWER)
        done = educore("db", "check", "--database", url)
        assert (done.exit_code, "is ahead of this version, at migration 9999." in done.output) == (0, True)
        run(database, "DROP TABLE password_attempts")
    done = educore("db", "check", "--database", url)
    assert (done.exit_code, "does not fit it: password_attempts." in done.output) == (1, True), done.output


# -- disks ---------------------------------------------------------------------------------------------


class Full:
    """A temporary file on a disk with no room."""

    def __init__(self, error: int) -> None:
        self.error = error

    def __call__(self, **where: Any) -> Any:
        return self

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def write(self, content: bytes) -> None:
        raise OSError(self.error, "no")


@pytest.mark.parametrize(
    ("error", "said"), [(errno.ENOSPC, "full"), (errno.EDQUOT, "full"), (errno.EROFS, "not writable")]
)
def test_a_disk_without_room_takes_the_server_out(
    error: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "TemporaryFile", Full(error))
    state = check_disks([tmp_path])
    assert (state.text, state.serves) == (said, False)


def test_a_disk_with_little_room_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_disks([tmp_path]).text == "ok"
    monkeypatch.setattr(health_module, "LOW_SPACE", 2**60)
    state = check_disks([tmp_path])
    assert (state.text, state.serves) == ("almost full", True)


def test_looking_leaves_nothing_and_makes_no_folder(tmp_path: Path) -> None:
    assert check_disks([tmp_path / "uploads" / "deeper", tmp_path]).serves
    assert list(tmp_path.iterdir()) == []


# -- what the operator and the client are told ---------------------------------------------------------


@pytest.fixture
def served(
    database: Database, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Dispatcher, AsgiConnection, str]]:
    """The platform on the database, and a token."""
    url = database.engine.url.render_as_string(hide_password=False)
    monkeypatch.setattr(logging.getLogger("educore.outages"), "filters", [])  # what other tests met is forgotten
    platform = open_test_platform(url, tmp_path / "files", clock)
    token = sign_in_person(platform.school, "dilshod").access
    app = compose(platform)
    wire = AsgiConnection(app)
    yield app, wire, token
    wire.close()
    platform.database.close()


def rooms(wire: AsgiConnection, token: str) -> Any:
    return wire.send("GET", "/center-crm/api/rooms/", headers={"authorization": f"Bearer {token}"})


def test_health_has_the_database_and_the_disks(served: tuple[Dispatcher, AsgiConnection, str]) -> None:
    status, body = served[0].health()
    assert (status, body["database"], body["disk"]) == (200, "ok", "ok")


def test_a_missing_table_is_500_because_waiting_does_not_help(
    served: tuple[Dispatcher, AsgiConnection, str], database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    app, wire, token = served
    assert rooms(wire, token).status_code == 200
    cascade = " CASCADE" if database.engine.dialect.name == "postgresql" else ""
    app.platform.database.close()
    run(database, f"DROP TABLE room{cascade}")
    failed = rooms(wire, token)
    assert failed.status_code == 500
    assert "retry-after" not in failed.headers
    assert "room" not in failed.json()["error"]
    assert "educore db upgrade" in caplog.text
    status, body = app.health()
    assert (status, body["database"]) == (503, "without the tables room")


def test_a_full_disk_is_503_with_its_reason(
    served: tuple[Dispatcher, AsgiConnection, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "TemporaryFile", Full(errno.ENOSPC))
    status, body = served[0].health()
    assert (status, body["database"], body["disk"]) == (503, "ok", "full")


def test_the_log_says_why_once_a_minute(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    import educore_web.runtime.outages as outages

    now = [1000.0]
    monkeypatch.setattr(outages.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(outages.log, "filters", [outages.OncePerMinute()])
    with caplog.at_level(logging.WARNING, "educore.outages"):
        for error in (OSError(errno.ENOSPC, "No space left on device"), OSError(errno.EIO, "Input/output error")) * 50:
            log_outage(error)
        assert [record.getMessage() for record in caplog.records] == [
            "503: the files cannot be used: No space left on device",
            "503: the files cannot be used: Input/output error",
        ]
        now[0] += PAUSE_SECONDS + 1
        log_outage(OSError(errno.EIO, "Input/output error"))
    assert len(caplog.records) == 3


def test_a_client_is_told_to_come_back_and_the_operator_why(
    served: tuple[Dispatcher, AsgiConnection, str],
    database: Database,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: Any,
) -> None:
    app, wire, token = served
    assert rooms(wire, token).status_code == 200
    if database.engine.dialect.name == "postgresql":
        holder = database.engine.connect()
        holder.exec_driver_sql("LOCK TABLE room")
        app.platform.database.close()
        limit = "-c lock_timeout=100ms"
        sa.event.listen(
            app.platform.database.engine, "do_connect", lambda dialect, record, args, given: given.update(options=limit)
        )
        why = "lock timeout"
    else:
        holder = None
        database.close()
        app.platform.database.close()
        Path(str(database.engine.url.database)).write_bytes(b"no database" * 1000)
        why = "(damaged)"
    refused = rooms(wire, token)
    assert refused.status_code == 503
    assert refused.headers["retry-after"].isdecimal()
    assert why not in refused.text
    assert any(why in line for line in caplog.messages), caplog.messages
    if holder is not None:
        holder.close()

"""Backup and restore, as an operator types them: under writes, after a crash, and when something is wrong."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import Result

from educore import ANONYMOUS, EDUCATION, PLATFORM, Educore, everything, memory_ports, where
from educore.adapters.sql import BackupError, Database, back_up, restore
from educore.adapters.sql.postgres_backup import Server
from educore.identity import SignIn, User
from educore.organization import Room
from educore.people import sign_in
from support.cast import PASSWORD, create_cast
from support.postgres import PostgresServer, programs_of_postgres, running_postgres
from support.real_server import create_cast_database, run_server

API = "/center-crm/api"
Run = Callable[..., Result]
OpenDatabase = Callable[..., Database]


def nothing(database: str) -> None:
    """What a restore without sign-ins prepares."""


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where there is room for a database that keeps what it says it has written."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'school.db'}"
        return
    with_programs(monkeypatch)
    postgres = request.getfixturevalue("postgres")
    name = postgres.create()
    yield postgres.at(name)
    postgres.drop(name)


@pytest.fixture
def town(town: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A database with the cast, as if migrations had made it; for PostgreSQL with its programs on PATH."""
    if town.engine.dialect.name == "postgresql":
        with_programs(monkeypatch)
    return town


@pytest.fixture
def url(town: Database) -> str:
    """Its address."""
    return town.engine.url.render_as_string(hide_password=False)


def with_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{programs_of_postgres()}{os.pathsep}{os.environ['PATH']}")


def rooms(database: Database) -> set[str]:
    transaction = database.store.begin(read_only=True)
    found = {room.name for room in transaction.find(Room, everything)}
    transaction.rollback()
    return found


def build(database: Database, name: str) -> None:
    with Educore(database.store, memory_ports()).work(PLATFORM) as uow:
        uow.add(Room, {"center_id": 1, "branch_id": 1, "name": name, "capacity": 9})


def test_what_was_there_comes_back_and_what_came_later_goes(town: Database, url: str, educore: Run) -> None:
    build(town, "Before")
    town.close()
    assert educore("db", "backup", "school.backup", "--database", url).exit_code == 0
    build(town, "After")
    town.close()
    done = educore("db", "restore", "school.backup", "--yes", "--database", url)
    assert done.exit_code == 0, done.output
    assert "Before" in rooms(town)
    assert "After" not in rooms(town)
    assert educore("db", "check", "--database", url).exit_code == 0


def test_a_backup_is_restored_where_nothing_is_yet(
    town: Database, url: str, educore: Run, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    build(town, "Before")
    educore("db", "backup", "school.backup", "--database", url)
    elsewhere = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    if town.engine.dialect.name == "postgresql":
        postgres = request.getfixturevalue("postgres")
        elsewhere = postgres.at(postgres.create())
    done = educore("db", "restore", "school.backup", "--yes", "--database", elsewhere)
    assert done.exit_code == 0, done.output
    with closing(Database(elsewhere, EDUCATION)) as other:
        assert rooms(other) == rooms(town)
        assert other.pending_migration() is None


def test_nothing_acknowledged_before_a_backup_is_missing_from_it(town: Database, url: str, tmp_path: Path) -> None:
    enough, stop = threading.Semaphore(0), threading.Event()
    acknowledged: list[str] = []

    def write(number: int) -> None:
        turn = 0
        while not stop.is_set():
            turn += 1
            build(town, f"Room {number}/{turn}")
            acknowledged.append(f"Room {number}/{turn}")
            enough.release()

    writers = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for writer in writers:
        writer.start()
    try:
        for _ in range(30):
            assert enough.acquire(timeout=60)
        before = set(acknowledged)
        back_up(town, tmp_path / "school.backup")
        for _ in range(10):  # the writers were not held up
            assert enough.acquire(timeout=60)
    finally:
        stop.set()
        for writer in writers:
            writer.join(60)
    assert len(before) >= 30
    town.close()
    restore(town, tmp_path / "school.backup", prepare=nothing)
    assert before <= rooms(town)
    assert rooms(town) < set(acknowledged) | rooms(town)


def test_after_a_crash_a_backup_holds_what_was_answered_and_is_restored(
    empty: str, tmp_path: Path, educore: Run
) -> None:
    url, database = empty, Database(empty, EDUCATION)
    token = create_cast_database(database, "dilshod")["dilshod"]
    database.close()
    body = {"branch": 1, "capacity": 9}
    with run_server(url, tmp_path) as server:
        line = server.line(token)
        assert line.send("POST", f"{API}/rooms/", {"name": "First", **body}).status == 201
        assert educore("db", "backup", "first.backup", "--database", url).exit_code == 0
        for number in range(40):
            assert line.send("POST", f"{API}/rooms/", {"name": f"Room {number}", **body}).status == 201
        server.kill()
    assert educore("db", "backup", "second.backup", "--database", url).exit_code == 0
    done = educore("db", "restore", "first.backup", "--yes", "--database", url)
    assert done.exit_code == 0, done.output
    assert "First" in rooms(database)
    assert "Room 0" not in rooms(database)
    database.close()
    assert educore("db", "restore", "second.backup", "--yes", "--database", url).exit_code == 0
    assert rooms(database) >= {"First", *(f"Room {number}" for number in range(40))}
    database.close()
    with run_server(url, tmp_path) as server:
        assert server.line(token).send("GET", f"{API}/rooms/").status == 401, "everybody was signed out"


def test_a_restore_signs_everybody_out(town: Database, url: str, educore: Run) -> None:
    school = Educore(town.store, memory_ports())
    sign_in(school, username="dilshod", password=PASSWORD)
    assert open_sign_ins(town) > 0
    town.close()
    educore("db", "backup", "school.backup", "--database", url)
    assert educore("db", "restore", "school.backup", "--yes", "--database", url).exit_code == 0
    assert open_sign_ins(town) == 0


def open_sign_ins(database: Database) -> int:
    with Educore(database.store, memory_ports()).work(PLATFORM, read_only=True) as uow:
        return uow.count(SignIn, where(ended_at__isnull=True))


def test_a_backup_of_an_older_version_is_brought_up_to_date(town: Database, url: str, educore: Run) -> None:
    from alembic import command

    with town.engine.begin() as connection:
        command.downgrade(town._alembic(connection), "-1")
    town.close()
    educore("db", "backup", "old.backup", "--database", url)
    town.upgrade()
    town.close()
    assert educore("db", "restore", "old.backup", "--yes", "--database", url).exit_code == 0
    assert town.pending_migration() is None


def test_a_backup_of_a_newer_version_is_refused_and_nothing_changes(town: Database, url: str, educore: Run) -> None:
    set_revision(town, "9999")
    educore("db", "backup", "new.backup", "--database", url)
    set_revision(town, town.newest)
    build(town, "After")
    town.close()
    done = educore("db", "restore", "new.backup", "--yes", "--database", url)
    assert (done.exit_code, "newer version of educore (migration 9999)" in done.output) == (2, True), done.output
    assert "After" in rooms(town)


def set_revision(database: Database, revision: str) -> None:
    with database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = :new"), {"new": revision})
    database.close()


def test_while_somebody_is_connected_nothing_is_replaced(town: Database, url: str, educore: Run) -> None:
    town.close()
    educore("db", "backup", "school.backup", "--database", url)
    build(town, "After")
    with town.engine.connect() as server:
        server.exec_driver_sql("SELECT 1")
        server.rollback()
        done = educore("db", "restore", "school.backup", "--yes", "--database", url)
    assert (done.exit_code, "stop every server and worker" in done.output) == (2, True), done.output
    assert "After" in rooms(town)
    assert "After" in rooms(town)
    town.close()
    assert educore("db", "restore", "school.backup", "--yes", "--database", url).exit_code == 0
    assert "After" not in rooms(town)


def test_it_asks_before_it_replaces_anything(town: Database, url: str, educore: Run) -> None:
    town.close()
    educore("db", "backup", "school.backup", "--database", url)
    build(town, "After")
    town.close()
    assert educore("db", "restore", "school.backup", "--database", url, given="n\n").exit_code == 1
    assert "After" in rooms(town)
    town.close()
    assert educore("db", "restore", "school.backup", "--database", url, given="y\n").exit_code == 0
    assert "After" not in rooms(town)


WRONG = {
    "a text": b"Dear operator",
    "nothing": b"",
    "half a backup": None,
    "somebody else's": None,
    "of the other database": None,
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_no_whole_backup_is_refused_and_nothing_changes(
    what: str, town: Database, url: str, educore: Run, tmp_path: Path
) -> None:
    file = tmp_path / "wrong.backup"
    content = WRONG[what]
    town.close()
    if content is not None:
        file.write_bytes(content)
    elif what == "half a backup":
        back_up(town, file)
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    elif what == "of the other database":
        file.write_bytes(b"PGDMP\x01" if town.engine.dialect.name == "sqlite" else b"SQLite format 3\x00")
    else:
        strangers(file, town)
    build(town, "After")
    town.close()
    done = educore("db", "restore", str(file), "--yes", "--database", url)
    assert (done.exit_code, len(done.output.splitlines())) == (2, 1), done.output
    assert str(file) in done.output or "pg_restore" in done.output
    assert "After" in rooms(town)
    with Educore(town.store, memory_ports()).work(PLATFORM, read_only=True) as uow:
        assert uow.find(User, where(username="dilshod"))
    assert leftovers(tmp_path) == []


def strangers(file: Path, database: Database) -> None:
    """A database or archive that is fine, and not of educore."""
    if database.engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("CREATE TABLE song (title TEXT)")
        return
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE song (title TEXT)")
    server = Server(database)
    server.run("pg_dump", "--format=custom", "--table=song", f"--file={file}", f"--dbname={server.address}")


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if ".part" in path.name]


def test_a_damaged_database_is_a_sentence_at_the_start_and_can_be_restored(educore: Run, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'school.db'}"
    with closing(Database(url, EDUCATION)) as town:
        town.upgrade()
        create_cast(town.store)
        back_up(town, tmp_path / "school.backup")
    file = tmp_path / "school.db"
    for damage in (b"no database at all" * 100, file.read_bytes()[:40_000] + b"\xff" * 400_000):
        file.write_bytes(damage)
        for command in (["db", "upgrade"], ["db", "check"], ["demo"], ["audit", "verify"]):
            done = educore(*command, "--database", url)
            assert done.exit_code == (1 if command == ["db", "check"] else 2), (command, done.output)
            assert len(done.output.splitlines()) == 1, done.output
            assert "educore db restore FILE" in done.output, (command, done.output)
        assert educore("db", "restore", "school.backup", "--yes", "--database", url).exit_code == 0
        assert educore("db", "check", "--database", url).exit_code == 0


def test_copying_over_a_crashed_file_is_found_out_and_restored(educore: Run, tmp_path: Path) -> None:
    """The log of a killed process belongs to the file that was there, and would be replayed into any other."""
    file, url = tmp_path / "school.db", f"sqlite:///{tmp_path / 'school.db'}"
    with closing(Database(url, EDUCATION)) as town:
        town.upgrade()
        create_cast(town.store)
        back_up(town, tmp_path / "school.backup")
        for number in range(50):
            build(town, f"Room {number}")
        for part in ("", "-wal", "-shm"):
            shutil.copyfile(f"{file}{part}", f"{tmp_path / 'crashed.db'}{part}")
    shutil.copyfile(tmp_path / "school.backup", tmp_path / "crashed.db")
    crashed = f"sqlite:///{tmp_path / 'crashed.db'}"
    assert educore("db", "restore", "school.backup", "--yes", "--database", crashed).exit_code == 0
    with closing(Database(crashed, EDUCATION)) as town:
        assert town.find_damage() is None
        assert not {name for name in rooms(town) if name.startswith("Room ")} & {f"Room {n}" for n in range(50)}


def test_only_its_owner_can_read_a_backup(town: Database, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        back_up(town, tmp_path / "school.backup")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "school.backup").stat().st_mode) == 0o600


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root gives files away")
def test_a_restored_file_belongs_to_whom_it_belonged(educore: Run, tmp_path: Path) -> None:
    file, url = tmp_path / "school.db", f"sqlite:///{tmp_path / 'school.db'}"
    assert educore("db", "upgrade", "--database", url).exit_code == 0
    assert educore("db", "backup", "school.backup", "--database", url).exit_code == 0
    os.chown(file, 1234, 1234)
    assert educore("db", "restore", "school.backup", "--yes", "--database", url).exit_code == 0
    assert (file.stat().st_uid, file.stat().st_gid, stat.S_IMODE(file.stat().st_mode)) == (1234, 1234, 0o600)


@pytest.mark.parametrize("name", ["school.db", "school.db-wal", "./school.db", "link.db"])
def test_a_backup_never_overwrites_the_database(name: str, educore: Run, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'school.db'}"
    assert educore("db", "upgrade", "--database", url).exit_code == 0
    (tmp_path / "link.db").symlink_to("school.db")
    done = educore("db", "backup", name, "--database", url)
    assert (done.exit_code, "is the database itself" in done.output) == (2, True), done.output
    assert educore("db", "check", "--database", url).exit_code == 0
    assert leftovers(tmp_path) == []


def test_where_nothing_can_be_written_no_half_backup_stays(town: Database, educore: Run, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="No such file or directory"):
        back_up(town, tmp_path / "nowhere" / "school.backup")
    assert leftovers(tmp_path) == []


class TestTheProgramsOfPostgres:
    """What is said where they are not there, or too old."""

    @pytest.fixture
    def database(self, open_database: Callable[[str], Database]) -> Database:
        return open_database("postgresql")

    def test_missing_ones_are_named(self, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(BackupError, match=r"^pg_dump is not on PATH; install .* PostgreSQL \d+ or newer\.$"):
            back_up(database, tmp_path / "school.backup")
        assert leftovers(tmp_path) == []

    def test_old_ones_are_named_with_both_versions(
        self, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        old = tmp_path / "pg_dump"
        old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
        old.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        with pytest.raises(BackupError, match=r"of PostgreSQL 9, too old for the server's \d+"):
            back_up(database, tmp_path / "school.backup")

    def test_newer_ones_do_for_an_older_server(
        self, postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with_programs(monkeypatch)
        with running_postgres(version=16) as older, closing(Database(older.at(older.create()), EDUCATION)) as database:
            database.upgrade()
            create_cast(database.store)
            assert Server(database).version < 17
            back_up(database, tmp_path / "school.backup")
            build(database, "After")
            restore(database, tmp_path / "school.backup", prepare=nothing)
            assert "After" not in rooms(database)

    def test_the_password_is_given_to_them_unseen(
        self, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[Any] = []

        def run(words: list[str], **more: Any) -> subprocess.CompletedProcess[bytes]:
            seen.append((words, more["env"]["PGPASSWORD"]))
            return subprocess.CompletedProcess(words, 0, b"pg_dump (PostgreSQL) 99", b"")

        server = Server(database)
        server._password = "S3cr@t"
        monkeypatch.setattr(subprocess, "run", run)
        server.run("pg_dump", f"--dbname={server.address}")
        ((words, password),) = seen
        assert password == "S3cr@t"
        assert "S3cr@t" not in " ".join(words)


def test_somebody_unknown_stays_unknown_after_a_restore(town: Database, tmp_path: Path) -> None:
    back_up(town, tmp_path / "school.backup")
    seen: list[str] = []
    town.close()
    restore(town, tmp_path / "school.backup", prepare=seen.append)
    (prepared,) = seen
    assert prepared.split(":")[0] == town.engine.dialect.name
    with Educore(town.store, memory_ports()).work(ANONYMOUS, read_only=True) as uow:
        assert uow.find(Room) == []

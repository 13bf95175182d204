"""Nobody but the user of the process reads the database, its log, its backups, uploads and secrets."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from educore import EDUCATION, FixedClock, Unavailable
from educore.adapters.local_files import LocalFiles
from educore.adapters.private_files import create_empty_file, restrict_access
from educore.adapters.sql import Database
from educore_web.runtime.secret_file import ensure_secret

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")


@pytest.fixture(autouse=True, params=[0o000, 0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    """What the process that starts us leaves to others by default."""
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def files_in(folder: Path) -> LocalFiles:
    return LocalFiles(folder, base_url="http://here", secret="s" * 32, clock=FixedClock(datetime.now(UTC)))


def wide(folder: Path) -> list[str]:
    """Whatever others may read, write or enter."""
    return [str(path) for path in [folder, *folder.rglob("*")] if mode(path) & 0o077]


def test_a_database_and_its_log_are_private(tmp_path: Path) -> None:
    with closing(Database(f"sqlite:///{tmp_path / 'school.db'}", EDUCATION)) as database:
        database.upgrade()
        with database.engine.connect() as reader:
            reader.exec_driver_sql("SELECT 1 FROM user_")
            assert {path.name for path in tmp_path.iterdir()} == {"school.db", "school.db-wal", "school.db-shm"}
            assert [path for path in tmp_path.iterdir() if mode(path) != 0o600] == []


def test_a_database_from_before_is_made_private(tmp_path: Path) -> None:
    file = tmp_path / "school.db"
    file.touch()
    file.chmod(0o664)
    with closing(Database(f"sqlite:///{file}", EDUCATION)) as database:
        database.upgrade()
        assert mode(file) == 0o600


def test_uploads_are_private(tmp_path: Path) -> None:
    files = files_in(tmp_path / "uploads")
    key = files.save(b"passport", folder="center-1/student", name="passport.pdf")
    assert mode(tmp_path / "uploads" / key) == 0o600
    assert wide(tmp_path / "uploads") == []


def test_a_folder_of_uploads_from_before_is_closed_to_others(tmp_path: Path) -> None:
    folder = tmp_path / "uploads"
    folder.mkdir()
    folder.chmod(0o755)
    files_in(folder)
    assert mode(folder) == 0o700


def test_a_secret_is_private_also_one_from_before(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'school.db'}"
    secret = ensure_secret(url)
    file = tmp_path / "school.db.secret"
    assert mode(file) == 0o600
    file.chmod(0o644)
    assert ensure_secret(url) == secret
    assert mode(file) == 0o600


def test_what_cannot_be_narrowed_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "school.db"
    file.touch()
    file.chmod(0o644)

    def refuse(self: Path, mode: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refuse)
    restrict_access(file)
    assert "school.db can be read by others" in caplog.text


OPEN_AND_CLOSE = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT 1 FROM user_'); c.close()"


def test_a_process_keeps_its_locks_on_the_file(tmp_path: Path) -> None:
    """Whoever closes a second descriptor of a file loses its locks; a visitor would then take the log away."""
    file = tmp_path / "school.db"
    with closing(Database(f"sqlite:///{file}", EDUCATION)) as database:
        database.upgrade()
        with database.engine.connect() as first, database.engine.connect() as second:
            for connection in (first, second):
                connection.exec_driver_sql("ROLLBACK")
            subprocess.run([sys.executable, "-c", OPEN_AND_CLOSE, str(file)], check=True)
            assert Path(f"{file}-wal").exists(), "a visitor took the log of a database that is in use"


def test_a_file_that_is_there_is_not_made_again(tmp_path: Path) -> None:
    file = tmp_path / "school.db"
    file.write_text("here")
    create_empty_file(file)
    assert file.read_text() == "here"
    assert list(tmp_path.iterdir()) == [file]


# -- a full disk ---------------------------------------------------------------------------------------


def test_what_finds_no_room_leaves_no_file_and_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    files = files_in(tmp_path / "uploads")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable):
        files.save(b"x" * 100, folder="center-1/work", name="essay.pdf")
    assert [path for path in (tmp_path / "uploads").rglob("*") if path.name not in ("center-1", "work")] == []


def test_a_deleted_file_takes_its_folder_with_it(tmp_path: Path) -> None:
    files = files_in(tmp_path / "uploads")
    first, second = (files.save(b"x", folder="center-1/work", name="essay.pdf") for _ in range(2))
    files.delete(first)
    assert files.read(second) == b"x"
    assert len(list((tmp_path / "uploads" / "center-1" / "work").iterdir())) == 1

"""The command line and the demonstration data, each test in an empty folder and without settings from outside."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from educore import EDUCATION
from educore.adapters.sql import Database
from educore_web.cli import main

SECRET = "a secret for tests that nobody else has"


@pytest.fixture(autouse=True)
def empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The current folder, with nothing in it."""
    for name in [name for name in os.environ if name.startswith("EDUCORE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def educore() -> Callable[..., Result]:
    """Runs a command: `educore("db", "check")`."""

    def run(*words: str, given: str | None = None) -> Result:
        result = CliRunner().invoke(main, words, input=given)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return run


@pytest.fixture(params=["sqlite", "postgresql"])
def town(request: pytest.FixtureRequest, open_database: Callable[..., Database]) -> Database:
    """A database with the cast, as if migrations had made it, which takes seconds: SQLite, then PostgreSQL."""
    database = open_database(request.param, filled=True)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
        connection.execute(sa.text("INSERT INTO alembic_version VALUES (:new)"), {"new": database.newest})
    return database


@pytest.fixture(scope="session")
def copy_migrated(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], None]:
    """Copies a SQLite database without rows to a path. Its tables were made by the migrations, which takes a second."""
    template = tmp_path_factory.mktemp("migrated") / "empty.db"
    with closing(Database(f"sqlite:///{template}", EDUCATION)) as database:
        database.upgrade()

    def copy(path: Path) -> None:
        shutil.copy(template, path)

    return copy

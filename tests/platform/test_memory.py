"""The memory that a server takes once it has done its usual work; that of `educore worker` is in test_worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from educore import EDUCATION
from educore.adapters.sql import Database
from support.memory import MOST_MEGABYTES, resident_megabytes
from support.real_server import Connection, Server, create_cast_database, run_server

LISTS = ("students", "groups", "payments", "attendance")


@pytest.fixture
def director(tmp_path: Path) -> Iterator[tuple[Server, Connection]]:
    """A server over the cast, and a director who calls it."""
    database = Database(f"sqlite:///{tmp_path}/memory.db", EDUCATION)
    token = create_cast_database(database, "dilshod")["dilshod"]
    database.close()
    with run_server(f"sqlite:///{tmp_path}/memory.db", tmp_path) as server:
        yield server, server.line(token)


def read_lists(line: Connection) -> None:
    for _ in range(25):
        assert {line.send("GET", f"/center-crm/api/{name}/").status for name in LISTS} == {200}


def test_a_server_that_has_answered_lists_is_small(director: tuple[Server, Connection]) -> None:
    server, line = director
    read_lists(line)
    assert resident_megabytes(server.process.pid) <= MOST_MEGABYTES


def test_the_memory_of_password_hashes_is_given_back(director: tuple[Server, Connection]) -> None:
    """Each hash takes 19 MB while it is computed."""
    server, line = director
    read_lists(line)
    before = resident_megabytes(server.process.pid)
    for number in range(4):
        wrong = {"username": f"nobody{number}", "password": "no such password"}
        assert line.send("POST", "/center-crm/api/auth/login/", wrong).status == 401
    assert resident_megabytes(server.process.pid) - before < 10

"""The database goes away while people work, and comes back: everybody is told, nothing is lost, nobody restarts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest

from educore import EDUCATION, everything
from educore.adapters.passwords import Argon2Passwords
from educore.adapters.sql import Database
from educore.identity import User
from educore.messaging import Job, JobStatus
from educore.organization import Room
from support.cast import PASSWORD
from support.postgres import PostgresServer, running_postgres
from support.real_server import Connection, Reply, Server, create_cast_database, run_server, wait_for

CRM, EDUMASTER = "/center-crm/api", "/edumaster/api"
GONE = "The service cannot reach its database at present; try again in a moment."
SENDERS = 6
WORK = {"group": 1, "title": "Essay", "due_date": "2030-01-01"}


@pytest.fixture
def breakable(postgres: PostgresServer) -> Iterator[PostgresServer]:
    """A server of this test's own, which keeps what it says it has written; the worker's must have started first."""
    with running_postgres(settings=()) as server:
        yield server


@pytest.fixture
def database(breakable: PostgresServer) -> Iterator[Database]:
    """A database on it."""
    database = Database(breakable.at(breakable.create()), EDUCATION)
    yield database
    database.close()


def test_an_outage_of_the_database_is_told_and_outlived(
    breakable: PostgresServer, database: Database, tmp_path: Path
) -> None:
    token = create_cast_database(database, "dilshod")["dilshod"]
    address = database.engine.url.render_as_string(hide_password=False)
    with run_server(address, tmp_path, pool_size="3") as server:
        people = [server.line(token) for _ in range(SENDERS)]
        browser = _signed_in(server, database)
        made = [_room(line, number) for number, line in enumerate(people)]
        breakable.hang_up()
        breakable.crash()
        _is_told(server, people, browser)
        breakable.come_back()
        assert [line.send("GET", f"{CRM}/rooms/").status for line in people] == [200] * SENDERS
        made += [_room(line, SENDERS + number) for number, line in enumerate(people)]
        assert people[0].send("GET", f"{EDUMASTER}/groups/").status == 200
        assert browser.send("GET", "/admin/room/list").status == 200
        assert {row.id for row in _rows(database, Room)} >= set(made)
        assert people[0].send("POST", f"{CRM}/assignments/", WORK).status == 201
        wait_for(lambda: all(job.status is JobStatus.DONE for job in _rows(database, Job)))
    assert "Traceback" not in server.log.read_text()


def _signed_in(server: Server, database: Database) -> Connection:
    """Dilshod in the admin; the cast's passwords are not kept as a real server keeps them."""
    users = database.tables.of(User)
    with database.engine.begin() as connection:
        hashed = Argon2Passwords().hash(PASSWORD)
        connection.execute(users.update().where(users.c.username == "dilshod").values(password_hash=hashed))
    browser = server.line()
    reply = browser.send(
        "POST", "/admin/login", f"username=dilshod&password={quote_plus(PASSWORD)}", headers=_form(server)
    )
    assert reply.status == 302, reply.content
    browser.cookie = reply.headers["set-cookie"].split(";")[0]
    return browser


def _is_told(server: Server, people: list[Connection], browser: Connection) -> None:
    """Everything anybody asks is refused in the shape of the place they ask at; what would be written is not."""
    requests = [("GET", f"{CRM}/rooms/", None), ("POST", f"{CRM}/rooms/", _new_room(99))]
    requests += [("DELETE", f"{CRM}/rooms/1/", None), ("GET", f"{EDUMASTER}/groups/", None)]
    requests += [("POST", f"{CRM}/auth/login/", {"username": "dilshod", "password": PASSWORD})]
    for method, path, body in requests:
        for line in people:
            _refused(line.send(method, path, body), path)
    assert people[0].send("GET", "/health").status == 503
    assert people[0].send("GET", f"/calendar/{'a' * 43}.ics").status == 503
    for page in ("/admin/", "/admin/room/list", "/admin/room/create"):
        _says(browser.send("GET", page), page)
    _says(server.line().send("POST", "/admin/login", "username=dilshod&password=x", headers=_form(server)), "sign-in")


def _form(server: Server) -> dict[str, str]:
    return {"content-type": "application/x-www-form-urlencoded", "origin": f"http://127.0.0.1:{server.port}"}


def _refused(reply: Reply, path: str) -> None:
    assert reply.status == 503, (path, reply.content)
    assert reply.headers["retry-after"].isdecimal(), path
    assert reply.headers["content-type"] == "application/json"
    assert GONE in reply.json.values(), (path, reply.json)


def _says(reply: Reply, page: str) -> None:
    text = reply.content.decode()
    assert (reply.status, "cannot reach its database" in text) == (503, True), (page, reply.status, text[-500:])
    assert reply.headers["retry-after"].isdecimal(), page


def _new_room(number: int) -> dict[str, Any]:
    return {"branch": 1, "name": f"Room {number}", "capacity": 9}


def _room(line: Connection, number: int) -> int:
    reply = line.send("POST", f"{CRM}/rooms/", _new_room(number))
    assert reply.status == 201, reply.content
    return int(reply.json["id"])


def _rows(database: Database, kind: Any) -> list[Any]:
    transaction = database.store.begin(read_only=True)
    found = list(transaction.find(kind, everything))
    transaction.rollback()
    return found

"""Live messages over real servers: who may connect, what arrives from other processes, and how a socket ends."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import sqlalchemy as sa
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from educore import Actor, Educore, memory_ports, perform
from educore.adapters.clock import SystemClock
from educore.adapters.sql import Database, PostgresCarrier
from educore.adapters.tokens import JwtTokens
from educore.identity import Membership
from educore.messaging import NotificationType, notify
from educore.people import sign_in
from support.cast import PASSWORD, ROOT
from support.real_server import PATIENCE, SECRET, Server, run_server
from support.school_cast import CASABLANCA, School, create_school

ALERT: dict[str, Any] = {"kind": NotificationType.SYSTEM, "title": "Maintenance", "message": "Down at 23:00"}


@dataclass
class LiveSite:
    """Two server processes over one database with a school, and this process, which writes too."""

    servers: list[Server]
    educore: Educore
    people: School
    database: Database

    def token(self, name: str, *, lifetime: timedelta = timedelta(minutes=30)) -> str:
        """An access token of somebody."""
        school = Educore(self.database.store, replace(self.educore.ports, access_lifetime=lifetime))
        return sign_in(school, username=name, password=PASSWORD).access

    def open(self, user_id: int | None, token: str | None, *, server: int = 0, **options: Any) -> ClientConnection:
        """A socket at one of the servers."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = f"ws://127.0.0.1:{self.servers[server].port}/madrasti/ws/notifications/{user_id}/"
        return connect(
            options.pop("url", url) + options.pop("query", ""), additional_headers=headers, proxy=None, **options
        )

    def alert(self, *people: Actor, **more: Any) -> list[int]:
        """Notify people from this process; gives the ids."""
        with self.educore.work(ROOT) as uow:
            ids = [person.user_id or 0 for person in people]
            rows = notify(uow, ids, center_id=self.people.center.id, **{**ALERT, **more})
        return [row.id for row in rows]


def fill(database: Database) -> School:
    """A school in a new database, in the present; ROOT is a superadmin."""
    return create_school(Educore(database.store, memory_ports(SystemClock())), ROOT, names=CASABLANCA)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def site(
    request: pytest.FixtureRequest, open_lasting_database: Callable[..., Database], tmp_path_factory: Any
) -> Iterator[LiveSite]:
    """Two servers over one database."""
    database, folder = open_lasting_database(request.param), tmp_path_factory.mktemp("live")
    with ExitStack() as stack:
        yield start(database, folder, stack)


def start(database: Database, folder: Path, stack: ExitStack, *, count: int = 2) -> LiveSite:
    stamp(database)
    clock = SystemClock()
    ports = replace(memory_ports(clock), tokens=JwtTokens(SECRET, clock))
    if database.engine.dialect.name == "postgresql":
        ports = replace(ports, carrier=stack.enter_context(closing(PostgresCarrier(database.url))))
    people = fill(database)
    settings = {"worker": "false", "pool_size": "3"}
    servers = [stack.enter_context(run_server(database.url, folder, **settings)) for _ in range(count)]
    return LiveSite(servers, Educore(database.store, ports), people, database)


def stamp(database: Database) -> None:
    """Tell the servers that the tables are up to date."""
    from alembic import command

    with database.engine.begin() as connection:
        command.stamp(database._alembic(connection), "head")


def hear(line: ClientConnection) -> Any:
    """The next frame."""
    return json.loads(line.recv(timeout=PATIENCE))


def code_of(line: ClientConnection) -> int:
    """The code with which the server ends a socket."""
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            line.recv(timeout=PATIENCE)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


def beat(line: ClientConnection) -> None:
    """Send a heartbeat, and wait for the answer: from then on the socket is served."""
    line.send(json.dumps({"type": "heartbeat"}))
    assert hear(line) == {"type": "heartbeat"}


def test_a_message_reaches_its_receiver_at_every_server_and_nobody_else(site: LiveSite) -> None:
    mother, father = site.people.parent, site.people.second_parent
    with (
        site.open(mother.user_id, site.token("meryem")) as here,
        site.open(mother.user_id, site.token("meryem"), server=1) as there,
        site.open(father.user_id, site.token("mehdi"), server=1) as other,
    ):
        for line in (here, there, other):
            beat(line)
        site.alert(mother)
        frames = [hear(here), hear(there)]
        assert frames[0] == frames[1]
        assert set(frames[0]) == {"type", "timestamp", "data"}
        assert frames[0]["type"] == "system_alert"
        assert frames[0]["data"] == {
            "alert_type": "general",
            "title": "Maintenance",
            "message": "Down at 23:00",
            "priority": "medium",
            "expires_at": None,
        }
        site.alert(father)
        assert hear(other)["type"] == "system_alert"
        with pytest.raises(TimeoutError):
            here.recv(timeout=0)


def test_nothing_comes_twice_and_nothing_from_before(site: LiveSite) -> None:
    father = site.people.second_parent
    site.alert(father)
    with site.open(father.user_id, site.token("mehdi")) as line:
        beat(line)
        sent = [f"number {number}" for number in range(30)]
        for text in sent:
            site.alert(father, message=text)
        assert [hear(line)["data"]["message"] for _ in sent] == sent
        site.alert(father, message="the last")
        assert hear(line)["data"]["message"] == "the last"


@pytest.mark.parametrize("way", ["header", "subprotocol", "query"])
def test_a_token_comes_in_three_ways(site: LiveSite, way: str) -> None:
    mother, token = site.people.parent, site.token("meryem")
    options: dict[str, Any] = {"subprotocols": ["bearer", token]} if way == "subprotocol" else {}
    query = f"?token={token}" if way == "query" else ""
    with site.open(mother.user_id, token if way == "header" else None, query=query, **options) as line:
        beat(line)
        assert line.subprotocol == ("bearer" if way == "subprotocol" else None)
    assert token not in site.servers[0].log.read_text()


def test_who_may_not_connect_is_told_by_a_code(site: LiveSite) -> None:
    mother, token = site.people.parent, site.token("meryem")
    for user_id, sent, code in (
        (mother.user_id, token, None),
        (mother.user_id, None, 4401),
        (mother.user_id, "nonsense", 4401),
        (site.people.director.user_id, token, 4403),
        (999_999, token, 4403),
    ):
        with site.open(user_id, sent) as line:
            if code is None:
                beat(line)
            else:
                assert code_of(line) == code
    for wrong in (f"{10**30}", "x", "", f"{mother.user_id}/more"):
        url = f"ws://127.0.0.1:{site.servers[0].port}/madrasti/ws/notifications/{wrong}/"
        with pytest.raises(InvalidStatus):
            site.open(None, token, url=url)


def test_pages_of_other_sites_are_refused(site: LiveSite) -> None:
    mother, token = site.people.parent, site.token("meryem")
    with site.open(mother.user_id, token, origin=f"http://127.0.0.1:{site.servers[0].port}") as line:
        beat(line)
    with pytest.raises(InvalidStatus):
        site.open(mother.user_id, token, origin="https://elsewhere.example")


def test_an_expired_token_ends_the_socket(site: LiveSite) -> None:
    mother = site.people.parent
    with site.open(mother.user_id, site.token("meryem", lifetime=timedelta(seconds=3))) as line:
        beat(line)
        assert code_of(line) == 4401


def test_a_block_ends_the_socket_within_five_seconds(site: LiveSite) -> None:
    driver = site.people.driver
    with site.open(driver.user_id, site.token("hamid")) as line:
        beat(line)
        began = time.monotonic()
        with site.educore.work(site.people.director) as uow:
            perform(uow, Membership, "block", driver.membership_id or 0)
        assert code_of(line) == 4401
        assert time.monotonic() - began < 5
    with site.educore.work(site.people.director) as uow:
        perform(uow, Membership, "unblock", driver.membership_id or 0)


def test_who_sends_too_much_is_ended_and_nonsense_is_ignored(site: LiveSite) -> None:
    mother = site.people.parent
    with site.open(mother.user_id, site.token("meryem")) as line:
        for nonsense in ("", "{", "[]", "null", '{"type": "dance"}', b"\x00\xff", "[" * 5_000):
            line.send(nonsense)
        beat(line)
    with site.open(mother.user_id, site.token("meryem")) as line:
        beat(line)
        with suppress(ConnectionClosed):  # it may be closed before all are sent
            for _ in range(60):
                line.send("{}")
        assert code_of(line) == 4429
    with site.open(mother.user_id, site.token("meryem")) as line:
        beat(line)
        line.send("x" * 200_000)
        assert code_of(line) == 1009


def test_a_sign_in_has_ten_sockets(site: LiveSite) -> None:
    mother, token = site.people.parent, site.token("meryem")
    with ExitStack() as stack:
        for _ in range(10):
            beat(stack.enter_context(site.open(mother.user_id, token)))
        with site.open(mother.user_id, token) as line:
            assert code_of(line) == 4429
        with site.open(mother.user_id, site.token("meryem")) as line:
            beat(line)


def test_a_killed_listener_is_replaced(site: LiveSite) -> None:
    if site.database.engine.dialect.name != "postgresql":
        pytest.skip("only PostgreSQL carries wakes")
    mother = site.people.parent
    with site.open(mother.user_id, site.token("meryem")) as line:
        beat(line)
        with site.database.engine.connect() as connection:
            ended = connection.execute(
                sa.text(
                    "SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND query = 'LISTEN educore_live'"
                )
            ).all()
        assert ended
        site.alert(mother, message="after the break")
        assert hear(line)["data"]["message"] == "after the break"


def test_messages_come_by_wakes_and_not_only_by_looking_around(site: LiveSite) -> None:
    """Half of them within half a second; two seconds apart, as PostgreSQL is looked at, would take longer."""
    mother = site.people.parent
    with site.open(mother.user_id, site.token("meryem"), server=1) as line:
        beat(line)
        took = []
        for _ in range(9):
            began = time.monotonic()
            site.alert(mother)
            hear(line)
            took.append(time.monotonic() - began)
    assert median(took) < 0.6


def test_a_server_that_stops_says_so(open_database: Callable[..., Database], tmp_path: Path) -> None:
    with ExitStack() as stack:
        site = start(open_database("sqlite"), tmp_path, stack, count=1)
        with site.open(site.people.parent.user_id, site.token("meryem")) as line:
            beat(line)
            site.servers[0].process.send_signal(signal.SIGTERM)
            assert code_of(line) == 1001
        assert site.servers[0].process.wait(PATIENCE) == 0

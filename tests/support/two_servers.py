"""A school at two server processes over one PostgreSQL: who changes something at one is heard at the other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from educore import Educore, memory_ports
from educore.adapters.clock import SystemClock
from educore.adapters.sql import Database, PostgresCarrier
from educore.adapters.tokens import JwtTokens
from educore.organization.queries import local_today
from educore.people import sign_in
from educore.schooling import AcademicYear
from educore_web.apis.madrasti import SPEC
from support.cast import PASSWORD, ROOT
from support.plain_rows import change_row
from support.real_server import PATIENCE, SECRET, Connection, Server, run_server
from support.school_cast import School, create_school


@dataclass
class TwoServers:
    """Two server processes over one PostgreSQL with a school, whose year is the present one."""

    servers: list[Server]
    educore: Educore
    school: School

    def line(self, name: str, *, server: int = 0) -> Connection:
        """Somebody at one of the servers."""
        return self.servers[server].line(self.token(name))

    def token(self, name: str) -> str:
        """An access token of somebody."""
        return sign_in(self.educore, username=name, password=PASSWORD).access

    @contextmanager
    def listen(self, name: str, user_id: int) -> Iterator[ClientConnection]:
        """The open socket of somebody at the second server, which has answered once."""
        url = f"ws://127.0.0.1:{self.servers[1].port}{SPEC.prefix}/ws/notifications/{user_id}/"
        with connect(url, additional_headers={"Authorization": f"Bearer {self.token(name)}"}, proxy=None) as socket:
            socket.send(json.dumps({"type": "heartbeat"}))
            assert receive(socket) == {"type": "heartbeat"}
            yield socket


@contextmanager
def serve_school_twice(database: Database, folder: Path, *, worker: bool = False) -> Iterator[TwoServers]:
    """The school at two servers; with a `worker`, these do the jobs too."""
    from alembic import command

    clock = SystemClock()
    with database.engine.begin() as connection:
        command.stamp(database._alembic(connection), "head")
    with ExitStack() as stack:
        carrier = stack.enter_context(closing(PostgresCarrier(database.url)))
        ports = replace(memory_ports(clock), tokens=JwtTokens(SECRET, clock), carrier=carrier)
        platform = Educore(database.store, ports)
        school = create_school(platform, ROOT)
        with platform.work(ROOT) as uow:
            today = local_today(uow, school.center.id)
            dates = {"start_date": today - timedelta(days=60), "end_date": today + timedelta(days=60)}
            change_row(uow, uow.get(AcademicYear, school.year.id), dates)
        settings = {"worker": str(worker).lower(), "pool_size": "3"}
        servers = [stack.enter_context(run_server(database.url, folder, **settings)) for _ in range(2)]
        yield TwoServers(servers, platform, school)


def call(line: Connection, method: str, path: str, body: Any = None, *, status: int = HTTPStatus.OK) -> Any:
    """An answer of Madrasti."""
    reply = line.send(method, f"{SPEC.prefix}{SPEC.base}{path}", body)
    assert reply.status == status, (method, path, reply.content)
    return reply.json


def receive(socket: ClientConnection) -> Any:
    """The next frame of a socket."""
    return json.loads(socket.recv(timeout=PATIENCE))

"""While somebody holds the lock that writers need, readers and strangers are answered as always."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from conftest import DATABASES
from educore import FixedClock
from educore_web.app import compose
from support.cast import create_cast
from support.parametrize import each
from support.postgres import PostgresServer
from support.web.asgi import AsgiResponse, body_chunks, send_request
from support.web.recipes import recipe_row
from support.web.running_platform import RunningPlatform, disable_fsync, open_test_platform, sign_in_person
from support.web.system import Op
from support.web.systems import OPS

SOON = 20
"""Less than what a writer waits for the lock."""
THREADS = 2
JSON = {"content-type": "application/json"}
ROOMS = "/center-crm/api/rooms/"
READS = (ROOMS, "/edumaster/api/groups/", "/health", "/center-crm/api/students/", "/admin/login")
WRITES = [op for op in OPS if not op.public and not op.is_read_only]


@dataclass(frozen=True)
class Held:
    """A platform, who may write there, and what holds its lock."""

    app: Any
    signed: dict[str, str]
    lock: Callable[[], AbstractContextManager[None]]

    async def write(self, number: int) -> AsgiResponse:
        """Make a room."""
        room = f'{{"branch": 1, "name": "Room {number}", "capacity": 9}}'.encode()
        return await send_request(self.app, "POST", ROOMS, headers={**JSON, **self.signed}, body=body_chunks(room))

    async def sign_in(self, number: int) -> AsgiResponse:
        """Try to sign in to the admin; that it failed is written down."""
        form, kind = f"username=nobody{number}&password=x".encode(), "application/x-www-form-urlencoded"
        sent = {"content-type": kind, "sec-fetch-site": "same-origin"}
        return await send_request(self.app, "POST", "/admin/login", headers=sent, body=body_chunks(form))

    async def read(self, path: str) -> AsgiResponse:
        """Read a list."""
        return await send_request(self.app, "GET", path, headers=self.signed, body=body_chunks())


@pytest.fixture(params=DATABASES)
def held(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Held]:
    """The cast over SQLite, then PostgreSQL."""
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path / 'school.db'}"
        lock = _lock_sqlite(tmp_path / "school.db")
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        address = server.at(server.create())
        lock = _lock_postgres(address)
    platform = open_test_platform(address, tmp_path / "files", FixedClock(), pool_size=THREADS)
    if request.param == "sqlite":
        disable_fsync(platform.database)
    platform.database.upgrade()
    create_cast(platform.database.store)
    token = sign_in_person(platform.school, "dilshod").access
    yield Held(compose(platform), {"authorization": f"Bearer {token}"}, lock)
    platform.database.close()


def _lock_sqlite(path: Path) -> Callable[[], AbstractContextManager[None]]:
    @contextmanager
    def lock() -> Iterator[None]:
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        yield
        holder.execute("ROLLBACK")
        holder.close()

    return lock


def _lock_postgres(address: str) -> Callable[[], AbstractContextManager[None]]:
    @contextmanager
    def lock() -> Iterator[None]:
        with psycopg.connect(address.replace("+psycopg", "")) as holder:
            holder.execute("LOCK TABLE room, password_attempts IN EXCLUSIVE MODE")
            yield
            holder.rollback()

    return lock


def test_writers_who_wait_leave_readers_their_threads(held: Held) -> None:
    acts = (held.write, held.sign_in)

    async def meet() -> None:
        await held.sign_in(0)  # so that the admin is there
        with held.lock():
            writers = [asyncio.create_task(act(number)) for number in range(8 * THREADS) for act in acts]
            for _ in range(3):  # by the second time the writers stand in line
                answers = await asyncio.wait_for(asyncio.gather(*map(held.read, READS)), SOON)
                assert [heard.status for heard in answers] == [200] * len(READS)
            assert not any(task.done() for task in writers), "the writers do wait"
        written = await asyncio.wait_for(asyncio.gather(*writers), SOON)
        assert {heard.status for heard in written} == {201, 400}

    asyncio.run(meet())


@each("op", WRITES)
def test_whoever_may_not_write_takes_no_lock(op: Op, site: RunningPlatform) -> None:
    path = Path(site.platform.database.engine.url.database or "")
    spec = op.system.spec
    address = f"{spec.prefix}{spec.base}{op.path(recipe_row(op, op.home(site)))}"
    loop = site.wire.runner.get_loop()
    with _lock_sqlite(path)():
        for token in ({}, {"authorization": "Bearer nonsense"}):
            asking = send_request(site.app, op.method, address, headers={**JSON, **token}, body=body_chunks(b"{}"))
            assert loop.run_until_complete(asyncio.wait_for(asking, SOON)).status == 401
        if (
            op.body is not None
            and not op.accepts_idempotency_key
            and any(f.is_required() for f in op.body.model_fields.values())
        ):
            signed = {"authorization": f"Bearer {site.tokens[op.owner].access}"}
            asking = send_request(site.app, op.method, address, headers={**JSON, **signed}, body=body_chunks(b"{}"))
            assert loop.run_until_complete(asyncio.wait_for(asking, SOON)).status == 400


def test_somebody_recognised_long_ago_is_looked_up_again(
    site: RunningPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("educore_web.rest.execution.RECENT_SECONDS", -1.0)
    with site.statements() as seen:
        site.client("dilshod").post("/rooms/", {"branch": 1, "name": "R", "capacity": 9}).expect(201)
    monkeypatch.undo()
    with site.statements() as fewer:
        site.client("dilshod").post("/rooms/", {"branch": 1, "name": "S", "capacity": 9}).expect(201)
    assert sum("sign_in" in text for text in seen) == sum("sign_in" in text for text in fewer) + 1

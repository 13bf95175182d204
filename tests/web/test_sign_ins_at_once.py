"""Many sign in at the same bell: nobody else waits for the threads that are busy with their passwords."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from educore import FixedClock
from educore.adapters.memory import PlainPasswords
from educore.adapters.sql import Database
from educore.people.sign_in_names import MAX_ACCOUNTS
from educore_web.app import compose
from educore_web.runtime.platform import Platform
from support.cast import PASSWORD
from support.web.client import AsgiConnection
from support.web.running_platform import open_test_platform, sign_in_person
from support.web.systems import OPS

MANY = 45
PATIENCE = 20
CRM, EDU, MADRASTI = "/center-crm/api", "/edumaster/api", "/madrasti/api"


class SlowPasswords(PlainPasswords):
    """Compares passwords once it is told to, and knows how many wait for that."""

    def __init__(self) -> None:
        self.go_on, self.waiting = threading.Event(), 0

    def verify(self, password: str, hashed: str | None) -> bool:
        self.waiting += 1
        assert self.go_on.wait(PATIENCE)
        return super().verify(password, hashed)


class Bell:
    """A platform where passwords take as long as a test wants."""

    def __init__(self, url: str, folder: Path) -> None:
        platform = open_test_platform(url, folder, FixedClock())
        self.access = sign_in_person(platform.school, "dilshod").access
        self.cookie = self._cookie(platform)
        self.passwords = SlowPasswords()
        platform.school.ports = replace(platform.school.ports, passwords=self.passwords)
        self.platform, self.wire = platform, AsgiConnection(compose(platform))

    @staticmethod
    def _cookie(platform: Platform) -> str:
        wire = AsgiConnection(compose(platform))
        form = {"username": "dilshod", "password": PASSWORD}
        answer = wire.send("POST", "/admin/login", data=form, headers={"origin": "http://school.test"})
        wire.close()
        return str(answer.headers["set-cookie"].partition(";")[0])

    def ring(self, path: str, kind: str, field: str, name: str) -> list[int]:
        """Many sign in, and meanwhile somebody else reads; gives the answers to those who sign in."""
        given: list[dict[str, Any]] = [
            {kind: {field: name.format(number), "password": PASSWORD}, "headers": {"origin": "http://school.test"}}
            for number in range(MANY)
        ]
        return self.wire.runner.run(self._ring(path, given))

    async def _ring(self, path: str, given: list[dict[str, Any]]) -> list[int]:
        send = self.wire.send_beside
        entering = [asyncio.create_task(send("POST", path, **options)) for options in given]
        while not self.passwords.waiting:
            assert not any(task.done() for task in entering)
            await asyncio.sleep(0)
        bearer = {"authorization": f"Bearer {self.access}"}
        for _ in range(10):
            for own in (f"{CRM}/students/", f"{EDU}/accounts/profile/"):
                other = await asyncio.wait_for(send("GET", own, headers=bearer), PATIENCE)
                assert other.status_code == 200
            page = await asyncio.wait_for(send("GET", "/admin/student/list", headers={"cookie": self.cookie}), PATIENCE)
        assert not any(task.done() for task in entering)
        self.passwords.go_on.set()
        answers = await asyncio.gather(*entering)
        assert page.status_code == 200
        return [answer.status_code for answer in answers]


@pytest.fixture
def bell(open_database: Callable[..., Database], tmp_path: Path) -> Iterator[Bell]:
    database = open_database("sqlite", filled=True)
    bell = Bell(database.url, tmp_path)
    yield bell
    bell.passwords.go_on.set()
    bell.wire.close()
    bell.platform.database.close()


DOORS: list[tuple[str, str, str, str, int]] = [
    (f"{CRM}/auth/login/", "json", "username", "somebody{}", 1),
    (f"{EDU}/accounts/login/", "json", "phone_number", "somebody{}", 1),
    (f"{MADRASTI}/users/login/", "json", "email", "somebody{}@mail.uz", MAX_ACCOUNTS),
    ("/admin/login", "data", "username", "somebody{}", 1),
]
"""Where one signs in, the name of somebody unknown there, and the passwords that it is compared with."""


@pytest.mark.parametrize(("path", "kind", "field", "name", "compared"), DOORS, ids=[path for path, *_ in DOORS])
def test_others_read_while_many_sign_in(bell: Bell, path: str, kind: str, field: str, name: str, compared: int) -> None:
    """Of names that nobody has as many as one likes are compared at once, each for the first time."""
    entering = bell.ring(path, kind, field, name)
    assert (len(entering), bell.passwords.waiting) == (MANY, MANY * compared)
    assert set(entering) <= {400, 401}


def test_every_operation_that_compares_or_digests_passwords_for_unknown_callers_is_known_to() -> None:
    assert {op.name for op in OPS if op.checks_password} == {
        "auth.login",
        "accounts.login",
        "users.login",
        "users.register",
        "users.password_reset.confirm",
    }

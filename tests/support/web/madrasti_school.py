"""Tashkent as a school, whose people call Madrasti: for the tests of its operations one by one.

A test may change what this school is, and its people already teach and learn in groups, as in a center that became a
school. What runs over all operations is tried at the schools of `support.school_cast`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

from educore import EDUCATION, Role, where
from educore.adapters.memory import FakeMail
from educore.identity import Membership, User
from educore.identity.use_cases import add_member
from educore.messaging import Worker
from educore.organization import Center
from educore.organization.entities import CenterKind
from educore_web.apis.madrasti import OPERATIONS, SPEC
from educore_web.rest import openapi
from support.cast import PASSWORD, account
from support.plain_rows import change_row, plain
from support.web.client import AsgiConnection
from support.web.openapi_checks import OpenApiChecks
from support.web.running_platform import RunningPlatform

NOT_MODIFIED = 304

OFFICE_PEOPLE = {"salima": Role.STAFF, "parvin": Role.PARENT, "davud": Role.DRIVER}
"""Who joins Tashkent when it becomes a school, by name."""


def email_of(name: str) -> str:
    """The address with which somebody signs in."""
    return f"{name}@school.example"


@cache
def document() -> OpenApiChecks:
    """What the OpenAPI document promises."""
    return OpenApiChecks(openapi.build_document(SPEC, OPERATIONS, domain=EDUCATION, at=SPEC.prefix))


@dataclass(frozen=True)
class Answer:
    """An answer, whose body fits the OpenAPI document."""

    status: int
    body: Any
    headers: Mapping[str, str]

    def __getitem__(self, key: str) -> Any:
        return self.body[key]

    @property
    def details(self) -> Any:
        """What an error says in particular."""
        return self.body["details"]


@dataclass(frozen=True)
class Caller:
    """Somebody who calls Madrasti, or nobody in particular."""

    wire: AsgiConnection
    token: str | None = None

    def get(self, path: str, **headers: str) -> Answer:
        """Read."""
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        """Act."""
        return self.send("POST", path, {} if body is None else body, **headers)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send a request and check its answer."""
        sent = {"content-type": "application/json", **{name.replace("_", "-"): text for name, text in headers.items()}}
        if self.token is not None:
            sent["authorization"] = f"Bearer {self.token}"
        content = None if body is None else json.dumps(body).encode()
        answer = self.wire.send(method, f"{SPEC.prefix}{SPEC.base}{path}", headers=sent, content=content)
        if answer.status_code == NOT_MODIFIED:
            return Answer(answer.status_code, None, answer.headers)
        documented = f"{SPEC.base}{path.partition('?')[0]}"
        broken = document().violations_in_text(method, documented, answer.status_code, answer.text)
        assert not broken, f"{method} {path} answered {answer.status_code} {answer.text}\n{broken}"
        return Answer(answer.status_code, answer.json() if answer.content else None, answer.headers)


@dataclass(frozen=True)
class School:
    """The running platform, on which Tashkent is a school and Samarkand is not."""

    site: RunningPlatform

    def caller(self, name: str | None = None) -> Caller:
        """Somebody, signed in with their address."""
        return Caller(self.site.wire, self.login(name)["access"] if name else None)

    def login(self, name: str, password: str = PASSWORD) -> Answer:
        """Sign somebody in."""
        return Caller(self.site.wire).post("/users/login/", {"email": email_of(name), "password": password})

    def member(self, name: str) -> Membership:
        """The membership of somebody."""
        with self.site.platform.school.work(self.site.world.rustam, read_only=True) as uow:
            return uow.find(Membership, where(user__username=name))[0]

    def change_center(self, fields: Mapping[str, Any], *, town: str = "tashkent") -> None:
        """Change a Center, also what never changes otherwise."""
        center = getattr(self.site.world, town).center
        with self.site.platform.school.work(self.site.world.rustam) as uow:
            change_row(uow, uow.get(Center, center.id), fields)

    def make_school(self, town: str) -> None:
        """Turn a center of courses into a school."""
        with self.site.platform.database.engine.begin() as connection:
            connection.exec_driver_sql(
                "UPDATE center SET kind = ? WHERE id = ?",
                (CenterKind.SCHOOL.value, getattr(self.site.world, town).center.id),
            )

    @contextmanager
    def sign_up_center(self, handle: str | None) -> Iterator[None]:
        """Run the server with a handle in EDUCORE_SIGN_UP_CENTER, or without one."""
        platform = self.site.platform.school
        before, platform.ports = platform.ports, replace(platform.ports, sign_up_center=handle)
        try:
            yield
        finally:
            platform.ports = before

    def mailed_codes(self) -> list[str]:
        """Let the worker send what there is to send, and return the secrets in the links that it mailed."""
        school, mail = self.site.platform.school, FakeMail()
        before, school.ports = school.ports, replace(school.ports, mail=mail)
        try:
            worker = Worker(school)
            while worker.run_once():
                pass
        finally:
            school.ports = before
        links = [word for sent in mail.sent for word in sent.text.split() if word.startswith("http")]
        return [parse_qs(urlsplit(link).query)["token"][0] for link in links]


def claims_of(token: str) -> dict[str, Any]:
    """What a page reads in a token: its middle part, decoded as browsers do, byte for character."""
    part = token.split(".")[1]
    raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode("latin-1")
    claims: dict[str, Any] = json.loads(raw)
    return claims


def found_school(site: RunningPlatform) -> School:
    """Turn Tashkent into a school with staff, a parent and a driver, and give everybody an address."""
    found = School(site)
    found.make_school("tashkent")
    with site.platform.school.work(site.world.rustam) as uow:
        for name, role in OFFICE_PEOPLE.items():
            add_member(uow, account=account(name), role=role, center_id=site.world.tashkent.center.id)
        for user in uow.find(User):
            plain(uow, User, "update").change(user, {"email": email_of(user.username)})
    return found

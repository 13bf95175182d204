"""A copy of the database is put back: row numbers come again, and what was signed before opens nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from educore import FixedClock
from educore.adapters.sql import Database
from educore.kernel.policy import PLATFORM
from educore.people import revoke_all_access
from educore.timetable import open_calendar
from educore_web.app import compose
from support.cast import PASSWORD, World
from support.web.client import AsgiConnection
from support.web.running_platform import open_test_platform

CRM, EDU = "/center-crm/api", "/edumaster/api"
FORM = {"origin": "http://school.test"}
PATHS = {"center_crm": f"{CRM}/students/", "edumaster": f"{EDU}/accounts/profile/"}


@dataclass
class SignedInEverywhere:
    """What one person holds after signing in to the API and to the admin."""

    access: str
    refresh: str
    cookies: dict[str, str]


class Place:
    """The platform over one database, and what people send it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.platform = open_test_platform(url, folder, FixedClock())
        self.school = self.platform.school
        self.wire = AsgiConnection(compose(self.platform))

    def send(self, method: str, path: str, **options: Any) -> Any:
        return self.wire.send(method, path, **options)

    def sign_in(self, name: str) -> SignedInEverywhere:
        tokens = self.send("POST", f"{CRM}/auth/login/", json={"username": name, "password": PASSWORD}).json()
        page = self.send("POST", "/admin/login", data={"username": name, "password": PASSWORD}, headers=FORM)
        assert page.status_code == 302, page.text
        cookie = page.headers["set-cookie"].partition(";")[0].partition("=")
        return SignedInEverywhere(tokens["token"], tokens["refresh"], {cookie[0]: cookie[2]})

    def opened(self, held: SignedInEverywhere) -> list[str]:
        """Every door that opens; those of the refresh tokens last, because they open once."""
        bearer = {"authorization": f"Bearer {held.access}"}
        doors = [name for name, path in PATHS.items() if self.send("GET", path, headers=bearer).status_code == 200]
        cookie = {"cookie": "; ".join(f"{name}={value}" for name, value in held.cookies.items())}
        doors += ["admin"] if self.send("GET", "/admin/student/list", headers=cookie).status_code == 200 else []
        for name, path in (("center_crm", f"{CRM}/auth/refresh/"), ("edumaster", f"{EDU}/accounts/token/refresh/")):
            answer = self.send("POST", path, json={"refresh": held.refresh})
            held.refresh = answer.json().get("refresh", held.refresh)
            doors += [f"{name} refresh"] if answer.status_code == 200 else []
        return doors

    def close(self) -> None:
        self.wire.close()
        self.platform.database.close()


EVERY_DOOR = ["center_crm", "edumaster", "admin", "center_crm refresh", "edumaster refresh"]


@pytest.fixture(params=["sqlite", "postgresql"])
def life(
    request: pytest.FixtureRequest, open_database: Callable[..., Database], tmp_path: Path
) -> Iterator[Callable[[], Place]]:
    """Opens the platform over the same copy of a database, each time as it was when the copy was made."""
    places: list[Place] = []
    copy = open_database(request.param, filled=True)
    name = str(copy.engine.url.database)
    copy.close()

    def put_back() -> Place:
        if places:
            places[-1].close()
        if request.param == "sqlite":
            shutil.copyfile(name, tmp_path / f"{len(places)}.db")
            url = f"sqlite:///{tmp_path / f'{len(places)}.db'}"
        else:
            server = request.getfixturevalue("postgres")
            url = server.at(server.create(template=name))
        places.append(Place(url, tmp_path / "files"))
        return places[-1]

    yield put_back
    places[-1].close()
    for place in places:
        if request.param == "postgresql":
            request.getfixturevalue("postgres").drop(str(place.platform.database.engine.url.database))


@pytest.mark.parametrize("later", [("timur", "timur"), ("dilshod", "rustam")], ids=["the same person", "others"])
def test_what_was_signed_before_a_restore_opens_nothing_when_its_number_is_somebody_elses(
    life: Callable[[], Place], later: tuple[str, str]
) -> None:
    before = life()
    old, control = before.sign_in("timur"), before.sign_in("timur")
    assert before.opened(control) == EVERY_DOOR

    after = life()
    new = [after.sign_in(name) for name in later]
    assert _number(after, new[0].access) == _number(after, old.access), "the attack needs the same number"
    assert after.opened(old) == []
    assert [after.opened(held) for held in new] == [EVERY_DOOR, EVERY_DOOR]


def test_a_platform_with_the_same_secret_takes_nothing_from_another_one(life: Callable[[], Place]) -> None:
    staging = life()
    held = staging.sign_in("rustam")
    production = life()
    for name in ("dilshod", "timur"):
        production.sign_in(name)
    assert production.opened(held) == []


def test_revoking_all_access_signs_everybody_out_and_closes_every_calendar(
    life: Callable[[], Place], world: World
) -> None:
    place = life()
    people = [place.sign_in(name) for name in ("timur", "dilshod", "rustam")]
    addresses = []
    for actor in (world.timur, world.sardor):
        with place.school.work(actor) as uow:
            addresses.append(f"/calendar/{open_calendar(uow)}.ics")
    assert [place.send("GET", address).status_code for address in addresses] == [200, 200]
    assert [place.opened(held) for held in people] == [EVERY_DOOR] * 3
    with place.school.work(PLATFORM) as uow:
        revoke_all_access(uow)
    assert [place.opened(held) for held in people] == [[]] * 3
    assert [place.send("GET", address).status_code for address in addresses] == [404, 404]
    assert place.opened(place.sign_in("timur")) == EVERY_DOOR


def _number(place: Place, access: str) -> int:
    """The number of the row that a token names."""
    return int(place.school.ports.tokens.read(access)["sid"])

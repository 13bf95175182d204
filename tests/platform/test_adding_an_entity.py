"""An adopter adds an entity from outside: its context, one screen and one API are all that every edge needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from educore import EDUCATION, Actor, FixedClock, Forbidden, Problem, where
from educore.adapters.memory import PlainPasswords
from educore.audit import AuditAction, AuditEntry
from educore.people import sign_in
from educore_web.admin.screens import SCREENS
from educore_web.apis import center_crm, edumaster
from educore_web.app import APIS, create_app, routes
from educore_web.public.dispatcher import Dispatcher
from educore_web.reports.permissions import PermissionMatrix, to_text
from educore_web.rest.dialect import About
from educore_web.rest.errors import ErrorResponses
from educore_web.settings import Settings
from support.admin.browser import Browser, page_text
from support.cast import PASSWORD, World, create_cast
from support.lockers.api import OPERATIONS, SPEC
from support.lockers.context import CONTEXT
from support.lockers.entities import Locker
from support.lockers.screen import SCREEN
from support.web.client import AsgiConnection
from support.web.running_platform import SECRET, disable_fsync

DOMAIN = EDUCATION.extend(CONTEXT)
API_PATH = f"{SPEC.prefix}{SPEC.base}/lockers/"
SITE = "http://testserver"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dispatcher]:
    """The platform with lockers, created from outside."""
    folder: Path = tmp_path_factory.mktemp("lockers")
    settings = Settings(
        database=f"sqlite:///{folder / 'school.db'}",
        files=folder / "files",
        secret=SecretStr(SECRET),
        public_url=SITE,
        worker=False,
    )
    created = create_app(
        settings, domain=DOMAIN, screens=[*SCREENS, SCREEN], apis={**APIS, "lockers": (SPEC, OPERATIONS)}
    )
    with closing(created.platform.database) as database:
        disable_fsync(database)
        database.create_all()
        school = created.platform.school
        school.ports = replace(school.ports, passwords=PlainPasswords())
        yield created


@pytest.fixture(scope="module")
def world(app: Dispatcher) -> World:
    """The cast, with a locker in each town."""
    school = app.platform.school
    world = create_cast(school.store, seal=school.ports.seal)
    for director, number in ((world.dilshod, "T-1"), (world.davron, "S-1")):
        with school.work(director) as uow:
            uow.add(Locker, {"center_id": director.center_id, "number": number})
    return world


@pytest.fixture
def call(app: Dispatcher, world: World) -> Iterator[Callable[..., Any]]:
    """Call the API as somebody of the cast: `call("dilshod", "GET", "?search=T")`."""
    wire = AsgiConnection(app)

    def send(name: str, method: str, query: str = "", **options: Any) -> Any:
        token = sign_in(app.platform.school, username=name, password=PASSWORD).access
        headers = {"authorization": f"Bearer {token}"}
        return wire.send(method, f"{API_PATH}{query}", headers=headers, **options)

    with closing(wire):
        yield send


@pytest.fixture
def browser(app: Dispatcher, world: World) -> Iterator[Browser]:
    """The browser of Dilshod, the director in Tashkent."""
    with closing(Browser(app, SITE)) as opened:
        opened.sign_in("dilshod", PASSWORD)
        yield opened


def _changes(app: Dispatcher, actor: Actor, locker: int) -> list[AuditEntry]:
    with app.platform.school.work(actor, read_only=True) as uow:
        return uow.find(AuditEntry, where(kind="Locker", row_id=locker))


def test_the_table_has_an_index_by_center(app: Dispatcher) -> None:
    inspector = sa.inspect(app.platform.database.engine)
    assert {"center_id", "number", "is_broken"} <= {column["name"] for column in inspector.get_columns("locker")}
    assert ["center_id", "id"] in [index["column_names"] for index in inspector.get_indexes("locker")]


def test_the_policy_keeps_directors_to_their_center(app: Dispatcher, world: World) -> None:
    with app.platform.school.work(world.rustam, read_only=True) as uow:
        assert {"T-1", "S-1"} <= {locker.number for locker in uow.find(Locker)}
    with app.platform.school.work(world.dilshod, read_only=True) as uow:
        assert [locker.number for locker in uow.find(Locker, where(number="T-1"))] == ["T-1"]
        assert uow.find(Locker, where(number="S-1")) == []
    with app.platform.school.work(world.timur) as uow, pytest.raises(Forbidden):
        uow.add(Locker, {"center_id": world.tashkent.center.id, "number": "T-9"})


def test_the_api_lists_and_filters(call: Callable[..., Any], world: World) -> None:
    assert [row["number"] for row in call("rustam", "GET", "?search=S-1").json()["results"]] == ["S-1"]
    assert call("dilshod", "GET", "?search=S-1").json()["results"] == []
    page = call("dilshod", "GET", "?search=T-1&is_broken=false&ordering=-number").json()
    assert [(row["number"], row["is_broken"]) for row in page["results"]] == [("T-1", False)]
    assert call("sardor", "GET").status_code == 403


def test_the_api_creates_and_the_audit_trail_tells_of_it(
    app: Dispatcher, call: Callable[..., Any], world: World
) -> None:
    answer = call("dilshod", "POST", json={"number": "T-2"})
    assert (answer.status_code, answer.json()["number"]) == (201, "T-2")
    assert [entry.action for entry in _changes(app, world.dilshod, answer.json()["id"])] == [AuditAction.CREATED]
    assert call("dilshod", "POST", json={"number": "T-2"}).json() == {"number": ["taken"]}
    assert call("timur", "POST", json={"number": "T-3"}).status_code == 403


def test_the_documents_and_the_front_page_have_the_api(app: Dispatcher) -> None:
    with closing(AsgiConnection(app)) as wire:
        document = wire.send("GET", f"{SPEC.prefix}/openapi.json").json()
        front_page = wire.send("GET", "/").text
    operations = document["paths"]["/v1/lockers/"]
    assert operations["get"]["x-roles"] == ["superadmin", "director", "teacher"]
    assert operations["post"]["x-roles"] == ["superadmin", "director"]
    assert f"{SPEC.prefix}/docs" in front_page
    lines = routes({"lockers": (SPEC, OPERATIONS)}, domain=DOMAIN)
    assert [(line.name, line.roles) for line in lines] == [
        ("lockers.list", ("superadmin", "director", "teacher")),
        ("lockers.create", ("superadmin", "director")),
    ]


def test_the_admin_has_a_screen_with_the_word_of_the_screen(browser: Browser) -> None:
    page = browser.get("/locker/list")
    assert page.status_code == 200
    text = page_text(page)
    assert "Lockers" in text
    assert "T-1" in text
    assert "S-1" not in text


def test_the_admin_creates_shows_and_tells_of_the_change(app: Dispatcher, browser: Browser, world: World) -> None:
    form = browser.get("/locker/create")
    assert form.status_code == 200
    shown = browser.post("/locker/create", {"number": "T-5", "notes": "Near the door"})
    assert shown.status_code == 200
    with app.platform.school.work(world.dilshod, read_only=True) as uow:
        (locker,) = uow.find(Locker, where(number="T-5"))
    details = page_text(browser.get(f"/locker/details/{locker.id}"))
    assert "T-5" in details
    assert "Near the door" in details
    assert [entry.action for entry in _changes(app, world.dilshod, locker.id)] == [AuditAction.CREATED]
    trail = page_text(browser.get("/audit-entry/list"))
    assert "T-5" in trail


def test_the_admin_tells_the_sentence_of_a_refusal_of_the_context(
    app: Dispatcher, browser: Browser, world: World
) -> None:
    with app.platform.school.work(world.dilshod) as uow:
        locker = uow.add(Locker, {"center_id": world.tashkent.center.id, "number": "T-6", "is_broken": True})
    path = f"/locker/edit/{locker.id}"
    refused = browser.post(path, {"number": "T-7", "notes": "", "is_broken": "on"})
    assert "Repair locker T-6 first." in page_text(refused)
    assert "Сначала почините шкафчик T-6." in page_text(browser.post(f"{path}?lang=ru", {"number": "T-7"}))


def test_every_api_tells_the_sentence_of_a_refusal_of_the_context() -> None:
    problem, now = Problem("locker_broken", {"number": "T-6"}), FixedClock().now()
    for spec, whole in ((center_crm.SPEC, ""), (edumaster.SPEC, "details")):
        answers = ErrorResponses(spec.dialect, DOMAIN.sentences, 5)
        of_field = answers.of_fields({"number": [problem]}, About(now, "ru")).content
        assert (of_field[whole] if whole else of_field) == {"number": ["Сначала почините шкафчик T-6."]}
        assert answers.whole(problem, 400, About(now, "en")).content["error"] == "Repair locker T-6 first."
        without = ErrorResponses(spec.dialect, EDUCATION.sentences, 5)
        assert without.whole(problem, 400, About(now, "en")).content["error"] == "This value is not valid."


def test_the_permission_matrix_has_the_entity() -> None:
    text = to_text(PermissionMatrix(DOMAIN))
    assert "Locker" in text
    assert "Locker" not in to_text(PermissionMatrix(EDUCATION))

"""The town, a browser in it, and people signed in."""

from __future__ import annotations

import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn

from educore import perform, where
from educore.groups import Enrollment
from educore.organization import Center
from support.admin.browser import Browser
from support.admin.lessons import Lessons, add_lessons
from support.admin.office import Office, add_office_rows
from support.admin.structure import (
    Structure,
    add_spare_rows,
    add_structure,
    flag_absence,
    open_school,
    plan_register,
    save_report,
    set_homework,
    write_lesson,
)
from support.admin.town import World, build_town

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium
    from playwright.sync_api import Page


@pytest.fixture(scope="session")
def built() -> Iterator[tuple[World, bytes]]:
    """The town as it was founded, and a copy of it to go back to."""
    world = build_town()
    yield world, _connection(world).serialize()
    world.database.close()


@pytest.fixture(scope="session")
def taught(built: tuple[World, bytes]) -> tuple[Lessons, bytes]:
    """The lessons of the town, and a copy of the town with them."""
    world, founded = built
    _go_back(world, founded)
    return add_lessons(world), _connection(world).serialize()


@pytest.fixture
def world(request: pytest.FixtureRequest, built: tuple[World, bytes]) -> World:
    """The town as it was founded, or with lessons in it for a test that asks for them."""
    world, copy = built
    if "lessons" in request.fixturenames:
        _, copy = request.getfixturevalue("taught")
    _go_back(world, copy)
    return world


@pytest.fixture
def lessons(world: World, taught: tuple[Lessons, bytes]) -> Lessons:
    """The lessons of the town."""
    return taught[0]


@pytest.fixture
def office(world: World) -> Office:
    """The offices of the town, open for business."""
    return add_office_rows(world)


@pytest.fixture
def structure(world: World) -> dict[str, Structure]:
    """What schools have, in both Centers of the town, rows to archive, a place that was left, and another school."""
    structures = add_structure(world)
    with world.as_boss() as uow:
        add_spare_rows(uow, world.registon, "Registon", structures["Registon"])
        plan_register(uow, world.registon)
        for _ in range(2):
            flag_absence(uow, world.registon, "Registon")
            save_report(uow, world.registon, "Registon")
        set_homework(uow, world.registon, "Registon")
        write_lesson(uow, world.registon, "Registon")
        for place in uow.find(Enrollment, where(group_id=structures["Registon"].group)):
            perform(uow, Enrollment, "leave", place.id)
        perform(uow, Center, "create", fields={"name": "Madrasa", "kind": "school"})
        open_school(uow)
    return structures


def _go_back(world: World, copy: bytes) -> None:
    with closing(sqlite3.connect(":memory:")) as kept:
        kept.deserialize(copy)
        kept.backup(_connection(world))
    world.clock.time = type(world.clock)().time


def _connection(world: World) -> Any:
    """The one connection of a database in memory."""
    return world.database.engine.raw_connection().driver_connection


@pytest.fixture
def anybody(world: World) -> Iterator[Callable[[], Browser]]:
    opened: list[Browser] = []

    def open_browser() -> Browser:
        opened.append(Browser(world.app))
        return opened[-1]

    yield open_browser
    for browser in opened:
        browser.close()


@pytest.fixture
def as_(anybody: Callable[[], Browser]) -> Callable[[str], Browser]:
    """A browser in which somebody has signed in: `as_("malika")`."""

    def signed_in(name: str) -> Browser:
        browser = anybody()
        answer = browser.sign_in(name, follow_redirects=False)
        assert answer.headers.get("location", "").endswith("/admin/"), f"{name} could not sign in"
        return browser

    return signed_in


@pytest.fixture
def browser_of(as_: Callable[[str], Browser]) -> Callable[[str], Browser]:
    """The browser of somebody who has signed in, the same one each time it is asked for."""
    return cache(as_)


@pytest.fixture
def director(as_: Callable[[str], Browser]) -> Browser:
    """Dilnoza, the director of Registon."""
    return as_("dilnoza-r")


# -- a real browser ----------------------------------------------------------------------------------------


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[World, str]]:
    """The town behind a real server."""
    listening = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    world = build_town(f"sqlite:///{tmp_path / 'town.db'}", address)
    server = uvicorn.Server(uvicorn.Config(world.app, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield world, address
    server.should_exit = True
    thread.join()
    listening.close()
    world.database.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """Chromium for the tests of a module.

    It does not stay for the whole run: Playwright keeps an event loop running, in which other tests cannot run theirs.
    """
    from playwright.sync_api import sync_playwright  # only these few tests need it, and it takes long to import

    from support.chromium import open_browser

    with sync_playwright() as playwright:
        browser = open_browser(playwright)
        yield browser
        browser.close()


@pytest.fixture(params=[(1280, 850), (390, 844)], ids=["desk", "phone"])
def page(request: pytest.FixtureRequest, chromium: Chromium) -> Iterator[Page]:
    """A window of the size of a desk or of a phone, without cookies of its own, whose console must stay empty."""
    complaints: list[str] = []
    width, height = request.param
    opened = chromium.new_page(viewport={"width": width, "height": height}, locale="en")
    opened.on("console", lambda entry: complaints.append(entry.text) if entry.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    opened.close()
    # a browser reports every form that is refused
    refused = tuple(f"the server responded with a status of {status}" for status in (400, 401, 409))
    assert [text for text in complaints if not any(words in text for words in refused)] == []


@pytest.fixture
def at(school: Any) -> Iterator[Callable[[str], Browser]]:
    """The same at the `school` of a module: a town of its own."""
    opened: list[Browser] = []

    def visit(name: str) -> Browser:
        browser = Browser(school.app)
        opened.append(browser)
        browser.sign_in(name)
        return browser

    yield visit
    for browser in opened:
        browser.close()

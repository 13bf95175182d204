"""The town, a browser in it, and people signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .browsing import Browser
from .town import World, build


@pytest.fixture(scope="session")
def built() -> Iterator[tuple[World, bytes]]:
    """The town as it was founded, and a copy of it to go back to."""
    world = build()
    yield world, _connection(world).serialize()
    world.database.close()


@pytest.fixture
def world(built: tuple[World, bytes]) -> World:
    """The town, as it was founded."""
    world, founded = built
    _connection(world).deserialize(founded)
    world.clock.time = type(world.clock)().time
    return world


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
        assert browser.sign_in(name).url.path == "/admin/", f"{name} could not sign in"
        return browser

    return signed_in


@pytest.fixture
def director(as_: Callable[[str], Browser]) -> Browser:
    """Dilnoza, the director of Registon."""
    return as_("dilnoza-r")

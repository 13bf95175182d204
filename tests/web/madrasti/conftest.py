"""The school that the tests of Madrasti call."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from support.web.madrasti_classes import Classes, found_classes
from support.web.madrasti_school import School, found_school
from support.web.running_platform import RunningPlatform

Restore = Callable[[], None]


@pytest.fixture(scope="session")
def founded(running: RunningPlatform) -> tuple[School, Restore]:
    """The school as it was founded, and what brings its rows back."""
    running.reset()
    found = found_school(running)
    found.change_center({"handle": "tashkent"})
    return found, running.snapshot()


@pytest.fixture(scope="session")
def opened(running: RunningPlatform, founded: tuple[School, Restore]) -> tuple[Classes, Restore]:
    """Its two classes as they were opened, and what brings the rows of the school with them back."""
    found, restore = founded
    running.reset()
    restore()
    return found_classes(found), running.snapshot()


@pytest.fixture
def school(request: pytest.FixtureRequest, site: RunningPlatform, founded: tuple[School, Restore]) -> Iterator[School]:
    """Tashkent as a school, where visitors register, with classes in it for a test that asks for them."""
    found, restore = founded
    if "classes" in request.fixturenames:
        _, restore = request.getfixturevalue("opened")
    restore()
    with found.sign_up_center("tashkent"):
        yield found


@pytest.fixture
def classes(school: School, opened: tuple[Classes, Restore]) -> Classes:
    """Its two classes."""
    return opened[0]

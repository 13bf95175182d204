"""The platform that the API tests call, one for each worker, as new before every test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from educore import FixedClock, MemoryStore
from support.cast import World, found_world
from support.web.client import Client
from support.web.openapi_checks import Promise
from support.web.running_platform import Running, hurry, platform_on
from support.web.system import Op, System
from support.web.systems.center_crm import CENTER_CRM

HERE = Path(__file__).parent


def pytest_make_parametrize_id(val: object) -> str | None:
    """Call operations and APIs by their names in the output."""
    return str(val) if isinstance(val, Op | System) else None


@pytest.fixture(scope="session")
def promise() -> Promise:
    """The OpenAPI document of the Center CRM."""
    return CENTER_CRM.promise


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory, cast_in_memory: tuple[MemoryStore, World]) -> Iterator[Running]:
    """The platform of this worker, as the test before left it."""
    folder = tmp_path_factory.mktemp("web")
    clock = FixedClock()
    platform = platform_on(f"sqlite:///{folder / 'school.db'}", folder / "files", clock)
    hurry(platform.database)
    platform.database.create_all()
    found_world(platform.database.store)
    platform_running = Running(platform, clock, cast_in_memory[1])
    yield platform_running
    platform_running.close()


@pytest.fixture
def site(running: Running) -> Running:
    """The platform with the cast in it and nothing else done."""
    running.wind_back()
    return running


@pytest.fixture
def as_(site: Running) -> Callable[[str | None], Client]:
    """A client for somebody by name: `as_("dilshod")`."""
    return site.client


@pytest.fixture
def dilshod(site: Running) -> Client:
    """The director of Tashkent."""
    return site.client("dilshod")


@pytest.fixture
def rustam(site: Running) -> Client:
    """Who runs the platform."""
    return site.client("rustam")

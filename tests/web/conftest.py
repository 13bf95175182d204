"""The platform that the API tests call, one for each worker, as new before every test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from educore import FixedClock, MemoryStore
from support.cast import World, create_cast
from support.web.client import Client
from support.web.openapi_checks import OpenApiChecks
from support.web.running_platform import RunningPlatform, disable_fsync, open_test_platform
from support.web.system import Op, System
from support.web.systems.center_crm import CENTER_CRM

HERE = Path(__file__).parent


def pytest_make_parametrize_id(val: object) -> str | None:
    """Call operations and APIs by their names in the output."""
    return str(val) if isinstance(val, Op | System) else None


@pytest.fixture(scope="session")
def promise() -> OpenApiChecks:
    """The OpenAPI document of the Center CRM."""
    return CENTER_CRM.promise


@pytest.fixture(scope="session")
def running(
    tmp_path_factory: pytest.TempPathFactory, cast_in_memory: tuple[MemoryStore, World]
) -> Iterator[RunningPlatform]:
    """The platform of this worker, as the test before left it."""
    folder = tmp_path_factory.mktemp("web")
    clock = FixedClock()
    platform = open_test_platform(f"sqlite:///{folder / 'school.db'}", folder / "files", clock)
    disable_fsync(platform.database)
    platform.database.create_all()
    create_cast(platform.database.store)
    platform_running = RunningPlatform(platform, clock, cast_in_memory[1])
    yield platform_running
    platform_running.close()


@pytest.fixture
def site(running: RunningPlatform) -> RunningPlatform:
    """The platform with the cast in it and nothing else done."""
    running.reset()
    return running


@pytest.fixture
def as_(site: RunningPlatform) -> Callable[[str | None], Client]:
    """A client for somebody by name: `as_("dilshod")`."""
    return site.client


@pytest.fixture
def dilshod(site: RunningPlatform) -> Client:
    """The director of Tashkent."""
    return site.client("dilshod")


@pytest.fixture
def rustam(site: RunningPlatform) -> Client:
    """Who runs the platform."""
    return site.client("rustam")

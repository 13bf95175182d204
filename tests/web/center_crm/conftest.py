"""The classroom that the tests of teaching stand in."""

from __future__ import annotations

import pytest

from support.web.classroom import Classroom
from support.web.running_platform import RunningPlatform


@pytest.fixture
def here(site: RunningPlatform) -> Classroom:
    """The morning group of Tashkent."""
    return Classroom(site)

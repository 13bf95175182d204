"""The classroom that the tests of teaching stand in."""

from __future__ import annotations

import pytest

from web.center_crm.teaching import Classroom
from web.running import Running


@pytest.fixture
def here(site: Running) -> Classroom:
    """The morning group of Tashkent."""
    return Classroom(site)

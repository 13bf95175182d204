"""Clients that call EduMaster."""

from __future__ import annotations

import pytest

from support.web.client import EduClient
from support.web.running_platform import RunningPlatform
from support.web.systems import EDUMASTER


@pytest.fixture
def edu(site: RunningPlatform) -> EduClient:
    """Somebody of the cast calling EduMaster: `edu("dilshod")`; without a name, nobody."""
    return lambda name=None: site.client(name).of(EDUMASTER)

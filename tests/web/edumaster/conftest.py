"""Clients that call EduMaster."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from web.client import Client
from web.running import Running
from web.systems import EDUMASTER

EduClient = Callable[..., Client]


@pytest.fixture
def edu(site: Running) -> EduClient:
    """Somebody of the cast calling EduMaster: `edu("dilshod")`; without a name, nobody."""
    return lambda name=None: site.client(name).of(EDUMASTER)

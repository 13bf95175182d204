"""The databases that the parity tests compare with the memory store."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from educore.adapters.sql import Database


@pytest.fixture(scope="module")
def databases(open_lasting_database: Callable[[str], Database]) -> list[Database]:
    """One SQLite file and one PostgreSQL database, shared by all examples of a module."""
    return [open_lasting_database(kind) for kind in ("sqlite", "postgresql")]

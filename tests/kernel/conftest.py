"""The databases that the parity tests compare with the memory store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from educore.sql import Database


@pytest.fixture(scope="module")
def databases(templates: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Database]]:
    """One SQLite file and one PostgreSQL database, shared by all examples of a module."""
    folder = tmp_path_factory.mktemp("parity")
    opened = [templates.fresh(kind, filled=False, to=folder / "school.db") for kind in ("sqlite", "postgresql")]
    yield [database for database, _ in opened]
    for database, throw_away in opened:
        database.close()
        throw_away()

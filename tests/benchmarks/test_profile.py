"""The profiler of the benchmark runs every operation that is measured."""

from __future__ import annotations

import pytest
from benchmarks.operations import OPERATIONS
from benchmarks.scenario import SMALL, fill

from benchmarks import profiling
from educore import EDUCATION
from educore.adapters.sql import Database


def test_every_measured_operation_is_profiled(
    tmp_path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(profiling, "TIMES", 1)
    monkeypatch.setattr(profiling, "WARM_UP", 0)
    url = f"sqlite:///{tmp_path}/profile.db"
    database = Database(url, EDUCATION)
    database.upgrade()
    scenario = fill(database, SMALL)
    database.close()
    for operation in OPERATIONS:
        profiling.show(url, scenario, operation.name)
        assert f"{operation.name}: " in capsys.readouterr().out

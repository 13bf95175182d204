"""Those we are measured beside give the same answers, or the measurements would compare different work."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from educore import Role
from educore.sql import Database

SECRET = "signs the tokens of this test and of nothing else"


@pytest.fixture
def benchmarks(monkeypatch):
    """The benchmarks, which stand beside the tests, can be imported."""
    monkeypatch.setattr(sys, "path", [str(Path(__file__).parents[2]), *sys.path])


def test_all_three_answer_alike(benchmarks, tmp_path):
    from benchmarks.operations import pages, token_for
    from benchmarks.same import differences
    from benchmarks.scenario import SMALL, fill
    from benchmarks.servers import CONTENDERS, serving

    url = f"sqlite:///{tmp_path}/same.db"
    database = Database(url)
    database.upgrade()
    scenario = fill(database, SMALL)
    database.close()
    tokens = {role: token_for(scenario, SECRET, role) for role in scenario.sign_ins}
    start = {"database": url, "secret": SECRET, "first": next(pages(scenario)), "token": tokens[Role.DIRECTOR]}
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(contender, **start)) for contender in CONTENDERS]
        assert differences(servers, scenario, tokens) == []

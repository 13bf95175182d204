"""Those we are measured beside give the same answers, or the measurements would compare different work."""

from __future__ import annotations

from contextlib import ExitStack

import sqlalchemy as sa
from benchmarks.operations import pages, token_for
from benchmarks.same import differences
from benchmarks.scenario import SMALL, fill
from benchmarks.servers import CONTENDERS, serving

from educore import EDUCATION, Role
from educore.adapters.sql import Database
from educore.people import Student

SECRET = "signs the tokens of this test and of nothing else"


def test_all_three_answer_alike(tmp_path):
    url = f"sqlite:///{tmp_path}/same.db"
    database = Database(url, EDUCATION)
    database.upgrade()
    scenario = fill(database, SMALL)
    database.close()
    tokens = {role: token_for(scenario, SECRET, role) for role in scenario.sign_ins}
    start = {"database": url, "secret": SECRET, "first": next(pages(scenario)), "token": tokens[Role.DIRECTOR]}
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(contender, **start)) for contender in CONTENDERS]
        assert differences(servers, scenario, tokens) == []


def test_the_rows_have_every_column_that_the_tables_ask_for(database):
    """Tables that were upgraded may have a default where new ones ask for a value."""
    scenario = fill(database, SMALL)
    with database.engine.connect() as connection:
        written = connection.execute(sa.select(sa.func.count()).select_from(database.tables.of(Student))).scalar_one()
    assert written == len(scenario.students) + SMALL.neighbours

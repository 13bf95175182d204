"""Statements that are compiled once and run on the driver's cursor: the same rows, events and errors as elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from educore import EDUCATION, Educore, Invalid, Ports, actor, perform, where
from educore.adapters.sql import Database
from educore.adapters.sql.prepared import Prepared
from educore.courses import Course
from educore.organization import Branch
from educore.people import Student
from educore.timetable import Session
from support.cast import World
from support.statement_counts import record_statements

STORABLE = ["Tashkent", "100 %", "a:b", "$1", "?", "%(x)s", "o‘"]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def lasting_database(request: pytest.FixtureRequest, open_lasting_database: Callable[..., Database]) -> Database:
    return open_lasting_database(request.param, filled=True)


@pytest.fixture
def connection(lasting_database: Database) -> Iterator[sa.Connection]:
    with lasting_database.engine.connect() as connection:
        yield connection


def both_ways(connection: sa.Connection, statement: Any) -> tuple[list[Any], list[Any]]:
    """The rows of a statement as it is run here, and as SQLAlchemy runs it."""
    driver: Any = connection.connection.driver_connection
    prepared, rows = Prepared(statement, connection.dialect), []
    for _ in range(2):  # the types of the columns are known from the first run on
        rows = prepared.run(connection, driver.cursor(), {}).rows
    return [tuple(row) for row in rows], [tuple(row) for row in connection.execute(statement)]


@pytest.mark.parametrize("kind", EDUCATION.kinds.values(), ids=lambda kind: kind.__name__)
def test_every_column_is_read_as_sqlalchemy_reads_it(
    lasting_database: Database, connection: sa.Connection, kind: Any
) -> None:
    table = lasting_database.tables.of(kind)
    ours, theirs = both_ways(connection, sa.select(table).order_by(table.c.id))
    assert ours == theirs
    assert [list(map(type, row)) for row in ours] == [list(map(type, row)) for row in theirs]


@pytest.mark.parametrize("names", [[], STORABLE[:1], STORABLE])
def test_values_within_a_statement_are_sent_as_they_are(connection: sa.Connection, names: list[str]) -> None:
    given = [sa.literal(name).label(f"n{number}") for number, name in enumerate(names)]
    ours, theirs = both_ways(connection, sa.select(sa.literal(1).in_([1, 2]), sa.literal("x").in_(names), *given))
    assert ours == theirs
    assert list(ours[0][2:]) == names


def test_listeners_of_the_engine_see_every_statement_before_and_after(lasting_database: Database) -> None:
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen.append(statement)

    moments = ("before_cursor_execute", "after_cursor_execute")
    for moment in moments:
        sa.event.listen(lasting_database.engine, moment, note)
    try:
        transaction = lasting_database.store.begin(read_only=True)
        transaction.find(Branch, where(id=1))
        transaction.count(Course, where(is_active__in=(True, False)))  # values that are compiled each time
        transaction.rollback()
    finally:
        for moment in moments:
            sa.event.remove(lasting_database.engine, moment, note)
    assert ["FROM branch" in text for text in seen] == [True, True, False, False]


def test_an_error_of_the_driver_has_the_class_it_has_in_sqlalchemy(connection: sa.Connection) -> None:
    wrong = sa.select(sa.column("nothing")).select_from(sa.table("nowhere"))
    driver: Any = connection.connection.driver_connection
    with pytest.raises((sa.exc.OperationalError, sa.exc.ProgrammingError), match="nowhere") as ours:
        Prepared(wrong, connection.dialect).run(connection, driver.cursor(), {})
    with pytest.raises(sa.exc.DBAPIError) as theirs:
        connection.execute(wrong)
    assert type(ours.value) is type(theirs.value)


# -- rows that are known without a statement -----------------------------------------------------------


def test_the_own_rows_of_an_authenticated_actor_are_not_looked_up(
    filled_database: Database, world: World, ports: Ports
) -> None:
    school = Educore(filled_database.store, ports)
    counts = []
    for sign_in_id in (None, 1):
        director = replace(world.dilshod, sign_in_id=sign_in_id)
        with record_statements(filled_database.engine) as statements, school.work(director) as uow:
            perform(uow, Course, "create", fields={"name": f"Chess {sign_in_id}", "price": 1})
        counts.append(sum("FROM center" in text for text in statements))
    assert counts[0] > counts[1]


def test_rows_of_another_center_stay_unknown_to_an_authenticated_actor(school: Educore, world: World) -> None:
    director = replace(world.dilshod, sign_in_id=1)
    with school.work(director) as uow, pytest.raises(Invalid) as refused:
        perform(uow, Branch, "create", fields={"name": "Elsewhere", "center_id": world.samarkand.center.id})
    assert "center_id" in refused.value.fields


def test_the_own_rows_count_within_the_own_center_only(school: Educore, world: World) -> None:
    teacher = replace(world.timur, sign_in_id=1)
    rows = [
        {"center_id": town.center.id, "teacher_id": teacher.teacher_id} for town in (world.tashkent, world.samarkand)
    ]
    with school.work(teacher, read_only=True) as uow:
        looked_up = [uow._validator._lookups(Session, [row], {"teacher_id"}) for row in rows]
    assert [[lookup.field for lookup in lookups] for lookups in looked_up] == [[], ["teacher_id"]]


def test_visible_ids_are_those_that_match_and_that_the_actor_may_read(school: Educore, world: World) -> None:
    with school.work(world.dilshod, read_only=True) as uow:
        here = [student.id for student in uow.find(Student)]
        everybody = [student.id for student in uow.as_platform().find(Student)]
        assert set(here) < set(everybody)
        assert uow.visible_ids(Student, everybody) == set(here)
        assert uow.visible_ids(Student, everybody, where(id=here[0])) == {here[0]}
        assert uow.visible_ids(Student, everybody, where(Attendance__marker_id=actor.user_id, id=-1)) == set()

"""What keeps the store quick, told by counting: what is built, remembered and handed over, not how long it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from educore import EDUCATION, Aggregate, Educore, Where, everything, memory_ports, where
from educore.adapters.sql import Database, SqlStore, Tables
from educore.adapters.sql import count_cache as count_cache
from educore.adapters.sql.count_cache import CountCache
from educore.attendance import Attendance
from educore.groups import Group
from educore.kernel.entity import NOT_STORED
from educore.organization import Center
from educore.people import Student
from support.cast import World
from support.library_domain import NOON
from support.statement_counts import record_statements


class Watch:
    """A clock of seconds that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def store(filled_database: Database, monkeypatch: pytest.MonkeyPatch) -> SqlStore:
    """A store of its own over the cast, in which three rows are many."""
    monkeypatch.setattr(count_cache, "LARGE", 3)
    store = SqlStore(filled_database.engine, filled_database.tables)
    store.count_cache = CountCache(Watch())
    return store


def counted(store: SqlStore, condition: Where = everything, *, cached: bool = True) -> int:
    transaction = store.begin(read_only=True)
    try:
        return transaction.count(Student, condition, cached=cached)
    finally:
        transaction.rollback()


def remove_a_student(store: SqlStore) -> None:
    with store.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM enrollment"))
        connection.execute(sa.text("DELETE FROM student WHERE id = (SELECT max(id) FROM student)"))


def test_a_large_count_may_be_a_minute_old_where_that_is_all_right(store: SqlStore) -> None:
    watch: Any = store.count_cache._now
    before = counted(store)
    assert before >= 3
    remove_a_student(store)
    assert counted(store) == before
    assert counted(store, cached=False) == before - 1
    watch.seconds = 61
    assert counted(store) == before - 1


def test_what_others_may_see_or_ask_for_is_counted_for_itself(store: SqlStore, world: World) -> None:
    everybody = counted(store)
    own = where(center_id=world.tashkent.center.id)
    assert counted(store, own) == counted(store, own, cached=False) < everybody


def test_a_small_count_is_always_exact(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(count_cache, "LARGE", 100)
    before = counted(store)
    remove_a_student(store)
    assert counted(store) == before - 1


def test_only_so_many_counts_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(count_cache, "MOST_ENTRIES", 2)
    counts = CountCache(Watch())
    for key in "abc":
        counts.put(key, 20_000)
    assert [counts.get(key) for key in "abc"] == [None, 20_000, 20_000]


def test_what_was_asked_before_is_built_no_more_whatever_the_values(store: SqlStore) -> None:
    def ask(some: list[int], name: str, number: int, word: str) -> None:
        transaction = store.begin(read_only=True)
        in_some = where(id__in=some) & where(group__name=name)
        transaction.find(Student, in_some, limit=number, offset=number)
        transaction.find(Student, where(status=word, group__status__in=[word]))
        transaction.count(Student, in_some | where(created_at__gte=NOON))
        transaction.aggregate(Student, ("status",), (Aggregate("sum", "id"),), in_some, limit=number, offset=number)
        transaction.count_each([(Group, where(capacity__lte=number)), (Center, where(name=name))])
        transaction.rollback()

    ask([1], "A", 1, "active")
    misses = store.build.cache_info().misses
    ask([2, 3, 4], "B", 7, "inactive")
    assert store.build.cache_info().misses == misses


def texts_of_two_rows(store: SqlStore, draft: Group) -> tuple[str, str]:
    """The texts with which two rows are inserted and updated."""
    bulk, two = store.bulk(store.tables.of(Group)), [draft, draft.model_copy(update={"id": 1})]
    (insert, _), (update, _) = bulk.insert(two), bulk.update(two)
    return str(insert.statement.compile(dialect=store.engine.dialect)), str(
        update.statement.compile(dialect=store.engine.dialect)
    )


@pytest.mark.parametrize("count", [1, 700])
def test_rows_are_handed_over_in_one_statement_of_the_same_text(store: SqlStore, world: World, count: int) -> None:
    texts: list[str] = []
    town = world.tashkent
    fields = {"center_id": town.center.id, "branch_id": town.branch.id, "course_id": town.course.id, "name": "G"}
    stamps = {"created_at": NOON, "updated_at": NOON, "start_date": NOON.date()}
    drafts = [Group.model_validate({"id": NOT_STORED, **fields, **stamps, "name": f"G{n}"}) for n in range(count)]
    sa.event.listen(store.engine, "before_cursor_execute", lambda *seen: texts.append(seen[2]))
    transaction = store.begin()
    ids = transaction.insert_all(drafts)
    transaction.update_all([draft.model_copy(update={"id": id}) for draft, id in zip(drafts, ids, strict=True)])
    names = [group.name for group in transaction.find(Group, where(id__in=ids))]
    transaction.rollback()
    assert names == [draft.name for draft in drafts]
    insert, update, _ = texts
    assert (insert, update) == texts_of_two_rows(store, drafts[0])


def test_no_index_does_what_another_one_over_all_rows_does_as_well() -> None:
    for table in Tables(EDUCATION).tables.values():
        parts = [*table.indexes, *(part for part in table.constraints if isinstance(part, sa.UniqueConstraint))]
        whole = [
            [c.name for c in part.columns] for part in parts if part.dialect_options["sqlite"].get("where") is None
        ]
        for name in [columns[0] for columns in whole if len(columns) == 1]:
            assert [columns for columns in whole if columns[0] == name] == [[name]], table.name


A_YEAR_OF_MARKS = {
    ("session", "ix_session_center_id_id"): "56656 28328 1",
    ("session", "ix_session_center_id_starts_at"): "56656 28328 15",
    ("session", "ix_session_center_id_date"): "56656 28328 89",
    ("attendance", "ix_attendance_center_id_id"): "2169384 96800 1",
    ("attendance", "ix_attendance_session_id_status"): "2070180 30 30 10",
    ("attendance", "sqlite_autoindex_attendance_1"): "2351877 30 1",
}
"""The statistics that ANALYZE wrote of a year of marks in a Center of 10,000 students."""


def test_a_report_of_a_month_begins_with_the_sessions_of_the_month(
    open_database: Callable[..., Database], world: World
) -> None:
    database = open_database("sqlite", filled=True)
    database.analyze()
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM sqlite_stat1")
        for (table, index), numbers in A_YEAR_OF_MARKS.items():
            connection.exec_driver_sql("INSERT INTO sqlite_stat1 VALUES (?, ?, ?)", (table, index, numbers))
    database.engine.dispose()  # the planner reads the statistics when a connection opens
    month = where(session__date__gte=NOON.date(), session__date__lte=NOON.date(), session__is_cancelled=False)
    with Educore(database.store, memory_ports()).work(world.dilshod, read_only=True) as uow:
        with record_statements(database.engine) as seen:
            uow.count_by(Attendance, ("session.group_id", "status"), month)
        statement = seen[-1]
    with database.engine.connect() as connection:
        values = (None,) * statement.count("?")
        first, *others = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert "ix_session_center_id_date" in first, first
    assert any("COVERING INDEX ix_attendance_session_id_status" in step for step in others), others

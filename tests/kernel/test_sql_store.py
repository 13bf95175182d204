"""The SQL store: what it does with values that databases choke on, broken rules and databases that are away."""

from __future__ import annotations

import threading
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import pytest
import sqlalchemy as sa

from educore import (
    EDUCATION,
    Conflict,
    Context,
    Domain,
    Educore,
    Entity,
    NotFound,
    Policy,
    Ports,
    Ref,
    Unavailable,
    Where,
    everything,
    memory_ports,
    where,
)
from educore.adapters.sql import Database, Tables
from educore.adapters.sql import engine as engine_module
from educore.adapters.sql.store import SqlTransaction
from educore.courses import Course
from educore.groups import Enrollment, Group
from educore.identity import User
from educore.kernel.store import Store
from educore.organization import Branch, Center, Room
from educore.people import Student, Teacher
from educore.timetable import Session
from educore.values import APOSTROPHES, DEFAULT_REGION
from support.cast import World
from support.library_domain import NOON
from support.plain_rows import change_row, plain
from support.raw_rows import insert_rows


def stamped(kind: type[Entity], **fields: Any) -> Any:
    stamps = {name: NOON for name in ("created_at", "updated_at") if name in kind.model_fields}
    region = asdict(DEFAULT_REGION) if kind is Center else {}
    return kind.model_validate({"id": 0, **stamps, **region, **fields})


# -- what is found, and in which order -----------------------------------------------------------------

PLACES = ["Анвар", "АНВАР", "anvar", "50% off", "a_b", "axb", "a\\b", "a/b", "ёж", "ÉCOLE", "Yoʻl", "yo`l"]


@pytest.fixture
def towns(empty_store: Store) -> Store:
    insert_rows(empty_store, [stamped(Center, name=name) for name in PLACES])
    return empty_store


def found(store: Store, condition: Where, *order: str, **page: int) -> list[str]:
    transaction = store.begin(read_only=True)
    try:
        return [center.name for center in transaction.find(Center, condition, order=order, **page)]
    finally:
        transaction.rollback()


@pytest.mark.parametrize(
    ("part", "names"),
    [
        ("анв", ["Анвар", "АНВАР"]),
        ("ANV", ["anvar"]),
        ("%", ["50% off"]),
        ("_", ["a_b"]),
        ("\\", ["a\\b"]),
        ("/", ["a/b"]),
        ("Ё", ["ёж"]),
        ("école", ["ÉCOLE"]),
        ("e\u0301cole", ["ÉCOLE"]),
        *((f"YO{apostrophe}L", ["Yoʻl", "yo`l"]) for apostrophe in ("'", *APOSTROPHES)),
        ("", PLACES),
        ("\0", []),
        ("\ud83d", []),
        ("'", ["Yoʻl", "yo`l"]),
    ],
)
def test_a_part_of_a_text_is_found_in_every_alphabet_and_only_literally(
    towns: Store, part: str, names: list[str]
) -> None:
    assert found(towns, where(name__icontains=part)) == names


@pytest.mark.parametrize("id", [0, -1, 2**31, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**40])
def test_an_id_no_row_has_is_answered_with_no_rows(towns: Store, id: int) -> None:
    assert found(towns, where(id=id)) == []
    assert found(towns, where(id__in=[id])) == []
    assert found(towns, where(id__in=[id, 1])) == PLACES[:1]


@pytest.mark.parametrize("huge", [2**63, 10**40])
def test_a_number_beyond_all_ids_still_compares(towns: Store, huge: int) -> None:
    assert found(towns, where(id__gte=huge)) == found(towns, where(id__lte=-huge)) == []
    assert found(towns, where(id__lte=huge)) == found(towns, where(id__gte=-huge)) == PLACES


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud83d", "a\ud83db"])
def test_a_text_no_row_can_hold_is_answered_with_no_rows(towns: Store, text: str) -> None:
    assert found(towns, where(name=text)) == found(towns, where(name__in=[text])) == []
    assert found(towns, where(name__in=[text, "anvar"])) == ["anvar"]


@pytest.mark.parametrize("text", ["\0", "a\ud83db"])
def test_a_text_no_row_can_hold_does_not_break_a_comparison(towns: Store, text: str) -> None:
    assert set(found(towns, where(name__gte=text))) | set(found(towns, where(name__lte=text))) <= set(PLACES)


@pytest.mark.parametrize("field", ["phone", "opened_at", "director_id", "license_number"])
def test_nothing_is_equal_to_none(towns: Store, field: str) -> None:
    assert found(towns, where(**{field: None})) == found(towns, where(**{f"{field}__in": [None]})) == []
    assert found(towns, where(**{f"{field}__isnull": True})) == PLACES


@pytest.mark.parametrize("word", ["no such status", "", "\0", "ACTIVE"])
def test_a_word_that_is_no_status_is_answered_with_no_rows(towns: Store, word: str) -> None:
    assert found(towns, where(status=word)) == found(towns, where(status__in=[word])) == []


def test_a_status_may_be_asked_for_by_its_word(towns: Store) -> None:
    assert found(towns, where(status="active")) == PLACES


@pytest.fixture
def openings(empty_store: Store) -> Store:
    days = {"A": date(2024, 3, 1), "B": None, "C": date(2024, 1, 1), "D": None, "E": date(2024, 3, 1)}
    insert_rows(empty_store, [stamped(Center, name=name, opened_at=day) for name, day in days.items()])
    return empty_store


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ((), "ABCDE"),
        (("-id",), "EDCBA"),
        (("opened_at",), "CAEBD"),
        (("-opened_at",), "AECBD"),
        (("opened_at", "-name"), "CEADB"),
        (("-opened_at", "-id"), "EACDB"),
        (("status", "-name"), "EDCBA"),
    ],
)
def test_rows_come_in_order_and_those_without_a_value_last(openings: Store, order: tuple[str, ...], names: str) -> None:
    assert "".join(found(openings, everything, *order)) == names


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ({"limit": 2}, "AB"),
        ({"limit": 2, "offset": 3}, "DE"),
        ({"offset": 4}, "E"),
        ({"limit": 0}, ""),
        ({"limit": 5, "offset": 9}, ""),
    ],
)
def test_a_page_is_part_of_the_rows(openings: Store, page: dict[str, int], names: str) -> None:
    assert "".join(found(openings, everything, **page)) == names


def test_amounts_are_compared_and_added_up_exactly(school: Educore, world: World) -> None:
    with school.work(world.rustam) as uow:
        assert uow.count(Teacher, where(hourly_rate__gte=Decimal("50000.505"))) == 0
        assert uow.count(Teacher, where(hourly_rate__lte=Decimal("50000.495"))) == 0
        assert uow.count(Teacher, where(hourly_rate=Decimal("50000.501"))) == 0
        assert uow.count(Teacher, where(hourly_rate__gte=Decimal("-1e40"))) == 4
        assert uow.count(Teacher, where(hourly_rate__in=[Decimal("50000.5"), Decimal("1e40")])) == 4
        assert uow.sum(Teacher, "hourly_rate") == Decimal("200002.00")


def test_an_instant_is_the_same_in_every_zone(school: Educore, world: World) -> None:
    noon_in_tashkent = datetime(2024, 1, 1, 15, tzinfo=timezone(timedelta(hours=5)))
    with school.work(world.dilshod) as uow:
        assert uow.count(Group, where(created_at=noon_in_tashkent)) == 2
        assert uow.find(Group)[0].created_at.utcoffset() == timedelta(0)


# -- rules the database keeps --------------------------------------------------------------------------


@pytest.fixture
def transaction(filled_database: Database) -> Any:
    opened = filled_database.store.begin()
    yield opened
    opened.rollback()


def test_the_database_itself_refuses_a_second_name_and_tells_which(transaction: SqlTransaction) -> None:
    with pytest.raises(Conflict) as refused:
        transaction.insert(stamped(User, username="sardor"))
    assert refused.value.fields["username"][0].code == "taken"


def test_the_database_itself_names_the_last_field_of_a_group(transaction: SqlTransaction, world: World) -> None:
    with pytest.raises(Conflict) as refused:
        transaction.insert(stamped(Course, center_id=world.tashkent.center.id, name="English", created_at=NOON))
    assert list(refused.value.fields) == ["name"]


def test_the_database_itself_refuses_a_second_open_place(transaction: SqlTransaction) -> None:
    held = transaction.find(Enrollment, where(left_on__isnull=True))[0]
    with pytest.raises(Conflict) as refused:
        transaction.insert(held.change(id=0))
    assert list(refused.value.fields) == ["student_id"]


def test_a_second_closed_place_is_history(transaction: SqlTransaction) -> None:
    held = transaction.find(Enrollment, where(left_on__isnull=True))[0]
    for _ in range(2):
        assert transaction.insert(held.change(id=0, left_on=date(2024, 5, 1)))


def test_the_database_itself_keeps_what_is_referred_to(transaction: SqlTransaction, world: World) -> None:
    with pytest.raises(Conflict) as refused:
        transaction.delete(Branch, where(id=world.tashkent.branch.id))
    assert refused.value.fields[""][0].code == "in_use"


def test_the_database_itself_refuses_words_that_are_none(transaction: SqlTransaction, world: World) -> None:
    row = transaction.find(Branch, where(id=world.tashkent.branch.id))[0].model_copy(update={"status": "odd"})
    with pytest.raises((sa.exc.StatementError, sa.exc.IntegrityError)):
        transaction.update(row, ["status"])


def test_a_row_that_is_gone_cannot_be_updated(transaction: SqlTransaction) -> None:
    gone = transaction.find(Student, everything)[0].model_copy(update={"id": 10**6})
    with pytest.raises(NotFound):
        transaction.update(gone, ["parent_name"])


def test_a_word_outside_its_list_never_reaches_the_table(database: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError), database.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO center (created_at, updated_at, name, address, description, status, time_zone) "
            "VALUES ('2024-01-01 00:00:00+00', '2024-01-01 00:00:00+00', 'x', '', '', 'odd', 'UTC')"
        )


NINE, TEN = datetime(2024, 3, 4, 4, tzinfo=UTC), datetime(2024, 3, 4, 5, tzinfo=UTC)
"""Of a Monday in Tashkent."""


def put(database: Database, world: World, *sessions: dict[str, Any]) -> None:
    """Sessions of Tashkent's morning group from nine to ten, put into the table past every use case."""
    town = world.tashkent
    given = {"center_id": town.center.id, "group_id": town.morning.id, "date": NINE.date()}
    given |= {"start_time": time(9), "end_time": time(10), "starts_at": NINE, "ends_at": TEN}
    for session in sessions:
        row = dict(stamped(Session, **{**given, **session}))
        with database.engine.begin() as connection:
            connection.execute(
                sa.insert(database.tables.of(Session)).values({k: v for k, v in row.items() if k != "id"})
            )


@pytest.fixture
def postgresql(open_database: Any) -> Database:
    return open_database("postgresql", filled=True)


def others(world: World) -> dict[str, Any]:
    """What takes neither the morning group nor its teacher."""
    return {"group_id": world.tashkent.evening.id, "teacher_id": world.tamara.teacher_id}


@pytest.mark.parametrize("shared", ["group_id", "teacher_id", "room_id"])
@pytest.mark.parametrize("begins", [NINE, NINE - timedelta(minutes=59), TEN - timedelta(seconds=1)])
def test_the_database_itself_lets_nothing_be_in_two_places_at_a_time(
    postgresql: Database, world: World, shared: str, begins: datetime
) -> None:
    mine = {"teacher_id": world.timur.teacher_id, "room_id": world.tashkent.room.id}
    put(postgresql, world, mine)
    value = {"group_id": world.tashkent.morning.id, **mine}[shared]
    clash = {**others(world), shared: value, "starts_at": begins, "ends_at": begins + timedelta(hours=1)}
    with pytest.raises(sa.exc.IntegrityError) as refused:
        put(postgresql, world, clash)
    assert refused.value.orig is not None
    assert refused.value.orig.diag.constraint_name == f"ex_session_{shared}"  # type: ignore[attr-defined]  # psycopg's
    with pytest.raises(Conflict) as told:
        insert_rows(postgresql.store, [stamped(Session, **SESSION, **{"center_id": world.tashkent.center.id, **clash})])
    assert told.value.fields[shared][0].code == "taken"


SESSION: dict[str, Any] = {"date": NINE.date(), "start_time": time(9), "end_time": time(10)}


def test_the_database_lets_pass_what_takes_nobody_from_anybody(postgresql: Database, world: World) -> None:
    mine = {"teacher_id": world.timur.teacher_id, "room_id": world.tashkent.room.id}
    put(
        postgresql,
        world,
        mine,
        {**mine, "starts_at": TEN, "ends_at": TEN + timedelta(hours=1)},
        {**mine, "starts_at": NINE - timedelta(hours=1), "ends_at": NINE},
        {**mine, "is_cancelled": True},
        {**mine, "is_cancelled": True},
        {**mine, "start_time": None, "end_time": None, "starts_at": None, "ends_at": None},
        others(world),
    )


def test_sessions_moved_in_one_statement_may_take_each_others_slots(postgresql: Database, world: World) -> None:
    slots = [{"starts_at": NINE + timedelta(hours=n), "ends_at": TEN + timedelta(hours=n)} for n in range(3)]
    put(postgresql, world, *slots)
    transaction = postgresql.store.begin()
    sessions = transaction.find(Session, everything)
    later = timedelta(hours=1)
    moved = [s.change(starts_at=s.starts_at + later, ends_at=s.ends_at + later) for s in sessions if s.starts_at]
    transaction.update_all(moved)
    transaction.commit()


def test_a_group_has_one_register_a_day(filled_database: Database, world: World) -> None:
    register = {"start_time": None, "end_time": None, "starts_at": None, "ends_at": None}
    put(
        filled_database, world, register, {**register, "date": date(2024, 3, 5)}, {**register, "is_cancelled": True}, {}
    )
    with pytest.raises(sa.exc.IntegrityError):
        put(filled_database, world, register)


def test_a_time_of_day_comes_back_to_the_second(school: Educore, world: World) -> None:
    with school.work(world.rustam) as uow:
        given = {"center_id": world.tashkent.center.id, "group_id": world.tashkent.morning.id, **SESSION}
        plain(uow, Session).add(Session, {**given, "start_time": "00:00", "end_time": "23:59:59"})
    with school.work(world.rustam, read_only=True) as uow:
        (found,) = uow.find(Session, where(start_time=time(0), end_time__gte=time(23, 59, 59)))
        assert (found.start_time, found.end_time) == (time(0), time(23, 59, 59))
        assert uow.count(Session, where(start_time__gte=time(0, 0, 1))) == 0


def test_rows_that_are_locked_may_still_be_referred_to(postgresql: Database, world: World) -> None:
    """Whoever marks a class locks the session; a room being looked at keeps nobody from adding what stands in it."""
    school = Educore(postgresql.store, memory_ports())
    holder = postgresql.store.begin()
    holder.find(Branch, where(id=world.tashkent.branch.id), lock=True)
    with school.work(world.malika) as other:
        transaction: Any = other._transaction
        transaction.connection.exec_driver_sql("SET lock_timeout = '2s'")
        assert other.add(Room, {"branch_id": world.tashkent.branch.id, "name": "9", "capacity": 5}).id
    holder.rollback()


# -- transactions --------------------------------------------------------------------------------------


def test_a_reader_that_writes_is_a_mistake_of_the_programmer(filled_database: Database, world: World) -> None:
    school = Educore(filled_database.store, memory_ports())
    with pytest.raises(TypeError, match="read_only"), school.work(world.dilshod, read_only=True) as uow:
        change_row(uow, world.tashkent.branch, {"name": "Other"})


def test_a_connection_that_read_only_writes_again_afterwards(filled_database: Database, world: World) -> None:
    school = Educore(filled_database.store, memory_ports())
    for _ in range(3):
        with school.work(world.dilshod, read_only=True) as uow:
            uow.count(Branch)
        with school.work(world.dilshod) as uow:
            change_row(uow, world.tashkent.branch, {"name": "Other"})


def test_a_writer_sees_its_own_rows_and_others_do_not_yet(filled_database: Database, world: World) -> None:
    school = Educore(filled_database.store, memory_ports())
    with school.work(world.dilshod) as writer:
        plain(writer, Branch).add(Branch, {"name": "New"})
        with school.work(world.dilshod, read_only=True) as reader:
            assert (writer.count(Branch), reader.count(Branch)) == (3, 2)


def test_an_undone_transaction_leaves_no_trace(school: Educore, world: World) -> None:
    with pytest.raises(ZeroDivisionError), school.work(world.dilshod) as uow:
        plain(uow, Branch).add(Branch, {"name": "New"})
        raise ZeroDivisionError
    with school.work(world.dilshod) as uow:
        assert uow.count(Branch) == 2


def test_connections_go_back_to_the_pool(filled_database: Database, world: World) -> None:
    school = Educore(filled_database.store, memory_ports())
    for _ in range(30):
        with school.work(world.dilshod) as uow:
            uow.count(Branch)
        with pytest.raises(NotFound), school.work(world.dilshod) as uow:
            uow.get(Branch, 10**6)
    assert filled_database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]  # a QueuePool


def test_readers_do_not_wait_for_a_writer(filled_database: Database, world: World) -> None:
    school = Educore(filled_database.store, memory_ports())
    with school.work(world.dilshod) as writer:
        change_row(writer, world.tashkent.branch, {"name": "Being written"})
        seen: list[str] = []

        def read() -> None:
            with school.work(world.malika, read_only=True) as reader:
                seen.append(reader.get(Branch, world.tashkent.branch.id).name)

        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
    assert seen == ["Tashkent Centre"]


# -- databases that are away ---------------------------------------------------------------------------


def test_a_database_that_is_not_there_is_unavailable() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/nowhere", EDUCATION)
    with pytest.raises(Unavailable):
        database.store.begin()
    with pytest.raises(Unavailable):
        database.pending_migration()
    database.close()


def test_a_folder_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/nowhere/school.db", EDUCATION)
    with pytest.raises(Unavailable):
        database.store.begin()
    database.close()


def test_a_database_that_goes_away_is_unavailable_and_then_back(open_database: Any, world: World, ports: Ports) -> None:
    database = open_database("postgresql", filled=True)
    school = Educore(database.store, ports)
    with school.work(world.dilshod) as uow:
        uow.count(Branch)
    with pytest.raises(Unavailable), school.work(world.dilshod) as uow:
        transaction: Any = uow._transaction
        pid = transaction.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with database.engine.connect() as other:
            other.exec_driver_sql(f"SELECT pg_terminate_backend({pid})")
        uow.count(Branch)
    with school.work(world.dilshod) as uow:
        assert uow.count(Branch) == 2


def test_a_file_somebody_else_keeps_busy_is_unavailable(open_database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "BUSY_SECONDS", 0.01)
    database = open_database("sqlite")
    monkeypatch.setattr(database.store, "patience", 0.01)
    writer = database.store.begin()
    for _ in range(25):
        with pytest.raises(Unavailable):
            database.store.begin()
    writer.rollback()
    database.store.begin().rollback()
    assert database.engine.pool.checkedout() == 0


# -- deriving tables -----------------------------------------------------------------------------------


class Odd(Entity):
    """Has a field no column can hold."""

    numbers: list[int]


class Vague(Entity):
    """Points at itself, and has a text of any length."""

    text: str
    parent_id: Annotated[int, Ref("Vague")] | None = None


def test_a_type_without_a_column_type_is_refused() -> None:
    with pytest.raises(TypeError, match=r"no column type for Odd\.numbers"):
        Tables(Domain(Context("odd", entities=(Odd,), policies=(Policy(Odd, {}),))))


def test_an_instant_without_a_zone_is_refused(database: Database) -> None:
    transaction = database.store.begin()
    naive = stamped(Center, name="x").model_copy(update={"created_at": datetime(2024, 1, 1)})  # noqa: DTZ001 - the point
    with pytest.raises(TypeError, match="time zone"):
        transaction.insert(naive)
    transaction.rollback()


def test_a_database_in_memory_works_from_several_threads(world: World) -> None:
    database = Database("sqlite://", EDUCATION)
    database.create_all()
    insert_rows(database.store, [stamped(Center, name="x")])
    counted: list[int] = []

    def count() -> None:
        transaction = database.store.begin(read_only=True)
        counted.append(transaction.count(Center, everything))
        transaction.rollback()

    thread = threading.Thread(target=count)
    thread.start()
    thread.join()
    database.close()
    assert counted == [1]


def test_every_kind_has_a_table_with_the_columns_of_its_fields() -> None:
    tables = Tables(EDUCATION)
    for kind in EDUCATION.kinds.values():
        assert list(kind.model_fields) == [column.name for column in tables.of(kind).columns]


def test_an_instant_is_read_in_utc(database: Database) -> None:
    insert_rows(database.store, [stamped(Center, name="x")])
    transaction = database.store.begin(read_only=True)
    assert transaction.find(Center, everything)[0].created_at == NOON.astimezone(UTC)
    transaction.rollback()

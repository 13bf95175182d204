"""The tables: what the entities say, what schema.sql shows and what the migrations make are one thing."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import AddConstraint, CreateIndex, CreateTable

import educore.adapters.sql
from educore import EDUCATION, Educore, memory_ports, perform
from educore.adapters.sql import Database, Tables
from educore.adapters.sql.database import MIGRATIONS
from educore.attendance import Attendance, AttendanceStatus, attendance_counts
from educore.groups import Enrollment, Group
from educore.organization import Branch, Room
from support.cast import World
from support.teaching_week import teach_week

SCHEMA = Path(educore.adapters.sql.__file__).parent / "schema.sql"


def schema() -> str:
    """The PostgreSQL statements that make every table, in an order in which they can be run."""
    metadata = Tables(EDUCATION).metadata
    parts: list[sa.schema.ExecutableDDLElement] = []
    late = []
    for table in metadata.sorted_tables:
        parts += [CreateTable(table), *map(CreateIndex, sorted(table.indexes, key=lambda index: str(index.name)))]
        late += [key for key in table.foreign_key_constraints if key.use_alter]
    parts += map(AddConstraint, sorted(late, key=lambda key: str(key.name)))
    statements = [str(part.compile(dialect=postgresql.dialect())).strip().replace("\t", "    ") for part in parts]
    return "\n\n".join("\n".join(line.rstrip() for line in text.splitlines()) + ";" for text in statements) + "\n"


def test_schema_sql_shows_the_tables_as_they_are(golden: Callable[[Path, str], None]) -> None:
    golden(SCHEMA, schema())


def test_schema_sql_can_be_run(open_database: Callable[..., Database]) -> None:
    database = open_database("postgresql")
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA again")
        connection.exec_driver_sql("SET search_path TO again")
        connection.exec_driver_sql(schema())
        found = sa.inspect(connection).get_table_names(schema="again")
    assert sorted(found) == sorted(database.tables.metadata.tables)


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> object:
    """A database without a single table."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'bare.db'}", EDUCATION)
        yield database
        database.close()
        return
    server = request.getfixturevalue("postgres")
    name = server.create()
    database = Database(server.at(name), EDUCATION)
    yield database
    database.close()
    server.drop(name)


def differences(database: Database) -> list[object]:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, database.tables.metadata))


def checks_of(database: Database) -> dict[str, set[str]]:
    """The words each table allows, by the names of its check constraints."""
    inspector = sa.inspect(database.engine)
    return {
        table: {str(check["name"]) for check in inspector.get_check_constraints(table)}
        for table in database.tables.metadata.tables
    }


def test_migrations_make_the_tables_the_entities_ask_for(bare: Database) -> None:
    bare.upgrade()
    assert differences(bare) == []


def test_migrations_make_the_same_checks_as_the_entities_ask_for(
    bare: Database, open_database: Callable[..., Database]
) -> None:
    bare.upgrade()
    assert checks_of(bare) == checks_of(open_database(bare.engine.dialect.name))


RULES = {
    "postgresql": """
        SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT 'index ' || indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT 'trigger ' || tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT 'function ' || proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    """,
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL",
}
"""Names and texts of what keeps the rules: constraints, those of exclusion among them, indexes and triggers."""


def rules_of(database: Database) -> dict[str, str]:
    with database.engine.connect() as connection:
        found = connection.exec_driver_sql(RULES[database.engine.dialect.name]).all()
    return {name: text.replace(" IS false", " IS 0") for name, text in found if "alembic" not in name}


def test_migrations_make_the_same_constraints_indexes_and_triggers_as_the_entities_ask_for(
    bare: Database, open_database: Callable[..., Database]
) -> None:
    bare.upgrade()
    assert rules_of(bare) == rules_of(open_database(bare.engine.dialect.name))


# -- with rows in the tables ---------------------------------------------------------------------------

WHEN = "'2024-01-01 10:00:00+00:00'"
BEFORE_TEACHING = f"""
    INSERT INTO center (created_at, updated_at, name, address, description, status, time_zone)
        VALUES ({WHEN}, {WHEN}, 'Ziyo', '', '', 'active', 'Asia/Tashkent');
    INSERT INTO branch (created_at, updated_at, center_id, name, address, status)
        VALUES ({WHEN}, {WHEN}, 1, 'Chilonzor', '', 'open');
    INSERT INTO course (center_id, name, description, created_at) VALUES (1, 'English', 'From A to B', {WHEN});
    INSERT INTO group_ (created_at, updated_at, center_id, branch_id, course_id, name, capacity, status)
        VALUES ({WHEN}, {WHEN}, 1, 1, 1, 'A1', 12, 'active'), ({WHEN}, {WHEN}, 1, 1, 1, 'A2', 25, 'active');
    INSERT INTO user_ (created_at, updated_at, username, first_name, last_name)
        VALUES ({WHEN}, {WHEN}, 'aziza', '', '');
    INSERT INTO student (created_at, updated_at, center_id, user_id, branch_id, group_id, status, enrollment_date,
        parent_name) VALUES ({WHEN}, {WHEN}, 1, 1, 1, 2, 'active', '2024-01-01', '');
    INSERT INTO enrollment (center_id, group_id, student_id, enrolled_on) VALUES (1, 2, 1, '2024-01-01');
"""


def go(database: Database, direction: Callable[..., object], revision: str) -> None:
    with database.engine.begin() as connection:
        direction(database._alembic(connection), revision)


def run(database: Database, statements: str) -> None:
    with database.engine.begin() as connection:
        for statement in filter(str.strip, statements.split(";")):
            connection.exec_driver_sql(statement)


def rows(database: Database, columns: str, table: str) -> list[tuple[object, ...]]:
    with database.engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(f"SELECT {columns} FROM {table} ORDER BY id")]


@pytest.fixture
def before_teaching(bare: Database) -> Database:
    """A database from before there were sessions, with a student in the second of two groups."""
    go(bare, command.upgrade, "0001")
    run(bare, BEFORE_TEACHING)
    return bare


def test_groups_and_courses_stay_and_get_what_is_new(before_teaching: Database) -> None:
    before_teaching.upgrade()
    (course,) = rows(before_teaching, "id, name, description, price, duration_months, is_active", "course")
    assert course[:3] == (1, "English", "From A to B")
    assert (float(str(course[3])), course[4], bool(course[5])) == (0, None, True)
    assert rows(before_teaching, "id, name, capacity", "group_") == [(1, "A1", 12), (2, "A2", 25)]
    assert rows(before_teaching, "group_id", "student") == rows(before_teaching, "group_id", "enrollment") == [(2,)]
    run(before_teaching, "UPDATE group_ SET capacity = NULL WHERE id = 1")
    assert differences(before_teaching) == []


def test_groups_and_courses_stay_when_teaching_is_taken_back(before_teaching: Database) -> None:
    before_teaching.upgrade()
    run(before_teaching, "UPDATE group_ SET capacity = NULL WHERE id = 1")
    go(before_teaching, command.downgrade, "0001")
    assert rows(before_teaching, "id, name, capacity", "group_") == [(1, "A1", 25), (2, "A2", 25)]
    assert rows(before_teaching, "id, name, description", "course") == [(1, "English", "From A to B")]
    assert rows(before_teaching, "group_id", "student") == rows(before_teaching, "group_id", "enrollment") == [(2,)]
    tables = set(sa.inspect(before_teaching.engine).get_table_names())
    assert not tables & {"session", "series", "attendance", "assignment", "exam", "calendar_feed"}
    before_teaching.upgrade()
    assert differences(before_teaching) == []


SOMEBODY_ACTED = f"""
    INSERT INTO center (created_at, updated_at, name, address, description, status, time_zone, currency)
        VALUES ({WHEN}, {WHEN}, 'Ziyo', '', '', 'active', 'Asia/Tashkent', 'UZS');
    INSERT INTO user_ (created_at, updated_at, username, first_name, last_name)
        VALUES ({WHEN}, {WHEN}, 'aziza', '', '');
    INSERT INTO import (center_id, kind, file_name, rows, made_by_id, created_at)
        VALUES (1, 'students', 'students.csv', 2, 1, {WHEN});
    INSERT INTO audit_entry (chain, number, at, actor_name, actor_role, kind, row_id, action, before, after, digest)
        VALUES (1, 1, {WHEN}, 'Aziza', 'admin', 'Payment', 1, 'created', '', '', 'x');
    INSERT INTO audit_head (chain, number, digest) VALUES (1, 1, 'x');
"""


@pytest.fixture
def before_actors_stayed(bare: Database) -> Database:
    """A database in which whoever acted could still be deleted; Aziza has brought in a table."""
    go(bare, command.upgrade, "0005")
    run(bare, SOMEBODY_ACTED)
    return bare


def test_whoever_acted_stays_named_from_now_on(before_actors_stayed: Database) -> None:
    before_actors_stayed.upgrade()
    with pytest.raises(sa.exc.IntegrityError):
        run(before_actors_stayed, "DELETE FROM user_")
    assert rows(before_actors_stayed, "made_by_id", "import") == [(1,)]
    assert rows(before_actors_stayed, "actor_name, row_name, names, digest", "audit_entry") == [("Aziza", "", "", "x")]
    assert rows(before_actors_stayed, "number, digest, seal", "audit_head") == [(1, "x", "")]
    assert differences(before_actors_stayed) == []
    assert tables_are_sound(before_actors_stayed)


def test_actors_are_cleared_as_before_when_that_is_taken_back(before_actors_stayed: Database) -> None:
    before_actors_stayed.upgrade()
    go(before_actors_stayed, command.downgrade, "0005")
    run(before_actors_stayed, "DELETE FROM user_")
    assert rows(before_actors_stayed, "made_by_id", "import") == [(None,)]
    assert tables_are_sound(before_actors_stayed)
    before_actors_stayed.upgrade()
    assert differences(before_actors_stayed) == []


def test_a_program_that_has_the_database_open_learns_of_the_new_rules(tmp_path: Path) -> None:
    """SQLite's rules are rewritten where they are written, and others have read them before."""
    ours, theirs = (Database(f"sqlite:///{tmp_path / 'school.db'}", EDUCATION) for _ in range(2))
    go(ours, command.upgrade, "0005")
    run(ours, SOMEBODY_ACTED)
    with theirs.engine.connect().execution_options(read_only=True) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM import").scalar() == 1
        connection.rollback()
        ours.upgrade()
        with pytest.raises(sa.exc.IntegrityError):
            connection.exec_driver_sql("DELETE FROM user_")
    for database in (ours, theirs):
        database.close()


def tables_are_sound(database: Database) -> bool:
    """What SQLite says of its file, whose schema was rewritten; PostgreSQL needs no asking."""
    if database.engine.dialect.name == "postgresql":
        return True
    with database.engine.connect() as connection:
        checks = ("integrity_check", "foreign_key_check")
        return [connection.exec_driver_sql(f"PRAGMA {check}").all() for check in checks] == [[("ok",)], []]


def test_imports_from_before_are_done_or_reverted(bare: Database) -> None:
    go(bare, command.upgrade, "0009")
    run(
        bare,
        f"""
        INSERT INTO center (created_at, updated_at, name, address, description, status, time_zone, currency)
            VALUES ({WHEN}, {WHEN}, 'Ziyo', '', '', 'active', 'Asia/Tashkent', 'UZS');
        INSERT INTO import (center_id, kind, file_name, rows, created_at, reverted_at)
            VALUES (1, 'students', 'a.csv', 2, {WHEN}, NULL), (1, 'payments', 'b.csv', 3, {WHEN}, {WHEN});
        INSERT INTO imported_row (center_id, import_id, number, row_id, before, after) VALUES (1, 1, 2, 7, '', '')
        """,
    )
    go(bare, command.upgrade, "0010")
    found = rows(bare, "state, rows_done, attempts, finished_at = created_at, lease_until", "import")
    assert [tuple(row[:3]) for row in found] == [("done", 2, 0), ("reverted", 0, 0)]
    assert all(bool(row[3]) and row[4] is None for row in found)
    assert rows(bare, "import_id, row_id", "imported_row") == [(1, 7)]
    run(
        bare, f"INSERT INTO import (center_id, kind, file_name, rows, created_at) VALUES (1, 'students', '', 1, {WHEN})"
    )
    assert rows(bare, "state", "import")[-1] == ("done",), "a server of the version before cannot import any more"


def test_marks_stay_when_their_sums_go_and_are_summed_when_that_is_taken_back(
    filled_database: Database, world: World
) -> None:
    """Also if a trigger is missing, which a migration that copied the table on SQLite dropped without a word."""
    school = Educore(filled_database.store, memory_ports())
    lesson = teach_week(school, world)[world.tashkent.center.id]
    marks = rows(filled_database, "id, session_id, student_id, status", "attendance")
    go(filled_database, command.stamp, "head")
    go(filled_database, command.downgrade, "0011")
    with filled_database.engine.connect() as connection:
        summed = connection.exec_driver_sql("SELECT session_id, status, number FROM attendance_sum").all()
    assert Counter({(session, status): number for session, status, number in summed}) == Counter(
        (session, status) for _, session, _, status in marks
    )
    on = " ON attendance" if filled_database.engine.dialect.name == "postgresql" else ""
    run(filled_database, f"DROP TRIGGER attendance_sum_update{on}")
    go(filled_database, command.upgrade, "head")
    assert differences(filled_database) == []
    assert rows(filled_database, "id, session_id, student_id, status", "attendance") == marks
    with school.work(world.timur) as uow:
        perform(uow, Attendance, "update", lesson.mark.id, {"status": "excused"})
        assert attendance_counts(uow, session_id=lesson.session.id)[AttendanceStatus.EXCUSED] == 1


def test_students_in_groups_get_a_main_group_and_its_branch(filled_database: Database, world: World) -> None:
    """Where it was lost; others keep theirs, and who is in no group stays without one."""
    town, sardor, sevara = world.tashkent, world.sardor.student_id or 0, world.sevara.student_id or 0
    school = Educore(filled_database.store, memory_ports())
    with school.work(world.dilshod) as uow:
        branch = perform(uow, Branch, "create", fields={"name": "Chilonzor"})
        perform(uow, Group, "update", town.evening.id, {"branch_id": branch.id})
        perform(uow, Enrollment, "create", fields={"group_id": town.evening.id, "student_id": sardor})
    go(filled_database, command.stamp, "head")
    go(filled_database, command.downgrade, "0015")
    before = dict(rows(filled_database, "id, group_id", "student"))
    run(
        filled_database,
        f"UPDATE student SET group_id = NULL WHERE id = {sardor};"
        f"UPDATE enrollment SET enrolled_on = '2023-12-01' WHERE group_id = {town.evening.id};"
        f"UPDATE student SET branch_id = {branch.id} WHERE id = {sevara}",
    )
    go(filled_database, command.upgrade, "head")
    assert dict(rows(filled_database, "id, group_id", "student")) == before | {sardor: town.evening.id}
    branches = dict(rows(filled_database, "id, branch_id", "student"))
    assert (branches[sardor], branches[sevara]) == (branch.id, town.branch.id)


def test_a_bare_database_lacks_the_newest_migration_until_it_is_upgraded(bare: Database) -> None:
    assert bare.pending_migration() == ScriptDirectory(str(MIGRATIONS)).get_current_head()
    bare.upgrade()
    assert bare.pending_migration() is None


def test_upgrading_again_changes_nothing(bare: Database) -> None:
    bare.upgrade()
    bare.upgrade()
    assert differences(bare) == []


def test_migrations_can_be_taken_back(bare: Database) -> None:
    bare.upgrade()
    with bare.engine.begin() as connection:
        command.downgrade(bare._alembic(connection), "base")
    assert set(sa.inspect(bare.engine).get_table_names()) - {"sqlite_sequence"} == {"alembic_version"}
    bare.upgrade()
    assert differences(bare) == []


def test_no_two_constraints_share_a_name() -> None:
    metadata = Tables(EDUCATION).metadata
    names = [
        str(part.name)
        for table in metadata.tables.values()
        for part in itertools.chain(table.constraints, table.indexes)
        if not isinstance(part, sa.CheckConstraint)
    ]
    assert len(names) == len(set(names))


def test_every_row_a_center_owns_is_found_by_its_center_first() -> None:
    for table in Tables(EDUCATION).metadata.tables.values():
        if "center_id" in table.columns:
            found = [*table.indexes, *(part for part in table.constraints if isinstance(part, sa.UniqueConstraint))]
            assert any(next(iter(part.columns)).name == "center_id" for part in found), table.name


PEOPLE_CALLED = f"""
    UPDATE center SET phone = '71 200-10-20', country = 'UZ';
    INSERT INTO center (created_at, updated_at, name, address, description, status, time_zone, currency, country, phone)
        VALUES ({WHEN}, {WHEN}, 'Berlin', '', '', 'active', 'Europe/Berlin', 'EUR', 'DE', '030 1234567');
    UPDATE branch SET phone = '(71) 200 10 20';
    UPDATE user_ SET center_id = 1, phone = '90 123-45-67', email = 'aziza@example.com';
    INSERT INTO user_ (created_at, updated_at, username, first_name, last_name, phone, email)
        VALUES ({WHEN}, {WHEN}, 'boss', '', '', '998901234568', 'boss@example.com'),
               ({WHEN}, {WHEN}, 'nobody', '', '', 'call me', NULL),
               ({WHEN}, {WHEN}, 'known', '', '', '+998901234569', NULL);
    UPDATE student SET parent_phone = '8-90';
    INSERT INTO lead (created_at, updated_at, center_id, branch_id, name, phone, status, source, notes)
        VALUES ({WHEN}, {WHEN}, 1, 1, 'Ali', '901234500', 'new', '', '')
"""
STORED = {
    ("center", "phone"): ["+998712001020", "+49301234567"],
    ("branch", "phone"): ["+998712001020"],
    ("lead", "phone"): ["+998901234500"],
    ("user_", "phone"): ["+998901234567", "+998901234568", "call me", "+998901234569"],
    ("student", "parent_phone"): ["8-90"],
}
ANOTHER = "INSERT INTO user_ (created_at, updated_at, first_name, last_name, username, phone, email)"
SISTER = f"{ANOTHER} VALUES ({WHEN}, {WHEN}, '', '', 'sister', '+998901234567', 'aziza@example.com')"
NAMESAKE = f"{ANOTHER} VALUES ({WHEN}, {WHEN}, '', '', 'aziza', NULL, NULL)"


@pytest.fixture
def before_sharing(before_teaching: Database) -> Database:
    """A database in which no two accounts have the same phone, and phones were written in many ways."""
    go(before_teaching, command.upgrade, "0012")
    run(before_teaching, PEOPLE_CALLED)
    return before_teaching


def test_phones_become_international_and_unreadable_ones_stay_and_are_logged(
    before_sharing: Database, caplog: pytest.LogCaptureFixture
) -> None:
    before_sharing.upgrade()
    found = {(table, column): rows(before_sharing, column, table) for table, column in STORED}
    assert {key: [phone for (phone,) in phones] for key, phones in found.items()} == STORED
    logged = [record.getMessage() for record in caplog.records if record.name == "educore.migrations"]
    assert logged == [
        "user_.phone is no phone number in the rows 3",
        "student.parent_phone is no phone number in the rows 1",
    ]


def test_accounts_share_phones_and_addresses_from_now_on_and_no_user_names(before_sharing: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        run(before_sharing, SISTER.replace("+998901234567", "90 123-45-67"))
    before_sharing.upgrade()
    assert differences(before_sharing) == []
    run(before_sharing, SISTER)
    with pytest.raises(sa.exc.IntegrityError):
        run(before_sharing, NAMESAKE)
    assert is_whole(before_sharing)
    with pytest.raises(RuntimeError, match="belong to several accounts"):
        go(before_sharing, command.downgrade, "0012")


def test_the_constraints_come_back_while_nobody_shares(before_sharing: Database) -> None:
    before = rules_of(before_sharing)
    before_sharing.upgrade()
    go(before_sharing, command.downgrade, "0012")
    assert rules_of(before_sharing) == before
    for row in (SISTER, NAMESAKE):
        with pytest.raises(sa.exc.IntegrityError):
            run(before_sharing, row)
    assert is_whole(before_sharing)


def is_whole(database: Database) -> bool:
    """Return whether SQLite finds its own pages and keys in order; PostgreSQL lets nobody rewrite them."""
    if database.engine.dialect.name == "postgresql":
        return True
    with database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
        return pages == "ok" and not connection.exec_driver_sql("PRAGMA foreign_key_check").all()


SIGNED_IN = f"""
    INSERT INTO membership (created_at, updated_at, center_id, user_id, role, is_blocked)
        VALUES ({WHEN}, {WHEN}, 1, 1, 'student', {{no}});
    INSERT INTO sign_in (center_id, user_id, membership_id, token_id, started_at, expires_at, ended_at)
        VALUES (1, 1, 1, 'a', {WHEN}, '2124-01-01 10:00:00+00:00', NULL), (1, 1, 1, 'b', {WHEN}, {WHEN}, {WHEN})
"""


def test_sign_ins_from_before_they_had_a_key_end(before_teaching: Database) -> None:
    go(before_teaching, command.upgrade, "0005")
    run(before_teaching, SIGNED_IN.format(no="false" if before_teaching.engine.dialect.name == "postgresql" else "0"))
    before_teaching.upgrade()
    with before_teaching.engine.connect() as connection:
        found = connection.execute(sa.text("SELECT token_id, key_digest, ended_at FROM sign_in ORDER BY id")).all()
    assert [(token, key, ended is not None) for token, key, ended in found] == [("a", "", True), ("b", "", True)]
    assert str(found[1].ended_at).startswith("2024-01-01")
    go(before_teaching, command.downgrade, "0005")
    assert rows(before_teaching, "token_id", "sign_in") == [("a",), ("b",)]


def test_equipment_becomes_a_list_and_a_text_again(filled_database: Database, world: World) -> None:
    school = Educore(filled_database.store, memory_ports())
    go(filled_database, command.stamp, "head")
    go(filled_database, command.downgrade, "0020")
    first, second = [id for (id,) in rows(filled_database, "id", "room")][:2]
    run(filled_database, f"UPDATE room SET equipment = ' Projector,, \"Board\" , Доска' WHERE id = {first}")
    run(filled_database, f"UPDATE room SET equipment = '' WHERE id = {second}")
    go(filled_database, command.upgrade, "head")
    assert differences(filled_database) == []
    with school.work(world.rustam, read_only=True) as uow:
        found = {room.id: list(room.equipment) for room in uow.as_platform().find(Room)}
    assert (found[first], found[second]) == (["Projector", '"Board"', "Доска"], [])
    go(filled_database, command.downgrade, "0020")
    assert dict(rows(filled_database, "id, equipment", "room"))[first] == 'Projector, "Board", Доска'
    go(filled_database, command.upgrade, "head")

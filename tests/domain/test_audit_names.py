"""What the trail tells of people, groups, prices, leads and Centers; by names that stay when the rows are gone."""

from __future__ import annotations

import json
from datetime import date, time
from typing import Any

import pytest

from educore import EDUCATION, PLATFORM, Audited, Educore, memory_ports, perform, where
from educore.adapters.sql import Database
from educore.admissions import Lead
from educore.attendance import Attendance, mark_class
from educore.audit import AuditEntry
from educore.courses import Course
from educore.groups import Enrollment, Group, enroll_student, leave_group
from educore.identity import Membership, User
from educore.kernel.row_names import compose_name
from educore.organization import Branch, Center, Room
from educore.people import Student, Teacher
from educore.timetable import schedule_session
from support.cast import World, account
from support.plain_rows import change_row
from support.statement_counts import record_statements

TOLD = {
    *("User", "Membership", "Center", "Branch", "Room", "Course", "Student", "Teacher", "Group", "Enrollment"),
    *("Attendance", "Submission", "ExamResult", "ChargeRun", "Invoice", "Payment", "Payroll", "Lead", "Contract"),
    *("AcademicYear", "EducationStage", "GradeLevel", "Guardianship", "AbsenceFlag", "Attempt"),
}


def newest(school: Educore, kind: type, **tests: Any) -> AuditEntry:
    with school.work(PLATFORM, read_only=True) as uow:
        return uow.find(AuditEntry, where(kind=kind.__name__, **tests), order=("id",))[-1]


def test_these_kinds_are_told_and_each_has_a_name() -> None:
    assert {kind.__name__ for kind in EDUCATION.audited} == TOLD
    assert [kind for kind in EDUCATION.audited if not EDUCATION.name_paths(kind)] == []
    later = {kind.__name__ for kind in EDUCATION.audited if kind.audited is Audited.AFTER_CREATION}
    assert later == {"Attendance", "Submission", "Attempt"}


def test_each_change_is_told_by_name(school: Educore, world: World) -> None:
    town, wrong = world.tashkent, []
    changes = {
        (Student, world.sardor.student_id, "Sardor"): {"parent_name": "Salim"},
        (Teacher, world.timur.teacher_id, "Timur"): {"hourly_rate": "50000"},
        (Group, town.evening.id, town.evening.name): {"monthly_fee": "400000"},
        (Course, town.course.id, town.course.name): {"price": "900000"},
        (Branch, town.branch.id, town.branch.name): {"address": "Bunyodkor 5"},
        (Room, town.room.id, town.room.name): {"capacity": 7},
        (Center, town.center.id, town.center.name): {"website": "https://ziyo.example"},
        (User, world.sevara.user_id, "Sevara"): {"last_name": "Karimova"},
    }
    for (kind, id, name), fields in changes.items():
        with school.work(world.rustam) as uow:
            perform(uow, kind, "update", id, fields)
        entry = newest(school, kind, row_id=id)
        said = entry.row_name, entry.action, set(json.loads(entry.before)), set(json.loads(entry.after))
        if said != (name, "changed", set(fields), set(fields)) or entry.center_id != town.center.id:
            wrong.append((kind.__name__, said))
    assert wrong == []


def test_a_place_and_a_move_name_student_and_groups(school: Educore, world: World) -> None:
    town = world.tashkent
    with school.work(world.malika) as uow:
        perform(uow, Student, "move", world.sardor.student_id, {"group_id": town.evening.id})
    moved = newest(school, Student, row_id=world.sardor.student_id)
    groups = {f"Group {group.id}": group.name for group in (town.morning, town.evening)}
    assert json.loads(moved.names) == groups
    left, entered = newest(school, Enrollment, action="changed"), newest(school, Enrollment, action="created")
    assert left.row_name == f"Sardor · {town.morning.name}"
    assert entered.row_name == f"Sardor · {town.evening.name}"
    assert json.loads(entered.names) == {
        f"Student {world.sardor.student_id}": "Sardor",
        f"Group {town.evening.id}": town.evening.name,
    }
    with school.work(world.malika) as uow:
        enroll_student(uow, group_id=town.morning.id, student_id=world.sardor.student_id or 0)
        leave_group(uow, group_id=town.morning.id, student_id=world.sardor.student_id or 0)
    assert newest(school, Enrollment).row_name == f"Sardor · {town.morning.name}"


def test_who_was_made_and_who_is_gone_have_the_names_of_the_time(school: Educore, world: World) -> None:
    with school.work(world.malika) as uow:
        student = perform(
            uow,
            Student,
            "create",
            fields={"account": account("Olim", last_name="Aliyev"), "branch_id": world.tashkent.branch.id},
        )
    assert newest(school, User).row_name == newest(school, Membership).row_name == "Olim Aliyev"
    with school.work(world.malika) as uow:
        perform(uow, Student, "update", student.id, {"account": {"first_name": "Alim", "last_name": ""}})
    changed = newest(school, User, row_id=student.user_id)
    assert (changed.row_name, changed.action) == ("Olim Aliyev", "changed"), "what they were called before"
    with school.work(world.malika) as uow:
        perform(uow, Student, "update", student.id, {"account": {"first_name": ""}})
        perform(uow, Student, "delete", student.id)
    gone = newest(school, Student, row_id=student.id)
    assert (gone.row_name, gone.action) == ("Alim", "removed")
    assert json.loads(gone.names)[f"User {student.user_id}"] == "Alim"


def test_somebody_without_a_name_is_called_by_their_user_name(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        member = perform(uow, Membership, "create", fields={"account": {"username": "nameless"}, "role": "admin"})
    assert newest(school, Membership, row_id=member.id).row_name == "nameless"


def test_a_lead_and_who_looks_after_it_are_named(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        perform(
            uow,
            Lead,
            "create",
            fields={
                "branch_id": world.tashkent.branch.id,
                "name": "Nargiza",
                "phone": "+998901234567",
                "assigned_to_id": world.malika.user_id,
            },
        )
    entry = newest(school, Lead)
    assert entry.row_name == "Nargiza"
    assert json.loads(entry.names)[f"User {world.malika.user_id}"] == "Malika"


@pytest.mark.parametrize("number", [1, 40])
def test_names_are_one_statement_whatever_the_number_of_rows_and_kinds(
    filled_database: Database, world: World, number: int
) -> None:
    school, town = Educore(filled_database.store, memory_ports()), world.tashkent
    with school.work(world.dilshod) as uow:
        rooms = uow.add_all(Room, [_room(town.branch.id, town.center.id, f"R{n}") for n in range(number)])
    with record_statements(filled_database.engine) as ran, school.work(world.dilshod) as uow:
        uow.change_each(Room, {room.id: {"capacity": 3} for room in rooms})
        change_row(uow, town.evening, {"monthly_fee": 5})
        change_row(uow, uow.get(Student, world.shirin.student_id or 0), {"parent_name": "Salim"})
        at_work = len(ran)
    assert len(ran) - at_work == 4, ran[at_work:]


def _room(branch_id: int, center_id: int, name: str) -> dict[str, Any]:
    return {"branch_id": branch_id, "center_id": center_id, "name": name, "capacity": 9}


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        ([("", False, "Olim"), ("", False, "Aliyev"), ("", True, "olim7")], "Olim Aliyev"),
        ([("", False, ""), ("", False, "Aliyev"), ("", True, "olim7")], "Aliyev"),
        ([("", False, ""), ("", False, ""), ("", True, "olim7")], "olim7"),
        ([("student.user", False, "Olim"), ("student.user", True, "olim7"), ("group", False, "A1")], "Olim · A1"),
        ([("student.user", False, ""), ("group", False, "A1")], "A1"),
        ([], ""),
    ],
)
def test_names_are_put_together_row_by_row(parts: list[tuple[str, bool, str]], name: str) -> None:
    assert compose_name(((row, spare), text) for row, spare, text in parts) == name


def test_a_corrected_mark_names_the_student_and_the_lesson(school: Educore, world: World) -> None:
    with school.work(world.timur) as uow:
        lesson = schedule_session(
            uow, group_id=world.tashkent.morning.id, date=date(2024, 1, 1), start_time=time(9), end_time=time(10)
        )
    for status in ("present", "late"):
        with school.work(world.timur) as uow:
            mark_class(uow, lesson, marks=[{"student_id": world.sardor.student_id, "status": status}])
    entry = newest(school, Attendance)
    assert entry.row_name == f"Sardor · 2024-01-01 · {world.tashkent.morning.name}"

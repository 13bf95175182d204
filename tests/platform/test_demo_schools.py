"""The two schools of the made-up data: their structure, their families, and who signs in by e-mail."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from educore import EDUCATION, Actor, Educore, FixedClock, MemoryStore, Role, memory_ports, where
from educore.adapters.passwords import Argon2Passwords
from educore.adapters.sql import Database
from educore.attendance import AbsenceFlag, Attendance, AttendanceStatus, FlagStatus
from educore.courses import Course
from educore.groups import Enrollment, Group
from educore.identity import Membership, User
from educore.learning import Lesson, LessonProgress, LessonResource, LessonView, Tag
from educore.organization import Center, CenterKind, Room
from educore.people import Guardianship, Student, Teacher, sign_in
from educore.schooling import AcademicYear, CurriculumEntry, EducationStage, GradeLevel, current_year
from educore.timetable import Series, Session, Timetable
from educore_web import demo
from educore_web.demo.school_sketches import CASABLANCA, RABAT
from educore_web.demo.schools import SchoolYear, list_school_accounts
from support.small_demo import SMALL_SCHOOL

pytestmark = pytest.mark.long

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)
SUPERADMIN = Actor(Role.SUPERADMIN)
ROLES = {
    "admin": Role.DIRECTOR,
    "admin2": Role.DIRECTOR,
    "teacher": Role.TEACHER,
    "student": Role.STUDENT,
    "parent": Role.PARENT,
    "staff": Role.STAFF,
    "driver": Role.DRIVER,
}


def load(*schools, now=NOW, seed=demo.SEED, store=None):
    """An installation with these schools only, in memory unless there is another store."""
    ports = replace(memory_ports(FixedClock(now)), passwords=Argon2Passwords())
    platform = Educore(store or MemoryStore(EDUCATION), ports)
    demo.load_demo(platform, centers=[], schools=schools, seed=seed)
    return platform


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    """Both schools, in SQLite, which finds one of five hundred pupils without a look at all of them."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('schools')}/schools.db", EDUCATION)
    database.create_all()
    yield load(CASABLANCA, RABAT, store=database.store)
    database.close()


@pytest.fixture
def rows(platform):
    """Every row of a kind: `rows(Group)`."""
    with platform.work(SUPERADMIN, read_only=True) as uow:
        yield uow.find


def test_the_promised_numbers(rows):
    assert [(center.handle, center.kind) for center in rows(Center)] == [
        ("casablanca", CenterKind.SCHOOL),
        ("rabat", CenterKind.SCHOOL),
    ]
    for kind, counts in {
        EducationStage: {1: 3, 2: 1},
        GradeLevel: {1: 12, 2: 6},
        Group: {1: 24, 2: 6},
        Teacher: {1: 40, 2: 8},
        Student: {1: 500, 2: 60},
        Room: {1: 29, 2: 11},
        Course: {1: 13, 2: 10},
    }.items():
        assert Counter(row.center_id for row in rows(kind)) == counts, kind
    roles = Counter((member.center_id, member.role) for member in rows(Membership))
    assert (roles[1, Role.STAFF], roles[1, Role.DRIVER], roles[1, Role.DIRECTOR]) == (3, 6, 1)


def test_the_structure_has_names_in_three_languages(rows):
    named = [*rows(Center), *rows(EducationStage), *rows(GradeLevel), *rows(Course)]
    assert all(row.name.isascii() and row.name_fr and "\u0621" <= row.name_ar[0] <= "\u064a" for row in named)
    first = rows(GradeLevel, where(center_id=1, number=1))[0]
    assert (first.name, first.name_fr, first.name_ar) == ("Grade 1", "1ère Année Primaire", "السنة الأولى ابتدائي")


def test_every_grade_is_taught_what_fits_it(rows):
    codes = {course.id: course.code for course in rows(Course, where(center_id=1))}
    numbers = {grade.id: grade.number for grade in rows(GradeLevel, where(center_id=1))}
    taught = {(numbers[e.grade_level_id], codes[e.course_id]) for e in rows(CurriculumEntry, where(center_id=1))}
    assert {(1, "ARA"), (12, "ARA"), (12, "PHIL")} <= taught
    assert not {(1, "PHIL"), (12, "ART")} & taught


@pytest.mark.parametrize(
    ("now", "year"),
    [
        (datetime(2026, 3, 10, tzinfo=UTC), "2025-2026"),
        (datetime(2026, 8, 31, 12, tzinfo=UTC), "2025-2026"),
        (datetime(2026, 9, 1, 12, tzinfo=UTC), "2025-2026"),
        (datetime(2026, 9, 2, 12, tzinfo=UTC), "2026-2027"),
        (datetime(2028, 2, 29, 12, tzinfo=UTC), "2027-2028"),
    ],
)
def test_the_current_year_follows_the_clock_and_nothing_is_later_than_yesterday(now, year):
    with load(SMALL_SCHOOL, now=now).work(SUPERADMIN, read_only=True) as uow:
        assert current_year(uow, center_id=1).year == year
        assert Counter(row.is_current for row in uow.find(AcademicYear)) == {True: 1, False: 1}
        for kind in (User, Student, Teacher, Group, Enrollment, AcademicYear):
            assert max(row.updated_at for row in uow.find(kind)) < now
        assert uow.count(Enrollment) == SMALL_SCHOOL.pupils


def test_every_pupil_has_a_number_and_a_place_in_a_class_of_their_age(rows):
    groups, users = ({row.id: row for row in rows(kind)} for kind in (Group, User))
    grades = {grade.id: grade.number for grade in rows(GradeLevel)}
    places = {place.student_id: groups[place.group_id] for place in rows(Enrollment)}
    students = rows(Student)
    assert len(places) == len(students) == len({(s.center_id, s.student_number) for s in students if s.student_number})
    for student in students:
        assert student.group_id == places[student.id].id
        age = SchoolYear.at(NOW.date()).first - users[student.user_id].birthday.year
        assert age == 5 + grades[places[student.id].grade_level_id]
    taken = Counter(group.id for group in places.values())
    assert all(0 < taken[id] <= group.capacity for id, group in groups.items())


def test_every_class_has_a_teacher_and_a_room_of_its_own(rows):
    classes = rows(Group)
    assert None not in {group.teacher_id for group in classes} | {group.room_id for group in classes}
    assert len({group.teacher_id for group in classes}) == len({group.room_id for group in classes}) == len(classes)


def test_every_class_has_a_timetable_whose_hours_have_teachers_of_their_own(rows):
    slots, classes = rows(Series), {group.id for group in rows(Group)}
    assert {slot.group_id for slot in slots} == {timetable.group_id for timetable in rows(Timetable)} == classes
    assert min(Counter(slot.group_id for slot in slots).values()) > 10
    for taken in ("teacher_id", "room_id", "group_id"):
        assert len({(getattr(slot, taken), slot.weekdays, slot.start_time) for slot in slots}) == len(slots)
    assert not [session for session in rows(Session) if session.is_cancelled]


def test_some_classes_have_registers_of_the_last_school_days(rows):
    registers = [session for session in rows(Session) if session.register_status]
    assert {register.register_status for register in registers} == {"completed", "in_progress"}
    assert all(register.date < NOW.date() for register in registers)
    marks = rows(Attendance)
    assert {mark.session_id for mark in marks} == {register.id for register in registers}
    assert {mark.status for mark in marks} == set(AttendanceStatus)
    assert any(mark.late_minutes for mark in marks)
    flags = Counter(flag.status for flag in rows(AbsenceFlag))
    assert flags.keys() == set(FlagStatus)
    assert flags[FlagStatus.ACTIVE] > 5
    assert any(mark.absence_reason for mark in marks)


def test_some_classes_have_lessons_that_most_pupils_looked_at(rows):
    lessons = rows(Lesson)
    assert {lesson.is_published for lesson in lessons} == {True, False}
    assert {row.lesson_id for row in rows(LessonResource)} == {lesson.id for lesson in lessons}
    assert {row.lesson_id for row in rows(LessonView)} == {lesson.id for lesson in lessons if lesson.is_published}
    assert {row.completed_at is None for row in rows(LessonProgress)} == {True, False}
    assert {tag.name for tag in rows(Tag)} == {"Calcul", "Fractions"}


def test_brothers_and_sisters_share_their_parents(rows):
    users = {user.id: user for user in rows(User)}
    students = {student.id: users[student.user_id] for student in rows(Student)}
    links = rows(Guardianship)
    assert {link.student_id for link in links} == set(students)
    assert {link.relationship for link in links} == {"mother", "father"}
    children = Counter(link.guardian_id for link in links)
    assert set(children.values()) == {1, 2, 3}
    parents = {member.user_id for member in rows(Membership, where(role=Role.PARENT))}
    assert parents == set(children)
    for guardian in children:
        names = [students[link.student_id] for link in links if link.guardian_id == guardian]
        assert len({child.last_name for child in names}) == 1
        assert len({child.first_name for child in names}) == len(names)


@pytest.mark.parametrize(("email", "password"), list_school_accounts())
@pytest.mark.parametrize("kind", ["email", "username"])
def test_everybody_can_sign_in(platform, email, password, kind):
    actor = sign_in(platform, password=password, **{kind: email}).actor
    assert actor.role is ROLES[email.partition("@")[0]]
    assert actor.center_id == (2 if email == "admin2@madrasti.ma" else 1)


def test_nobody_who_is_told_their_password_is_asked_for_another_one(rows):
    names = {email for email, _ in list_school_accounts()}
    assert {user.password_is_initial for user in rows(User, where(email__in=names))} == {False}


def test_the_child_of_the_parent_is_the_student_in_the_class_of_the_teacher(rows):
    ids = {user.email.partition("@")[0]: user.id for user in rows(User, where(email__icontains="@madrasti.ma"))}
    (student,) = rows(Student, where(user_id=ids["student"]))
    (teacher,) = rows(Teacher, where(user_id=ids["teacher"]))
    assert student.id in [link.student_id for link in rows(Guardianship, where(guardian_id=ids["parent"]))]
    (group,) = rows(Group, where(id=student.group_id))
    assert group.teacher_id == teacher.id


def test_the_same_seed_and_day_give_the_same_people_and_another_seed_others():
    def people(seed):
        with load(SMALL_SCHOOL, seed=seed).work(SUPERADMIN, read_only=True) as uow:
            return [(user.username, user.phone, user.birthday) for user in uow.find(User, order=("id",))]

    assert people(1) == people(1) != people(2)


@pytest.mark.parametrize("seed", range(4))
def test_no_class_overflows_where_a_school_is_full(seed):
    full = replace(SMALL_SCHOOL, capacity=3)
    with load(full, seed=seed).work(SUPERADMIN, read_only=True) as uow:
        assert set(Counter(place.group_id for place in uow.find(Enrollment)).values()) == {3}


def test_school_begins_on_the_fifth_of_september():
    assert SchoolYear.at(date(2026, 8, 31)).first == 2025
    assert SchoolYear.at(date(2026, 9, 1)).starts == date(2026, 9, 5)

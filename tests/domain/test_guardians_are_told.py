"""Guardians are told of absences and flags of their children: once, in their language, and in schools only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from educore import Actor, Educore, FixedClock, Ports, Role, memory_ports, where
from educore.adapters.carriers.local import LocalCarrier
from educore.adapters.memory import FakeMail
from educore.adapters.sql import Database
from educore.attendance import (
    Attendance,
    AttendanceStatus,
    FlagPriority,
    FlagResolution,
    FlagType,
    correct_attendance,
    mark_class,
    prepare_register,
    raise_flag,
    remove_attendance,
    resolve_flag,
    start_register,
    take_register,
)
from educore.groups import enroll_in_class
from educore.identity import Membership, User, block_member
from educore.kernel.store import Store
from educore.messaging import Delivery, Notification, NotificationType, Worker, tell_guardians
from educore.organization import Center
from educore.people import end_guardianship, link_guardian, register_staff
from educore.timetable import Series, Session, add_slot, open_timetable, schedule_session
from support.cast import ROOT, World, account
from support.concurrency import run_concurrently
from support.plain_rows import change_row
from support.school_cast import School, create_school
from support.statement_counts import record_statements

PRESENT, ABSENT, LATE, EXCUSED = AttendanceStatus
MONDAY = date(2024, 11, 4)
HOURS = (8, 9, 10)


@pytest.fixture
def heard() -> list[str]:
    """The wakes after commits."""
    return []


def prepare_platform(store: Store, ports: Ports, heard: list[str]) -> Educore:
    """A platform that has a mail server, and tells when it wakes somebody."""
    carrier = LocalCarrier()
    carrier.listen(heard.append)
    return Educore(store, replace(ports, carrier=carrier, mail=FakeMail()))


@pytest.fixture
def platform(store: Store, ports: Ports, heard: list[str]) -> Educore:
    """Both towns and the school, in each of the stores in turn."""
    return prepare_platform(store, ports, heard)


def fill(platform: Educore, world: World) -> tuple[School, list[Session]]:
    """The school on a Monday: both pupils in class A, and the registers of its three lessons, started."""
    school = create_school(platform, world.rustam)
    with platform.work(school.director) as uow:
        since = date(2024, 9, 2)
        enroll_in_class(uow, group_id=school.class_a.id, student_id=school.newcomer.student_id or 0, enrolled_on=since)
        week = open_timetable(uow, group_id=school.class_a.id, effective_from=since)
        more: dict[str, Any] = {"teacher_id": school.teacher.teacher_id, "course_id": school.course.id}
        registers = []
        for hour in HOURS:
            times = {"start_time": time(hour), "end_time": time(hour + 1)}
            slot = add_slot(uow, timetable_id=week.id, weekday="mon", **times, **more)
            registers.append(start_register(uow, prepare_register(uow, series_id=slot.id, date=MONDAY)))
    return school, registers


@pytest.fixture
def filled(platform: Educore, world: World, clock: FixedClock, heard: list[str]) -> tuple[School, list[Session]]:
    clock.time = datetime(2024, 11, 4, 12, tzinfo=UTC)
    found = fill(platform, world)
    heard.clear()
    return found


@pytest.fixture
def school(filled: tuple[School, list[Session]]) -> School:
    """The school on a Monday."""
    return filled[0]


@pytest.fixture
def lessons(filled: tuple[School, list[Session]]) -> list[Session]:
    """The lessons of class A, whose registers are started."""
    return filled[1]


def do(platform: Educore, who: Actor, act: Callable[..., Any], *row: Any, **fields: Any) -> Any:
    """A use case in a transaction of its own."""
    with platform.work(who) as uow:
        return act(uow, *row, **fields)


def mark(
    platform: Educore, school: School, session: Session, status: AttendanceStatus, who: Actor | None = None
) -> Any:
    """The mark of the first pupil, or of somebody else, given by the teacher."""
    marks = [{"student_id": (who or school.student).student_id, "status": status}]
    return do(platform, school.teacher, take_register, session, marks=marks)


def notes(platform: Educore, who: Actor | None = None) -> list[Notification]:
    """Everything that somebody was told, or everybody."""
    with platform.work(ROOT, read_only=True) as uow:
        found = uow.find(Notification, to="remind", order=("id",))
    return [note for note in found if who is None or note.user_id == who.user_id]


def kinds(platform: Educore, who: Actor | None = None) -> list[NotificationType]:
    return [note.type for note in notes(platform, who)]


# -- marks -----------------------------------------------------------------------------------------------


def test_the_mother_of_an_absent_child_is_told_in_three_languages(
    platform: Educore, school: School, lessons: list[Session], heard: list[str]
) -> None:
    with platform.work(ROOT) as uow:
        change_row(uow, uow.get(User, school.parent.user_id or 0), {"language": "fr", "email": "meryem@example.org"})
    taken = mark(platform, school, lessons[0], ABSENT)
    (note,) = notes(platform)
    assert (note.user_id, note.student_id) == (school.parent.user_id, school.student.student_id)
    assert (note.type, note.priority, note.requires_action) == (NotificationType.ABSENCE_ALERT, FlagPriority.LOW, True)
    assert (note.about_kind, note.about_id) == ("Attendance", taken.marks[0].id)
    assert (note.auto_generated, note.is_read) == (True, False)
    lesson = f"Arabe ({school.class_a.name}), 2024-11-04 08:00"
    assert note.title == note.title_fr == "Absence"
    assert note.message == note.message_fr == f"Yasmine a été absent(e) : {lesson}"
    assert "Yasmine" in (note.message_ar or "")
    assert note.title_ar == "غياب"
    assert heard == [f"user:{school.parent.user_id}:{note.id}"]
    with platform.work(ROOT, read_only=True) as uow:
        (mail,) = uow.find(Delivery)
    assert (mail.address, mail.subject, mail.notification_id) == ("meryem@example.org", "Absence", note.id)
    assert mail.text == f"{note.message}\n\n{school.center.name}"
    while Worker(platform).run_once():
        pass
    assert isinstance(platform.ports.mail, FakeMail)
    assert [sent.to for sent in platform.ports.mail.sent] == ["meryem@example.org"]


def test_whoever_wants_no_mail_is_told_inside_alone(platform: Educore, school: School, lessons: list[Session]) -> None:
    with platform.work(ROOT) as uow:
        mother = uow.get(User, school.parent.user_id or 0)
        change_row(uow, mother, {"email": "meryem@example.org", "wants_mail": False})
    mark(platform, school, lessons[0], ABSENT)
    assert kinds(platform) == [NotificationType.ABSENCE_ALERT]
    with platform.work(ROOT, read_only=True) as uow:
        assert uow.count(Delivery) == 0


def test_whoever_has_no_address_is_told_inside_and_a_center_may_have_a_language(
    platform: Educore, school: School, lessons: list[Session]
) -> None:
    with platform.work(ROOT) as uow:
        change_row(uow, uow.get(Center, school.center.id), {"languages": ["ar"]})
    mark(platform, school, lessons[0], ABSENT)
    (note,) = notes(platform)
    assert note.message == note.message_ar
    with platform.work(ROOT, read_only=True) as uow:
        assert uow.count(Delivery) == 0


@pytest.mark.parametrize(
    ("status", "expected"),
    [(PRESENT, []), (EXCUSED, []), (LATE, [NotificationType.LATE_ALERT]), (ABSENT, [NotificationType.ABSENCE_ALERT])],
)
def test_only_absent_and_late_marks_are_told(
    platform: Educore,
    school: School,
    lessons: list[Session],
    status: AttendanceStatus,
    expected: list[NotificationType],
) -> None:
    mark(platform, school, lessons[0], status)
    assert kinds(platform) == expected
    mark(platform, school, lessons[0], status)
    assert kinds(platform) == expected, "repeated"


def test_an_absence_of_many_lessons_is_told_once_and_another_one_of_the_day_again(
    platform: Educore, school: School, lessons: list[Session]
) -> None:
    eight, nine, ten = lessons
    mark(platform, school, nine, ABSENT)
    mark(platform, school, eight, ABSENT)
    assert len(notes(platform)) == 1, "marked in another order, it is the same absence"
    mark(platform, school, nine, PRESENT)
    mark(platform, school, ten, ABSENT)
    absences = [note.message_fr or "" for note in notes(platform) if note.key and note.key.startswith("absent")]
    assert [text[-5:] for text in absences] == ["09:00", "10:00"]


def test_a_correction_is_told_once_to_those_who_were_told_of_the_absence(
    platform: Educore, school: School, lessons: list[Session]
) -> None:
    absent = mark(platform, school, lessons[0], ABSENT).marks[0]
    do(platform, school.staff, correct_attendance, absent, status=PRESENT)
    first, second = notes(platform)
    assert (second.title, second.requires_action) == ("Attendance Corrected", False)
    for status in (ABSENT, PRESENT, ABSENT, PRESENT):
        do(platform, school.staff, correct_attendance, absent, status=status)
    assert [note.id for note in notes(platform)] == [first.id, second.id]
    younes = mark(platform, school, lessons[0], EXCUSED, school.newcomer).marks[0]
    do(platform, school.staff, correct_attendance, younes, status=PRESENT)
    assert notes(platform, school.second_parent) == [], "nothing was wrong that she was told"
    do(platform, school.director, remove_attendance, younes)
    assert notes(platform, school.second_parent) == []


def test_the_rest_of_an_absence_is_told_when_its_beginning_was_a_mistake(
    platform: Educore, school: School, lessons: list[Session]
) -> None:
    eight, nine, ten = lessons
    first = mark(platform, school, eight, ABSENT).marks[0]
    mark(platform, school, nine, EXCUSED)
    mark(platform, school, ten, ABSENT)
    do(platform, school.staff, correct_attendance, first, status=LATE)
    assert [(note.type, (note.message_fr or "")[-5:]) for note in notes(platform)] == [
        (NotificationType.ABSENCE_ALERT, "08:00"),
        (NotificationType.LATE_ALERT, "08:00"),
        (NotificationType.ABSENCE_ALERT, "10:00"),
    ]


def test_a_lesson_beside_the_timetable_is_told_too(platform: Educore, school: School) -> None:
    hours: dict[str, Any] = {"date": MONDAY, "start_time": time(14), "end_time": time(15)}
    session = do(platform, school.director, schedule_session, group_id=school.class_a.id, **hours)
    absent = {"student_id": school.student.student_id, "status": ABSENT}
    do(platform, school.teacher, mark_class, session, marks=[absent])
    (note,) = notes(platform)
    assert (note.priority, note.requires_action) == (FlagPriority.LOW, False), "no flag was raised"


# -- flags -----------------------------------------------------------------------------------------------


def test_a_flag_raised_by_hand_and_its_resolution_are_told(
    platform: Educore, school: School, lessons: list[Session]
) -> None:
    who = {"student_id": school.student.student_id, "session_id": lessons[0].id}
    flag = do(platform, school.staff, raise_flag, **who, type=FlagType.LATE_PATTERN, priority=FlagPriority.HIGH)
    findings = {"resolution": FlagResolution.UNJUSTIFIED, "notes": "Between us"}
    do(platform, school.staff, resolve_flag, flag, **findings)
    raised, resolved = notes(platform)
    assert (raised.type, raised.priority, raised.requires_action) == ("flag_created", FlagPriority.HIGH, True)
    assert (resolved.type, resolved.title, resolved.requires_action) == ("flag_resolved", "Absence Not Accepted", False)
    assert {(note.about_kind, note.about_id) for note in (raised, resolved)} == {("AbsenceFlag", flag.id)}
    assert "Between us" not in resolved.message


def test_an_absence_that_raised_a_flag_is_one_message_and_its_resolution_another(
    platform: Educore, school: School, lessons: list[Session]
) -> None:
    (flag,) = mark(platform, school, lessons[0], ABSENT).flags
    do(platform, school.staff, resolve_flag, flag, resolution=FlagResolution.JUSTIFIED, excuse=True)
    assert kinds(platform) == [NotificationType.ABSENCE_ALERT, NotificationType.FLAG_RESOLVED]


def test_frequent_absence_is_told_once(
    platform: Educore, school: School, lessons: list[Session], clock: FixedClock
) -> None:
    slot = lessons[0].series_id
    with platform.work(school.director) as uow:
        week: dict[str, Any] = {"timetable_id": uow.get(Series, slot or 0).timetable_id, "start_time": time(8)}
        for day in ("tue", "wed", "thu", "fri"):
            add_slot(uow, **week, weekday=day, end_time=time(9), teacher_id=school.teacher.teacher_id)
    for days in range(5):
        clock.time = datetime(2024, 11, 4 + days, 12, tzinfo=UTC)
        with platform.work(school.staff) as uow:
            (session,) = uow.find(Session, where(date=MONDAY + timedelta(days=days), start_time=time(8)))
        absent = {"student_id": school.student.student_id, "status": ABSENT}
        do(platform, school.teacher, mark_class, session, marks=[absent])
    assert kinds(platform) == [NotificationType.ABSENCE_ALERT] * 5 + [NotificationType.CHRONIC_ABSENCE]
    (*_, last_absence, chronic) = notes(platform)
    assert (chronic.priority, chronic.about_id) == (FlagPriority.URGENT, last_absence.about_id)
    assert last_absence.priority is FlagPriority.HIGH
    with platform.work(ROOT, read_only=True) as uow:
        fifth = uow.get(Attendance, last_absence.about_id or 0)
    for status in (PRESENT, ABSENT):
        do(platform, school.staff, correct_attendance, fifth, status=status)
    assert kinds(platform).count(NotificationType.CHRONIC_ABSENCE) == 1


# -- who ---------------------------------------------------------------------------------------------------


def test_only_guardians_of_today_who_are_not_blocked_are_told(
    platform: Educore, school: School, lessons: list[Session]
) -> None:
    child = school.student.student_id or 0
    with platform.work(school.director) as uow:
        aunt, uncle = (register_staff(uow, account=account(name), role=Role.PARENT) for name in ("Aicha", "Omar"))
        links = [link_guardian(uow, guardian_id=one.user_id, student_id=child) for one in (aunt, uncle)]
        end_guardianship(uow, links[0])
        block_member(uow, uow.get(Membership, uncle.id))
    mark(platform, school, lessons[0], ABSENT)
    assert {note.user_id for note in notes(platform)} == {school.parent.user_id}
    mark(platform, school, lessons[0], ABSENT, school.newcomer)
    assert {note.user_id for note in notes(platform)} == {school.parent.user_id, school.second_parent.user_id}


def test_two_children_of_one_mother_are_two_messages(platform: Educore, school: School, lessons: list[Session]) -> None:
    both = [school.student, school.newcomer]
    with platform.work(school.director) as uow:
        link_guardian(uow, guardian_id=school.parent.user_id or 0, student_id=school.newcomer.student_id or 0)
        marks = [{"student_id": child.student_id, "status": ABSENT} for child in both]
    do(platform, school.teacher, take_register, lessons[0], marks=marks)
    told = [(note.user_id, note.student_id) for note in notes(platform)]
    assert sorted(told) == sorted(
        (who.user_id, child.student_id)
        for who, child in [(school.parent, both[0]), (school.parent, both[1]), (school.second_parent, both[1])]
    )


def test_a_center_that_is_no_school_tells_nobody(platform: Educore, world: World, school: School) -> None:
    town = world.tashkent
    with platform.work(ROOT) as uow:
        parent = register_staff(uow, account=account("Dilbar"), role=Role.PARENT, center_id=town.center.id)
        link = {"guardian_id": parent.user_id, "student_id": world.sardor.student_id or 0}
        link_guardian(uow, **link)
    hours: dict[str, Any] = {"date": date(2024, 1, 2), "start_time": time(8), "end_time": time(9)}
    session = do(platform, world.dilshod, schedule_session, group_id=town.morning.id, **hours)
    for who in (world.dilshod, ROOT):
        absent = {"student_id": world.sardor.student_id, "status": ABSENT if who is ROOT else LATE}
        do(platform, who, mark_class, session, marks=[absent])
    assert notes(platform) == []


# -- once, and not before the commit ----------------------------------------------------------------------


def test_the_number_of_those_who_are_told_is_known_before_the_commit(
    platform: Educore, school: School, lessons: list[Session]
) -> None:
    absent = {"student_id": school.student.student_id, "status": ABSENT}
    with platform.work(school.teacher) as uow:
        take_register(uow, lessons[0], marks=[absent])
        assert len(tell_guardians(uow)) == 1
        assert tell_guardians(uow) == []
        take_register(uow, lessons[0], marks=[{**absent, "student_id": school.newcomer.student_id}])
        assert len(tell_guardians(uow)) == 1, "what has happened since"
    assert len(notes(platform)) == 2


def test_what_is_undone_is_told_to_nobody(
    platform: Educore, school: School, lessons: list[Session], heard: list[str]
) -> None:
    absent = {"student_id": school.student.student_id, "status": ABSENT}
    with pytest.raises(ZeroDivisionError), platform.work(school.teacher) as uow:
        take_register(uow, lessons[0], marks=[absent])
        assert len(tell_guardians(uow)) == 1
        raise ZeroDivisionError
    assert (notes(platform), heard) == ([], [])
    mark(platform, school, lessons[0], ABSENT)
    assert (len(notes(platform)), len(heard)) == (1, 1)


@pytest.fixture
def database_platform(filled_database: Database, heard: list[str]) -> Educore:
    """The same in a SQLite file and in PostgreSQL."""
    return prepare_platform(
        filled_database.store, memory_ports(FixedClock(datetime(2024, 11, 4, 12, tzinfo=UTC))), heard
    )


def test_a_class_marked_by_many_at_once_is_told_once(database_platform: Educore, world: World) -> None:
    platform = database_platform
    school, lessons = fill(platform, world)
    absent = [{"student_id": one.student_id, "status": ABSENT} for one in (school.student, school.newcomer)]

    def take(session: Session, who: Actor, act: Callable[..., Any]) -> Callable[[], Any]:
        return lambda: do(platform, who, act, session, marks=absent)

    same = [take(lessons[0], who, mark_class) for who in (school.teacher, school.staff)] * 2
    assert run_concurrently(*same) == ["done"] * 4
    assert len(notes(platform)) == 2
    others = [take(session, school.staff, take_register) for session in lessons]
    assert run_concurrently(*others * 2) == ["done"] * 6
    assert len(notes(platform)) == 2, "the absence goes on"


def test_telling_takes_as_few_statements_for_many_students(
    database_platform: Educore, world: World, filled_database: Database
) -> None:
    platform = database_platform
    school, lessons = fill(platform, world)
    with platform.work(ROOT) as uow:
        for person in (school.parent, school.second_parent):
            change_row(uow, uow.get(User, person.user_id or 0), {"email": "home@example.org"})
    counts = []
    for session, pupils in zip(lessons[::2], ([school.student], [school.student, school.newcomer]), strict=True):
        late = [{"student_id": one.student_id, "status": LATE} for one in pupils]
        with platform.work(school.staff) as uow:
            take_register(uow, session, marks=late)
            with record_statements(filled_database.engine) as statements:
                assert len(tell_guardians(uow)) == len(pupils)
        counts.append(len(statements))
        with record_statements(filled_database.engine) as statements, platform.work(school.staff) as uow:
            tell_guardians(uow)
        assert not [one for one in statements if "notification" in one]
    assert counts[0] == counts[1] <= 9

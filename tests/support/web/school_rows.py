"""Two schools on the running platform, with addresses, telephones and words of their own, and rows nobody needs.

Badr      in the office of Casablanca, blocked after he had signed in
Kénitra   a school that was deactivated after its director Kamal had signed in
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from educore import Actor, Educore, Role, UnitOfWork, perform, where
from educore.attendance import AttendanceStatus, Taken
from educore.courses import Course
from educore.groups import Enrollment, Group, create_group, end_enrollment, enroll_in_class, register_student
from educore.identity import Membership, User, block_member
from educore.identity.entities import CodePurpose
from educore.identity.one_time_codes import issue_link
from educore.messaging import Notification
from educore.organization import Center, Room, create_center, deactivate_center
from educore.people import Guardianship, register_director, register_staff
from educore.rewards import Badge, BadgeAward, BoardType, RewardEntry, look_at_board
from educore.schooling import AcademicYear, EducationStage, GradeLevel
from educore.timetable import Series, Session, Timetable, add_slot
from support.cast import ROOT, World, account
from support.plain_rows import change_row, plain
from support.school_cast import CASABLANCA, RABAT, School, create_school
from support.web.absence_rows import add_flags, save_day
from support.web.homework_rows import HomeworkRows, add_homework
from support.web.lesson_rows import GRADE, LESSON, SUBJECT, LessonRows, add_lessons

CLASS_A, YASMINE = "5", "30"
"""The class and the account of the first pupil of Casablanca, for queries that are written before there are rows."""

MONDAYS = (date(2023, 12, 18), date(2023, 12, 25), date(2024, 1, 1))
"""The last three Mondays; the clock of the tests stands still on the third."""


@dataclass(frozen=True)
class SpareRows:
    """The ids of what a school has beside its cast; `put_away` are archived rows, and `rewards` those of rewards, by
    kind.

    `former_place` is that of somebody who left the class, `idle` the account of somebody whom nothing needs. Of the
    registers one is prepared, one is started, and that of today is `taken`: the first pupil came late, in the `record`.
    """

    course: int
    room: int
    stage: int
    enrollment: int
    guardianship: int
    former_place: int
    idle: int
    timetable: int
    slot: int
    register: int
    flag: int
    prepared: int
    started: int
    taken: int
    record: int
    notification: int
    report: int
    homework: HomeworkRows
    learning: LessonRows
    put_away: dict[str, int]
    rewards: dict[str, int]


@dataclass(frozen=True)
class Schools:
    """Both schools, their people by name, the spare rows by Center, and the secret of a link mailed to Driss."""

    casablanca: School
    rabat: School
    people: tuple[str, ...]
    spare: dict[int, SpareRows]
    reset_token: str
    blocked: int
    closed: int

    def everybody(self) -> dict[str, Actor]:
        """The cast of both schools by name."""
        names = (name.lower() for name in CASABLANCA + RABAT)
        return dict(zip(names, [*self.casablanca.everybody(), *self.rabat.everybody()], strict=True))

    def apply_blocks(self, school: Educore) -> None:
        """Block Badr and deactivate Kénitra."""
        with school.work(ROOT) as uow:
            block_member(uow, uow.get(Membership, self.blocked))
            deactivate_center(uow, uow.get(Center, self.closed))


def add_schools(platform: Educore, world: World) -> Schools:
    """Found both schools beside the towns."""
    casablanca = create_school(platform, world.rustam)
    rabat = create_school(platform, world.rustam, city="Rabat", names=RABAT)
    assert (str(casablanca.class_a.id), str(casablanca.student.user_id)) == (CLASS_A, YASMINE)
    schools = {"Casablanca": casablanca, "Rabat": rabat}
    spare = {}
    for number, (city, school) in enumerate(schools.items(), start=1):
        _tell_more(platform, world, school, city, number)
        spare[school.center.id] = _add_spare_rows(platform, school, city)
    known = (spare[casablanca.center.id].learning.lesson, casablanca.course.id, casablanca.first_grade.id)
    assert tuple(map(str, known)) == (LESSON, SUBJECT, GRADE), known
    with platform.work(world.rustam) as uow:
        driss = uow.get(User, casablanca.director.user_id or 0)
        reset_token = issue_link(uow, driss, purpose=CodePurpose.RESET_PASSWORD, host="")
        badr = register_staff(uow, account=account("Badr"), role=Role.STAFF, center_id=casablanca.center.id)
        kenitra = create_center(uow, name="Lycée Kénitra", country="MA", kind="school")
        register_director(uow, account=account("Kamal"), center_id=kenitra.id)
    people = (*(name.lower() for name in CASABLANCA + RABAT), "badr", "kamal")
    return Schools(casablanca, rabat, people, spare, reset_token, blocked=badr.id, closed=kenitra.id)


def email_of(username: str, city: str = "casablanca") -> str:
    """The address with which somebody of a school signs in."""
    return f"{username}@{city}.ma"


def _tell_more(platform: Educore, world: World, school: School, city: str, number: int) -> None:
    """Give a school and everybody in it words of their own."""
    place = city.lower()
    with platform.work(world.rustam) as uow:
        school_words = {"phone": f"+21252{number}000100", "email": f"office@{place}.ma", "city": city, "handle": place}
        change_row(uow, uow.get(Center, school.center.id), school_words)
        for user in uow.find(User, where(center_id=school.center.id)):
            name = user.first_name
            words = {
                "phone": f"+21261{number}{user.id:06}",
                "email": email_of(user.username, place),
                "last_name": f"{name}i{place[:3]}",
                "birthday": date(1990, number, 1 + user.id % 28),
                "address": f"{user.id} avenue de {city}",
                "bio": f"{name} of {city}",
                "emergency_contact_name": f"Famille {name} {city}",
                "emergency_contact_phone": f"+21263{number}{user.id:06}",
            }
            change_row(uow, user, words)
        for group in uow.find(Group, where(center_id=school.center.id)):
            change_row(uow, group, {"name": f"{city} {group.name}"})


def _add_spare_rows(platform: Educore, school: School, city: str) -> SpareRows:
    """Add what nobody needs, put something of each kind away, and find the place and the mother of the first pupil."""
    with platform.work(school.director) as uow:
        moment = {"created_at": uow.ports.clock.now()}
        course = uow.add(Course, {"name": f"Échecs {city}", "code": f"ECH{city}", **moment})
        room = uow.add(Room, {"branch_id": school.branch.id, "name": f"Cave {city}", "capacity": 10})
        stage = uow.add(EducationStage, {"name": f"Lycée de {city}", "stage": "high", "position": 3})
        (enrollment,) = uow.find(Enrollment, where(student_id=school.student.student_id))
        (guardianship,) = uow.find(Guardianship, where(guardian_id=school.parent.user_id))
        leaver = register_student(uow, account=account(f"Parti{city}"), branch_id=school.branch.id)
        place = end_enrollment(uow, enroll_in_class(uow, group_id=school.class_a.id, student_id=leaver.id))
        idle = register_staff(uow, account=account(f"Calme{city}"), role=Role.DRIVER)
        gone = register_staff(uow, account=account(f"Absent{city}"), role=Role.DRIVER)
        perform(uow, Membership, "archive", gone.id)
        timetable, slot, *old_lessons = _plan_lessons(uow, school)
        register, flag = add_flags(uow, school, slot, city)
        put_away = {type(row).__name__: row.id for row in _put_away(uow, school, stage, city)}
        put_away |= {type(row).__name__: row.id for row in old_lessons}
        registers = _open_registers(uow, school, slot)
        words = {"title": f"Entretien {city}", "message": f"Venez au lycée de {city}"}
        about = {"user_id": school.parent.user_id, "student_id": school.student.student_id, "type": "flag_created"}
        note = perform(uow, Notification, "write_to_guardian", fields={**about, **words}, returns=Notification)
    spare = (course.id, room.id, stage.id, enrollment.id, guardianship.id, place.id, idle.user_id)
    spare += (timetable.id, slot.id, register, flag, *registers, note.id, save_day(platform, school))
    homework = add_homework(platform, school, city)
    put_away["Assessment"] = homework.put_away
    lessons = add_lessons(platform, school, city)
    put_away |= {"Membership": gone.user_id, "Lesson": lessons.put_away}
    return SpareRows(*spare, homework, lessons, put_away, _add_rewards(platform, school, city))


def _add_rewards(platform: Educore, school: School, city: str) -> dict[str, int]:
    """Give the first pupil points and a badge, and let her spend some; return the ids of rows by their kind."""
    student_id = school.student.student_id or 0
    by_hand = {"reason": "manual_adjustment", "student_id": student_id}
    with platform.work(school.director) as uow:
        badge = perform(uow, Badge, "create", fields={"name": f"Étoile de {city}", "points_reward": 10})
        for kind, points in (("bonus", 100), ("spent", -5)):
            given = {"type": kind, "points": points, "description": f"Dessin de {city}"}
            entry = perform(uow, RewardEntry, "create", fields={**by_hand, **given})
        board = look_at_board(uow, board_type=BoardType.WEEKLY)
        assert board is not None
    with platform.work(ROOT) as uow:
        award = {"center_id": school.center.id, "badge_id": badge.id, "student_id": student_id}
        plain(uow, BadgeAward).add(BadgeAward, {**award, "earned_at": uow.ports.clock.now()})
    return {"Badge": badge.id, "Leaderboard": board.id, "RewardEntry": entry.id, "Wallet": entry.wallet_id}


def _plan_lessons(uow: UnitOfWork, school: School) -> list[Any]:
    """Plan a lesson a week in class A, and archive another one and the timetable of class B."""
    autumn = {"effective_from": date(2024, 9, 2), "effective_to": date(2024, 9, 30)}
    timetable = perform(uow, Timetable, "create", fields={**autumn, "group_id": school.class_a.id})
    old = perform(uow, Timetable, "create", fields={**autumn, "group_id": school.class_b.id})
    hours: dict[str, Any] = {"course_id": school.course.id, "teacher_id": school.teacher.teacher_id}
    monday, tuesday = (
        add_slot(uow, timetable_id=timetable.id, weekday=day, start_time=time(8), end_time=time(9), **hours)
        for day in ("mon", "tue")
    )
    return [timetable, monday, perform(uow, Timetable, "archive", old.id), perform(uow, Series, "archive", tuesday.id)]


def _open_registers(uow: UnitOfWork, school: School, slot: Series) -> tuple[int, int, int, int]:
    """Move three lessons to the last Mondays, and prepare, start and take a register; the last id is that of a mark."""
    (place,) = uow.find(Enrollment, where(student_id=school.student.student_id))
    change_row(uow, place, {"enrolled_on": MONDAYS[0]})
    lessons = uow.find(Session, where(series_id=slot.id, register_status__isnull=True), order=("date",), limit=3)
    for lesson, day in zip(lessons, MONDAYS, strict=True):
        starts_at = datetime.combine(day, time(7), UTC)  # Morocco is an hour before UTC
        change_row(uow, lesson, {"date": day, "starts_at": starts_at, "ends_at": starts_at + timedelta(hours=1)})
        perform(uow, Session, "prepare_register", fields={"series_id": slot.id, "date": day})
    prepared, started, taken = lessons
    for register in (started, taken):
        perform(uow, Session, "start_register", register.id)
    late = {"student_id": school.student.student_id, "status": AttendanceStatus.LATE, "late_minutes": 5}
    found = perform(uow, Session, "take_register", taken.id, {"marks": [late]}, returns=Taken)
    return prepared.id, started.id, taken.id, found.marks[0].id


def _put_away(uow: UnitOfWork, school: School, stage: EducationStage, city: str) -> list[Any]:
    """Add a year, a level, a grade, a subject and a class that the school had once, and archive them."""
    in_class: dict[str, Any] = {"grade_level_id": school.second_grade.id, "academic_year_id": school.year.id}
    past = {"year": "2020-2021", "start_date": date(2020, 9, 1), "end_date": date(2021, 6, 30)}
    rows = [
        perform(uow, AcademicYear, "create", fields=past),
        uow.add(EducationStage, {"name": f"Ancien {city}", "stage": "middle", "position": 9}),
        uow.add(GradeLevel, {"stage_id": stage.id, "number": 12, "name": f"Terminale {city}"}),
        uow.add(Course, {"name": f"Latin {city}", "created_at": uow.ports.clock.now()}),
        create_group(uow, **in_class, section=f"Z {city}"),
    ]
    return [perform(uow, type(row), "archive", row.id) for row in rows]

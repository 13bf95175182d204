"""The structure of a school in both Centers of the town: a year, a stage, a grade level, a class and a mother."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

from educore import Entity, Role, UnitOfWork, perform, where
from educore.assessment import Answer, Assessment, Attempt, Question
from educore.attendance import AbsenceFlag, Attendance, AttendanceReport, FlagDocument
from educore.courses import Course
from educore.groups import Group, enroll_in_class
from educore.identity import Membership
from educore.learning import Lesson, LessonResource, LessonView
from educore.organization import Branch, Center
from educore.people import Guardianship, Student, Teacher, register_staff
from educore.rewards import Badge, BadgeAward, Leaderboard, LeaderboardEntry, RewardEntry
from educore.schooling import AcademicYear, EducationStage, GradeLevel, set_curriculum
from educore.timetable import Series, Session, add_slot, open_timetable
from support.admin.town import PASSWORD, Place, World
from support.plain_rows import plain


@dataclass(frozen=True)
class Structure:
    """The ids of what a school has; `parent` is the membership of the mother of its student."""

    year: int
    next_year: int
    stage: int
    grade: int
    group: int
    parent: int
    guardianship: int


def add_structure(world: World) -> dict[str, Structure]:
    """Give both Centers of the town what schools have, and return it by their names."""
    with world.as_boss() as uow:
        return {
            name: _structure(uow, place, name) for name, place in (("Registon", world.registon), ("Zukko", world.zukko))
        }


def add_spare_rows(uow: UnitOfWork, place: Place, name: str, has: Structure) -> list[Entity]:
    """Add a row of each kind that can be archived to a Center, on which nothing depends."""
    center = {"center_id": place.center}
    course = perform(uow, Course, "create", fields={**center, "name": f"{name} Latin"})
    stage = {"stage": "high", "position": 2}
    stage = perform(uow, EducationStage, "create", fields={**center, "name": f"{name} high", **stage})
    grade = {"stage_id": has.stage, "number": 2, "name": f"{name} second"}
    grade = perform(uow, GradeLevel, "create", fields={**center, **grade})
    group = {"grade_level_id": has.grade, "academic_year_id": has.year, "section": "B"}
    group = perform(uow, Group, "create", fields={**group, "branch_id": place.branch})
    account = {"username": f"driver-{name.lower()}", "password": PASSWORD, "first_name": "Hamid", "last_name": name}
    driver = register_staff(uow, account=account, role=Role.DRIVER, center_id=place.center)
    summer = open_timetable(uow, group_id=has.group, effective_from=date(2024, 6, 3))
    slot = _unused_slot(uow, has, course=place.course)
    quiz = {"kind": "quiz", "title": f"{name} quiz", "group_ids": [place.group], "teacher_id": place.teacher}
    quiz = perform(uow, Assessment, "create", fields=quiz)
    question = {"assessment_id": quiz.id, "points": 1, "kind": "short_text", "text": f"{name}?"}
    perform(uow, Question, "create", fields=question)
    old = perform(uow, Lesson, "create", fields={**center, "title": f"{name} seas"})
    return [old, quiz, course, stage, grade, group, driver, uow.get(AcademicYear, has.next_year), slot, summer]


def archive_rows(world: World, structures: dict[str, Structure]) -> None:
    """Archive a row of each kind that can be archived, in both Centers."""
    for place, name in ((world.registon, "Registon"), (world.zukko, "Zukko")):
        with world.as_boss() as uow:
            for row in add_spare_rows(uow, place, name, structures[name]):
                perform(uow, type(row), "archive", row.id)


def _unused_slot(uow: UnitOfWork, has: Structure, *, course: int) -> Series:
    """Add two slots that are not in use to the week of the class: they plan no sessions."""
    week = open_timetable(uow, group_id=has.group, effective_from=date(2024, 3, 4))
    hour = {"start_time": time(15), "end_time": time(16), "course_id": course, "is_active": False}
    add_slot(uow, timetable_id=week.id, weekday="tue", **hour)
    return add_slot(uow, timetable_id=week.id, weekday="mon", **hour)


def plan_register(uow: UnitOfWork, place: Place) -> Session:
    """Plan a lesson of today whose register is prepared."""
    lesson = {"center_id": place.center, "group_id": place.group, "date": date(2024, 1, 1)}
    return plain(uow, Session).add(Session, {**lesson, "register_status": "not_started"})


def flag_absence(uow: UnitOfWork, place: Place, name: str) -> None:
    """Flag an absence of the student, about which the family has handed in a note."""
    found = uow.find(Session, where(center_id=place.center), order=("id",), limit=1)
    session = found[0] if found else plan_register(uow, place)
    about = {"center_id": place.center, "student_id": place.student, "session_id": session.id}
    flag = plain(uow, AbsenceFlag).add(AbsenceFlag, {**about, "type": "absence", "priority": "low"})
    note = {"center_id": place.center, "flag_id": flag.id, "note": f"{name} letter"}
    plain(uow, FlagDocument).add(FlagDocument, {**note, "created_at": uow.ports.clock.now()})


def save_report(uow: UnitOfWork, place: Place, name: str) -> None:
    """Save a report about a class of the Center, as its director."""
    director = uow.get(Membership, place.director).user_id
    content = {"type": "weekly", "parameters": {}, "data": {"name": f"{name} 1A", "rate": 50.0}}
    by = {"center_id": place.center, "created_by_id": director, "created_at": uow.ports.clock.now()}
    plain(uow, AttendanceReport).add(AttendanceReport, {**content, **by})


def write_lesson(uow: UnitOfWork, place: Place, name: str) -> Lesson:
    """Write a published lesson as the teacher, with a resource and a tag; the student has looked at it."""
    teacher, center = uow.get(Teacher, place.teacher), {"center_id": place.center}
    text = {"title": f"{name} rivers", "content": f"<p>{name} water</p>", "is_published": True}
    about = {**center, "course_id": place.course, "created_by_id": teacher.user_id, **text}
    grades = uow.find(GradeLevel, where(center_id=place.center), order=("id",), limit=1)
    grade = grades[0].id if grades else None  # only schools have them
    lesson = plain(uow, Lesson).add(Lesson, {**about, "grade_level_id": grade})
    page = {"kind": "text", "title": f"{name} map", "text": f"<p>{name}</p>", "lesson_id": lesson.id}
    perform(uow, LessonResource, "create", fields=page)
    perform(uow, Lesson, "update", lesson.id, {"tags": [f"{name} water"]})
    look = {"lesson_id": lesson.id, "student_id": place.student, "viewed_at": uow.ports.clock.now()}
    uow.add(LessonView, {**center, **look, "weekday": 1, "half_hour": 1})
    return uow.get(Lesson, lesson.id)


def set_homework(uow: UnitOfWork, place: Place, name: str) -> Attempt:
    """Set homework of two questions for the group, which its student has handed in: a text waits for its marks."""
    homework = {"kind": "homework", "title": f"{name} capitals", "teacher_id": place.teacher, "course_id": place.course}
    homework = perform(uow, Assessment, "create", fields={**homework, "group_ids": [place.group]})
    shared = {"assessment_id": homework.id, "points": 5}
    choices = [{"text": f"{name} town", "is_correct": True}, {"text": f"{name} village"}]
    choice = perform(
        uow, Question, "create", fields={**shared, "kind": "single_choice", "text": f"{name}?", "choices": choices}
    )
    essay = perform(uow, Question, "create", fields={**shared, "kind": "long_text", "text": f"Why {name}?"})
    perform(uow, Assessment, "publish", homework.id)
    now, center = uow.ports.clock.now(), {"center_id": place.center}
    sat = {"number": 1, "status": "submitted", "started_at": now, "submitted_at": now, "seconds": 60, "max_points": 10}
    who = {"assessment_id": homework.id, "student_id": place.student}
    attempt = plain(uow, Attempt).add(Attempt, {**center, **who, **sat, "raw_points": 5, "auto_graded": False})
    for position, question in enumerate((choice, essay), 1):
        about = {"attempt_id": attempt.id, "question_id": question.id, "position": position, "answered_at": now}
        judged = {"points": 5, "is_correct": True} if position == 1 else {"text": f"Because of {name}"}
        plain(uow, Answer).add(Answer, {**center, **about, **judged})
    return attempt


def miss_lesson(uow: UnitOfWork, place: Place) -> None:
    """Mark the student absent in a lesson."""
    lesson = {"center_id": place.center, "group_id": place.group, "date": date(2024, 1, 2)}
    session = plain(uow, Session).add(Session, {**lesson, "register_status": "completed"})
    now = uow.ports.clock.now()
    mark = {"center_id": place.center, "session_id": session.id, "student_id": place.student, "status": "absent"}
    plain(uow, Attendance).add(Attendance, {**mark, "marked_at": now, "created_at": now})


def open_school(uow: UnitOfWork) -> int:
    """Open a school with a pupil who has points, and a badge that nobody has; return the id of the pupil."""
    center = perform(uow, Center, "create", fields={"name": "Maktab", "kind": "school"}).id
    branch = perform(uow, Branch, "create", fields={"center_id": center, "name": "Maktab branch"}).id
    account = {"username": "pupil-m", "password": PASSWORD, "first_name": "Nigora", "last_name": "Maktab"}
    pupil = perform(uow, Student, "create", fields={"branch_id": branch, "account": account}).id
    reward(uow, center, pupil, "Maktab")
    perform(uow, Badge, "create", fields={"center_id": center, "name": "Maktab moon"})
    return pupil


def reward(uow: UnitOfWork, center_id: int, student_id: int, name: str) -> None:
    """Give a student points, a badge with a rule, and a place on the board of a week."""
    rows, now, center = plain(uow, BadgeAward), uow.ports.clock.now(), {"center_id": center_id}
    student = {**center, "student_id": student_id}
    given = {"type": "bonus", "reason": "manual_adjustment", "points": 20, "coins": 2, "description": f"{name} concert"}
    perform(uow, RewardEntry, "create", fields={"student_id": student_id, **given})
    badge = {"name": f"{name} star", "requirements": {"homework_completed": 3, "min_score": 50}}
    star = perform(uow, Badge, "create", fields={**center, **badge})
    rows.add(BadgeAward, {**student, "badge_id": star.id, "earned_at": now})
    week = {"type": "weekly", "period_start": date(2024, 1, 1), "period_end": date(2024, 1, 7), "refreshed_at": now}
    board = rows.add(Leaderboard, {**center, **week})
    rows.add(LeaderboardEntry, {**student, "leaderboard_id": board.id, "rank": 1, "total_points": 20, "average": 83})


def _structure(uow: UnitOfWork, place: Place, name: str) -> Structure:
    center = {"center_id": place.center}
    terms = {"start_date": date(2023, 9, 1), "end_date": date(2024, 6, 30)}
    year = perform(
        uow,
        AcademicYear,
        "create",
        fields={**center, **terms, "year": "2023-2024", "description": name, "is_current": True},
    ).id
    terms = {"start_date": date(2024, 9, 1), "end_date": date(2025, 6, 30)}
    next_year = perform(
        uow, AcademicYear, "create", fields={**center, **terms, "year": "2024-2025", "description": name}
    ).id
    stage = perform(
        uow, EducationStage, "create", fields={**center, "name": f"{name} primary", "stage": "primary", "position": 1}
    ).id
    level = perform(
        uow, GradeLevel, "create", fields={**center, "stage_id": stage, "number": 1, "name": f"{name} first"}
    )
    set_curriculum(uow, uow.get(Course, place.course), other_ids=[level.id])
    place_in_school = {"grade_level_id": level.id, "academic_year_id": year, "section": "A", "capacity": 25}
    group = perform(
        uow, Group, "create", fields={**place_in_school, "branch_id": place.branch, "teacher_id": place.teacher}
    ).id
    mother = {"username": f"mother-{name.lower()}", "password": PASSWORD, "first_name": "Meryem", "last_name": name}
    enroll_in_class(uow, group_id=group, student_id=place.student)
    parent = register_staff(uow, account=mother, role=Role.PARENT, center_id=place.center)
    link = {"guardian_id": parent.user_id, "student_id": place.student, "relationship": f"{name} mother"}
    guardianship = perform(uow, Guardianship, "create", fields=link).id
    return Structure(year, next_year, stage, level.id, group, parent.id, guardianship)

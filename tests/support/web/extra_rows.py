"""Rows that the API tests add to the cast: telephone numbers, spare rows, and people who may not sign in.

Nukus     a center with nobody in it
Khiva     a center that was deactivated after its director Karim had signed in
Bahrom    an admin in Tashkent, blocked after he had signed in
Zokir     an admin in Samarkand who has done nothing yet, as Bahrom

Everywhere the morning group has a session on its first day, in which nobody has been marked yet, and has been taught
before, when it began earlier: a lesson with a mark, an essay nobody has handed in and a story somebody has, a quiz
without and a test with a result. Mark, story and result are those of the first student, who has signed a contract
about the group; and Nargiza has asked about English.
Everybody has been told of a holiday, a number has been written to, and a text is kept for later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

from educore import Actor, Educore, Role, where
from educore.admissions import create_contract, create_lead
from educore.assessment import enter_result, give_assignment, plan_exam, submit_assignment
from educore.attendance import AttendanceStatus, mark_class
from educore.courses import Course
from educore.groups import change_group, change_student
from educore.identity import Membership, User, block_member
from educore.messaging import NotificationType, add_template, notify, send_sms
from educore.organization import Center, create_center, deactivate_center
from educore.people import Student, register_director, register_staff
from educore.timetable import open_register, schedule_session
from support.cast import ROOT, Town, World, account
from support.plain_rows import change_row
from support.web.money_rows import MoneyRows, add_money_rows


@dataclass(frozen=True)
class TaughtRows:
    """The ids of what the morning group of a town has been taught."""

    lesson: int
    mark: int
    essay: int
    story: int
    work: int
    quiz: int
    test: int
    result: int


@dataclass(frozen=True)
class ExtraRows:
    """The ids of what was added."""

    nukus: int
    khiva: int
    spare_course: dict[int, int]
    register: dict[int, int]
    taught: dict[int, TaughtRows]
    bahrom: int
    karim: int
    idle: dict[int, int]
    contract: dict[int, int]
    lead: dict[int, int]
    note: dict[int, int]
    template: dict[int, int]
    sms: dict[int, int]
    money: dict[int, MoneyRows]
    people: tuple[str, ...] = ("bahrom", "karim")

    def apply_blocks(self, school: Educore) -> None:
        """Block Bahrom and deactivate Khiva."""
        with school.work(ROOT) as uow:
            block_member(uow, uow.get(Membership, self.bahrom))
            deactivate_center(uow, uow.get(Center, self.khiva))


def add_extra_rows(school: Educore, world: World) -> ExtraRows:
    """Add all of it."""
    with school.work(ROOT) as uow:
        nukus, khiva = (create_center(uow, name=f"{name} School") for name in ("Nukus", "Khiva"))
        karim = register_director(uow, account=account("Karim"), center_id=khiva.id)
        bahrom = register_staff(uow, account=account("Bahrom"), role=Role.ADMIN, center_id=world.tashkent.center.id)
        zokir = register_staff(uow, account=account("Zokir"), role=Role.ADMIN, center_id=world.samarkand.center.id)
        towns = (world.tashkent, world.samarkand)
        idle = {town.center.id: admin.id for town, admin in zip(towns, (bahrom, zokir), strict=True)}
        spare = {
            town.center.id: uow.add(
                Course, {"center_id": town.center.id, "name": "Chess", "created_at": uow.ports.clock.now()}
            ).id
            for town in towns
        }
    with school.work(ROOT) as uow:
        first = date(2024, 1, 1)
        register = {
            town.center.id: open_register(
                uow, group_id=town.morning.id, date=first, topic=f"{town.center.name} begins"
            ).id
            for town in towns
        }
    for number, town in enumerate(towns, start=1):
        _tell_more(school, town, number)
    for town in towns:
        _enroll_earlier(school, town)
    taught = {town.center.id: _teach(school, town) for town in towns}
    note, template, sms = ({town.center.id: make(school, town) for town in towns} for make in (_tell, _keep, _text))
    contract, lead = ({town.center.id: make(school, town) for town in towns} for make in (_sign, _ask))
    money = {town.center.id: add_money_rows(school, town) for town in towns}
    people = bahrom.id, karim.id, idle
    return ExtraRows(nukus.id, khiva.id, spare, register, taught, *people, contract, lead, note, template, sms, money)


def _tell(school: Educore, town: Town) -> int:
    """Tell everybody in a town and the superadmin of a holiday; gives the superadmin's note."""
    center, words = town.center, {"title": f"{town.center.name} rests", "message": f"No {town.center.name} on Friday"}
    with school.work(ROOT) as uow:
        (rustam,) = uow.find(Membership, where(role=Role.SUPERADMIN))
        people = [*(person.user_id or 0 for person in vars(town).values() if isinstance(person, Actor)), rustam.user_id]
        return notify(uow, people, center_id=center.id, kind=NotificationType.GENERAL, **words)[-1].id


def _keep(school: Educore, town: Town) -> int:
    """Keep a text for later."""
    with school.work(town.director) as uow:
        return add_template(uow, name=f"Rest of {town.center.name}", text=f"{town.center.name} rests on {{date}}").id


def _text(school: Educore, town: Town) -> int:
    """Write a text to somebody."""
    number = f"+99833{town.center.id:07}"
    with school.work(town.admin) as uow:
        return send_sms(uow, phone_numbers=[number], message=f"Come to {town.center.name}")[0].id


def _enroll_earlier(school: Educore, town: Town) -> None:
    """Enroll the students of the morning group a month before today."""
    with school.work(town.director) as uow:
        for student in uow.find(Student, where(group_id=town.morning.id)):
            change_student(uow, student, enrollment_date=date(2023, 12, 1))


def _teach(school: Educore, town: Town) -> TaughtRows:
    """Teach the morning group."""
    group, student = {"group_id": town.morning.id}, town.student.student_id or 0
    hours = {"start_time": time(9), "end_time": time(10, 30)}
    exam = {**group, **hours, "exam_date": date(2024, 1, 1), "total_points": 100, "passing_score": 60}
    with school.work(town.director) as uow:
        change_group(uow, town.morning, start_date=date(2023, 12, 1))
    with school.work(town.teacher) as uow:
        lesson = schedule_session(uow, **group, **hours, date=date(2023, 12, 28), topic=f"{town.center.name} verbs")
        (mark,) = mark_class(uow, lesson, marks=[{"student_id": student, "status": AttendanceStatus.LATE}])
        essay, story = (
            give_assignment(uow, **group, title=f"{town.center.name} {what}", due_date=date(2024, 1, 20))
            for what in ("essay", "story")
        )
        quiz, test = (plan_exam(uow, **exam, title=f"{town.center.name} {what}") for what in ("quiz", "test"))
        result = enter_result(uow, exam_id=test.id, student_id=student, score=80)
    with school.work(town.director) as uow:
        change_group(uow, town.morning, start_date=town.morning.start_date)
    with school.work(town.student) as uow:
        work = submit_assignment(uow, assignment_id=story.id, file=f"submission-file/{town.center.id}/story.pdf")
    return TaughtRows(lesson.id, mark.id, essay.id, story.id, work.id, quiz.id, test.id, result.id)


def _sign(school: Educore, town: Town) -> int:
    """Have the first student sign a contract about the morning group."""
    place, group = town.center.name.split()[0], {"student_id": town.student.student_id, "group_id": town.morning.id}
    file = f"contract-contract_file/{town.center.id}/{place}.pdf"
    with school.work(town.admin) as uow:
        number = f"CNT-{place}"
        return create_contract(
            uow, **group, contract_number=number, contract_file=file, signed_date=date(2024, 1, 1)
        ).id


def _ask(school: Educore, town: Town) -> int:
    """Have somebody ask about English."""
    place = town.center.name.split()[0]
    asked = {"name": f"Nargiza {place}", "source": f"{place} bazaar", "notes": f"Works in {place}"}
    reached = {"email": f"nargiza@{place.lower()}.uz", "phone": f"+99870{town.center.id}009999"}
    with school.work(town.manager) as uow:
        return create_lead(uow, branch_id=town.branch.id, course_id=town.course.id, **asked, **reached).id


def _tell_more(school: Educore, town: Town, number: int) -> None:
    """Give everybody in a town a telephone, an address and a passport of their own."""
    with school.work(ROOT) as uow:
        place = town.center.name.split()[0].lower()
        change_row(
            uow, uow.get(Center, town.center.id), {"phone": f"+9987{number}0001000", "email": f"office@{place}.uz"}
        )
        for user in uow.find(User, where(center_id=town.center.id)):
            change_row(
                uow,
                user,
                {
                    "phone": f"+9989{number}{user.id:07}",
                    "email": f"{user.username}@{place}.uz",
                    "last_name": f"{user.first_name}{'ov' if number == 1 else 'iy'}",
                    "passport_number": f"A{number}{user.id:07}",
                    "birthday": date(1990, number, user.id),
                },
            )
        for student in uow.find(Student, where(center_id=town.center.id)):
            change_row(
                uow,
                student,
                {"parent_name": f"Parent{place.title()}{student.id}", "parent_phone": f"+9983{number}{student.id:07}"},
            )

"""A day of business in both towns, for tests that need a row of every kind: `do_business(school, world)`."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from educore import Educore, where
from educore.admissions import Contract, Lead
from educore.assessment import Answer, Assessment, AssessmentKind, Attempt, Audience, Choice, Question, QuestionKind
from educore.attendance import AbsenceFlag, AttendanceReport, FlagDocument, FlagPriority, FlagType
from educore.billing import AnsweredRequest, ChargeRun, Invoice, LedgerEntry, Payment, Payroll
from educore.groups import Enrollment, Group
from educore.identity import Membership, OneTimeCode, User
from educore.identity.entities import CodeForm, CodePurpose
from educore.imports import Import, ImportedRow
from educore.kernel.policy import Role
from educore.learning import Lesson, LessonProgress, LessonResource, LessonTag, LessonView, Tag
from educore.messaging import Delivery, Job, Notification, SmsTemplate
from educore.organization import NumberSeries
from educore.people import Guardianship
from educore.rewards import Badge, BadgeAward, Leaderboard, LeaderboardEntry, RewardEntry, Wallet
from educore.schooling import AcademicYear, CurriculumEntry, EducationStage, GradeLevel
from educore.timetable import Series, Session, Timetable
from support.cast import ROOT, Town, World
from support.plain_rows import plain

TODAY, NOW = date(2024, 1, 1), datetime(2024, 1, 1, 10, tzinfo=UTC)
FIFTY = Decimal(50_000)


def do_business(school: Educore, world: World) -> None:
    """Leave one row of every kind of money, admissions, messages, imports and schooling in both towns."""
    for town in (world.tashkent, world.samarkand):
        _take_money(school, town)
        _admit_and_tell(school, town)
        _import(school, town)
    keep_a_school(school, world)


def keep_a_school(school: Educore, world: World) -> None:
    """Leave one row of every kind that schools have in both towns."""
    for town in (world.tashkent, world.samarkand):
        _run_classes(school, town)
        _know_the_family(school, town)
        _ask_questions(school, town)
        _reward(school, town)
        _teach_lessons(school, town)


def _take_money(school: Educore, town: Town) -> None:
    center, student, name = town.center.id, town.student.student_id, town.center.name
    with school.work(ROOT) as uow:
        run = plain(uow, ChargeRun).add(ChargeRun, {"center_id": center, "month": "2024-01", "due_date": TODAY})
        invoice = plain(uow, Invoice).add(
            Invoice,
            {
                "center_id": center,
                "student_id": student,
                "group_id": town.morning.id,
                "run_id": run.id,
                "charged_for": "2024-01",
                "amount": FIFTY,
                "paid": FIFTY,
                "remaining": 0,
                "issued_on": TODAY,
                "due_date": TODAY,
                "description": f"January in {name}",
            },
        )
        payment = plain(uow, Payment).add(
            Payment,
            {
                "center_id": center,
                "student_id": student,
                "group_id": town.morning.id,
                "invoice_id": invoice.id,
                "amount": FIFTY,
                "unallocated": 0,
                "method": "cash",
                "paid_on": TODAY,
                "receipt_number": "REC-001",
                "document": f"receipt/{center}/paid.pdf",
                "received_by_id": town.admin.user_id,
                "notes": f"Cash of {name}",
            },
        )
        salary = plain(uow, Payroll).add(
            Payroll,
            {
                "center_id": center,
                "teacher_id": town.teacher.teacher_id,
                "month": "2024-01",
                "base_salary": FIFTY,
                "is_paid": True,
                "paid_on": TODAY,
            },
        )
        whose = {"center_id": center, "made_by_id": town.admin.user_id, "amount": FIFTY}
        uow.add(LedgerEntry, {"kind": "charge", "student_id": student, "invoice_id": invoice.id, **whose})
        uow.add(
            LedgerEntry,
            {"kind": "payment", "student_id": student, "invoice_id": invoice.id, "payment_id": payment.id, **whose},
        )
        uow.add(LedgerEntry, {"kind": "salary", "payroll_id": salary.id, **whose})
        uow.add(NumberSeries, {"center_id": center, "purpose": "receipt", "last": 1})
        request = {"key": "take-fifty", "fingerprint": "f" * 64, "answer": "{}"}
        uow.add(AnsweredRequest, {"center_id": center, "user_id": town.admin.user_id, **request})


def _admit_and_tell(school: Educore, town: Town) -> None:
    center, name = town.center.id, town.center.name
    with school.work(ROOT) as uow:
        plain(uow, Lead).add(
            Lead,
            {
                "center_id": center,
                "branch_id": town.branch.id,
                "course_id": town.course.id,
                "name": f"Nodira of {name}",
                "phone": "+998901112233",
                "assigned_to_id": town.manager.user_id,
            },
        )
        plain(uow, Contract).add(
            Contract,
            {
                "center_id": center,
                "student_id": town.student.student_id,
                "group_id": town.morning.id,
                "contract_number": "CNT-1",
                "contract_file": f"contract/{center}/signed.pdf",
                "signed_date": TODAY,
            },
        )
        note = {"type": "general", "title": "Holiday", "message": f"Closed in {name}"}
        plain(uow, Notification).add(Notification, {"center_id": center, "user_id": town.student.user_id, **note})
        template = plain(uow, SmsTemplate).add(
            SmsTemplate, {"center_id": center, "name": "Holiday", "text": "Closed on {date}"}
        )
        sms = {"channel": "sms", "address": "+998901112233", "text": f"Closed in {name}", "next_try_at": NOW}
        uow.add(Delivery, {"center_id": center, "template_id": template.id, **sms})
        uow.add(Job, {"center_id": center, "name": "SessionCancelled", "payload": "{}", "next_try_at": NOW})


def _import(school: Educore, town: Town) -> None:
    with school.work(ROOT) as uow:
        file = {"kind": "students", "file_name": f"{town.center.name}.csv", "rows": 1}
        taken = uow.add(Import, {"center_id": town.center.id, "made_by_id": town.director.user_id, **file})
        uow.add(
            ImportedRow,
            {"center_id": town.center.id, "import_id": taken.id, "number": 2, "row_id": town.student.student_id},
        )


def _run_classes(school: Educore, town: Town) -> None:
    center, name = {"center_id": town.center.id}, town.center.name
    with school.work(ROOT) as uow:
        dates = {"start_date": TODAY, "end_date": TODAY + timedelta(days=180)}
        year = plain(uow, AcademicYear).add(AcademicYear, {**center, "year": "2023-2024", **dates})
        stage = uow.add(EducationStage, {**center, "name": f"Primary of {name}", "stage": "primary", "position": 1})
        grade = uow.add(GradeLevel, {**center, "stage_id": stage.id, "number": 1, "name": f"First of {name}"})
        uow.add(CurriculumEntry, {**center, "grade_level_id": grade.id, "course_id": town.course.id})
        place = {"grade_level_id": grade.id, "academic_year_id": year.id, "section": "A", "name": f"1A of {name}"}
        taught = {"branch_id": town.branch.id, "teacher_id": town.teacher.teacher_id, "room_id": town.room.id}
        pupils = plain(uow, Group).add(Group, {**center, **place, **taught})
        seat = {"group_id": pupils.id, "student_id": town.student.student_id, "academic_year_id": year.id}
        plain(uow, Enrollment).add(Enrollment, {**center, **seat, "enrolled_on": TODAY})
        opened = {"group_id": pupils.id, "effective_from": TODAY, "created_by_id": town.manager.user_id}
        week = plain(uow, Timetable).add(Timetable, {**center, **opened})
        hour = {"weekdays": "fri", "first_date": TODAY, "last_date": TODAY + timedelta(days=180)}
        hour |= {"start_time": time(9), "end_time": time(10), "notes": f"Sums of {name}"}
        slot = {"timetable_id": week.id, "group_id": pupils.id, "teacher_id": town.teacher.teacher_id, **hour}
        plain(uow, Series).add(Series, {**center, **slot})
        lesson = plain(uow, Session).add(Session, {**center, "group_id": pupils.id, "date": TODAY})
        missed = {"student_id": town.student.student_id, "session_id": lesson.id, "type": FlagType.ABSENCE}
        reason = {"priority": FlagPriority.LOW, "resolution_notes": f"Ill in {name}"}
        flag = plain(uow, AbsenceFlag).add(AbsenceFlag, {**center, **missed, **reason})
        document = {"flag_id": flag.id, "note": f"A certificate of {name}", "created_at": NOW}
        plain(uow, FlagDocument).add(FlagDocument, {**center, **document})
        content = {"parameters": {}, "data": {"name": f"1A of {name}"}, "created_by_id": town.teacher.user_id}
        plain(uow, AttendanceReport).add(AttendanceReport, {**center, "type": "daily", **content, "created_at": NOW})


def _ask_questions(school: Educore, town: Town) -> None:
    center, name = {"center_id": town.center.id}, town.center.name
    student, teacher = {"student_id": town.student.student_id}, {"teacher_id": town.teacher.teacher_id}
    with school.work(ROOT) as uow:
        sheet = {"kind": AssessmentKind.HOMEWORK, "title": f"Capitals of {name}", "is_published": True, **teacher}
        homework = plain(uow, Assessment).add(Assessment, {**center, **sheet})
        groups = uow.find(Group, where(center_id=town.center.id), order=("id",), limit=1)
        plain(uow, Audience).add(Audience, {**center, "assessment_id": homework.id, "group_id": groups[0].id})
        asked = {"kind": QuestionKind.SINGLE_CHOICE, "text": f"The capital of {name}?", "points": Decimal(5)}
        question = plain(uow, Question).add(Question, {**center, "assessment_id": homework.id, **asked})
        part = {"question_id": question.id, "position": 1, "text": name, "is_correct": True}
        choice = plain(uow, Choice).add(Choice, {**center, **part})
        sitting = {"number": 1, "started_at": NOW, "max_points": Decimal(5), **student}
        attempt = plain(uow, Attempt).add(Attempt, {**center, "assessment_id": homework.id, **sitting})
        given = {"attempt_id": attempt.id, "question_id": question.id, "position": 1, "choice_id": choice.id}
        plain(uow, Answer).add(Answer, {**center, **given, "feedback": f"Well done in {name}"})


def _reward(school: Educore, town: Town) -> None:
    center, student, name = {"center_id": town.center.id}, {"student_id": town.student.student_id}, town.center.name
    with school.work(ROOT) as uow:
        wallet = plain(uow, Wallet).add(Wallet, {**center, **student, "total_points": 50, "total_coins": 5})
        reward = {"type": "earned", "reason": "homework_completion", "points": 50, "coins": 5, "created_at": NOW}
        own = {"wallet_id": wallet.id, "description": f"Homework of {name}", "made_by_id": town.director.user_id}
        plain(uow, RewardEntry).add(RewardEntry, {**center, **own, **reward})
        badge = plain(uow, Badge).add(Badge, {**center, "name": f"Star of {name}"})
        plain(uow, BadgeAward).add(BadgeAward, {**center, **student, "badge_id": badge.id, "earned_at": NOW})
        week = {"type": "weekly", "period_start": TODAY, "period_end": TODAY + timedelta(days=6)}
        board = plain(uow, Leaderboard).add(Leaderboard, {**center, **week})
        place = {"leaderboard_id": board.id, "rank": 1, "total_points": 50}
        plain(uow, LeaderboardEntry).add(LeaderboardEntry, {**center, **student, **place})


def _teach_lessons(school: Educore, town: Town) -> None:
    center, name = {"center_id": town.center.id}, town.center.name
    student = {"student_id": town.student.student_id}
    with school.work(ROOT) as uow:
        place = {"course_id": town.course.id, "created_by_id": town.teacher.user_id}
        text = {"title": f"Rivers of {name}", "content": f"<p>The rivers of {name}</p>", "is_published": True}
        lesson = plain(uow, Lesson).add(Lesson, {**center, **place, **text})
        of_lesson = {**center, "lesson_id": lesson.id}
        page = {"kind": "link", "title": f"Map of {name}", "url": "https://example.com/map", "position": 1}
        plain(uow, LessonResource).add(LessonResource, {**of_lesson, **page})
        tag = plain(uow, Tag).add(Tag, {**center, "name": f"Water in {name}"})
        uow.add(LessonTag, {**of_lesson, "tag_id": tag.id})
        look = {"viewed_at": NOW, "weekday": 1, "half_hour": int(NOW.timestamp()) // 1800}
        uow.add(LessonView, {**of_lesson, **student, **look})
        uow.add(LessonProgress, {**of_lesson, **student, "seconds": 60, "updated_at": NOW})


def _know_the_family(school: Educore, town: Town) -> None:
    center, name = {"center_id": town.center.id}, town.center.name
    with school.work(ROOT) as uow:
        mother = plain(uow, User).add(User, {**center, "username": f"mother.{town.center.id}", "first_name": "Munira"})
        plain(uow, Membership).add(Membership, {**center, "user_id": mother.id, "role": Role.PARENT})
        link = {"guardian_id": mother.id, "student_id": town.student.student_id, "relationship": f"mother in {name}"}
        plain(uow, Guardianship).add(Guardianship, {**center, **link, "created_at": NOW})
        code = {"purpose": CodePurpose.RESET_PASSWORD, "form": CodeForm.LINK, "digest": f"{town.center.id}" * 64}
        times = {"created_at": NOW, "expires_at": NOW + timedelta(hours=1)}
        uow.add(OneTimeCode, {"user_id": mother.id, **code, **times})

"""Notifications about events: the handlers of the jobs that `outbox.append_jobs` stores."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from itertools import groupby
from operator import attrgetter

from educore.assessment.entities import Assignment, Exam, ExamResult
from educore.groups.entities import Group, is_open
from educore.kernel.conditions import where
from educore.kernel.unit_of_work import UnitOfWork
from educore.messaging.entities import Job, NotificationType
from educore.messaging.mail import queue_mail
from educore.messaging.message_templates import Message, render_message
from educore.messaging.notifications import NotificationDraft, notify, notify_each
from educore.organization.queries import local_today
from educore.people.entities import Student, StudentStatus, Teacher
from educore.timetable.entities import Session


def notify_of_cancelled_sessions(uow: UnitOfWork, job: Job) -> None:
    """Notify the students and the teachers of cancelled sessions, also by mail, once per group.

    Sessions that are over or were restored since are left out, and so is the user who cancelled.
    """
    payload = json.loads(job.payload)
    center_id = payload["center_id"]
    ahead = where(id__in=payload["ids"], is_cancelled=True, date__gte=local_today(uow, center_id))
    found = uow.find(Session, ahead, order=("group_id", "date", "start_time"))
    for group_id, of_group in groupby(found, attrgetter("group_id")):
        sessions = list(of_group)
        title, text = _cancellation_message(uow, uow.get(Group, group_id), sessions)
        teachers = uow.find(Teacher, where(id__in={session.teacher_id for session in sessions}))
        users = [*active_student_users(uow, group_id), *(teacher.user_id for teacher in teachers)]
        new = notify(
            uow,
            [id for id in users if id != payload["by"]],
            center_id=center_id,
            kind=NotificationType.LESSON_CANCELLED,
            title=title,
            message=text,
            key=f"cancelled:{job.id}:{group_id}",
        )
        queue_mail(uow, [row.user_id for row in new], center_id=center_id, subject=title, text=text)


def notify_of_assignments(uow: UnitOfWork, job: Job) -> None:
    """Notify the students of the group of new assignments."""
    for assignment in uow.find(Assignment, where(id__in=json.loads(job.payload)["ids"])):
        kind, key = NotificationType.ASSIGNMENT_CREATED, f"assignment:{assignment.id}"
        values = {"title": assignment.title, "date": assignment.due_date.isoformat()}
        _notify_group(uow, assignment.group_id, kind, key=key, **values)


def notify_of_exams(uow: UnitOfWork, job: Job) -> None:
    """Notify the students of the group of new exams."""
    for exam in uow.find(Exam, where(id__in=json.loads(job.payload)["ids"])):
        kind, key = NotificationType.EXAM_SCHEDULED, f"exam:{exam.id}"
        time = {"date": exam.exam_date.isoformat(), "time": f"{exam.start_time:%H:%M}"}
        _notify_group(uow, exam.group_id, kind, key=key, title=exam.title, **time)


def notify_of_results(uow: UnitOfWork, job: Job) -> None:
    """Notify each student of their own exam result as it is now; results that were cleared since are left out."""
    payload = json.loads(job.payload)
    results = uow.find(ExamResult, where(id__in=payload["ids"], graded_at__isnull=False))
    exams = {exam.id: exam for exam in uow.find(Exam, where(id__in={result.exam_id for result in results}))}
    students = uow.find(Student, where(id__in={result.student_id for result in results}))
    users = {student.id: student.user_id for student in students}
    drafts = [
        NotificationDraft(users[row.student_id], *_result_message(uow, row, exams[row.exam_id]), key=_result_key(row))
        for row in results
    ]
    notify_each(uow, drafts, center_id=payload["center_id"], kind=NotificationType.RESULT_PUBLISHED)


def active_student_users(uow: UnitOfWork, group_id: int, *, on: date | None = None) -> list[int]:
    """Return the user ids of the active students of a group; with `on`, of those who have joined by that day."""
    place = is_open & where(group_id=group_id, **({} if on is None else {"enrolled_on__lte": on}))
    students = uow.find(Student, where(status=StudentStatus.ACTIVE, Enrollment__has=place))
    return [student.user_id for student in students]


def _notify_group(uow: UnitOfWork, group_id: int, kind: NotificationType, *, key: str, **values: str) -> None:
    """Notify the students of a group with the message template of this kind."""
    group = uow.get(Group, group_id)
    title, text = render_message(kind.value, uow.ports.language, group=group.name, **values)
    users = active_student_users(uow, group.id)
    notify(uow, users, center_id=group.center_id, kind=kind, title=title, message=text, key=key)


def _cancellation_message(uow: UnitOfWork, group: Group, sessions: Sequence[Session]) -> Message:
    first, last = sessions[0], sessions[-1]
    values = {"group": group.name, "date": first.date.isoformat()}
    if len(sessions) > 1:
        count, end = len(sessions), last.date.isoformat()
        return render_message("lessons_cancelled", uow.ports.language, count=count, last=end, **values)
    if first.start_time is None:
        return render_message("day_cancelled", uow.ports.language, **values)
    return render_message("lesson_cancelled", uow.ports.language, time=f"{first.start_time:%H:%M}", **values)


def _result_message(uow: UnitOfWork, result: ExamResult, exam: Exam) -> Message:
    if result.score is None:
        grade = result.grade.value if result.grade else ""
        return render_message("grade_published", uow.ports.language, title=exam.title, grade=grade)
    score, total = f"{result.score.normalize():f}", exam.total_points
    return render_message("result_published", uow.ports.language, title=exam.title, score=score, total=total)


def _result_key(result: ExamResult) -> str:
    """Return the key of the notification; it changes with each grading, so that a correction is notified too."""
    return f"result:{result.id}:{result.graded_at and result.graded_at.isoformat()}"

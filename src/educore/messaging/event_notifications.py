"""Telling people what has happened: the handlers of the jobs that `outbox.keep_outbox` writes down."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from educore.assessment.entities import Assignment, Exam, ExamResult
from educore.groups.entities import Group
from educore.kernel.conditions import where
from educore.kernel.unit_of_work import UnitOfWork
from educore.messaging.entities import Job, NotificationType
from educore.messaging.message_templates import Message, render_message
from educore.messaging.notifications import Note, notify, notify_each
from educore.messaging.sms import queue_mail
from educore.organization.use_cases import local_today
from educore.people.entities import Student, StudentStatus, Teacher
from educore.timetable.entities import Session


def tell_of_cancelled_sessions(uow: UnitOfWork, job: Job) -> None:
    """Tell students and teacher, also by mail; who cancelled is not told, nor anybody of what is past or restored."""
    about = json.loads(job.payload)
    ahead = where(id__in=about["ids"], is_cancelled=True, date__gte=local_today(uow, about["center_id"]))
    sessions = uow.find(Session, ahead, order=("group_id", "date", "start_time"))
    for group_id, found in groupby(sessions, attrgetter("group_id")):
        cancelled = list(found)
        title, message = _of_cancelled(uow, uow.get(Group, group_id), cancelled)
        teachers = uow.find(Teacher, where(id__in={session.teacher_id for session in cancelled}))
        people = [*students_of(uow, group_id), *(teacher.user_id for teacher in teachers)]
        people = [id for id in people if id != about["by"]]
        words: dict[str, Any] = {"center_id": about["center_id"], "title": title, "message": message}
        key = f"cancelled:{job.id}:{group_id}"
        told = notify(uow, people, kind=NotificationType.LESSON_CANCELLED, key=key, **words)
        mailed = [note.user_id for note in told]
        queue_mail(uow, mailed, center_id=about["center_id"], subject=title, text=message)


def tell_of_assignments(uow: UnitOfWork, job: Job) -> None:
    """Tell the students of the group."""
    for given in uow.find(Assignment, where(id__in=json.loads(job.payload)["ids"])):
        kind, key = NotificationType.ASSIGNMENT_CREATED, f"assignment:{given.id}"
        _tell_group(uow, given.group_id, kind, key=key, title=given.title, date=given.due_date.isoformat())


def tell_of_exams(uow: UnitOfWork, job: Job) -> None:
    """Tell the students of the group."""
    for planned in uow.find(Exam, where(id__in=json.loads(job.payload)["ids"])):
        kind, key = NotificationType.EXAM_SCHEDULED, f"exam:{planned.id}"
        when = {"date": planned.exam_date.isoformat(), "time": f"{planned.start_time:%H:%M}"}
        _tell_group(uow, planned.group_id, kind, key=key, title=planned.title, **when)


def tell_of_results(uow: UnitOfWork, job: Job) -> None:
    """Tell each student their own, as it now stands; what was taken back since is told to nobody."""
    about = json.loads(job.payload)
    results = uow.find(ExamResult, where(id__in=about["ids"], graded_at__isnull=False))
    exams = {exam.id: exam for exam in uow.find(Exam, where(id__in={result.exam_id for result in results}))}
    these = where(id__in={result.student_id for result in results})
    accounts = {student.id: student.user_id for student in uow.find(Student, these)}
    notes = [
        Note(accounts[result.student_id], *_of_result(uow, result, exams[result.exam_id]), key=_key_of(result))
        for result in results
    ]
    notify_each(uow, notes, center_id=about["center_id"], kind=NotificationType.RESULT_PUBLISHED)


def students_of(uow: UnitOfWork, group_id: int) -> list[int]:
    """The accounts of the active students who have a place in a group."""
    seated = where(status=StudentStatus.ACTIVE, Enrollment__has=where(group_id=group_id, left_on__isnull=True))
    return [student.user_id for student in uow.find(Student, seated)]


def _tell_group(uow: UnitOfWork, group_id: int, kind: NotificationType, *, key: str, **values: str) -> None:
    """Tell the students of a group the sentence about something of this kind."""
    group = uow.get(Group, group_id)
    title, message = render_message(kind.value, uow.ports.language, group=group.name, **values)
    people = students_of(uow, group.id)
    notify(uow, people, center_id=group.center_id, kind=kind, title=title, message=message, key=key)


def _of_cancelled(uow: UnitOfWork, group: Group, sessions: Sequence[Session]) -> Message:
    first, last = sessions[0], sessions[-1]
    words = {"group": group.name, "date": first.date.isoformat()}
    if len(sessions) > 1:
        many, until = len(sessions), last.date.isoformat()
        return render_message("lessons_cancelled", uow.ports.language, count=many, last=until, **words)
    if first.start_time is None:
        return render_message("day_cancelled", uow.ports.language, **words)
    return render_message("lesson_cancelled", uow.ports.language, time=f"{first.start_time:%H:%M}", **words)


def _of_result(uow: UnitOfWork, result: ExamResult, exam: Exam) -> Message:
    if result.score is None:
        grade = result.grade.value if result.grade else ""
        return render_message("grade_published", uow.ports.language, title=exam.title, grade=grade)
    score = f"{result.score.normalize():f}"
    return render_message(
        "result_published", uow.ports.language, title=exam.title, score=score, total=exam.total_points
    )


def _key_of(result: ExamResult) -> str:
    """Another one whenever it was graded anew, so that a correction is told too."""
    return f"result:{result.id}:{result.graded_at and result.graded_at.isoformat()}"

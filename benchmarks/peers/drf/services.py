"""Use cases, each in one transaction."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Count, Q, Sum
from django.http import Http404
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from benchmarks.peers.drf.models import (
    Attendance,
    AttendanceCorrection,
    Center,
    Enrollment,
    Group,
    Lesson,
    Membership,
    Payment,
    Student,
    User,
)

SEATED = Q(left_on=None, student__status__in=["active", "blocked"])


@transaction.atomic
def register_student(center: Center, *, user: dict[str, Any], **fields: Any) -> Student:
    """Create a student with an account, a membership and a seat."""
    password = make_password(user.pop("password"))
    group = fields.pop("group", None)
    if group is not None:
        group = _group_with_room(group)
        fields["branch"] = group.branch
    account = User.objects.create(center=center, password=password, **user)
    Membership.objects.create(center=center, user=account, role="student")
    today = _today(center)
    enrolled_on = fields.pop("enrollment_date", today)
    student = Student.objects.create(center=center, user=account, group=group, enrollment_date=enrolled_on, **fields)
    if group is not None:
        Enrollment.objects.create(center=center, group=group, student=student, enrolled_on=today)
    return student


def _group_with_room(group: Group) -> Group:
    group = Group.objects.select_for_update(of=("self",)).select_related("branch").get(pk=group.pk)
    if group.status != "active":
        raise ValidationError({"group": ["This group takes no students."]})
    if group.capacity is not None and group.enrollments.filter(SEATED).count() >= group.capacity:
        raise ValidationError({"group": ["This group is full."]})
    return group


@transaction.atomic
def mark_class(user: Any, *, lesson_id: int, attendance_data: list[dict[str, Any]]) -> int:
    """Mark students of a lesson. Old marks are corrected, and their values are stored."""
    lesson = _lesson_to_mark(user, lesson_id)
    students = [mark["student_id"] for mark in attendance_data]
    _require_members(lesson, students)
    present = {mark.student_id: mark for mark in Attendance.objects.filter(lesson=lesson)}
    by = {"teacher_id": user.sign_in.teacher_id, "marker_id": user.pk, "marked_at": timezone.now()}
    new, changed, corrections = [], [], []
    for given in attendance_data:
        mark = present.get(given["student_id"])
        if mark is None:
            new.append(Attendance(center_id=lesson.center_id, lesson=lesson, **given, **by))
        elif (mark.status, mark.notes) != (given["status"], given["notes"]):
            corrections.append(_correction(user, mark, given))
            for name, value in {**given, **by}.items():
                setattr(mark, name, value)
            changed.append(mark)
    Attendance.objects.bulk_create(new)
    Attendance.objects.bulk_update(changed, ["status", "notes", *by])
    AttendanceCorrection.objects.bulk_create(corrections)
    return len(students)


def _lesson_to_mark(user: Any, lesson_id: int) -> Lesson:
    visible = Lesson.objects.select_for_update()
    if user.role != "superadmin":
        visible = visible.filter(center=user.member_of)
    if user.role == "teacher":
        visible = visible.filter(Q(teacher_id=user.sign_in.teacher_id) | Q(group__teacher_id=user.sign_in.teacher_id))
    lesson = visible.filter(pk=lesson_id).first()
    if lesson is None:
        raise Http404
    if lesson.is_cancelled:
        raise ValidationError({"error": "This lesson is cancelled.", "status_code": 400})
    if lesson.date > _today(user.member_of or lesson.center):
        said = f"This lesson is on {lesson.date}; attendance can be marked from that day on."
        raise ValidationError({"error": said, "status_code": 400})
    return lesson


def _require_members(lesson: Lesson, students: list[int]) -> None:
    if not students:
        raise ValidationError({"attendance_data": ["Name at least one student."]})
    present = Q(enrolled_on__lte=lesson.date) & (Q(left_on=None) | Q(left_on__gte=lesson.date))
    there = Enrollment.objects.filter(present, group_id=lesson.group_id)
    known = set(there.filter(student_id__in=students).values_list("student_id", flat=True))
    often = Counter(students)
    said: list[dict[str, list[str]]] = []
    for id in students:
        text = f"Student {id} is not in this group." if id not in known else f"Student {id} is named twice."
        said.append({"student_id": [text]} if id not in known or often[id] > 1 else {})
    if any(said):
        while not said[-1]:
            said.pop()
        raise ValidationError({"attendance_data": said})


def _correction(user: Any, mark: Attendance, given: dict[str, Any]) -> AttendanceCorrection:
    return AttendanceCorrection(
        center_id=mark.center_id,
        lesson_id=mark.lesson_id,
        student_id=mark.student_id,
        corrected_by_id=user.pk,
        corrected_at=timezone.now(),
        status_before=mark.status,
        notes_before=mark.notes,
        status_after=given["status"],
        notes_after=given["notes"],
    )


def group_statistics(group: Group) -> dict[str, Any]:
    """The statistics of a group."""
    marks = Attendance.objects.filter(lesson__group=group, lesson__is_cancelled=False)
    counts = dict(marks.values_list("status").annotate(Count("id")))
    paid = Payment.objects.filter(group=group, withdrawn_at=None).aggregate(total=Sum("amount"), count=Count("id"))
    given = sum(counts.values())
    total = paid["total"] or 0
    return {
        "students_count": group.enrollments.filter(SEATED).count(),
        "lessons_count": group.lessons.filter(is_cancelled=False).count(),
        "average_attendance": round(100 * counts.get("present", 0) / given, 1) if given else 0.0,
        "payment_status": {
            "total_payments": int(total) if total == int(total) else float(total),
            "payment_count": paid["count"],
        },
    }


def _today(center: Center) -> Any:
    return datetime.now(ZoneInfo(center.time_zone)).date()

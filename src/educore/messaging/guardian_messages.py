"""Messages between a school and the guardians of its students: written by the office, answered by the guardian."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from educore.attendance.entities import AbsenceFlag, Attendance
from educore.attendance.flags import add_flag_document
from educore.identity.entities import Membership, User
from educore.kernel.actions import use_case, with_computed
from educore.kernel.conditions import everything, where
from educore.kernel.entity import Entity
from educore.kernel.errors import Conflict, Invalid
from educore.kernel.policy import Role
from educore.kernel.ports import NO_SENDER
from educore.kernel.unit_of_work import UnitOfWork
from educore.messaging.entities import Channel, Notification
from educore.messaging.mail import queue_notification_mails
from educore.messaging.notifications import wake_readers
from educore.messaging.policies import NOTIFICATION_TEXTS
from educore.organization.entities import Center
from educore.people.entities import Guardianship, Student
from educore.timetable.entities import Session

ABOUT: Mapping[str, type[Entity]] = {kind.__name__: kind for kind in (AbsenceFlag, Attendance, Session)}
"""The kinds of rows that a message to a guardian may be about."""


@use_case
def write_to_guardian(
    uow: UnitOfWork,
    /,
    *,
    user_id: int,
    student_id: int,
    about_kind: str | None = None,
    about_id: int | None = None,
    by_mail: bool = False,
    **fields: Any,
) -> Notification:
    """Write a notification about a student to one of their guardians, with `by_mail` also a mail.

    Raises: Invalid("unknown_id") on user_id, student_id and about_id; Invalid("not_their_guardian") on user_id;
    Invalid("about_incomplete") on about_id; Invalid("channel_unavailable"), ("no_address") on by_mail.
    """
    student = uow.reference(Student, student_id, field="student_id")
    guardian = uow.reference(User, user_id, field="user_id")
    _require_guardian(uow, student, user_id)
    _require_about(uow, student, about_kind, about_id)
    if by_mail:
        _require_mail(uow, guardian)
    about = {"about_kind": about_kind, "about_id": about_id}
    place = {"center_id": student.center_id, "user_id": user_id, "student_id": student_id}
    written = with_computed(fields, **place, **about, created_at=uow.ports.clock.now())
    row = uow.add(Notification, written, to="write_to_guardian")
    if by_mail:
        platform = uow.as_platform()
        name = platform.get(Center, student.center_id).name
        queue_notification_mails(platform, [row], {user_id: guardian.email or ""}, center_name=name)
    return wake_readers(uow, [row])[0]


@use_case
def rewrite_notification(uow: UnitOfWork, notification: Notification, /, **fields: Any) -> Notification:
    """Change what a guardian is told, as long as they have not read it, or note that they have answered.

    Raises: Conflict("notification_read") on the first text that changes.
    """
    notification = uow.get(Notification, notification.id, to="rewrite", lock=True)
    for name in NOTIFICATION_TEXTS:
        if notification.is_read and name in fields and fields[name] != getattr(notification, name):
            raise Conflict.because(name, "notification_read")
    return uow.change(notification, fields, to="rewrite")


@use_case
def answer_notification(
    uow: UnitOfWork,
    notification: Notification,
    /,
    *,
    action_taken: bool = True,
    message: str = "",
    documents: Sequence[str] = (),
) -> Notification:
    """Answer a notification, which marks it as read. A message and stored files are handed in about its absence flag.

    Raises: Invalid("no_flag") on documents or message for a notification that is about no flag, and no mark with one;
    Forbidden for those who hand in nothing.
    """
    notification = uow.get(Notification, notification.id, to="answer", lock=True)
    if message or documents:
        flag = _flag_of(uow, notification)
        if flag is None:
            raise Invalid.because("documents" if documents else "message", "no_flag")
        for key in documents:
            add_flag_document(uow, flag_id=flag.id, file=key)
        if message:
            add_flag_document(uow, flag_id=flag.id, note=message)
    fields: dict[str, Any] = {"action_taken": action_taken}
    if not notification.is_read:
        fields |= {"is_read": True, "read_at": uow.ports.clock.now()}
    return uow.change(notification, fields, to="answer")


def _require_guardian(uow: UnitOfWork, student: Student, user_id: int) -> None:
    """Refuse whoever is no guardian of the student, or may not enter the school any more."""
    parent = where(center_id=student.center_id, user_id=user_id, role=Role.PARENT, is_blocked=False)
    link = where(student_id=student.id, guardian_id=user_id, ended_at__isnull=True)
    platform = uow.as_platform()
    if not (platform.count(Guardianship, link) and platform.count(Membership, parent)):
        raise Invalid.because("user_id", "not_their_guardian", id=user_id)


def _require_about(uow: UnitOfWork, student: Student, kind: str | None, id: int | None) -> None:
    """Refuse a row that is not there, or is about somebody else."""
    if (kind is None) is not (id is None) or kind is not None and kind not in ABOUT:
        raise Invalid.because("about_id", "about_incomplete")
    if kind is not None and id is not None:
        of_student = everything if ABOUT[kind] is Session else where(student_id=student.id)
        uow.reference(ABOUT[kind], id, field="about_id", only=of_student)


def _require_mail(uow: UnitOfWork, guardian: User) -> None:
    if uow.ports.mail is NO_SENDER:
        raise Invalid.because("by_mail", "channel_unavailable", channel=Channel.EMAIL)
    if not guardian.email:
        raise Invalid.because("by_mail", "no_address")


def _flag_of(uow: UnitOfWork, notification: Notification) -> AbsenceFlag | None:
    """Return the flag that a notification is about, or the newest about the mark that it is about."""
    if notification.about_kind == AbsenceFlag.__name__:
        condition = where(id=notification.about_id)
    elif notification.about_kind == Attendance.__name__:
        marks: Collection[Attendance] = uow.find(Attendance, where(id=notification.about_id))
        sessions = {mark.session_id for mark in marks}
        condition = where(student_id=notification.student_id, session_id__in=sessions)
    else:
        return None
    found = uow.find(AbsenceFlag, condition, order=("-id",), limit=1)
    return found[0] if found else None

"""Guardians are told of absences, late arrivals and flags of their children, in schools, by whatever act they change.

A hook reads the events of each unit of work before its commit, so that every API and the admin tell the guardians, and
work that is undone tells nobody. An operation that must say how many were told calls `tell_guardians` itself; the hook
then finds nothing left to tell. The number of statements does not grow with the students and guardians.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import time
from typing import Annotated, TypeVar

from educore.attendance.events import ClassMarked, FlagResolved, FlagsRaised
from educore.attendance.flag_updates import NOTICED
from educore.attendance.registers import may_have_registers
from educore.kernel.actions import use_case
from educore.kernel.conditions import where
from educore.kernel.policy import Role
from educore.kernel.shape import From, Shape
from educore.kernel.unit_of_work import UnitOfWork
from educore.messaging.attendance_notices import (
    FlagRow,
    MarkRow,
    Notice,
    notices_of_flags,
    notices_of_marks,
    notices_of_resolutions,
)
from educore.messaging.entities import Notification, NotificationType
from educore.messaging.events import GuardiansNotified
from educore.messaging.mail import queue_notification_mails
from educore.messaging.message_templates import render_message
from educore.messaging.notifications import NotificationDraft, notify_each
from educore.organization.entities import CenterKind
from educore.people.entities import Guardianship
from educore.timetable.entities import Session
from educore.values import LanguageCodes

Act = ClassMarked | FlagsRaised | FlagResolved
A = TypeVar("A", bound=Act)


class GuardianRow(Shape, of=Guardianship):
    """A guardian of a student, with what is needed to write to them."""

    user_id: Annotated[int, From("guardian_id")]
    student_id: int
    language: Annotated[str | None, From("guardian.language")]
    email: Annotated[str | None, From("guardian.email")]
    wants_mail: Annotated[bool, From("guardian.wants_mail")]
    center_name: Annotated[str, From("center.name")]
    center_languages: Annotated[LanguageCodes, From("center.languages")]


@use_case
def tell_guardians(uow: UnitOfWork, /) -> list[Notification]:
    """Tell the guardians of students what happened to them so far in this unit of work, and return the notifications.

    Guardians are parents with an open guardianship who are not blocked, in a Center that is a school. They are told by
    a notification, after the commit by a wake of `user:<id>`, and by mail if they have an address and want mail.
    Nobody is told twice of the same thing; calling it again tells what has happened since.
    """
    notified = [position for position, event in enumerate(uow.events) if isinstance(event, GuardiansNotified)]
    recent = uow.events[notified[-1] + 1 :] if notified else uow.events
    acts = [event for event in recent if isinstance(event, Act) and may_have_registers(uow, event.center_id)]
    if not acts:
        return []
    platform = uow.as_platform()
    centers = sorted({act.center_id for act in acts})
    new = [row for id in centers for row in _tell(platform, [act for act in acts if act.center_id == id], center_id=id)]
    uow.record(GuardiansNotified(tuple(row.id for row in new)))
    return new


def _tell(platform: UnitOfWork, acts: Collection[Act], *, center_id: int) -> list[Notification]:
    """Tell the guardians of one Center what some acts have changed."""
    raised = {id for act in _only(acts, FlagsRaised) for id in act.flag_ids}
    resolved = {act.flag_id for act in _only(acts, FlagResolved)}
    flags = platform.read(FlagRow, where(id__in=raised | resolved)) if raised | resolved else []
    marked = _only(acts, ClassMarked)
    students = {
        id for act in marked for id, pair in act.statuses.items() if NOTICED & {*pair} and pair[0] is not pair[1]
    }
    guardians = read_guardians(platform, students | {flag.student_id for flag in flags}, center_id=center_id)
    if not guardians:
        return []
    new_flags = [flag for flag in flags if flag.id in raised]
    marks = _read_marks(platform, guardians.keys(), marked, new_flags)
    notices = [
        *notices_of_marks(marked, marks, new_flags),
        *notices_of_flags(new_flags, marks),
        *notices_of_resolutions(flag for flag in flags if flag.id in resolved),
    ]
    return _send(platform, notices, guardians, center_id=center_id)


def read_guardians(
    platform: UnitOfWork, student_ids: Collection[int], *, center_id: int
) -> dict[int, list[GuardianRow]]:
    """Return those guardians of students whom a school may tell, by student."""
    if not student_ids:
        return {}
    parent = where(center_id=center_id, role=Role.PARENT, is_blocked=False)
    here = where(center_id=center_id, center__kind=CenterKind.SCHOOL, guardian__has=where(Membership__has=parent))
    open_links = where(student_id__in=student_ids, ended_at__isnull=True)
    found: dict[int, list[GuardianRow]] = {}
    for row in platform.read(GuardianRow, open_links & here, order=("id",)):
        found.setdefault(row.student_id, []).append(row)
    return found


def _read_marks(
    platform: UnitOfWork, student_ids: Collection[int], marked: Collection[ClassMarked], flags: Collection[FlagRow]
) -> dict[int, list[MarkRow]]:
    """Return the marks of students on the days of sessions, by student and in order of time."""
    sessions = {act.session_id for act in marked} | {flag.session_id for flag in flags}
    if not sessions:
        return {}
    same_day = where(session__date__in=platform.count_by(Session, "date", where(id__in=sessions)))
    found: dict[int, list[MarkRow]] = {}
    rows = platform.read(MarkRow, where(student_id__in=student_ids) & same_day)
    for row in sorted(rows, key=lambda row: (row.day, row.start_time or time.min, row.session_id)):
        found.setdefault(row.student_id, []).append(row)
    return found


def _send(
    platform: UnitOfWork, notices: Iterable[Notice], guardians: Mapping[int, list[GuardianRow]], *, center_id: int
) -> list[Notification]:
    """Notify the guardians, each of the notices about their children that they do not know; and write to them."""
    addressed = [(notice, guardian) for notice in notices for guardian in guardians.get(notice.student_id, ())]
    told = _read_keys(platform, addressed)
    drafts = [
        _draft(platform, notice, guardian)
        for notice, guardian in addressed
        if notice.concerns(told.get(guardian.user_id, set()))
    ]
    if not drafts:
        return []
    new = notify_each(platform, drafts, center_id=center_id, kind=NotificationType.ABSENCE_ALERT)
    emails = {guardian.user_id: guardian.email for _, guardian in addressed if guardian.email and guardian.wants_mail}
    queue_notification_mails(platform, new, emails, center_name=addressed[0][1].center_name)
    return new


def _read_keys(platform: UnitOfWork, addressed: Collection[tuple[Notice, GuardianRow]]) -> dict[int, set[str]]:
    """Return the keys among those of the notices under which the guardians have a notification, by user."""
    keys = {key for notice, _ in addressed for key in {notice.key} | notice.unless | notice.only_after}
    told: dict[int, set[str]] = {}
    if keys:
        of_users = where(user_id__in={guardian.user_id for _, guardian in addressed}, key__in=keys)
        for row in platform.find(Notification, of_users, to="remind"):
            told.setdefault(row.user_id, set()).add(row.key or "")
    return told


def _draft(platform: UnitOfWork, notice: Notice, guardian: GuardianRow) -> NotificationDraft:
    """Return a notice as a notification in the language of a guardian, and in those in which a school writes."""
    language = guardian.language or next(iter(guardian.center_languages), platform.ports.language)
    title, text = render_message(notice.template, language, **notice.values)
    arabic, french = (render_message(notice.template, code, **notice.values) for code in ("ar", "fr"))
    texts = {"title_ar": arabic.title, "message_ar": arabic.text, "title_fr": french.title, "message_fr": french.text}
    more = {**texts, **notice.more, "student_id": notice.student_id, "auto_generated": True}
    return NotificationDraft(guardian.user_id, title, text, key=notice.key, kind=notice.kind, more=more)


def _only(acts: Iterable[Act], kind: type[A]) -> list[A]:
    return [act for act in acts if isinstance(act, kind)]

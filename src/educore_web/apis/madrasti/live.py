"""Live messages: the notifications of a person in the frames that the document prints.

The document has frames for a few types. A person reads all notifications by the ordinary lists; those without a frame
are not sent here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, time
from typing import Annotated, Any

from educore import From, NameOf, UnitOfWork, where
from educore.attendance import Attendance, FlagPriority
from educore.messaging import Notification, NotificationType
from educore_web.apis.madrasti.dialect import MadrastiShape
from educore_web.apis.madrasti.reward_frames import render_rewards
from educore_web.apis.madrasti.spec import madrasti
from educore_web.live import Frames, LiveStream

ATTENDANCE_ALERTS = (NotificationType.ABSENCE_ALERT, NotificationType.LATE_ALERT, NotificationType.CHRONIC_ABSENCE)


class NotificationFrame(MadrastiShape, of=Notification):
    """A notification, with all that a frame may show of it."""

    id: int
    type: NotificationType
    title: str
    title_ar: str | None
    title_fr: str | None
    message: str
    message_ar: str | None
    message_fr: str | None
    priority: FlagPriority | None
    about_kind: str | None
    about_id: int | None
    requires_action: bool
    expires_at: datetime | None
    created_at: datetime


class MarkFrame(MadrastiShape, of=Attendance):
    """The mark that an attendance alert is about."""

    id: int
    student_id: Annotated[int, From("student.user_id")]
    student_name: Annotated[str, NameOf("student")]
    class_: Annotated[str, From("session.group.name")]
    subject: Annotated[str | None, From("session.course.name")]
    session_date: Annotated[date, From("session.date")]
    session_time: Annotated[time | None, From("session.start_time")]
    status: str


def render_notifications(uow: UnitOfWork, ids: Collection[int]) -> Frames:
    """Return the frames of those notifications that the actor may read and that the document has a frame for.

    An alert about a mark that the actor may not read, or that is gone, has none. Takes two statements.
    """
    rows = uow.select(NotificationFrame, where(id__in=list(ids)), order=("id",))
    marks = _marks(uow, [row["about_id"] for row in rows if _is_about_a_mark(row)])
    frames: dict[int, Mapping[str, Any]] = dict(render_rewards(uow, rows))
    for row in rows:
        if _is_about_a_mark(row) and row["about_id"] in marks:
            frames[row["id"]] = _frame("attendance_alert", row, _attendance(row, marks[row["about_id"]]))
        elif row["type"] == NotificationType.SYSTEM:
            frames[row["id"]] = _frame("system_alert", row, _system(row, uow.actor.language))
    return frames


def _is_about_a_mark(row: Mapping[str, Any]) -> bool:
    return row["type"] in ATTENDANCE_ALERTS and row["about_kind"] == Attendance.__name__


def _marks(uow: UnitOfWork, ids: list[int]) -> dict[int, Mapping[str, Any]]:
    return {row["id"]: row for row in uow.select(MarkFrame, where(id__in=ids))} if ids else {}


def _attendance(row: Mapping[str, Any], mark: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of an alert; it asks the parents for an action exactly where a flag was raised."""
    start: time | None = mark["session_time"]
    return {
        "student_id": mark["student_id"],
        "student_name": mark["student_name"],
        "class": mark["class"],
        "subject": mark["subject"],
        "session_date": mark["session_date"],
        "session_time": start and f"{start:%H:%M}",
        "status": mark["status"],
        "flag_created": row["requires_action"],
        "priority": row["priority"] or FlagPriority.LOW,
    }


def _system(row: Mapping[str, Any], language: str | None) -> dict[str, Any]:
    """Return the data of an alert, in Arabic or French where it is written in the language of the reader."""
    return {
        "alert_type": row["about_kind"] or "general",
        "title": row.get(f"title_{language}") or row["title"],
        "message": row.get(f"message_{language}") or row["message"],
        "priority": row["priority"] or FlagPriority.MEDIUM,
        "expires_at": row["expires_at"],
    }


def _frame(type_: str, row: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": type_, "timestamp": row["created_at"], "data": data}


LIVE = LiveStream(madrasti, "/ws/notifications/", render_notifications)
"""The notifications of a person, at `/ws/notifications/{user_id}/`."""

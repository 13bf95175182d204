"""The timetable context: its entities, policies, actions, guards and indexes."""

from __future__ import annotations

from educore.kernel.conditions import nothing, where
from educore.kernel.context import Context
from educore.kernel.storage import Index, NoOverlap, Unlisted
from educore.organization.entities import Center
from educore.timetable.entities import Series, Session, Timetable
from educore.timetable.events import SessionCancelled
from educore.timetable.guards import keep_time_zone
from educore.timetable.policies import POLICIES
from educore.timetable.series import cancel_rest, reschedule_rest, schedule_series
from educore.timetable.sessions import cancel_session, change_session, link_session, schedule_session
from educore.timetable.slots import add_slot, archive_slot, change_slot, restore_slot
from educore.timetable.timetables import archive_timetable, change_timetable, open_timetable, restore_timetable


def _no_overlap(resource: str) -> NoOverlap:
    """Return the rule that a group, a teacher or a room is in one session at a time."""
    takes_resource = where(**{f"{resource}__isnull": False}, starts_at__isnull=False, is_cancelled=False)
    return NoOverlap(Session, resource, starts="starts_at", ends="ends_at", only=takes_resource)


CONTEXT = Context(
    "timetable",
    entities=(Timetable, Series, Session),
    policies=POLICIES,
    actions={
        (Session, "create"): schedule_session,
        (Session, "update"): change_session,
        (Session, "reschedule"): reschedule_rest,
        (Session, "cancel"): cancel_session,
        (Session, "cancel_rest"): cancel_rest,
        (Session, "link"): link_session,
        (Series, "create"): schedule_series,
        (Series, "add_slot"): add_slot,
        (Series, "update"): change_slot,
        (Series, "archive"): archive_slot,
        (Series, "restore"): restore_slot,
        (Timetable, "create"): open_timetable,
        (Timetable, "update"): change_timetable,
        (Timetable, "archive"): archive_timetable,
        (Timetable, "restore"): restore_timetable,
    },
    guards={Center: (keep_time_zone,)},
    outbox={SessionCancelled: "session_id"},
    storage=(
        Index(
            Session,
            ("group_id", "date"),
            name="uq_session_register",
            unique=True,
            only=where(start_time__isnull=True, is_cancelled=False),
        ),
        Index(
            Session,
            ("series_id", "date"),
            name="uq_session_series_id_date",
            unique=True,
            only=where(register_status__isnull=False),
        ),
        Index(Session, ("center_id", "starts_at")),
        Index(Session, ("center_id", "date")),
        *(_no_overlap(resource) for resource in ("group_id", "teacher_id", "room_id")),
        Unlisted(Series),
    ),
    dependants={
        (Session, "group_id"): nothing,
        (Session, "course_id"): nothing,  # sessions keep the name of what was taught
    },
)

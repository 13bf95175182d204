"""The declaration of this context."""

from __future__ import annotations

from educore.kernel.conditions import where
from educore.kernel.context import Context
from educore.kernel.storage import Index, NoOverlap, Unlisted
from educore.organization.entities import Center
from educore.timetable.entities import Series, Session
from educore.timetable.events import SessionCancelled
from educore.timetable.policies import POLICIES
from educore.timetable.use_cases import (
    cancel_rest,
    cancel_session,
    change_session,
    keep_time_zone,
    link_session,
    reschedule_rest,
    schedule_series,
    schedule_session,
)


def _no_overlap(resource: str) -> NoOverlap:
    """Keep a group, a teacher or a room out of two sessions at a time."""
    held = where(**{f"{resource}__isnull": False}, starts_at__isnull=False, is_cancelled=False)
    return NoOverlap(Session, resource, starts="starts_at", ends="ends_at", only=held)


CONTEXT = Context(
    "timetable",
    entities=(Series, Session),
    policies=POLICIES,
    actions={
        (Session, "create"): schedule_session,
        (Session, "update"): change_session,
        (Session, "reschedule"): reschedule_rest,
        (Session, "cancel"): cancel_session,
        (Session, "cancel_rest"): cancel_rest,
        (Session, "link"): link_session,
        (Series, "create"): schedule_series,
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
        Index(Session, ("center_id", "starts_at")),
        *(_no_overlap(resource) for resource in ("group_id", "teacher_id", "room_id")),
        Unlisted(Series),
    ),
)

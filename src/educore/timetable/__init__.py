"""The timetable: the weeks of classes, sessions and weekly series, and calendar feeds of them."""

from educore.timetable.calendar import close_calendar, open_calendar, read_calendar
from educore.timetable.context import CONTEXT
from educore.timetable.entities import (
    RegisterStatus,
    Series,
    Session,
    SessionId,
    SlotType,
    Timetable,
    is_slot,
    not_cancelled,
)
from educore.timetable.events import SessionCancelled, SessionMoved, SlotsPlanned
from educore.timetable.queries import teacher_schedule
from educore.timetable.series import cancel_rest, reschedule_rest, schedule_series
from educore.timetable.sessions import cancel_session, change_session, link_session, open_register, schedule_session
from educore.timetable.slots import add_slot, archive_slot, change_slot, restore_slot
from educore.timetable.timetables import archive_timetable, change_timetable, open_timetable, restore_timetable

__all__ = [
    "CONTEXT",
    "RegisterStatus",
    "Series",
    "Session",
    "SessionCancelled",
    "SessionId",
    "SessionMoved",
    "SlotType",
    "SlotsPlanned",
    "Timetable",
    "add_slot",
    "archive_slot",
    "archive_timetable",
    "cancel_rest",
    "cancel_session",
    "change_session",
    "change_slot",
    "change_timetable",
    "close_calendar",
    "is_slot",
    "link_session",
    "not_cancelled",
    "open_calendar",
    "open_register",
    "open_timetable",
    "read_calendar",
    "reschedule_rest",
    "restore_slot",
    "restore_timetable",
    "schedule_series",
    "schedule_session",
    "teacher_schedule",
]

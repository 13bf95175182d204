"""The timetable: sessions and weekly series, and calendar feeds of them."""

from educore.timetable.calendar import close_calendar, open_calendar, read_calendar
from educore.timetable.context import CONTEXT
from educore.timetable.entities import Series, Session, SessionId, not_cancelled
from educore.timetable.events import SessionCancelled, SessionMoved
from educore.timetable.queries import teacher_schedule
from educore.timetable.series import cancel_rest, reschedule_rest, schedule_series
from educore.timetable.sessions import cancel_session, change_session, link_session, open_register, schedule_session

__all__ = [
    "CONTEXT",
    "Series",
    "Session",
    "SessionCancelled",
    "SessionId",
    "SessionMoved",
    "cancel_rest",
    "cancel_session",
    "change_session",
    "close_calendar",
    "link_session",
    "not_cancelled",
    "open_calendar",
    "open_register",
    "read_calendar",
    "reschedule_rest",
    "schedule_series",
    "schedule_session",
    "teacher_schedule",
]

"""Madrasti: its sections on accounts and files, on people, and on the structure of a school, and on the API itself."""

from educore_web.apis.madrasti.live import LIVE
from educore_web.apis.madrasti.sections import (
    academic_years,
    authentication,
    classes,
    enrollments,
    files,
    flags,
    grades,
    guardianships,
    homework,
    homework_analytics,
    levels,
    notifications,
    profile,
    questions,
    records,
    registers,
    reports,
    rooms,
    schedules,
    school,
    subjects,
    submissions,
    system,
    timetable_sessions,
    timetables,
    users,
)
from educore_web.apis.madrasti.spec import madrasti

__all__ = ["LIVE", "OPERATIONS", "SPEC"]

SPEC = madrasti
OPERATIONS = [
    *authentication.ROUTES,
    *profile.ROUTES,
    *users.ROUTES,
    *guardianships.ROUTES,
    *enrollments.ROUTES,
    *files.ROUTES,
    *school.ROUTES,
    *academic_years.ROUTES,
    *levels.ROUTES,
    *grades.ROUTES,
    *classes.ROUTES,
    *subjects.ROUTES,
    *rooms.ROUTES,
    *timetables.ROUTES,
    *schedules.ROUTES,
    *timetable_sessions.ROUTES,
    *flags.ROUTES,
    *registers.ROUTES,
    *records.ROUTES,
    *notifications.ROUTES,
    *reports.ROUTES,
    *homework.ROUTES,
    *homework_analytics.ROUTES,
    *questions.ROUTES,
    *submissions.ROUTES,
    *system.ROUTES,
]

"""Madrasti: its sections on accounts and files, and on the structure of a school."""

from educore_web.apis.madrasti.sections import (
    academic_years,
    authentication,
    files,
    grades,
    levels,
    profile,
    rooms,
    school,
    subjects,
)
from educore_web.apis.madrasti.spec import madrasti

SPEC = madrasti
OPERATIONS = [
    *authentication.ROUTES,
    *profile.ROUTES,
    *files.ROUTES,
    *school.ROUTES,
    *academic_years.ROUTES,
    *levels.ROUTES,
    *grades.ROUTES,
    *subjects.ROUTES,
    *rooms.ROUTES,
]

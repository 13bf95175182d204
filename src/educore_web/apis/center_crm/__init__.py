"""The Educational Center CRM: sections Authentication, 1 to 9 and 11 to 15 of its document."""

from educore_web.apis.center_crm import (
    assignments,
    attendance,
    authentication,
    branches,
    centers,
    directors,
    exam_results,
    exams,
    groups,
    lessons,
    rooms,
    series,
    students,
    subjects,
    submissions,
    teachers,
)
from educore_web.apis.center_crm.contract import crm

CONTRACT = crm
OPERATIONS = [
    *authentication.ROUTES,
    *centers.ROUTES,
    *directors.ROUTES,
    *branches.ROUTES,
    *subjects.ROUTES,
    *groups.ROUTES,
    *students.ROUTES,
    *teachers.ROUTES,
    *lessons.ROUTES,
    *series.ROUTES,
    *attendance.ROUTES,
    *assignments.ROUTES,
    *submissions.ROUTES,
    *exams.ROUTES,
    *exam_results.ROUTES,
    *rooms.ROUTES,
]

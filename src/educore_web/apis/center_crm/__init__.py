"""The Educational Center CRM: sections Authentication, 1 to 7 and 15 of its document."""

from educore_web.apis.center_crm import (
    authentication,
    branches,
    centers,
    directors,
    groups,
    rooms,
    students,
    subjects,
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
    *rooms.ROUTES,
]

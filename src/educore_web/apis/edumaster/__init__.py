"""EduMaster: its sections on accounts, courses, groups, attendance, money and SMS."""

from educore_web.apis.edumaster.sections import (
    attendance,
    authentication,
    courses,
    groups,
    invoices,
    payments,
    sms,
    users,
)
from educore_web.apis.edumaster.spec import edu

SPEC = edu
OPERATIONS = [
    *authentication.ROUTES,
    *users.ROUTES,
    *courses.ROUTES,
    *groups.ROUTES,
    *attendance.ROUTES,
    *invoices.ROUTES,
    *payments.ROUTES,
    *sms.ROUTES,
]

"""EduMaster: its sections on accounts, courses, groups and attendance."""

from educore_web.apis.edumaster import attendance, authentication, courses, groups, users
from educore_web.apis.edumaster.contract import edu

CONTRACT = edu
OPERATIONS = [*authentication.ROUTES, *users.ROUTES, *courses.ROUTES, *groups.ROUTES, *attendance.ROUTES]

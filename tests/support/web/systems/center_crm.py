"""The Center CRM: who may do what, and how each operation is tried."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from educore_web.apis import center_crm
from support.cast import PASSWORD
from support.web.catalog import Catalog, section_of
from support.web.system import CENTERS, Body, File, Place, System

CATALOG = Catalog("center_crm")
NEW_PASSWORD = "somsa and 9 plov"
BY_SUPERADMIN_ONLY = ("1", "2")
"""The sections in which not even the Director of the center acts."""

NARROWED = {
    "students.partial_update": {"superadmin", "director", "manager", "admin", "student"},  # C46
    "students.payment_history": {"superadmin", "director", "manager", "admin", "student"},  # C17
    "teachers.performance": {"superadmin", "director", "manager", "admin", "teacher"},  # C17
    "submissions.create": {"student"},  # nobody else hands in for them
}
"""Who may ever call what the document opens to more people, where a rule over rows leaves a role with no row."""

WIDENED = {"attendance.bulk_mark": {"superadmin", "director", "admin", "teacher"}}
"""Who marks one may mark a class (C08)."""

OFFICE = {"superadmin", "director", "manager", "admin"}
OWNERS = {"superadmin", "director"}
PLANNERS = {"superadmin", "director", "teacher"}
BURSARS = {"superadmin", "director", "manager"}
ADDED = {
    "auth.refresh": set(CENTERS.roles),
    "auth.logout": set(CENTERS.roles),
    "auth.change_password": set(CENTERS.roles),  # C01, C06
    "staff.list": OWNERS,
    "staff.create": OWNERS,
    "staff.retrieve": OWNERS,
    "staff.update": OWNERS,  # C04
    "staff.partial_update": OWNERS,
    "staff.delete": OWNERS,
    "staff.block": OWNERS,
    "staff.unblock": OWNERS,
    "students.unblock": OFFICE,  # C47
    "lessons.series": PLANNERS,
    "lessons.reschedule_rest": PLANNERS,
    "lessons.cancel_rest": PLANNERS,
    "lessons.open_calendar": set(CENTERS.roles) - {"superadmin"},
    "lessons.close_calendar": set(CENTERS.roles) - {"superadmin"},
    "payments.restore": OFFICE,  # C66
    "charges.list": OFFICE,
    "charges.retrieve": OFFICE,
    "charges.preview": BURSARS,
    "charges.create": BURSARS,
    "charges.revert": BURSARS,
    "payroll.proposal": BURSARS,
}
"""What is served beyond the document, and who may call it."""


def roles(name: str) -> set[str]:
    """The roles that may ever call an operation: those the document names at least, and the owners above them."""
    if name in ADDED:
        return ADDED[name]
    if name in NARROWED | WIDENED:
        return (NARROWED | WIDENED)[name]
    documented = CATALOG.operations[name]
    if not documented["roles"]:
        return set(CENTERS.roles)
    above = {"superadmin"} if section_of(documented) in BY_SUPERADMIN_ONLY else OWNERS
    return {role.lower() for role in documented["roles"]} | above


def account(name: str) -> Body:
    """A new account, as sections 6 and 7 nest it."""
    return {
        "username": name,
        "password": "Student@123",
        "email": f"{name}@mail.uz",
        "first_name": name.title(),
        "last_name": "Begov",
        "phone": "+998770000001",
    }


def member(at: Place, role: str) -> Body:
    """A new account, as section 2 writes it flat."""
    more = {"role": role, "educational_center": at.center, "passport_number": "AA0123457", "birthday": "1992-03-20"}
    return account("nodira") | more


def present_member(at: Place, role: str, name: str) -> Body:
    """The account of somebody who is a member already."""
    return {
        "username": name,
        "first_name": "Nodira",
        "last_name": "Begova",
        "role": role,
        "educational_center": at.center,
    }


def center(at: Place) -> Body:
    """A center."""
    return {
        "name": "Bukhara School",
        "address": "Bukhara",
        "phone": "+998651112233",
        "email": "b@school.uz",
        "status": "Active",
    }


def branch(at: Place) -> Body:
    """A branch looked after by the manager of its center."""
    return {
        "educational_center": at.center,
        "name": "Chilonzor",
        "address": "Chilonzor 5",
        "phone": "+998712000001",
        "manager": at.town.manager.user_id,
        "status": "Open",
    }


def subject(at: Place) -> Body:
    """A subject."""
    return {"educational_center": at.center, "name": "Algebra", "description": "Numbers and letters"}


def group(at: Place) -> Body:
    """A group."""
    return {
        "educational_center": at.center,
        "branch": at.town.branch.id,
        "name": "Algebra A1",
        "subject": at.town.course.id,
        "teacher": at.town.teacher.teacher_id,
        "capacity": 25,
        "status": "Active",
        "start_date": "2024-01-15",
        "end_date": "2024-06-15",
    }


def student(at: Place) -> Body:
    """A student in the evening group."""
    return {
        "user": account("nodira"),
        "group": at.town.evening.id,
        "branch": at.town.branch.id,
        "status": "Active",
        "enrollment_date": "2023-11-10",
        "parent_name": "Botir",
        "parent_phone": "+998901234567",
    }


def teacher(at: Place) -> Body:
    """A teacher."""
    return {
        "user": account("nodira"),
        "branch": at.town.branch.id,
        "status": "Active",
        "specialization": "Chess",
        "qualification": "Grandmaster",
        "hire_date": "2024-01-01",
        "hourly_rate": 50,
    }


def room(at: Place) -> Body:
    """A room."""
    return {
        "branch": at.town.branch.id,
        "name": "Room 101",
        "capacity": 30,
        "equipment": "Projector, Whiteboard",
        "is_available": True,
    }


def lesson(at: Place) -> Body:
    """A lesson of the morning group."""
    return {
        "group": at.town.morning.id,
        "teacher": at.town.teacher.teacher_id,
        "room": at.town.room.id,
        "date": "2024-01-15",
        "start_time": "09:00:00",
        "end_time": "10:30:00",
        "duration": 90,
    }


def series(at: Place) -> Body:
    """Lessons of the morning group on two days of the week."""
    days = {"weekdays": ["mon", "wed"], "first_date": "2024-01-08", "last_date": "2024-01-21"}
    kept = ("group", "teacher", "room", "start_time", "end_time")
    return {name: value for name, value in lesson(at).items() if name in kept} | days | {"topic": "Verbs"}


def mark(at: Place, lesson: int) -> Body:
    """The first student, marked in a lesson."""
    return {"lesson": lesson, "student": at.town.student.student_id, "status": "Present", "notes": "All good"}


def marks(at: Place) -> Body:
    """The class, marked in the session of the first day."""
    entries = [
        {"student_id": at.town.student.student_id, "status": "Present", "notes": ""},
        {"student_id": at.town.classmate.student_id, "status": "Absent", "notes": "Sick leave"},
    ]
    return {"lesson_id": at.site.extras.register[at.center], "attendance_data": entries}


def assignment(at: Place) -> Body:
    """Work for the morning group."""
    return {
        "group": at.town.morning.id,
        "teacher": at.town.teacher.teacher_id,
        "title": "English Essay",
        "description": "Write an essay about your dreams",
        "due_date": "2024-01-20",
        "status": "Assigned",
    }


def exam(at: Place) -> Body:
    """An exam of the morning group."""
    return {
        "group": at.town.morning.id,
        "teacher": at.town.teacher.teacher_id,
        "title": "Final English Test",
        "description": "Final examination for the course",
        "exam_date": "2024-02-15",
        "start_time": "09:00:00",
        "end_time": "11:00:00",
        "total_points": 100,
        "passing_score": 60,
    }


def submission(at: Place) -> Body:
    """The essay of the first student."""
    file = File("essay.pdf", b"%PDF-1.7\n%%EOF")
    return {"assignment": at.taught.essay, "student": at.town.student.student_id, "submission_file": file}


def contract(at: Place) -> Body:
    """A contract with the first student about the morning group."""
    return {
        "student": at.town.student.student_id,
        "group": at.town.morning.id,
        "contract_number": "CNT-2024-002",
        "contract_file": File("signed.pdf", b"%PDF-1.7\n%%EOF"),
        "signed_date": "2024-01-01",
    }


def lead(at: Place) -> Body:
    """Somebody who asked about English."""
    return {
        "branch": at.town.branch.id,
        "name": "Ahmed Khaitov",
        "email": "ahmed@example.com",
        "phone": "+998901234567",
        "course_interested": at.town.course.id,
        "status": "New",
        "source": "Website",
        "assigned_to": at.town.manager.user_id,
        "notes": "Interested in English course",
    }


def notification(at: Place) -> Body:
    """A note to the first student."""
    return {
        "user": at.town.student.user_id,
        "notification_type": "payment_reminder",
        "title": "Payment Due",
        "message": "Your payment is due on 2024-01-31",
    }


def payment(at: Place) -> Body:
    """Money the first student pays."""
    return {
        "student": at.town.student.student_id,
        "group": at.town.morning.id,
        "amount": 500,
        "payment_type": "Cash",
        "due_date": "2024-01-31",
        "receipt_number": "R-2024-1",
        "notes": "Payment received in cash",
    }


def charges(at: Place) -> Body:
    """February."""
    return {
        "educational_center": at.center,
        "month": "2024-02",
        "due_date": "2024-02-29",
        "groups": [at.town.morning.id],
    }


def salary(at: Place) -> Body:
    """What the first teacher earns in February."""
    return {
        "teacher": at.town.teacher.teacher_id,
        "month": "2024-02",
        "base_salary": 2000,
        "bonus": 200,
        "penalty": 50,
        "is_paid": False,
    }


ROWS: dict[str, Callable[[Place], Any]] = {
    "centers": lambda at: at.center,
    "centers.delete": lambda at: at.site.extras.nukus,
    "directors": lambda at: at.town.director.membership_id,
    "directors.delete": lambda at: at.site.extras.karim,
    "staff": lambda at: at.town.admin.membership_id,
    "staff.delete": lambda at: at.site.extras.idle[at.center],
    "branches": lambda at: at.town.branch.id,
    "branches.delete": lambda at: at.town.closed_branch.id,
    "subjects": lambda at: at.town.course.id,
    "subjects.delete": lambda at: at.site.extras.spare_course[at.center],
    "groups": lambda at: at.town.morning.id,
    "groups.delete": lambda at: at.town.evening.id,
    "students": lambda at: at.town.student.student_id,
    "students.delete": lambda at: at.town.newcomer.student_id,
    "teachers": lambda at: at.town.teacher.teacher_id,
    "teachers.delete": lambda at: at.town.second_teacher.teacher_id,
    "rooms": lambda at: at.town.room.id,
    "lessons": lambda at: at.site.extras.register[at.center],
    "attendance": lambda at: at.taught.mark,
    "assignments": lambda at: at.taught.essay,
    "submissions": lambda at: at.taught.work,
    "exams": lambda at: at.taught.quiz,
    "exams.results": lambda at: at.taught.test,
    "exam_results": lambda at: at.taught.result,
    "payments": lambda at: at.money.payment,
    "payments.restore": lambda at: at.money.withdrawn,
    "charges": lambda at: at.money.run,
    "payroll": lambda at: at.money.salary,
    "notifications": lambda at: at.site.extras.note[at.center],
    "contracts": lambda at: at.site.extras.contract[at.center],
    "leads": lambda at: at.site.extras.lead[at.center],
}
"""The row of each kind on which everybody who may do something at all, may do it."""

BODIES: dict[str, Callable[[Place], Body]] = {
    "auth.login": lambda at: {"username": "dilshod", "password": PASSWORD},
    "auth.refresh": lambda at: {"refresh": at.site.tokens["dilshod"].refresh},
    "auth.change_password": lambda at: {"old_password": PASSWORD, "new_password": NEW_PASSWORD},
    "centers.create": center,
    "centers.update": center,
    "centers.partial_update": lambda at: {"description": "Where plov is studied"},
    "directors.create": lambda at: member(at, "Director"),
    "directors.update": lambda at: present_member(at, "Director", "nodira"),
    "directors.partial_update": lambda at: {"first_name": "Nodira"},
    "staff.create": lambda at: member(at, "Manager"),
    "staff.update": lambda at: present_member(at, "Admin", "nodira"),
    "staff.partial_update": lambda at: {"first_name": "Nodira"},
    "branches.create": branch,
    "branches.update": branch,
    "branches.partial_update": lambda at: {"address": "Chilonzor 6"},
    "subjects.create": subject,
    "subjects.update": subject,
    "subjects.partial_update": lambda at: {"description": "The language"},
    "groups.create": group,
    "groups.update": group,
    "groups.partial_update": lambda at: {"capacity": 12},
    "students.create": student,
    "students.update": lambda at: student(at) | {"user": {"first_name": "Nodira"}},
    "students.partial_update": lambda at: {"parent_name": "Botir"},
    "students.assign_group": lambda at: {"group_id": at.town.evening.id},
    "teachers.create": teacher,
    "teachers.update": lambda at: teacher(at) | {"user": {"first_name": "Nodira"}},
    "teachers.partial_update": lambda at: {"specialization": "Chess"},
    "teachers.rate": lambda at: {"rating": 4.5},
    "rooms.create": room,
    "rooms.update": room,
    "rooms.partial_update": lambda at: {"equipment": "Chalk"},
    "lessons.create": lesson,
    "lessons.update": lesson,
    "lessons.partial_update": lambda at: {"online_link": "https://meet.example.com/abc"},
    "lessons.series": series,
    "lessons.reschedule_rest": lambda at: {"date": "2024-01-03", "start_time": "11:00:00", "end_time": "12:00:00"},
    "attendance.create": lambda at: mark(at, at.site.extras.register[at.center]),
    "attendance.update": lambda at: mark(at, at.taught.lesson),
    "attendance.partial_update": lambda at: {"notes": "Traffic jam"},
    "attendance.bulk_mark": marks,
    "assignments.create": assignment,
    "assignments.update": assignment,
    "assignments.partial_update": lambda at: {"description": "About plov"},
    "submissions.create": submission,
    "submissions.update": lambda at: {"grade": 95, "feedback": "Excellent work!"},
    "submissions.partial_update": lambda at: {"feedback": "Well done"},
    "exams.create": exam,
    "exams.update": exam,
    "exams.partial_update": lambda at: {"passing_score": 50},
    "exam_results.create": lambda at: {"exam": at.taught.quiz, "student": at.town.student.student_id},
    "exam_results.update": lambda at: {"exam": at.taught.test, "student": at.town.student.student_id, "score": 85},
    "exam_results.partial_update": lambda at: {"grade": "A"},
    "payments.create": payment,
    "payments.update": payment,
    "payments.partial_update": lambda at: {"notes": "Counted twice"},
    "charges.preview": charges,
    "charges.create": charges,
    "payroll.create": salary,
    "payroll.update": salary,
    "payroll.partial_update": lambda at: {"month": "2024-03"},
    "notifications.create": notification,
    "notifications.update": lambda at: {"is_read": True},
    "notifications.partial_update": lambda at: {"is_read": True},
    "contracts.create": contract,
    "contracts.update": lambda at: {name: value for name, value in contract(at).items() if name != "contract_file"},
    "contracts.partial_update": lambda at: {"signed_date": "2024-01-02"},
    "leads.create": lead,
    "leads.update": lead,
    "leads.partial_update": lambda at: {"notes": "Calls back in May"},
    "leads.convert_to_student": lambda at: {"group": at.town.evening.id, "username": "nodira"},
}
"""A body that each operation with a body accepts."""


def ids(at: Place) -> dict[str, int]:
    """What each field that refers to a row calls a row of a town."""
    town, teacher, student = at.town, at.town.teacher.teacher_id or 0, at.town.student.student_id or 0
    return {
        "user": town.student.user_id or 0,
        "room": town.room.id,
        "lesson": at.taught.lesson,
        "marked_by": teacher,
        "student": student,
        "student_id": student,
        "assignment": at.taught.essay,
        "exam": at.taught.quiz,
        "educational_center": town.center.id,
        "branch": town.branch.id,
        "subject": town.course.id,
        "teacher": teacher,
        "group": town.morning.id,
        "group_id": town.morning.id,
        "manager": town.manager.user_id or 0,
        "paid_by": town.admin.user_id or 0,
        "made_by": town.director.user_id or 0,
        "assigned_to": town.manager.user_id or 0,
        "verified_by": town.director.user_id or 0,
        "course_interested": town.course.id,
        "director": town.director.membership_id or 0,
    }


FOR_NOBODY = dict.fromkeys(CENTERS.at_home, 0)
SEEN = {
    "staff.list": {"dilshod": 3},
    "branches.list": dict.fromkeys(CENTERS.at_home, 2),
    "subjects.list": dict.fromkeys(CENTERS.at_home, 2),
    "groups.list": dict.fromkeys(("dilshod", "malika", "aziza"), 2)
    | {"timur": 1, "tamara": 1, "sardor": 1, "shirin": 0},
    "students.list": dict.fromkeys(("dilshod", "malika", "aziza"), 3)
    | {"timur": 2, "tamara": 0, "sardor": 1, "shirin": 1},
    "teachers.list": dict.fromkeys(CENTERS.at_home, 2),
    "rooms.list": dict.fromkeys(CENTERS.at_home, 1),
    "payments.list": FOR_NOBODY | dict.fromkeys(("dilshod", "malika", "aziza", "sardor"), 1),
    "charges.list": dict.fromkeys(("dilshod", "malika", "aziza"), 1),
    "payroll.list": FOR_NOBODY | dict.fromkeys(("dilshod", "malika", "timur"), 1),
    "notifications.list": dict.fromkeys(CENTERS.at_home, 1),
    "contracts.list": FOR_NOBODY | dict.fromkeys(("dilshod", "malika", "aziza", "sardor"), 1),
    "leads.list": dict.fromkeys(("dilshod", "malika"), 1),
} | {
    f"{section}.list": dict.fromkeys(CENTERS.at_home, count) | {"tamara": 0, "shirin": 0}
    for section, count in {
        "lessons": 2,
        "attendance": 1,
        "assignments": 2,
        "submissions": 1,
        "exams": 2,
        "exam_results": 1,
    }.items()
}
"""How many rows everybody sees (C12 to C16)."""

CENTER_CRM = System(
    spec=center_crm.SPEC,
    operations=center_crm.OPERATIONS,
    catalog=CATALOG,
    roles=roles,
    added=frozenset(ADDED),
    rows=ROWS,
    bodies=BODIES,
    ids=ids,
    seen=SEEN,
    references={"students.assign_group": {"group_id": "Group"}, "leads.convert_to_student": {"group": "Group"}},
    deciding=frozenset({"payroll.create", "notifications.create"}),
    acted_on={"attendance.bulk_mark": "lesson_id"},
    queries={"payroll.proposal": {"teacher": "1", "month": "2023-12"}},
    for_anybody=frozenset({"auth.logout", "auth.change_password", "notifications.mark_all_read"}),
    personal=frozenset({"notifications"}),
    rowless={
        "payments": frozenset({"teacher"}),
        "contracts": frozenset({"teacher"}),
        "payroll": frozenset({"admin", "student"}),
    },  # C15
)

"""EduMaster: who may do what, and how each operation is tried."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from educore_web.apis import edumaster
from support.cast import PASSWORD
from support.web.catalog import Catalog
from support.web.system import CENTERS, Body, ErrorFormat, Place, System, roles_in

CATALOG = Catalog("edumaster")
EVERYBODY = frozenset(CENTERS.roles)
OFFICE = frozenset({"superadmin", "director", "manager", "admin"})
WRITERS = OFFICE - {"admin"}
"""Who runs a center. A clerk of the Center CRM, whom this document calls a manager too, opens no courses and groups."""

MAY: dict[str, frozenset[str]] = {
    "users": OFFICE,
    "users.list": EVERYBODY,
    "users.retrieve": EVERYBODY,
    "profile": EVERYBODY,
    "courses": WRITERS,
    "courses.list": EVERYBODY,
    "courses.retrieve": EVERYBODY,
    "groups": WRITERS,
    "groups.list": EVERYBODY,
    "groups.retrieve": EVERYBODY,
    "groups.add_student": OFFICE,
    "groups.remove_student": OFFICE,
    "attendance_sessions": WRITERS | {"teacher"},
    "attendance_sessions.list": EVERYBODY,
    "attendance_sessions.retrieve": EVERYBODY,
    "attendance_sessions.mark_attendance": OFFICE | {"teacher"},
    "attendance.summary": EVERYBODY,
    "accounts.logout": EVERYBODY,
    "invoices": OFFICE,
    "invoices.list": EVERYBODY,
    "invoices.retrieve": EVERYBODY,
    "payments": OFFICE,
    "payments.storno": OFFICE - {"manager", "admin"},
    "sms": OFFICE,
    "sms_logs": EVERYBODY,
    "sms_templates": OFFICE,
}
"""Who may ever call an operation, by name or by section: the document names no roles (E03, E10).

The lists it documents are open to everybody.
"""

ADDED = {
    "accounts.refresh",
    "accounts.logout",  # E07
    "profile.partial_update",  # E12
    "groups.remove_student",  # E20
    "attendance.summary",  # E25
} | {
    f"{section}.{verb}"
    for section in ("users", "courses", "groups", "attendance_sessions", "invoices")
    for verb in ("retrieve", "update", "partial_update", "delete")
}  # E02
ADDED |= {"payments.list", "payments.retrieve", "payments.storno"}  # E28
ADDED |= {"sms_logs.retrieve"} | {
    f"sms_templates.{verb}" for verb in ("list", "create", "retrieve", "update", "partial_update", "delete")
}  # E29
"""What is served beyond the document."""


class Details(ErrorFormat):
    """How this document says no: always `{"error", "details"}`, the fields within the details (E32)."""

    def whole(self, status: int, sentence: str) -> Body:
        """The body that refuses as a whole."""
        return {"error": sentence, "details": {}}

    def details(self, body: Any) -> Any:
        """The part of a body that names fields."""
        return body["details"] if isinstance(body, dict) else {}


def phone_of(user_id: int | None, town: int = 1) -> str:
    """The telephone of somebody of the cast."""
    return f"+9989{town}{user_id:07}"


def user(at: Place) -> Body:
    """A student."""
    return present_user(at) | {"password": "Student@123", "center_id": at.center}


def present_user(at: Place) -> Body:
    """A student who is there already."""
    return {"phone_number": "+998770000001", "first_name": "Nodira", "last_name": "Begova", "role": "student"}


def course(at: Place) -> Body:
    """A course."""
    return {
        "title": "Algebra",
        "description": "Numbers and letters",
        "price": "500000.00",
        "duration_months": 6,
        "is_active": True,
    }


def group(at: Place) -> Body:
    """A group."""
    return {
        "name": "Algebra A1",
        "course": at.town.course.id,
        "teacher": at.town.teacher.user_id,
        "start_date": "2024-01-01",
        "max_students": 15,
    }


def session(at: Place, date: str) -> Body:
    """A session of the morning group."""
    return {"group": at.town.morning.id, "date": date, "topic": "Python asoslari", "notes": "Birinchi dars"}


def marks(at: Place) -> Body:
    """Who came to the morning group."""
    return {
        "attendance_data": [
            {"student_id": at.town.student.user_id, "status": "present"},
            {"student_id": at.town.classmate.user_id, "status": "absent", "reason": "Kasal"},
        ]
    }


def texts(at: Place) -> Body:
    """A text to two numbers, as the document sends it."""
    return {
        "phone_numbers": ["+998901234567", "+998901234568"],
        "message": "Test xabar",
        "template_id": at.site.extras.template[at.center],
        "center_id": at.center,
    }


def template(at: Place) -> Body:
    """A text with a place for a word."""
    return {"name": "Tug‘ilgan kun", "text": "{name}, tabriklaymiz!"}


def invoice(at: Place) -> Body:
    """What the first student is asked for January."""
    return {
        "student": at.town.student.user_id,
        "amount": "300000.00",
        "due_date": "2024-02-15",
        "description": "Yanvar oyi uchun to'lov",
        "group": at.town.morning.id,
    }


def payment(at: Place) -> Body:
    """A part of what is asked for books."""
    return {"invoice": at.money.books, "amount": "300000.00", "payment_method": "cash", "notes": "Naqd to'lov"}


ROWS: dict[str, Callable[[Place], Any]] = {
    "users": lambda at: at.town.student.user_id,
    "users.delete": lambda at: at.town.newcomer.user_id,
    "courses": lambda at: at.town.course.id,
    "courses.delete": lambda at: at.site.extras.spare_course[at.center],
    "groups": lambda at: at.town.morning.id,
    "groups.delete": lambda at: at.town.evening.id,
    "attendance_sessions": lambda at: at.site.extras.register[at.center],
    "attendance": lambda at: at.town.student.user_id,
    "invoices": lambda at: at.money.books,
    "payments": lambda at: at.money.payment,
    "sms_logs": lambda at: at.site.extras.sms[at.center],
    "sms_templates": lambda at: at.site.extras.template[at.center],
}
"""The row of each kind on which everybody who may do something at all, may do it."""

BODIES: dict[str, Callable[[Place], Body]] = {
    "accounts.login": lambda at: {"phone_number": phone_of(at.town.director.user_id), "password": PASSWORD},
    "accounts.refresh": lambda at: {"refresh": at.site.tokens["dilshod"].refresh},
    "users.create": user,
    "users.update": present_user,
    "users.partial_update": lambda at: {"first_name": "Nodira"},
    "profile.partial_update": lambda at: {"first_name": "Nodira"},
    "courses.create": lambda at: course(at) | {"center_id": at.center},
    "courses.update": course,
    "courses.partial_update": lambda at: {"description": "The language"},
    "groups.create": group,
    "groups.update": group,
    "groups.partial_update": lambda at: {"max_students": 12},
    "groups.add_student": lambda at: {"student_id": at.town.newcomer.user_id},
    "groups.remove_student": lambda at: {"student_id": at.town.classmate.user_id},
    "attendance_sessions.create": lambda at: session(at, "2024-01-15"),
    "attendance_sessions.update": lambda at: session(at, "2024-01-15"),
    "attendance_sessions.partial_update": lambda at: {"topic": "Fe'llar"},
    "attendance_sessions.mark_attendance": marks,
    "invoices.create": invoice,
    "invoices.update": invoice,
    "invoices.partial_update": lambda at: {"description": "Kitoblar"},
    "payments.create": payment,
    "sms.send": texts,
    "sms_templates.create": lambda at: template(at) | {"center_id": at.center},
    "sms_templates.update": template,
    "sms_templates.partial_update": lambda at: {"text": "Ertaga dars yo‘q"},
}
"""A body that each operation with a body accepts."""


def ids(at: Place) -> dict[str, int]:
    """What each field that refers to a row calls a row of a town: people are called by their account (E05)."""
    return {
        "center_id": at.town.center.id,
        "course": at.town.course.id,
        "teacher": at.town.teacher.user_id or 0,
        "student_id": at.town.student.user_id or 0,
        "group": at.town.morning.id,
        "student": at.town.student.user_id or 0,
        "invoice": at.money.books,
        "received_by": at.town.admin.user_id or 0,
        "template_id": at.site.extras.template[at.center],
        "sent_by": at.town.admin.user_id or 0,
    }


FOR_NOBODY = dict.fromkeys(CENTERS.at_home, 0)
FOR_OFFICE = ("dilshod", "malika", "aziza")
SEEN = {
    "users.list": FOR_NOBODY | dict.fromkeys(FOR_OFFICE, 9) | {"timur": 2},
    "courses.list": dict.fromkeys(CENTERS.at_home, 2),
    "groups.list": dict.fromkeys(FOR_OFFICE, 2) | {"timur": 1, "tamara": 1, "sardor": 1, "shirin": 0},
    "attendance_sessions.list": dict.fromkeys(CENTERS.at_home, 2) | {"tamara": 0, "shirin": 0},
    "invoices.list": FOR_NOBODY | dict.fromkeys(FOR_OFFICE, 3) | {"sardor": 2},
    "payments.list": dict.fromkeys(FOR_OFFICE, 2),
    "sms_logs.list": FOR_NOBODY | dict.fromkeys(FOR_OFFICE, 1),
    "sms_templates.list": dict.fromkeys(FOR_OFFICE, 1),
}
"""How many rows everybody sees (E03, E11, E21)."""

EDUMASTER = System(
    spec=edumaster.SPEC,
    operations=edumaster.OPERATIONS,
    catalog=CATALOG,
    roles=roles_in(MAY),
    added=frozenset(ADDED),
    rows=ROWS,
    bodies=BODIES,
    ids=ids,
    seen=SEEN,
    refusals=Details(),
    adds_keys=True,
    deciding=frozenset({"attendance_sessions.create", "payments.create"}),
    for_anybody=frozenset({"accounts.logout"}),
    with_more={"attendance_sessions.retrieve": 1},
    rowless={"invoices": frozenset({"teacher"}), "sms_logs": frozenset({"teacher", "student"})},
)

"""The parts of the answers that do not depend on the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

READERS = ("superadmin", "director", "manager", "admin")
MARKERS = ("superadmin", "director", "admin")
STATUS = {"active": "Active", "inactive": "Inactive", "blocked": "Blocked", "graduated": "Graduated"}
CAME = {"Present": "present", "Absent": "absent", "Late": "late"}
ZONE = ZoneInfo("Asia/Tashkent")

SIGN_IN = """
    SELECT m.role, m.is_blocked, m.center_id, c.status, s.ended_at, s.expires_at, s.user_id
    FROM sign_in s JOIN membership m ON m.id = s.membership_id LEFT JOIN center c ON c.id = m.center_id
    WHERE s.id = {0} AND s.key_digest = {1}
"""
STUDENT = """
    SELECT s.id, u.id, u.username, u.email, u.first_name, u.last_name, u.phone, u.image,
        EXISTS (SELECT 1 FROM membership m WHERE m.user_id = u.id AND m.role = 'student' AND m.is_blocked),
        s.group_id, g.name, s.branch_id, b.name, s.status, s.enrollment_date, s.parent_name, s.parent_phone,
        s.created_at, s.updated_at
    FROM student s JOIN user_ u ON u.id = s.user_id JOIN branch b ON b.id = s.branch_id
        LEFT JOIN group_ g ON g.id = s.group_id
    WHERE s.center_id = {0} AND
"""
PAGE = STUDENT + " true ORDER BY s.id LIMIT {1} OFFSET {2}"
ONE = STUDENT + " s.id = {1}"
COUNT = "SELECT count(*) FROM student WHERE center_id = {0}"


class Refused(Exception):
    """The request is not allowed, or there is no such row."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status = status


def center(who: Any, roles: Sequence[str]) -> int:
    """Return the Center of the caller after checking sign-in and role. Raises: Refused."""
    role, is_blocked, center_id, status, ended_at = who[:5]
    if is_blocked or ended_at is not None or status == "inactive":
        raise Refused(401, "You have been signed out; sign in again.")
    if role not in roles:
        raise Refused(403, "You do not have permission to do this.")
    return int(center_id)


def student(row: Sequence[Any]) -> dict[str, Any]:
    """Return a student as in the document."""
    (
        id, user, username, email, first, last, phone, image, is_blocked,
        group, group_name, branch, branch_name, status, since, parent, parent_phone, created, updated,
    ) = row  # fmt: skip
    account = {"id": user, "username": username, "email": email, "first_name": first, "last_name": last}
    full_name = f"{first} {last}".strip() or None
    more = {"full_name": full_name, "phone": phone, "image": image, "role": "Student", "is_blocked": bool(is_blocked)}
    return {
        "id": id,
        "user": account,
        "user_info": {**account, **more},
        "group": group,
        "group_name": group_name,
        "branch": branch,
        "branch_name": branch_name,
        "status": STATUS[status],
        "enrollment_date": since,
        "parent_name": parent,
        "parent_phone": parent_phone,
        "created_at": created,
        "updated_at": updated,
        "phone": phone,
        "image": image,
    }


def envelope(
    scope: Any, headers: dict[bytes, bytes], query: Any, *, count: int, rows: list[Any], page: int, size: int
) -> dict[str, Any]:
    """Return a page of rows with links to the next and the previous page."""
    base = f"{scope['scheme']}://{headers[b'host'].decode()}{scope['path']}?"
    asked = {name: values[0] for name, values in query.items()}
    following = base + urlencode({**asked, "page": page + 1}) if page * size < count else None
    preceding = base + urlencode({**asked, "page": page - 1}) if page > 1 else None
    return {"count": count, "next": following, "previous": preceding, "results": rows}


def checked(sent: Any) -> tuple[int, dict[int, tuple[str, str]]]:
    """Return the lesson and the mark of each student. Raises: Refused."""
    try:
        marks = {m["student_id"]: (CAME[m["status"]], m.get("notes", "")) for m in sent["attendance_data"]}
    except (KeyError, TypeError):
        raise Refused(400, "This value is not valid.") from None
    if not marks or len(marks) != len(sent["attendance_data"]) or not all(isinstance(id, int) for id in marks):
        raise Refused(400, "This value is not valid.")
    return int(sent["lesson_id"]), marks


def require_markable(is_cancelled: bool, day: date, today: date) -> None:
    """Raises: Refused for a lesson that is cancelled or lies ahead."""
    if is_cancelled or day > today:
        raise Refused(400, "This lesson cannot be marked.")

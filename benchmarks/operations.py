"""The requests that all programs get: an endless sequence for each operation, all different."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from benchmarks.scenario import SIGN_IN_KEY, Class, Scenario
from educore import Role
from educore.adapters.clock import SystemClock
from educore.adapters.tokens import JwtTokens

BASE = "/center-crm/api"
STATUSES = ("Present", "Absent", "Late")


@dataclass(frozen=True)
class Call:
    """An HTTP request."""

    method: str
    path: str
    body: Any = None

    def as_bytes(self, *, host: str, token: str) -> bytes:
        """Return the bytes of the request, for a connection that stays open."""
        head = f"{self.method} {self.path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n"
        if self.body is None:
            return f"{head}\r\n".encode()
        body = json.dumps(self.body).encode()
        return f"{head}content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


@dataclass(frozen=True)
class Measured:
    """A measured operation: its name in the results, its title, its requests, and whether they write."""

    name: str
    words: str
    calls: Callable[[Scenario], Iterator[Call]]
    writes: bool = False


def token_for(scenario: Scenario, secret: str, role: Role = Role.DIRECTOR) -> str:
    """Return an access token as the platform signs it. All programs check it on every request."""
    user, sign_in = scenario.sign_ins[role]
    claims = {"sub": str(user), "sid": sign_in, "key": SIGN_IN_KEY, "typ": "access"}
    return JwtTokens(secret, SystemClock()).sign(claims, timedelta(days=1))


def pages(scenario: Scenario) -> Iterator[Call]:
    """Yield the first fifty pages of students in a cycle."""
    last = max(1, min(50, len(scenario.students) // 20))
    return (Call("GET", f"{BASE}/students/?page={page}") for page in itertools.cycle(range(1, last + 1)))


def single(scenario: Scenario) -> Iterator[Call]:
    """Yield single students, spread over the table."""
    ids = scenario.students
    return (Call("GET", f"{BASE}/students/{ids[n * 7919 % len(ids)]}/") for n in itertools.count())


def new_students(scenario: Scenario) -> Iterator[Call]:
    """Yield registrations with new accounts, into twenty groups in turn."""
    return (Call("POST", f"{BASE}/students/", new_student(scenario, n)) for n in itertools.count())


def new_student(scenario: Scenario, number: int) -> dict[str, Any]:
    """Return the body of a registration."""
    user = {
        "username": f"new.student.{number}",
        "password": "Chirchiq 1991",
        "email": f"new{number}@example.com",
        "first_name": "Yulduz",
        "last_name": "Karimova",
        "phone": f"+99899{number:07}",
    }
    group = scenario.groups[number % len(scenario.groups)]
    parent = {"parent_name": "Barno Karimova", "parent_phone": "+998901112233"}
    return {"user": user, "group": group, "branch": scenario.branch_id, "status": "Active", **parent}


def marks_of_classes(scenario: Scenario) -> Iterator[Call]:
    """Yield a request for each lesson of the usual classes; each is marked once."""
    lessons = ((group, id) for id in range(len(scenario.classes[0].lessons)) for group in scenario.classes)
    return (mark_all(group, group.lessons[place], 0) for group, place in lessons)


def marks_of_the_large_class(scenario: Scenario) -> Iterator[Call]:
    """Yield a request for each lesson of the large class; each is marked once."""
    return (mark_all(scenario.large, lesson, 0) for lesson in scenario.large.lessons)


def mark_all(group: Class, lesson: int, turn: int) -> Call:
    """Return a request that marks a whole class."""
    marks = [
        {"student_id": id, "status": STATUSES[(id + turn) % 3], "notes": "Traffic" if (id + turn) % 3 == 2 else ""}
        for id in group.students
    ]
    return Call("POST", f"{BASE}/attendance/bulk-mark/", {"lesson_id": lesson, "attendance_data": marks})


def reports(scenario: Scenario) -> Iterator[Call]:
    """Yield requests for the statistics of the group with the most marks."""
    return itertools.repeat(Call("GET", f"{BASE}/groups/{scenario.reported_group_id}/statistics/"))


OPERATIONS = (
    Measured("list", "a page of 20 students", pages),
    Measured("get", "one student", single),
    Measured("create", "a new student with an account", new_students, writes=True),
    Measured("bulk30", "30 marks at once", marks_of_classes, writes=True),
    Measured("bulk", "300 marks at once", marks_of_the_large_class, writes=True),
    Measured("report", "statistics of a group over 100,000 marks", reports),
)

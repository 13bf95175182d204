"""The rows of the comparison: a Center of 20,000 students and a smaller one."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from educore import Role
from educore.adapters.sql import Database
from educore.attendance import Attendance
from educore.billing import Payment
from educore.courses import Course
from educore.groups import Enrollment, Group
from educore.identity import Membership, SignIn, User
from educore.organization import Branch, Center
from educore.people import Student, Teacher
from educore.timetable import Session
from educore.values import DEFAULT_REGION, NO_TEXTS
from educore_web.demo.bulk_writer import BulkWriter
from educore_web.demo.people import UZBEK_MEN, UZBEK_SURNAMES, UZBEK_WOMEN

BEGAN = datetime(2025, 9, 1, 4, 0, tzinfo=UTC)
CAME = ("present",) * 17 + ("absent",) * 2 + ("late",) * 1
ROOMY = 10_000
"""The capacity of every group, so large that none is full."""

SIGN_IN_KEY = "the same for every sign-in here"


@dataclass(frozen=True)
class Sizes:
    """The numbers of rows."""

    students: int = 20_000
    neighbours: int = 2_000
    reported_group: int = 300
    reported_lessons: int = 334
    large_class: int = 300
    large_lessons: int = 400
    classes: int = 50
    class_size: int = 30
    lessons_per_class: int = 80
    payments: int = 300


SMALL = Sizes(120, 10, 10, 5, 40, 4, 2, 8, 4, 6)
"""Sizes large enough to compare answers."""


@dataclass(frozen=True)
class Class:
    """A group with unmarked lessons, and its students."""

    group_id: int
    students: range
    lessons: range


@dataclass(frozen=True)
class Scenario:
    """The ids that requests use. `sign_ins` has the user and sign-in of a director, an admin and a student."""

    center_id: int
    sign_ins: dict[Role, tuple[int, int]]
    branch_id: int
    students: range
    neighbour_student_id: int
    neighbour_group_id: int
    reported_group_id: int
    large: Class
    classes: list[Class]
    groups: range


def fill(database: Database, sizes: Sizes, *, seed: int = 1) -> Scenario:
    """Write the rows into empty tables. The same seed gives the same rows."""
    with database.engine.begin() as connection:
        town = _Town(BulkWriter(database, connection), random.Random(seed))  # noqa: S311 - made-up people
        _, neighbour = town.center("Neighbour", [sizes.neighbours])
        scenario = town.measured(sizes, neighbour)
        town.writer.finish()
    database.analyze()
    return scenario


@dataclass
class _Town:
    writer: BulkWriter
    rng: random.Random
    center_id: int = 0
    branch_id: int = 0
    course_id: int = 0
    accounts: dict[int, tuple[int, int]] = field(default_factory=dict)
    """The account and the membership of the first student of each group, by the id of the student."""

    def measured(self, sizes: Sizes, neighbour: list[Class]) -> Scenario:
        special = [sizes.reported_group, sizes.large_class, *[sizes.class_size] * sizes.classes]
        rest, size = sizes.students - sum(special), 20
        sign_ins, groups = self.center("Measured", [*special, *[size] * (rest // size)])
        reported, large, classes = groups[0], groups[1], groups[2 : 2 + sizes.classes]
        lessons = self._lessons(reported, sizes.reported_lessons)
        self._marks(reported, lessons)
        self._payments(reported, sizes.payments)
        return Scenario(
            self.center_id,
            sign_ins,
            self.branch_id,
            range(groups[0].students.start, groups[-1].students.stop),
            neighbour[0].students[0],
            neighbour[0].group_id,
            reported.group_id,
            Class(large.group_id, large.students, self._lessons(large, sizes.large_lessons)),
            [Class(g.group_id, g.students, self._lessons(g, sizes.lessons_per_class)) for g in classes],
            range(groups[-1].group_id - min(19, len(groups) - 3), groups[-1].group_id + 1),
        )

    def center(self, name: str, groups: list[int]) -> tuple[dict[Role, tuple[int, int]], list[Class]]:
        """Create a Center with groups of these sizes and signed-in users."""
        (self.center_id,), (self.branch_id,), (self.course_id,), (teacher,) = (
            self.writer.take_ids(kind, 1) for kind in (Center, Branch, Course, Teacher)
        )
        self.writer.write(Center, [_center(self.center_id, name)])
        words = {"center_id": self.center_id, "name": name}
        contact: dict[str, Any] = {"address": "", "phone": None, "manager_id": None, "status": "open"}
        self.writer.write(Branch, [{"id": self.branch_id, **STAMPS, **words, **contact}])
        terms: dict[str, Any] = {"icon": "", "description": "", "price": 0, "duration_months": None, "is_active": True}
        self.writer.write(Course, [{"id": self.course_id, **STAMPS, **words, **terms}])
        self.writer.write(Teacher, [self._teacher(teacher)])
        made = [self._group(size, teacher, place) for place, size in enumerate(groups)]
        sign_ins = {role: self._signed_in(role) for role in (Role.DIRECTOR, Role.ADMIN)}
        student = made[0].students[0]
        sign_ins[Role.STUDENT] = self._signed_in(Role.STUDENT, student_id=student)
        return sign_ins, made

    def _account(self, count: int, role: Role) -> tuple[range, range]:
        users, members = self.writer.take_ids(User, count), self.writer.take_ids(Membership, count)
        self.writer.write(User, (self._user(id, role) for id in users))
        self.writer.write(
            Membership,
            (
                {"id": m, **STAMPS, "center_id": self.center_id, "user_id": u, "role": role.value, "is_blocked": False}
                for m, u in zip(members, users, strict=True)
            ),
        )
        return users, members

    def _user(self, id: int, role: Role) -> dict[str, Any]:
        woman = self.rng.random() < 0.5
        return {
            "id": id,
            **STAMPS,
            "center_id": self.center_id,
            "username": f"{role.value}{id}",
            "password_hash": None,
            "password_is_initial": False,
            "wants_mail": True,
            "email": f"{role.value}{id}@example.com",
            "phone": f"+99811{id:07}",
            "first_name": self.rng.choice(UZBEK_WOMEN if woman else UZBEK_MEN),
            "last_name": self.rng.choice(UZBEK_SURNAMES) + "a" * woman,
            "passport_number": None,
            "birthday": date(2008, 1, 1) + timedelta(days=id % 1000),
            "image": None,
        }

    def _signed_in(self, role: Role, student_id: int | None = None) -> tuple[int, int]:
        user, member = self.accounts[student_id] if student_id else [ids[0] for ids in self._account(1, role)]
        (id,) = self.writer.take_ids(SignIn, 1)
        times: dict[str, Any] = {"started_at": BEGAN, "expires_at": datetime(2200, 1, 1, tzinfo=UTC), "ended_at": None}
        whose: dict[str, Any] = {"user_id": user, "membership_id": member, "student_id": student_id, "teacher_id": None}
        proof = {
            "key_digest": hashlib.sha256(SIGN_IN_KEY.encode()).hexdigest(),
            "token_id": "x" * 32,
            "replaced_tokens": "",
            "host": "",
        }
        self.writer.write(SignIn, [{"id": id, "center_id": self.center_id, **whose, **proof, **times}])
        return user, id

    def _teacher(self, id: int) -> dict[str, Any]:
        (user,), _ = self._account(1, Role.TEACHER)
        whose = {"center_id": self.center_id, "user_id": user, "branch_id": self.branch_id, "status": "active"}
        about: dict[str, Any] = {"specialization": "", "qualification": "", "hire_date": None, "hourly_rate": None}
        return {"id": id, **STAMPS, **whose, **about, "performance_rating": 0}

    def _group(self, size: int, teacher: int, place: int) -> Class:
        (id,), students = self.writer.take_ids(Group, 1), self.writer.take_ids(Student, size)
        places = self.writer.take_ids(Enrollment, size)
        about: dict[str, Any] = {"capacity": ROOMY, "status": "active", "start_date": BEGAN.date(), "end_date": None}
        whose = {"center_id": self.center_id, "branch_id": self.branch_id, "course_id": self.course_id}
        named = {"teacher_id": teacher, "name": f"Group {place}"}
        self.writer.write(Group, [{"id": id, **STAMPS, **whose, **named, **about, "monthly_fee": None}])
        users, members = self._account(size, Role.STUDENT)
        self.accounts[students[0]] = users[0], members[0]
        self.writer.write(Student, (self._student(s, u, id) for s, u in zip(students, users, strict=True)))
        since = {"enrolled_on": BEGAN.date() - timedelta(days=1_000), "left_on": None}  # before the first lesson
        self.writer.write(
            Enrollment,
            (
                {"id": seat, **STAMPS, "center_id": self.center_id, "group_id": id, "student_id": s, **since}
                for seat, s in zip(places, students, strict=True)
            ),
        )
        return Class(id, students, range(0))

    def _student(self, id: int, user: int, group: int) -> dict[str, Any]:
        whose = {"center_id": self.center_id, "user_id": user, "branch_id": self.branch_id, "group_id": group}
        parent = {"parent_name": f"Parent of {id}", "parent_phone": f"+99812{id:07}"}
        return {"id": id, **STAMPS, **whose, "status": "active", "enrollment_date": BEGAN.date(), **parent}

    def _lessons(self, group: Class, count: int) -> range:
        ids = self.writer.take_ids(Session, count)
        self.writer.write(Session, (self._lesson(id, group, place) for place, id in enumerate(ids)))
        return ids

    def _lesson(self, id: int, group: Class, place: int) -> dict[str, Any]:
        """Return a session without times. The days count back from the first one, so that none is in the future."""
        nothing = dict.fromkeys(("start_time", "end_time", "minutes", "starts_at", "ends_at"))
        whose: dict[str, Any] = {"center_id": self.center_id, "group_id": group.group_id, "teacher_id": None}
        about: dict[str, Any] = {"room_id": None, "series_id": None, "date": BEGAN.date() - timedelta(days=place)}
        text: dict[str, Any] = {"topic": "", "notes": "", "online_link": None, "is_cancelled": False}
        return {"id": id, **STAMPS, **whose, **about, **nothing, **text}

    def _marks(self, group: Class, lessons: range) -> None:
        for lesson in lessons:
            self.writer.write(Attendance, self._marks_of(lesson, group.students))

    def _marks_of(self, lesson: int, students: range) -> Iterator[dict[str, Any]]:
        by: dict[str, Any] = {"notes": "", "absence_reason": "", "teacher_id": None, "marker_id": None}
        by |= {"marked_at": BEGAN, "created_at": BEGAN}
        for id, student in zip(self.writer.take_ids(Attendance, len(students)), students, strict=True):
            whose = {"id": id, "center_id": self.center_id, "session_id": lesson, "student_id": student}
            yield {**whose, "status": self.rng.choice(CAME), **by}

    def _payments(self, group: Class, count: int) -> None:
        money: dict[str, Any] = {"amount": 450_000, "unallocated": 0, "method": "cash", "paid_on": BEGAN.date()}
        nothing = dict.fromkeys(("invoice_id", "due_date", "document", "received_by_id", "withdrawn_at"))
        ids = self.writer.take_ids(Payment, count)
        self.writer.write(
            Payment,
            (
                {
                    "id": id,
                    **STAMPS,
                    "center_id": self.center_id,
                    "student_id": group.students[place % len(group.students)],
                    "group_id": group.group_id,
                    **money,
                    **nothing,
                    "receipt_number": f"R-{id}",
                    "notes": "",
                }
                for place, id in enumerate(ids)
            ),
        )


STAMPS = {"created_at": BEGAN, "updated_at": BEGAN}


def _center(id: int, name: str) -> dict[str, Any]:
    texts = dict.fromkeys(("address", "description", "city", "region", "postal_code"), "")
    known: dict[str, Any] = {"name": name, "kind": "center", "status": "active", "languages": NO_TEXTS, **texts}
    unknown = dict.fromkeys(("phone", "email", "logo", "license_number", "opened_at", "website", "director_id"))
    return {"id": id, **STAMPS, **known, **unknown, **asdict(DEFAULT_REGION)}

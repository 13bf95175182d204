"""Large demo data: groups of students, with lessons and attendance, added to the two centers of courses in bulk.

The first 600 students are created by use cases. A million would take days that way, so the rest is inserted directly.
The rows follow the same rules: no group over its capacity, one mark per student and lesson, no teacher in two places.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from educore import Role
from educore.adapters.sql import Database
from educore.attendance import Attendance
from educore.groups import Enrollment, Group
from educore.identity import Membership, User
from educore.organization import CenterKind
from educore.people import Student, Teacher
from educore.timetable import Session
from educore.values import WEEKDAYS
from educore_web.demo import DAYS
from educore_web.demo.bulk_writer import BulkWriter
from educore_web.demo.days import ZONE, Calendar
from educore_web.demo.people import UZBEK_MEN, UZBEK_SURNAMES, UZBEK_WOMEN
from educore_web.demo.teaching import LENGTH, PATTERNS

SIZES = {"s": 600, "m": 10_000, "l": 100_000, "xl": 1_000_000}
"""Number of students for each size of the demo; `s` has no bulk data."""

MOST_STUDENTS = 9_000_000
"""Students and their teachers must have different phone numbers, of seven digits."""

GROUP_SIZE, CAPACITY, GROUPS_PER_TEACHER = 20, 22, 5
LESSONS_PAST, LESSONS_AHEAD = 10, 4
GROUPS_AT_ONCE = 250
BLOCKED = 0.02
MARKS = ("present",) * 83 + ("absent",) * 10 + ("late",) * 5 + ("excused",) * 2


def enlarge(
    database: Database,
    *,
    students: int,
    seed: int,
    now: datetime,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Add students to every center of courses, in proportion, until there are about `students` in these; schools stay.

    The same seed, day and demo data give the same rows. All is one transaction. `progress` is called with the number of
    students so far and in the end. Raises: ValueError if there is no student yet, or for too few or too many.
    """
    calendar = Calendar.before(now, days=DAYS)
    with database.engine.begin() as connection:
        writer = BulkWriter(database, connection)
        centers = _centers(database, connection)
        present = done = sum(center.students for center in centers)
        if not centers:
            raise ValueError("there is no Center with students to enlarge: load the demo data first")
        if not present <= students <= MOST_STUDENTS:
            raise ValueError(f"ask for {present:,} to {MOST_STUDENTS:,} students; {present:,} are there already")
        for center in centers:
            missing = (students - present) * center.students // present
            growth = CenterGrowth(center, writer, calendar, random.Random(f"{seed} {center.id}"))  # noqa: S311 - made-up people
            for added in growth.add(groups=round(missing / GROUP_SIZE)):
                done += added
                progress(done, students)
        writer.finish()
    database.analyze()


@dataclass(frozen=True)
class CenterData:
    """A Center: the rows that new rows refer to, and its number of students."""

    id: int
    branches: tuple[int, ...]
    courses: tuple[tuple[int, str], ...]
    password_hash: str | None
    students: int


@dataclass(frozen=True)
class NewTeacher:
    """A new teacher and their account."""

    id: int
    user_id: int


class CenterGrowth:
    """New groups for one Center."""

    def __init__(self, center: CenterData, writer: BulkWriter, calendar: Calendar, rng: random.Random) -> None:
        self.center, self.writer, self.calendar, self.rng = center, writer, calendar, rng
        self.opened = calendar.office_time(calendar.first)

    def add(self, *, groups: int) -> Iterator[int]:
        """Write groups, 250 at a time; yield the number of students after each time."""
        for start in range(0, groups, GROUPS_AT_ONCE):
            count = min(GROUPS_AT_ONCE, groups - start)
            teachers = self._teachers(-(-count // GROUPS_PER_TEACHER))
            group_ids = self.writer.take_ids(Group, count)
            new_groups = [
                (id, teachers[place // GROUPS_PER_TEACHER], start + place) for place, id in enumerate(group_ids)
            ]
            self.writer.write(Group, [self._group(id, teacher, place) for id, teacher, place in new_groups])
            seated = self._students([id for id, _, _ in new_groups])
            self._lessons(new_groups, seated)
            yield count * GROUP_SIZE

    # -- people ----------------------------------------------------------------------------------------

    def _accounts(self, count: int, role: Role, blocked: frozenset[int] = frozenset()) -> range:
        """Write accounts with a role, and return their ids. Those whose places are in `blocked` may not sign in."""
        users, members = self.writer.take_ids(User, count), self.writer.take_ids(Membership, count)
        self.writer.write(User, [self._user(id, role) for id in users])
        self.writer.write(
            Membership,
            [
                {
                    "id": member,
                    **self._common_fields(),
                    "user_id": user,
                    "role": role.value,
                    "is_blocked": place in blocked,
                }
                for place, (member, user) in enumerate(zip(members, users, strict=True))
            ],
        )
        return users

    def _user(self, id: int, role: Role) -> dict[str, Any]:
        woman = self.rng.random() < 0.52
        surname = self.rng.choice(UZBEK_SURNAMES)
        username = f"{role.value}.{id}"
        return {
            "id": id,
            **self._common_fields(),
            "username": username,
            "password_hash": self.center.password_hash,
            "password_is_initial": False,
            "wants_mail": True,
            "email": f"{username}@example.com",
            "phone": f"+99811{id:07}",
            "first_name": self.rng.choice(UZBEK_WOMEN if woman else UZBEK_MEN),
            "last_name": surname + "a" * woman,
            "passport_number": None,
            "birthday": self.calendar.last - timedelta(days=self.rng.randint(9 * 365, 30 * 365)),
            "image": None,
        }

    def _teachers(self, count: int) -> list[NewTeacher]:
        users, ids = self._accounts(count, Role.TEACHER), self.writer.take_ids(Teacher, count)
        teachers = [NewTeacher(id, user) for id, user in zip(ids, users, strict=True)]
        fixed: dict[str, Any] = {
            "status": "active",
            "specialization": "",
            "qualification": "",
            "hire_date": self.calendar.first,
            "hourly_rate": Decimal(60_000),
            "performance_rating": Decimal("4.0"),
        }
        self.writer.write(
            Teacher,
            [
                {
                    "id": new.id,
                    **self._common_fields(),
                    "user_id": new.user_id,
                    "branch_id": self._branch(new.id),
                    **fixed,
                }
                for new in teachers
            ],
        )
        return teachers

    def _students(self, groups: list[int]) -> dict[int, range]:
        """Write 20 students for each group, with their enrollments. Return the students of each group."""
        count = len(groups) * GROUP_SIZE
        blocked = frozenset(place for place in range(count) if self.rng.random() < BLOCKED)
        users, ids = self._accounts(count, Role.STUDENT, blocked), self.writer.take_ids(Student, count)
        enrollment_dates = [self._enrollment_date() for _ in ids]
        rows = [
            {
                "id": id,
                **self._common_fields(),
                "user_id": users[place],
                "branch_id": self._branch(groups[place // GROUP_SIZE]),
                "group_id": groups[place // GROUP_SIZE],
                "status": "blocked" if place in blocked else "active",
                "enrollment_date": enrollment_dates[place],
                "parent_name": f"{self.rng.choice(UZBEK_WOMEN)} {self.rng.choice(UZBEK_SURNAMES)}a",
                "parent_phone": f"+99812{id:07}",
            }
            for place, id in enumerate(ids)
        ]
        self.writer.write(Student, rows)
        places = zip(self.writer.take_ids(Enrollment, count), rows, strict=True)
        self.writer.write(
            Enrollment,
            [
                {
                    "id": place,
                    **self._common_fields(),
                    "group_id": row["group_id"],
                    "student_id": row["id"],
                    "enrolled_on": row["enrollment_date"],
                    "left_on": None,
                }
                for place, row in places
            ],
        )
        return {group: ids[n * GROUP_SIZE : (n + 1) * GROUP_SIZE] for n, group in enumerate(groups)}

    # -- groups and lessons ----------------------------------------------------------------------------

    def _group(self, id: int, teacher: NewTeacher, place: int) -> dict[str, Any]:
        course, name = self.center.courses[place % len(self.center.courses)]
        return {
            "id": id,
            **self._common_fields(),
            "branch_id": self._branch(id),
            "course_id": course,
            "teacher_id": teacher.id,
            "name": f"{name} {place + 100}",
            "capacity": CAPACITY,
            "status": "active",
            "start_date": self.calendar.first,
            "end_date": self.calendar.last + timedelta(days=180),
            "monthly_fee": None,
        }

    def _lessons(self, new_groups: list[tuple[int, NewTeacher, int]], seated: dict[int, range]) -> None:
        sessions: list[dict[str, Any]] = []
        marks: list[dict[str, Any]] = []
        for group, teacher, place in new_groups:
            weekdays, start = PATTERNS[place % len(PATTERNS)]
            for id, day in zip(
                self.writer.take_ids(Session, LESSONS_PAST + LESSONS_AHEAD), self._days(weekdays), strict=True
            ):
                sessions.append(self._session(id, group, teacher, day, start))
                if day <= self.calendar.last:
                    marks += self._marks(sessions[-1], teacher, seated[group])
        self.writer.write(Session, sessions)
        self.writer.write(Attendance, marks)

    def _days(self, weekdays: str) -> list[date]:
        """Return the last ten lesson days up to yesterday, and the next four."""
        days = [self.calendar.last + timedelta(days=n) for n in range(-35, 16)]
        lesson_days = [day for day in days if WEEKDAYS[day.weekday()] in weekdays]
        past, ahead = (
            [d for d in lesson_days if d <= self.calendar.last],
            [d for d in lesson_days if d > self.calendar.last],
        )
        return past[-LESSONS_PAST:] + ahead[:LESSONS_AHEAD]

    def _session(self, id: int, group: int, teacher: NewTeacher, day: date, start: time) -> dict[str, Any]:
        starts = datetime.combine(day, start, ZONE)
        return {
            "id": id,
            **self._common_fields(),
            "group_id": group,
            "teacher_id": teacher.id,
            "room_id": None,
            "series_id": None,
            "date": day,
            "start_time": start,
            "end_time": (starts + LENGTH).time(),
            "minutes": LENGTH // timedelta(minutes=1),
            "starts_at": starts.astimezone(UTC),
            "ends_at": (starts + LENGTH).astimezone(UTC),
            "topic": "",
            "notes": "",
            "online_link": None,
            "is_cancelled": False,
        }

    def _marks(self, session: dict[str, Any], teacher: NewTeacher, students: range) -> Iterator[dict[str, Any]]:
        for id, student in zip(self.writer.take_ids(Attendance, len(students)), students, strict=True):
            yield {
                "id": id,
                "center_id": self.center.id,
                "session_id": session["id"],
                "student_id": student,
                "status": self.rng.choice(MARKS),
                "notes": "",
                "teacher_id": teacher.id,
                "marker_id": teacher.user_id,
                "absence_reason": "",
                "marked_at": session["ends_at"],
                "created_at": session["ends_at"],
            }

    # -- helpers ----------------------------------------------------------------------------------

    def _common_fields(self) -> dict[str, Any]:
        return {"created_at": self.opened, "updated_at": self.opened, "center_id": self.center.id}

    def _branch(self, number: int) -> int:
        return self.center.branches[number % len(self.center.branches)]

    def _enrollment_date(self) -> date:
        """Return a random day of the first year: before every lesson that is marked."""
        return self.calendar.first + timedelta(days=self.rng.randrange(365))


def _centers(database: Database, connection: sa.Connection) -> list[CenterData]:
    """Return every center of courses that has students, with its open branches and its courses."""
    tables = database.tables.tables
    center, branch, course, student, user = (tables[name] for name in ("Center", "Branch", "Course", "Student", "User"))
    centers = []
    of_courses = sa.select(center.c.id).where(center.c.kind == CenterKind.CENTER.value).order_by(center.c.id)
    for id in connection.execute(of_courses).scalars().all():
        branches = sa.select(branch.c.id).where(branch.c.center_id == id, branch.c.status == "open")
        courses = sa.select(course.c.id, course.c.name).where(course.c.center_id == id)
        accounts = user.join(student, student.c.user_id == user.c.id)
        hashes = sa.select(user.c.password_hash).select_from(accounts).where(student.c.center_id == id)
        centers.append(
            CenterData(
                id,
                tuple(connection.execute(branches.order_by(branch.c.id)).scalars()),
                tuple((row.id, row.name) for row in connection.execute(courses.order_by(course.c.id))),
                connection.execute(hashes.limit(1)).scalar(),
                connection.execute(sa.select(sa.func.count()).where(student.c.center_id == id)).scalar_one(),
            )
        )
    return [center for center in centers if center.students]

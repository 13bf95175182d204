"""A demonstration as large as wanted: the two Centers grow by groups of students with lessons and marks.

The story is told through the use cases; what is added here is written in bulk, because a million people registered
one by one would take days. It keeps the same rules: seats, one register a lesson, no teacher in two places.
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
from educore.people import Student, Teacher
from educore.timetable import Session
from educore.values import WEEKDAYS
from educore_web.demo import DAYS
from educore_web.demo.copying import BulkWriter
from educore_web.demo.days import ZONE, Calendar
from educore_web.demo.people import UZBEK_MEN, UZBEK_SURNAMES, UZBEK_WOMEN
from educore_web.demo.teaching import LENGTH, PATTERNS

SIZES = {"s": 600, "m": 10_000, "l": 100_000, "xl": 1_000_000}
"""How many students a demonstration of each size has; s is the story alone."""

MOST_STUDENTS = 9_000_000
"""With their teachers, as many as have telephones of seven digits."""

GROUP_SIZE, CAPACITY, GROUPS_PER_TEACHER = 20, 22, 5
LESSONS_PAST, LESSONS_AHEAD = 10, 4
GROUPS_AT_ONCE = 250
BLOCKED = 0.02
CAME = ("present",) * 83 + ("absent",) * 10 + ("late",) * 5 + ("excused",) * 2


def enlarge(
    database: Database,
    *,
    students: int,
    seed: int,
    now: datetime,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Add students to every Center, in proportion, until there are about as many in all as asked for.

    The same seed, day and story give the same rows. One transaction; `progress` is called with the students there
    are and those there will be. Raises: ValueError where nobody is there yet, or for fewer than are there, or too many.
    """
    calendar = Calendar.before(now, days=DAYS)
    with database.engine.begin() as connection:
        writer = BulkWriter(database, connection)
        centers = _centers(database, connection)
        present = done = sum(center.students for center in centers)
        if not centers:
            raise ValueError("there is no Center with students to enlarge: load the demonstration first")
        if not present <= students <= MOST_STUDENTS:
            raise ValueError(f"ask for {present:,} to {MOST_STUDENTS:,} students; {present:,} are there already")
        for center in centers:
            missing = (students - present) * center.students // present
            growth = Growth(center, writer, calendar, random.Random(f"{seed} {center.id}"))  # noqa: S311 - made-up people
            for added in growth.add(groups=round(missing / GROUP_SIZE)):
                done += added
                progress(done, students)
        writer.finish()
    database.analyze()


@dataclass(frozen=True)
class GrowingCenter:
    """What new rows of a Center refer to, and how many students it has."""

    id: int
    branches: tuple[int, ...]
    courses: tuple[tuple[int, str], ...]
    password_hash: str | None
    students: int


@dataclass(frozen=True)
class NewTeacher:
    """A teacher and their account."""

    id: int
    user_id: int


class Growth:
    """Adds groups to one Center."""

    def __init__(self, center: GrowingCenter, writer: BulkWriter, calendar: Calendar, rng: random.Random) -> None:
        self.center, self.writer, self.calendar, self.rng = center, writer, calendar, rng
        self.opened = calendar.at_work(calendar.first)

    def add(self, *, groups: int) -> Iterator[int]:
        """Write the groups, some hundreds at a time; gives how many students came with each portion."""
        for begun in range(0, groups, GROUPS_AT_ONCE):
            count = min(GROUPS_AT_ONCE, groups - begun)
            teachers = self._teachers(-(-count // GROUPS_PER_TEACHER))
            numbers = self.writer.take_ids(Group, count)
            taught = [(id, teachers[place // GROUPS_PER_TEACHER], begun + place) for place, id in enumerate(numbers)]
            self.writer.write(Group, [self._group(id, teacher, place) for id, teacher, place in taught])
            seated = self._students([id for id, _, _ in taught])
            self._lessons(taught, seated)
            yield count * GROUP_SIZE

    # -- people ----------------------------------------------------------------------------------------

    def _accounts(self, count: int, role: Role, blocked: frozenset[int] = frozenset()) -> range:
        """New people who are something in the Center; those at the places in `blocked` may not sign in."""
        users, members = self.writer.take_ids(User, count), self.writer.take_ids(Membership, count)
        self.writer.write(User, [self._user(id, role) for id in users])
        self.writer.write(
            Membership,
            [
                {"id": member, **self._made(), "user_id": user, "role": role.value, "is_blocked": place in blocked}
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
            **self._made(),
            "username": username,
            "password_hash": self.center.password_hash,
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
                {"id": new.id, **self._made(), "user_id": new.user_id, "branch_id": self._branch(new.id), **fixed}
                for new in teachers
            ],
        )
        return teachers

    def _students(self, groups: list[int]) -> dict[int, range]:
        """Twenty students for each group, and their places in it."""
        count = len(groups) * GROUP_SIZE
        blocked = frozenset(place for place in range(count) if self.rng.random() < BLOCKED)
        users, ids = self._accounts(count, Role.STUDENT, blocked), self.writer.take_ids(Student, count)
        came = [self._day_before_lessons() for _ in ids]
        rows = [
            {
                "id": id,
                **self._made(),
                "user_id": users[place],
                "branch_id": self._branch(groups[place // GROUP_SIZE]),
                "group_id": groups[place // GROUP_SIZE],
                "status": "blocked" if place in blocked else "active",
                "enrollment_date": came[place],
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
                    "center_id": self.center.id,
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
            **self._made(),
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

    def _lessons(self, taught: list[tuple[int, NewTeacher, int]], seated: dict[int, range]) -> None:
        sessions: list[dict[str, Any]] = []
        marks: list[dict[str, Any]] = []
        for group, teacher, place in taught:
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
        """The last days of the pattern up to yesterday, and the next ones."""
        near = [self.calendar.last + timedelta(days=n) for n in range(-35, 16)]
        fitting = [day for day in near if WEEKDAYS[day.weekday()] in weekdays]
        past, ahead = [d for d in fitting if d <= self.calendar.last], [d for d in fitting if d > self.calendar.last]
        return past[-LESSONS_PAST:] + ahead[:LESSONS_AHEAD]

    def _session(self, id: int, group: int, teacher: NewTeacher, day: date, start: time) -> dict[str, Any]:
        starts = datetime.combine(day, start, ZONE)
        return {
            "id": id,
            **self._made(),
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
                "status": self.rng.choice(CAME),
                "notes": "",
                "teacher_id": teacher.id,
                "marker_id": teacher.user_id,
                "marked_at": session["ends_at"],
            }

    # -- small things ----------------------------------------------------------------------------------

    def _made(self) -> dict[str, Any]:
        return {"created_at": self.opened, "updated_at": self.opened, "center_id": self.center.id}

    def _branch(self, number: int) -> int:
        return self.center.branches[number % len(self.center.branches)]

    def _day_before_lessons(self) -> date:
        """Any day of the first year, so that everybody was there for every lesson that is marked."""
        return self.calendar.first + timedelta(days=self.rng.randrange(365))


def _centers(database: Database, connection: sa.Connection) -> list[GrowingCenter]:
    """Every Center that has students, with its open branches and its courses."""
    tables = database.tables.tables
    center, branch, course, student, user = (tables[name] for name in ("Center", "Branch", "Course", "Student", "User"))
    found = []
    for id in connection.execute(sa.select(center.c.id).order_by(center.c.id)).scalars().all():
        branches = sa.select(branch.c.id).where(branch.c.center_id == id, branch.c.status == "open")
        courses = sa.select(course.c.id, course.c.name).where(course.c.center_id == id)
        whose = user.join(student, student.c.user_id == user.c.id)
        hashes = sa.select(user.c.password_hash).select_from(whose).where(student.c.center_id == id)
        found.append(
            GrowingCenter(
                id,
                tuple(connection.execute(branches.order_by(branch.c.id)).scalars()),
                tuple((row.id, row.name) for row in connection.execute(courses.order_by(course.c.id))),
                connection.execute(hashes.limit(1)).scalar(),
                connection.execute(sa.select(sa.func.count()).where(student.c.center_id == id)).scalar_one(),
            )
        )
    return [center for center in found if center.students]

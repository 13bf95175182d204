"""The marks of a whole school year, written in bulk: some thirty for each of forty thousand lessons.

The school, its people and its lessons come from use cases and from the planning of timetables. Marking by use cases
would take hours, so marks, completed registers and flags are inserted directly. The flags are those which the rules of
the domain call for (`educore.attendance.absence_rules`).
"""

from __future__ import annotations

import itertools
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from educore import Role
from educore.adapters.sql import Database
from educore.attendance import (
    AbsenceFlag,
    Attendance,
    AttendanceStatus,
    FlagPriority,
    FlagResolution,
    FlagStatus,
    FlagType,
)
from educore.attendance.absence_rules import CHRONIC_PERIOD, StudentMark, days_with, due_flags, is_chronic
from educore.groups import Enrollment
from educore.identity import Membership
from educore.organization import Center
from educore.people import Teacher
from educore.timetable import RegisterStatus, Session
from educore_web.demo.bulk_writer import BulkWriter
from educore_web.demo.school_sketches import TANGIER
from educore_web.demo.school_weeks import OFTEN_AWAY, REASONS

AWAY, OFTEN = 0.02, 0.12
"""The chance that a student stays away on a day: of most students, and of those who are often away."""
LATE, EXCUSED = 0.01, 0.3
"""The chance of coming late to a lesson, and that an absence is excused at once."""
OPEN_DAYS = timedelta(days=10)
"""Flags of the last days are still open; the earlier ones are resolved."""


@dataclass(frozen=True)
class Lesson:
    """A lesson with what its marks need."""

    id: int
    group_id: int
    date: date
    ends_at: datetime
    teacher_id: int | None
    user_id: int | None


@dataclass(frozen=True)
class Place:
    """The place of a student in a class."""

    group_id: int
    student_id: int
    enrolled_on: date


def mark_school_year(
    database: Database,
    *,
    seed: int,
    last: date,
    handle: str = TANGIER.handle,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Counter[str]:
    """Mark all lessons of a school up to a day, complete their registers and raise the flags; return the numbers.

    The same seed, day and school give the same rows. All is one transaction. `progress` is called with the number of
    classes so far and of all. Raises: ValueError if there is no such school.
    """
    written = Counter[str]()
    with database.engine.begin() as connection:
        year = SchoolYearRows(database, connection, handle)
        lessons, places = year.read_lessons(last), year.read_places()
        year.complete_registers(last)
        for done, (group_id, of_class) in enumerate(lessons.items(), start=1):
            rng = random.Random(f"{seed} {handle} {group_id}")  # noqa: S311 - made-up absences need no secrecy
            marks = ClassMarks(rng, of_class, places[group_id])
            written += Counter(lessons=len(of_class), **year.write(marks, last=last))
            progress(done, len(lessons))
        year.writer.finish()
    database.analyze()
    return written


class ClassMarks:
    """The marks of a class in all its lessons. Whoever stays away misses all lessons of a day."""

    def __init__(self, rng: random.Random, lessons: Sequence[Lesson], places: Sequence[Place]) -> None:
        self.rng, self.lessons, self.places = rng, lessons, places
        self.by_student: defaultdict[int, list[StudentMark]] = defaultdict(list)

    def rows(self) -> Iterator[tuple[Lesson, int, Mapping[str, Any]]]:
        """Yield each lesson with the students who had a place in the class, and the fields of their marks."""
        for day, lessons in itertools.groupby(self.lessons, key=lambda lesson: lesson.date):
            away = {place.student_id: self._away(place) for place in self.places if place.enrolled_on <= day}
            for lesson in lessons:
                for student_id, fields in away.items():
                    fields = fields or self._there()
                    mark = StudentMark(lesson.id, day, AttendanceStatus(fields["status"]))
                    self.by_student[student_id].append(mark)
                    yield lesson, student_id, fields

    def flags(self) -> Iterator[dict[str, Any]]:
        """Yield the fields of the flags that the marks call for, once all rows were taken."""
        for student_id, marks in self.by_student.items():
            for flag in due_flags(marks):
                shared = {"student_id": student_id, "day": flag.day, "session_id": flag.session_id}
                kind = {"type": FlagType.ABSENCE, "priority": flag.priority, "absence_count": flag.absence_count}
                yield {**shared, **kind, "follow_up_required": flag.needs_follow_up}
            yield from self._chronic(student_id, marks)

    def _chronic(self, student_id: int, marks: Sequence[StudentMark]) -> Iterator[dict[str, Any]]:
        """Yield a flag on the days on which absence becomes chronic, at most one in its period."""
        before = date.min
        absent = [mark for mark in marks if mark.status is AttendanceStatus.ABSENT]
        for mark in absent:
            if mark.day - before >= CHRONIC_PERIOD and is_chronic(absent, mark.day):
                before = mark.day
                shared = {"student_id": student_id, "day": mark.day, "session_id": mark.session_id}
                days = days_with(absent, AttendanceStatus.ABSENT, mark.day, CHRONIC_PERIOD)
                kind = {"type": FlagType.CHRONIC_ABSENCE, "priority": FlagPriority.HIGH, "absence_count": len(days)}
                yield {**shared, **kind, "follow_up_required": True}

    def _away(self, place: Place) -> Mapping[str, Any] | None:
        """Return the fields of all marks of a day on which a student stays away."""
        if self.rng.random() >= (OFTEN if place.student_id % (10 * OFTEN_AWAY) == 0 else AWAY):
            return None
        if self.rng.random() < EXCUSED:
            return _fields(AttendanceStatus.EXCUSED, reason=self.rng.choice(REASONS[:3]))
        return _fields(AttendanceStatus.ABSENT, reason=self.rng.choice(REASONS))

    def _there(self) -> Mapping[str, Any]:
        if self.rng.random() < LATE:
            return _fields(AttendanceStatus.LATE, minutes=self.rng.randrange(1, 6) * 5)
        return PRESENT


class SchoolYearRows:
    """The rows of a school year: those that are read, and those that are written past the unit of work."""

    def __init__(self, database: Database, connection: sa.Connection, handle: str) -> None:
        self.writer, self._connection, self._tables = BulkWriter(database, connection), connection, database.tables
        center = self._tables.of(Center)
        found = connection.execute(sa.select(center.c.id).where(center.c.handle == handle)).scalar()
        if found is None:
            raise ValueError(f"there is no school {handle!r}: load its demo data first")
        self.center_id: int = found
        member = self._tables.of(Membership)
        clerks = (member.c.center_id == found) & (member.c.role == Role.STAFF.value)
        self._clerk = connection.execute(sa.select(sa.func.min(member.c.user_id)).where(clerks)).scalar()

    def read_lessons(self, last: date) -> dict[int, list[Lesson]]:
        """Return the lessons up to a day in order of time, by class."""
        session, teacher = self._tables.of(Session), self._tables.of(Teacher)
        columns = [session.c[name] for name in ("id", "group_id", "date", "ends_at", "teacher_id")]
        joined = session.outerjoin(teacher, teacher.c.id == session.c.teacher_id)
        query = sa.select(*columns, teacher.c.user_id).select_from(joined).where(self._held(session, last))
        lessons: dict[int, list[Lesson]] = {}
        for row in self._connection.execute(query.order_by(session.c.group_id, session.c.starts_at)):
            lessons.setdefault(row.group_id, []).append(Lesson(**row._mapping))
        return lessons

    def read_places(self) -> dict[int, list[Place]]:
        """Return the places in the classes, by class."""
        place = self._tables.of(Enrollment)
        query = sa.select(place.c.group_id, place.c.student_id, place.c.enrolled_on)
        places: defaultdict[int, list[Place]] = defaultdict(list)
        for row in self._connection.execute(query.where(place.c.center_id == self.center_id).order_by(place.c.id)):
            places[row.group_id].append(Place(*row))
        return places

    def complete_registers(self, last: date) -> None:
        """Make the registers of all lessons up to a day completed ones."""
        session, teacher = self._tables.of(Session), self._tables.of(Teacher)
        user = sa.select(teacher.c.user_id).where(teacher.c.id == session.c.teacher_id).scalar_subquery()
        times = {"started_at": session.c.starts_at, "completed_at": session.c.ends_at}
        fields = {"register_status": RegisterStatus.COMPLETED.value, "started_by_id": user, "completed_by_id": user}
        self._connection.execute(sa.update(session).where(self._held(session, last)).values(**times, **fields))

    def write(self, marks: ClassMarks, *, last: date) -> dict[str, int]:
        """Write the marks of a class and the flags that follow from them; return their numbers."""
        rows = [self._mark(*row) for row in marks.rows()]
        ends = {lesson.id: lesson.ends_at for lesson in marks.lessons}
        flags = [self._flag(ends[flag["session_id"]], last, **flag) for flag in marks.flags()]
        for kind, new in ((Attendance, rows), (AbsenceFlag, flags)):
            ids = self.writer.take_ids(kind, len(new))
            self.writer.write(kind, [{"id": id, **row} for id, row in zip(ids, new, strict=True)])
        return {"marks": len(rows), "flags": len(flags)}

    def _held(self, session: sa.Table, last: date) -> sa.ColumnElement[bool]:
        return (
            (session.c.center_id == self.center_id)
            & (session.c.date <= last)
            & session.c.starts_at.is_not(None)
            & session.c.is_cancelled.is_(False)
        )

    def _mark(self, lesson: Lesson, student_id: int, fields: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "center_id": self.center_id,
            "session_id": lesson.id,
            "student_id": student_id,
            **fields,
            "notes": "",
            "teacher_id": lesson.teacher_id,
            "marker_id": lesson.user_id,
            "marked_at": lesson.ends_at,
            "created_at": lesson.ends_at,
        }

    def _flag(self, raised_at: datetime, last: date, *, day: date, **fields: Any) -> dict[str, Any]:
        is_open = last - day < OPEN_DAYS
        resolved_at = None if is_open else raised_at + timedelta(days=3)
        return {
            "center_id": self.center_id,
            "created_at": raised_at,
            "updated_at": resolved_at or raised_at,
            **{name: getattr(value, "value", value) for name, value in fields.items()},
            "status": (FlagStatus.ACTIVE if is_open else FlagStatus.RESOLVED).value,
            "auto_generated": True,
            "resolution": None if is_open else FlagResolution.UNJUSTIFIED.value,
            "resolution_notes": "",
            "resolved_at": resolved_at,
            "resolved_by_id": None if is_open else self._clerk,
            "created_by_id": None,
        }


def _fields(status: AttendanceStatus, *, reason: str = "", minutes: int | None = None) -> dict[str, Any]:
    return {"status": status.value, "absence_reason": reason, "late_minutes": minutes}


PRESENT = _fields(AttendanceStatus.PRESENT)

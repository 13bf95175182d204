"""The weeks of a school: a timetable for every class, and the registers of the last school days of some of them."""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from educore import UnitOfWork, perform, where
from educore.attendance import AbsenceFlag, AttendanceStatus, FlagResolution, FlagStatus
from educore.groups import Enrollment, held_between
from educore.timetable import Series, Session, Timetable
from educore.values import WEEKDAYS

DAYS = WEEKDAYS[:5]
HOURS = (time(8, 30), time(10, 30), time(14, 30))
"""The times at which lessons begin, three on every school day; each lasts `LENGTH`."""
ALL_HOURS = (time(8, 30), time(9, 30), time(10, 30), time(14, 30), time(15, 30))
"""The times at which lessons begin in a school with a whole year of lessons."""

LENGTH = timedelta(minutes=55)
PAST, AHEAD = timedelta(days=21), timedelta(days=13)
"""For how long before and after the last day of the demo the timetables are in effect."""

CLASSES_WITH_REGISTERS = 6
DAYS_WITH_REGISTERS = 10
REASONS = ("Maladie", "Rendez-vous médical", "Raison familiale", "", "")
OFTEN_AWAY = 3
"""In a class with registers, one student in so many misses lessons more often than the others."""


@dataclass(frozen=True)
class Hour:
    """One lesson of the week of a class: its day, its beginning, and what is taught by whom."""

    weekday: str
    starts: time
    course: int
    teacher: int

    @property
    def ends(self) -> time:
        """The time at which the lesson ends."""
        return (datetime.combine(date.min, self.starts) + LENGTH).time()


@dataclass(frozen=True)
class ClassPlan:
    """A class with its classroom, the courses of its grade, and the teachers of each course."""

    group: int
    room: int
    courses: Sequence[int]


def plan_hours(
    classes: Sequence[ClassPlan], teachers: Mapping[int, Sequence[int]], *, hours: Sequence[time] = HOURS
) -> dict[int, list[Hour]]:
    """Return the hours of the week of each class by its id; `teachers` are those of each course.

    The courses of a class take turns, and no teacher has two classes at once. Where all teachers of a course are
    busy, the next course takes the hour; where all courses are, the hour stays free.
    """
    busy: defaultdict[tuple[str, time], set[int]] = defaultdict(set)
    planned: dict[int, list[Hour]] = {}
    for place, plan in enumerate(classes):
        turn, week = itertools.count(place), list[Hour]()
        for weekday, starts in itertools.product(DAYS, hours):
            first = next(turn)
            wanted = [plan.courses[(first + step) % len(plan.courses)] for step in range(len(plan.courses))]
            free = ((course, one) for course in wanted for one in teachers[course] if one not in busy[weekday, starts])
            if found := next(free, None):
                busy[weekday, starts].add(found[1])
                week.append(Hour(weekday, starts, *found))
        planned[plan.group] = week
    return planned


class SchoolWeeks:
    """The timetables of a school, and the marks in the registers of its classes.

    The timetables are in effect for some weeks around the last day of the demo, or for the whole year.
    """

    def __init__(self, *, rng: random.Random, last: date, year: tuple[date, date], whole_year: bool = False) -> None:
        self.rng, self.last = rng, last
        self.first, self.until = year if whole_year else (max(year[0], last - PAST), min(year[1], last + AHEAD))

    @property
    def is_open(self) -> bool:
        """True if the school has lessons between the first and the last day of its timetables."""
        return self.first <= self.until

    def open_timetable(self, uow: UnitOfWork, plan: ClassPlan, hours: Sequence[Hour]) -> None:
        """Open the timetable of a class, with its hours."""
        period = {"effective_from": self.first, "effective_to": self.until}
        timetable = perform(uow, Timetable, "create", fields={"group_id": plan.group, **period})
        for hour in hours:
            fields = {"weekday": hour.weekday, "start_time": hour.starts, "end_time": hour.ends}
            fields |= {"course_id": hour.course, "teacher_id": hour.teacher, "room_id": plan.room}
            perform(uow, Series, "add_slot", fields={"timetable_id": timetable.id, **fields})

    def register_days(self) -> list[date]:
        """Return the last school days on which registers are kept."""
        days = (self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1))
        return [day for day in days if WEEKDAYS[day.weekday()] in DAYS and day <= self.until][-DAYS_WITH_REGISTERS:]

    def keep_register(self, uow: UnitOfWork, group: int, day: date) -> None:
        """Mark the students of a class in its first lesson of a day, and complete the register but on the last day."""
        lessons = where(group_id=group, date=day, is_cancelled=False)
        places = uow.find(Enrollment, where(group_id=group) & held_between(day, day), order=("id",))
        for session in uow.find(Session, lessons, order=("start_time",), limit=1) if places else ():
            marks = [{"student_id": place.student_id, **self._mark(place.student_id)} for place in places]
            perform(uow, Session, "mark", session.id, {"marks": marks})
            if day < self.last:
                perform(uow, Session, "complete_register", session.id)

    def look_after_flags(self, uow: UnitOfWork) -> None:
        """Resolve some of the earliest flags of absences and dismiss one; the others stay open."""
        flags = uow.find(AbsenceFlag, where(status=FlagStatus.ACTIVE), order=("id",), limit=9)
        for place, flag in enumerate(flags):
            if uow.get(AbsenceFlag, flag.id).status is not FlagStatus.ACTIVE:
                continue  # it was resolved with another one
            if place == len(flags) - 1:
                perform(uow, AbsenceFlag, "dismiss", flag.id, {"notes": "Erreur de saisie"})
            elif place % 3:
                answers = {"resolution": FlagResolution.JUSTIFIED, "excuse": True, "notes": "Certificat médical"}
                perform(uow, AbsenceFlag, "resolve", flag.id, answers)
            else:
                perform(uow, AbsenceFlag, "resolve", flag.id, {"resolution": FlagResolution.UNJUSTIFIED})

    def _mark(self, student: int) -> dict[str, Any]:
        chance = self.rng.random() * (0.35 if student % OFTEN_AWAY == 0 else 1)
        if chance < 0.04:
            return {"status": AttendanceStatus.ABSENT, "absence_reason": self.rng.choice(REASONS)}
        if chance < 0.06:
            return {"status": AttendanceStatus.EXCUSED, "absence_reason": self.rng.choice(REASONS[:3])}
        if chance < 0.1:
            return {"status": AttendanceStatus.LATE, "late_minutes": self.rng.randrange(1, 6) * 5}
        return {"status": AttendanceStatus.PRESENT}

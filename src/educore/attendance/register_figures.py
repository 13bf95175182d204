"""The figures and the students of registers: who was in the class on that day, and how they are marked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Protocol

from educore.attendance.entities import Attendance, AttendanceStatus
from educore.groups.entities import Enrollment, held_between, was_never_held
from educore.kernel.conditions import everything, where
from educore.kernel.shape import From, NameOf, Shape
from educore.kernel.unit_of_work import UnitOfWork
from educore.timetable.clashes import ONE_SECOND
from educore.timetable.entities import Session
from educore.values import Day

MISSED = (AttendanceStatus.ABSENT, AttendanceStatus.EXCUSED)
"""The marks of students who were not there."""


@dataclass(frozen=True)
class RegisterFigures:
    """The numbers of a register, which add up to `total`; excused students are among the absent ones."""

    total: int
    present: int
    late: int
    absent: int

    @property
    def not_marked(self) -> int:
        """The number of students who have no mark."""
        return self.total - self.present - self.late - self.absent

    @property
    def percentage(self) -> Decimal:
        """The share of the students who were there, in percent with one decimal; the late ones were there."""
        return percent(self.present + self.late, self.total)


class HasRoll(Protocol):
    """A session, as far as its figures depend on it; an entity or a part of one."""

    @property
    def id(self) -> int:
        """The id of the session."""
        ...

    @property
    def group_id(self) -> int:
        """The id of its class."""
        ...

    @property
    def date(self) -> date:
        """Its local day."""
        ...


@dataclass(frozen=True)
class RollEntry:
    """A student of a class on the day of a session; `mark` and `mark_before`, at the class's last session, or None."""

    student_id: int
    user_id: int
    name: str
    email: str | None
    mark: AttendanceStatus | None
    mark_before: AttendanceStatus | None


class _Place(Shape, of=Enrollment):
    group_id: int
    student_id: int
    enrolled_on: Day
    left_on: Day | None


class _Pupil(Shape, of=Enrollment):
    student_id: int
    user_id: Annotated[int, From("student.user_id")]
    name: Annotated[str, NameOf("student")]
    email: Annotated[str | None, From("student.user.email")]
    enrolled_on: Day
    left_on: Day | None


def percent(part: int | Decimal, whole: int | Decimal) -> Decimal:
    """Return the share of a part in percent with one decimal, half up; 0 for an empty whole."""
    if not whole:
        return Decimal("0.0")
    return (Decimal(100 * part) / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)


def register_figures(uow: UnitOfWork, sessions: Collection[HasRoll]) -> dict[int, RegisterFigures]:
    """Return the figures of registers by session id, in two statements for any number of them.

    The students are those whose place in the class was open on the day of the session.
    """
    if not sessions:
        return {}
    counts = uow.count_by(Attendance, ("session_id", "status"), where(session_id__in=[s.id for s in sessions]))
    marks: dict[int, Counter[AttendanceStatus]] = {}
    for (session_id, status), count in counts.items():
        marks.setdefault(session_id, Counter())[status] = count
    days = [session.date for session in sessions]
    in_groups = where(group_id__in={session.group_id for session in sessions})
    places = uow.read(_Place, in_groups & held_between(min(days), max(days)))
    return {s.id: _build_figures(marks.get(s.id, Counter()), _count_held(places, s)) for s in sessions}


def read_roll(uow: UnitOfWork, session: Session) -> list[RollEntry]:
    """Return the students of a class on the day of a session, by name, in at most four statements."""
    in_class = where(group_id=session.group_id) & held_between(session.date, session.date)
    pupils = uow.read(_Pupil, in_class)
    marks = _statuses(uow, session.id)
    before = _find_session_before(uow, session)
    marks_before = {} if before is None else _statuses(uow, before)
    entries = {
        pupil.student_id: RollEntry(
            student_id=pupil.student_id,
            user_id=pupil.user_id,
            name=pupil.name,
            email=pupil.email,
            mark=marks.get(pupil.student_id),
            mark_before=marks_before.get(pupil.student_id),
        )
        for pupil in pupils
        if not was_never_held(pupil.enrolled_on, pupil.left_on)
    }
    return sorted(entries.values(), key=lambda entry: (entry.name.casefold(), entry.student_id))


def _build_figures(marks: Mapping[AttendanceStatus, int], total: int) -> RegisterFigures:
    absent = sum(marks.get(status, 0) for status in MISSED)
    present, late = marks.get(AttendanceStatus.PRESENT, 0), marks.get(AttendanceStatus.LATE, 0)
    return RegisterFigures(max(total, present + late + absent), present, late, absent)


def _count_held(places: Iterable[_Place], session: HasRoll) -> int:
    held = {
        place.student_id
        for place in places
        if place.group_id == session.group_id
        and place.enrolled_on <= session.date
        and (place.left_on is None or place.left_on >= session.date)
    }
    return len(held)


def _statuses(uow: UnitOfWork, session_id: int) -> dict[int, AttendanceStatus]:
    """Return the status of each marked student of a session."""
    pairs = uow.count_by(Attendance, ("student_id", "status"), where(session_id=session_id))
    return dict(pairs.keys())


def _find_session_before(uow: UnitOfWork, session: Session) -> int | None:
    """Return the id of the latest earlier session of the class that was marked, whoever gave it."""
    earlier = where(date__lte=session.date - timedelta(days=1))
    if session.starts_at is not None:
        earlier |= where(starts_at__lte=session.starts_at - ONE_SECOND)
    marked = where(group_id=session.group_id, is_cancelled=False, Attendance__has=everything) & earlier
    found = uow.as_platform().find(Session, marked, order=("-date", "-start_time", "-id"), limit=1)
    return found[0].id if found else None

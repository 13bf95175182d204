"""Notices about attendance: what the guardians of students are to be told after marks and flags have changed.

Nobody is told twice of the same thing: a notice has a key that names the student, the moment and the matter. An
absence lasts over the absent marks of a day that no present or late mark parts, and is told of once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import time
from typing import Annotated, Any

from educore.attendance.absence_rules import ENDS_ABSENCE, StudentMark, absence_of
from educore.attendance.entities import (
    AbsenceFlag,
    Attendance,
    AttendanceStatus,
    FlagPriority,
    FlagResolution,
    FlagStatus,
    FlagType,
)
from educore.attendance.events import ClassMarked
from educore.attendance.flag_updates import NOTICED
from educore.kernel.shape import Computed, From, NameOf, Shape
from educore.messaging.entities import NotificationType
from educore.values import Day, TimeOfDay


def name_lesson(course: str | None, group: str) -> str:
    """Return the name of a lesson: "Arabe (1 - A)", and where no course is known only the group."""
    return f"{course} ({group})" if course else group


class MarkRow(Shape, of=Attendance):
    """A mark, and the student and the lesson that it is about."""

    id: int
    student_id: int
    student: Annotated[str, NameOf("student")]
    session_id: int
    lesson: Annotated[str, Computed(name_lesson, "session.course.name", "session.group.name")]
    day: Annotated[Day, From("session.date")]
    start_time: Annotated[TimeOfDay | None, From("session.start_time")]
    status: AttendanceStatus


class FlagRow(Shape, of=AbsenceFlag):
    """A flag, and the student and the lesson that it is about."""

    id: int
    student_id: int
    student: Annotated[str, NameOf("student")]
    session_id: int
    lesson: Annotated[str, Computed(name_lesson, "session.course.name", "session.group.name")]
    day: Annotated[Day, From("session.date")]
    start_time: Annotated[TimeOfDay | None, From("session.start_time")]
    type: FlagType
    priority: FlagPriority
    status: FlagStatus
    resolution: FlagResolution | None
    auto_generated: bool


@dataclass(frozen=True)
class Notice:
    """Something to tell the guardians of a student once, in the words of a message template.

    Whoever was notified under one of the keys in `unless` is not told; with `only_after`, only who was notified under
    one of those is. `values` fill the template, `more` are fields of the notification.
    """

    kind: NotificationType
    template: str
    student_id: int
    key: str
    values: Mapping[str, str]
    more: Mapping[str, Any]
    unless: frozenset[str] = frozenset()
    only_after: frozenset[str] = frozenset()

    def concerns(self, earlier_keys: Collection[str]) -> bool:
        """Return whether a guardian who was notified under some keys is to be told."""
        known = frozenset(earlier_keys)
        return not known & {self.key, *self.unless} and (not self.only_after or bool(known & self.only_after))


def notices_of_marks(
    events: Iterable[ClassMarked], marks: Mapping[int, list[MarkRow]], flags: Collection[FlagRow]
) -> Iterator[Notice]:
    """Yield the notices of absences, late arrivals and corrections.

    `marks` holds the marks of the days of the events by student, in order of time; `flags` are those that were raised
    since.
    """
    for event in events:
        for student_id, (before, after) in event.statuses.items():
            of_student = marks.get(student_id, [])
            mark = next((mark for mark in of_student if mark.session_id == event.session_id), None)
            if before is after or mark is None or mark.status is not after:
                continue
            if after in NOTICED:
                yield _alert(mark, of_student, flags)
            elif before in NOTICED and after is AttendanceStatus.PRESENT:
                yield _correction(mark)
            if before is AttendanceStatus.ABSENT and after in ENDS_ABSENCE:
                yield from _remaining_absence(mark, of_student, flags)


def notices_of_flags(raised: Iterable[FlagRow], marks: Mapping[int, list[MarkRow]]) -> Iterator[Notice]:
    """Yield the notices of flags that were raised by hand or because absence has become chronic."""
    for flag in raised:
        if not flag.auto_generated:
            yield _about_flag(flag, NotificationType.FLAG_CREATED, "flag_created", is_request=True)
        elif flag.type is FlagType.CHRONIC_ABSENCE:
            yield _chronic_absence(flag, marks.get(flag.student_id, []))


def notices_of_resolutions(resolved: Iterable[FlagRow]) -> Iterator[Notice]:
    """Yield the notices of flags that were resolved: which finding the school has come to."""
    for flag in resolved:
        if flag.status is FlagStatus.RESOLVED and flag.resolution is not None:
            yield _about_flag(flag, NotificationType.FLAG_RESOLVED, f"flag_{flag.resolution}", is_request=False)


def _alert(mark: MarkRow, of_student: Collection[MarkRow], flags: Collection[FlagRow]) -> Notice:
    is_absent = mark.status is AttendanceStatus.ABSENT
    wanted = FlagType.ABSENCE if is_absent else FlagType.LATE_PATTERN
    place = (mark.student_id, mark.session_id)
    flag = next((flag for flag in flags if (flag.student_id, flag.session_id) == place and flag.type is wanted), None)
    more = {"priority": flag.priority if flag else FlagPriority.LOW, "requires_action": flag is not None}
    absence = [one.session_id for one in absence_of(_marks_of_day(mark, of_student), mark.session_id)]
    return Notice(
        NotificationType.ABSENCE_ALERT if is_absent else NotificationType.LATE_ALERT,
        "absence_alert" if is_absent else "late_alert",
        mark.student_id,
        _key(mark.status, mark.student_id, mark.session_id),
        _values(mark),
        _about_mark(mark) | more,
        unless=frozenset(_key(mark.status, mark.student_id, id) for id in absence),
    )


def _remaining_absence(mark: MarkRow, of_student: Collection[MarkRow], flags: Collection[FlagRow]) -> Iterator[Notice]:
    """Yield the notice that a student was absent later, for those who were told that it began with a corrected mark."""
    day = [one for one in of_student if one.day == mark.day and one.status is not AttendanceStatus.EXCUSED]
    following = next(iter(day[day.index(mark) + 1 :]), None)
    if following is not None and following.status is AttendanceStatus.ABSENT:
        first_alert = frozenset({_key(AttendanceStatus.ABSENT, mark.student_id, mark.session_id)})
        yield replace(_alert(following, of_student, flags), only_after=first_alert)


def _correction(mark: MarkRow) -> Notice:
    """Return the notice that a student was present, for those who were told something else."""
    keys = frozenset(_key(status, mark.student_id, mark.session_id) for status in NOTICED)
    more = _about_mark(mark) | {"priority": FlagPriority.LOW}
    key = f"corrected:{mark.student_id}:{mark.session_id}"
    kind, template = NotificationType.ABSENCE_ALERT, "attendance_corrected"
    return Notice(kind, template, mark.student_id, key, _values(mark), more, only_after=keys)


def _chronic_absence(flag: FlagRow, of_student: Iterable[MarkRow]) -> Notice:
    """Return the notice of a flag about many days: about the mark that completed them, if it is still there."""
    mark = next((mark for mark in of_student if mark.session_id == flag.session_id), None)
    about = _about_mark(mark) if mark else {"about_kind": AbsenceFlag.__name__, "about_id": flag.id}
    more = {**about, "priority": flag.priority, "requires_action": True}
    kind, key = NotificationType.CHRONIC_ABSENCE, f"chronic:{flag.student_id}:{flag.session_id}"
    return Notice(kind, "chronic_absence", flag.student_id, key, _values(flag), more)


def _about_flag(flag: FlagRow, kind: NotificationType, template: str, *, is_request: bool) -> Notice:
    about = {"about_kind": AbsenceFlag.__name__, "about_id": flag.id}
    more = {**about, "priority": flag.priority, "requires_action": is_request}
    return Notice(kind, template, flag.student_id, f"{kind}:{flag.id}", _values(flag), more)


def _marks_of_day(mark: MarkRow, of_student: Iterable[MarkRow]) -> list[StudentMark]:
    return [StudentMark(one.session_id, one.day, one.status) for one in of_student if one.day == mark.day]


def _about_mark(mark: MarkRow) -> dict[str, Any]:
    return {"about_kind": Attendance.__name__, "about_id": mark.id}


def _key(status: AttendanceStatus, student_id: int, session_id: int) -> str:
    return f"{status}:{student_id}:{session_id}"


def _values(row: MarkRow | FlagRow) -> dict[str, str]:
    moment = row.day.isoformat() if row.start_time is None else f"{row.day.isoformat()} {_hour(row.start_time)}"
    return {"student": row.student, "lesson": row.lesson, "moment": moment}


def _hour(start: time) -> str:
    return f"{start:%H:%M}"

"""The numbers of the first page, in a fixed number of statements whatever the size of the Center."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, repeat
from typing import Annotated, Any

from educore import Count, Educore, Role, Shape, UnitOfWork, where
from educore.groups import Enrollment, Group, GroupStatus, takes_seat
from educore.organization import Branch, Center
from educore.people import Student, StudentStatus, Teacher, TeacherStatus
from educore_web.admin.pages.attendance_dashboard import Attended, attended
from educore_web.admin.security.current_user import acting, local_day
from educore_web.admin.ui.chart import Chart
from educore_web.admin.ui.language import format_month, translate

MONTHS = 12
MOST_BRANCHES = 12
FILLS = ("empty", "few", "half", "most", "full")


class BranchName(Shape, of=Branch):
    """A branch by name."""

    id: int
    name: str


class Seats(Shape, of=Group):
    """The places of a group, None without a limit, and how many are taken."""

    capacity: int | None
    seated: Annotated[int, Count("Enrollment", takes_seat)]


@dataclass(frozen=True)
class Figure:
    """One number with its name, and the list it was counted from."""

    name: str
    value: int
    icon: str
    identity: str = ""


@dataclass(frozen=True)
class Numbers:
    """Everything the first page shows: what there is, how it is attended, and what today brings."""

    figures: list[Figure]
    charts: list[Chart]
    attendance: Attended


def numbers(school: Educore) -> Numbers:
    """Count what the visitor may see; of a teacher only what is theirs."""
    with school.work(acting(), read_only=True) as uow:
        attendance = attended(uow, local_day(uow.ports.clock.now()))
        seats = uow.select(Seats, where(status=GroupStatus.ACTIVE))
        students = uow.count_by(Student, "branch_id", where(status=StudentStatus.ACTIVE))
        figures = [
            Figure("students", sum(students.values()), "ti ti-school", "student"),
            Figure("groups", len(seats), "ti ti-users-group", "group"),
        ]
        lessons = [
            Figure("lessons_today", len(attendance.today), "ti ti-calendar-event", "session"),
            Figure("to_mark", sum(not lesson["is_marked"] for lesson in attendance.today), "ti ti-user-check"),
        ]
        if uow.actor.role is Role.TEACHER:
            return Numbers([*figures, *lessons], [], attendance)
        charts = [_per_branch(uow, students), _by_fill(seats), _per_month(uow)]
        return Numbers([*_centers(uow), *figures, *_of_staff(uow, seats), *lessons[:1]], charts, attendance)


def _centers(uow: UnitOfWork) -> list[Figure]:
    if uow.actor.role is not Role.SUPERADMIN:
        return []
    return [Figure("centers", uow.count(Center), "ti ti-building-community", "center")]


def _of_staff(uow: UnitOfWork, seats: list[dict[str, Any]]) -> list[Figure]:
    free = sum(max(0, group["capacity"] - group["seated"]) for group in seats if group["capacity"] is not None)
    return [
        Figure("teachers", uow.count(Teacher, where(status=TeacherStatus.ACTIVE)), "ti ti-chalkboard", "teacher"),
        Figure("branches", uow.count(Branch), "ti ti-map-pin", "branch"),
        Figure("free_seats", free, "ti ti-armchair"),
    ]


def _per_branch(uow: UnitOfWork, students: dict[int, int]) -> Chart:
    """The largest branches by name, the rest together."""
    largest = sorted(students, key=lambda id: (-students[id], id))[:MOST_BRANCHES]
    names = {found["id"]: found["name"] for found in uow.select(BranchName, where(id__in=set(largest)))}
    labels, values = [names.get(id, "") for id in largest], [students[id] for id in largest]
    if rest := sum(students.values()) - sum(values):
        labels, values = [*labels, translate("chart.other")], [*values, rest]
    return Chart("students_per_branch", "bars", labels, values)


def _by_fill(seats: list[dict[str, Any]]) -> Chart:
    counted = Counter(_fill(group["seated"], group["capacity"]) for group in seats)
    return Chart(
        "groups_by_fill", "ring", [translate(f"fill.{fill}") for fill in FILLS], [counted[fill] for fill in FILLS]
    )


def _fill(seated: int, capacity: int | None) -> str:
    """How full a group is; one without a limit is never more than a little full."""
    if seated == 0:
        return "empty"
    if capacity is None:
        return "few"
    if seated >= capacity:
        return "full"
    share = seated / capacity
    return "few" if share < 0.5 else "half" if share < 0.8 else "most"


def _per_month(uow: UnitOfWork) -> Chart:
    """The months up to this one, on the wall calendar of the visitor's Center."""
    today = local_day(uow.ports.clock.now())
    months = list(accumulate(repeat(today.replace(day=1), MONTHS), lambda month, _: _before(month)))[::-1]
    per_day = uow.count_by(Enrollment, "enrolled_on", where(enrolled_on__gte=months[0]))
    per_month: Counter[date] = Counter()
    for day, count in per_day.items():
        per_month[day.replace(day=1)] += count
    return Chart("enrollments_per_month", "line", [format_month(m) for m in months], [per_month[m] for m in months])


def _before(month: date) -> date:
    return month.replace(year=month.year - 1, month=12) if month.month == 1 else month.replace(month=month.month - 1)

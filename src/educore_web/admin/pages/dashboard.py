"""The dashboard: counts and charts, in a fixed number of statements whatever the size of the Center."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, repeat
from typing import Annotated, Any

from anyio import to_thread
from sqladmin.authentication import login_required
from starlette.requests import Request
from starlette.responses import Response

from educore import Count, Educore, From, Role, Shape, UnitOfWork, where
from educore.groups import Enrollment, Group, GroupStatus, takes_seat
from educore.organization import Branch, Center
from educore.people import Student, StudentStatus, Teacher, TeacherStatus
from educore_web.admin.frame import Frame
from educore_web.admin.pages.attendance_dashboard import AttendanceOverview, load_attendance
from educore_web.admin.security.current_user import current_actor, local_day
from educore_web.admin.ui.chart import Chart
from educore_web.admin.ui.language import format_month, translate

MONTHS = 12
MAX_BRANCHES = 12
FILLS = ("empty", "few", "half", "most", "full")


class BranchName(Shape, of=Branch):
    """The name of a branch."""

    id: int
    name: str


class Seats(Shape, of=Group):
    """The capacity of a group, None without a limit, the number of seats taken, and of a class the grade level."""

    capacity: int | None
    seated: Annotated[int, Count("Enrollment", takes_seat)]
    grade: Annotated[str | None, From("grade_level.name")]
    number: Annotated[int | None, From("grade_level.number")]
    is_current: Annotated[bool | None, From("academic_year.is_current")]


@dataclass(frozen=True)
class Figure:
    """One count with its name and icon; `screen` names the screen that lists the counted rows."""

    name: str
    value: int
    icon: str
    screen: str = ""


@dataclass(frozen=True)
class Dashboard:
    """The content of the dashboard: counts, charts, attendance and the lessons of today."""

    figures: list[Figure]
    charts: list[Chart]
    attendance: AttendanceOverview


@login_required
async def show_dashboard(frame: Frame, request: Request) -> Response:
    """Show the dashboard."""
    dashboard = await to_thread.run_sync(load_dashboard, frame.school)
    return await frame.render(request, "index.html", {"dashboard": dashboard})


def load_dashboard(school: Educore) -> Dashboard:
    """Count the rows that the user may see; a teacher gets their own figures and no charts."""
    with school.work(current_actor(), read_only=True) as uow:
        attendance = load_attendance(uow, local_day(uow.ports.clock.now()))
        seats = uow.select(Seats, where(status=GroupStatus.ACTIVE))
        students = uow.count_by(Student, "branch_id", where(status=StudentStatus.ACTIVE))
        figures = [
            Figure("students", sum(students.values()), "ti ti-school", "Student"),
            Figure("groups", len(seats), "ti ti-users-group", "Group"),
        ]
        lessons = [
            Figure("lessons_today", len(attendance.today), "ti ti-calendar-event", "Session"),
            Figure("to_mark", sum(not lesson["is_marked"] for lesson in attendance.today), "ti ti-user-check"),
        ]
        if uow.actor.role is Role.TEACHER:
            return Dashboard([*figures, *lessons], [], attendance)
        charts = [*_per_grade(seats), _per_branch(uow, students), _by_fill(seats), _per_month(uow)]
        return Dashboard([*_centers(uow), *figures, *_of_staff(uow, seats), *lessons[:1]], charts, attendance)


def _centers(uow: UnitOfWork) -> list[Figure]:
    if uow.actor.role is not Role.SUPERADMIN:
        return []
    return [Figure("centers", uow.count(Center), "ti ti-building-community", "Center")]


def _of_staff(uow: UnitOfWork, seats: list[dict[str, Any]]) -> list[Figure]:
    free = sum(max(0, group["capacity"] - group["seated"]) for group in seats if group["capacity"] is not None)
    return [
        Figure("teachers", uow.count(Teacher, where(status=TeacherStatus.ACTIVE)), "ti ti-chalkboard", "Teacher"),
        Figure("branches", uow.count(Branch), "ti ti-map-pin", "Branch"),
        Figure("free_seats", free, "ti ti-armchair"),
    ]


def _per_grade(seats: list[dict[str, Any]]) -> list[Chart]:
    """Chart the students and the share of places taken by grade level, in the classes of the current academic year."""
    classes = defaultdict(list)
    for seat in seats:
        if seat["is_current"]:
            classes[seat["number"], seat["grade"]].append(seat)
    if not classes:
        return []
    grades = sorted(classes)
    labels = [name for _, name in grades]
    taken = [sum(seat["seated"] for seat in classes[grade]) for grade in grades]
    shares = [_share_of_places(classes[grade]) for grade in grades]
    return [
        Chart("students_per_grade", "bars", labels, taken),
        Chart("places_per_grade", "bars", labels, shares, percent=True),
    ]


def _share_of_places(classes: list[dict[str, Any]]) -> float | None:
    """Return the share of places taken in classes, in percent; None if no class has a limit."""
    limited = [seat for seat in classes if seat["capacity"]]
    places = sum(seat["capacity"] for seat in limited)
    return round(100 * sum(seat["seated"] for seat in limited) / places, 1) if places else None


def _per_branch(uow: UnitOfWork, students: dict[int, int]) -> Chart:
    """Chart the active students of the largest branches by name, and of all others together."""
    largest = sorted(students, key=lambda id: (-students[id], id))[:MAX_BRANCHES]
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
    """Return the class of occupancy of a group; without a capacity it is never more than "few"."""
    if seated == 0:
        return "empty"
    if capacity is None:
        return "few"
    if seated >= capacity:
        return "full"
    share = seated / capacity
    return "few" if share < 0.5 else "half" if share < 0.8 else "most"


def _per_month(uow: UnitOfWork) -> Chart:
    """Chart the enrollments of the last MONTHS months, this one included, in the time zone of the user's Center."""
    today = local_day(uow.ports.clock.now())
    months = list(accumulate(repeat(today.replace(day=1), MONTHS), lambda month, _: _before(month)))[::-1]
    per_day = uow.count_by(Enrollment, "enrolled_on", where(enrolled_on__gte=months[0]))
    per_month: Counter[date] = Counter()
    for day, count in per_day.items():
        per_month[day.replace(day=1)] += count
    return Chart("enrollments_per_month", "line", [format_month(m) for m in months], [per_month[m] for m in months])


def _before(month: date) -> date:
    return month.replace(year=month.year - 1, month=12) if month.month == 1 else month.replace(month=month.month - 1)

"""The numbers of the first page, in a few statements whatever the size of the Center."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, repeat
from typing import Annotated, Any

from educore import (
    SEATED,
    Branch,
    Center,
    Count,
    Educore,
    Enrollment,
    Group,
    GroupStatus,
    Role,
    Shape,
    Student,
    StudentStatus,
    Teacher,
    TeacherStatus,
    UnitOfWork,
    where,
)
from educore_web.admin.language import say_month, word
from educore_web.admin.visitor import acting, visitor

MONTHS = 12
MOST_BRANCHES = 12
FILLS = ("empty", "few", "half", "most", "full")


class BranchName(Shape, of=Branch):
    """A branch by name."""

    id: int
    name: str


class Seats(Shape, of=Group):
    """The places of a group, and how many are taken."""

    capacity: int
    seated: Annotated[int, Count("Enrollment", SEATED)]


@dataclass(frozen=True)
class Figure:
    """One number with its name, and the list it was counted from."""

    name: str
    value: int
    icon: str
    identity: str = ""


@dataclass(frozen=True)
class Chart:
    """A chart as the browser draws it, and as a table reads it."""

    name: str
    kind: str
    labels: list[str]
    values: list[int]

    def rows(self) -> list[tuple[str, int]]:
        """The table behind the chart."""
        return list(zip(self.labels, self.values, strict=True))

    def data(self) -> dict[str, Any]:
        """What the script needs to draw it."""
        return {"kind": self.kind, "title": word(f"chart.{self.name}"), "labels": self.labels, "values": self.values}


@dataclass(frozen=True)
class Numbers:
    """Everything the first page shows."""

    figures: list[Figure]
    charts: list[Chart]


def numbers(school: Educore) -> Numbers:
    """Count what the visitor may see."""
    with school.work(acting(), read_only=True) as uow:
        seats = uow.view(Seats, where(status=GroupStatus.ACTIVE))
        students = uow.tally(Student, "branch_id", where(status=StudentStatus.ACTIVE))
        figures = [
            Figure("students", sum(students.values()), "ti ti-school", "student"),
            Figure("groups", len(seats), "ti ti-users-group", "group"),
            Figure("teachers", uow.count(Teacher, where(status=TeacherStatus.ACTIVE)), "ti ti-chalkboard", "teacher"),
            Figure("branches", uow.count(Branch), "ti ti-map-pin", "branch"),
            Figure("free_seats", sum(max(0, s["capacity"] - s["seated"]) for s in seats), "ti ti-armchair"),
        ]
        if uow.actor.role is Role.SUPERADMIN:
            figures.insert(0, Figure("centers", uow.count(Center), "ti ti-building-community", "center"))
        return Numbers(figures, [_per_branch(uow, students), _by_fill(seats), _per_month(uow)])


def _per_branch(uow: UnitOfWork, students: dict[int, int]) -> Chart:
    """The largest branches by name, the rest together."""
    largest = sorted(students, key=lambda id: (-students[id], id))[:MOST_BRANCHES]
    names = {found["id"]: found["name"] for found in uow.view(BranchName, where(id__in=set(largest)))}
    labels, values = [names.get(id, "") for id in largest], [students[id] for id in largest]
    if rest := sum(students.values()) - sum(values):
        labels, values = [*labels, word("chart.other")], [*values, rest]
    return Chart("students_per_branch", "bars", labels, values)


def _by_fill(seats: list[dict[str, Any]]) -> Chart:
    counted = Counter(_fill(group["seated"], group["capacity"]) for group in seats)
    return Chart("groups_by_fill", "ring", [word(f"fill.{fill}") for fill in FILLS], [counted[fill] for fill in FILLS])


def _fill(seated: int, capacity: int) -> str:
    if seated == 0:
        return "empty"
    if seated >= capacity:
        return "full"
    share = seated / capacity
    return "few" if share < 0.5 else "half" if share < 0.8 else "most"


def _per_month(uow: UnitOfWork) -> Chart:
    """The months up to this one, on the wall calendar of the visitor's Center."""
    someone = visitor()
    today = uow.ports.clock.now().astimezone(someone.time_zone if someone else None).date()
    months = list(accumulate(repeat(today.replace(day=1), MONTHS), lambda month, _: _before(month)))[::-1]
    per_day = uow.tally(Enrollment, "enrolled_on", where(enrolled_on__gte=months[0]))
    per_month: Counter[date] = Counter()
    for day, count in per_day.items():
        per_month[day.replace(day=1)] += count
    return Chart("enrollments_per_month", "line", [say_month(m) for m in months], [per_month[m] for m in months])


def _before(month: date) -> date:
    return month.replace(year=month.year - 1, month=12) if month.month == 1 else month.replace(month=month.month - 1)

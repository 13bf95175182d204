"""The month of a class: its students across the days, with their marks and totals, to look at, print and download."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from anyio import to_thread
from sqladmin.authentication import login_required
from starlette.requests import Request
from starlette.responses import Response

from educore import UnitOfWork, perform, where
from educore.attendance import (
    Attendance,
    AttendanceReport,
    AttendanceStatus,
    ClassMonth,
    MonthAnalysis,
    ReportType,
    StudentMonth,
    class_month,
    month_analysis,
)
from educore.groups import Group
from educore_web.admin.frame import Frame
from educore_web.admin.idempotency import SubmittedForm, new_key
from educore_web.admin.pages.class_week import ClassHead
from educore_web.admin.security.csrf import require_token
from educore_web.admin.security.current_user import current_actor, local_day
from educore_web.admin.ui.language import translate
from educore_web.admin.ui.parameters import parse_month

WORST_FIRST = (AttendanceStatus.ABSENT, AttendanceStatus.EXCUSED, AttendanceStatus.LATE, AttendanceStatus.PRESENT)
is_class = where(academic_year_id__isnull=False)


@dataclass(frozen=True)
class DayCell:
    """The marks of a student on a day: letters with numbers where there are several, and the same in words.

    `tone` is the status of the worst mark, by which the cell is coloured.
    """

    letters: str
    words: str
    tone: str


@dataclass(frozen=True)
class MonthPage:
    """The month of a class, and what its analysis says beside."""

    head: Mapping[str, Any]
    month: ClassMonth
    analysis: MonthAnalysis

    @property
    def before(self) -> date:
        """The first day of the month before."""
        return (self.month.first - timedelta(days=1)).replace(day=1)

    @property
    def after(self) -> date:
        """The first day of the next month."""
        return self.month.last + timedelta(days=1)

    def cell(self, student: StudentMonth, day: date) -> DayCell | None:
        """Return the marks of a student on a day, None if there are none."""
        counts = student.days.get(day, {})
        statuses = [status for status in WORST_FIRST if counts.get(status)]
        if not statuses:
            return None
        noted = [status for status in statuses if status is not AttendanceStatus.PRESENT] or statuses
        letters = " ".join(f"{letter_of(status)}{_number(counts[status], status)}" for status in noted)
        words = ", ".join(f"{translate(f'AttendanceStatus.{status}')}: {counts[status]}" for status in statuses)
        return DayCell(letters, words, noted[0].value)


@login_required
async def show_class_month(frame: Frame, request: Request) -> Response:
    """Show the month of a class that the address names, or else this month. Raises: NotFound, also for a cohort."""
    found = await find_month(frame, request)
    context = {"view": frame.view_for(Group), "found": found, "month": found.month, "statuses": WORST_FIRST[::-1]}
    return await frame.render(request, "class_month.html", {**context, "letter_of": letter_of, "once": new_key()})


@login_required
async def save_class_month(frame: Frame, request: Request) -> Response:
    """Save the analysis of the month of a class as a report, and show it. Raises: HTTPException 403."""
    view = frame.view_for(AttendanceReport, "create")
    posted = await request.form()
    require_token(request, posted)
    day = parse_month(str(posted.get("month", ""))) or local_day(frame.school.ports.clock.now())
    parameters = {"group_id": int(request.path_params["pk"]), "date": day.isoformat()}
    fields = {"type": ReportType.MONTHLY, "parameters": parameters}
    sent = SubmittedForm(str(posted.get("once", "")), {"month": str(day)})

    def save() -> int:
        with frame.school.work(current_actor()) as uow:
            made = partial(perform, uow, AttendanceReport, "create", fields=fields)
            return int(sent.run_idempotent(uow, lambda: str(made().id)))

    return frame.redirect_to_row(request, view, await to_thread.run_sync(save))


async def find_month(frame: Frame, request: Request) -> MonthPage:
    """Return the month of a class that an address names. Raises: HTTPException 403, NotFound."""
    frame.view_for(Attendance, "read")
    day = parse_month(request.query_params.get("month", "")) or local_day(frame.school.ports.clock.now())
    group = int(request.path_params["pk"])

    def read() -> MonthPage:
        with frame.school.work(current_actor(), read_only=True) as uow:
            return load_month(uow, group, day)

    return await to_thread.run_sync(read)


def load_month(uow: UnitOfWork, group_id: int, day: date) -> MonthPage:
    """Return the month of a class to which a day belongs, in nine statements. Raises: NotFound, also for a cohort."""
    group = uow.get(Group, group_id, only=is_class)
    head = uow.select_one(ClassHead, group_id)
    return MonthPage(head, class_month(uow, group, day), month_analysis(uow, day, group_id=group_id))


def letter_of(status: AttendanceStatus) -> str:
    """Return the letter that stands for a mark in the language of the page."""
    return translate(f"mark.{status}")


def _number(count: int, status: AttendanceStatus) -> str:
    return str(count) if count > 1 and status is not AttendanceStatus.PRESENT else ""

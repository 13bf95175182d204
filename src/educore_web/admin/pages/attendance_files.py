"""Attendance to print and to count with: the register of a lesson and the month of a class, as PDF and as XLSX."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from anyio import to_thread
from sqladmin.authentication import login_required
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from educore.attendance import AttendanceStatus, RegisterFigures, register_figures
from educore.timetable import Session
from educore_web.admin.frame import Frame
from educore_web.admin.pages import attendance_sheet
from educore_web.admin.pages.class_month import MonthPage, find_month
from educore_web.admin.security.current_user import current_actor, local_country
from educore_web.admin.sheet import SheetLine, SheetState
from educore_web.admin.ui.language import (
    current_language,
    format_date,
    format_day,
    format_month,
    format_number,
    format_time,
    format_weekday,
    join_isolated,
    translate,
)
from educore_web.admin.ui.problems import field_label

if TYPE_CHECKING:  # with it comes fpdf, as large as the rest of the admin
    from educore_web.reports.tables import PrintedTable

TYPES = {"pdf": "application/pdf", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
"""The media type of each form."""

FILLS = {
    AttendanceStatus.ABSENT: (255, 222, 222),
    AttendanceStatus.EXCUSED: (222, 230, 255),
    AttendanceStatus.LATE: (255, 243, 200),
}
"""The colours of cells; those of students who were there have none."""


@login_required
async def download_month(frame: Frame, request: Request) -> Response:
    """Download the month of a class. Raises: HTTPException 404 for another form; NotFound."""
    found = await find_month(frame, request)
    name = f"attendance-{found.head['id']}-{found.month.first:%Y-%m}"
    return await _download(frame, request, lambda: month_table(found), name)


@login_required
async def download_register(frame: Frame, request: Request) -> Response:
    """Download the register of a lesson. Raises: HTTPException 403, 404 for another form; NotFound."""
    frame.view_for(Session, "mark")
    id = int(request.path_params["pk"])

    def read() -> PrintedTable:
        with frame.school.work(current_actor(), read_only=True) as uow:
            state = attendance_sheet.load(uow, id)
            return register_table(state, register_figures(uow, [uow.get(Session, id)])[id])

    return await _download(frame, request, read, f"register-{id}")


async def _download(frame: Frame, request: Request, read: Callable[[], PrintedTable], name: str) -> Response:
    form = request.path_params["form"]
    if form not in TYPES:
        raise HTTPException(404)
    created_at = frame.school.ports.clock.now()

    def write() -> bytes:
        from educore_web.reports.tables import render_pdf, render_xlsx

        return render_pdf(read(), created_at=created_at) if form == "pdf" else render_xlsx(read())

    content = await to_thread.run_sync(write)
    place = "inline" if form == "pdf" else "attachment"
    headers = {"content-disposition": f'{place}; filename="{name}.{form}"'}
    return Response(content, media_type=TYPES[form], headers=headers)


def month_table(found: MonthPage) -> PrintedTable:
    """Return the month of a class as a table; below it are its weeks, and the students who were often absent."""
    from educore_web.reports.tables import PrintedTable, TableColumn

    head, month = found.head, found.month
    days = [TableColumn(f"{format_weekday(day.weekday(), short=True)}\n{day.day}", 7) for day in month.lessons]
    totals = [TableColumn(translate(f"month.{name}"), 11) for name in ("present", "late", "absent", "excused")]
    rows, fills = [], {}
    for number, student in enumerate(month.students):
        cells = [found.cell(student, day) for day in month.lessons]
        for place, cell in enumerate(cells, start=1):
            if cell and (fill := FILLS.get(AttendanceStatus(cell.tone))):
                fills[number, place] = fill
        figures = student.figures
        numbers = [figures.present, figures.late, figures.absent, figures.excused]
        rate = figures.rate if figures.marks else None
        rows.append([student.name, *(cell.letters if cell else "" for cell in cells), *numbers, rate])
    return PrintedTable(
        translate("month.of", name=head["name"], month=format_month(month.first)),
        [_join(head["center"], head["year"], head["teacher"], head["room"]), _describe_rate(found), _legend()],
        [TableColumn(translate("field.student"), 45, is_text=True), *days, *totals, TableColumn("%", 11)],
        rows,
        [translate("month.note"), *_describe_weeks(found), *_describe_chronic(found)],
        fills,
        language=current_language(),
        country=local_country(),
        is_wide=True,
    )


def register_table(state: SheetState, figures: RegisterFigures) -> PrintedTable:
    """Return the register of a lesson as a table; below it are its figures."""
    from educore_web.reports.tables import PrintedTable, TableColumn

    head = state.head
    clock = f"{format_time(head['start_time'])}–{format_time(head['end_time'])}" if head["start_time"] else ""
    day = f"{format_weekday(head['date'].weekday())}, {format_date(head['date'])}"
    details = ("late_minutes", "absence_reason") if head["has_details"] else ()
    columns = [
        TableColumn("№", 8),
        TableColumn(translate("field.student"), 55, is_text=True),
        TableColumn(field_label("status", "Attendance"), 28, is_text=True),
        *(TableColumn(field_label(name, "Attendance"), 14 if name == "late_minutes" else 45) for name in details),
        TableColumn(field_label("notes", "Attendance"), 45, is_text=True),
    ]
    fills = {
        (number, 2): FILLS[status] for number, line in enumerate(state.lines) if (status := _status_of(line)) in FILLS
    }
    counts = [(name, getattr(figures, name)) for name in ("total", "present", "late", "absent", "not_marked")]
    numbers = " · ".join(f"{translate(f'register.{name}')}: {format_number(count)}" for name, count in counts)
    return PrintedTable(
        translate("register.of", name=head["group"], day=format_date(head["date"])),
        [_join(day, clock, head["subject"] or head["course"], head["teacher"], head["room"]), head["topic"]],
        columns,
        [[number, *_register_row(line, details)] for number, line in enumerate(state.lines, start=1)],
        [f"{numbers} · {format_number(figures.percentage)} %"],
        fills,
        language=current_language(),
        country=local_country(),
    )


def _status_of(line: SheetLine) -> AttendanceStatus | None:
    mark = line.facts["mark"]
    return AttendanceStatus(mark["status"]) if mark else None


def _register_row(line: SheetLine, details: tuple[str, ...]) -> list[Any]:
    mark: Mapping[str, Any] = line.facts["mark"] or {}
    status = translate(f"AttendanceStatus.{mark['status']}") if mark else ""
    return [line.name, status, *(mark.get(name) for name in details), mark.get("notes", "")]


def _join(*parts: str | None) -> str:
    return join_isolated(*filter(None, parts))


def _legend() -> str:
    return _join(
        *(f"{translate(f'mark.{each}')} = {translate(f'AttendanceStatus.{each}')}" for each in AttendanceStatus)
    )


def _describe_rate(found: MonthPage) -> str:
    analysis = found.analysis
    rate = f"{translate('month.rate')}: {format_number(analysis.rate)} %"
    if analysis.change is None:
        return rate
    points = ("+" if analysis.change > 0 else "") + format_number(analysis.change)
    return f"{rate} ({translate('month.change', points=points)})"


def _describe_weeks(found: MonthPage) -> list[str]:
    """Return a line for each week with marks."""
    return [
        translate("month.week", first=format_day(week.first), last=format_day(week.last), rate=format_number(week.rate))
        for week in found.analysis.weeks
        if week.marks
    ]


def _describe_chronic(found: MonthPage) -> list[str]:
    often = [student.name for student in found.analysis.chronic_students]
    return [f"{translate('FlagType.chronic_absence')}: {', '.join(often)}"] if often else []

"""The schemas of the reports of attendance."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

from educore_web.apis.madrasti.sections.flag_figures import PeriodOut


class ClassFigures(BaseModel):
    """The figures of a class. Absences are those excused and those not."""

    overall_attendance_rate: float
    total_absences: int
    total_late_arrivals: int
    excused_absences: int
    unexcused_absences: int
    chronic_absence_students: int
    perfect_attendance_students: int


class TrendOut(BaseModel):
    """A day of a class: the students with an absence, and the rate of those without one."""

    date: date
    attendance_rate: float
    absent_count: int


class StudentOfClass(BaseModel):
    """A student in the report of a class."""

    student_id: int
    student_name: str
    attendance_rate: float
    total_absences: int
    total_late: int
    current_flags: int


class ClassStatisticsOut(BaseModel):
    """The attendance of a class in a period."""

    class_id: int
    class_name: str
    period: PeriodOut
    total_sessions: int
    total_students: int
    statistics: ClassFigures
    daily_trends: list[TrendOut]
    student_breakdown: list[StudentOfClass]


class SummaryOut(BaseModel):
    """The figures of a student: the late marks are among the present, the excused among the absent ones."""

    attendance_rate: float
    total_sessions: int
    present: int
    absent: int
    late: int
    excused: int


class CalendarEntry(BaseModel):
    """A mark of a student; only a late one has minutes."""

    subject: str | None
    status: str
    marked_at: str
    late_minutes: int | None = None


class CalendarDay(BaseModel):
    """The marks of a student on a day."""

    date: date
    sessions: list[CalendarEntry]


class PatternsOut(BaseModel):
    """The day and the subject with the most absences, and their reasons; null without an absence."""

    most_absent_day: str | None
    most_absent_subject: str | None
    absence_reasons: dict[str, int]


class FlagOfHistory(BaseModel):
    """A flag of a student; the reason is what the office noted, which families do not see."""

    flag_id: int
    created_date: date
    resolved_date: date | None
    reason: str | None


class StudentHistoryOut(BaseModel):
    """The attendance of a student in a period."""

    student_id: int
    student_name: str
    class_name: Annotated[str | None, Field(alias="class")]
    period: PeriodOut
    summary: SummaryOut
    attendance_calendar: list[CalendarDay]
    absence_patterns: PatternsOut
    flags_history: list[FlagOfHistory]


class ClassOfDay(BaseModel):
    """A class on a day; every student counts once."""

    class_id: int
    class_name: str
    total_students: int
    present: int
    absent: int
    late: int
    attendance_rate: float


class OpenRegisterOut(BaseModel):
    """A lesson whose register was not completed; without a session it was not even opened."""

    session: int | None
    timetable_session: int | None
    class_id: int
    class_name: str
    start_time: str | None
    subject: str | None
    teacher_name: str | None


class DayReportOut(BaseModel):
    """The attendance of a day by students."""

    date: date
    total_students: int
    present: int
    absent: int
    late: int
    attendance_rate: float
    classes: list[ClassOfDay]
    not_taken: list[OpenRegisterOut]


class RateOfDayOut(BaseModel):
    """The marks of a day, and the share that are no absence."""

    date: date
    marks: int
    attendance_rate: float


class RateOfClassOut(BaseModel):
    """The marks of a class, and the share that are no absence."""

    class_id: int
    class_name: str
    marks: int
    attendance_rate: float


class RateOfWeekOut(BaseModel):
    """The marks of a week, or of its part within a month, and the share that are no absence."""

    week_start: date
    week_end: date
    marks: int
    attendance_rate: float


class WeekSummaryOut(BaseModel):
    """The attendance of a week by marks."""

    week_start: date
    week_end: date
    attendance_rate: float
    days: list[RateOfDayOut]
    classes: list[RateOfClassOut]


class StudentName(BaseModel):
    """A student."""

    student_id: int
    student_name: str


class MonthAnalysisOut(BaseModel):
    """The attendance of a month by marks, and the difference to the month before in percentage points."""

    month: str
    attendance_rate: float
    change_from_previous: float | None
    weeks: list[RateOfWeekOut]
    classes: list[RateOfClassOut]
    chronic_students: list[StudentName]

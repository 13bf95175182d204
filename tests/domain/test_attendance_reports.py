"""The reports of attendance: figures by the rules of Madrasti, in every store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from educore import Actor, Educore, FixedClock, Forbidden, Ports, where
from educore.attendance import (
    AbsenceFlag,
    AttendanceReport,
    AttendanceRules,
    AttendanceStatus,
    FlagResolution,
    FlagStatus,
    FlagType,
    ReportType,
    attendance_counts,
    attendance_rate,
    class_month,
    class_statistics,
    day_report,
    flag_statistics,
    group_report,
    mark_class,
    month_analysis,
    percent,
    resolve_flag,
    save_report,
    student_history,
    week_summary,
)
from educore.attendance.report_figures import day_rate, marks_rate, student_figures
from educore.groups import enroll_in_class
from educore.kernel.store import Store
from educore.people import Student
from educore.timetable import RegisterStatus, Session, add_slot, open_timetable
from support.cast import World
from support.refusals import expect_invalid
from support.school_cast import School, create_school

PRESENT, ABSENT, LATE, EXCUSED = AttendanceStatus
NOVEMBER: dict[str, Any] = {"first": date(2024, 11, 1), "last": date(2024, 11, 30)}
MARKS = {
    date(2024, 11, 4): (PRESENT, ABSENT),
    date(2024, 11, 5): (LATE, EXCUSED),
    date(2024, 11, 11): (PRESENT, ABSENT),
    date(2024, 11, 12): (PRESENT, PRESENT),
}
"""The marks of Yasmine and Younes by day: Arabic on Mondays and Tuesdays."""


@pytest.fixture
def platform(store: Store, ports: Ports) -> Educore:
    """Both towns and the school, in each of the stores in turn."""
    return Educore(store, ports)


@pytest.fixture
def school(platform: Educore, world: World, clock: FixedClock) -> School:
    """The school in the middle of November 2024, with two pupils in class A and eight marks."""
    school = create_school(platform, world.rustam)
    clock.time = datetime(2024, 11, 15, 7, tzinfo=UTC)
    pupils = [person.student_id or 0 for person in (school.student, school.newcomer)]
    with platform.work(school.director) as uow:
        enroll_in_class(uow, group_id=school.class_a.id, student_id=pupils[1], enrolled_on=date(2024, 9, 2))
        week = open_timetable(uow, group_id=school.class_a.id, effective_from=date(2024, 11, 1))
        for day in ("mon", "tue"):
            times = {"start_time": time(8), "end_time": time(9), "course_id": school.course.id}
            add_slot(uow, timetable_id=week.id, weekday=day, teacher_id=school.second_teacher.teacher_id, **times)
    with platform.work(school.staff) as uow:
        for session in uow.find(Session, where(date__in=list(MARKS))):
            reasons = ("", "illness" if session.date.day == 4 else "")
            entries = zip(pupils, MARKS[session.date], reasons, strict=True)
            mark_class(
                uow,
                session,
                marks=[{"student_id": id, "status": mark, "absence_reason": reason} for id, mark, reason in entries],
            )
    return school


def see(platform: Educore, who: Actor, report: Callable[..., Any], *about: Any, **fields: Any) -> Any:
    with platform.work(who) as uow:
        return report(uow, *about, **fields)


def younes(platform: Educore, school: School) -> Student:
    with platform.work(school.director) as uow:
        return uow.get(Student, school.newcomer.student_id or 0)


# -- figures -------------------------------------------------------------------------------------------


def test_the_figures_of_the_document() -> None:
    assert student_figures({PRESENT: 107, LATE: 8, ABSENT: 3, EXCUSED: 2}).rate == 95.8
    assert marks_rate({PRESENT: 2820, ABSENT: 113, EXCUSED: 67}) == 94.0
    assert (day_rate(25, 3), day_rate(25, 1), day_rate(0, 0)) == (88.0, 96.0, 0.0)


def test_the_statistics_of_a_class(platform: Educore, school: School) -> None:
    report = see(platform, school.staff, class_statistics, school.class_a, **NOVEMBER)
    assert (report.name, report.sessions, report.marks) == (school.class_a.name, 4, 8)
    assert (report.absences, report.excused, report.late, report.rate) == (3, 1, 1, 62.5)
    assert (report.chronic_students, report.perfect_students) == (0, 1)
    assert [(day.date, day.absent, day.rate) for day in report.days] == [
        (date(2024, 11, 4), 1, 50.0),
        (date(2024, 11, 5), 1, 50.0),
        (date(2024, 11, 11), 1, 50.0),
        (date(2024, 11, 12), 0, 100.0),
    ]
    assert {line.student_id: (line.figures.rate, line.active_flags) for line in report.students} == {
        school.student.student_id: (100.0, 0),
        school.newcomer.student_id: (25.0, 2),
    }


def test_the_history_of_a_student_has_the_same_figures(platform: Educore, school: School) -> None:
    report = see(platform, school.staff, class_statistics, school.class_a, **NOVEMBER)
    history = see(platform, school.second_parent, student_history, younes(platform, school), **NOVEMBER)
    (line,) = (line for line in report.students if line.student_id == history.student_id)
    assert history.figures == line.figures
    assert (history.figures.marks, history.figures.absent, history.figures.excused) == (4, 3, 1)
    assert (history.group_name, history.user_id) == (school.class_a.name, school.newcomer.user_id)
    assert (history.most_absent_weekday, history.most_absent_subject) == (1, "Arabe")
    assert history.reasons == {"illness": 1, "": 2}
    assert [entry.status for entry in history.marks] == [ABSENT, EXCUSED, ABSENT, PRESENT]
    assert [flag.resolved_on for flag in history.flags] == [None, None]


@pytest.mark.parametrize(
    ("days", "code"),
    [
        ({"first": date(2024, 11, 2), "last": date(2024, 11, 1)}, "ends_before_start"),
        ({"first": date(2024, 1, 1), "last": date(2025, 1, 1)}, "period_too_long"),
    ],
)
def test_a_period_that_cannot_be_is_refused(
    platform: Educore, school: School, days: dict[str, date], code: str
) -> None:
    with expect_invalid() as codes:
        see(platform, school.staff, class_statistics, school.class_a, **days)
    assert codes == {"last": code}
    year = {"first": date(2024, 1, 1), "last": date(2024, 12, 31)}
    assert see(platform, school.staff, class_statistics, school.class_a, **year).marks == 8


def test_other_apis_count_the_same_marks_by_formulas_of_their_own(platform: Educore, school: School) -> None:
    """Center CRM takes the present marks alone for present; a school counts the late ones among them."""
    of_class = see(platform, school.staff, class_statistics, school.class_a, **NOVEMBER)
    group = see(platform, school.director, group_report, school.class_a).marks
    assert (sum(group.values()), group[ABSENT] + group[EXCUSED]) == (of_class.marks, of_class.absences)
    assert (group[LATE], group[EXCUSED]) == (of_class.late, of_class.excused)
    for line in of_class.students:
        counts = see(platform, school.director, attendance_counts, student_id=line.student_id)
        assert counts[PRESENT] + counts[LATE] == line.figures.present
        assert attendance_rate(counts) == float(percent(counts[PRESENT], line.figures.marks))
        late_is_present = AttendanceRules(late_is_present=True, excused_leaves_sum=False)
        assert attendance_rate(counts, rules=late_is_present) == line.figures.rate


def test_a_day_counts_each_student_once(platform: Educore, school: School) -> None:
    report = see(platform, school.staff, day_report, date(2024, 11, 5))
    assert (report.students, report.present, report.absent, report.late, report.rate) == (2, 0, 1, 1, 50.0)
    assert [line.group_id for line in report.classes] == [school.class_a.id]
    (lesson,) = report.not_taken  # its register was never completed
    assert (lesson.group_id, lesson.class_name, lesson.start_time) == (school.class_a.id, school.class_a.name, time(8))
    assert (lesson.subject, lesson.teacher_name, lesson.status) == ("Arabe", "Touria", RegisterStatus.IN_PROGRESS)
    assert see(platform, school.staff, day_report, date(2024, 11, 5), group_id=school.class_b.id).students == 0


def test_a_week_and_a_month_are_rated_by_marks(platform: Educore, school: School) -> None:
    week = see(platform, school.staff, week_summary, date(2024, 11, 6))
    assert (week.first, week.last, week.rate) == (date(2024, 11, 4), date(2024, 11, 10), 50.0)
    assert [(day.date.day, day.marks, day.rate) for day in week.days] == [(4, 2, 50.0), (5, 2, 50.0)]
    month = see(platform, school.staff, month_analysis, date(2024, 11, 6))
    assert (month.first, month.last, month.rate, month.change) == (date(2024, 11, 1), date(2024, 11, 30), 62.5, None)
    assert [(line.first.day, line.last.day, line.marks) for line in month.weeks] == [
        (1, 3, 0),
        (4, 10, 4),
        (11, 17, 4),
        (18, 24, 0),
        (25, 30, 0),
    ]
    assert [(line.group_id, line.rate) for line in month.classes] == [(school.class_a.id, 62.5)]
    assert see(platform, school.staff, month_analysis, date(2024, 12, 6)).change is None


def test_the_month_of_a_class_has_the_figures_of_its_analysis(platform: Educore, school: School) -> None:
    month = see(platform, school.staff, class_month, school.class_a, date(2024, 11, 6))
    analysis = see(platform, school.staff, month_analysis, date(2024, 11, 6), group_id=school.class_a.id)
    assert (month.first, month.last, month.rate) == (analysis.first, analysis.last, analysis.rate)
    assert [(day.day, lessons) for day, lessons in month.lessons.items()][:4] == [(4, 1), (5, 1), (11, 1), (12, 1)]
    assert [student.name for student in month.students] == sorted(student.name for student in month.students)
    (late,) = (student for student in month.students if student.student_id == school.newcomer.student_id)
    assert late.days[date(2024, 11, 4)] == {ABSENT: 1}
    assert late.figures == see(platform, school.staff, student_history, younes(platform, school), **NOVEMBER).figures
    assert (late.has_place(date(2024, 9, 1)), late.has_place(date(2024, 9, 2))) == (False, True)
    empty = see(platform, school.staff, class_month, school.class_a, date(2024, 8, 6))
    assert (empty.lessons, [student.days for student in empty.students], empty.rate) == ({}, [{}], 0.0)


def test_the_month_of_a_class_shows_what_one_may_see(platform: Educore, school: School) -> None:
    seen = see(platform, school.second_teacher, class_month, school.class_a, date(2024, 11, 6))
    assert seen == see(platform, school.staff, class_month, school.class_a, date(2024, 11, 6))
    pupil = see(platform, school.newcomer, class_month, school.class_a, date(2024, 11, 6))
    assert {student.student_id: student.figures.absent for student in pupil.students} == {school.newcomer.student_id: 3}


def test_flags_are_counted_by_kind_and_time(platform: Educore, school: School, clock: FixedClock) -> None:
    clock.advance(hours=3)
    with platform.work(school.staff) as uow:
        flag = uow.find(AbsenceFlag, order=("id",))[0]
        resolve_flag(uow, flag, resolution=FlagResolution.UNJUSTIFIED)
    report = see(platform, school.staff, flag_statistics, **NOVEMBER)
    assert (report.total, report.by_status[FlagStatus.RESOLVED], report.by_type[FlagType.ABSENCE]) == (2, 1, 2)
    assert report.average_resolution_hours == 3.0
    assert [(day.date, day.created, day.resolved) for day in report.days] == [(date(2024, 11, 15), 2, 1)]


# -- saved ---------------------------------------------------------------------------------------------


def test_a_saved_report_stays_as_it_was(platform: Educore, school: School) -> None:
    asked = {"group_id": school.class_a.id, "first": "2024-11-01", "last": "2024-11-30"}
    saved = see(platform, school.staff, save_report, type=ReportType.CLASS_STATISTICS, parameters=asked)
    with platform.work(school.director) as uow:
        (found,) = uow.find(AttendanceReport)
    assert found == saved
    assert found.parameters.plain() == asked
    assert (found.data.plain()["rate"], found.data.plain()["days"][0]["date"]) == (62.5, "2024-11-04")
    with platform.work(school.second_teacher) as uow:
        assert uow.count(AttendanceReport) == 0


@pytest.mark.parametrize("kind", list(ReportType))
def test_every_type_of_report_is_saved(platform: Educore, school: School, kind: ReportType) -> None:
    everything = {"group_id": school.class_a.id, "student_id": school.newcomer.student_id, "date": "2024-11-05"}
    asked = {**everything, "first": "2024-11-01", "last": "2024-11-30"}
    assert see(platform, school.staff, save_report, type=kind, parameters=asked).type is kind
    with expect_invalid() as codes:
        see(platform, school.staff, save_report, type=kind, parameters={})
    assert set(codes.values()) == {"missing"}


def test_a_teacher_saves_and_reads_only_their_own_reports(platform: Educore, school: School) -> None:
    asked = {"group_id": school.class_a.id, "date": "2024-11-05"}
    see(platform, school.second_teacher, save_report, type=ReportType.DAILY, parameters=asked)
    for who, seen in ((school.second_teacher, 1), (school.teacher, 0), (school.staff, 1), (school.parent, 0)):
        with platform.work(who) as uow:
            assert uow.count(AttendanceReport) == seen
    with pytest.raises(Forbidden):
        see(platform, school.student, save_report, type=ReportType.DAILY, parameters=asked)

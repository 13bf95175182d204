"""One week of teaching, told over REST, in the admin's browser pages and by the library: the same numbers each time.

Timur plans lessons on Mondays, Wednesdays and Fridays, marks every class, sets an essay and an exam, and grades
both. Sardor hands his essay in; students have no admin, so in that telling he uses the API.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest
from playwright.sync_api import expect, sync_playwright

from educore import perform
from educore.assessment import Assignment, Exam, ExamResult, Submission, teacher_performance
from educore.attendance import Attendance, attendance_counts, group_report
from educore.groups import Group
from educore.people import Teacher
from educore.timetable import Series, Session
from support.chromium import needs_chromium, open_browser
from support.live_platform import AdminVisitor, LivePlatform, call_center_crm, run_platform

pytestmark = pytest.mark.long

MONDAY = date(2024, 1, 8)
LESSONS = [MONDAY + timedelta(days=n) for n in (0, 2, 4)]
MARKS = [("present", "absent"), ("late", "present"), ("present", "present")]
NINE, HALF_PAST_TEN = time(9), time(10, 30)
ESSAY = "Sardor's essay on plov, with all its secrets.\n"


class Teller(Protocol):
    """Somebody who can tell what happens in this week to the platform."""

    def plan_week(self) -> None:
        """Timur plans two weeks of lessons in room 101."""
        ...

    def mark(self, day: date, sardor: str, sevara: str) -> None:
        """Timur marks the class of a day."""
        ...

    def set_essay(self) -> None:
        """Timur sets an essay, due on Friday."""
        ...

    def hand_in(self) -> None:
        """Sardor hands his in."""
        ...

    def grade_essay(self) -> None:
        """Timur gives 95 for it."""
        ...

    def examine(self) -> None:
        """Timur plans Friday's exam and, after it, enters 85 points for Sardor and 61 for Sevara."""
        ...


def tell(site: LivePlatform, teller: Teller) -> None:
    """Live through the week."""
    site.at(MONDAY, 8)
    teller.plan_week()
    for day, (sardor, sevara) in zip(LESSONS, MARKS, strict=True):
        site.at(day, 11)
        teller.mark(day, sardor, sevara)
        if day == LESSONS[1]:
            teller.set_essay()
            site.at(day + timedelta(days=1), 18)
            teller.hand_in()
            site.at(day + timedelta(days=1), 20)
            teller.grade_essay()
    site.at(LESSONS[-1], 15)
    teller.examine()


# -- the three who tell it -----------------------------------------------------------------------------


@dataclass
class ByLibrary:
    """Calls the domain."""

    site: LivePlatform

    def plan_week(self) -> None:
        town = self.site.world.tashkent
        with self.site.school.work(town.teacher) as uow:
            perform(
                uow,
                Series,
                "create",
                fields={
                    "group_id": town.morning.id,
                    "room_id": town.room.id,
                    "weekdays": "mon wed fri",
                    "first_date": MONDAY,
                    "last_date": MONDAY + timedelta(days=13),
                    "start_time": NINE,
                    "end_time": HALF_PAST_TEN,
                },
            )

    def mark(self, day: date, sardor: str, sevara: str) -> None:
        town, session = self.site.world.tashkent, self.site.one(Session, date=day)
        marks = [
            {"student_id": town.student.student_id, "status": sardor},
            {"student_id": town.classmate.student_id, "status": sevara},
        ]
        with self.site.school.work(town.teacher) as uow:
            perform(uow, Session, "mark", session.id, {"marks": marks})

    def set_essay(self) -> None:
        town = self.site.world.tashkent
        with self.site.school.work(town.teacher) as uow:
            perform(
                uow,
                Assignment,
                "create",
                fields={"group_id": town.morning.id, "title": "Essay", "due_date": LESSONS[-1]},
            )

    def hand_in(self) -> None:
        work = self.site.one(Assignment)
        with self.site.school.work(self.site.world.sardor) as uow:
            file = uow.store_file(ESSAY.encode(), folder="submission-file", name="essay.txt")
            perform(uow, Submission, "create", fields={"assignment_id": work.id, "file": file})

    def grade_essay(self) -> None:
        handed_in = self.site.one(Submission)
        with self.site.school.work(self.site.world.timur) as uow:
            perform(uow, Submission, "update", handed_in.id, {"grade": Decimal(95), "feedback": "Excellent work!"})

    def examine(self) -> None:
        town = self.site.world.tashkent
        scores = ((town.student, 85), (town.classmate, 61))
        with self.site.school.work(town.teacher) as uow:
            exam = perform(
                uow,
                Exam,
                "create",
                fields={
                    "group_id": town.morning.id,
                    "title": "Final",
                    "exam_date": LESSONS[-1],
                    "start_time": time(11),
                    "end_time": time(12),
                    "total_points": 100,
                    "passing_score": 60,
                },
            )
            results = [{"student_id": student.student_id, "score": score} for student, score in scores]
            perform(uow, Exam, "record_results", exam.id, {"results": results})


@dataclass
class OverRest:
    """Calls the Center CRM as its clients do, in the words of its document."""

    site: LivePlatform

    def call(self, name: str, method: str, path: str, **options: Any) -> Any:
        """Sign in and send one request that must be granted."""
        return call_center_crm(self.site, name, method, path, **options)

    def plan_week(self) -> None:
        town = self.site.world.tashkent
        body = {"group": town.morning.id, "room": town.room.id, "weekdays": ["mon", "wed", "fri"]}
        body |= {"first_date": f"{MONDAY}", "last_date": f"{MONDAY + timedelta(days=13)}"}
        times = {"start_time": "09:00:00", "end_time": "10:30:00"}
        assert len(self.call("timur", "POST", "/lessons/series/", json=body | times)["lessons"]) == 6

    def mark(self, day: date, sardor: str, sevara: str) -> None:
        town = self.site.world.tashkent
        query = {"group": town.morning.id, "date_from": f"{day}", "date_to": f"{day}"}
        (lesson,) = self.call("timur", "GET", "/lessons/", params=query)["results"]
        marks = [
            {"student_id": town.student.student_id, "status": sardor.capitalize(), "notes": ""},
            {"student_id": town.classmate.student_id, "status": sevara.capitalize(), "notes": ""},
        ]
        body = {"lesson_id": lesson["id"], "attendance_data": marks}
        said = self.call("timur", "POST", "/attendance/bulk-mark/", json=body)
        assert said == {"status": "Marked 2 attendance records"}

    def set_essay(self) -> None:
        body = {"group": self.site.world.tashkent.morning.id, "title": "Essay", "due_date": f"{LESSONS[-1]}"}
        self.call("timur", "POST", "/assignments/", data=body)

    def hand_in(self) -> None:
        (essay,) = self.call("sardor", "GET", "/assignments/")["results"]
        file = {"submission_file": ("essay.txt", ESSAY.encode())}
        self.call("sardor", "POST", "/submissions/", data={"assignment": essay["id"]}, files=file)

    def grade_essay(self) -> None:
        (work,) = self.call("timur", "GET", "/submissions/")["results"]
        assert httpx.get(work["submission_file"], trust_env=False).text == ESSAY
        body = {"grade": 95, "feedback": "Excellent work!"}
        assert self.call("timur", "PUT", f"/submissions/{work['id']}/", json=body)["grade"] == 95

    def examine(self) -> None:
        town = self.site.world.tashkent
        body = {"group": town.morning.id, "title": "Final", "exam_date": f"{LESSONS[-1]}", "total_points": 100}
        body |= {"start_time": "11:00:00", "end_time": "12:00:00", "passing_score": 60}
        exam = self.call("timur", "POST", "/exams/", json=body)
        for student, score in ((town.student.student_id, 85), (town.classmate.student_id, 61)):
            result = {"exam": exam["id"], "student": student, "score": score}
            self.call("timur", "POST", "/exam-results/", json=result)


class InTheAdmin(AdminVisitor):
    """Clicks through the admin's pages as Timur."""

    def plan_week(self) -> None:
        self.visit("/series/create")
        self.choose("group_id", "Morning")
        self.choose("room_id", "101")
        for day in ("mon", "wed", "fri"):
            self.page.locator(f'input[name="weekdays"][value="{day}"]').check()
        fields = {"first_date": MONDAY, "last_date": MONDAY + timedelta(days=13)}
        for name, value in {**fields, "start_time": "09:00", "end_time": "10:30"}.items():
            self.page.locator(f"#q-{name}").fill(str(value))
        self.save()
        expect(self.page.get_by_text("Lessons planned: 6.")).to_be_visible()

    def mark(self, day: date, sardor: str, sevara: str) -> None:
        self.visit(f"/timetable?week={day}")
        session = self.site.one(Session, date=day)
        self.page.locator(f'a[href$="/session/{session.id}/marks"]').first.click()
        for name, status in (("Sardor", sardor), ("Sevara", sevara)):
            line = self.page.get_by_role("group", name=name)
            line.locator(f'input[value="{status}"]').check(force=True)
        self.save()

    def set_essay(self) -> None:
        self.visit("/assignment/create")
        self.choose("group_id", "Morning")
        self.page.locator("#q-title").fill("Essay")
        self.page.locator("#q-due_date").fill(str(LESSONS[-1]))
        self.save()

    def hand_in(self) -> None:
        OverRest(self.site).hand_in()

    def grade_essay(self) -> None:
        self.visit(f"/assignment/{self.site.one(Assignment).id}/work")
        line = self.page.get_by_role("group", name="Sardor")
        expect(line.get_by_role("link", name="essay.txt")).to_be_visible()
        line.locator('input[name^="grade-"]').fill("95")
        line.locator('[name^="feedback-"]').fill("Excellent work!")
        self.save()

    def examine(self) -> None:
        self.visit("/exam/create")
        self.choose("group_id", "Morning")
        self.page.locator("#q-title").fill("Final")
        answers = {"exam_date": LESSONS[-1], "start_time": "11:00", "end_time": "12:00"}
        for name, value in {**answers, "total_points": 100, "passing_score": 60}.items():
            self.page.locator(f"#q-{name}").fill(str(value))
        self.save()
        self.visit(f"/exam/{self.site.one(Exam).id}/results")
        for name, score in (("Sardor", "85"), ("Sevara", "61")):
            self.page.get_by_role("group", name=name).locator('input[name^="score-"]').fill(score)
        self.save()


# -- what is there afterwards --------------------------------------------------------------------------


def numbers(site: LivePlatform) -> dict[str, Any]:
    """Every report, by the library."""
    town = site.world.tashkent
    with site.school.work(town.director, read_only=True) as uow:
        report = group_report(uow, uow.get(Group, town.morning.id))
        done = teacher_performance(uow, uow.get(Teacher, town.teacher.teacher_id or 0))
        results = uow.find(ExamResult, order=("student_id",))
        (work,) = uow.find(Submission)
        return {
            "lessons": [(s.date, s.start_time, s.minutes, s.room_id) for s in uow.find(Session, order=("date",))],
            "marks": {(m.session_id, m.student_id): (m.status, m.teacher_id) for m in uow.find(Attendance)},
            "group": (report.students, report.sessions, dict(report.marks), report.rate),
            "sardor": attendance_counts(uow, student_id=town.student.student_id or 0),
            "teacher": (done.sessions, done.marks, done.assignments, done.exams),
            "essay": (work.student_id, work.grade, work.feedback, uow.ports.files.read(work.file or "")),
            "exam": [(r.student_id, r.score, r.grade, r.graded_by_id) for r in results],
        }


def reports_over_rest(site: LivePlatform) -> dict[str, Any]:
    """Every report, as the Center CRM's clients read it."""
    town, rest = site.world.tashkent, OverRest(site)
    group, sardor, teacher = town.morning.id, town.student.student_id, town.teacher.teacher_id
    return {
        "statistics": rest.call("dilshod", "GET", f"/groups/{group}/statistics/"),
        "report": rest.call("dilshod", "GET", f"/groups/{group}/attendance-report/"),
        "history": rest.call("sardor", "GET", f"/students/{sardor}/attendance-history/"),
        "performance": rest.call("timur", "GET", f"/teachers/{teacher}/performance/"),
        "results": [
            (row["student_name"], row["score"], row["grade"])
            for row in rest.call("dilshod", "GET", f"/exams/{site.one(Exam).id}/results/")
        ],
    }


EXPECTED = {
    "statistics": {
        "students_count": 2,
        "lessons_count": 6,
        "average_attendance": 66.7,
        "payment_status": {"total_payments": 0, "payment_count": 0},
    },
    "report": {"total_lessons": 6, "total_attendances": 6, "present_count": 4, "absent_count": 1, "late_count": 1},
    "history": [{"status": "Present", "count": 2}, {"status": "Absent", "count": 0}, {"status": "Late", "count": 1}],
    "performance": {
        "lessons_count": 6,
        "attendances_marked": 6,
        "assignments_given": 1,
        "exams_conducted": 1,
        "performance_rating": 4.5,
    },
    "results": [("Sardor", 85, "A"), ("Sevara", 61, "C")],
}


@pytest.fixture
def by_library(tmp_path: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The week as the library tells it, which the others are compared with."""
    folder = tmp_path / "library"
    folder.mkdir()
    with run_platform(folder) as told:
        tell(told, ByLibrary(told))
        yield numbers(told), reports_over_rest(told)


def test_the_week_over_rest(tmp_path: Path, by_library: tuple[dict[str, Any], dict[str, Any]]) -> None:
    with run_platform(tmp_path) as told:
        tell(told, OverRest(told))
        assert numbers(told) == by_library[0]
        assert reports_over_rest(told) == by_library[1] == EXPECTED


@needs_chromium
def test_the_week_in_the_admin(tmp_path: Path, by_library: tuple[dict[str, Any], dict[str, Any]]) -> None:
    with run_platform(tmp_path) as told, sync_playwright() as playwright:
        browser = open_browser(playwright)
        tell(told, InTheAdmin(told, "timur", browser.new_page(locale="en")))
        assert numbers(told) == by_library[0]
        assert reports_over_rest(told) == EXPECTED
        browser.close()

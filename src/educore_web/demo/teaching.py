"""Lessons, attendance, homework and exams of the last and the next weeks of the demo."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from educore import Actor, Role, UnitOfWork, perform, where
from educore.assessment import Assignment, AssignmentStatus, Exam, Submission
from educore.attendance import AttendanceStatus
from educore.groups import Enrollment, GroupStatus
from educore.people import Student, StudentStatus, Teacher
from educore.timetable import Series, Session
from educore.values import WEEKDAYS
from educore_web.demo.days import ZONE, Calendar
from educore_web.demo.plan_parts import CenterPlan, GroupPlan
from educore_web.demo.simulation import Event, Simulation, schedule_until

PAST, AHEAD = timedelta(days=42), timedelta(days=28)
LENGTH = timedelta(minutes=90)
HOURS = (time(9), time(10, 40), time(14), time(15, 40), time(17, 20), time(19))
PATTERNS = [(days, hour) for hour in HOURS for days in ("mon wed fri", "tue thu sat")]
TOPICS = ("Revision", "New words", "Practice", "Reading", "Test preparation", "Project work", "Discussion")
EXCUSES = ("Family event", "Doctor's appointment", "Competition")
REASONS = ("", "", "Did not answer the phone", "Ill")
ESSAY = "{title}\n\nBy {name}.\n\nThis is what I have learnt, in my own words.\n"
SUBMISSION_RATE = 0.8
"""Share of students who submit their homework."""


@dataclass(frozen=True)
class CourseSchedule:
    """The weekly lessons of one group from one day to another."""

    group: GroupPlan
    weekdays: str
    start: time
    first: date
    last: date

    @property
    def end(self) -> time:
        """Return the time at which a lesson ends."""
        return (datetime.combine(self.first, self.start) + LENGTH).time()

    def days(self) -> Iterator[date]:
        """Yield the days of the lessons."""
        dates = (self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1))
        return (day for day in dates if WEEKDAYS[day.weekday()] in self.weekdays)

    def end_on(self, day: date) -> datetime:
        """Return the instant at which the lesson of a day ends."""
        return datetime.combine(day, self.end, ZONE).astimezone(UTC)


class Teaching:
    """Lessons, homework and exams of one Center."""

    def __init__(self, simulation: Simulation, *, calendar: Calendar, rng: random.Random) -> None:
        self.simulation, self.calendar, self.rng = simulation, calendar, rng
        self.courses = list(_plan_courses(simulation.plan, calendar))
        self.sessions: dict[tuple[GroupPlan, date], int] = {}
        self.attendance_rates: defaultdict[int, float] = defaultdict(lambda: rng.betavariate(8, 1.6))
        self.used_rooms: set[tuple[int, str, time]] = set()

    def events(self) -> list[Event]:
        """Return all events, in no particular order."""
        events = list[Event]()
        schedule = schedule_until(events, until=self.calendar.office_time(self.calendar.last, hour=21))
        for course in self.courses:
            planned = max(course.group.opens, self.calendar.office_time(course.first - timedelta(days=6)))
            schedule(planned + timedelta(hours=1), self._schedule_lessons, course)
            past = [day for day in course.days() if day <= self.calendar.last]
            for day in past:
                schedule(course.end_on(day), self._mark_attendance, course, day)
            if len(past) > len(WEEKDAYS):
                self._plan_assessment(schedule, course, past)
        for course in self.rng.sample(self.courses, k=min(3, len(self.courses))):
            schedule(self.calendar.office_time(self.calendar.last, hour=18), self._cancel_next, course)
        return events

    def _plan_assessment(self, schedule: Callable[..., None], course: CourseSchedule, past: list[date]) -> None:
        begun, recent, later = past[len(past) // 3], past[-3], past[-2]
        shortly = timedelta(minutes=5)
        schedule(course.end_on(begun) + shortly, self._assign_homework, course, begun, begun + timedelta(days=7))
        schedule(course.end_on(recent) + shortly, self._assign_homework, course, recent, past[-1] + timedelta(days=6))
        schedule(course.end_on(begun), self._plan_exam, course, later)
        schedule(course.end_on(later) + timedelta(hours=1), self._grade_exam, course, later)

    # -- lessons ---------------------------------------------------------------------------------------

    def _schedule_lessons(self, course: CourseSchedule) -> None:
        series = perform(
            self.simulation.as_manager,
            Series,
            "create",
            fields={
                "group_id": self.simulation.ids[course.group],
                "weekdays": course.weekdays,
                "first_date": course.first,
                "last_date": course.last,
                "start_time": course.start,
                "end_time": course.end,
                "room_id": self._free_room(course),
            },
        )
        for session in self.simulation.as_manager.find(Session, where(series_id=series.id)):
            self.sessions[course.group, session.date] = session.id

    def _free_room(self, course: CourseSchedule) -> int | None:
        for room in self.simulation.rooms[course.group.branch]:
            if (room, course.weekdays, course.start) not in self.used_rooms:
                self.used_rooms.add((room, course.weekdays, course.start))
                return room
        return None

    def _mark_attendance(self, course: CourseSchedule, day: date) -> None:
        students = self._students(course.group)
        if students:
            marks = [{"student_id": id, **self._draw_mark(id)} for id in students]
            perform(self._teacher(course.group), Session, "mark", self.sessions[course.group, day], {"marks": marks})
            topic = self.rng.choice(TOPICS)
            perform(self._teacher(course.group), Session, "update", self.sessions[course.group, day], {"topic": topic})

    def _draw_mark(self, student: int) -> dict[str, Any]:
        chance = self.rng.random()
        if chance < self.attendance_rates[student]:
            return {"status": AttendanceStatus.PRESENT}
        if chance < self.attendance_rates[student] + 0.05:
            return {"status": AttendanceStatus.LATE, "notes": "Traffic"}
        if self.rng.random() < 0.3:
            return {"status": AttendanceStatus.EXCUSED, "notes": self.rng.choice(EXCUSES)}
        return {"status": AttendanceStatus.ABSENT, "notes": self.rng.choice(REASONS)}

    def _cancel_next(self, course: CourseSchedule) -> None:
        ahead = [day for day in course.days() if day > self.calendar.last]
        if len(ahead) > 1 and (course.group, ahead[1]) in self.sessions:
            perform(self.simulation.as_director, Session, "cancel", self.sessions[course.group, ahead[1]])
            perform(self.simulation.as_director, Session, "link", self.sessions[course.group, ahead[0]])

    # -- work and exams --------------------------------------------------------------------------------

    def _assign_homework(self, course: CourseSchedule, day: date, due: date) -> None:
        teacher, title = self._teacher(course.group), f"{course.group.course.name}: homework of {day:%d.%m}"
        description = "Do the exercises of the last lesson and hand them in as one file."
        fields: dict[str, Any] = {"title": title, "description": description, "due_date": due}
        assignment = perform(
            teacher, Assignment, "create", fields={"group_id": self.simulation.ids[course.group], **fields}
        )
        if course.group.teacher is self.simulation.first_teacher:
            self._submit_homework(course, assignment, is_over=due <= self.calendar.last)

    def _submit_homework(self, course: CourseSchedule, assignment: Assignment, *, is_over: bool) -> None:
        """Submit and grade homework, as an example in the groups of the teacher with a demo account."""
        teacher = self._teacher(course.group)
        for id in self._students(course.group):
            if self.rng.random() > SUBMISSION_RATE:
                continue
            student = self._acting_student(id)
            text = ESSAY.format(title=assignment.title, name=f"student {id}").encode()
            file = student.store_file(text, folder="submission-file", name=f"homework-{id}.txt")
            work = perform(student, Submission, "create", fields={"assignment_id": assignment.id, "file": file})
            if is_over:
                grade = Decimal(self.rng.randint(55, 100))
                feedback = "Good work." if grade > 80 else ""
                perform(teacher, Submission, "update", work.id, {"grade": grade, "feedback": feedback})
        if is_over:
            perform(teacher, Assignment, "update", assignment.id, {"status": AssignmentStatus.CLOSED})

    def _plan_exam(self, course: CourseSchedule, day: date) -> None:
        fields: dict[str, Any] = {"exam_date": day, "start_time": course.start, "end_time": course.end}
        fields |= {"title": f"{course.group.course.name}: test", "total_points": 100, "passing_score": 60}
        exam = perform(
            self._teacher(course.group),
            Exam,
            "create",
            fields={"group_id": self.simulation.ids[course.group], **fields},
        )
        self.simulation.ids["exam", course.group] = exam.id

    def _grade_exam(self, course: CourseSchedule, day: date) -> None:
        students = self._students(course.group)
        if students:
            results = [{"student_id": id, "score": self._score(id)} for id in students]
            exam = self.simulation.ids["exam", course.group]
            perform(self._teacher(course.group), Exam, "record_results", exam, {"results": results})

    def _score(self, student: int) -> Decimal:
        """Draw a score that is higher for students who attend more often."""
        return Decimal(round(min(100, max(20, self.rng.gauss(40 + 45 * self.attendance_rates[student], 12)))))

    # -- people ----------------------------------------------------------------------------------------

    def _students(self, group: GroupPlan) -> list[int]:
        enrolled = where(
            left_on__isnull=True, student__status=StudentStatus.ACTIVE, group_id=self.simulation.ids[group]
        )
        return [enrollment.student_id for enrollment in self.simulation.as_manager.find(Enrollment, enrolled)]

    def _teacher(self, group: GroupPlan) -> UnitOfWork:
        assert group.teacher is not None  # noqa: S101 - a planned group has one
        teacher = self.simulation.as_director.get(Teacher, self.simulation.ids[group.teacher])
        actor = Actor(Role.TEACHER, user_id=teacher.user_id, center_id=teacher.center_id, teacher_id=teacher.id)
        return self.simulation.superadmin.as_actor(actor)

    def _acting_student(self, id: int) -> UnitOfWork:
        student = self.simulation.as_director.get(Student, id)
        actor = Actor(Role.STUDENT, user_id=student.user_id, center_id=student.center_id, student_id=student.id)
        return self.simulation.superadmin.as_actor(actor)


def _plan_courses(plan: CenterPlan, calendar: Calendar) -> Iterator[CourseSchedule]:
    """Yield the lessons of every group in these weeks; the groups of a teacher never meet at the same time."""
    patterns = {teacher: number for number, teacher in enumerate(plan.teachers)}
    open_branches = len(plan.sketch.branches) - plan.sketch.closes_last_branch
    for group in plan.groups:
        last = min(group.ends_on, calendar.last + AHEAD)
        if group.status_changes_at is not None and group.status is not GroupStatus.ACTIVE:
            last = min(last, group.status_changes_at.date() - timedelta(days=1))
        first = max(group.starts_on, calendar.last - PAST)
        if group.teacher is None or first > last or group.branch >= open_branches:
            continue
        patterns[group.teacher] += 5
        course = CourseSchedule(group, *PATTERNS[patterns[group.teacher] % len(PATTERNS)], first, last)
        if next(course.days(), None) is not None:
            yield course

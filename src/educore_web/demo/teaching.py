"""What is taught in the last weeks of the demonstration and the next ones: lessons, marks, work and exams."""

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
from educore_web.demo.plan import CenterPlan, GroupPlan
from educore_web.demo.story import Happening, Story, noted_in

PAST, AHEAD = timedelta(days=42), timedelta(days=28)
LENGTH = timedelta(minutes=90)
HOURS = (time(9), time(10, 40), time(14), time(15, 40), time(17, 20), time(19))
PATTERNS = [(days, hour) for hour in HOURS for days in ("mon wed fri", "tue thu sat")]
TOPICS = ("Revision", "New words", "Practice", "Reading", "Test preparation", "Project work", "Discussion")
EXCUSES = ("Family event", "Doctor's appointment", "Competition")
REASONS = ("", "", "Did not answer the phone", "Ill")
ESSAY = "{title}\n\nBy {name}.\n\nThis is what I have learnt, in my own words.\n"
DONE = 0.8
"""How many students hand in their work."""


@dataclass(frozen=True)
class Course:
    """The lessons of one group in these weeks."""

    group: GroupPlan
    weekdays: str
    start: time
    first: date
    last: date

    @property
    def end(self) -> time:
        """When a lesson ends."""
        return (datetime.combine(self.first, self.start) + LENGTH).time()

    def days(self) -> Iterator[date]:
        """The days on which there is a lesson."""
        every = (self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1))
        return (day for day in every if WEEKDAYS[day.weekday()] in self.weekdays)

    def over(self, day: date) -> datetime:
        """The moment the lesson of a day ends."""
        return datetime.combine(day, self.end, ZONE).astimezone(UTC)


class Teaching:
    """The lessons of one Center, told after its story by the same units of work."""

    def __init__(self, story: Story, *, calendar: Calendar, rng: random.Random) -> None:
        self.story, self.calendar, self.rng = story, calendar, rng
        self.courses = list(_courses(story.plan, calendar))
        self.sessions: dict[tuple[GroupPlan, date], int] = {}
        self.reliable: defaultdict[int, float] = defaultdict(lambda: rng.betavariate(8, 1.6))
        self.taken: set[tuple[int, str, time]] = set()

    def happenings(self) -> list[Happening]:
        """Everything that happens and when."""
        found = list[Happening]()
        at = noted_in(found, until=self.calendar.at_work(self.calendar.last, hour=21))
        for course in self.courses:
            planned = max(course.group.opens, self.calendar.at_work(course.first - timedelta(days=6)))
            at(planned + timedelta(hours=1), self._plan, course)
            past = [day for day in course.days() if day <= self.calendar.last]
            for day in past:
                at(course.over(day), self._mark, course, day)
            if len(past) > len(WEEKDAYS):
                self._plan_work(at, course, past)
        for course in self.rng.sample(self.courses, k=min(3, len(self.courses))):
            at(self.calendar.at_work(self.calendar.last, hour=18), self._cancel_next, course)
        return found

    def _plan_work(self, at: Callable[..., None], course: Course, past: list[date]) -> None:
        begun, recent, later = past[len(past) // 3], past[-3], past[-2]
        shortly = timedelta(minutes=5)
        at(course.over(begun) + shortly, self._give_work, course, begun, begun + timedelta(days=7))
        at(course.over(recent) + shortly, self._give_work, course, recent, past[-1] + timedelta(days=6))
        at(course.over(begun), self._plan_exam, course, later)
        at(course.over(later) + timedelta(hours=1), self._grade_exam, course, later)

    # -- lessons ---------------------------------------------------------------------------------------

    def _plan(self, course: Course) -> None:
        series = perform(
            self.story.as_manager,
            Series,
            "create",
            group_id=self.story.ids[course.group],
            weekdays=course.weekdays,
            first_date=course.first,
            last_date=course.last,
            start_time=course.start,
            end_time=course.end,
            room_id=self._free_room(course),
        )
        for session in self.story.as_manager.find(Session, where(series_id=series.id)):
            self.sessions[course.group, session.date] = session.id

    def _free_room(self, course: Course) -> int | None:
        for room in self.story.rooms[course.group.branch]:
            if (room, course.weekdays, course.start) not in self.taken:
                self.taken.add((room, course.weekdays, course.start))
                return room
        return None

    def _mark(self, course: Course, day: date) -> None:
        students = self._students(course.group)
        if students:
            marks = [{"student_id": id, **self._came(id)} for id in students]
            perform(self._teacher(course.group), Session, "mark", self.sessions[course.group, day], marks=marks)
            topic = self.rng.choice(TOPICS)
            perform(self._teacher(course.group), Session, "update", self.sessions[course.group, day], topic=topic)

    def _came(self, student: int) -> dict[str, Any]:
        chance = self.rng.random()
        if chance < self.reliable[student]:
            return {"status": AttendanceStatus.PRESENT}
        if chance < self.reliable[student] + 0.05:
            return {"status": AttendanceStatus.LATE, "notes": "Traffic"}
        if self.rng.random() < 0.3:
            return {"status": AttendanceStatus.EXCUSED, "notes": self.rng.choice(EXCUSES)}
        return {"status": AttendanceStatus.ABSENT, "notes": self.rng.choice(REASONS)}

    def _cancel_next(self, course: Course) -> None:
        ahead = [day for day in course.days() if day > self.calendar.last]
        if len(ahead) > 1 and (course.group, ahead[1]) in self.sessions:
            perform(self.story.as_director, Session, "cancel", self.sessions[course.group, ahead[1]])
            perform(self.story.as_director, Session, "link", self.sessions[course.group, ahead[0]])

    # -- work and exams --------------------------------------------------------------------------------

    def _give_work(self, course: Course, day: date, due: date) -> None:
        teacher, title = self._teacher(course.group), f"{course.group.course.name}: homework of {day:%d.%m}"
        description = "Do the exercises of the last lesson and hand them in as one file."
        fields: dict[str, Any] = {"title": title, "description": description, "due_date": due}
        given = perform(teacher, Assignment, "create", group_id=self.story.ids[course.group], **fields)
        if course.group.teacher is self.story.first_teacher:
            self._hand_in(course, given, is_over=due <= self.calendar.last)

    def _hand_in(self, course: Course, given: Assignment, *, is_over: bool) -> None:
        """The group of the first teacher shows what handing in and grading look like."""
        teacher = self._teacher(course.group)
        for id in self._students(course.group):
            if self.rng.random() > DONE:
                continue
            student = self._acting_student(id)
            text = ESSAY.format(title=given.title, name=f"student {id}").encode()
            file = student.store_file(text, folder="submission-file", name=f"homework-{id}.txt")
            work = perform(student, Submission, "create", assignment_id=given.id, file=file)
            if is_over:
                grade = Decimal(self.rng.randint(55, 100))
                feedback = "Good work." if grade > 80 else ""
                perform(teacher, Submission, "update", work.id, grade=grade, feedback=feedback)
        if is_over:
            perform(teacher, Assignment, "update", given.id, status=AssignmentStatus.CLOSED)

    def _plan_exam(self, course: Course, day: date) -> None:
        fields: dict[str, Any] = {"exam_date": day, "start_time": course.start, "end_time": course.end}
        fields |= {"title": f"{course.group.course.name}: test", "total_points": 100, "passing_score": 60}
        exam = perform(self._teacher(course.group), Exam, "create", group_id=self.story.ids[course.group], **fields)
        self.story.ids["exam", course.group] = exam.id

    def _grade_exam(self, course: Course, day: date) -> None:
        students = self._students(course.group)
        if students:
            results = [{"student_id": id, "score": self._score(id)} for id in students]
            exam = self.story.ids["exam", course.group]
            perform(self._teacher(course.group), Exam, "record_results", exam, results=results)

    def _score(self, student: int) -> Decimal:
        """Who comes more often knows more."""
        return Decimal(round(min(100, max(20, self.rng.gauss(40 + 45 * self.reliable[student], 12)))))

    # -- people ----------------------------------------------------------------------------------------

    def _students(self, group: GroupPlan) -> list[int]:
        seated = where(left_on__isnull=True, student__status=StudentStatus.ACTIVE, group_id=self.story.ids[group])
        return [place.student_id for place in self.story.as_manager.find(Enrollment, seated)]

    def _teacher(self, group: GroupPlan) -> UnitOfWork:
        assert group.teacher is not None  # noqa: S101 - a planned group has one
        teacher = self.story.as_director.get(Teacher, self.story.ids[group.teacher])
        me = Actor(Role.TEACHER, user_id=teacher.user_id, center_id=teacher.center_id, teacher_id=teacher.id)
        return self.story.superadmin.as_actor(me)

    def _acting_student(self, id: int) -> UnitOfWork:
        student = self.story.as_director.get(Student, id)
        me = Actor(Role.STUDENT, user_id=student.user_id, center_id=student.center_id, student_id=student.id)
        return self.story.superadmin.as_actor(me)


def _courses(plan: CenterPlan, calendar: Calendar) -> Iterator[Course]:
    """Every group that meets in these weeks, each teacher's at hours of their own."""
    taught = {teacher: number for number, teacher in enumerate(plan.teachers)}
    open_branches = len(plan.sketch.branches) - plan.sketch.closes_last_branch
    for group in plan.groups:
        last = min(group.ends_on, calendar.last + AHEAD)
        if group.settles is not None and group.status is not GroupStatus.ACTIVE:
            last = min(last, group.settles.date() - timedelta(days=1))
        first = max(group.starts_on, calendar.last - PAST)
        if group.teacher is None or first > last or group.branch >= open_branches:
            continue
        taught[group.teacher] += 5
        course = Course(group, *PATTERNS[taught[group.teacher] % len(PATTERNS)], first, last)
        if next(course.days(), None) is not None:
            yield course

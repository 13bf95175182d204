"""The life of a school: its structure, its people, and the pupils of the current year, by use cases."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from educore import Actor, FixedClock, Role, UnitOfWork, perform
from educore.courses import Course
from educore.groups import create_group, enroll_in_class, register_student
from educore.identity import Membership
from educore.organization import Center, CenterKind, Room, create_branch
from educore.people import link_guardian, register_director, register_staff, register_teacher
from educore.schooling import AcademicYear, EducationStage, GradeLevel, add_year, set_curriculum
from educore.values import Region
from educore_web.demo.days import SUNDAY, Calendar
from educore_web.demo.moroccans import Moroccans
from educore_web.demo.people import Person
from educore_web.demo.school_homework import CLASSES_WITH_HOMEWORK, SchoolHomework
from educore_web.demo.school_lessons import SchoolLessons
from educore_web.demo.school_rewards import add_badges, reward_homework
from educore_web.demo.school_sketches import CASABLANCA, RABAT, SPECIAL_ROOMS, SchoolSketch
from educore_web.demo.school_weeks import (
    ALL_HOURS,
    CLASSES_WITH_REGISTERS,
    HOURS,
    ClassPlan,
    Hour,
    SchoolWeeks,
    plan_hours,
)
from educore_web.demo.simulation import PASSWORDS, Event

REGION = Region("MA", "Africa/Casablanca", "MAD")
"""The region of the schools."""

ZONE = ZoneInfo(REGION.time_zone)
DOMAIN = "madrasti.ma"
LATE = 0.04
"""The part of the pupils who come after the year has begun, if it is old enough."""

ROLES = {
    "admin": Role.DIRECTOR,
    "teacher": Role.TEACHER,
    "student": Role.STUDENT,
    "parent": Role.PARENT,
    "staff": Role.STAFF,
    "driver": Role.DRIVER,
}
"""The roles of the demo accounts, by the names of Madrasti."""


def list_school_accounts(schools: Iterable[SchoolSketch] = (CASABLANCA, RABAT)) -> list[tuple[str, str]]:
    """Return the e-mail address and the password of the demo accounts of schools."""
    named = [item for sketch in schools for item in sketch.accounts.items()]
    return [(f"{local}@{DOMAIN}", password_of(word)) for word, local in named]


def password_of(word: str) -> str:
    """Return the password of everybody with a role of Madrasti; directors are admins there."""
    return PASSWORDS[Role.ADMIN if word == "admin" else ROLES[word]]


@dataclass(frozen=True)
class SchoolYear:
    """A school year, from its first day of school to its last."""

    starts: date
    ends: date

    @classmethod
    def at(cls, day: date) -> SchoolYear:
        """Return the year that is the current one on a day: it begins in September."""
        first = day.year if day.month >= 9 else day.year - 1
        return cls(date(first, 9, 5), date(first + 1, 7, 5))

    @classmethod
    def of_weeks(cls, weeks: int, *, last: date) -> SchoolYear:
        """Return the year whose so many weeks of school end with that of a day, but for one more week."""
        begins = last - timedelta(days=last.weekday(), weeks=weeks - 1)
        return cls(begins, begins + timedelta(weeks=weeks + 1, days=-3))

    @property
    def first(self) -> int:
        """Return the calendar year in which it begins."""
        return self.starts.year

    @property
    def opens(self) -> date:
        """Return the first day of registration."""
        return self.starts - timedelta(days=56)

    def before(self) -> SchoolYear:
        """Return the year before."""
        return SchoolYear(*(day.replace(year=day.year - 1, day=min(day.day, 28)) for day in (self.starts, self.ends)))

    def fields(self) -> dict[str, Any]:
        """Return the fields of its row."""
        return {
            "year": f"{self.first}-{self.first + 1}",
            "start_date": self.starts,
            "end_date": self.ends,
            "registration_start": self.opens,
            "registration_end": self.starts + timedelta(days=25),
        }


@dataclass(frozen=True)
class FamilyPlan:
    """The guardians with what they are to the children, and the children with the grade and place of their class."""

    guardians: list[tuple[str, Person]]
    children: list[tuple[Person, tuple[int, int]]]


class SchoolSimulation:
    """The simulation of one school, through the unit of work of a superadmin and a clock that is set for each event."""

    def __init__(
        self, sketch: SchoolSketch, *, superadmin: UnitOfWork, clock: FixedClock, calendar: Calendar, people: Moroccans
    ) -> None:
        self.sketch, self.superadmin, self.clock = sketch, superadmin, clock
        self.people, self.rng = people, people.rng
        self.calendar, self.year = calendar, SchoolYear.at(calendar.last)
        if sketch.weeks:
            self.year = SchoolYear.of_weeks(sketch.weeks, last=calendar.last)
        self.as_director = self.as_clerk = superadmin
        self.center_id = self.branch_id = 0
        self.grades: dict[int, int] = {}
        self.rooms: list[int] = []
        self.teachers: list[int] = []
        self.courses: list[int] = []
        self.classes: dict[tuple[int, int], int] = {}

    def events(self) -> Iterator[Event]:
        """Yield all events: the opening, the teachers, the new year, and the families that come."""
        opening, year = self.calendar.first, self.year
        for place, action in enumerate((self._open, self._furnish, self._appoint_office, self._describe_teaching)):
            yield at_school(opening, 20 * place), action
        for place, person in enumerate(self._create_people("teacher", self.sketch.teachers)):
            yield at_school(opening, 80 + 5 * place), partial(self._hire_teacher, place, person)
        yield at_school(year.opens, 0), self._open_year
        for plan in self._plan_families():
            yield self._visit(), partial(self._register_family, plan)
        yield from self._plan_weeks()

    # -- the school ------------------------------------------------------------------------------------

    def _open(self) -> None:
        sketch = self.sketch
        names = ("handle", "address", "city", "region", "postal_code", "phone", "email", "website", "license_number")
        fields = {name: getattr(sketch, name) for name in (*names, "opened_at", "description")}
        fields |= {
            "kind": CenterKind.SCHOOL,
            "student_capacity": len(sketch.grades) * len(sketch.sections) * sketch.capacity,
        }
        self.center_id = perform(
            self.superadmin, Center, "create", fields={**sketch.names.fields(), **fields, **asdict(REGION)}
        ).id
        (person,) = self._create_people("admin", 1)
        account = person.account(password_of("admin"))
        head = register_director(self.superadmin, account=account, center_id=self.center_id)
        self.as_director = self._as_member(head)
        self.branch_id = create_branch(self.as_director, name=sketch.city, address=sketch.address).id
        add_badges(self.as_director)

    def _furnish(self) -> None:
        """Add a classroom for each class, and the rooms that every school has."""
        for place in range(len(self.sketch.grades) * len(self.sketch.sections)):
            floor, door = divmod(place, 8)
            number = f"{floor}{door + 1:02}"
            names = {"name": f"Room {number}", "number": number, "building": "A"}
            self.rooms.append(self._add_room(**names, floor=floor, equipment="Whiteboard, projector"))
        for place, (name, kind, equipment) in enumerate(SPECIAL_ROOMS, start=1):
            self._add_room(name=name, number=f"B{place:02}", building="B", floor=0, type=kind, equipment=equipment)

    def _add_room(self, **fields: Any) -> int:
        usual = {"branch_id": self.branch_id, "capacity": self.sketch.capacity}
        return perform(self.as_director, Room, "create", fields={**usual, **fields}).id

    def _appoint_office(self) -> None:
        for word, count in (("staff", self.sketch.clerks), ("driver", self.sketch.drivers)):
            for person in self._create_people(word, count):
                account = person.account(password_of(word))
                member = register_staff(self.as_director, account=account, role=ROLES[word])
                if member.role is Role.STAFF:
                    self.as_clerk = self._as_member(member)

    def _describe_teaching(self) -> None:
        """Add the year before, the stages with their grade levels, and the subjects of each of these."""
        clerk = self.as_clerk
        add_year(clerk, **self.year.before().fields(), is_current=True)
        for position, stage in enumerate(self.sketch.stages, start=1):
            fields = {**stage.names.fields(), **stage.ages, "stage": stage.stage, "position": position}
            row = perform(clerk, EducationStage, "create", fields=fields)
            for number, names in enumerate(stage.grades, start=stage.first):
                grade = {**names.fields(), "stage_id": row.id, "number": number}
                self.grades[number] = perform(clerk, GradeLevel, "create", fields=grade).id
        for subject in self.sketch.subjects:
            fields = {name: getattr(subject, name) for name in ("code", "color", "icon")}
            course = perform(clerk, Course, "create", fields={**subject.names.fields(), **fields})
            self.courses.append(course.id)
            taught = [id for number, id in self.grades.items() if subject.first <= number <= subject.last]
            set_curriculum(clerk, course, other_ids=taught)

    def _open_year(self) -> None:
        """Make the year the current one, and open its classes, each with a class teacher and a classroom."""
        year: AcademicYear = add_year(self.as_clerk, **self.year.fields(), is_current=True)
        shift = (self._named_grade - self.sketch.grades[0]) * len(self.sketch.sections)
        every_class = itertools.product(self.sketch.grades, enumerate(self.sketch.sections))
        for place, (number, (in_grade, section)) in enumerate(every_class):
            made = create_group(
                self.as_clerk,
                grade_level_id=self.grades[number],
                academic_year_id=year.id,
                section=section,
                teacher_id=self.teachers[place - shift],
                room_id=self.rooms[place],
                capacity=self.sketch.capacity,
            )
            self.classes[number, in_grade] = made.id

    def _plan_weeks(self) -> Iterator[Event]:
        """Yield the opening of the timetables, and the registers of the last school days that are not kept in bulk."""
        rng = random.Random(f"{self.sketch.handle} weeks")  # noqa: S311 - made-up absences need no secrecy
        year, is_large = (self.year.starts, self.year.ends), bool(self.sketch.weeks)
        weeks = SchoolWeeks(rng=rng, last=self.calendar.last, year=year, whole_year=is_large)
        if not weeks.is_open:
            return
        hours = dict[int, list[Hour]]()
        for place in range(len(self.sketch.grades) * len(self.sketch.sections)):
            when = at_school(weeks.first - timedelta(days=2), 9 * 60 + place)
            yield when, partial(self._open_timetable, weeks, hours, place)
        if is_large:
            return
        for place, day in itertools.product(range(CLASSES_WITH_REGISTERS), weeks.register_days()):
            yield at_school(day, 5 * 60 + place), partial(self._keep_register, weeks, place, day)

        if days := weeks.register_days():
            yield at_school(days[-1], 7 * 60), partial(self._look_after_flags, weeks)
            yield from self._plan_homework(days)

    def _plan_homework(self, days: Sequence[date]) -> Iterator[Event]:
        """Yield the homework of some classes: set, answered a day later, graded, and set again."""
        rng = random.Random(f"{self.sketch.handle} homework")  # noqa: S311 - made-up answers need no secrecy
        homework, lessons = SchoolHomework(self.superadmin, rng), SchoolLessons(self.superadmin, rng)
        begun, answered, graded, last = (days[max(place - len(days), -len(days))] for place in (6, 7, 8, 9))
        for place in range(CLASSES_WITH_HOMEWORK):
            for day, is_answered in ((begun, True), (last, False)):
                due_at = at_school((answered if is_answered else last) + timedelta(days=3), 10 * 60)
                act = partial(self._set_homework, homework, place, due_at=due_at, is_answered=is_answered)
                yield at_school(day, 8 * 60 + place), act
            yield at_school(begun, 7 * 60 + place), partial(self._write_lessons, lessons, place)
            yield at_school(answered, 8 * 60 + place), partial(self._do_homework, lessons.learn, place)
            yield at_school(answered, 9 * 60 + place), partial(self._do_homework, homework.hand_in, place)
            yield at_school(graded, 9 * 60 + place), partial(self._do_homework, homework.grade, place)

    def _set_homework(self, homework: SchoolHomework, place: int, *, due_at: datetime, is_answered: bool) -> None:
        group = self._classes_with_registers()[place]
        (plan,) = (plan for plan in self._class_plans() if plan.group == group)
        homework.set(group, plan.courses[0], due_at=due_at, is_answered=is_answered)

    def _write_lessons(self, lessons: SchoolLessons, place: int) -> None:
        group = self._classes_with_registers()[place]
        (plan,) = (plan for plan in self._class_plans() if plan.group == group)
        lessons.write(group, plan.courses[0])

    def _do_homework(self, act: Callable[[int], None], place: int) -> None:
        act(self._classes_with_registers()[place])
        reward_homework(self.as_director)

    def _look_after_flags(self, weeks: SchoolWeeks) -> None:
        weeks.look_after_flags(self.as_clerk)

    def _open_timetable(self, weeks: SchoolWeeks, hours: dict[int, list[Hour]], place: int) -> None:
        """Open the timetable of one class; the first one plans the hours of all."""
        classes = self._class_plans()
        if not hours:
            subjects = self.sketch.subjects
            teachers = {course: self.teachers[place :: len(subjects)] for place, course in enumerate(self.courses)}
            hours |= plan_hours(classes, teachers, hours=ALL_HOURS if self.sketch.weeks else HOURS)
        weeks.open_timetable(self.as_clerk, classes[place], hours[classes[place].group])

    def _class_plans(self) -> list[ClassPlan]:
        subjects = list(zip(self.sketch.subjects, self.courses, strict=True))
        return [
            ClassPlan(group, room, [course for subject, course in subjects if subject.first <= grade <= subject.last])
            for ((grade, _), group), room in zip(self.classes.items(), self.rooms, strict=False)
        ]

    def _keep_register(self, weeks: SchoolWeeks, place: int, day: date) -> None:
        weeks.keep_register(self.as_clerk, self._classes_with_registers()[place], day)

    def _classes_with_registers(self) -> list[int]:
        """Return the classes whose registers are kept: that of the pupil with a demo account, and the next ones."""
        classes = list(self.classes.values())
        named = list(self.classes).index((self._named_grade, 0))
        return [classes[(named + place) % len(classes)] for place in range(CLASSES_WITH_REGISTERS)]

    # -- people ----------------------------------------------------------------------------------------

    def _hire_teacher(self, place: int, person: Person) -> None:
        subject = self.sketch.subjects[place % len(self.sketch.subjects)]
        made = register_teacher(
            self.as_director,
            account=person.account(password_of("teacher")),
            branch_id=self.branch_id,
            specialization=subject.names.french,
            qualification="Master" if place % 3 else "Agrégation",
            hire_date=self.sketch.opened_at + timedelta(days=self.rng.randrange(3000)),
        )
        self.teachers.append(made.id)

    def _register_family(self, plan: FamilyPlan) -> None:
        """Register the guardians and the children of a family, link them, and enroll each child in a class."""
        guardians: list[dict[str, Any]] = []
        for relationship, person in plan.guardians:
            account = person.account(password_of("parent"))
            member = register_staff(self.as_director, account=account, role=Role.PARENT)
            guardians.append({"guardian_id": member.user_id, "relationship": relationship})
        _, parent = plan.guardians[0]
        contact: dict[str, Any] = {
            "parent_name": f"{parent.first_name} {parent.last_name}",
            "parent_phone": parent.phone,
        }
        for person, place in plan.children:
            account = person.account(password_of("student"))
            student = register_student(self.as_director, account=account, branch_id=self.branch_id, **contact)
            for guardian in guardians:
                link_guardian(self.as_clerk, student_id=student.id, **guardian)
            first_day = max(self.year.starts, student.enrollment_date)
            group = self.classes[place]
            enroll_in_class(self.as_clerk, group_id=group, student_id=student.id, enrolled_on=first_day)

    # -- plans -----------------------------------------------------------------------------------------

    @property
    def _named_grade(self) -> int:
        """Return the grade of the pupil who has a demo account."""
        return self.sketch.grades[len(self.sketch.grades) // 3]

    def _create_people(self, word: str, count: int) -> list[Person]:
        """Create people with a role; the first one has the demo account of the role, if there is one."""
        people = [self.people.create_adult() for _ in range(count)]
        return [self._name(word, people[0]), *people[1:]] if people else []

    def _name(self, word: str, person: Person) -> Person:
        """Return a person with the e-mail address of the demo account of a role, by which they also sign in."""
        if word not in self.sketch.accounts:
            return person
        email = f"{self.sketch.accounts[word]}@{DOMAIN}"
        return replace(person, username=email, email=email)

    def _plan_families(self) -> Iterator[FamilyPlan]:
        """Yield families until the school has its pupils, who fill the classes of a grade evenly."""
        sections, pupils = len(self.sketch.sections), Counter[int]()
        grades = [self._named_grade]
        while (missing := self.sketch.pupils - pupils.total()) > 0:
            is_first = not pupils
            family = self.people.create_family(grades=grades, first_year=self.year.first, children=missing)
            guardians, children = list(family.guardians), []
            for person, grade in family.children:
                children.append(
                    (self._name("student", person) if is_first else person, (grade, pupils[grade] % sections))
                )
                pupils[grade] += 1
            if is_first:
                guardians[0] = (guardians[0][0], self._name("parent", guardians[0][1]))
            yield FamilyPlan(guardians, children)
            grades = [grade for grade in self.sketch.grades if pupils[grade] < sections * self.sketch.capacity]

    def _visit(self) -> datetime:
        """Return a time at which a family comes: before the year begins, or for some in its first weeks."""
        begins, last = self.year.starts, self.calendar.last
        weeks = min((last - begins).days, 40)
        if weeks > 5 and self.rng.random() < LATE:
            day = begins + timedelta(days=1 + self.rng.randrange(weeks - 1))
        else:
            day = self.year.opens + timedelta(days=1 + self.rng.randrange(50))
        return at_school(day, self.rng.randrange(8 * 60))

    def _as_member(self, member: Membership) -> UnitOfWork:
        return self.superadmin.as_actor(
            Actor(member.role, member.user_id, member.id, member.center_id, school_id=member.center_id)
        )


def at_school(day: date, minutes: int) -> datetime:
    """Return an instant so many minutes after eight o'clock in the school, on the Saturday before a Sunday."""
    if day.weekday() == SUNDAY:
        day -= timedelta(days=1)
    return datetime.combine(day, time(8), ZONE).astimezone(UTC) + timedelta(minutes=minutes)

"""The plan of one Center: its people and groups over fourteen months, made before anything is stored.

Nothing here touches a store, so the same seed and day always give the same plan.
"""

from __future__ import annotations

import math
import random
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from educore.groups import GroupStatus
from educore.people import StudentStatus
from educore_web.demo.days import Calendar
from educore_web.demo.people import People, Person
from educore_web.demo.places import ENGLISH, CenterSketch, CourseSketch
from educore_web.demo.plan_parts import CenterPlan, GroupPlan, StudentPlan, TeacherPlan

T = TypeVar("T")
LEVELS = ("A1", "A2", "B1", "B2", "C1")
SCHOOL_AGE = 18
BRANCH_CLOSED_DAYS_AGO = 60
MOST_STUDENTS = 5_000
"""The largest plan, because its students are created one by one; `bulk.enlarge` adds more."""

SMALLEST_GROUP, SEATS_A_STUDENT = 10, 4


def plan_center(sketch: CenterSketch, *, calendar: Calendar, rng: random.Random, people: People) -> CenterPlan:
    """Make the plan of one Center. Raises: ValueError that says what to change in the sketch."""
    _require_possible(sketch)
    return _Planner(sketch, calendar, rng, people).plan()


def _require_possible(sketch: CenterSketch) -> None:
    """Refuse a sketch for which there is no plan. Raises: ValueError."""
    seats = sketch.groups * max(sketch.capacities, default=0)
    faults = {
        f"make every capacity at least {SMALLEST_GROUP}": min(sketch.capacities, default=0) < SMALLEST_GROUP,
        "leave at least two groups running": not 0 <= sketch.completed <= sketch.groups - 2,
        "have a branch that stays open": len(sketch.branches) <= sketch.closes_last_branch,
        "have a teacher for every course, and no more teachers than students": not (
            len(sketch.courses) <= sketch.teachers <= sketch.students
        ),
        f"have 1 to {MOST_STUDENTS:,} students; `enlarge` adds others": not 1 <= sketch.students <= MOST_STUDENTS,
        f"have more seats in the groups than students, but not over {SEATS_A_STUDENT} for each": not (
            sketch.students < seats <= SEATS_A_STUDENT * sketch.students
        ),
    }
    if any(faults.values()):
        raise ValueError(f"{sketch.name}: {'; '.join(advice for advice, applies in faults.items() if applies)}")


class _Planner:
    def __init__(self, sketch: CenterSketch, calendar: Calendar, rng: random.Random, people: People) -> None:
        self.sketch, self.rng, self.people = sketch, rng, people
        self.calendar = calendar = calendar.starting_later(timedelta(days=sketch.joins_after_days))
        self.closing = calendar.last - timedelta(days=BRANCH_CLOSED_DAYS_AGO) if sketch.closes_last_branch else None
        self.open_branches = len(sketch.branches) - sketch.closes_last_branch

    def plan(self) -> CenterPlan:
        staff = self._staff()
        groups = self._groups()
        self._choose_group_statuses(groups)
        teachers = self._teachers(groups)
        return CenterPlan(
            self.sketch,
            self.calendar.office_time(self.calendar.first),
            staff,
            self.calendar.office_time(self.closing) if self.closing else None,
            teachers,
            groups,
            self._students(groups),
        )

    def _staff(self) -> dict[str, Person]:
        """Return a director, two administrators, and a manager for each branch."""
        number, roles = self.sketch.number, ("director", "manager", "admin")
        staff = {
            f"{role}{number}": self.people.create_person(
                youngest=27, oldest=52, username=f"{role}{number}", phone=demo_phone(number, place)
            )
            for place, role in enumerate(roles, start=1)
        }
        more = ["second_admin", *(f"manager_of_{branch}" for branch in range(1, len(self.sketch.branches)))]
        return staff | {name: self.people.create_person(youngest=24, oldest=50) for name in more}

    # -- groups ----------------------------------------------------------------------------------------

    def _groups(self) -> list[GroupPlan]:
        starts = self.calendar.start_days(self.rng, self.sketch.groups)
        courses = self._courses_of_groups()
        taught: dict[str, int] = {}
        groups = []
        for place, (starts_on, course) in enumerate(zip(starts, courses, strict=True)):
            taught[course.name] = number = taught.get(course.name, 0) + 1
            level = f" {LEVELS[(number * 2) % len(LEVELS)]}" if course is ENGLISH else ""
            opens = max(starts_on - timedelta(days=28), self.calendar.first + timedelta(days=4))
            groups.append(
                GroupPlan(
                    name=f"{course.short}{level}-{number:02}",
                    course=course,
                    branch=self._branch_of_group(place),
                    capacity=self.rng.choice(self.sketch.capacities),
                    opens=self.calendar.office_time(opens, self.rng),
                    starts_on=starts_on,
                    ends_on=starts_on + timedelta(days=self.rng.randint(170, 220)),
                )
            )
        return groups

    def _courses_of_groups(self) -> list[CourseSketch]:
        """Return the course of each group, by popularity and in random order; at least two English groups still run."""
        total = sum(course.popularity for course in self.sketch.courses)
        shares = [max(1, round(self.sketch.groups * c.popularity / total)) for c in self.sketch.courses]
        courses = [course for course, share in zip(self.sketch.courses, shares, strict=True) for _ in range(share)]
        courses = (courses + [ENGLISH] * self.sketch.groups)[: self.sketch.groups]
        if courses.count(ENGLISH) < 2:
            raise ValueError(f"{self.sketch.name}: plan more groups or fewer courses, so that two groups learn English")
        self.rng.shuffle(courses)
        while courses[self.sketch.completed :].count(ENGLISH) < 2:
            over = courses.index(ENGLISH)
            runs = next(n for n in range(self.sketch.completed, len(courses)) if courses[n] is not ENGLISH)
            courses[over], courses[runs] = courses[runs], courses[over]
        return courses

    def _branch_of_group(self, place: int) -> int:
        """Return a branch for a group; only two groups that began early are in the closed branch."""
        in_closed = self.sketch.closes_last_branch and place in (2, self.sketch.completed + 1)
        return self.open_branches if in_closed else self.rng.choice((0, *range(self.open_branches)))

    def _choose_group_statuses(self, groups: list[GroupPlan]) -> None:
        """Complete the oldest groups, make a few inactive and some full."""
        running = groups[self.sketch.completed :]
        for group in groups[: self.sketch.completed]:
            group.ends_on = min(group.ends_on, self.calendar.last - timedelta(days=7))
            group.status, group.status_changes_at = (
                GroupStatus.COMPLETED,
                self.calendar.office_time(group.ends_on, hour=19),
            )
        for group in running:
            soonest = self.calendar.last + timedelta(days=self.rng.randint(30, 150))
            group.ends_on = max(group.ends_on, soonest)
        started = [g for g in running if g.starts_on < self.calendar.last - timedelta(days=20)]
        for group in self._sample([g for g in started if g.course is not ENGLISH], self.sketch.groups // 9):
            group.status = GroupStatus.INACTIVE
            group.status_changes_at = self.calendar.office_time(
                self.calendar.last - timedelta(days=self.rng.randint(4, 18)), hour=18
            )
        for group in self._sample([g for g in started if g.status is GroupStatus.ACTIVE], self.sketch.groups // 6):
            group.full = True

    # -- teachers --------------------------------------------------------------------------------------

    def _teachers(self, groups: list[GroupPlan]) -> list[TeacherPlan]:
        teachers = [self._teacher(place) for place in range(self.sketch.teachers)]
        self._assign_teachers(groups, teachers)
        for teacher in teachers:
            own = [group for group in groups if group.teacher is teacher]
            self._plan_arrival(teacher, own)
            self._plan_ratings(teacher)
        idle = [t for t in teachers if all(g.status_changes_at for g in groups if g.teacher is t)]
        for teacher in idle[-2:]:
            ends = [g.status_changes_at for g in groups if g.teacher is teacher and g.status_changes_at]
            teacher.leaves = max([*ends, self.calendar.office_time(self.calendar.last - timedelta(days=30))])
        return teachers

    def _teacher(self, place: int) -> TeacherPlan:
        number, courses = self.sketch.number, self.sketch.courses
        first = place == 0
        course = courses[place % len(courses)]
        return TeacherPlan(
            person=self.people.create_person(
                youngest=23,
                oldest=60,
                username=f"teacher{number}" if first else None,
                phone=demo_phone(number, 4) if first else None,
            ),
            course=course,
            branch=0 if first else self.rng.randrange(self.open_branches),
            hired_on=self.calendar.first,
            joins=self.calendar.office_time(self.calendar.first + timedelta(days=1)),
            hourly_rate=Decimal(self.rng.randint(12, 36) * 5_000),
        )

    def _assign_teachers(self, groups: list[GroupPlan], teachers: list[TeacherPlan]) -> None:
        """The newest groups first; the first teacher of a course gets the two newest and every other one."""
        for course in self.sketch.courses:
            able = [teacher for teacher in teachers if teacher.course is course]
            for place, group in enumerate(g for g in reversed(groups) if g.course is course):
                others = able[1:] or able
                mine = place < 2 or place % 2 == 0
                group.teacher = able[0] if mine else others[place // 2 % len(others)]

    def _plan_arrival(self, teacher: TeacherPlan, own: list[GroupPlan]) -> None:
        """Old hands are there from the beginning, others come shortly before their first group."""
        needed = min((g.opens.date() for g in own), default=self.calendar.random_day(self.rng))
        came = max(needed - timedelta(days=self.rng.randint(5, 20)), self.calendar.first + timedelta(days=1))
        teacher.joins = self.calendar.office_time(came, self.rng)
        teacher.hired_on = came
        if came < self.calendar.first + timedelta(days=30):
            years_ago = timedelta(days=self.rng.randint(60, 1500))
            teacher.hired_on = max(self.sketch.opened_at, came - years_ago)

    def _plan_ratings(self, teacher: TeacherPlan) -> None:
        """Plan a rating about every three months."""
        level = self.rng.uniform(3.5, 4.8)
        day = teacher.joins.date() + timedelta(days=self.rng.randint(40, 110))
        while day < self.calendar.last and self.rng.random() < 0.92:
            stars = min(5.0, max(2.5, level + self.rng.uniform(-0.4, 0.4)))
            teacher.ratings.append((self.calendar.office_time(day, self.rng), Decimal(f"{stars:.1f}")))
            day += timedelta(days=self.rng.randint(75, 120))

    # -- students --------------------------------------------------------------------------------------

    def _students(self, groups: list[GroupPlan]) -> list[StudentPlan]:
        waiting = self.sketch.students // 25
        self._fill(groups, self.sketch.students - waiting)
        teacher1 = next(g.teacher for g in reversed(groups) if g.course is ENGLISH)
        first_group = next(g for g in groups if g.teacher is teacher1 and g.status is GroupStatus.ACTIVE)
        students = []
        for group in groups:
            firsts = (group is first_group and place == 0 for place in range(group.seated))
            students += [self._student(group, first=first) for first in firsts]
        students += [self._student(None) for _ in range(waiting)]
        for student in students:
            self._choose_final_status(student, groups)
        self._second_groups(students, groups)
        return students

    def _fill(self, groups: list[GroupPlan], total: int) -> None:
        """Distribute the students so that the full groups are full and no other group is."""
        for group in groups:
            new = group.starts_on > self.calendar.last
            group.seated = group.capacity if group.full else math.floor(group.capacity * (0.5 if new else 0.8))
        adjustable = [group for group in groups if not group.full]
        while (missing := total - sum(group.seated for group in groups)) != 0:
            step = 1 if missing > 0 else -1
            movable = [g for g in adjustable if 5 <= g.seated + step < g.capacity]
            if not movable:
                other = f"{abs(missing)} {'fewer' if missing > 0 else 'more'}"
                raise ValueError(f"{self.sketch.name}: have {other} students, or groups of other capacities")
            self.rng.choice(movable).seated += step

    def _student(self, group: GroupPlan | None, *, first: bool = False) -> StudentPlan:
        youngest, oldest = (17, 19) if first else group.course.ages if group else (10, 25)
        number = self.sketch.number
        person = self.people.create_person(
            youngest=youngest,
            oldest=oldest,
            username=f"student{number}" if first else None,
            phone=demo_phone(number, 5) if first else None,
        )
        return StudentPlan(
            person=person,
            parent=self._parent(person),
            branch=group.branch if group else self.rng.randrange(self.open_branches),
            group=group,
            registers=self._registration(group),
        )

    def _parent(self, person: Person) -> tuple[str, str] | None:
        if person.birthday < self.calendar.last - timedelta(days=SCHOOL_AGE * 365):
            return None
        return self.people.create_parent(person)

    def _registration(self, group: GroupPlan | None) -> datetime:
        """Return when a student registers: in the weeks around the first lesson, or lately if they have no group."""
        if group is None:
            return self.calendar.office_time(self.calendar.last - timedelta(days=self.rng.randint(0, 40)), self.rng)
        day = group.starts_on + timedelta(days=round(self.rng.triangular(-24, 38, -6)))
        latest = [self.calendar.last]
        if group.status_changes_at:
            latest.append(group.status_changes_at.date() - timedelta(days=1))
        if self.closing and group.branch == self.open_branches:
            latest.append(self.closing - timedelta(days=1))
        return max(self.calendar.office_time(min(day, *latest), self.rng), group.opens + timedelta(minutes=5))

    def _choose_final_status(self, student: StudentPlan, groups: list[GroupPlan]) -> None:
        group = student.group
        if student.person.username == f"student{self.sketch.number}" or group is None:
            return
        if group.status is GroupStatus.COMPLETED:
            self._plan_after_course(student, group, groups)
        elif (chance := self.rng.random()) < 0.04:
            student.final_status = StudentStatus.BLOCKED
        elif chance < 0.1 and not group.full:
            student.final_status = StudentStatus.INACTIVE
        if (
            student.final_status in (StudentStatus.BLOCKED, StudentStatus.INACTIVE)
            and student.status_changes_at is None
        ):
            student.status_changes_at = self._later(student.registers)

    def _plan_after_course(self, student: StudentPlan, group: GroupPlan, groups: list[GroupPlan]) -> None:
        """Let most students graduate, some continue in another group, and some become inactive."""
        assert group.status_changes_at is not None  # noqa: S101 - a completed group has settled
        student.status_changes_at = group.status_changes_at - timedelta(minutes=self.rng.randint(10, 50))
        chance = self.rng.random()
        next_group = self._find_other_group(groups, student, at=student.status_changes_at)
        if chance < 0.14 and next_group is not None:
            student.next_group = next_group
            next_group.seated += 1
        else:
            student.final_status = StudentStatus.GRADUATED if chance < 0.88 else StudentStatus.INACTIVE

    def _second_groups(self, students: list[StudentPlan], groups: list[GroupPlan]) -> None:
        """Give one student in thirty a second group."""
        settled = [
            s for s in students if s.group and s.group.status is GroupStatus.ACTIVE and s.status_changes_at is None
        ]
        for student in self._sample(settled, self.sketch.students // 30):
            other = self._find_other_group(groups, student, at=self.calendar.office_time(self.calendar.last, hour=9))
            if other is not None:
                student.second_group = other
                student.joins_second = self._later(max(student.registers, other.opens))
                other.seated += 1

    def _find_other_group(self, groups: list[GroupPlan], student: StudentPlan, *, at: datetime) -> GroupPlan | None:
        """Return a group of another course that has room, is open by then, and is in a branch that stays open."""
        candidates = [
            group
            for group in groups
            if group.has_room and group.opens < at and group.branch < self.open_branches
            if student.group is None or group.course is not student.group.course
        ]
        return self.rng.choice(candidates) if candidates else None

    def _sample(self, of: list[T], count: int) -> list[T]:
        """Return `count` random items, or all if there are fewer."""
        return self.rng.sample(of, k=min(count, len(of)))

    def _later(self, when: datetime) -> datetime:
        """Return a random instant between `when` and the last day."""
        days = (self.calendar.last - when.date()).days
        later = self.calendar.office_time(when.date() + timedelta(days=self.rng.randint(0, max(0, days))), hour=20)
        return max(later, when + timedelta(minutes=5))


def demo_phone(center: int, place: int) -> str:
    """Return the phone number of a demo account: +998901000001 is the director of the first Center."""
    return f"+99890{center}00000{place}"

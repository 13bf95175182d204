"""The simulation of a plan: each event calls a use case, as the person who would do so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from educore import Actor, FixedClock, Role, UnitOfWork, perform
from educore.courses import Course
from educore.groups import Group, enroll_student
from educore.identity import Membership
from educore.organization import Branch, Center, Room
from educore.people import Student, StudentStatus, Teacher, TeacherStatus, register_director, register_staff
from educore_web.demo.days import REGION
from educore_web.demo.places import EQUIPMENT
from educore_web.demo.plan_parts import CenterPlan, GroupPlan, StudentPlan, TeacherPlan

PASSWORDS = {
    Role.SUPERADMIN: "SuperAdmin@123",
    Role.DIRECTOR: "Director@123",
    Role.MANAGER: "Manager@123",
    Role.ADMIN: "Admin@123",
    Role.TEACHER: "Teacher@123",
    Role.STUDENT: "Student@123",
    Role.STAFF: "Staff@123",
    Role.PARENT: "Parent@123",
    Role.DRIVER: "Driver@123",
}
"""Passwords of the demo accounts, by role."""

Event = tuple[datetime, Callable[[], None]]
"""An instant, and the action at that instant."""


def schedule_until(events: list[Event], *, until: datetime) -> Callable[..., None]:
    """Return a function `schedule(when, action, *arguments)` that adds events to a list, except those after `until`."""

    def schedule(when: datetime, action: Callable[..., None], *arguments: Any) -> None:
        if when <= until:
            events.append((when, lambda: action(*arguments)))

    return schedule


class Simulation:
    """The simulation of one Center, through the unit of work of a superadmin and a clock that is set for each event.

    `ids` has the row of each part of the plan. `registrations` replaces the usual registration of a student.
    """

    def __init__(self, plan: CenterPlan, *, superadmin: UnitOfWork, clock: FixedClock) -> None:
        self.plan, self.superadmin, self.clock = plan, superadmin, clock
        self.ids: dict[object, int] = {}
        self.rooms: dict[int, list[int]] = defaultdict(list)
        self.registrations: dict[StudentPlan, Callable[[StudentPlan], int]] = {}
        self.center_id = 0
        self.as_director = self.as_manager = self.as_admin = superadmin

    @property
    def first_teacher(self) -> TeacherPlan:
        """Return the teacher who has a demo account."""
        return self.plan.teachers[0]

    def events(self) -> list[Event]:
        """Return all events, in no particular order."""
        plan, events = self.plan, list[Event]()

        def schedule(when: datetime | None, action: Callable[..., None], *arguments: Any) -> None:
            if when is not None:
                events.append((when, lambda: action(*arguments)))

        schedule(plan.opens, self._open_center)
        schedule(plan.branch_closes, self._close_last_branch)
        for teacher in plan.teachers:
            schedule(teacher.joins, self._hire_teacher, teacher)
            schedule(teacher.leaves, self._dismiss_teacher, teacher)
            for when, rating in teacher.ratings:
                schedule(when, self._rate, teacher, rating)
        for group in plan.groups:
            schedule(group.opens, self._open_group, group)
            schedule(group.status_changes_at, self._set_group_status, group)
        for student in plan.students:
            schedule(student.registers, self._register_student, student)
            schedule(student.status_changes_at, self._change_student_status, student)
            schedule(student.joins_second, self._join_second_group, student)
        return events

    # -- the Center ------------------------------------------------------------------------------------

    def _open_center(self) -> None:
        sketch = self.plan.sketch
        names = ("name", "address", "phone", "email", "website", "license_number", "opened_at", "description")
        fields = {name: getattr(sketch, name) for name in names} | asdict(REGION)
        center = perform(self.superadmin, Center, "create", fields=fields)
        self.center_id = center.id
        self._appoint_people()
        for place in range(len(sketch.branches)):
            self._open_branch(place)
        for place, course in enumerate(sketch.courses):
            terms: dict[str, Any] = {
                "price": Decimal(450_000 + 50_000 * place),
                "duration_months": (6, 3, 9)[place % 3],
            }
            texts: dict[str, Any] = {"name": course.name, "description": course.description}
            self.ids[course] = perform(self.as_director, Course, "create", fields={**texts, **terms}).id

    def _appoint_people(self) -> None:
        number, staff = self.plan.sketch.number, self.plan.staff
        director = staff[f"director{number}"].account(PASSWORDS[Role.DIRECTOR])
        member = register_director(self.superadmin, account=director, center_id=self.center_id)
        self.as_director = self._as_member(member)
        for name, person in staff.items():
            if name.startswith(("manager", "admin", "second")):
                role = Role.MANAGER if name.startswith("manager") else Role.ADMIN
                account = person.account(PASSWORDS[role])
                hired = register_staff(self.as_director, account=account, role=role, center_id=self.center_id)
                self.ids[name] = hired.user_id
                if name == f"manager{number}":
                    self.as_manager = self._as_member(hired)
                if name == f"admin{number}":
                    self.as_admin = self._as_member(hired)

    def _as_member(self, member: Membership) -> UnitOfWork:
        return self.superadmin.as_actor(Actor(member.role, member.user_id, member.id, member.center_id))

    def _open_branch(self, place: int) -> None:
        branch = self.plan.sketch.branches[place]
        manager = self.ids[f"manager_of_{place}" if place else f"manager{self.plan.sketch.number}"]
        contact: dict[str, Any] = {"name": branch.name, "address": branch.address, "phone": branch.phone}
        made = perform(self.as_director, Branch, "create", fields={"manager_id": manager, **contact})
        self.ids[branch] = made.id
        for number in range(1, branch.rooms + 1):
            room = perform(
                self.as_admin,
                Room,
                "create",
                fields={
                    "branch_id": made.id,
                    "name": f"{1 + number // 4}0{number}",
                    "capacity": 12 + (number * 5 + place) % 16,
                    "equipment": EQUIPMENT[(number + place) % len(EQUIPMENT)],
                },
            )
            if (number + place) % 6 == 0:
                perform(self.as_admin, Room, "toggle", room.id)
            else:
                self.rooms[place].append(room.id)

    def _close_last_branch(self) -> None:
        perform(self.as_director, Branch, "close", self.ids[self.plan.sketch.branches[-1]])

    # -- teachers and groups ---------------------------------------------------------------------------

    def _hire_teacher(self, teacher: TeacherPlan) -> None:
        made = perform(
            self.as_manager,
            Teacher,
            "create",
            fields={
                "account": teacher.person.account(PASSWORDS[Role.TEACHER]),
                "branch_id": self._branch(teacher.branch),
                "specialization": teacher.course.name,
                "qualification": teacher.course.qualification,
                "hire_date": teacher.hired_on,
                "hourly_rate": teacher.hourly_rate,
            },
        )
        self.ids[teacher] = made.id

    def _rate(self, teacher: TeacherPlan, rating: Any) -> None:
        perform(self.as_manager, Teacher, "rate", self.ids[teacher], {"rating": rating})

    def _dismiss_teacher(self, teacher: TeacherPlan) -> None:
        perform(self.as_director, Teacher, "update", self.ids[teacher], {"status": TeacherStatus.INACTIVE})

    def _open_group(self, group: GroupPlan) -> None:
        made = perform(
            self.as_director,
            Group,
            "create",
            fields={
                "name": group.name,
                "branch_id": self._branch(group.branch),
                "course_id": self.ids[group.course],
                "teacher_id": self.ids[group.teacher],
                "capacity": group.capacity,
                "start_date": group.starts_on,
                "end_date": group.ends_on,
            },
        )
        self.ids[group] = made.id

    def _set_group_status(self, group: GroupPlan) -> None:
        perform(self.as_director, Group, "update", self.ids[group], {"status": group.status})

    # -- students --------------------------------------------------------------------------------------

    def _register_student(self, student: StudentPlan) -> None:
        """Register a student, or run the registration that replaces this one, such as the conversion of a lead."""
        self.ids[student] = self.registrations.get(student, self._create_student)(student)

    def _create_student(self, student: StudentPlan) -> int:
        parent_name, parent_phone = student.parent or ("", None)
        office = self.as_admin if student.registers.day % 4 else self.as_manager
        made: Student = perform(
            office,
            Student,
            "create",
            fields={
                "account": student.person.account(PASSWORDS[Role.STUDENT]),
                "branch_id": self._branch(student.branch),
                "group_id": student.group and self.ids[student.group],
                "parent_name": parent_name,
                "parent_phone": parent_phone,
            },
        )
        return made.id

    def _change_student_status(self, student: StudentPlan) -> None:
        id = self.ids[student]
        if student.next_group is not None:
            perform(self.as_manager, Student, "move", id, {"group_id": self.ids[student.next_group]})
        elif student.final_status is StudentStatus.BLOCKED:
            perform(self.as_director, Student, "block", id)
        else:
            perform(self.as_manager, Student, "update", id, {"status": student.final_status})

    def _join_second_group(self, student: StudentPlan) -> None:
        assert student.second_group is not None  # noqa: S101 - the plan gives both or neither
        enroll_student(self.as_admin, group_id=self.ids[student.second_group], student_id=self.ids[student])

    def _branch(self, place: int) -> int:
        return self.ids[self.plan.sketch.branches[place]]


__all__ = ["PASSWORDS", "Event", "Simulation", "schedule_until"]

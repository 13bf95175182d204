"""Leads and contracts of the last months of the demo."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from educore import Role, perform
from educore.admissions import Contract, Lead, LeadStatus, convert_lead
from educore.people import Student
from educore_web.demo.days import Calendar
from educore_web.demo.people import People, Person
from educore_web.demo.plan_parts import StudentPlan
from educore_web.demo.simulation import PASSWORDS, Event, Simulation, schedule_until

PAST = timedelta(days=150)
LEAD_RATE, CONTRACT_RATE, VERIFICATION_RATE = 0.4, 0.7, 0.8
"""Shares: of students who were leads first, of students with a contract, and of contracts that are verified."""

SOURCES = {"Social Media": 30, "Website": 22, "Referral": 20, "Phone": 10, "Walk-in": 9, "Other": 4, "School fair": 5}
NOTES = ("", "", "Asks for the evening", "Wants a trial lesson", "A friend studies here", "Call after 18:00")
CONTRACT_TEXT = (
    """BT /F1 16 Tf 72 770 Td ({number}) Tj 0 -28 Td /F1 11 Tf (Contract of study, signed on {day:%d.%m.%Y}) Tj ET"""
)


class Admissions:
    """Leads and contracts of one Center."""

    def __init__(self, simulation: Simulation, *, calendar: Calendar, rng: random.Random) -> None:
        self.simulation, self.calendar, self.rng = simulation, calendar, rng
        self.people = People(rng, calendar.last)
        self.numbers = itertools.count(1)
        self.start = max(calendar.office_time(calendar.last - PAST), simulation.plan.opens + timedelta(days=3))

    def events(self) -> list[Event]:
        """Return all events, in no particular order."""
        events = list[Event]()
        schedule = schedule_until(events, until=self.calendar.office_time(self.calendar.last, hour=21))
        for student in self.simulation.plan.students:
            if student.registers > self.start + timedelta(days=14):
                self._plan_student(schedule, student)
        for asked_at in self._lead_times():
            self._plan_lead(schedule, asked_at)
        return events

    def _plan_student(self, schedule: Callable[..., None], student: StudentPlan) -> None:
        if self.rng.random() < LEAD_RATE:
            day = student.registers.date() - timedelta(days=self.rng.randint(3, 12))
            schedule(self.calendar.office_time(day, self.rng), self._add_lead_of_student, student)
            self.simulation.registrations[student] = self._convert
        if student.group is not None and self.rng.random() < CONTRACT_RATE:
            signed_at = student.registers + timedelta(minutes=4)
            schedule(signed_at, self._sign, student)
            if self.rng.random() < VERIFICATION_RATE:
                schedule(signed_at + timedelta(days=self.rng.randint(1, 5)), self._verify, student)

    def _plan_lead(self, schedule: Callable[..., None], asked_at: datetime) -> None:
        """Plan a lead who never becomes a student: most are called back within days, and more than half are lost."""
        person = self.people.create_person(youngest=16, oldest=40)
        schedule(asked_at, self._add_lead, person, person, self.rng.randrange(len(self.simulation.plan.sketch.courses)))
        called_at = asked_at + timedelta(days=self.rng.uniform(0.5, 5))
        if self.rng.random() < 0.85:
            schedule(called_at, self._set_lead_status, person, LeadStatus.CONTACTED)
        if self.rng.random() < 0.6:
            schedule(
                called_at + timedelta(days=self.rng.uniform(7, 40)), self._set_lead_status, person, LeadStatus.LOST
            )

    def _lead_times(self) -> Iterator[datetime]:
        """Yield the instants at which a lead who never becomes a student asks."""
        days = (self.calendar.last - self.start.date()).days
        for _ in range(self.simulation.plan.sketch.students // 6):
            yield self.calendar.office_time(self.start.date() + timedelta(days=self.rng.randint(1, days)), self.rng)

    # -- leads -----------------------------------------------------------------------------------------

    def _add_lead_of_student(self, student: StudentPlan) -> None:
        courses = self.simulation.plan.sketch.courses
        course = courses.index(student.group.course) if student.group else self.rng.randrange(len(courses))
        self._add_lead(student, student.person, course, branch=student.branch)
        self._set_lead_status(student, LeadStatus.CONTACTED)

    def _add_lead(self, key: StudentPlan | Person, person: Person, course: int, *, branch: int = 0) -> None:
        sketch = self.simulation.plan.sketch
        (source,) = self.rng.choices(list(SOURCES), weights=list(SOURCES.values()))
        manager = f"manager_of_{branch}" if branch else f"manager{sketch.number}"
        lead = perform(
            self.simulation.as_manager,
            Lead,
            "create",
            fields={
                "branch_id": self.simulation.ids[sketch.branches[branch]],
                "name": f"{person.first_name} {person.last_name}",
                "email": person.email,
                "phone": person.phone,
                "course_id": self.simulation.ids[sketch.courses[course]],
                "source": source,
                "assigned_to_id": self.simulation.ids[manager] if self.rng.random() < 0.8 else None,
                "notes": self.rng.choice(NOTES),
            },
        )
        self.simulation.ids["lead", key] = lead.id

    def _set_lead_status(self, key: StudentPlan | Person, status: LeadStatus) -> None:
        perform(self.simulation.as_manager, Lead, "update", self.simulation.ids["lead", key], {"status": status})

    def _convert(self, student: StudentPlan) -> int:
        """Convert a lead into a student, and add the data that a lead lacks. Return the id of the student."""
        manager, person = self.simulation.as_manager, student.person
        lead = manager.get(Lead, self.simulation.ids["lead", student], to="convert")
        group_id = self.simulation.ids[student.group] if student.group else None
        account = {"username": person.username, "password": PASSWORDS[Role.STUDENT]}
        made = convert_lead(manager, lead, group_id=group_id, **account)
        profile: dict[str, Any] = {"birthday": person.birthday, "passport_number": person.passport_number}
        parent_name, parent_phone = student.parent or ("", None)
        perform(
            manager,
            Student,
            "update",
            made.id,
            {"account": profile, "parent_name": parent_name, "parent_phone": parent_phone},
        )
        return made.id

    # -- contracts -------------------------------------------------------------------------------------

    def _sign(self, student: StudentPlan) -> None:
        office, day = self.simulation.as_admin, student.registers.date()
        number = f"CNT-{day.year}-{next(self.numbers):04}"
        file = office.store_file(
            build_pdf(CONTRACT_TEXT.format(number=number, day=day)), folder="contract", name=f"{number}.pdf"
        )
        fields: dict[str, Any] = {"contract_number": number, "contract_file": file, "signed_date": day}
        place: dict[str, Any] = {
            "student_id": self.simulation.ids[student],
            "group_id": self.simulation.ids[student.group],
        }
        self.simulation.ids["contract", student] = perform(office, Contract, "create", fields={**place, **fields}).id

    def _verify(self, student: StudentPlan) -> None:
        perform(self.simulation.as_admin, Contract, "verify", self.simulation.ids["contract", student])


def build_pdf(instructions: str) -> bytes:
    """Return a PDF of one page with these drawing instructions."""
    parts = (
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        f"<</Length {len(instructions)}>>\nstream\n{instructions}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    written, places = "%PDF-1.4\n", list[int]()
    for number, part in enumerate(parts, start=1):
        places.append(len(written))
        written += f"{number} 0 obj\n{part}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 6\n0000000000 65535 f \n{table}trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n{len(written)}\n%%EOF\n"
    return (written + end).encode("ascii")

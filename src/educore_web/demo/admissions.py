"""Who asks about courses in the last months of the demonstration, who stays, and what they sign."""

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
from educore_web.demo.plan import StudentPlan
from educore_web.demo.story import PASSWORDS, Happening, Story, noted_in

PAST = timedelta(days=150)
ASKED_FIRST, SIGNED, VERIFIED = 0.4, 0.7, 0.8
"""How many of the students asked before they came, how many signed a contract, and how many of those are verified."""

SOURCES = {"Social Media": 30, "Website": 22, "Referral": 20, "Phone": 10, "Walk-in": 9, "Other": 4, "School fair": 5}
NOTES = ("", "", "Asks for the evening", "Wants a trial lesson", "A friend studies here", "Call after 18:00")
PAPER = (
    """BT /F1 16 Tf 72 770 Td ({number}) Tj 0 -28 Td /F1 11 Tf (Contract of study, signed on {day:%d.%m.%Y}) Tj ET"""
)


class Admissions:
    """The leads and contracts of one Center, told along with its story."""

    def __init__(self, story: Story, *, calendar: Calendar, rng: random.Random) -> None:
        self.story, self.calendar, self.rng = story, calendar, rng
        self.people = People(rng, calendar.last)
        self.numbers = itertools.count(1)
        self.begin = max(calendar.at_work(calendar.last - PAST), story.plan.opens + timedelta(days=3))

    def happenings(self) -> list[Happening]:
        """Everything that happens and when."""
        found = list[Happening]()
        at = noted_in(found, until=self.calendar.at_work(self.calendar.last, hour=21))
        for student in self.story.plan.students:
            if student.registers > self.begin + timedelta(days=14):
                self._plan_student(at, student)
        for asks in self._those_who_ask():
            self._plan_lead(at, asks)
        return found

    def _plan_student(self, at: Callable[..., None], student: StudentPlan) -> None:
        if self.rng.random() < ASKED_FIRST:
            day = student.registers.date() - timedelta(days=self.rng.randint(3, 12))
            at(self.calendar.at_work(day, self.rng), self._ask_first, student)
            self.story.taken_in_by[student] = self._convert
        if student.group is not None and self.rng.random() < SIGNED:
            signs = student.registers + timedelta(minutes=4)
            at(signs, self._sign, student)
            if self.rng.random() < VERIFIED:
                at(signs + timedelta(days=self.rng.randint(1, 5)), self._verify, student)

    def _plan_lead(self, at: Callable[..., None], asks: datetime) -> None:
        """Most who ask are called back within days; of those, more are lost than not."""
        person = self.people.somebody(youngest=16, oldest=40)
        at(asks, self._ask, person, person, self.rng.randrange(len(self.story.plan.sketch.courses)))
        calls = asks + timedelta(days=self.rng.uniform(0.5, 5))
        if self.rng.random() < 0.85:
            at(calls, self._mark, person, LeadStatus.CONTACTED)
        if self.rng.random() < 0.6:
            at(calls + timedelta(days=self.rng.uniform(7, 40)), self._mark, person, LeadStatus.LOST)

    def _those_who_ask(self) -> Iterator[datetime]:
        """The moments at which somebody asks who never comes."""
        days = (self.calendar.last - self.begin.date()).days
        for _ in range(self.story.plan.sketch.students // 6):
            yield self.calendar.at_work(self.begin.date() + timedelta(days=self.rng.randint(1, days)), self.rng)

    # -- leads -----------------------------------------------------------------------------------------

    def _ask_first(self, student: StudentPlan) -> None:
        courses = self.story.plan.sketch.courses
        course = courses.index(student.group.course) if student.group else self.rng.randrange(len(courses))
        self._ask(student, student.person, course, branch=student.branch)
        self._mark(student, LeadStatus.CONTACTED)

    def _ask(self, who: StudentPlan | Person, person: Person, course: int, *, branch: int = 0) -> None:
        sketch = self.story.plan.sketch
        (source,) = self.rng.choices(list(SOURCES), weights=list(SOURCES.values()))
        manager = f"manager_of_{branch}" if branch else f"manager{sketch.number}"
        lead = perform(
            self.story.as_manager,
            Lead,
            "create",
            branch_id=self.story.ids[sketch.branches[branch]],
            name=f"{person.first_name} {person.last_name}",
            email=person.email,
            phone=person.phone,
            course_id=self.story.ids[sketch.courses[course]],
            source=source,
            assigned_to_id=self.story.ids[manager] if self.rng.random() < 0.8 else None,
            notes=self.rng.choice(NOTES),
        )
        self.story.ids["lead", who] = lead.id

    def _mark(self, who: StudentPlan | Person, status: LeadStatus) -> None:
        perform(self.story.as_manager, Lead, "update", self.story.ids["lead", who], status=status)

    def _convert(self, student: StudentPlan) -> int:
        """Make a student of the lead, and fill in what only the form of registration asks for."""
        manager, person = self.story.as_manager, student.person
        lead = manager.get(Lead, self.story.ids["lead", student], to="convert")
        group_id = self.story.ids[student.group] if student.group else None
        account = {"username": person.username, "password": PASSWORDS[Role.STUDENT]}
        made = convert_lead(manager, lead, group_id=group_id, **account)
        known: dict[str, Any] = {"birthday": person.birthday, "passport_number": person.passport_number}
        parent_name, parent_phone = student.parent or ("", None)
        perform(manager, Student, "update", made.id, account=known, parent_name=parent_name, parent_phone=parent_phone)
        return made.id

    # -- contracts -------------------------------------------------------------------------------------

    def _sign(self, student: StudentPlan) -> None:
        office, day = self.story.as_admin, student.registers.date()
        number = f"CNT-{day.year}-{next(self.numbers):04}"
        file = office.store_file(paper(PAPER.format(number=number, day=day)), folder="contract", name=f"{number}.pdf")
        fields: dict[str, Any] = {"contract_number": number, "contract_file": file, "signed_date": day}
        place: dict[str, Any] = {"student_id": self.story.ids[student], "group_id": self.story.ids[student.group]}
        self.story.ids["contract", student] = perform(office, Contract, "create", **place, **fields).id

    def _verify(self, student: StudentPlan) -> None:
        perform(self.story.as_admin, Contract, "verify", self.story.ids["contract", student])


def paper(words: str) -> bytes:
    """A PDF of one page with these drawing instructions."""
    parts = (
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        f"<</Length {len(words)}>>\nstream\n{words}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    written, places = "%PDF-1.4\n", list[int]()
    for number, part in enumerate(parts, start=1):
        places.append(len(written))
        written += f"{number} 0 obj\n{part}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 6\n0000000000 65535 f \n{table}trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n{len(written)}\n%%EOF\n"
    return (written + end).encode("ascii")

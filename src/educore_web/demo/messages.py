"""Messages of the demo: notifications (read and unread), SMS in every status, and SMS templates."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from educore import Actor, Role, perform, where
from educore.groups import Group
from educore.identity import Membership, User
from educore.messaging import (
    Delivery,
    DeliveryStatus,
    NotificationType,
    SmsTemplate,
    mark_all_read,
    notify,
    send_sms,
    send_sms_to_group,
)
from educore.people import Student
from educore_web.demo.days import Calendar
from educore_web.demo.simulation import PASSWORDS, Event, Simulation

TEMPLATES = (
    ("Payment", "Dear {name}, please pay for {group} by {date}. {center}"),
    ("Holiday", "{center}: no lessons on {date}."),
    ("Open day", "Bring a friend to {center} on {date} at {time}!"),
)
WELCOME = ("A new month begins", "The timetable of the new month is in your calendar.")
OPEN_DAY = ("Open day on Saturday", "Bring a friend: every branch is open from 10:00 to 16:00.")
DUE = ("Payment Due", "Your payment is due in three days")
STARTING = ("Lesson Starting", "Your {group} lesson starts in 15 minutes")
RECENTLY = timedelta(days=7)


class Messages:
    """Messages of one Center."""

    def __init__(self, simulation: Simulation, *, calendar: Calendar, rng: random.Random) -> None:
        self.simulation, self.calendar, self.rng = simulation, calendar, rng

    def events(self) -> list[Event]:
        """Return all events, in no particular order."""
        office_time, last = self.calendar.office_time, self.calendar.last
        return [
            (office_time(last - RECENTLY, hour=18), self._add_templates),
            (office_time(last - RECENTLY, hour=19), self._welcome),
            (office_time(last, hour=19), self._announce),
            (office_time(last, hour=20), self._send_texts),
        ]

    def _add_templates(self) -> None:
        for name, text in TEMPLATES:
            template = perform(self.simulation.as_admin, SmsTemplate, "create", fields={"name": name, "text": text})
            self.simulation.ids["template", name] = template.id

    def _welcome(self) -> None:
        """Notify all members. Some have read it since, among them all members with a demo account."""
        members = self.simulation.as_director.find(Membership)
        self._notify(members, NotificationType.GENERAL, WELCOME)
        for member in [*self._demo_members(), *self.rng.sample(members, k=min(20, len(members)))]:
            actor = Actor(member.role, member.user_id, member.id, member.center_id)
            mark_all_read(self.simulation.superadmin.as_actor(actor))

    def _announce(self) -> None:
        members = self.simulation.as_director.find(Membership)
        self._notify(members, NotificationType.GENERAL, OPEN_DAY)
        group = self._group()
        students = self._students(group)
        title, message = STARTING
        teacher, student = (self._demo_members(role) for role in (Role.TEACHER, Role.STUDENT))
        reminder = title, message.format(group=group.name)
        self._notify([*teacher, *student, *students], NotificationType.LESSON_REMINDER, reminder)
        self._notify([*student, *students[: len(students) // 2]], NotificationType.PAYMENT_REMINDER, DUE)

    def _notify(self, people: Sequence[Membership | Student], kind: NotificationType, texts: tuple[str, str]) -> None:
        title, message = texts
        ids = [person.user_id for person in people]
        content: dict[str, Any] = {"center_id": self.simulation.center_id, "title": title, "message": message}
        notify(self.simulation.superadmin, ids, kind=kind, **content)

    def _send_texts(self) -> None:
        group, ids = self._group(), self.simulation.ids
        values = {"date": f"{self.calendar.last + timedelta(days=3):%d.%m.%Y}", "time": "10:00"}
        due = send_sms_to_group(self.simulation.as_admin, group, template_id=ids["template", "Payment"], values=values)
        numbers = [s.parent_phone for s in self.simulation.as_manager.find(Student, limit=60) if s.parent_phone]
        invited = send_sms(
            self.simulation.as_manager,
            phone_numbers=numbers[:25],
            template_id=ids["template", "Open day"],
            values=values,
        )
        self._record_outcomes([*due, *invited], when=self.simulation.clock.now())

    def _record_outcomes(self, texts: Sequence[Delivery], *, when: datetime) -> None:
        """Mark most texts as sent and some as failed, so that none is left for a real gateway to send."""
        sent: dict[str, Any] = {"status": DeliveryStatus.SENT, "attempts": 1, "sent_at": when, "next_try_at": None}
        failed = {**sent, "status": DeliveryStatus.FAILED, "sent_at": None, "error": "400 There is no such number"}
        changes = {text.id: failed if number % 12 == 11 else sent for number, text in enumerate(texts)}
        self.simulation.superadmin.change_each(Delivery, changes)

    def _group(self) -> Group:
        """Return a group of the teacher who has a demo account."""
        taught = where(teacher_id=self.simulation.ids[self.simulation.first_teacher])
        groups = self.simulation.as_director.find(Group, taught & where(Enrollment__has=where(left_on__isnull=True)))
        return groups[-1]

    def _demo_members(self, *roles: Role) -> list[Membership]:
        """Return the members who have a demo account."""
        names = [f"{role.value}{self.simulation.plan.sketch.number}" for role in (roles or PASSWORDS)]
        accounts = self.simulation.superadmin.find(User, where(username__in=names))
        condition = where(center_id=self.simulation.center_id, user_id__in=[account.id for account in accounts])
        return self.simulation.superadmin.find(Membership, condition)

    def _students(self, group: Group) -> list[Student]:
        condition = where(Enrollment__has=where(group_id=group.id, left_on__isnull=True))
        return self.simulation.as_manager.find(Student, condition)

"""What people of the demonstration were told and written: notes, read and unread, texts on their way, and templates."""

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
from educore_web.demo.story import PASSWORDS, Happening, Story

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
    """The messages of one Center."""

    def __init__(self, story: Story, *, calendar: Calendar, rng: random.Random) -> None:
        self.story, self.calendar, self.rng = story, calendar, rng

    def happenings(self) -> list[Happening]:
        """Everything that happens and when."""
        at_work, last = self.calendar.at_work, self.calendar.last
        return [
            (at_work(last - RECENTLY, hour=18), self._keep_templates),
            (at_work(last - RECENTLY, hour=19), self._welcome),
            (at_work(last, hour=19), self._tell_news),
            (at_work(last, hour=20), self._write),
        ]

    def _keep_templates(self) -> None:
        for name, text in TEMPLATES:
            made = perform(self.story.as_admin, SmsTemplate, "create", name=name, text=text)
            self.story.ids["template", name] = made.id

    def _welcome(self) -> None:
        """Everybody is told; some have looked since, and so has everybody with a demonstration account."""
        members = self.story.as_director.find(Membership)
        self._tell(members, NotificationType.GENERAL, WELCOME)
        for member in [*self._named(), *self.rng.sample(members, k=min(20, len(members)))]:
            me = Actor(member.role, member.user_id, member.id, member.center_id)
            mark_all_read(self.story.superadmin.as_actor(me))

    def _tell_news(self) -> None:
        members = self.story.as_director.find(Membership)
        self._tell(members, NotificationType.GENERAL, OPEN_DAY)
        group = self._group()
        students = self._students(group)
        title, message = STARTING
        teacher, student = (self._named(role) for role in (Role.TEACHER, Role.STUDENT))
        reminder = title, message.format(group=group.name)
        self._tell([*teacher, *student, *students], NotificationType.LESSON_REMINDER, reminder)
        self._tell([*student, *students[: len(students) // 2]], NotificationType.PAYMENT_REMINDER, DUE)

    def _tell(self, people: Sequence[Membership | Student], kind: NotificationType, words: tuple[str, str]) -> None:
        title, message = words
        ids = [person.user_id for person in people]
        about: dict[str, Any] = {"center_id": self.story.center_id, "title": title, "message": message}
        notify(self.story.superadmin, ids, kind=kind, **about)

    def _write(self) -> None:
        group, ids = self._group(), self.story.ids
        known = {"date": f"{self.calendar.last + timedelta(days=3):%d.%m.%Y}", "time": "10:00"}
        due = send_sms_to_group(self.story.as_admin, group, template_id=ids["template", "Payment"], values=known)
        numbers = [s.parent_phone for s in self.story.as_manager.find(Student, limit=60) if s.parent_phone]
        invited = send_sms(
            self.story.as_manager, phone_numbers=numbers[:25], template_id=ids["template", "Open day"], values=known
        )
        self._carry([*due, *invited], when=self.story.clock.now())

    def _carry(self, texts: Sequence[Delivery], *, when: datetime) -> None:
        """Most have arrived, some have not; none is left for a real gateway to send."""
        sent: dict[str, Any] = {"status": DeliveryStatus.SENT, "attempts": 1, "sent_at": when, "next_try_at": None}
        lost = {**sent, "status": DeliveryStatus.FAILED, "sent_at": None, "error": "400 There is no such number"}
        changes = {text.id: lost if place % 12 == 11 else sent for place, text in enumerate(texts)}
        self.story.superadmin.change_each(Delivery, changes)

    def _group(self) -> Group:
        """A group of the teacher with a demonstration account."""
        mine = where(teacher_id=self.story.ids[self.story.first_teacher])
        groups = self.story.as_director.find(Group, mine & where(Enrollment__has=where(left_on__isnull=True)))
        return groups[-1]

    def _named(self, *roles: Role) -> list[Membership]:
        """Those who have a demonstration account."""
        names = [f"{role.value}{self.story.plan.sketch.number}" for role in (roles or PASSWORDS)]
        accounts = self.story.superadmin.find(User, where(username__in=names))
        here = where(center_id=self.story.center_id, user_id__in=[account.id for account in accounts])
        return self.story.superadmin.find(Membership, here)

    def _students(self, group: Group) -> list[Student]:
        here = where(Enrollment__has=where(group_id=group.id, left_on__isnull=True))
        return self.story.as_manager.find(Student, here)

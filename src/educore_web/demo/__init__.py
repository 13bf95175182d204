"""Two made-up Centers with fourteen months of life in them, made by the same use cases people use."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from educore import Educore, FixedClock, Role, where
from educore.identity import User
from educore.kernel.policy import Actor
from educore.kernel.ports import Passwords
from educore.organization import Center
from educore.values import PasswordHash
from educore_web.demo.admissions import Admissions
from educore_web.demo.days import Calendar
from educore_web.demo.messages import Messages
from educore_web.demo.money import Money
from educore_web.demo.people import People
from educore_web.demo.places import SAMARKAND, TASHKENT, CenterSketch
from educore_web.demo.plan import demo_phone, plan_center
from educore_web.demo.story import PASSWORDS, Story
from educore_web.demo.teaching import Teaching
from educore_web.runtime.superadmin import open_superadmin

SEED = 2026
DAYS = 425
SUPERADMIN = Actor(Role.SUPERADMIN)
NAMED_ROLES = (Role.DIRECTOR, Role.MANAGER, Role.ADMIN, Role.TEACHER, Role.STUDENT)


class DataExists(Exception):
    """The database holds a Center already; demonstration data is never mixed with somebody's own."""


def load_demo(
    school: Educore,
    *,
    seed: int = SEED,
    now: datetime | None = None,
    centers: Sequence[CenterSketch] = (TASHKENT, SAMARKAND),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Fill an empty database with the two Centers, as if they had been at work until the day before `now`.

    The same seed and day give the same data. Everything happens in one transaction, so an interrupted
    load leaves nothing behind. `progress` is called with the steps done and the steps in all.
    Raises: DataExists, when there is a Center already; ValueError for a sketch with impossible numbers; Unavailable.
    """
    now = now or school.ports.clock.now()
    clock = FixedClock(now)
    ports = replace(
        school.ports, clock=clock, passwords=_HashedBefore(school.ports.passwords), publish=lambda event: None
    )
    with Educore(school.store, ports).work(SUPERADMIN) as uow:
        if uow.count(Center):
            raise DataExists
        calendar = Calendar.before(now, days=DAYS)
        rng = random.Random(seed)  # noqa: S311 - made-up people need no secrecy
        people = People(rng, calendar.last)
        clock.time = calendar.at_work(calendar.first, hour=7)
        if not uow.count(User, where(username="superadmin")):
            account = {"username": "superadmin", "password": PASSWORDS[Role.SUPERADMIN], "first_name": "Platform"}
            open_superadmin(uow, account=account)
        plans = [plan_center(sketch, calendar=calendar, rng=rng, people=people) for sketch in centers]
        stories = [Story(plan, superadmin=uow, clock=clock) for plan in plans]
        told = [happening for story in stories for happening in story.happenings()]
        for story in stories:
            told += Teaching(story, calendar=calendar, rng=rng).happenings()
            own = random.Random(f"{seed} {story.plan.sketch.number}")  # noqa: S311 - as above
            told += Admissions(story, calendar=calendar, rng=own).happenings()
            counted = random.Random(f"{seed} {story.plan.sketch.name}")  # noqa: S311 - as above
            told += Money(story, calendar=calendar, rng=counted).happenings()
            spoken = random.Random(f"{seed} messages {story.plan.sketch.number}")  # noqa: S311 - as above
            told += Messages(story, calendar=calendar, rng=spoken).happenings()
        happenings = sorted(told, key=lambda happening: happening[0])
        for done, (when, tell) in enumerate(happenings, start=1):
            clock.time = when
            tell()
            progress(done, len(happenings))
        uow.events.clear()  # all of this is long past, and nobody is to be told of it now


def has_demo_data(school: Educore) -> bool:
    """Whether the demonstration people are in this database."""
    with school.work(SUPERADMIN, read_only=True) as uow:
        return bool(uow.count(User, where(username="director1", phone=demo_phone(1, 1))))


def has_data(school: Educore) -> bool:
    """Whether this database holds any Center."""
    with school.work(SUPERADMIN, read_only=True) as uow:
        return bool(uow.count(Center))


def list_accounts() -> list[tuple[str, str]]:
    """User name and password of the demonstration accounts, the superadmin first."""
    numbered = [(f"{role.value}{center}", PASSWORDS[role]) for center in (1, 2) for role in NAMED_ROLES]
    return [("superadmin", PASSWORDS[Role.SUPERADMIN]), *numbered]


class _HashedBefore:
    """Knows the hashes of the six passwords that hundreds of made-up people share, before the transaction opens."""

    def __init__(self, inner: Passwords) -> None:
        self._inner = inner
        self._hashes = {password: PasswordHash(inner.hash(password)) for password in PASSWORDS.values()}

    def hash(self, password: str) -> PasswordHash:
        return self._hashes[password]

    def verify(self, password: str, hashed: str | None) -> bool:
        return self._inner.verify(password, hashed)


__all__ = ["SEED", "DataExists", "has_data", "has_demo_data", "load_demo", "list_accounts"]

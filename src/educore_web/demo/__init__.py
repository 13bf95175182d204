"""Demo data: two Centers with fourteen months of activity and two schools, created by the use cases of the domain."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime

from educore import PLATFORM, Educore, FixedClock, Role, where
from educore.identity import User
from educore.kernel.ports import Passwords
from educore.organization import Center
from educore.people import open_superadmin
from educore.rewards import AttemptRewarded, WalletOpened
from educore.values import PasswordHash
from educore_web.demo.admissions import Admissions
from educore_web.demo.days import Calendar
from educore_web.demo.messages import Messages
from educore_web.demo.money import Money
from educore_web.demo.moroccans import Moroccans
from educore_web.demo.people import People
from educore_web.demo.places import SAMARKAND, TASHKENT, CenterSketch
from educore_web.demo.plan import demo_phone, plan_center
from educore_web.demo.school_sketches import CASABLANCA, RABAT, SchoolSketch
from educore_web.demo.schools import SchoolSimulation, list_school_accounts
from educore_web.demo.simulation import PASSWORDS, Event, Simulation
from educore_web.demo.teaching import Teaching

SEED = 2026
DAYS = 425
SIGN_UP_CENTER = CASABLANCA.handle
"""The school at which visitors of a demo register themselves."""

SCHOOLS = (CASABLANCA, RABAT)
"""The schools of the demo of every size."""

NAMED_ROLES = (Role.DIRECTOR, Role.MANAGER, Role.ADMIN, Role.TEACHER, Role.STUDENT)


class DataExists(Exception):
    """The database has a Center already; demo data is never mixed with real data."""


def load_demo(
    school: Educore,
    *,
    seed: int = SEED,
    now: datetime | None = None,
    centers: Sequence[CenterSketch] = (TASHKENT, SAMARKAND),
    schools: Sequence[SchoolSketch] = SCHOOLS,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Fill an empty database with the Centers and the schools, as if they had been active until the day before `now`.

    The same seed and day give the same data. Everything happens in one transaction, so an interrupted load leaves
    nothing behind. `progress` is called with the number of events done and of all events.
    Raises: DataExists if there is a Center already; ValueError for a sketch with impossible numbers; Unavailable.
    """
    now = now or school.ports.clock.now()
    clock = FixedClock(now)
    ports = replace(
        school.ports, clock=clock, passwords=_PrehashedPasswords(school.ports.passwords), publish=lambda event: None
    )
    with Educore(school.store, ports).work(PLATFORM) as uow:
        if uow.count(Center):
            raise DataExists
        calendar = Calendar.before(now, days=DAYS)
        rng = random.Random(seed)  # noqa: S311 - made-up people need no secrecy
        people = People(rng, calendar.last)
        clock.time = calendar.office_time(calendar.first, hour=7)
        if not uow.count(User, where(username="superadmin")):
            account = {"username": "superadmin", "password": PASSWORDS[Role.SUPERADMIN], "first_name": "Platform"}
            open_superadmin(uow, account=account)
        plans = [plan_center(sketch, calendar=calendar, rng=rng, people=people) for sketch in centers]
        simulations = [Simulation(plan, superadmin=uow, clock=clock) for plan in plans]
        events = [event for simulation in simulations for event in simulation.events()]
        for simulation in simulations:
            events += _events_of_parts(simulation, calendar=calendar, rng=rng, seed=seed)
        moroccans = Moroccans(random.Random(f"{seed} schools"), calendar.last)  # noqa: S311 - as above
        lives = [
            SchoolSimulation(each, superadmin=uow, clock=clock, calendar=calendar, people=moroccans) for each in schools
        ]
        events.sort(key=_time)
        events += sorted((event for life in lives for event in life.events()), key=_time)  # the centers come first
        for done, (when, action) in enumerate(events, start=1):
            clock.time = when
            action()
            progress(done, len(events))
        # All this is in the past, so that nobody is notified of it; what was rewarded is not rewarded again.
        uow.events[:] = [event for event in uow.events if isinstance(event, AttemptRewarded | WalletOpened)]


def last_day(now: datetime) -> date:
    """Return the last day of the demo that is loaded at an instant."""
    return Calendar.before(now, days=DAYS).last


def _time(event: Event) -> datetime:
    return event[0]


def _events_of_parts(simulation: Simulation, *, calendar: Calendar, rng: random.Random, seed: int) -> list[Event]:
    """Return the events of teaching, admissions, money and messages.

    All but teaching have random numbers of their own, so that a change in one part leaves the others as they are.
    """
    sketch = simulation.plan.sketch
    admissions, money, messages = (
        random.Random(text)  # noqa: S311 - made-up people need no secrecy
        for text in (f"{seed} {sketch.number}", f"{seed} {sketch.name}", f"{seed} messages {sketch.number}")
    )
    return [
        *Teaching(simulation, calendar=calendar, rng=rng).events(),
        *Admissions(simulation, calendar=calendar, rng=admissions).events(),
        *Money(simulation, calendar=calendar, rng=money).events(),
        *Messages(simulation, calendar=calendar, rng=messages).events(),
    ]


def has_demo_data(school: Educore) -> bool:
    """Return whether the database has the demo data."""
    with school.work(PLATFORM, read_only=True) as uow:
        return bool(uow.count(User, where(username="director1", phone=demo_phone(1, 1))))


def has_data(school: Educore) -> bool:
    """Return whether the database has any Center."""
    with school.work(PLATFORM, read_only=True) as uow:
        return bool(uow.count(Center))


def list_accounts() -> list[tuple[str, str]]:
    """Return the user name and password of the demo accounts, the superadmin first and the schools last."""
    numbered = [(f"{role.value}{center}", PASSWORDS[role]) for center in (1, 2) for role in NAMED_ROLES]
    return [("superadmin", PASSWORDS[Role.SUPERADMIN]), *numbered, *list_school_accounts()]


class _PrehashedPasswords:
    """Passwords that are hashed before the transaction opens: hundreds of demo users share six of them."""

    def __init__(self, inner: Passwords) -> None:
        self._inner = inner
        self._hashes = {password: PasswordHash(inner.hash(password)) for password in PASSWORDS.values()}

    def hash(self, password: str) -> PasswordHash:
        return self._hashes[password]

    def verify(self, password: str, hashed: str | None) -> bool:
        return self._inner.verify(password, hashed)


__all__ = [
    "SCHOOLS",
    "SEED",
    "SIGN_UP_CENTER",
    "DataExists",
    "has_data",
    "has_demo_data",
    "last_day",
    "list_accounts",
    "load_demo",
]

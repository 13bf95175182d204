"""Days in filters of lists are days of the actor's Center, whatever its time zone, in every store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from educore import ANONYMOUS, Actor, Educore, Role, UnitOfWork, Where
from educore.courses import Course
from educore.kernel import value_type
from educore.organization import create_center
from educore.values import Region
from educore_web.admin.pages.lists import between
from educore_web.admin.screen import Screen
from educore_web.admin.screens import SCREENS
from educore_web.admin.security.current_user import CurrentUser, set_current_user, without_current_user
from educore_web.rest.filters import Filter
from support.cast import World
from support.parametrize import each
from support.web.bad_filters import SINCE
from support.web.system import Op
from support.web.systems import LISTS, PAGED

DAY = "2024-03-10"
"""The day on which summer time begins in New York."""

DAY_IN_UTC = {
    "Asia/Tashkent": ("2024-03-09T19:00Z", "2024-03-10T19:00Z"),
    "Europe/Berlin": ("2024-03-09T23:00Z", "2024-03-10T23:00Z"),
    "America/New_York": ("2024-03-10T05:00Z", "2024-03-11T04:00Z"),
}
"""The first instant of the day, and that of the next day, by time zone."""

ZONES = tuple(DAY_IN_UTC)
TICK = timedelta.resolution
INSTANT_FILTERS = [(op, known) for op in PAGED for known in op.listing.filters if "date-time" in str(known.schema)]
INSTANT_SCREENS = [s for s in SCREENS if s.date_filter and value_type(s.kind, s.date_filter)[0] is datetime]


@each("op, known", INSTANT_FILTERS)
@each("zone", ZONES)
def test_every_filter_by_an_instant_takes_a_day_of_the_center(
    op: Op, known: Filter, zone: str, world: World, school_in_memory: Educore
) -> None:
    with school_in_memory.work(director_in(zone, school_in_memory, world)) as uow:
        assert limits(uow, known, DAY) == expected_limits(zone, is_start=known.name.endswith(SINCE))


@each("op, known", INSTANT_FILTERS)
def test_a_user_of_no_center_names_days_of_the_settings(
    op: Op, known: Filter, world: World, school_in_memory: Educore
) -> None:
    region = Region("DE", "Europe/Berlin", "EUR")
    abroad = Educore(school_in_memory.store, replace(school_in_memory.ports, region=region))
    with abroad.work(world.rustam) as uow:
        assert limits(uow, known, DAY) == expected_limits("Europe/Berlin", is_start=known.name.endswith(SINCE))


@each("zone", ZONES)
def test_a_time_without_offset_is_one_of_the_center(zone: str, world: World, school_in_memory: Educore) -> None:
    _, known = INSTANT_FILTERS[0]
    with school_in_memory.work(director_in(zone, school_in_memory, world)) as uow:
        assert limits(uow, known, "2024-03-10T12:00") == [datetime(2024, 3, 10, 12, tzinfo=ZoneInfo(zone))]
        assert limits(uow, known, "2024-03-10T12:00Z") == [datetime(2024, 3, 10, 12, tzinfo=UTC)]


def test_lists_have_filters_by_instants_of_rows_in_the_cast() -> None:
    assert Course in {op.operation.kind for op, _ in INSTANT_FILTERS}


def test_three_centers_find_their_own_day_among_the_same_instants(school: Educore, world: World) -> None:
    lists = [op for op in LISTS if op.operation.kind is Course and op.listing is not None]
    instants = {instant - tick for zone in ZONES for instant in instants_of(zone) for tick in (timedelta(), TICK)}
    for zone in ZONES:
        director = director_in(zone, school, world)
        begin, end = instants_of(zone)
        with school.work(director) as uow:
            rows = [{"name": str(at), "created_at": at, "center_id": director.center_id} for at in sorted(instants)]
            uow.add_all(Course, rows)
            for op in lists:
                rules = op.listing.rules
                day = {f"created_at{end}": DAY for end in (rules.since, rules.until)}
                condition = op.listing.read(uow, day).condition
                found = {course.created_at for course in uow.find(Course, condition)}
                assert found == {at for at in instants if begin <= at < end}, f"{op.name} in {zone}"


@each("screen", INSTANT_SCREENS)
@each("zone", ZONES)
def test_every_date_filter_of_the_admin_takes_days_of_the_center(screen: Screen, zone: str) -> None:
    with without_current_user():
        set_current_user(CurrentUser(ANONYMOUS, "Dilshod", "Academy", ZoneInfo(zone)))
        day = datetime.fromisoformat(DAY).date()
        begin, end = instants_of(zone)
        assert values_of(between(screen, since=day, until=day)) == [begin, end - TICK]


def director_in(zone: str, school: Educore, world: World) -> Actor:
    """Return a director of a new Center in a time zone."""
    with school.work(world.rustam) as uow:
        return Actor(Role.DIRECTOR, center_id=create_center(uow, name=f"Academy in {zone}", time_zone=zone).id)


def instants_of(zone: str) -> tuple[datetime, datetime]:
    """Return the first instant of the day in a time zone, and that of the next day."""
    begin, end = map(datetime.fromisoformat, DAY_IN_UTC[zone])
    return begin, end


def expected_limits(zone: str, *, is_start: bool) -> list[datetime]:
    """Return the limit that a filter "from" the day or "to" the day has."""
    begin, end = instants_of(zone)
    return [begin] if is_start else [end - TICK]


def limits(uow: UnitOfWork, known: Filter, text: str) -> list[Any]:
    """Return the values with which a filter compares, for a text."""
    assert known.condition is not None
    return values_of(known.condition(uow, known.read(text)))


def values_of(condition: Where) -> list[Any]:
    """Return the values with which a condition compares."""
    return [comparison.value for comparison in condition.comparisons()]

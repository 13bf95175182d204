"""The region of a Center, and the days and instants of its time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from educore.kernel.conditions import Where, everything, where
from educore.kernel.errors import NotFound
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import Center
from educore.values import Region


def region_of(uow: UnitOfWork, center_id: int | None) -> Region:
    """Return the region of a Center, None stands for no Center: then it is the one that the settings name.

    That of the actor's own Center came with their authentication and is not read again, unless the Center is changed
    here. Raises: NotFound.
    """
    if center_id is None:
        return uow.ports.region
    if uow.actor.region is not None and center_id == uow.actor.center_id and not uow.holds(Center, center_id):
        return uow.actor.region
    center = uow.as_platform().get(Center, center_id)
    return Region(country=center.country, time_zone=center.time_zone, currency=center.currency)


def country_of(uow: UnitOfWork, center_id: object) -> str:
    """Return the country in which a local phone number of a row is dialled.

    What is no Center has that of the settings: the row is refused anyway, because it refers to nothing.
    """
    try:
        return region_of(uow, center_id if isinstance(center_id, int) else None).country
    except NotFound:
        return uow.ports.region.country


def center_time_zone(uow: UnitOfWork, center_id: int | None) -> ZoneInfo:
    """Return the time zone of a Center; without one, that of the settings."""
    return ZoneInfo(region_of(uow, center_id).time_zone)


def local_today(uow: UnitOfWork, center_id: int | None) -> date:
    """Return today's date in the time zone of a Center; without one, in that of the settings."""
    return uow.ports.clock.now().astimezone(center_time_zone(uow, center_id)).date()


def local_dates(uow: UnitOfWork, centers: Where = everything) -> dict[int, date]:
    """Return today's date in the time zone of each Center that matches, by Center id, in one statement."""
    now = uow.ports.clock.now()
    return {center.id: now.astimezone(ZoneInfo(center.time_zone)).date() for center in uow.find(Center, centers)}


def between_days(path: str, zone: tzinfo, *, since: date | None = None, until: date | None = None) -> Where:
    """Return the condition that the instant at a path is between two days of a time zone, both included.

    A day ends where the next one begins: on some days an hour comes twice, or midnight does not come at all.
    """
    condition = everything
    if since is not None:
        condition &= where(**{f"{path}__gte": start_of_day(since, zone)})
    if until is not None:
        condition &= where(**{f"{path}__lte": start_of_day(until + timedelta(days=1), zone) - timedelta.resolution})
    return condition


def start_of_day(day: date, zone: tzinfo) -> datetime:
    """Return the first instant of a day in a time zone, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)

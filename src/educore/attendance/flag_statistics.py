"""Statistics of absence flags: how many were raised, of which kind, and how soon somebody looked after them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from educore.attendance.entities import AbsenceFlag, FlagPriority, FlagStatus, FlagType
from educore.attendance.report_figures import Period, require_period
from educore.kernel.conditions import everything, where
from educore.kernel.shape import Shape
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.queries import between_days, center_time_zone

SECONDS_OF_AN_HOUR = 3600


@dataclass(frozen=True)
class FlagDay:
    """The numbers of flags that were raised and that were closed on a local day."""

    date: date
    created: int
    resolved: int


@dataclass(frozen=True)
class FlagStatistics:
    """The flags raised in a period. `average_resolution_hours` is None as long as none of them is resolved."""

    period: Period
    total: int
    by_status: dict[FlagStatus, int]
    by_type: dict[FlagType, int]
    by_priority: dict[FlagPriority, int]
    average_resolution_hours: float | None
    days: list[FlagDay]


class _Flag(Shape, of=AbsenceFlag):
    type: FlagType
    priority: FlagPriority
    status: FlagStatus
    created_at: datetime
    resolved_at: datetime | None


def flag_statistics(uow: UnitOfWork, *, first: date, last: date, group_id: int | None = None) -> FlagStatistics:
    """Return the statistics of the flags that were raised between two local days, in one class or in all.

    Raises: Invalid("ends_before_start"), ("period_too_long") on last.
    """
    period, zone = require_period(first, last), center_time_zone(uow, uow.actor.center_id)
    of_class = everything if group_id is None else where(session__group_id=group_id)
    flags = uow.read(_Flag, between_days("created_at", zone, since=first, until=last) & of_class)
    statuses, types = Counter(flag.status for flag in flags), Counter(flag.type for flag in flags)
    priorities = Counter(flag.priority for flag in flags)
    hours = [
        (flag.resolved_at - flag.created_at).total_seconds() / SECONDS_OF_AN_HOUR
        for flag in flags
        if flag.status is FlagStatus.RESOLVED and flag.resolved_at is not None
    ]
    return FlagStatistics(
        period=period,
        total=len(flags),
        by_status={status: statuses[status] for status in FlagStatus},
        by_type={kind: types[kind] for kind in FlagType},
        by_priority={priority: priorities[priority] for priority in FlagPriority},
        average_resolution_hours=round(sum(hours) / len(hours), 1) if hours else None,
        days=_count_days(flags, zone),
    )


def _count_days(flags: list[_Flag], zone: tzinfo) -> list[FlagDay]:
    created = Counter(flag.created_at.astimezone(zone).date() for flag in flags)
    resolved = Counter(flag.resolved_at.astimezone(zone).date() for flag in flags if flag.resolved_at)
    return [FlagDay(day, created[day], resolved[day]) for day in sorted({*created, *resolved})]

"""The limit on the texts a Center may send in a day.

Each text costs money, and whoever steals an account would send as many as possible.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from educore.kernel.conditions import Where, where
from educore.kernel.errors import Conflict
from educore.kernel.policy import PLATFORM
from educore.kernel.unit_of_work import UnitOfWork
from educore.messaging.entities import Channel, Delivery
from educore.organization.entities import Center


def require_texts_left(uow: UnitOfWork, center: Center, *, count: int) -> None:
    """Refuse more texts than the Center may still send today, by its own calendar.

    The Center is locked until the transaction ends, so that simultaneous senders are counted one after the other.
    Raises: Conflict("texts_per_day").
    """
    platform, most = uow.as_actor(PLATFORM), uow.ports.texts_per_day
    platform.find(Center, where(id=center.id), lock=True)
    written = platform.count(Delivery, where(center_id=center.id, channel=Channel.SMS) & _today(uow, center))
    if written + count > most:
        raise Conflict.because("", "texts_per_day", most=most, left=max(0, most - written), count=count)


def _today(uow: UnitOfWork, center: Center) -> Where:
    """Return the condition for rows created today, in the Center's time zone."""
    zone = ZoneInfo(center.time_zone)
    day = uow.ports.clock.now().astimezone(zone).date()
    begin, end = (datetime.combine(day + timedelta(days), time(), zone).astimezone(UTC) for days in (0, 1))
    return where(created_at__gte=begin, created_at__lte=end - timedelta(microseconds=1))

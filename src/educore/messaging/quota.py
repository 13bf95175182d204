"""The limit on the number of SMS that a Center may send in a day.

Each SMS costs money, and a stolen account would be used to send as many as possible.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from educore.kernel.conditions import Where, where
from educore.kernel.errors import Conflict
from educore.kernel.unit_of_work import UnitOfWork
from educore.messaging.entities import Channel, Delivery
from educore.organization.entities import Center
from educore.organization.queries import between_days


def require_sms_left(uow: UnitOfWork, center: Center, *, count: int) -> None:
    """Refuse more SMS than the Center may still send today, in its time zone.

    The Center is locked until the transaction ends, so that simultaneous senders are counted one after the other.
    Raises: Conflict("texts_per_day").
    """
    platform, limit = uow.as_platform(), uow.ports.texts_per_day
    platform.find(Center, where(id=center.id), lock=True)
    used = platform.count(Delivery, where(center_id=center.id, channel=Channel.SMS) & _created_today(uow, center))
    if used + count > limit:
        raise Conflict.because("", "texts_per_day", most=limit, left=max(0, limit - used), count=count)


def _created_today(uow: UnitOfWork, center: Center) -> Where:
    """Return the condition for rows created today, in the Center's time zone."""
    zone = ZoneInfo(center.time_zone)
    today = uow.ports.clock.now().astimezone(zone).date()
    return between_days("created_at", zone, since=today, until=today)

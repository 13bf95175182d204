"""Rules of the timetable about rows of other contexts."""

from __future__ import annotations

from educore.kernel.conditions import where
from educore.kernel.errors import Conflict
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import Center
from educore.timetable.entities import Session


def keep_time_zone(uow: UnitOfWork, before: Center, after: Center) -> None:
    """Refuse another time zone for a Center that has sessions, because their instants were computed with the old one.

    Raises: Conflict("time_zone_in_use") on time_zone.
    """
    if after.time_zone != before.time_zone and uow.as_platform().count(Session, where(center_id=before.id)):
        raise Conflict.because("time_zone", "time_zone_in_use")

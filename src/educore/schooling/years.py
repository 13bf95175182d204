"""Academic years: at most one of a school is the current one.

Whoever makes a year the current one locks the Center first, so that two of them take turns; a partial unique index
keeps the rule as well. Tested in `tests/domain/test_schooling_at_once.py`.
"""

from __future__ import annotations

from typing import Any

from educore.kernel.actions import use_case
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.entities import Center
from educore.schooling.entities import AcademicYear


@use_case
def add_year(uow: UnitOfWork, /, *, is_current: bool = False, **fields: Any) -> AcademicYear:
    """Add an academic year; with `is_current` it takes the place of the year that is current now.

    Raises: Conflict("taken") on year; Invalid("ends_before_start") on end_date or registration_end.
    """
    year = uow.add(AcademicYear, fields)
    return make_year_current(uow, year) if is_current else year


@use_case
def change_year(
    uow: UnitOfWork, year: AcademicYear, /, *, is_current: bool | None = None, **fields: Any
) -> AcademicYear:
    """Change an academic year; `is_current` makes it the current one, or leaves the school without one.

    Raises: the errors of `add_year`.
    """
    if is_current:
        make_year_current(uow, year)
    elif is_current is not None:
        fields["is_current"] = False
    return uow.change(uow.get(AcademicYear, year.id, to="update"), fields)


@use_case
def make_year_current(uow: UnitOfWork, year: AcademicYear, /) -> AcademicYear:
    """Make a year the current one of its school; the one that was current before is so no longer."""
    uow.as_platform().find(Center, where(id=year.center_id), lock=True)
    current = where(center_id=year.center_id, is_current=True)
    for former in uow.find(AcademicYear, current, to="make_current", lock=True):
        if former.id != year.id:
            uow.change(former, {"is_current": False}, to="make_current")
    return uow.change(uow.get(AcademicYear, year.id, to="make_current"), {"is_current": True}, to="make_current")


def keep_current_year(uow: UnitOfWork, before: AcademicYear, after: AcademicYear) -> None:
    """Refuse to archive the current year. Raises: Conflict("current_year_stays")."""
    if after.archived_at is not None and after.is_current:
        raise Conflict.because("", "current_year_stays")


def current_year(uow: UnitOfWork, *, center_id: int) -> AcademicYear | None:
    """Return the current academic year of a school, None if it has none."""
    return next(iter(uow.find(AcademicYear, where(center_id=center_id, is_current=True), limit=1)), None)

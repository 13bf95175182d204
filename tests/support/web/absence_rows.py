"""An absence flag that somebody must look after, and one that is closed, in each of the schools."""

from __future__ import annotations

from datetime import date

from educore import Educore, UnitOfWork
from educore.attendance import (
    FlagPriority,
    FlagResolution,
    ReportType,
    add_flag_document,
    prepare_register,
    raise_flag,
    resolve_flag,
    save_report,
)
from educore.timetable import Series
from support.school_cast import School

FLAGGED = date(2024, 9, 9)
"""A Monday, on which the first pupil is said to have been absent."""


def save_day(platform: Educore, school: School) -> int:
    """Let the first teacher save the report of that day about their class, and return its id."""
    with platform.work(school.teacher) as uow:
        about = {"group_id": school.class_a.id, "date": FLAGGED}
        return save_report(uow, type=ReportType.DAILY, parameters=about).id


def add_flags(uow: UnitOfWork, school: School, slot: Series, city: str) -> tuple[int, int]:
    """Raise two flags about a lesson of a slot, and resolve the second; return the ids of the register and the first.

    The first one has a letter of the family.
    """
    register = prepare_register(uow, series_id=slot.id, date=FLAGGED, notes=f"Cahier de {city}")
    about = {"student_id": school.student.student_id or 0, "session_id": register.id}
    first, second = (
        raise_flag(uow, **about, priority=priority, resolution_notes=f"Famille de {city}")
        for priority in (FlagPriority.MEDIUM, FlagPriority.LOW)
    )
    add_flag_document(uow, flag_id=first.id, note=f"Lettre de {city}")
    resolve_flag(uow, second, resolution=FlagResolution.JUSTIFIED, notes=f"Certificat de {city}")
    return register.id, first.id

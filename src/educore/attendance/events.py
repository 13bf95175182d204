"""Events of attendance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from educore.attendance.entities import AttendanceStatus
from educore.timetable.entities import RegisterStatus


@dataclass(frozen=True)
class ClassMarked:
    """Marks of a session were given or corrected; `changed` is the number of marks added or changed.

    `statuses` holds the status before and after by student id, None for no mark.
    """

    center_id: int
    session_id: int
    changed: int
    statuses: Mapping[int, tuple[AttendanceStatus | None, AttendanceStatus]] = field(
        default_factory=dict, compare=False
    )


@dataclass(frozen=True)
class RegisterChanged:
    """The register of a session was started, completed, or reset to the status before it was started."""

    center_id: int
    session_id: int
    status: RegisterStatus


@dataclass(frozen=True)
class FlagsRaised:
    """Marks of a session raised flags, or somebody raised one by hand."""

    center_id: int
    session_id: int
    flag_ids: tuple[int, ...]


@dataclass(frozen=True)
class FlagResolved:
    """A flag was resolved; a flag that is dismissed is no such event."""

    center_id: int
    flag_id: int

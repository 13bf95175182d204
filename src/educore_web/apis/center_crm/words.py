"""The words this document uses for the domain's enumerations, member for member."""

from __future__ import annotations

from enum import StrEnum


class RoleWord(StrEnum):
    """What a person is."""

    SUPERADMIN = "SuperAdmin"
    DIRECTOR = "Director"
    MANAGER = "Manager"
    ADMIN = "Admin"
    TEACHER = "Teacher"
    STUDENT = "Student"


class DirectorRole(StrEnum):
    """The only role of section 2."""

    DIRECTOR = "Director"


class StaffRole(StrEnum):
    """The roles of staff accounts."""

    MANAGER = "Manager"
    ADMIN = "Admin"


class CenterStatusWord(StrEnum):
    """Whether a center works."""

    ACTIVE = "Active"
    INACTIVE = "Inactive"


class BranchStatusWord(StrEnum):
    """Whether a branch takes new groups and students."""

    OPEN = "Open"
    CLOSED = "Closed"


class GroupStatusWord(StrEnum):
    """Where a group stands."""

    ACTIVE = "Active"
    INACTIVE = "Inactive"
    COMPLETED = "Completed"


class StudentStatusWord(StrEnum):
    """Where a student stands."""

    ACTIVE = "Active"
    INACTIVE = "Inactive"
    BLOCKED = "Blocked"
    GRADUATED = "Graduated"


class TeacherStatusWord(StrEnum):
    """Whether a teacher teaches."""

    ACTIVE = "Active"
    INACTIVE = "Inactive"

"""The Center, which is the tenant, its branches and their rooms."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from educore.kernel.entity import Audited, Entity, Fixed, OnDelete, Ref, StoredFile, Timestamped
from educore.values import Currency, Day, Email, Line, Name, Phone, Places, Text, TimeZone, WebAddress

OwnCenterId = Annotated[int, Ref("Center"), Fixed()]
"""The Center a row belongs to, for good."""

BranchId = Annotated[int, Ref("Branch")]
RoomId = Annotated[int, Ref("Room")]


class CenterStatus(StrEnum):
    """Whether a Center works; nobody signs in to an inactive one."""

    ACTIVE = "active"
    INACTIVE = "inactive"


class BranchStatus(StrEnum):
    """Whether a branch takes new groups, students and sessions; what is planned in a closed one goes on."""

    OPEN = "open"
    CLOSED = "closed"


class Center(Timestamped, Entity):
    """An educational center: the tenant. Its director is the main one of possibly several."""

    audited = Audited.ALWAYS
    unique = (("license_number",),)

    name: Name
    address: Line = ""
    phone: Phone | None = None
    email: Email | None = None
    logo: Annotated[str | None, StoredFile(), Field(max_length=255)] = None
    description: Text = ""
    license_number: Annotated[Name, Field(max_length=100)] | None = None
    opened_at: Day | None = None
    status: CenterStatus = CenterStatus.ACTIVE
    website: WebAddress | None = None
    time_zone: TimeZone = "Asia/Tashkent"
    currency: Currency = "UZS"
    director_id: Annotated[int, Ref("Membership", OnDelete.CLEAR)] | None = None


class Branch(Timestamped, Entity):
    """One address of a Center, looked after by one of its managers."""

    audited = Audited.ALWAYS

    center_id: OwnCenterId
    name: Name
    address: Line = ""
    phone: Phone | None = None
    manager_id: Annotated[int, Ref("User", OnDelete.CLEAR)] | None = None
    status: BranchStatus = BranchStatus.OPEN


class Room(Entity):
    """A room of a branch. `equipment` is a list in words: "Projector, Whiteboard"."""

    audited = Audited.ALWAYS
    unique = (("branch_id", "name"),)

    center_id: OwnCenterId
    branch_id: BranchId
    name: Name
    capacity: Places
    equipment: Line = ""
    is_available: bool = True

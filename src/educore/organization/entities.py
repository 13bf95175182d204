"""Centers, which are the tenants, their branches and rooms."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from educore.kernel.entity import Audited, Entity, FieldGroups, Fixed, OnDelete, Ref, StoredFile, Timestamped
from educore.values import Country, Currency, Day, Email, Line, Name, Phone, Places, Text, TimeZone, WebAddress

OwnCenterId = Annotated[int, Ref("Center"), Fixed()]
"""The Center to which a row belongs; it never changes."""

BranchId = Annotated[int, Ref("Branch")]
RoomId = Annotated[int, Ref("Room")]


class CenterStatus(StrEnum):
    """The state of a Center. Members of an inactive one cannot sign in."""

    ACTIVE = "active"
    INACTIVE = "inactive"


class BranchStatus(StrEnum):
    """The state of a branch. A closed one takes no new groups, students or sessions; existing ones continue."""

    OPEN = "open"
    CLOSED = "closed"


class Center(Timestamped, Entity):
    """An educational center, which is the tenant. `director_id` is the main one of its directors.

    `country` stands before `phone`, which is completed by it.
    """

    audited: ClassVar[Audited] = Audited.ALWAYS
    unique: ClassVar[FieldGroups] = (("license_number",),)

    name: Name
    address: Line = ""
    country: Country
    time_zone: TimeZone
    currency: Currency
    phone: Phone | None = None
    email: Email | None = None
    logo: Annotated[str | None, StoredFile(), Field(max_length=255)] = None
    description: Text = ""
    license_number: Annotated[Name, Field(max_length=100)] | None = None
    opened_at: Day | None = None
    status: CenterStatus = CenterStatus.ACTIVE
    website: WebAddress | None = None
    director_id: Annotated[int, Ref("Membership", OnDelete.CLEAR)] | None = None


class Branch(Timestamped, Entity):
    """One address of a Center; `manager_id` is the account of one of its managers."""

    audited: ClassVar[Audited] = Audited.ALWAYS

    center_id: OwnCenterId
    name: Name
    address: Line = ""
    phone: Phone | None = None
    manager_id: Annotated[int, Ref("User", OnDelete.CLEAR)] | None = None
    status: BranchStatus = BranchStatus.OPEN


class Room(Entity):
    """A room of a branch. `capacity` is a number of people; `equipment` a text such as "Projector, Whiteboard".

    `created_at` is None if it was created before this was recorded.
    """

    audited: ClassVar[Audited] = Audited.ALWAYS
    unique: ClassVar[FieldGroups] = (("branch_id", "name"),)

    center_id: OwnCenterId
    branch_id: BranchId
    name: Name
    capacity: Places
    equipment: Line = ""
    is_available: bool = True
    created_at: datetime | None = None

"""Centers, which are the tenants, their branches and rooms."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from educore.kernel.entity import Audited, Entity, FieldGroups, Fixed, OnDelete, Ref, StoredFile, Timestamped
from educore.values import (
    NO_TEXTS,
    Country,
    Currency,
    Day,
    Email,
    Floor,
    LanguageCodes,
    Line,
    Name,
    Phone,
    Places,
    Text,
    Texts,
    TimeZone,
    Username,
    WebAddress,
)

OwnCenterId = Annotated[int, Ref("Center"), Fixed()]
"""The Center to which a row belongs; it never changes."""

BranchId = Annotated[int, Ref("Branch")]
RoomId = Annotated[int, Ref("Room")]


class CenterStatus(StrEnum):
    """The state of a Center. Members of an inactive one cannot sign in."""

    ACTIVE = "active"
    INACTIVE = "inactive"


class CenterKind(StrEnum):
    """The kind of a Center: a center of courses, a school with years and classes, or the space of one teacher."""

    CENTER = "center"
    SCHOOL = "school"
    TEACHER = "teacher"


class BranchStatus(StrEnum):
    """The state of a branch. A closed one takes no new groups, students or sessions; existing ones continue."""

    OPEN = "open"
    CLOSED = "closed"


class RoomType(StrEnum):
    """The purpose of a room."""

    CLASSROOM = "classroom"
    LAB = "lab"
    LIBRARY = "library"
    GYM = "gym"
    COMPUTER = "computer"
    ART = "art"
    MUSIC = "music"
    OTHER = "other"


class Center(Timestamped, Entity):
    """An educational center, which is the tenant. `director_id` is the main one of its directors.

    `country` stands before `phone`, which is completed by it. `handle` is a short name for addresses and settings.
    `late_is_present` and `excused_leaves_sum` decide how attendance is counted; where they are None, the document of
    each API does. `languages` are those in which the Center is served; all of them if it names none.
    """

    audited: ClassVar[Audited] = Audited.ALWAYS
    unique: ClassVar[FieldGroups] = (("license_number",), ("handle",))

    kind: Annotated[CenterKind, Fixed()] = CenterKind.CENTER
    handle: Username | None = None
    name: Name
    name_ar: Name | None = None
    name_fr: Name | None = None
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
    city: Annotated[Line, Field(max_length=100)] = ""
    region: Annotated[Line, Field(max_length=100)] = ""
    postal_code: Annotated[Line, Field(max_length=20)] = ""
    student_capacity: Places | None = None
    late_is_present: bool | None = None
    excused_leaves_sum: bool | None = None
    languages: LanguageCodes = NO_TEXTS


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
    """A room of a branch. `capacity` is a number of people; `equipment` a list such as Projector, Whiteboard.

    `number` is the one on the door; `capacity` is None where nobody counted.
    `created_at` is None if it was created before this was recorded, and `updated_at` if it has not changed since.
    """

    audited: ClassVar[Audited] = Audited.ALWAYS
    unique: ClassVar[FieldGroups] = (("branch_id", "name"),)

    center_id: OwnCenterId
    branch_id: BranchId
    name: Name
    number: Annotated[Line, Field(min_length=1, max_length=20)] | None = None
    building: Annotated[Line, Field(max_length=100)] = ""
    floor: Floor | None = None
    type: RoomType = RoomType.CLASSROOM
    capacity: Places | None = None
    equipment: Texts = NO_TEXTS
    notes: Text = ""
    is_available: bool = True
    created_at: datetime | None = None
    updated_at: datetime | None = None


class NumberSeries(Entity):
    """The last number used in a Center for a purpose, such as receipts; the row is locked to take the next number."""

    unique: ClassVar[FieldGroups] = (("center_id", "purpose"),)

    center_id: OwnCenterId
    purpose: Annotated[str, Field(max_length=32), Fixed()]
    last: int = 0

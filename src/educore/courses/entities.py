"""Courses."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import Field

from educore.kernel.entity import Archivable, Audited, Entity, FieldGroups, Ref, Timestamped
from educore.organization.entities import OwnCenterId
from educore.values import HexColor, Line, Money, Months, Name, Text

CourseId = Annotated[int, Ref("Course")]


class Course(Timestamped, Archivable, Entity):
    """The subject that a group studies, such as English Language (center_crm says subject).

    `price` is for the whole course, in the Center's currency; `duration_months` is its length. An inactive course takes
    no new groups (edumaster E19). `code` is the office's short name for it; `icon` is the name of a sign, not a file.
    """

    audited: ClassVar[Audited] = Audited.ALWAYS
    unique: ClassVar[FieldGroups] = (("center_id", "name"), ("center_id", "code"))

    center_id: OwnCenterId
    name: Name
    name_ar: Name | None = None
    name_fr: Name | None = None
    code: Annotated[Line, Field(min_length=1, max_length=20)] | None = None
    color: HexColor | None = None
    icon: Annotated[Line, Field(max_length=50)] = ""
    description: Text = ""
    price: Money = Decimal(0)
    duration_months: Months | None = None
    is_active: bool = True

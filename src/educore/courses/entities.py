"""Courses."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from educore.kernel.entity import Audited, Entity, FieldGroups, Ref
from educore.organization.entities import OwnCenterId
from educore.values import Money, Months, Name, Text

CourseId = Annotated[int, Ref("Course")]


class Course(Entity):
    """The subject that a group studies, such as English Language (center_crm says subject).

    `price` is for the whole course, in the Center's currency; `duration_months` is its length. An inactive course takes
    no new groups (edumaster E19).
    """

    audited: ClassVar[Audited] = Audited.ALWAYS
    unique: ClassVar[FieldGroups] = (("center_id", "name"),)

    center_id: OwnCenterId
    name: Name
    description: Text = ""
    price: Money = Decimal(0)
    duration_months: Months | None = None
    is_active: bool = True
    created_at: datetime

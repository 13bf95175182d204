"""What is taught."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from educore.entity import Entity, Ref
from educore.organization.entities import OwnCenterId
from educore.values import Name, Text

CourseId = Annotated[int, Ref("Course")]


class Course(Entity):
    """What a group studies, such as English Language (center_crm says subject)."""

    unique = (("center_id", "name"),)

    center_id: OwnCenterId
    name: Name
    description: Text = ""
    created_at: datetime

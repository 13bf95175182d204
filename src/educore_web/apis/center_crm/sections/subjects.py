"""4. Subjects, which the domain calls courses."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from educore import From
from educore.courses import Course
from educore.values import Name, Text
from educore_web.apis.center_crm.accounts import OWNERS
from educore_web.apis.center_crm.dialect import CrmShape
from educore_web.apis.center_crm.spec import crm
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To


class SubjectIn(Body, of=Course):
    """A subject; its name is unique in the center."""

    educational_center: Annotated[int | None, To("center_id")] = None
    name: Name
    description: Text = ""


class SubjectOut(CrmShape, of=Course):
    """A subject."""

    id: int
    educational_center: Annotated[int, From("center_id")]
    center_name: Annotated[str, From("center.name")]
    name: str
    description: str
    created_at: datetime


ROUTES = [*crm.crud("/subjects/", Course, SubjectIn, SubjectOut, search=("name",), write_roles=OWNERS)]

"""1. Educational Centers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from educore import Count, From, NameOf, Role
from educore.organization import Center
from educore.values import Day, Email, Line, Name, Phone, Text, WebAddress
from educore_web.apis.center_crm.answers import StatusOut, answer_status
from educore_web.apis.center_crm.dialect import CrmShape
from educore_web.apis.center_crm.spec import crm
from educore_web.apis.center_crm.words import CenterStatusWord
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To
from educore_web.rest.uploads import Image


class CenterIn(Body, of=Center):
    """A center. `director` is the id of a director, who moves to it."""

    name: Name
    address: Line = ""
    phone: Phone | None = None
    email: Email | None = None
    logo: Image | None = None
    description: Text = ""
    license_number: Name | None = None
    opened_at: Day | None = None
    status: CenterStatusWord = CenterStatusWord.ACTIVE
    website: WebAddress | None = None
    director: Annotated[int | None, To("director_id")] = None


class CenterOut(CrmShape, of=Center):
    """A center. `users_count` counts all its accounts."""

    id: int
    name: str
    address: str
    phone: str | None
    email: str | None
    logo: str | None
    description: str
    license_number: str | None
    opened_at: date | None
    status: CenterStatusWord
    website: str | None
    director: Annotated[int | None, From("director_id")]
    director_name: Annotated[str | None, NameOf("director.user")]
    users_count: Annotated[int, Count("Membership")]
    created_at: datetime
    updated_at: datetime


SUPERADMINS = frozenset({Role.SUPERADMIN})

ROUTES = [
    crm.list("/centers/", CenterOut, search=("name", "license_number", "email"), roles=SUPERADMINS),
    *crm.crud("/centers/", Center, CenterIn, CenterOut)[1:],
    crm.act("/centers/{id}/activate/", Center, "activate", answer_status("Center activated"), out=StatusOut),
    crm.act("/centers/{id}/deactivate/", Center, "deactivate", answer_status("Center deactivated"), out=StatusOut),
]

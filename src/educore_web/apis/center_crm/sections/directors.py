"""2. Directors, and the staff accounts the document has no section for."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from educore import From, Role, where
from educore.identity import Membership, User
from educore.kernel import OnlyMembers
from educore.people import register_director, register_staff
from educore.values import Day, Email, NewPassword, PassportNumber, PersonName, Phone, Username
from educore_web.apis.center_crm.accounts import OWNERS, UserOut
from educore_web.apis.center_crm.answers import StatusOut, answer_status
from educore_web.apis.center_crm.dialect import CrmShape
from educore_web.apis.center_crm.spec import crm
from educore_web.apis.center_crm.words import DirectorRole, StaffRole
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To
from educore_web.rest.uploads import Image


class MemberIn(Body, of=Membership):
    """The account of a director or of staff, flat."""

    username: Annotated[Username, To("account.username")]
    password: Annotated[NewPassword, To("account.password")]
    first_name: Annotated[PersonName, To("account.first_name")] = ""
    last_name: Annotated[PersonName, To("account.last_name")] = ""
    email: Annotated[Email | None, To("account.email")] = None
    phone: Annotated[Phone | None, To("account.phone")] = None
    passport_number: Annotated[PassportNumber | None, To("account.passport_number")] = None
    birthday: Annotated[Day | None, To("account.birthday")] = None
    image: Annotated[Image | None, To("account.image")] = None


class ShownAccount(Body, of=User):
    """The account as answers nest it."""

    username: Username = ""
    email: Email | None = None
    first_name: PersonName = ""
    last_name: PersonName = ""


class DirectorIn(MemberIn, of=Membership):
    """A director of a center. One without a center cannot sign in until a center names them as its director."""

    role: Annotated[DirectorRole, To(None)] = DirectorRole.DIRECTOR
    educational_center: Annotated[int | None, To("center_id")] = None


class DirectorChange(DirectorIn, of=Membership):
    """A director as SuperAdmin may change them: also blocked and unblocked (C40)."""

    user: Annotated[ShownAccount, To("account"), Field(default_factory=ShownAccount)]
    is_blocked: bool = False


class StaffIn(MemberIn, of=Membership):
    """A manager or an admin; the center is the Director's own."""

    role: StaffRole
    educational_center: Annotated[int | None, To("center_id")] = None


class StaffChange(StaffIn, of=Membership):
    """A manager or an admin as they may be changed."""

    user: Annotated[ShownAccount, To("account"), Field(default_factory=ShownAccount)]


class MemberOut(CrmShape, of=Membership):
    """A member of a center with their account."""

    id: int
    user: UserOut
    role: str
    educational_center: Annotated[int | None, From("center_id")]
    phone: Annotated[str | None, From("user.phone")]
    passport_number: Annotated[str | None, From("user.passport_number")]
    birthday: Annotated[date | None, From("user.birthday")]
    image: Annotated[str | None, From("user.image")]
    is_blocked: bool
    created_at: datetime


class DirectorOut(MemberOut, of=Membership):
    """A director."""

    role: Annotated[DirectorRole, OnlyMembers(Role.DIRECTOR)]


class StaffOut(MemberOut, of=Membership):
    """A manager or an admin."""

    role: Annotated[StaffRole, OnlyMembers(Role.MANAGER, Role.ADMIN)]


NAMES = ("user__first_name", "user__last_name", "user__username", "user__email", "user__phone")
DIRECTORS = where(role=Role.DIRECTOR)
STAFF = where(role__in=[Role.MANAGER, Role.ADMIN])

ROUTES = [
    *crm.crud(
        "/directors/",
        Membership,
        DirectorIn,
        DirectorOut,
        create=register_director,
        only=DIRECTORS,
        search=NAMES,
        change_body=DirectorChange,
        roles=[Role.SUPERADMIN],
    ),
    *crm.crud(
        "/staff/",
        Membership,
        StaffIn,
        StaffOut,
        create=register_staff,
        only=STAFF,
        search=NAMES,
        change_body=StaffChange,
        roles=OWNERS,
        addition=True,
    ),
    crm.act(
        "/staff/{id}/block/",
        Membership,
        "block",
        answer_status("Account blocked"),
        only=STAFF,
        out=StatusOut,
        roles=OWNERS,
        addition=True,
    ),
    crm.act(
        "/staff/{id}/unblock/",
        Membership,
        "unblock",
        answer_status("Account unblocked"),
        only=STAFF,
        out=StatusOut,
        roles=OWNERS,
        addition=True,
    ),
]

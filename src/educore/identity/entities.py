"""Accounts, memberships in Centers, sign-ins, calendar feeds and password attempts."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from educore.kernel.entity import (
    ActedBy,
    Archivable,
    Audited,
    Entity,
    FieldGroups,
    FieldNames,
    Fixed,
    Hidden,
    Observed,
    OnDelete,
    Ref,
    StoredFile,
    Timestamped,
    Unique,
)
from educore.kernel.policy import Role
from educore.values import Calendar, Day, Email, Language, Line, PassportNumber, PersonName, Phone, Text, Username

CenterId = Annotated[int, Ref("Center")]
UserId = Annotated[int, Ref("User")]
MembershipId = Annotated[int, Ref("Membership")]
ActorId = Annotated[int, Ref("User"), ActedBy()]
"""The account of the person who acted. The reference is never cleared: an account that has acted is never deleted."""


class User(Timestamped, Entity):
    """The account of a person, with their credentials. Memberships give it roles in Centers.

    `center_id` is the Center that opened the account and may change it; accounts of the platform have none.
    The user name is unique on the whole platform. E-mail and phone are not: brothers and sisters share their mother's,
    and "already taken" would tell one Center whom another one knows.

    `language` and `calendar` are the person's own choice for texts and dates; without one, the caller decides. Whoever
    does not want mail (`wants_mail`) is told in the app alone; what they ask for, such as a new password, is mailed.
    `last_signed_in_at` is None until the first sign-in. `password_is_initial` tells that somebody else chose the
    password, such as the office that took the person in; it stays until its owner chooses one (madrasti:
    force_password_change).
    """

    audited: ClassVar[Audited] = Audited.ALWAYS
    named_by: ClassVar[FieldNames] = ("first_name", "last_name", "|username")
    unique: ClassVar[FieldGroups] = (("username",),)

    center_id: CenterId | None = None
    username: Username
    password_hash: Annotated[str | None, Hidden(), Field(max_length=255)] = None
    password_is_initial: Annotated[bool, Observed()] = False
    email: Email | None = None
    phone: Phone | None = None
    first_name: PersonName = ""
    last_name: PersonName = ""
    passport_number: PassportNumber | None = None
    birthday: Day | None = None
    image: Annotated[str | None, StoredFile(), Field(max_length=255)] = None
    bio: Text | None = None
    address: Line | None = None
    emergency_contact_name: Annotated[PersonName, Field(max_length=100)] | None = None
    emergency_contact_phone: Phone | None = None
    language: Language | None = None
    calendar: Calendar | None = None
    wants_mail: bool = True
    email_verified_at: datetime | None = None
    last_signed_in_at: Annotated[datetime | None, Observed()] = None


class Membership(Timestamped, Archivable, Entity):
    """The role of a person in a Center; a superadmin belongs to no Center.

    A blocked member cannot sign in and is signed out on all devices. An archived one was removed from the Center; who
    comes back is restored, so there is no second row beside it.
    """

    audited: ClassVar[Audited] = Audited.ALWAYS
    named_by: ClassVar[FieldNames] = ("user_id",)
    unique: ClassVar[FieldGroups] = (Unique(("center_id", "user_id", "role")),)

    center_id: CenterId | None = None
    user_id: UserId
    role: Role
    is_blocked: bool = False


class SignIn(Entity):
    """One device on which a member is signed in, from sign-in to sign-out.

    Tokens and cookies carry a random key, whose digest is `key_digest`; `token_id` names the only refresh token that
    can be renewed, and `replaced_tokens` those renewed in the last seconds (`educore.people.refresh_tokens` says why).
    `host` is the address from which the person signed in, for IPv6 its /64 network.
    """

    center_id: CenterId | None = None
    user_id: Annotated[int, Ref("User", OnDelete.CASCADE), Fixed()]
    membership_id: Annotated[int, Ref("Membership", OnDelete.CASCADE), Fixed()]
    student_id: Annotated[int, Ref("Student", OnDelete.CASCADE)] | None = None
    teacher_id: Annotated[int, Ref("Teacher", OnDelete.CASCADE)] | None = None
    key_digest: Annotated[str, Hidden(), Fixed(), Field(max_length=64)]
    token_id: Annotated[str, Hidden(), Field(max_length=64)]
    replaced_tokens: Annotated[str, Hidden(), Field(max_length=500)] = ""
    host: Annotated[str, Fixed(), Field(max_length=64)] = ""
    started_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None


class CalendarFeed(Entity):
    """A secret address at which a calendar program reads the sessions that a member may see.

    Only a digest of the token is stored. A new feed replaces the member's earlier one.
    """

    unique: ClassVar[FieldGroups] = (("token_digest",),)

    center_id: Annotated[CenterId, Fixed()]
    user_id: Annotated[int, Ref("User", OnDelete.CASCADE), Fixed()]
    membership_id: Annotated[int, Ref("Membership", OnDelete.CASCADE), Fixed()]
    student_id: Annotated[int, Ref("Student", OnDelete.CASCADE), Fixed()] | None = None
    teacher_id: Annotated[int, Ref("Teacher", OnDelete.CASCADE), Fixed()] | None = None
    token_digest: Annotated[str, Hidden(), Field(max_length=64)]
    created_at: datetime
    revoked_at: datetime | None = None


class CodePurpose(StrEnum):
    """The use of a one-time code."""

    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a word, not a password


class CodeForm(StrEnum):
    """The form of a one-time code: six digits to type, or a link to follow."""

    DIGITS = "digits"
    LINK = "link"


class OneTimeCode(Entity):
    """A secret that was sent once to the e-mail address of an account; it cannot be read back from here.

    It works once, until `expires_at`. A newer one for the same purpose ends it. `tries_left` counts wrong digits; a
    link is too long to be guessed. `host` is the address from which it was asked for.
    """

    unique: ClassVar[FieldGroups] = (("digest",),)

    user_id: Annotated[int, Ref("User", OnDelete.CASCADE), Fixed()]
    purpose: Annotated[CodePurpose, Fixed()]
    form: Annotated[CodeForm, Fixed()]
    digest: Annotated[str, Hidden(), Fixed(), Field(max_length=128)]
    host: Annotated[str, Fixed(), Field(max_length=64)] = ""
    tries_left: Annotated[int, Field(ge=0, le=5)] = 5
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


class PasswordAttempts(Entity):
    """The number of recent tries to prove a person's password from one host, within 15 minutes from `started_at`.

    `person` is the digest of an account's id, or of a name that no account has; an empty `host` stands for all hosts
    from which the person never signed in. `tries` counts all tries; `failures` is reset by a right password.
    """

    unique: ClassVar[FieldGroups] = (("person", "host"),)

    person: Annotated[str, Fixed(), Field(max_length=64)]
    host: Annotated[str, Fixed(), Field(max_length=64)]
    failures: Annotated[int, Field(ge=0)]
    tries: Annotated[int, Field(ge=0)]
    started_at: datetime

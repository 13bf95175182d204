"""The identity context: its entities, policies, actions, guards and indexes."""

from __future__ import annotations

from educore.identity.entities import CalendarFeed, Membership, OneTimeCode, PasswordAttempts, SignIn, User
from educore.identity.policies import POLICIES
from educore.identity.use_cases import (
    archive_member,
    block_member,
    change_account,
    open_account,
    remove_member,
    restore_member,
    unblock_member,
)
from educore.kernel.context import Context
from educore.kernel.storage import Index, Unlisted

CONTEXT = Context(
    "identity",
    entities=(User, Membership, SignIn, PasswordAttempts, CalendarFeed, OneTimeCode),
    policies=POLICIES,
    actions={
        (User, "create"): open_account,
        (User, "update"): change_account,
        (Membership, "delete"): remove_member,
        (Membership, "archive"): archive_member,
        (Membership, "restore"): restore_member,
        (Membership, "block"): block_member,
        (Membership, "unblock"): unblock_member,
    },
    storage=(
        Index(User, ("email",)),
        Index(User, ("phone",)),
        Index(Membership, ("center_id", "id")),
        Index(PasswordAttempts, ("host", "started_at"), name="ix_password_attempts_host"),
        Index(PasswordAttempts, ("started_at",)),
        Index(OneTimeCode, ("expires_at",)),
        Unlisted(CalendarFeed),
    ),
    looks_ahead=("organization", "people", "groups", "timetable"),
)

"""Accounts, memberships, passwords, sign-ins and calendar feeds."""

from educore.identity.context import CONTEXT
from educore.identity.entities import (
    ActorId,
    CalendarFeed,
    CenterId,
    Membership,
    MembershipId,
    OneTimeCode,
    PasswordAttempts,
    SignIn,
    User,
    UserId,
)
from educore.identity.one_time_codes import reset_password
from educore.identity.passwords import PasswordProof, normalize_host, prove_password
from educore.identity.policies import SELF_REGISTERED, grant_read_to_members, own_account, own_center, own_user
from educore.identity.use_cases import (
    archive_member,
    block_member,
    change_account,
    change_own_name,
    change_own_password,
    change_own_profile,
    open_account,
    remove_member,
    restore_member,
    unblock_member,
)

__all__ = [
    "ActorId",
    "CONTEXT",
    "CalendarFeed",
    "CenterId",
    "Membership",
    "MembershipId",
    "OneTimeCode",
    "PasswordAttempts",
    "PasswordProof",
    "SELF_REGISTERED",
    "SignIn",
    "User",
    "UserId",
    "archive_member",
    "block_member",
    "change_account",
    "change_own_name",
    "change_own_password",
    "change_own_profile",
    "grant_read_to_members",
    "normalize_host",
    "open_account",
    "own_account",
    "own_center",
    "own_user",
    "prove_password",
    "remove_member",
    "reset_password",
    "restore_member",
    "unblock_member",
]

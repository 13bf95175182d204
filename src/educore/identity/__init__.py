"""Accounts, memberships, passwords, sign-ins and calendar feeds."""

from educore.identity.context import CONTEXT
from educore.identity.entities import CalendarFeed, Membership, PasswordAttempts, SignIn, User
from educore.identity.passwords import PasswordProof, prove_password
from educore.identity.use_cases import (
    block_member,
    change_account,
    change_own_name,
    change_own_password,
    open_account,
    remove_member,
    unblock_member,
)

__all__ = [
    "CONTEXT",
    "CalendarFeed",
    "Membership",
    "PasswordAttempts",
    "PasswordProof",
    "SignIn",
    "User",
    "block_member",
    "change_account",
    "change_own_name",
    "change_own_password",
    "open_account",
    "prove_password",
    "remove_member",
    "unblock_member",
]

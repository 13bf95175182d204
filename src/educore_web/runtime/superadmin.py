"""Superadmins: accounts with all permissions, which belong to no Center."""

from __future__ import annotations

from typing import Any

from educore import Role, UnitOfWork
from educore.identity import Membership, User, open_account


def open_superadmin(uow: UnitOfWork, *, account: dict[str, Any]) -> User:
    """Open an account for a superadmin. `uow` must act as a superadmin; for the first one, as `PLATFORM`.

    Raises: Conflict("taken") on username, email or phone; Invalid.
    """
    user = open_account(uow, center_id=None, **account)
    uow.add(Membership, user_id=user.id, role=Role.SUPERADMIN, center_id=None)
    return user

"""The first account of a platform: somebody who may do everything and belongs to no Center."""

from __future__ import annotations

from typing import Any

from educore import Role, UnitOfWork
from educore.identity import Membership, User, open_account


def open_superadmin(uow: UnitOfWork, *, account: dict[str, Any]) -> User:
    """Open an account for a superadmin. `uow` must be a superadmin's; for the first one, nobody's in particular.

    Raises: Conflict("taken") on username, email or phone; Invalid.
    """
    user = open_account(uow, center_id=None, **account)
    uow.add(Membership, user_id=user.id, role=Role.SUPERADMIN, center_id=None)
    return user

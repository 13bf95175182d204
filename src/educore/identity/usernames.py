"""User names for people who have not chosen one."""

from __future__ import annotations

import re
import secrets

from educore.identity.entities import User
from educore.kernel.conditions import where
from educore.kernel.unit_of_work import UnitOfWork

MAX_NUMBER = 100
"""The number of accounts that get a name with one base; brothers and sisters share a phone, a class does not."""


def free_username(uow: UnitOfWork, *, center_id: int | None, email: str | None = None, phone: str | None = None) -> str:
    """Return a user name that nobody has: the part of the e-mail address before the @, or a name made from the phone.

    A name from the phone ends with the number of the Center, as in `998901234567.3`: otherwise the next free name
    would tell a Center that another one knows the number.
    """
    local = re.sub(r"[^\w.@+-]", "", (email or "").partition("@")[0])
    base = local or f"{re.sub(r'[^0-9]', '', phone or '')}.{center_id or 0}"
    separator = "" if local else "-"
    names = [base, *(f"{base}{separator}{number}" for number in range(2, MAX_NUMBER))]
    platform = uow.as_platform()  # user names are unique on the whole platform, which the actor cannot see
    taken = platform.count_by(User, "username", where(username__in=names))
    return next((name for name in names if name not in taken), f"{base}.{secrets.token_hex(4)}")

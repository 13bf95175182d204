"""One-time codes: made for an account, mailed to it, and used once. Of a code only a digest is stored.

`educore.messaging.password_resets` mails them. Tested in `tests/domain/test_password_resets.py`.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from educore.identity.entities import CodeForm, CodePurpose, OneTimeCode, User
from educore.identity.use_cases import change_account
from educore.kernel.application import Educore
from educore.kernel.conditions import where
from educore.kernel.errors import Invalid
from educore.kernel.policy import ANONYMOUS
from educore.kernel.unit_of_work import UnitOfWork
from educore.values import PasswordHash

LINK_LIFETIME = timedelta(hours=1)
"""The time for which a link to reset a password works."""

CODE_RETENTION = timedelta(days=1)
"""The time for which codes are kept after they expired."""


def issue_link(uow: UnitOfWork, user: User, *, purpose: CodePurpose, host: str) -> str:
    """Return a new secret for a link, valid for `LINK_LIFETIME`; older codes of this account and purpose end.

    The secret is known to the caller alone. Codes that expired long ago are removed.
    """
    now, secret = uow.ports.clock.now(), secrets.token_urlsafe(32)
    uow.remove_all(OneTimeCode, where(user_id=user.id, purpose=purpose))
    uow.remove_all(OneTimeCode, where(expires_at__lte=now - CODE_RETENTION))
    code = {"user_id": user.id, "purpose": purpose, "form": CodeForm.LINK, "digest": _digest(secret), "host": host}
    uow.add(OneTimeCode, {**code, "created_at": now, "expires_at": now + LINK_LIFETIME})
    return secret


def reset_password(school: Educore, *, token: str, password: str) -> User:
    """Give an account a new password with the secret of a mailed link, once; its sign-ins and calendar feeds end.

    The password is hashed between two transactions, because its hash is slow, and only for a link that works.
    Raises: Invalid("code_invalid") on token, the same for unknown, used and expired ones.
    """
    with school.work(ANONYMOUS, read_only=True) as uow:
        _find_usable(uow, token)
    hashed = PasswordHash(password if isinstance(password, PasswordHash) else school.ports.passwords.hash(password))
    with school.work(ANONYMOUS) as uow:
        platform = uow.as_platform()  # the secret is the permission
        code = _find_usable(uow, token, lock=True)
        platform.change(code, {"used_at": uow.ports.clock.now()})
        return change_account(platform, platform.get(User, code.user_id, lock=True), password=hashed)


def _find_usable(uow: UnitOfWork, token: str, *, lock: bool = False) -> OneTimeCode:
    """Return the code of a link that can still be used. Raises: Invalid("code_invalid") on token."""
    usable = where(purpose=CodePurpose.RESET_PASSWORD, form=CodeForm.LINK, digest=_digest(token), used_at__isnull=True)
    found = uow.as_platform().find(OneTimeCode, usable, lock=lock)
    if not found or found[0].expires_at <= uow.ports.clock.now():
        raise Invalid.because("token", "code_invalid")
    return found[0]


def _digest(secret: str) -> str:
    """Return the SHA-256 digest of a long secret; digests are compared, so that no duration tells of one."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()

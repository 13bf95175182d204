"""Password checks, with one limit on tries for every use case that takes a password.

Tries are counted by person and by host, whether the person gives their user name, e-mail or phone. A try is counted
before the password is hashed, in a transaction of its own that locks the rows of the person. A hundred tries at once on
several servers therefore cost no more hashes than a hundred in a row, and no hash is computed inside a transaction.

Tries from other hosts never lock a person out of a host from which they signed in before: there, only tries from that
host count. A host with many failures, such as the address of a school, is not locked either; it only has fewer tries
for names that never signed in there. Names without an account are counted in the same way, so that the limits do not
reveal which names exist. Tested in `tests/domain/test_password_attempts.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any

from educore.identity.entities import PasswordAttempts, SignIn, User
from educore.kernel.application import Educore
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Invalid, TooManyAttempts
from educore.kernel.policy import ANONYMOUS, Actor
from educore.kernel.unit_of_work import UnitOfWork

WINDOW = timedelta(minutes=15)
"""The time in which tries are counted; it begins with the first one."""

MAX_FAILURES_PER_HOST = 5
"""Wrong passwords allowed for a person from one host within the window, since their last right one there."""

MAX_FAILURES_FROM_UNKNOWN_HOSTS = 20
"""Wrong passwords allowed for a person within the window from all hosts together that they never signed in from."""

SUSPICIOUS_HOST_FAILURES = 100
"""Failures after which a host has one try, not `MAX_FAILURES_PER_HOST`, for each name that never signed in there."""

MAX_TRIES_PER_HOST = 30
"""Passwords allowed for a person from one host within the window, right or wrong: each costs a hash."""

RETENTION = 2 * WINDOW
"""The age at which rows are removed; longer than the window, in case clocks differ."""

CLEANUP_BATCH = 100
"""The number of old rows that one wrong password removes."""

MAX_RETRIES = 5
UNKNOWN_HOSTS = ""
"""Value of `host` that stands for all hosts from which a person never signed in."""


@dataclass(frozen=True)
class PasswordProof:
    """Proof that a person has just given the right password; use cases take it instead of the password."""

    user_id: int
    password_hash: str | None = field(repr=False)


@dataclass(frozen=True)
class PasswordTry:
    """One try to prove a password from a host: for an account, or for a name that no account has."""

    person: str
    host: str
    user_id: int = 0

    @classmethod
    def of(cls, user: User | None, *, name: str = "", host: str) -> PasswordTry:
        """Return a try for an account or, without one, for a name.

        Names are stored as digests, because people type passwords into the wrong field.
        """
        text = f"user:{user.id}" if user else f"name:{name}"
        person = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        return cls(person, normalize_host(host), user.id if user else 0)


def prove_password(school: Educore, actor: Actor, *, password: str, host: str = "") -> PasswordProof:
    """Check the actor's own password, before the unit of work that changes it opens.

    Raises: Invalid("password_wrong") on old_password; Forbidden; TooManyAttempts (retry_after, seconds).
    """
    with school.work(actor, read_only=True) as uow:
        account = uow.get(User, actor.user_id or 0, to="change_own_password")
    attempt = PasswordTry.of(account, host=host)
    wrong = Invalid.because("old_password", "password_wrong")
    check_password(school, attempt, password, account.password_hash, wrong=wrong)
    with school.work(ANONYMOUS) as uow:
        forget_failures(uow, attempt)
    return PasswordProof(account.id, account.password_hash)


def check_password(
    school: Educore, attempt: PasswordTry, password: str, hashed: str | None, *, wrong: Exception
) -> None:
    """Count a try and compare the password with the hash. Raises: `wrong`; TooManyAttempts (retry_after, seconds)."""
    _count(school, attempt)
    if not school.ports.passwords.verify(password, hashed):
        _remove_old(school)
        raise wrong


def forget_failures(uow: UnitOfWork, attempt: PasswordTry) -> None:
    """Reset the number of failures of a person on a host, after a right password."""
    attempts = where(person=attempt.person, host=attempt.host)
    uow.as_actor(ANONYMOUS).change_all(PasswordAttempts, attempts, {"failures": 0})


def normalize_host(host: str) -> str:
    """Return the host for which tries are counted; for IPv6 the /64 network, because one customer has all of it."""
    try:
        address = ip_address(host)
    except ValueError:
        return "".join(filter(str.isprintable, host))[:64] or "unknown"
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or IPv6Network((address, 64), strict=False))


def _count(school: Educore, attempt: PasswordTry) -> None:
    """Count a try. Raises: TooManyAttempts, without counting it, if there are too many."""
    for _ in range(MAX_RETRIES):
        try:
            with school.work(ANONYMOUS) as uow:
                _count_under_lock(uow, attempt)
            return
        except Conflict:  # another transaction has just inserted the first row of this person and host
            continue
    raise TooManyAttempts(retry_after=1)


def _count_under_lock(uow: UnitOfWork, attempt: PasswordTry) -> None:
    """Count a try in the rows of the person: for this host, and for all unknown hosts if this is one of them.

    Rows are locked in the order of their hosts, here and in `_remove_old`, to avoid deadlocks.
    """
    now = uow.ports.clock.now()
    is_known = bool(uow.count(SignIn, where(user_id=attempt.user_id, host=attempt.host), to="authenticate"))
    hosts = (attempt.host,) if is_known else (UNKNOWN_HOSTS, attempt.host)
    of_person = where(person=attempt.person, host__in=hosts)
    rows = {row.host: row for row in uow.find(PasswordAttempts, of_person, order=("host",), lock=True)}
    open_windows = [row for row in rows.values() if _is_open(row, now)]
    max_failures = MAX_FAILURES_PER_HOST if is_known else _max_failures_at_unknown_host(uow, attempt.host, now)
    _refuse_too_many(open_windows, now, max_failures=max_failures)
    for row in rows.values():
        is_open = row in open_windows
        failures, tries, started_at = (row.failures, row.tries, row.started_at) if is_open else (0, 0, now)
        counts: dict[str, Any] = {"failures": failures + 1, "tries": tries + 1, "started_at": started_at}
        uow.change_all(PasswordAttempts, where(id=row.id), counts)
    first = {"person": attempt.person, "failures": 1, "tries": 1, "started_at": now}
    uow.add_all(PasswordAttempts, [{**first, "host": host} for host in hosts if host not in rows])


def _is_open(attempts: PasswordAttempts, now: datetime) -> bool:
    """Return whether the window is open; one that begins in the future comes from a wrong clock and counts as ended."""
    return attempts.started_at <= now < attempts.started_at + WINDOW


def _max_failures_at_unknown_host(uow: UnitOfWork, host: str, now: datetime) -> int:
    recent = where(host=host, started_at__gte=now - WINDOW, started_at__lte=now)
    return MAX_FAILURES_PER_HOST if uow.sum(PasswordAttempts, "failures", recent) < SUSPICIOUS_HOST_FAILURES else 1


def _refuse_too_many(open_windows: Iterable[PasswordAttempts], now: datetime, *, max_failures: int) -> None:
    """Refuse the try if the limit of a window is reached. Raises: TooManyAttempts (retry_after, seconds)."""
    for row in open_windows:
        limit = MAX_FAILURES_FROM_UNKNOWN_HOSTS if row.host == UNKNOWN_HOSTS else max_failures
        if row.failures >= limit or row.host != UNKNOWN_HOSTS and row.tries >= MAX_TRIES_PER_HOST:
            raise TooManyAttempts(retry_after=max(1, round((row.started_at + WINDOW - now).total_seconds())))


def _remove_old(school: Educore) -> None:
    """Remove up to `CLEANUP_BATCH` rows whose window ended long ago."""
    old = where(started_at__lte=school.ports.clock.now() - RETENTION)
    with school.work(ANONYMOUS, read_only=True) as uow:
        if not uow.find(PasswordAttempts, old, limit=1):
            return
    with school.work(ANONYMOUS) as uow:
        found = uow.find(PasswordAttempts, old, order=("person", "host"), limit=CLEANUP_BATCH, lock=True)
        uow.remove_all(PasswordAttempts, where(id__in=[row.id for row in found]))

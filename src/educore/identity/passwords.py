"""Password checks, with one limit on tries for every way to give a password.

Tries are counted per person, whether they give their user name, e-mail or phone, and per host. A try is counted
before the password is hashed, in a transaction of its own that locks its rows, so that a hundred tries at once on
several servers are hashed no more often than a hundred in a row. Nothing is hashed while a transaction is open.

Tries from elsewhere never lock a person out of a host from which they have signed in before: there, only tries from
that host count. A host with many failures, such as a school's, is not locked either; it only has fewer tries for
names that never signed in there. Names that no account has are counted in the same way, so that nobody learns which
names exist.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address

from educore.identity.entities import PasswordAttempts, SignIn, User
from educore.kernel.application import Educore
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Invalid, TooManyAttempts
from educore.kernel.policy import ANONYMOUS, Actor
from educore.kernel.unit_of_work import UnitOfWork

WINDOW = timedelta(minutes=15)
MAX_FAILURES_PER_HOST = 5
"""Wrong passwords allowed for a person from one host within the window, since their last right one there."""
MAX_FAILURES_FROM_UNKNOWN_HOSTS = 20
"""Tries allowed for a person within the window, from all hosts together from which they never signed in."""
SUSPICIOUS_HOST_FAILURES = 100
"""Failures after which a host has one try, not `MAX_FAILURES_PER_HOST`, for each name that never signed in there."""
MAX_TRIES_PER_HOST = 30
"""Passwords allowed for a person from one host within the window, right or wrong: each costs a hash."""

RETENTION = 2 * WINDOW
CLEANUP_BATCH = 100
TURNS = 5
UNKNOWN_HOSTS = ""
"""Value of `host` that stands for all hosts from which a person never signed in."""


@dataclass(frozen=True)
class PasswordProof:
    """Evidence that a person has just given their right password; use cases take it in place of the password itself."""

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

        Names are kept as digests, because people type their passwords there by mistake.
        """
        text = f"user:{user.id}" if user else f"name:{name}"
        person = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        return cls(person, normalize_host(host), user.id if user else 0)


def prove_password(school: Educore, actor: Actor, *, password: str, host: str = "") -> PasswordProof:
    """Check the actor's own password, before the unit of work opens that changes it.

    Raises: Invalid("password_wrong") on old_password; TooManyAttempts (retry_after, seconds).
    """
    with school.work(actor, read_only=True) as uow:
        me = uow.get(User, actor.user_id or 0, to="change_own_password")
    attempt = PasswordTry.of(me, host=host)
    check_password(school, attempt, password, me.password_hash, wrong=Invalid.because("old_password", "password_wrong"))
    with school.work(ANONYMOUS) as uow:
        forget_failures(uow, attempt)
    return PasswordProof(me.id, me.password_hash)


def check_password(
    school: Educore, attempt: PasswordTry, password: str, hashed: str | None, *, wrong: Exception
) -> None:
    """Count a try and compare the password with the hash. Raises: `wrong`; TooManyAttempts (retry_after, seconds)."""
    _count(school, attempt)
    if not school.ports.passwords.verify(password, hashed):
        _forget_old(school)
        raise wrong


def forget_failures(uow: UnitOfWork, attempt: PasswordTry) -> None:
    """Reset the number of failures of a person on a host, after a right password."""
    nobody = uow.as_actor(ANONYMOUS)
    nobody.change_all(PasswordAttempts, where(person=attempt.person, host=attempt.host), failures=0)


def normalize_host(host: str) -> str:
    """Return the host for which tries are counted; for IPv6 the /64 network, all of which one customer has."""
    try:
        address = ip_address(host)
    except ValueError:
        return "".join(filter(str.isprintable, host))[:64] or "unknown"
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or IPv6Network((address, 64), strict=False))


def _count(school: Educore, attempt: PasswordTry) -> None:
    """Count a try. Raises: TooManyAttempts, without counting it, if there were too many."""
    for _ in range(TURNS):
        try:
            with school.work(ANONYMOUS) as uow:
                _count_under_lock(uow, attempt)
            return
        except Conflict:  # somebody else made the first row of this person and host just now
            continue
    raise TooManyAttempts(retry_after=1)


def _count_under_lock(uow: UnitOfWork, attempt: PasswordTry) -> None:
    """Count a try in the rows of the person: for this host, and for strange hosts if this is one.

    Rows are locked in the order of their hosts, here and in `_forget_old`, to avoid deadlocks.
    """
    now = uow.ports.clock.now()
    is_known = bool(uow.count(SignIn, where(user_id=attempt.user_id, host=attempt.host), to="authenticate"))
    hosts = (attempt.host,) if is_known else (UNKNOWN_HOSTS, attempt.host)
    own_rows = where(person=attempt.person, host__in=hosts)
    rows = {row.host: row for row in uow.find(PasswordAttempts, own_rows, order=("host",), lock=True)}
    present = [row for row in rows.values() if _is_present(row, now)]
    _refuse_too_many(
        present, now, most_here=MAX_FAILURES_PER_HOST if is_known else _most_for_strangers(uow, attempt.host, now)
    )
    for row in rows.values():
        tries = (row.failures, row.tries, row.started_at) if row in present else (0, 0, now)
        failures, total, started_at = tries
        this = where(id=row.id)
        uow.change_all(PasswordAttempts, this, failures=failures + 1, tries=total + 1, started_at=started_at)
    first = {"person": attempt.person, "failures": 1, "tries": 1, "started_at": now}
    uow.add_all(PasswordAttempts, [{**first, "host": host} for host in hosts if host not in rows])


def _is_present(attempts: PasswordAttempts, now: datetime) -> bool:
    """Return whether the window is still open; one that begins in the future comes from a wrong clock and has ended."""
    return attempts.started_at <= now < attempts.started_at + WINDOW


def _most_for_strangers(uow: UnitOfWork, host: str, now: datetime) -> int:
    here = where(host=host, started_at__gte=now - WINDOW, started_at__lte=now)
    return MAX_FAILURES_PER_HOST if uow.sum(PasswordAttempts, "failures", here) < SUSPICIOUS_HOST_FAILURES else 1


def _refuse_too_many(present: Iterable[PasswordAttempts], now: datetime, *, most_here: int) -> None:
    """Refuse the try if a window is full. Raises: TooManyAttempts (retry_after, seconds)."""
    for row in present:
        most = MAX_FAILURES_FROM_UNKNOWN_HOSTS if row.host == UNKNOWN_HOSTS else most_here
        if row.failures >= most or row.host != UNKNOWN_HOSTS and row.tries >= MAX_TRIES_PER_HOST:
            raise TooManyAttempts(retry_after=max(1, round((row.started_at + WINDOW - now).total_seconds())))


def _forget_old(school: Educore) -> None:
    """Remove some of the rows whose window ended long ago."""
    old = where(started_at__lte=school.ports.clock.now() - RETENTION)
    with school.work(ANONYMOUS, read_only=True) as uow:
        if not uow.find(PasswordAttempts, old, limit=1):
            return
    with school.work(ANONYMOUS) as uow:
        found = uow.find(PasswordAttempts, old, order=("person", "host"), limit=CLEANUP_BATCH, lock=True)
        uow.remove_all(PasswordAttempts, where(id__in=[row.id for row in found]))

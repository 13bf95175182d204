"""Password checks, with one limit on tries for every use case that takes a password.

Tries are counted by account and by host, whether the person gives their user name, e-mail or phone. A try is counted
before the password is hashed, in a transaction of its own that locks the rows of the account. A hundred tries at once
on several servers therefore cost no more hashes than a hundred in a row, and no hash is computed inside a transaction.

A phone or an e-mail can belong to several accounts. A try by it is one try for each of them, and it waits if one of
them has to wait, so nobody gets more guesses at an account by spelling it differently. If the password fits some of
them, the try is taken back for the others.

Tries from other hosts never lock a person out of a host from which they signed in before: there, only tries from that
host count. A host with many failures, such as the address of a school, is not locked either; it only has fewer tries
for names that never signed in there. Names without an account are counted in the same way, so that the limits do not
reveal which names exist. Tested in `tests/domain/test_password_attempts.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from ipaddress import IPv6Address, IPv6Network, ip_address
from operator import or_
from typing import Any, Self

from educore.identity.entities import PasswordAttempts, SignIn, User
from educore.kernel.application import Educore
from educore.kernel.conditions import Where, nothing, where
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
    password_hash: str | None = field(default=None, repr=False)

    @classmethod
    def of_account(cls, user: User, *, host: str) -> Self:
        """Return a try for an account."""
        return cls(_digest(f"user:{user.id}"), normalize_host(host), user.id, user.password_hash)

    @classmethod
    def of_unknown(cls, name: str, *, host: str) -> Self:
        """Return a try for a name that no account has.

        Names are stored as digests, because people type passwords into the wrong field.
        """
        return cls(_digest(f"name:{name}"), normalize_host(host))

    @classmethod
    def of_visitor(cls, *, host: str) -> Self:
        """Return a try of somebody who names no account, such as a registration; each host has tries of its own."""
        host = normalize_host(host)
        return cls(_digest(f"visitor:{host}"), host)


@dataclass(frozen=True)
class PasswordResult:
    """The accounts that a password fits, out of those for which a try was counted."""

    fitting: frozenset[int]
    counted: Where


def prove_password(school: Educore, actor: Actor, *, password: str, host: str = "") -> PasswordProof:
    """Check the actor's own password, before the unit of work that changes it opens.

    Raises: Invalid("password_wrong") on old_password; Forbidden; TooManyAttempts (retry_after, seconds).
    """
    with school.work(actor, read_only=True) as uow:
        account = uow.get(User, actor.user_id or 0, to="change_own_password")
    attempt = PasswordTry.of_account(account, host=host)
    result = compare_password(school, [attempt], password)
    if not result.fitting:
        raise Invalid.because("old_password", "password_wrong")
    with school.work(ANONYMOUS) as uow:
        forget_failures(uow, [attempt], result)
    return PasswordProof(account.id, account.password_hash)


def compare_password(
    school: Educore, tries: Sequence[PasswordTry], password: str, *, comparisons: int = 1
) -> PasswordResult:
    """Count the tries of one host and compare the password with the hash of each account.

    `comparisons` is the number of hashes that are compared, also if there are fewer accounts: the time must not reveal
    how many there are. Raises: TooManyAttempts (retry_after, seconds).
    """
    counted = count_tries(school, tries)
    hashes = [attempt.password_hash for attempt in tries]
    hashes += [None] * (comparisons - len(hashes))
    fits = [school.ports.passwords.verify(password, hashed) for hashed in hashes]
    fitting = frozenset(attempt.user_id for attempt, is_right in zip(tries, fits, strict=False) if is_right)
    if not fitting:
        _remove_old(school)
    return PasswordResult(fitting, counted)


def count_try(school: Educore, attempt: PasswordTry) -> None:
    """Count a try in which no password is compared. Raises: TooManyAttempts (retry_after, seconds)."""
    count_tries(school, [attempt])
    _remove_old(school)


def forget_try(uow: UnitOfWork, attempt: PasswordTry) -> None:
    """Reset the failures of a visitor who has succeeded."""
    uow.as_actor(ANONYMOUS).change_all(PasswordAttempts, where(person=attempt.person), {"failures": 0})


def forget_failures(uow: UnitOfWork, tries: Sequence[PasswordTry], result: PasswordResult) -> None:
    """Reset the failures of the accounts that a password fits on this host, and take the try back for the others."""
    attempts = uow.as_actor(ANONYMOUS)
    right = {attempt.person for attempt in tries if attempt.user_id in result.fitting}
    if len(right) < len(tries):
        for row in attempts.find(PasswordAttempts, result.counted, order=("person", "host"), lock=True):
            if row.person not in right:
                attempts.change_all(PasswordAttempts, where(id=row.id), {"failures": max(0, row.failures - 1)})
    attempts.change_all(PasswordAttempts, where(person__in=right, host=tries[0].host), {"failures": 0})


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def normalize_host(host: str) -> str:
    """Return the host for which tries are counted; for IPv6 the /64 network, because one customer has all of it."""
    try:
        address = ip_address(host)
    except ValueError:
        return "".join(filter(str.isprintable, host))[:64] or "unknown"
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or IPv6Network((address, 64), strict=False))


def count_tries(school: Educore, tries: Sequence[PasswordTry]) -> Where:
    """Count the tries; return the condition on the rows that hold them.

    Raises: TooManyAttempts, without counting any, if there are too many for one of the accounts.
    """
    for _ in range(MAX_RETRIES):
        try:
            with school.work(ANONYMOUS) as uow:
                return _count_under_lock(uow, tries)
        except Conflict:  # another transaction has just inserted the first row of this person and host
            continue
    raise TooManyAttempts(retry_after=1)


def _count_under_lock(uow: UnitOfWork, tries: Sequence[PasswordTry]) -> Where:
    """Count the tries in the rows of each person: for this host, and for all unknown hosts if this is one of them.

    Rows are locked in the order of persons and hosts, here, in `forget_failures` and in `_remove_old`, to avoid
    deadlocks.
    """
    now, host = uow.ports.clock.now(), tries[0].host
    user_ids = {attempt.user_id for attempt in tries}
    # as the platform: nobody has signed in yet, so nobody may count sign-ins
    known = uow.as_platform().count_by(SignIn, "user_id", where(user_id__in=user_ids, host=host))
    hosts = {attempt.person: (host,) if attempt.user_id in known else (UNKNOWN_HOSTS, host) for attempt in tries}
    counted = reduce(or_, (where(person=person, host__in=found) for person, found in hosts.items()), nothing)
    rows = uow.find(PasswordAttempts, counted, order=("person", "host"), lock=True)
    open_windows = [row for row in rows if _is_open(row, now)]
    max_failures = dict.fromkeys(hosts, MAX_FAILURES_PER_HOST)
    if unknown := [person for person, found in hosts.items() if UNKNOWN_HOSTS in found]:
        max_failures |= dict.fromkeys(unknown, _max_failures_at_unknown_host(uow, host, now))
    _refuse_too_many(open_windows, now, max_failures=max_failures)
    for row in rows:
        is_open = row in open_windows
        failures, tries_before, started_at = (row.failures, row.tries, row.started_at) if is_open else (0, 0, now)
        counts: dict[str, Any] = {"failures": failures + 1, "tries": tries_before + 1, "started_at": started_at}
        uow.change_all(PasswordAttempts, where(id=row.id), counts)
    first = {"failures": 1, "tries": 1, "started_at": now}
    missing = _missing(hosts, rows)
    uow.add_all(PasswordAttempts, [{**first, "person": person, "host": found} for person, found in missing])
    return counted


def _missing(hosts: Mapping[str, Collection[str]], rows: Iterable[PasswordAttempts]) -> list[tuple[str, str]]:
    """Return the persons and hosts that have no row yet, in the order in which rows are locked."""
    wanted = {(person, host) for person, found in hosts.items() for host in found}
    return sorted(wanted - {(row.person, row.host) for row in rows})


def _is_open(attempts: PasswordAttempts, now: datetime) -> bool:
    """Return whether the window is open; one that begins in the future comes from a wrong clock and counts as ended."""
    return attempts.started_at <= now < attempts.started_at + WINDOW


def _max_failures_at_unknown_host(uow: UnitOfWork, host: str, now: datetime) -> int:
    recent = where(host=host, started_at__gte=now - WINDOW, started_at__lte=now)
    return MAX_FAILURES_PER_HOST if uow.sum(PasswordAttempts, "failures", recent) < SUSPICIOUS_HOST_FAILURES else 1


def _refuse_too_many(
    open_windows: Iterable[PasswordAttempts], now: datetime, *, max_failures: Mapping[str, int]
) -> None:
    """Refuse the try if the limit of a window is reached; `max_failures` is by person.

    Raises: TooManyAttempts (retry_after, seconds).
    """
    waits = [row.started_at + WINDOW - now for row in open_windows if _is_full(row, max_failures[row.person])]
    if waits:
        raise TooManyAttempts(retry_after=max(1, round(max(waits).total_seconds())))


def _is_full(row: PasswordAttempts, max_failures: int) -> bool:
    if row.host == UNKNOWN_HOSTS:
        return row.failures >= MAX_FAILURES_FROM_UNKNOWN_HOSTS
    return row.failures >= max_failures or row.tries >= MAX_TRIES_PER_HOST


def _remove_old(school: Educore) -> None:
    """Remove up to `CLEANUP_BATCH` rows whose window ended long ago."""
    old = where(started_at__lte=school.ports.clock.now() - RETENTION)
    with school.work(ANONYMOUS, read_only=True) as uow:
        if not uow.find(PasswordAttempts, old, limit=1):
            return
    with school.work(ANONYMOUS) as uow:
        found = uow.find(PasswordAttempts, old, order=("person", "host"), limit=CLEANUP_BATCH, lock=True)
        uow.remove_all(PasswordAttempts, where(id__in=[row.id for row in found]))

"""One lock for every door to a password: who has to wait, and who is never kept waiting by others."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from educore import (
    ANONYMOUS,
    EDUCATION,
    PLATFORM,
    Educore,
    EducoreError,
    Entity,
    FixedClock,
    Invalid,
    Ports,
    TooManyAttempts,
    perform,
    where,
)
from educore.adapters.memory import PlainPasswords
from educore.adapters.sql import Database
from educore.identity import Membership, PasswordAttempts, SignIn, User, change_own_password, prove_password
from educore.identity.passwords import (
    MAX_FAILURES_FROM_UNKNOWN_HOSTS,
    MAX_FAILURES_PER_HOST,
    MAX_TRIES_PER_HOST,
    SUSPICIOUS_HOST_FAILURES,
    normalize_host,
)
from educore.people import SignInResult, Student, Teacher, sign_in
from educore.people.sign_in import MAX_SIGN_INS
from support.cast import PASSWORD, World, all_rows
from support.plain_rows import change_row, plain

HOME, SCHOOL, STRANGER = "10.0.0.1", "10.0.0.9", "203.0.113.5"
PHONE, EMAIL = "+998901112233", "sardor@example.com"
WAIT, WRONG = "too_many_attempts", "bad_credentials"


def enter(school: Educore, name: str = "sardor", host: str = HOME) -> SignInResult:
    return sign_in(school, username=name, password=PASSWORD, host=host)


def outcome(act: Callable[[], object]) -> str:
    try:
        act()
    except EducoreError as error:
        fields = getattr(error, "fields", {})
        return next(iter(fields.values()))[0].code if fields else error.code
    return "in"


def guess(school: Educore, times: int, *, host: str = STRANGER, password: str = "guess", **name: str) -> list[str]:
    name = name or {"username": "sardor"}
    return [outcome(lambda: sign_in(school, password=password, host=host, **name)) for _ in range(times)]


def attempts(school: Educore) -> list[PasswordAttempts]:
    return all_rows(school.store)["PasswordAttempts"]  # type: ignore[return-value]  # by its kind


@pytest.fixture
def reachable(school: Educore, world: World) -> Educore:
    """Sardor can be called by phone and e-mail too."""
    with school.work(world.dilshod) as uow:
        change_row(uow, uow.get(User, world.sardor.user_id or 0), {"phone": PHONE, "email": EMAIL})
    return school


# -- who has to wait -----------------------------------------------------------------------------------


def test_the_sixth_wrong_password_from_one_host_has_to_wait(school: Educore) -> None:
    assert guess(school, 7) == [WRONG] * MAX_FAILURES_PER_HOST + [WAIT] * 2


def test_a_name_nobody_has_has_to_wait_just_the_same(school: Educore) -> None:
    assert guess(school, 7, username="nobody") == [WRONG] * MAX_FAILURES_PER_HOST + [WAIT] * 2


def test_whoever_has_to_wait_is_told_how_long(school: Educore, clock: FixedClock) -> None:
    guess(school, MAX_FAILURES_PER_HOST)
    clock.advance(minutes=10)
    with pytest.raises(TooManyAttempts) as error:
        enter(school, host=STRANGER)
    assert error.value.params == {"retry_after": 300}


def test_the_right_password_does_not_help_while_waiting(school: Educore, clock: FixedClock) -> None:
    guess(school, MAX_FAILURES_PER_HOST)
    assert outcome(lambda: enter(school, host=STRANGER)) == WAIT
    clock.advance(minutes=15)
    assert outcome(lambda: enter(school, host=STRANGER)) == "in"


def test_the_right_password_begins_the_count_anew(school: Educore) -> None:
    for _ in range(3):
        assert guess(school, MAX_FAILURES_PER_HOST - 1, host=HOME) == [WRONG] * (MAX_FAILURES_PER_HOST - 1)
        enter(school)


@pytest.mark.parametrize("capitals", [str, str.upper])
def test_user_name_phone_and_email_are_one_person_with_one_count(
    reachable: Educore, capitals: Callable[[str], str]
) -> None:
    said = [
        *guess(reachable, 2, username=capitals("sardor")),
        *guess(reachable, 2, phone=PHONE),
        *guess(reachable, 2, email=capitals(EMAIL)),
    ]
    assert said == [WRONG] * MAX_FAILURES_PER_HOST + [WAIT]


def test_the_hosts_of_one_customer_are_one_host(school: Educore) -> None:
    said = [guess(school, 1, host=f"2001:db8:1:2::{number:x}")[0] for number in range(1, 8)]
    assert said == [WRONG] * MAX_FAILURES_PER_HOST + [WAIT] * 2
    assert guess(school, 1, host="2001:db8:1:3::1") == [WRONG], "the neighbour is somebody else"


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("", "unknown"),
        ("testclient", "testclient"),
        ("x" * 90, "x" * 64),
        ("a\0b\x1b\ud83d\nc", "abc"),
    ],
)
def test_a_host_is_counted_as_its_network(host: str, network: str) -> None:
    assert normalize_host(host) == network


def test_guesses_from_many_hosts_are_counted_together(school_in_memory: Educore) -> None:
    said = [
        guess(school_in_memory, 1, username="timur", host=f"10.0.1.{number}")[0]
        for number in range(MAX_FAILURES_FROM_UNKNOWN_HOSTS + 2)
    ]
    assert said == [WRONG] * MAX_FAILURES_FROM_UNKNOWN_HOSTS + [WAIT] * 2


# -- who is not kept waiting by others -----------------------------------------------------------------


def test_a_strangers_guesses_keep_nobody_out_of_where_they_signed_in_before(school: Educore) -> None:
    enter(school)
    for number in range(MAX_FAILURES_FROM_UNKNOWN_HOSTS + 1):
        guess(school, 1, host=f"10.0.1.{number}")
    assert outcome(lambda: enter(school, host="10.0.2.1")) == WAIT, "a new host has to wait"
    assert outcome(lambda: enter(school)) == "in"


def test_who_is_known_at_a_host_is_known_there_after_signing_out_too(school: Educore, world: World) -> None:
    with school.work(enter(school).actor) as uow:
        uow.change_all(SignIn, where(user_id=world.sardor.user_id), {"ended_at": uow.ports.clock.now()})
    for number in range(MAX_FAILURES_FROM_UNKNOWN_HOSTS + 1):
        guess(school, 1, host=f"10.0.1.{number}")
    assert outcome(lambda: enter(school)) == "in"


def test_the_person_themselves_gets_in_from_another_host(school: Educore) -> None:
    guess(school, 6)
    assert outcome(lambda: enter(school, host=HOME)) == "in"


def test_another_person_gets_in_from_the_same_host(school: Educore) -> None:
    guess(school, 6)
    assert outcome(lambda: enter(school, "sevara", host=STRANGER)) == "in"


def test_a_schools_address_is_not_locked_by_wrong_names_there(school_in_memory: Educore) -> None:
    for number in range(SUSPICIOUS_HOST_FAILURES + 20):
        guess(school_in_memory, 1, username=f"name{number}", host=SCHOOL)
    for name in ("sardor", "sevara", "timur", "dilshod", "rustam"):
        assert outcome(lambda name=name: enter(school_in_memory, name, host=SCHOOL)) == "in", name


def test_a_host_with_many_failures_has_one_try_for_names_unknown_there(school_in_memory: Educore) -> None:
    enter(school_in_memory, host=SCHOOL)
    for number in range(SUSPICIOUS_HOST_FAILURES):
        guess(school_in_memory, 1, username=f"name{number}", host=SCHOOL)
    assert guess(school_in_memory, 2, username="sevara", host=SCHOOL) == [WRONG, WAIT]
    assert guess(school_in_memory, 2, username="nobody", host=SCHOOL) == [WRONG, WAIT], (
        "which says nothing of who exists"
    )
    assert guess(school_in_memory, 6, host=SCHOOL) == [WRONG] * MAX_FAILURES_PER_HOST + [WAIT]


# -- right passwords -----------------------------------------------------------------------------------


def test_right_passwords_are_limited_too_for_each_person_and_host(school: Educore, clock: FixedClock) -> None:
    said = [outcome(lambda: enter(school)) for _ in range(MAX_TRIES_PER_HOST + 2)]
    assert said == ["in"] * MAX_TRIES_PER_HOST + [WAIT] * 2
    assert outcome(lambda: enter(school, host=SCHOOL)) == "in"
    assert outcome(lambda: enter(school, "sevara")) == "in"
    clock.advance(minutes=15)
    assert outcome(lambda: enter(school)) == "in"


def test_the_oldest_of_a_persons_sign_ins_ends_beyond_twenty(school: Educore, world: World) -> None:
    held = [enter(school, host=f"10.0.3.{number % 3}") for number in range(MAX_SIGN_INS + 3)]
    other = enter(school, "sevara")
    with school.work(world.rustam) as uow:
        living = uow.find(SignIn, where(user_id=world.sardor.user_id, ended_at__isnull=True), order=("id",))
        assert uow.get(SignIn, other.proof.sign_in_id).ended_at is None
    assert [one.id for one in living] == [one.proof.sign_in_id for one in held[3:]]


# -- one's own password --------------------------------------------------------------------------------


def test_guesses_of_the_old_password_are_counted_with_all_the_others(school: Educore, world: World) -> None:
    def prove(password: str) -> str:
        return outcome(lambda: prove_password(school, world.sardor, password=password, host=HOME))

    assert [prove("guess") for _ in range(7)] == ["password_wrong"] * MAX_FAILURES_PER_HOST + [WAIT] * 2
    assert prove(PASSWORD) == WAIT
    assert outcome(lambda: enter(school, host=HOME)) == WAIT
    assert outcome(lambda: enter(school, host=SCHOOL)) == "in"


# -- what is kept --------------------------------------------------------------------------------------


def test_names_are_not_kept_because_some_are_passwords_typed_in_the_wrong_place(school: Educore) -> None:
    guess(school, 1, username="my secret word 1")
    assert not any("secret" in repr(row) for row in attempts(school))
    assert attempts(school)


def test_old_guesses_are_forgotten(school: Educore, clock: FixedClock) -> None:
    before = len(attempts(school))
    for number in range(10):
        guess(school, 1, username=f"name{number}")
    assert len(attempts(school)) == before + 20
    clock.advance(hours=1)
    guess(school, 1)
    assert len(attempts(school)) == 2


@pytest.mark.parametrize("jump", [timedelta(days=-1), timedelta(days=-400), timedelta(days=1), timedelta(seconds=-30)])
def test_a_clock_that_jumps_locks_nobody_out_for_longer_than_the_window(
    school: Educore, clock: FixedClock, jump: timedelta
) -> None:
    guess(school, MAX_FAILURES_PER_HOST + 1)
    clock.time += jump
    if outcome(lambda: enter(school, host=STRANGER)) == WAIT:
        clock.advance(minutes=15)
        assert outcome(lambda: enter(school, host=STRANGER)) == "in"


# -- many at once --------------------------------------------------------------------------------------


class CountedPasswords(PlainPasswords):
    """Counts how many passwords are compared."""

    def __init__(self) -> None:
        self.compared = 0
        self._lock = threading.Lock()

    def verify(self, password: str, hashed: str | None) -> bool:
        with self._lock:
            self.compared += 1
        return super().verify(password, hashed)


@pytest.mark.parametrize("servers", [1, 3])
@pytest.mark.parametrize("name", ["sardor", "nobody"])
def test_sixty_wrong_passwords_at_once_are_compared_five_times(
    filled_database: Database, ports: Ports, servers: int, name: str
) -> None:
    passwords = CountedPasswords()
    places = [Educore(filled_database.store, replace(ports, passwords=passwords))]
    others = [Database(filled_database.url, EDUCATION) for _ in range(servers - 1)]
    places += [Educore(other.store, places[0].ports) for other in others]
    with ThreadPoolExecutor(20) as threads:
        said = list(threads.map(lambda turn: guess(places[turn % servers], 1, username=name)[0], range(60)))
    for other in others:
        other.close()
    assert sorted(said) == [WRONG] * MAX_FAILURES_PER_HOST + [WAIT] * (60 - MAX_FAILURES_PER_HOST)
    assert passwords.compared == MAX_FAILURES_PER_HOST


def test_right_passwords_at_once_all_open_and_none_of_them_twice(filled_database: Database, ports: Ports) -> None:
    place = Educore(filled_database.store, ports)
    with ThreadPoolExecutor(8) as threads:
        said = list(threads.map(lambda name: outcome(lambda: enter(place, name)), ["sardor", "sevara", "timur"] * 4))
    assert set(said) <= {"in", WAIT}
    assert said.count("in") >= 3


# -- use cases -----------------------------------------------------------------------------------------

CARRIERS = {User: "user_id", Membership: "membership_id", Student: "student_id", Teacher: "teacher_id"}
"""What people are, and whose use cases take a new password for the account behind it."""


def carried(kind: type[Entity], password: str) -> dict[str, Any]:
    return {"password": password} if kind is User else {"account": {"password": password}}


def a_hash(school: Educore, user_id: int | None) -> str | None:
    with school.work(PLATFORM, read_only=True) as uow:
        return uow.get(User, user_id or 0).password_hash


@pytest.mark.parametrize("kind", CARRIERS)
def test_no_use_case_changes_ones_own_password_without_a_proof_even_for_a_superadmin(
    school: Educore, world: World, kind: type[Entity]
) -> None:
    with school.work(world.rustam) as uow:
        own = {"user_id": world.rustam.user_id, "branch_id": world.tashkent.branch.id}
        teacher = plain(uow, Teacher).add(Teacher, {"center_id": world.tashkent.center.id, **own})
        student = plain(uow, Student).add(
            Student, {"center_id": world.tashkent.center.id, "enrollment_date": date(2024, 1, 1), **own}
        )
    me = replace(world.rustam, teacher_id=teacher.id, student_id=student.id)
    before = a_hash(school, me.user_id)
    with pytest.raises(Invalid) as error, school.work(me) as uow:
        perform(uow, kind, "update", getattr(me, CARRIERS[kind]), carried(kind, "lagman 9"))
    assert [found[0].code for found in error.value.fields.values()] == ["own_password"]
    assert a_hash(school, me.user_id) == before


@pytest.mark.parametrize("kind", CARRIERS)
def test_the_same_use_cases_change_the_passwords_of_others(school: Educore, world: World, kind: type[Entity]) -> None:
    other = world.timur if kind is Teacher else world.malika if kind is Membership else world.sardor
    before = a_hash(school, other.user_id)
    with school.work(world.rustam) as uow:
        perform(uow, kind, "update", getattr(other, CARRIERS[kind]), carried(kind, "lagman 9"))
    assert a_hash(school, other.user_id) != before


def test_a_proof_is_worth_nothing_for_another_account_or_after_the_password_was_changed(
    school: Educore, world: World
) -> None:
    first = prove_password(school, world.sardor, password=PASSWORD)
    foreign = prove_password(school, world.sevara, password=PASSWORD)
    with school.work(world.sardor) as uow:
        change_own_password(uow, old_password=first, new_password="lagman 9")
    for proof in (first, foreign):
        with pytest.raises(Invalid), school.work(world.sardor) as uow:
            change_own_password(uow, old_password=proof, new_password="lagman 10")


def test_whoever_may_not_change_their_password_proves_nothing(school: Educore) -> None:
    with pytest.raises(EducoreError):
        prove_password(school, ANONYMOUS, password=PASSWORD)

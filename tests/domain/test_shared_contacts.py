"""Brothers and sisters share a phone and an e-mail address: registering them, and signing in by what they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from educore import Educore, EducoreError, Role, Unauthenticated, where
from educore.adapters.memory import PlainPasswords
from educore.groups import change_person, register_person, register_student
from educore.identity import Membership, User, block_member, open_account
from educore.identity.passwords import MAX_FAILURES_PER_HOST, MAX_TRIES_PER_HOST
from educore.organization import change_center
from educore.people import sign_in
from educore.people.sign_in_names import MAX_ACCOUNTS
from support.cast import PASSWORD, World, account
from support.parametrize import each
from support.plain_rows import change_row, plain

PHONE, EMAIL = "+998901112233", "family@example.com"
FAMILY = ("sardor", "sevara", "shirin", "timur", "malika")
SPELLINGS = {"phone": ("+998 (90) 111-22-33", "90 111 22 33", "998901112233"), "email": (EMAIL, EMAIL.upper())}
TYPED = [(field, text) for field, texts in SPELLINGS.items() for text in texts]
OFFICE = frozenset({Role.DIRECTOR, Role.MANAGER, Role.TEACHER})


def share(school: Educore, world: World, *names: str, passwords: Sequence[str] = ()) -> None:
    """Give people of the cast one phone and one e-mail address, and each a password."""
    with school.work(world.rustam) as uow:
        for number, name in enumerate(names):
            user = uow.get(User, getattr(world, name).user_id)
            password = passwords[number] if passwords else f"{name} 2024"
            hashed = school.ports.passwords.hash(password)
            change_row(uow, user, {"phone": PHONE, "email": EMAIL, "password_hash": hashed})


def outcome(school: Educore, password: str, **options: Any) -> str:
    """Return the user name of the person who signed in, or the code of the refusal."""
    try:
        return sign_in(school, password=password, **options).user.username
    except EducoreError as error:
        return error.code


# -- registering ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("town", ["tashkent", "samarkand"])
def test_a_phone_and_an_address_that_others_have_are_taken_anywhere(school: Educore, world: World, town: str) -> None:
    share(school, world, "sobir")
    place = getattr(world, town)
    reached = {"phone": PHONE, "email": EMAIL}
    with school.work(world.rustam) as uow:
        for name in ("anora", "botir"):
            student = register_student(uow, account=account(name, **reached), branch_id=place.branch.id)
            assert uow.get(User, student.user_id).phone == PHONE
        for role in (Role.ADMIN, Role.TEACHER):
            register_person(uow, role=role, account={**reached, "password": PASSWORD}, center_id=place.center.id)
        member = uow.get(Membership, world.malika.membership_id or 0)
        change_person(uow, member, account=reached)
        assert uow.count(User, where(phone=PHONE)) == 6


def test_a_made_up_user_name_does_not_tell_whom_another_center_knows(school: Educore, world: World) -> None:
    profile = {"phone": PHONE, "password": PASSWORD}
    names = []
    for actor in (world.davron, world.dilshod, world.dilshod):
        with school.work(actor) as uow:
            member = register_person(uow, role=Role.STUDENT, account=profile)
            names.append(uow.get(User, member.user_id).username)
    here, there = world.tashkent.center.id, world.samarkand.center.id
    assert names == [f"998901112233.{there}", f"998901112233.{here}", f"998901112233.{here}-2"]


# -- signing in ----------------------------------------------------------------------------------------


@each("field, text", TYPED)
def test_what_is_shared_signs_in_whom_the_password_fits(school: Educore, world: World, field: str, text: str) -> None:
    share(school, world, *FAMILY)
    host = f"10.0.6.{TYPED.index((field, text))}"
    for name in FAMILY:
        assert outcome(school, f"{name} 2024", name=text, host=host) == name
        assert outcome(school, f"{name} 2024", host=host, **{field: text}) == name
    assert outcome(school, "a guess", name=text, host=host) == "bad_credentials"


@each("field, text", TYPED)
def test_two_whom_the_password_fits_are_told_to_use_the_user_name(
    school: Educore, world: World, field: str, text: str
) -> None:
    share(school, world, "sardor", "sevara", passwords=[PASSWORD, PASSWORD])
    assert outcome(school, PASSWORD, name=text) == "several_accounts"
    assert outcome(school, PASSWORD, name="sevara") == "sevara"
    assert outcome(school, "a guess", name=text) == "bad_credentials"


def test_the_sentence_is_written_in_three_languages() -> None:
    error = Unauthenticated("several_accounts")
    assert len({error.translate(language) for language in ("en", "uz", "ru")}) == 3


def test_a_phone_that_is_a_user_name_is_first_of_all_a_user_name(school: Educore, world: World) -> None:
    share(school, world, "sardor", "sevara", passwords=[PASSWORD, PASSWORD])
    with school.work(world.rustam) as uow:
        change_row(uow, uow.get(User, world.sardor.user_id or 0), {"username": PHONE})
    assert outcome(school, PASSWORD, name=PHONE) == PHONE
    assert outcome(school, PASSWORD, name="90 111-22-33") == "several_accounts"


def test_only_those_are_found_that_the_caller_speaks_to(school: Educore, world: World) -> None:
    share(school, world, "sardor", "timur", passwords=[PASSWORD, PASSWORD])
    assert outcome(school, PASSWORD, name=PHONE) == "several_accounts"
    assert outcome(school, PASSWORD, name=PHONE, among=where(role__in=OFFICE)) == "timur"
    assert outcome(school, PASSWORD, name="sardor", among=where(role__in=OFFICE)) == "not_addressed"


def test_five_are_tried_the_oldest_first_and_the_user_name_always(school: Educore, world: World) -> None:
    share(school, world, *FAMILY)
    with school.work(world.davron) as uow:
        for number in range(MAX_ACCOUNTS):
            later = open_account(
                uow, center_id=world.samarkand.center.id, username=f"later{number}", phone=PHONE, password=PASSWORD
            )
            plain(uow, Membership).add(Membership, {"user_id": later.id, "role": Role.STUDENT})
    assert [outcome(school, f"{name} 2024", name=PHONE) for name in FAMILY] == list(FAMILY)
    assert outcome(school, PASSWORD, name=PHONE) == "bad_credentials"
    assert outcome(school, PASSWORD, name="later0") == "later0"


def test_whoever_is_blocked_is_told_so_only_with_their_own_password(school: Educore, world: World) -> None:
    share(school, world, "sardor", "sevara")
    with school.work(world.dilshod) as uow:
        block_member(uow, uow.get(Membership, world.sardor.membership_id or 0))
    assert outcome(school, "sardor 2024", name=PHONE) == "blocked"
    assert outcome(school, "sevara 2024", name=PHONE) == "sevara"


def test_a_local_number_is_one_of_any_country_that_has_a_center(school: Educore, world: World) -> None:
    with school.work(world.rustam) as uow:
        change_row(uow, uow.get(User, world.sobir.user_id or 0), {"phone": "+49301234567"})
    assert outcome(school, PASSWORD, name="030 1234567") == "bad_credentials"
    with school.work(world.rustam) as uow:
        change_center(uow, world.samarkand.center, country="DE")
    assert outcome(school, PASSWORD, name="030 1234567") == "sobir"


# -- what a try costs, and what it tells ---------------------------------------------------------------


class CountedPasswords(PlainPasswords):
    """Counts how many passwords are compared."""

    def __init__(self) -> None:
        self.compared = 0

    def verify(self, password: str, hashed: str | None) -> bool:
        self.compared += 1
        return super().verify(password, hashed)


@pytest.mark.parametrize("password", ["a guess", PASSWORD])
@pytest.mark.parametrize("text", ["+998901112233", "90 111-22-33", EMAIL, "somebody"])
def test_a_try_costs_the_same_for_none_one_or_many_accounts(
    school_in_memory: Educore, world: World, text: str, password: str
) -> None:
    costs = set()
    for number in range(len(FAMILY) + 1):
        passwords = CountedPasswords()
        school = Educore(school_in_memory.store, replace(school_in_memory.ports, passwords=passwords))
        share(school, world, *FAMILY[:number], passwords=[PASSWORD] * number)
        outcome(school, password, name=text, host=f"10.0.5.{number}")
        costs.add(passwords.compared)
    assert costs == {1 if text == "somebody" else MAX_ACCOUNTS}


def guesses(school: Educore, times: int, name: str, **options: Any) -> list[str]:
    return [outcome(school, "a guess", name=name, **options) for _ in range(times)]


WRONG, WAIT = "bad_credentials", "too_many_attempts"


@pytest.mark.parametrize("spelling", ["+998 90 111 22 33", "901112233", EMAIL])
def test_tries_are_counted_for_the_account_and_not_for_the_spelling(
    school: Educore, world: World, spelling: str
) -> None:
    share(school, world, "sardor")
    assert guesses(school, MAX_FAILURES_PER_HOST, "sardor") == [WRONG] * MAX_FAILURES_PER_HOST
    assert guesses(school, 1, spelling) == [WAIT]
    assert guesses(school, 1, "sevara") == [WRONG]


def test_tries_by_what_is_shared_are_tries_for_each(school: Educore, world: World) -> None:
    share(school, world, "sardor", "sevara")
    assert guesses(school, MAX_FAILURES_PER_HOST + 1, PHONE) == [WRONG] * MAX_FAILURES_PER_HOST + [WAIT]
    assert guesses(school, 1, "sardor") == guesses(school, 1, "sevara") == [WAIT]
    assert outcome(school, "sardor 2024", name="sardor", host="10.0.0.7") == "sardor"


@pytest.mark.parametrize("spelling", ["+998 90 999 22 33", "90 999-22-33"])
def test_a_number_nobody_has_is_one_name_however_it_is_spelled(school: Educore, spelling: str) -> None:
    assert guesses(school, MAX_FAILURES_PER_HOST, "+998909992233") == [WRONG] * MAX_FAILURES_PER_HOST
    assert guesses(school, 1, spelling) == [WAIT]


def test_the_right_password_of_one_is_no_wrong_one_of_another(school: Educore, world: World) -> None:
    share(school, world, "sardor", "sevara")
    for _ in range(MAX_FAILURES_PER_HOST + 2):
        assert outcome(school, "sardor 2024", name=PHONE) == "sardor"
    assert outcome(school, "sevara 2024", name="sevara") == "sevara"


def test_signing_in_oneself_gives_nobody_more_guesses_at_the_others(school: Educore, world: World) -> None:
    share(school, world, "sardor", "sevara")
    said = []
    for _ in range(MAX_FAILURES_PER_HOST + 1):
        said += guesses(school, 1, "sevara")
        outcome(school, "sardor 2024", name=PHONE)
    assert said == [WRONG] * MAX_FAILURES_PER_HOST + [WAIT]


def test_right_passwords_by_what_is_shared_are_limited_too(school_in_memory: Educore, world: World) -> None:
    share(school_in_memory, world, "sardor", "sevara")
    typed = {"name": PHONE, "host": "10.0.0.8"}
    said = [outcome(school_in_memory, "sardor 2024", **typed) for _ in range(MAX_TRIES_PER_HOST + 1)]
    assert said == ["sardor"] * MAX_TRIES_PER_HOST + [WAIT]

"""Signing in, staying signed in and signing out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from educore import (
    ANONYMOUS,
    Actor,
    Educore,
    EducoreError,
    FixedClock,
    Forbidden,
    Invalid,
    Role,
    Unauthenticated,
    where,
)
from educore.identity import Membership, SignIn, User, block_member, change_own_password, open_account, prove_password
from educore.kernel.policy import PLATFORM
from educore.organization import deactivate_center
from educore.people import SignInResult, authenticate, refresh_sign_in, revoke_all_access, sign_in, sign_out
from support.cast import PASSWORD, World
from support.plain_rows import change_row, plain


def enter(school: Educore, name: str = "sardor", password: str = PASSWORD, host: str = "10.0.0.1") -> SignInResult:
    return sign_in(school, username=name, password=password, host=host)


def whoever(school: Educore, access: str) -> Actor:
    with school.work(ANONYMOUS, read_only=True) as uow:
        return authenticate(uow, token=access)


def change_password(school: Educore, who: Actor, new: str = "lagman 9", *, old: str = PASSWORD) -> None:
    proof = prove_password(school, who, password=old, host="10.0.0.1")
    with school.work(who) as uow:
        change_own_password(uow, old_password=proof, new_password=new)


def renew(school: Educore, refresh: str) -> SignInResult:
    return refresh_sign_in(school, token=refresh)


def refused(school: Educore, access: str) -> str:
    with pytest.raises(Unauthenticated) as error:
        whoever(school, access)
    return error.value.code


def failure(school: Educore, **given: str) -> EducoreError:
    with pytest.raises(EducoreError) as error:
        sign_in(school, **{"password": PASSWORD, **given})  # type: ignore[arg-type]  # names of sign_in
    return error.value


# -- getting in ----------------------------------------------------------------------------------------


def test_a_student_signs_in_with_what_they_are(school: Educore, world: World) -> None:
    signed_in = enter(school)
    assert replace(signed_in.actor, sign_in_id=None) == world.sardor
    assert signed_in.user.username == "sardor"


def test_a_teacher_signs_in_as_a_teacher_of_their_center(school: Educore, world: World) -> None:
    assert replace(enter(school, "timur").actor, sign_in_id=None) == world.timur


def test_a_superadmin_belongs_to_no_center(school: Educore, world: World) -> None:
    assert replace(enter(school, "rustam").actor, sign_in_id=None) == world.rustam


def test_the_access_token_says_who_acts(school: Educore) -> None:
    signed_in = enter(school)
    assert whoever(school, signed_in.access) == signed_in.actor


@pytest.mark.parametrize("name", ["SARDOR", "Sardor"])
def test_capitals_in_a_user_name_do_not_matter(school: Educore, name: str) -> None:
    assert enter(school, name).actor.role is Role.STUDENT


def test_people_sign_in_by_phone_or_email_too(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        change_row(
            uow, uow.get(User, world.sardor.user_id or 0), {"phone": "+998901112233", "email": "sardor@example.com"}
        )
    assert sign_in(school, phone="+998901112233", password=PASSWORD).user.username == "sardor"
    assert sign_in(school, email="Sardor@Example.com", password=PASSWORD).user.username == "sardor"


def test_a_wrong_password_and_an_unknown_name_look_the_same(school: Educore) -> None:
    wrong = failure(school, username="sardor", password="something else")
    unknown = failure(school, username="nobody")
    assert (type(wrong), wrong.args) == (type(unknown), unknown.args) == (Unauthenticated, ("bad_credentials", {}))


@pytest.mark.parametrize("name", ["", "sar\0dor", "\ud83d", "x" * 5000, "sardor ", "%", "' or 1=1 --"])
def test_a_strange_name_is_only_an_unknown_one(school: Educore, name: str) -> None:
    assert failure(school, username=name).code == "bad_credentials"


@pytest.mark.parametrize("password", ["", "\0", "\ud83d", PASSWORD + " ", PASSWORD.upper(), "x" * 5000])
def test_a_strange_password_is_only_a_wrong_one(school: Educore, password: str) -> None:
    assert failure(school, username="sardor", password=password).code == "bad_credentials"


def test_blanks_around_a_password_belong_to_it(school: Educore, world: World) -> None:
    change_password(school, world.sardor, "  lagman 9 ")
    assert enter(school, password="  lagman 9 ")
    assert failure(school, username="sardor", password="lagman 9").code == "bad_credentials"


def test_an_account_without_a_password_opens_for_nobody(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        user = open_account(uow, center_id=world.tashkent.center.id, username="nodira")
        plain(uow, Membership).add(Membership, {"user_id": user.id, "role": Role.ADMIN})
    assert failure(school, username="nodira", password="").code == "bad_credentials"


def test_somebody_who_is_nothing_anywhere_cannot_sign_in(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        open_account(uow, center_id=world.tashkent.center.id, username="nodira", password=PASSWORD)
    assert failure(school, username="nodira").code == "no_membership"


# -- being kept out ------------------------------------------------------------------------------------


def block(school: Educore, by: Actor, who: Actor) -> None:
    with school.work(by) as uow:
        block_member(uow, uow.get(Membership, who.membership_id or 0))


def test_a_blocked_person_cannot_sign_in(school: Educore, world: World) -> None:
    block(school, world.dilshod, world.sardor)
    refusal = failure(school, username="sardor")
    assert (type(refusal), refusal.code) == (Forbidden, "blocked")


def test_only_who_knows_the_password_learns_of_the_block(school: Educore, world: World) -> None:
    block(school, world.dilshod, world.sardor)
    assert failure(school, username="sardor", password="something else").code == "bad_credentials"


def test_the_tokens_of_a_blocked_person_stop_at_once(school: Educore, world: World) -> None:
    signed_in = enter(school)
    block(school, world.dilshod, world.sardor)
    assert refused(school, signed_in.access) == "signed_out"
    with pytest.raises(Unauthenticated):
        refresh_sign_in(school, token=signed_in.refresh)


def test_nobody_signs_in_to_an_inactive_center(school: Educore, world: World) -> None:
    with school.work(world.rustam) as uow:
        deactivate_center(uow, world.tashkent.center)
    assert failure(school, username="dilshod").code == "center_inactive"
    assert enter(school, "davron")


def test_the_tokens_of_an_inactive_center_stop_at_once(school: Educore, world: World) -> None:
    signed_in = enter(school)
    with school.work(world.rustam) as uow:
        deactivate_center(uow, world.tashkent.center)
    assert refused(school, signed_in.access) == "center_inactive"


def test_who_is_several_things_signs_in_as_the_highest(school: Educore, world: World) -> None:
    with school.work(world.rustam) as uow:
        there = plain(uow, Membership).add(
            Membership, {"user_id": world.timur.user_id, "role": Role.ADMIN, "center_id": world.samarkand.center.id}
        )
    assert enter(school, "timur").actor.membership_id == there.id


def test_who_is_blocked_in_one_center_signs_in_to_the_other(school: Educore, world: World) -> None:
    with school.work(world.rustam) as uow:
        there = plain(uow, Membership).add(
            Membership, {"user_id": world.timur.user_id, "role": Role.ADMIN, "center_id": world.samarkand.center.id}
        )
        block_member(uow, there)
    assert enter(school, "timur").actor.center_id == world.tashkent.center.id


def test_who_is_kept_out_everywhere_is_told_of_the_highest(school: Educore, world: World) -> None:
    with school.work(world.rustam) as uow:
        plain(uow, Membership).add(
            Membership, {"user_id": world.timur.user_id, "role": Role.ADMIN, "center_id": world.samarkand.center.id}
        )
        deactivate_center(uow, world.samarkand.center)
    block(school, world.dilshod, world.timur)
    assert failure(school, username="timur").code == "center_inactive"


# -- staying in ----------------------------------------------------------------------------------------


def test_an_access_token_works_for_half_an_hour(school: Educore, clock: FixedClock) -> None:
    signed_in = enter(school)
    clock.advance(minutes=29, seconds=59)
    assert whoever(school, signed_in.access)
    clock.advance(seconds=1)
    assert refused(school, signed_in.access) == "token_expired"


def test_a_refresh_token_gives_new_tokens_for_a_week(school: Educore, clock: FixedClock) -> None:
    signed_in = enter(school)
    clock.advance(days=6)
    renewed = refresh_sign_in(school, token=signed_in.refresh)
    assert renewed.actor == signed_in.actor
    assert whoever(school, renewed.access) == signed_in.actor
    clock.advance(days=6)
    assert refresh_sign_in(school, token=renewed.refresh)


def test_a_refresh_token_expires(school: Educore, clock: FixedClock) -> None:
    signed_in = enter(school)
    clock.advance(days=7)
    with pytest.raises(Unauthenticated) as error:
        refresh_sign_in(school, token=signed_in.refresh)
    assert error.value.code == "token_expired"


def test_using_a_refresh_token_later_again_ends_the_sign_in_because_somebody_has_a_copy(
    school: Educore, clock: FixedClock
) -> None:
    signed_in = enter(school)
    renewed = refresh_sign_in(school, token=signed_in.refresh)
    clock.advance(seconds=30)
    with pytest.raises(Unauthenticated) as error:
        refresh_sign_in(school, token=signed_in.refresh)
    assert error.value.code == "signed_out"
    assert refused(school, renewed.access) == "signed_out"
    with pytest.raises(Unauthenticated):
        refresh_sign_in(school, token=renewed.refresh)


def test_a_stolen_token_ends_only_its_own_sign_in(school: Educore, clock: FixedClock) -> None:
    phone, laptop = enter(school), enter(school)
    refresh_sign_in(school, token=phone.refresh)
    clock.advance(seconds=30)
    with pytest.raises(Unauthenticated):
        refresh_sign_in(school, token=phone.refresh)
    assert whoever(school, laptop.access) == laptop.actor


def test_an_access_token_is_no_refresh_token_nor_the_other_way_round(school: Educore) -> None:
    signed_in = enter(school)
    assert refused(school, signed_in.refresh) == "token_invalid"
    with pytest.raises(Unauthenticated) as error:
        refresh_sign_in(school, token=signed_in.access)
    assert error.value.code == "token_invalid"


@pytest.mark.parametrize("token", ["", "nonsense", "\ud83d"])
def test_nonsense_is_no_token(school: Educore, token: str) -> None:
    assert refused(school, token) == "token_invalid"


ODD_CLAIMS = [
    *[("sid", value) for value in ("1", None, 1.5, [], True, 2**70, 10**6)],
    *[("sub", value) for value in (1, None, "x", "", "-1", "9" * 30, "1000000")],
    *[("key", value) for value in ("", None, 1, "x", "\ud83d", [])],
]


@pytest.mark.parametrize(("claim", "value"), ODD_CLAIMS)
def test_a_signed_token_that_lacks_the_key_the_person_or_the_row_is_nobodys(
    school_in_memory: Educore, claim: str, value: Any
) -> None:
    tokens, signed_in = school_in_memory.ports.tokens, enter(school_in_memory)
    for token, open_with in ((signed_in.access, whoever), (signed_in.refresh, renew)):
        claims = tokens.read(token)
        with pytest.raises(Unauthenticated):
            open_with(school_in_memory, tokens.sign({**claims, claim: value}, timedelta(hours=1)))
        assert open_with(school_in_memory, tokens.sign(claims, timedelta(hours=1)))


@pytest.mark.parametrize("other", ["sevara", "rustam"])
def test_a_token_is_worth_nothing_with_the_number_of_somebody_elses_sign_in(school: Educore, other: str) -> None:
    mine, theirs = enter(school), enter(school, other)
    tokens = school.ports.tokens
    for name in ("sid", "sub", "key"):
        mixed = {**tokens.read(mine.access), name: tokens.read(theirs.access)[name]}
        assert refused(school, tokens.sign(mixed, timedelta(hours=1))) == "signed_out", name


def test_revoking_all_access_signs_everybody_out(school: Educore) -> None:
    held = [enter(school, name) for name in ("sardor", "timur", "rustam")]
    with school.work(PLATFORM) as uow:
        revoke_all_access(uow)
    assert {refused(school, one.access) for one in held} == {"signed_out"}
    assert whoever(school, enter(school).access)


@pytest.mark.parametrize("name", ["dilshod", "aziza", "timur", "sardor"])
def test_nobody_but_the_platform_revokes_all_access(school: Educore, world: World, name: str) -> None:
    held = enter(school, "rustam"), enter(school)
    with pytest.raises(Forbidden), school.work(world.everybody()[name]) as uow:
        revoke_all_access(uow)
    assert [whoever(school, one.access) for one in held] == [one.actor for one in held]


# -- getting out ---------------------------------------------------------------------------------------


def test_signing_out_ends_this_device_and_no_other(school: Educore) -> None:
    phone, laptop = enter(school), enter(school)
    with school.work(phone.actor) as uow:
        sign_out(uow)
    assert refused(school, phone.access) == "signed_out"
    assert whoever(school, laptop.access) == laptop.actor
    with pytest.raises(Unauthenticated):
        refresh_sign_in(school, token=phone.refresh)


def test_signing_out_without_a_sign_in_is_fine(school: Educore, world: World) -> None:
    with school.work(world.sardor) as uow:
        sign_out(uow)


def test_a_new_password_keeps_this_device_and_ends_the_others(school: Educore) -> None:
    phone, laptop = enter(school), enter(school)
    change_password(school, phone.actor)
    assert whoever(school, phone.access) == phone.actor
    assert refresh_sign_in(school, token=phone.refresh)
    assert refused(school, laptop.access) == "signed_out"
    assert failure(school, username="sardor").code == "bad_credentials"
    assert enter(school, password="lagman 9")


def test_a_new_password_needs_the_old_one(school: Educore, world: World) -> None:
    with pytest.raises(Invalid) as error:
        change_password(school, world.sardor, old="a guess")
    assert error.value.fields["old_password"][0].code == "password_wrong"
    assert enter(school)


@pytest.mark.parametrize("name", ["dilshod", "malika", "aziza", "timur", "sardor", "rustam"])
def test_everybody_changes_their_own_password(school: Educore, name: str) -> None:
    signed_in = enter(school, name)
    change_password(school, signed_in.actor)
    assert enter(school, name, password="lagman 9")


def test_nobody_reads_a_password_hash(school: Educore, world: World) -> None:
    with school.work(world.sardor) as uow:
        sign_ins = uow.find(SignIn, where(user_id=world.sardor.user_id))
        assert all("token_id" not in repr(one) for one in sign_ins)
        assert "password_hash" not in repr(uow.get(User, world.sardor.user_id or 0))

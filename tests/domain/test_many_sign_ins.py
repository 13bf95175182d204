"""Many sign-ins are verified by the same rules as one, and in one statement."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from educore import Educore, memory_ports, perform
from educore.adapters.sql import Database
from educore.identity import Membership
from educore.kernel.policy import PLATFORM, Actor
from educore.people import SignInProof, read_claims, sign_in, sign_out, verify_sign_in, verify_sign_ins
from support.cast import PASSWORD, World
from support.statement_counts import record_statements

NAMES = ("sardor", "sevara", "dilshod")


def prove(school: Educore, name: str) -> SignInProof:
    """The proof of a new sign-in."""
    access = sign_in(school, username=name, password=PASSWORD, host="10.0.0.1").access
    return SignInProof.from_claims(read_claims(school.ports, access, kind="access"))


def verify(school: Educore, *proofs: SignInProof) -> dict[int, Actor]:
    with school.work(PLATFORM, read_only=True) as uow:
        return verify_sign_ins(uow, proofs)


def test_each_stands_for_the_same_person_as_alone(school: Educore) -> None:
    proofs = [prove(school, name) for name in NAMES]
    with school.work(PLATFORM, read_only=True) as uow:
        alone = {proof.sign_in_id: verify_sign_in(uow, proof) for proof in proofs}
    assert verify(school, *proofs) == alone
    assert verify(school) == {}


def test_what_one_may_not_be_is_left_out(school: Educore, world: World, clock: Any) -> None:
    valid, other, gone, blocked = (prove(school, name) for name in ("dilshod", "sevara", "sevara", "sardor"))
    assert len(verify(school, valid, other, gone, blocked)) == 4
    wrong = [replace(other, key="wrong"), replace(other, user_id=valid.user_id), replace(other, sign_in_id=10**6)]
    for proof in wrong:
        assert verify(school, valid, proof).keys() == {valid.sign_in_id}
    with school.work(replace(world.sevara, sign_in_id=gone.sign_in_id)) as uow:
        sign_out(uow)
    with school.work(world.dilshod) as uow:
        perform(uow, Membership, "block", world.sardor.membership_id or 0)
    assert verify(school, valid, other, gone, blocked).keys() == {valid.sign_in_id, other.sign_in_id}
    clock.advance(days=8)
    assert verify(school, valid, other) == {}, "nobody used them for a week"


@pytest.mark.parametrize("count", [1, 3])
def test_it_is_one_statement(filled_database: Database, count: int) -> None:
    school = Educore(filled_database.store, memory_ports())
    proofs = [prove(school, name) for name in NAMES[:count]]
    verify(school, *proofs)
    with record_statements(filled_database.engine) as statements:
        verify(school, *proofs)
    assert len([text for text in statements if "SELECT" in text.upper()]) == 1

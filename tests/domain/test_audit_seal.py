"""What somebody with a database client, but without the key, cannot do to the audit trail unseen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
import sqlalchemy as sa

from educore import PLATFORM, Educore, Ports, memory_ports, perform, where
from educore.adapters.seals import KeyedSeal
from educore.adapters.sql import Database
from educore.audit import (
    AuditAction,
    AuditEntry,
    Fault,
    FaultKind,
    Verification,
    list_chains,
    reseal_chains,
    verify_trail,
)
from educore.audit.sealing import digest_without_key, sign_end, sign_entry
from educore.identity import Membership
from educore.kernel import Seal
from educore.kernel.ports import UnkeyedSeal
from educore.organization import Center
from support.cast import World


@dataclass
class Attack:
    """A database that somebody may write to, and the school in it; Tashkent's chain is number 1."""

    database: Database
    school: Educore
    world: World

    def run(self, *statements: str) -> None:
        """Run SQL past everything."""
        with self.database.engine.connect() as connection:
            for statement in statements:
                connection.execute(sa.text(statement))
            connection.commit()

    def proof(self, chain: int = 1, **more: Any) -> Verification:
        """What a verification finds."""
        with self.school.work(PLATFORM, read_only=True) as uow:
            return verify_trail(uow, chain=chain, **more)

    def proofs(self) -> dict[int, Fault | None]:
        """The faults of all chains that are or should be there."""
        with self.school.work(PLATFORM, read_only=True) as uow:
            return {chain: verify_trail(uow, chain=chain).fault for chain in list_chains(uow)}

    def kinds(self) -> dict[int, FaultKind | None]:
        """Only the kinds of the faults."""
        return {chain: fault and fault.kind for chain, fault in self.proofs().items()}

    def work_on(self) -> None:
        """The school goes on and enters what it does."""
        for verb in ("block", "unblock"):
            with self.school.work(self.world.dilshod) as uow:
                perform(uow, Membership, verb, self.world.aziza.membership_id)

    def reseal(self, seal: Seal | None, *, after: int = 0) -> None:
        """Seal the chain anew after an entry, as who has read the code can: without any key, or with another."""
        with self.school.work(PLATFORM, read_only=True) as uow:
            found = uow.find(AuditEntry, where(chain=1), order=("number",))
        digest = "".join(entry.digest for entry in found if entry.number == after)
        for entry in (entry for entry in found if entry.number > after):
            digest = digest_without_key(entry, digest) if seal is None else sign_entry(seal, entry, digest)
            self.run(f"update audit_entry set digest = '{digest}' where id = {entry.id}")
        number = found[-1].number
        end = "" if seal is None else sign_end(seal, chain=1, number=number, digest=digest)
        self.run(f"update audit_head set number = {number}, digest = '{digest}', seal = '{end}' where chain = 1")

    def before_the_key(self) -> None:
        """Make the chain one that was written before there was a key and before entries had names."""
        self.run("update audit_entry set row_name = '', names = '' where chain = 1")
        self.reseal(None)


@pytest.fixture
def attack(filled_database: Database, world: World) -> Attack:
    """A trail with a few entries, which is intact."""
    attack = Attack(filled_database, Educore(filled_database.store, memory_ports()), world)
    attack.work_on()
    assert set(attack.kinds().values()) == {None}
    assert world.tashkent.center.id == 1
    return attack


CUT_TWO = (
    "delete from audit_entry where chain = 1 and number > (select number - 2 from audit_head where chain = 1)",
    "update audit_head set number = number - 2 where chain = 1",
    "update audit_head set digest = (select digest from audit_entry where chain = 1 and number = audit_head.number) "
    "where chain = 1",
)


def test_the_end_cut_off_and_the_head_set_back_is_found(attack: Attack) -> None:
    attack.run(*CUT_TWO)
    assert attack.kinds() == {0: None, 1: FaultKind.HEAD, 2: None}


def test_what_is_entered_afterwards_does_not_cover_up_that_the_end_was_cut_off(attack: Attack) -> None:
    cut = attack.proof().entries - 1
    attack.run(*CUT_TWO)
    attack.work_on()
    fault = attack.proof().fault
    assert fault is not None
    assert (fault.kind, fault.number) == (FaultKind.CUT, cut)


@pytest.mark.parametrize(
    "seal", [None, UnkeyedSeal(), KeyedSeal("a guess")], ids=["as before", "unkeyed", "another key"]
)
def test_an_entry_altered_and_the_rest_sealed_anew_without_the_key_is_found(attack: Attack, seal: Seal | None) -> None:
    for after in (3, 0):
        attack.run("update audit_entry set actor_name = 'Nobody' where chain = 1 and number = 4")
        attack.reseal(seal, after=after)
        fault = attack.proof().fault
        assert fault is not None, after
        assert fault.kind is FaultKind.ALTERED, after


def test_a_chain_deleted_with_its_head_is_found(attack: Attack) -> None:
    attack.run("delete from audit_entry where chain = 1", "delete from audit_head where chain = 1")
    assert attack.kinds() == {0: None, 1: FaultKind.GONE, 2: None}
    attack.work_on()
    assert attack.kinds() == {0: None, 1: FaultKind.CUT, 2: None}


def test_everything_deleted_is_found(attack: Attack) -> None:
    attack.run("delete from audit_entry", "delete from audit_head")
    assert attack.kinds() == {0: FaultKind.GONE, 1: FaultKind.GONE, 2: FaultKind.GONE}


def test_a_name_is_sealed_too(attack: Attack) -> None:
    for column in ("row_name", "names"):
        attack.run(f"update audit_entry set {column} = 'Nobody' where chain = 1 and number = 5")
        assert attack.kinds()[1] is FaultKind.ALTERED


def test_an_empty_database_has_no_chain_and_a_new_center_begins_one(database: Database) -> None:
    school = Educore(database.store, memory_ports())
    with school.work(PLATFORM, read_only=True) as uow:
        assert list_chains(uow) == []
    with school.work(PLATFORM) as uow:
        center = perform(uow, Center, "create", fields={"name": "Ziyo"})
    with school.work(PLATFORM, read_only=True) as uow:
        proof = verify_trail(uow, chain=center.id)
        assert (list_chains(uow), proof.fault, proof.entries) == ([center.id], None, 1)


def test_a_trail_made_up_as_one_from_before_the_key_is_refused_where_none_can_be(attack: Attack) -> None:
    """Once the school goes on, only this or a line that was kept tells it from a trail that was upgraded."""
    kept = {attack.proof().entries: attack.proof().digest}
    assert attack.proof(all_keyed=True).fault is None
    attack.before_the_key()
    attack.work_on()
    assert attack.proof().fault is None
    fault = attack.proof(all_keyed=True).fault
    assert fault is not None
    assert (fault.kind, fault.number) == (FaultKind.KEYLESS, 1)
    fault = attack.proof(known_digests=kept).fault
    assert fault is not None
    assert fault.kind is FaultKind.REPLACED


def test_an_entry_from_before_the_key_has_no_names(attack: Attack) -> None:
    attack.before_the_key()
    attack.run("update audit_entry set row_name = 'Nobody' where chain = 1 and number = 2")
    fault = attack.proof().fault
    assert fault is not None
    assert (fault.kind, fault.number) == (FaultKind.ALTERED, 2)


# -- from before there was a key, and after another ------------------------------------------------------


def test_an_old_trail_stays_good_and_its_first_keyed_entry_seals_what_was_there(attack: Attack) -> None:
    attack.before_the_key()
    assert attack.kinds() == {0: None, 1: FaultKind.OLD_END, 2: None}
    old = attack.proof().entries
    attack.work_on()
    proof = attack.proof()
    assert (proof.fault, proof.entries, proof.keyless) == (None, old + 2, old)
    attack.run("update audit_entry set actor_name = 'Nobody' where chain = 1 and number = 2")
    fault = attack.proof().fault
    assert fault is not None
    assert (fault.kind, fault.number) == (FaultKind.ALTERED, 2)
    with attack.school.work(PLATFORM, read_only=True) as uow:
        first = uow.find(AuditEntry, where(chain=1, number=1))[0]
    attack.run(f"update audit_entry set digest = '{digest_without_key(first, '')}' where chain = 1 and number = 1")
    assert attack.proof().fault == fault


def test_the_ends_of_idle_chains_are_sealed_on_request_and_never_where_something_was_touched(attack: Attack) -> None:
    def seal() -> list[FaultKind | None]:
        with attack.school.work(PLATFORM) as uow:
            return [proof.fault and proof.fault.kind for proof in reseal_chains(uow)]

    attack.before_the_key()
    attack.run("update audit_entry set actor_name = 'Nobody' where chain = 1 and number = 2")
    assert seal() == [FaultKind.ALTERED]
    assert attack.kinds()[1] is FaultKind.ALTERED
    attack.reseal(None)
    assert seal() == [FaultKind.OLD_END]
    assert attack.kinds() == {0: None, 1: None, 2: None}
    assert seal() == []


def with_key(attack: Attack, *keys: str) -> tuple[Educore, list[KeyedSeal]]:
    """The school under the last of some keys, and the seals of those before it."""
    seals = [KeyedSeal(key) for key in keys]
    ports: Ports = replace(attack.school.ports, seal=seals[-1])
    return Educore(attack.school.store, ports), seals[:-1]


def test_another_key_goes_on_from_the_old_one_which_must_be_given(attack: Attack) -> None:
    attack.school, _ = with_key(attack, "old")
    attack.reseal(KeyedSeal("old"))
    attack.school, old = with_key(attack, "old", "new")
    assert attack.proof().fault is not None
    fault = attack.proof(old_seals=old).fault
    assert fault is not None
    assert fault.kind is FaultKind.OLD_END, "whoever stole the old key could have written it all"
    attack.work_on()
    assert attack.proof(old_seals=old).fault is None
    fault = attack.proof().fault
    assert fault is not None
    assert (fault.kind, fault.number) == (FaultKind.ALTERED, 1)
    attack.school, old = with_key(attack, "old", "new", "newest")
    with attack.school.work(PLATFORM) as uow:
        sealed = reseal_chains(uow, old_seals=old)
    assert {proof.chain for proof in sealed if proof.fault and proof.fault.kind is not FaultKind.OLD_END} == {0, 2}, (
        "the other chains are under none of these keys"
    )


# -- compared with what was kept -------------------------------------------------------------------------


def test_the_trail_must_pass_through_what_was_kept(attack: Attack) -> None:
    kept = {attack.proof().entries: attack.proof().digest}
    attack.work_on()
    assert attack.proof(known_digests=kept).fault is None
    (number,) = kept
    fault = attack.proof(known_digests={number: "0" * 64}).fault
    assert fault is not None
    assert (fault.kind, fault.number) == (FaultKind.REPLACED, number)


def test_a_copy_of_the_database_from_before_is_found_by_what_was_kept(attack: Attack) -> None:
    """An old copy is intact in itself: its end was sealed with the key, once."""
    tables = ("audit_entry", "audit_head")
    attack.run(*(f"create table old_{table} as select * from {table}" for table in tables))
    attack.work_on()
    proof = attack.proof()
    attack.run(*(f"delete from {table}" for table in tables))
    attack.run(*(f"insert into {table} select * from old_{table}" for table in tables))
    assert attack.proof().fault is None
    fault = attack.proof(known_digests={proof.entries: proof.digest}).fault
    assert fault is not None
    assert (fault.kind, fault.number) == (FaultKind.MISSING, proof.entries - 1)


def test_no_secret_and_nothing_that_readers_may_not_see_gets_into_the_trail(school: Educore, world: World) -> None:
    with school.work(world.rustam) as uow:
        user = uow.get(uow.domain.kinds["User"], world.aziza.user_id or 0)
        perform(uow, type(user), "update", user.id, {"password": "osh va 7 somsa", "passport_number": "AB1234567"})
    with school.work(PLATFORM, read_only=True) as uow:
        found = uow.find(AuditEntry, where(kind="User", row_id=world.aziza.user_id, action=AuditAction.CHANGED))
        everything = "".join(f"{entry.before}{entry.after}{entry.names}" for entry in uow.find(AuditEntry))
    assert (found[-1].before, found[-1].after) == (
        '{"passport_number": null, "password_hash": "***"}',
        '{"passport_number": "***", "password_hash": "***"}',
    )
    assert "somsa" not in everything
    assert "AB1234567" not in everything
    assert "$argon2" not in everything
    assert "plov" not in everything

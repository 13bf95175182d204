"""Contracts: filed for students of a group, verified once, kept when verified."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import pytest

from educore import Actor, Conflict, Educore, Forbidden, NotFound, memory_ports, perform, where
from educore.adapters.memory import FixedClock, MemoryFiles
from educore.adapters.sql import Database
from educore.admissions import Contract, ContractVerified
from educore.groups import leave_group
from educore.people import Student
from support.cast import Town, World
from support.concurrency import run_concurrently
from support.refusals import expect_invalid

SIGNED = date(2024, 1, 1)


def files(school: Educore, town: Town, who: Actor | None = None, **fields: Any) -> Contract:
    """The first student's contract about the morning group is filed, with a file."""
    with school.work(who or town.admin) as uow:
        known: dict[str, Any] = {
            "student_id": town.student.student_id,
            "group_id": town.morning.id,
            "contract_number": "CNT-2024-001",
            "contract_file": uow.store_file(b"%PDF-1.7", folder="contract-contract_file", name="signed.pdf"),
            "signed_date": SIGNED,
        }
        made: Contract = perform(uow, Contract, "create", fields={**known, **fields})
    return made


def change(school: Educore, contract: Contract, who: Actor, **fields: Any) -> Contract:
    with school.work(who) as uow:
        changed: Contract = perform(uow, Contract, "update", contract.id, fields)
    return changed


def verify(school: Educore, contract: Contract, who: Actor) -> Contract:
    with school.work(who) as uow:
        verified: Contract = perform(uow, Contract, "verify", contract.id)
    return verified


def kept(school: Educore) -> int:
    """How many files are in the storage."""
    files = school.ports.files
    assert isinstance(files, MemoryFiles)
    return len(files.contents)


def test_numbers_are_unique_in_a_center_and_not_beyond(school: Educore, world: World) -> None:
    here = files(school, world.tashkent)
    assert (here.center_id, here.is_verified, here.verified_by_id) == (world.tashkent.center.id, False, None)
    files(school, world.samarkand, world.rustam)
    with expect_invalid(Conflict) as codes:
        files(school, world.tashkent, world.dilshod)
    assert codes == {"contract_number": "taken"}
    other = files(school, world.tashkent, world.rustam, contract_number="CNT-2024-002")
    with expect_invalid(Conflict) as codes:
        change(school, other, world.aziza, contract_number=" CNT-2024-001 ")
    assert codes == {"contract_number": "taken"}
    assert kept(school) == 3


def test_the_student_is_or_was_in_the_group(school: Educore, world: World) -> None:
    town = world.tashkent
    with expect_invalid() as codes:
        files(school, town, student_id=town.newcomer.student_id)
    assert codes == {"group_id": "never_in_group"}
    with school.work(world.dilshod) as uow:
        leave_group(uow, group_id=town.morning.id, student_id=town.student.student_id or 0)
    contract = files(school, town)
    for fields in ({"group_id": town.evening.id}, {"student_id": town.newcomer.student_id}):
        with expect_invalid() as codes:
            change(school, contract, world.aziza, **fields)
        assert codes == {"group_id": "never_in_group"}
    assert change(school, contract, world.aziza, student_id=town.classmate.student_id).group_id == town.morning.id
    assert kept(school) == 1


@pytest.mark.parametrize("field", ["student_id", "group_id"])
def test_who_and_what_belongs_to_another_center_does_not_exist(school: Educore, world: World, field: str) -> None:
    contract, there = files(school, world.tashkent), world.samarkand
    for id in ({"student_id": there.student.student_id, "group_id": there.morning.id}[field], 987654321, -1, 2**63):
        with expect_invalid() as codes:
            files(school, world.tashkent, contract_number="CNT-2", **{field: id})
        assert codes == {field: "unknown_id"}
        for who in (world.aziza, world.rustam):
            with expect_invalid() as codes:
                change(school, contract, who, **{field: id})
            assert codes == {field: "unknown_id"}
    assert kept(school) == 1


def test_every_wrong_value_is_said_at_once_and_no_file_stays(school: Educore, world: World) -> None:
    with expect_invalid() as codes:
        files(school, world.tashkent, contract_number="x" * 10_000, signed_date="yesterday", student_id="me")
    assert codes == {"contract_number": "string_too_long", "signed_date": "date_type", "student_id": "int_parsing"}
    with expect_invalid() as codes:
        files(school, world.tashkent, contract_number="a\0b")
    assert codes == {"contract_number": "bad_characters"}
    assert kept(school) == 0


def test_verifying_says_who_and_when_and_again_changes_nothing(
    school: Educore, world: World, clock: FixedClock, events: list[object]
) -> None:
    contract = files(school, world.tashkent)
    clock.advance(hours=1)
    events.clear()
    verified = verify(school, contract, world.aziza)
    assert (verified.is_verified, verified.verified_by_id, verified.verified_at) == (
        True,
        world.aziza.user_id,
        clock.now(),
    )
    clock.advance(hours=1)
    assert verify(school, contract, world.dilshod) == verified
    assert events == [ContractVerified(center_id=contract.center_id, contract_id=contract.id)]


def test_what_was_verified_is_no_longer_once_it_is_another(school: Educore, world: World) -> None:
    town = world.tashkent
    with school.work(world.aziza) as uow:
        perform(uow, Student, "move", town.student.student_id, {"group_id": town.evening.id})
    for number, fields in enumerate(
        (
            {"contract_file": "contract-contract_file/1/other.pdf"},
            {"contract_number": "CNT-new"},
            {"group_id": town.evening.id},
            {"student_id": town.classmate.student_id},
        )
    ):
        contract = verify(school, files(school, town, contract_number=f"CNT-{number}"), world.aziza)
        kept_so = change(
            school, contract, world.aziza, signed_date=date(2023, 12, 31), **{n: getattr(contract, n) for n in fields}
        )
        assert kept_so.is_verified, fields
        changed = change(school, contract, world.aziza, **fields)
        assert (changed.is_verified, changed.verified_by_id, changed.verified_at) == (False, None, None), fields
        assert verify(school, changed, world.dilshod).verified_by_id == world.dilshod.user_id


def test_another_file_replaces_the_first(school: Educore, world: World) -> None:
    contract = files(school, world.tashkent)
    with school.work(world.aziza) as uow:
        key = uow.store_file(b"%PDF-1.4", folder="contract-contract_file", name="../../x.pdf")
        perform(uow, Contract, "update", contract.id, {"contract_file": key})
    assert (kept(school), school.ports.files.read(key)) == (1, b"%PDF-1.4")


def test_nobody_verifies_by_writing_so(school: Educore, world: World) -> None:
    by_hand = {"is_verified": True, "verified_by_id": world.aziza.user_id}
    with expect_invalid() as codes:
        files(school, world.tashkent, **by_hand)
    assert codes == dict.fromkeys(by_hand, "only_by_verification")
    contract = files(school, world.tashkent)
    with expect_invalid() as codes:
        change(school, contract, world.aziza, **by_hand)
    assert codes == dict.fromkeys(by_hand, "only_by_verification")
    verify(school, contract, world.aziza)
    with expect_invalid() as codes:
        change(school, contract, world.aziza, is_verified=False)
    assert codes == {"is_verified": "only_by_verification"}
    assert change(school, contract, world.aziza, is_verified=True, signed_date=SIGNED).is_verified


def test_a_verified_contract_stays_and_others_go_with_their_file(school: Educore, world: World) -> None:
    contract = files(school, world.tashkent)
    verify(school, contract, world.aziza)
    with expect_invalid(Conflict) as codes, school.work(world.dilshod) as uow:
        perform(uow, Contract, "delete", contract.id)
    assert codes == {"": "contract_verified"}
    change(school, contract, world.aziza, contract_number="CNT-2")
    with school.work(world.aziza) as uow:
        perform(uow, Contract, "delete", contract.id)
    assert kept(school) == 0


def test_a_student_with_a_contract_is_not_removed(school: Educore, world: World) -> None:
    files(school, world.tashkent)
    with expect_invalid(Conflict) as codes, school.work(world.malika) as uow:
        perform(uow, Student, "delete", world.sardor.student_id)
    assert codes == {"": "in_use"}  # C34


def test_who_reads_and_who_writes(school: Educore, world: World) -> None:
    contract = files(school, world.tashkent)
    reads = {name for name, who in world.everybody().items() if _sees(school, who)}
    assert reads == {"rustam", "dilshod", "malika", "aziza", "sardor"}  # C15
    for who, error in (
        (world.malika, Forbidden),
        (world.sardor, Forbidden),
        (world.timur, NotFound),
        (world.sevara, NotFound),
        (world.alisher, NotFound),
    ):
        for action in ("update", "verify", "delete"):
            with pytest.raises(error), school.work(who) as uow:
                perform(uow, Contract, action, contract.id)
        if who is not world.alisher:
            with pytest.raises(Forbidden):
                files(school, world.tashkent, who, contract_number="CNT-2")


def _sees(school: Educore, who: Actor) -> bool:
    with school.work(who, read_only=True) as uow:
        return uow.count(Contract) > 0


def test_those_who_verify_at_once_agree_on_who_did(filled_database: Database, world: World) -> None:
    school = Educore(filled_database.store, memory_ports(FixedClock()))
    contract, people = files(school, world.tashkent), [world.aziza, world.dilshod] * 8
    said: list[int | None] = []

    def take_part(who: Actor) -> None:
        said.append(verify(school, contract, who).verified_by_id)

    assert set(run_concurrently(*(partial(take_part, who) for who in people))) == {"done"}
    assert len(set(said)) == 1
    with school.work(world.rustam, read_only=True) as uow:
        assert uow.count(Contract, where(verified_by_id=said[0])) == 1

"""Whatever happens to money, the ledger, the invoices and the payments tell the same."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from educore import EDUCATION, Educore, FixedClock, MemoryStore, memory_ports, where
from educore.adapters.sql import Database
from educore.billing import LedgerEntry
from educore.groups import change_group
from support.cast import World
from support.ledger_checks import DEEDS, LedgerDriver, ledger_errors, random_steps

Deed = tuple[str, int, int, int]
deeds = st.tuples(st.sampled_from(DEEDS), st.integers(0, 9), st.integers(0, 9), st.integers(1, 400))


def till(school: Educore, world: World) -> LedgerDriver:
    """Dilshod's till in Tashkent, where the morning group costs thirty a month."""
    with school.work(world.dilshod) as uow:
        change_group(uow, world.tashkent.morning, monthly_fee=Decimal(30))
    return LedgerDriver(school, world.tashkent, world.dilshod)


@settings(max_examples=60)
@given(history=st.lists(deeds, min_size=4, max_size=24))
def test_after_any_history_the_books_agree(cast_in_memory: tuple[MemoryStore, World], history: list[Deed]) -> None:
    original, world = cast_in_memory
    store = MemoryStore(EDUCATION)
    store.committed = original.committed
    dilshod = till(Educore(store, memory_ports(FixedClock())), world)
    for deed in history:
        before = dict(store.committed.get("LedgerEntry", {}))
        dilshod.do(*deed)
        with dilshod.school.work(world.rustam, read_only=True) as uow:
            assert ledger_errors(uow) == [], deed
            kept = {entry.id: entry for entry in uow.find(LedgerEntry)}
        assert before == {id: kept.get(id) for id in before}, "entries are written once"


@pytest.mark.parametrize("seed", [1, 2])
def test_the_books_agree_in_databases(filled_database: Database, world: World, seed: int) -> None:
    dilshod = till(Educore(filled_database.store, memory_ports(FixedClock())), world)
    for deed in random_steps(random.Random(seed), 60):
        dilshod.do(*deed)
        with dilshod.school.work(world.rustam, read_only=True) as uow:
            assert ledger_errors(uow) == [], deed
            assert not uow.count(LedgerEntry, where(center_id=world.samarkand.center.id))


def test_every_deed_of_these_histories_can_succeed(school_in_memory: Educore, world: World) -> None:
    """Or the histories would teach nothing."""
    dilshod = till(school_in_memory, world)
    for deed in random_steps(random.Random(3), 600):
        dilshod.do(*deed)
    told = dilshod.endings
    assert {deed for deed in DEEDS if "done" not in told[deed]} == set()
    refusals = {code for codes in told.values() for code in codes} - {"done"}
    assert refusals >= {
        "more_than_remaining", "invoice_paid", "invoice_cancelled", "invoice_has_payments", "run_has_payments",
        "payment_withdrawn", "below_paid", "already_reverted", "nothing_to_charge", "taken",
    }  # fmt: skip

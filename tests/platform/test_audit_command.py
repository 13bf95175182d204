"""`educore audit verify`: what it says of an untouched trail and of a touched one, and how it ends."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from educore import Educore, Membership, memory_ports, perform
from educore.sql import Database
from world import found_world

SCHOOL = "sqlite:///school.db"


@pytest.fixture
def school(empty_folder, monkeypatch):
    """Both towns in a file, with something in their trails."""
    monkeypatch.setenv("EDUCORE_DATABASE", SCHOOL)
    database = Database(SCHOOL)
    database.upgrade()
    world = found_world(database.store)
    with Educore(database.store, memory_ports()).work(world.dilshod) as uow:
        perform(uow, Membership, "block", world.aziza.membership_id)
    yield database
    database.close()


def run(database, statement):
    with database.engine.connect() as connection:
        connection.execute(sa.text(statement))
        connection.commit()


def test_an_untouched_trail_is_told_center_by_center_with_its_last_seal(educore, school):
    said = educore("audit", "verify")
    assert said.exit_code == 0
    lines = said.output.splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        "No Center (0)",
        "Tashkent Academy (1)",
        "Samarkand Academy (2)",
    ]
    with school.engine.connect() as connection:
        digest = connection.execute(sa.text("select digest from audit_head where chain = 1")).scalar()
    assert f"the last is sealed {digest}." in lines[1]


def test_one_center_alone(educore, school):
    assert educore("audit", "verify", "--center", "2").output.startswith("Samarkand Academy (2): ")
    refused = educore("audit", "verify", "--center", "9")
    assert refused.exit_code == 2
    assert "There is no trail of a Center 9; there are 0, 1, 2." in refused.output


def test_the_first_touched_entry_is_named_and_other_centers_are_told_all_the_same(educore, school):
    run(school, "update audit_entry set actor_name = 'Nobody' where chain = 1 and number in (3, 5)")
    said = educore("audit", "verify")
    assert said.exit_code == 1
    assert "Tashkent Academy (1): entry 3 was altered (Membership " in said.output
    assert "; 2 entries before it are intact." in said.output
    assert "entry 5" not in said.output
    assert "Samarkand Academy (2): 8 entries are intact" in said.output


@pytest.mark.parametrize(
    ("touch", "sentence"),
    [
        ("delete from audit_entry where chain = 1 and number = 4", "entry 4 is missing"),
        ("update audit_head set digest = 'x' where chain = 1", "the note of where it ends was altered or removed"),
        ("delete from audit_head where chain = 1", "the note of where it ends was altered or removed"),
        ("update audit_head set number = number - 1 where chain = 1", "the note of where it ends was altered"),
    ],
)
def test_every_fault_has_its_words(educore, school, touch, sentence):
    run(school, touch)
    said = educore("audit", "verify", "--center", "1")
    assert said.exit_code == 1
    assert sentence in said.output


def test_an_empty_database_has_nothing_to_prove(educore):
    said = educore("audit", "verify", "--database", "sqlite:///new.db")
    assert (said.exit_code, said.output) == (0, "Nothing has been entered yet.\n")

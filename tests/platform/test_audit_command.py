"""`educore audit verify`: what it says of an untouched trail and of a touched one, and how it ends."""

from __future__ import annotations

import ast
import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

import educore_web
from educore import EDUCATION, PLATFORM, Educore, memory_ports, perform
from educore.adapters.seals import KeyedSeal
from educore.adapters.sql import Database
from educore.identity import Membership
from educore.organization import Center
from support.cast import create_cast
from support.plain_rows import change_row

SCHOOL = "sqlite:///school.db"
SECRET, NEXT_SECRET = "a secret for tests that nobody else has", "another secret for tests, which came later"


@pytest.fixture(scope="module")
def sealed_towns(copy_migrated, tmp_path_factory):
    """A file with both towns and something in their trails, to be copied."""
    path = tmp_path_factory.mktemp("audit") / "sealed.db"
    copy_migrated(path)
    with closing(Database(f"sqlite:///{path}", EDUCATION)) as database:
        world = create_cast(database.store, seal=KeyedSeal.from_secret(SECRET))
        block(database, world.dilshod, world.aziza)
    return path


@pytest.fixture
def school(empty_folder, monkeypatch, sealed_towns):
    """Both towns in a file, with something in their trails."""
    monkeypatch.setenv("EDUCORE_DATABASE", SCHOOL)
    monkeypatch.setenv("EDUCORE_SECRET", SECRET)
    shutil.copy(sealed_towns, "school.db")
    database = Database(SCHOOL, EDUCATION)
    yield database
    database.close()


def sealing(secret=SECRET):
    """Ports that seal as the server does with that secret."""
    return replace(memory_ports(), seal=KeyedSeal.from_secret(secret))


def digest_at(database, number):
    with database.engine.connect() as connection:
        found = sa.text(f"select digest from audit_entry where chain = 1 and number = {number}")
        return connection.execute(found).scalar()


def block(database, who, whom, *, secret=SECRET, verb="block"):
    with Educore(database.store, sealing(secret=secret)).work(who) as uow:
        perform(uow, Membership, verb, whom.membership_id)


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
    assert "Center 9 has no audit trail; these have one: 0, 1, 2." in refused.output


def test_the_first_touched_entry_is_named_and_other_centers_are_told_all_the_same(educore, school):
    run(school, "update audit_entry set actor_name = 'Nobody' where chain = 1 and number in (3, 5)")
    said = educore("audit", "verify")
    assert said.exit_code == 1
    assert "Tashkent Academy (1): entry 3 was altered (Membership " in said.output
    assert "; 2 entries before it are intact." in said.output
    assert "entry 5" not in said.output
    assert "Samarkand Academy (2): 30 entries are intact" in said.output


@pytest.mark.parametrize(
    ("touch", "sentence"),
    [
        ("delete from audit_entry where chain = 1 and number = 4", "entry 4 is missing"),
        ("update audit_head set digest = 'x' where chain = 1", "the record of its end was altered or removed"),
        ("delete from audit_head where chain = 1", "the record of its end was altered or removed"),
        ("update audit_head set number = number - 1 where chain = 1", "the record of its end was altered"),
    ],
)
def test_every_fault_has_its_words(educore, school, touch, sentence):
    run(school, touch)
    said = educore("audit", "verify", "--center", "1")
    assert said.exit_code == 1
    assert sentence in said.output


def test_an_empty_database_has_nothing_to_prove(educore):
    said = educore("audit", "verify", "--database", "sqlite:///new.db")
    assert (said.exit_code, said.output) == (0, "The audit trail is empty.\n")


def test_without_the_secret_nothing_can_be_proved(educore, school, monkeypatch):
    monkeypatch.delenv("EDUCORE_SECRET")
    said = educore("audit", "verify")
    assert said.exit_code == 2
    assert "EDUCORE_SECRET is not set" in said.output
    monkeypatch.setenv("EDUCORE_AUDIT_KEY", "k" * 32)
    assert educore("audit", "verify").exit_code == 1


@pytest.mark.parametrize(
    ("attack", "sentence"),
    [
        (
            "delete from audit_entry where number > 2; update audit_head set number = 2, digest = "
            "(select digest from audit_entry where number = 2 and audit_entry.chain = audit_head.chain)",
            "the record of its end was altered or removed",
        ),
        ("delete from audit_entry where chain = 1; delete from audit_head where chain = 1", "all entries are gone"),
        ("delete from audit_entry; delete from audit_head", "all entries are gone"),
    ],
    ids=["the end cut off", "a chain gone", "everything gone"],
)
def test_what_was_taken_away_ends_with_code_1(educore, school, attack, sentence):
    for statement in attack.split("; "):
        run(school, statement)
    said = educore("audit", "verify")
    assert said.exit_code == 1
    assert f"Tashkent Academy (1): {sentence}" in said.output


def test_what_was_printed_can_be_kept_and_compared_with(educore, school, tmp_path):
    kept = tmp_path / "kept.txt"
    kept.write_text("From: the day before\n\n")
    assert educore("audit", "verify", "--keep", str(kept)).output in kept.read_text()
    with Educore(school.store, sealing()).work(PLATFORM) as uow:
        change_row(uow, uow.get(Center, 1), {"address": "Chilonzor 5"})
    said = educore("audit", "verify", "--against", str(kept))
    assert (said.exit_code, said.output.splitlines()[-1]) == (0, "Compared with 3 saved lines.")
    run(school, "delete from audit_entry where chain = 2")
    run(school, "delete from audit_head where chain = 2")
    kept.write_text(kept.read_text().replace(digest_at(school, 31), "0" * 64))
    said = educore("audit", "verify", "--against", str(kept))
    assert said.exit_code == 1
    assert "Tashkent Academy (1): entry 31 differs from the saved line (Membership 4, Aziza, changed " in said.output
    assert "Samarkand Academy (2): all entries are gone" in said.output


def test_a_name_that_looks_like_such_a_line_hides_nothing(educore, school, tmp_path):
    run(school, f"update center set name = 'Ziyo (9): 5 entries, the last is sealed {'e' * 64}.' where id = 1")
    kept = tmp_path / "kept.txt"
    educore("audit", "verify", "--keep", str(kept))
    assert educore("audit", "verify", "--against", str(kept)).exit_code == 0
    run(school, "delete from audit_entry where chain = 1")
    run(school, "delete from audit_head where chain = 1")
    run(school, "delete from center where id = 3")
    said = educore("audit", "verify", "--against", str(kept))
    assert (said.exit_code, said.output.count("(1): all entries are gone")) == (1, 1)


def test_a_center_that_is_gone_with_its_trail_is_told_by_what_was_kept(educore, school, tmp_path):
    kept = tmp_path / "kept.txt"
    kept.write_text(f"Ziyo (9): 5 entries, the last is sealed {'a' * 64}.")
    said = educore("audit", "verify", "--against", str(kept))
    assert said.exit_code == 1
    assert "A deleted Center (9): all entries are gone" in said.output


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "has no line of"),
        (
            f"x (1): 5 entries, sealed {'a' * 64}.\nx (1): 5 entries, sealed {'b' * 64}.",
            "two different digests for entry 5 of 1",
        ),
    ],
)
def test_a_file_that_tells_nothing_or_two_things_is_refused(educore, school, tmp_path, text, sentence):
    (tmp_path / "kept.txt").write_text(text)
    said = educore("audit", "verify", "--against", "kept.txt")
    assert said.exit_code == 2
    assert sentence in said.output


def test_another_secret_needs_the_old_one_until_every_end_is_sealed_with_it(educore, school, monkeypatch):
    monkeypatch.setenv("EDUCORE_SECRET", NEXT_SECRET)
    assert "entry 1 was altered" in educore("audit", "verify").output
    said = educore("audit", "verify", "--old-key", SECRET)
    assert said.exit_code == 1
    assert "is not sealed with the present key; compare it" in said.output
    assert educore("audit", "seal").exit_code == 1
    assert educore("audit", "seal", "--old-key", SECRET).output == "3 chains are now sealed with the present key.\n"
    assert educore("audit", "seal", "--old-key", SECRET).output == "All chains are sealed already.\n"
    monkeypatch.setenv("EDUCORE_AUDIT_OLD_KEY", SECRET)
    assert educore("audit", "verify").exit_code == 0


NASTY = "Ziyo\x1b[2J\r\nTashkent Academy (1): 99 entries are intact, the last is sealed " + "f" * 64 + ".\u202e"


def test_a_name_neither_steers_the_terminal_nor_pretends_to_be_another_line(educore, school, tmp_path):
    with school.engine.connect() as connection:
        connection.execute(sa.text("update center set name = :name where id = 1"), {"name": NASTY})
        connection.execute(sa.text("update user_ set first_name = :name"), {"name": NASTY[:20]})
        connection.commit()
    with Educore(school.store, sealing()).work(PLATFORM) as uow:
        change_row(uow, uow.get(Center, 2), {"address": f"Registon{NASTY[:4]}"})
    told = educore("audit", "verify").output
    run(school, "update audit_entry set row_name = 'x' || char(27) || char(10) || 'y' where number = 2")
    for said in (told, educore("audit", "verify").output):
        assert len(said.splitlines()) == 3
        assert all(letter.isprintable() or letter == "\n" for letter in said)
    assert "\\x1b[2J\\r\\nTashkent Academy (1): 99" in told
    (tmp_path / "kept.txt").write_text(told)
    assert educore("audit", "verify", "--against", "kept.txt").output.count("Registon") == 0


def test_commands_print_only_through_what_makes_signs_visible():
    """Every command's words go through `terminal.echo`, and every refusal through `CommandError`."""
    folder = Path(educore_web.__file__).parent
    calls = {
        f"{path.name}:{node.lineno}"
        for path in folder.rglob("*.py")
        if path.name != "terminal.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "click.echo", "click.secho")
    }
    assert calls == set()

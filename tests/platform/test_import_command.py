"""`educore import`: templates, trials, tables taken in and back, and what each says."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from educore import EDUCATION, PLATFORM, Educore, FixedClock, memory_ports, where
from educore.adapters.clock import SystemClock
from educore.adapters.sql import Database
from educore.identity import User
from educore.imports import Import, ImportedRow, ImportState, recover_imports
from educore.people import Student
from support.cast import create_cast

SCHOOL, SECRET = "sqlite:///school.db", "a secret for tests that nobody else has"


@pytest.fixture(autouse=True)
def secret(empty_folder, monkeypatch):
    """What the server seals the audit trail with, and so the commands."""
    monkeypatch.setenv("EDUCORE_SECRET", SECRET)


@pytest.fixture
def school(empty_folder, monkeypatch, copy_migrated):
    """Both towns in a file."""
    monkeypatch.setenv("EDUCORE_DATABASE", SCHOOL)
    copy_migrated(empty_folder / "school.db")
    database = Database(SCHOOL, EDUCATION)
    create_cast(database.store)
    yield Educore(database.store, memory_ports())
    database.close()


def found(school, kind, **tests):
    with school.work(PLATFORM, read_only=True) as uow:
        return uow.find(kind, where(**tests))


def test_a_filled_in_template_is_tried_taken_in_and_taken_back(educore, school, empty_folder):
    for name in ("students.csv", "students.xlsx"):
        assert "is written" in educore("import", "template", "students", name).output
    text = (empty_folder / "students.csv").read_text("utf-8-sig").replace("Main", "Tashkent Centre")
    (empty_folder / "students.csv").write_text(text.replace("English A1", "Evening"))
    given = ("students", "students.csv", "--as", "Dilshod")
    tried = educore("import", "check", *given)
    assert tried.exit_code == 0, tried.output
    assert "No problems in 2 rows; 2 of them would change data." in tried.output
    assert not found(school, User, username="nodira")
    taken = educore("import", "apply", *given)
    assert taken.exit_code == 0, taken.output
    assert "Import 1: 2 rows are imported." in taken.output
    assert "100%" in taken.output
    (made,) = found(school, Import)
    assert (made.file_name, made.made_by_id) == ("students.csv", found(school, User, username="dilshod")[0].id)
    assert educore("import", "revert", "1", "--as", "dilshod").exit_code == 0
    assert not found(school, User, username="nodira")
    again = educore("import", "revert", "1")
    assert again.exit_code == 1
    assert "This was taken back already." in again.output


def test_what_is_wrong_is_told_by_row_and_cell(educore, school, empty_folder):
    (empty_folder / "s.csv").write_text("username;branch;phone\nsardor;Tashkent Centre;\n;Nowhere;12\n", "cp1251")
    for command in ("check", "apply"):
        said = educore("import", command, "students", "s.csv", "--center", "1")
        assert said.exit_code == 1
        for sentence in (
            "row 2, username: ",
            "row 3, username: This field is required.",
            "row 3, branch: Nothing here is called Nowhere; check the spelling.",
            "row 3, phone: ",
        ):
            assert sentence in said.output, command
    (empty_folder / "s.csv").write_text("username,nonsense\n" + "x,y\n" * 3)
    said = educore("import", "check", "students", "s.csv", "--center", "1")
    assert "heading, nonsense: No column is called nonsense" in said.output
    assert "heading, branch: The column branch is missing" in said.output
    assert not found(school, Import)


def test_of_many_problems_the_first_are_told(educore, school, empty_folder):
    (empty_folder / "s.csv").write_text("username,branch\n" + ",Nowhere\n" * 40)
    said = educore("import", "check", "students", "s.csv", "--center", "1")
    assert said.output.count("row ") == 50
    assert "… and 30 more." in said.output


def test_who_may_not_and_what_is_no_table_is_refused_in_one_line(educore, school, empty_folder):
    (empty_folder / "s.csv").write_text("username,branch\nx,Tashkent Centre\n")
    (empty_folder / "s.exe").write_bytes(b"MZ\0\0")
    for words, sentence in (
        (("s.csv", "--as", "timur"), "timur may not import there."),
        (("s.csv", "--as", "dilshod", "--center", "2"), "dilshod may not import there."),
        (("s.csv", "--as", "nobody"), "nobody may not import there."),
        (("s.csv",), "center_id: This field is required."),
        (("s.csv", "--center", "99"), "center_id: Nothing with the id 99 exists here."),
        (("s.exe", "--center", "1"), "file: Send a table as CSV or XLSX."),
    ):
        for command in ("check", "apply"):
            said = educore("import", command, "students", *words)
            assert said.exit_code == (1 if command == "apply" and "center_id" in sentence else 2), said.output
            assert sentence in said.output, (command, words, said.output)
    assert "There is no import 7." in educore("import", "revert", "7").output
    assert "something.csv or something.xlsx" in educore("import", "template", "students", "s.doc").output


def wait_for_rows(school, running):
    """Some rows are in; the process still runs unless it failed."""
    until = time.monotonic() + 200
    while running.poll() is None and time.monotonic() < until and not found(school, Import, rows_done__gte=1):
        time.sleep(0.1)


@pytest.mark.long
def test_what_a_killed_import_has_brought_is_taken_back(town, empty_folder):
    school = Educore(town.store, memory_ports())
    rows = "".join(f"new{n},Tashkent Centre\n" for n in range(400))
    (empty_folder / "s.csv").write_text(f"username,branch\n{rows}")
    command = [sys.executable, "-m", "educore_web", "import", "apply", "students", "s.csv", "--center", "1"]
    with subprocess.Popen([*command, "--database", town.url], stdout=subprocess.PIPE, text=True) as running:
        wait_for_rows(school, running)
        assert running.poll() is None, "it ended before it could be killed"
        running.send_signal(signal.SIGKILL)
    (left,) = found(school, Import)
    assert left.state is ImportState.RUNNING
    assert len(found(school, Student)) == 6 + left.rows_done == 6 + len(found(school, ImportedRow))
    now = SystemClock().now()
    assert recover_imports(Educore(town.store, memory_ports(FixedClock(now)))) == 0, "its lease has not ended"
    later = FixedClock(now + timedelta(minutes=2))
    assert recover_imports(Educore(town.store, memory_ports(later))) == 1
    assert [left.state for left in found(school, Import)] == [ImportState.FAILED]
    assert len(found(school, Student)) == 6
    assert not found(school, ImportedRow)


@pytest.fixture
def heeding_ctrl_c():
    """Ctrl+C reaches the commands that a test starts, also if the tests themselves run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.long
@pytest.mark.usefixtures("heeding_ctrl_c")
def test_an_import_that_is_stopped_by_hand_takes_back_what_is_in(town, empty_folder):
    school = Educore(town.store, memory_ports())
    rows = "".join(f"new{n},Tashkent Centre\n" for n in range(400))
    (empty_folder / "s.csv").write_text(f"username,branch\n{rows}")
    command = [sys.executable, "-m", "educore_web", "import", "apply", "students", "s.csv", "--center", "1"]
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([*command, "--database", town.url], **quiet) as running:
        wait_for_rows(school, running)
        assert running.poll() is None, "it ended before it could be stopped"
        running.send_signal(signal.SIGINT)
        assert running.wait(100) != 0
    assert [left.state for left in found(school, Import)] == [ImportState.FAILED]
    assert len(found(school, Student)) == 6

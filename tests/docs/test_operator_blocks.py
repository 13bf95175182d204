"""The guide for operators works as typed, for a center whose branch and group are those of the templates."""

from __future__ import annotations

import os
import re
import shlex
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from educore import EDUCATION, PLATFORM, Educore, Ports, Role, memory_ports, perform
from educore.adapters.seals import KeyedSeal
from educore.adapters.sql import Database
from educore.courses import Course
from educore.groups import Group
from educore.identity import Membership
from educore.organization import Branch, Center
from educore_web.cli import main
from support.postgres import programs_of_postgres

GUIDE = Path(__file__).parents[2] / "docs" / "for-operators.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TYPED = "Registan1420\n"
SECRET = "for the guide only " * 2


def sealing() -> Ports:
    """Ports that seal the audit trail as the commands do."""
    return replace(memory_ports(), seal=KeyedSeal.from_secret(SECRET))


def found_a_center(url: str) -> None:
    with closing(Database(url, EDUCATION)) as database, Educore(database.store, sealing()).work(PLATFORM) as uow:
        center = perform(uow, Center, "create", fields={"name": "Ziyo"})
        branch = perform(uow, Branch, "create", fields={"center_id": center.id, "name": "Main"})
        course = perform(uow, Course, "create", fields={"center_id": center.id, "name": "English"})
        perform(uow, Group, "create", fields={"branch_id": branch.id, "course_id": course.id, "name": "English A1"})
        account = {"username": "dilnoza", "first_name": "Dilnoza", "password": TYPED.strip()}
        perform(uow, Membership, "create", fields={"center_id": center.id, "role": Role.DIRECTOR, "account": account})


def found_another(url: str) -> None:
    with closing(Database(url, EDUCATION)) as database, Educore(database.store, sealing()).work(PLATFORM) as uow:
        perform(uow, Center, "create", fields={"name": "Made after the backup"})


def centers(url: str) -> list[str]:
    with closing(Database(url, EDUCATION)) as database, Educore(database.store, sealing()).work(PLATFORM) as uow:
        return [center.name for center in uow.find(Center)]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty database; PostgreSQL has its programs on PATH."""
    if request.param == "sqlite":
        return "sqlite:///school.db"
    postgres = request.getfixturevalue("postgres")
    monkeypatch.setenv("PATH", f"{programs_of_postgres()}{os.pathsep}{os.environ['PATH']}")
    return str(postgres.at(postgres.create()))


def test_the_guide_for_operators_works_as_typed(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EDUCORE_DATABASE", url)
    monkeypatch.setenv("EDUCORE_SECRET", SECRET)
    with closing(Database(url, EDUCATION)) as database:
        database.upgrade()
    found_a_center(url)
    lines = "".join(BLOCK.findall(GUIDE.read_text(encoding="utf-8"))).splitlines()
    restored = False
    for line in lines:
        command, *words = shlex.split(line)
        assert command == "educore", line
        done = CliRunner().invoke(main, words, input=TYPED * 2)
        assert done.exit_code == 0, f"{line}: {done.output} {done.exception!r}"
        if words[:2] == ["db", "backup"]:
            found_another(url)
        elif words[:2] == ["db", "restore"]:
            assert centers(url) == ["Ziyo"]
            restored = True
    assert restored

"""The guide for operators works as typed, for a center whose branch and group are those of the templates."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from educore import PLATFORM, Branch, Center, Course, Educore, Group, Membership, Role, memory_ports, perform
from educore.sql import Database
from educore_web.cli import main

GUIDE = Path(__file__).parents[2] / "docs" / "for-operators.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TYPED = "Registan1420\n"


def found_a_center() -> None:
    database = Database("sqlite:///school.db")
    database.upgrade()
    with Educore(database.store, memory_ports()).work(PLATFORM) as uow:
        center = perform(uow, Center, "create", name="Ziyo")
        branch = perform(uow, Branch, "create", center_id=center.id, name="Main")
        course = perform(uow, Course, "create", center_id=center.id, name="English")
        perform(uow, Group, "create", branch_id=branch.id, course_id=course.id, name="English A1")
        account = {"username": "dilnoza", "first_name": "Dilnoza", "password": TYPED.strip()}
        perform(uow, Membership, "create", center_id=center.id, role=Role.DIRECTOR, account=account)
    database.close()


def test_the_guide_for_operators_works_as_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EDUCORE_DATABASE", "sqlite:///school.db")
    monkeypatch.setenv("EDUCORE_SECRET", "for the guide only " * 2)
    found_a_center()
    lines = "".join(BLOCK.findall(GUIDE.read_text(encoding="utf-8"))).splitlines()
    assert lines
    for line in lines:
        command, *words = shlex.split(line)
        assert command == "educore", line
        done = CliRunner().invoke(main, words, input=TYPED * 2)
        assert done.exit_code == 0, f"{line}: {done.output} {done.exception!r}"

"""Nobody learns from the work of the server whether an address is known: asking costs the same for every address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from educore.adapters.memory import PlainPasswords
from educore.identity import Membership, block_member
from educore.people.sign_in_names import MAX_ACCOUNTS
from support.cast import PASSWORD
from support.statement_counts import record_statements
from support.web.madrasti_school import School, email_of

ADDRESSES = ("sardor", "timur", "nobody", "sobir", "aziza", "tamara")
"""Two people of the school, nobody at all, somebody of a center of courses, a blocked and a deleted person."""


class CountingPasswords(PlainPasswords):
    """Counts the passwords that are compared."""

    def __init__(self) -> None:
        self.compared = 0

    def verify(self, password: str, hashed: str | None) -> bool:
        """Return whether the password fits, and count the comparison."""
        self.compared += 1
        return super().verify(password, hashed)


@pytest.fixture
def passwords(school: School) -> Iterator[CountingPasswords]:
    """The passwords of a school where Aziza is blocked and Tamara deleted, and nobody signed in for a while."""
    platform, world = school.site.platform.school, school.site.world
    with platform.work(world.dilshod) as uow:
        block_member(uow, uow.get(Membership, world.aziza.membership_id or 0))
    tamara = f"/users/{school.member('tamara').user_id}/"
    assert school.caller("dilshod").send("DELETE", tamara).status == 200
    school.site.clock.advance(minutes=31)
    school.login("somebody", "wrong password 1")  # removes the tries before that
    before, counting = platform.ports, CountingPasswords()
    platform.ports = replace(before, passwords=counting)
    yield counting
    platform.ports = before


def test_a_wrong_password_takes_the_same_work_for_every_address(school: School, passwords: CountingPasswords) -> None:
    works = {}
    for name in ADDRESSES:
        before = passwords.compared
        with record_statements(school.site.platform.database.engine) as statements:
            assert school.login(name, "wrong password 1").status == 400
        works[name] = passwords.compared - before, statements
    assert {name: compared for name, (compared, _) in works.items()} == dict.fromkeys(ADDRESSES, MAX_ACCOUNTS)
    for name in ADDRESSES:
        assert works[name] == works["nobody"], name
    with record_statements(school.site.platform.database.engine) as statements:
        assert school.login("sardor", PASSWORD).status == 200
    assert statements != works["nobody"][1], "the right password is seen to take more"


def test_a_forgotten_password_takes_the_same_work_for_every_address(
    school: School, passwords: CountingPasswords
) -> None:
    works = {}
    for name in ADDRESSES:
        with record_statements(school.site.platform.database.engine) as statements:
            answer = school.caller().post("/users/password-reset/", {"email": email_of(name)})
        assert answer.status == 200
        works[name] = statements
    for name in ADDRESSES:
        assert works[name] == works["nobody"], name
    assert passwords.compared == 0
    assert len(school.mailed_codes()) == 2, "the two of the school get their link afterwards"

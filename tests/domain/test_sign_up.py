"""Registration at a school: visitors come as students and parents, to schools only."""

from __future__ import annotations

from typing import Any

import pytest

from educore import ANONYMOUS, PLATFORM, Educore, Forbidden, Role, where
from educore.groups import sign_up
from educore.identity import Membership, User
from educore.organization import create_branch, create_center
from support.cast import PASSWORD, World, all_rows


def found(school: Educore, *, kind: str) -> int:
    """Return the id of a new Center of a kind, with a branch."""
    with school.work(PLATFORM) as uow:
        center = create_center(uow, name="Rabat", kind=kind)
        create_branch(uow, center_id=center.id, name="Agdal")
    return center.id


NAWAL: dict[str, Any] = {"email": "nawal@example.org", "first_name": "Nawal", "password": PASSWORD}


@pytest.mark.parametrize("role", [Role.STUDENT, Role.PARENT])
def test_a_visitor_registers_at_a_school_and_not_at_a_center(school: Educore, world: World, role: Role) -> None:
    other, center_id = found(school, kind="center"), found(school, kind="school")
    before = all_rows(school.store)
    with pytest.raises(Forbidden):
        sign_up(school, actor=ANONYMOUS, role=role, account=NAWAL, center_id=other)
    after = all_rows(school.store)
    assert {name for name in before if before[name] != after[name]} <= {"PasswordAttempts"}
    member = sign_up(school, actor=ANONYMOUS, role=role, account=NAWAL, center_id=center_id)
    assert (member.role, member.center_id) == (role, center_id)


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.STUDENT, Role.PARENT, Role.ANONYMOUS)])
def test_a_visitor_comes_in_no_other_role(school_in_memory: Educore, world: World, role: Role) -> None:
    center_id = found(school_in_memory, kind="school")
    with pytest.raises(Forbidden):
        sign_up(school_in_memory, actor=ANONYMOUS, role=role, account=NAWAL, center_id=center_id)
    with school_in_memory.work(PLATFORM, read_only=True) as uow:
        assert not uow.count(User, where(email="nawal@example.org"))
        assert not uow.count(Membership, where(center_id=center_id))

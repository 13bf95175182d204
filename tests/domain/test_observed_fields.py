"""What the platform notes about a row by itself is no change of the row: no entry, no new version, no new time."""

from __future__ import annotations

import pytest

from educore import Educore, FixedClock, UnitOfWork
from educore.audit import AuditEntry
from educore.identity import User
from educore.kernel.conditions import where
from educore.kernel.versions import version
from educore.people import sign_in
from support.cast import PASSWORD, World


def account(uow: UnitOfWork, user_id: int | None) -> User:
    return uow.as_platform().get(User, user_id or 0)


def test_a_sign_in_notes_its_time_and_changes_nothing_else(school: Educore, world: World, clock: FixedClock) -> None:
    with school.work(world.rustam) as uow:
        before = account(uow, world.sardor.user_id)
        entries = uow.as_platform().count(AuditEntry, where(kind="User", row_id=before.id))
    clock.advance(hours=1)
    signed_in = sign_in(school, username=before.username, password=PASSWORD)
    with school.work(world.rustam) as uow:
        after = account(uow, world.sardor.user_id)
        assert uow.as_platform().count(AuditEntry, where(kind="User", row_id=before.id)) == entries
    assert before.last_signed_in_at != after.last_signed_in_at
    assert after.last_signed_in_at == signed_in.user.last_signed_in_at == school.ports.clock.now()
    assert (after.updated_at, version(after)) == (before.updated_at, version(before))


def test_other_fields_of_audited_rows_are_still_changed_one_by_one(school: Educore, world: World) -> None:
    with school.work(world.rustam) as uow:
        with pytest.raises(TypeError, match="is audited"):
            uow.as_platform().change_all(User, where(id=world.sardor.user_id), {"last_name": "S"}, to="sign_in")
        noted = {"last_signed_in_at": school.ports.clock.now(), "last_name": "S"}
        with pytest.raises(TypeError, match="is audited"):
            uow.as_platform().change_all(User, where(id=world.sardor.user_id), noted, to="sign_in")


def test_the_office_sees_when_somebody_signed_in_last_and_colleagues_do_not(school: Educore, world: World) -> None:
    sign_in(school, username="timur", password=PASSWORD)
    seen = {}
    for name in ("rustam", "dilshod", "aziza", "timur", "tamara"):
        with school.work(getattr(world, name)) as uow:
            seen[name] = uow.get(User, world.timur.user_id or 0).last_signed_in_at is not None
    assert seen == {"rustam": True, "dilshod": True, "aziza": True, "timur": True, "tamara": False}

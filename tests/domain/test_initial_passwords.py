"""An account knows as long as somebody else chose its password, whichever way it came there."""

from __future__ import annotations

from educore import Actor, Educore, perform
from educore.identity import User, change_own_password, reset_password
from educore.identity.entities import CodePurpose
from educore.identity.one_time_codes import issue_link
from educore.identity.passwords import prove_password
from support.cast import PASSWORD, ROOT, World


def is_initial(school: Educore, who: Actor) -> bool:
    with school.work(ROOT, read_only=True) as uow:
        return uow.get(User, who.user_id or 0).password_is_initial


def change_password(school: Educore, actor: Actor, whose: Actor, password: str) -> None:
    with school.work(actor) as uow:
        perform(uow, User, "update", whose.user_id or 0, {"password": password})


def test_a_password_is_initial_until_its_owner_chooses_one(school: Educore, world: World) -> None:
    change_password(school, world.dilshod, world.timur, "office 1 pass")
    assert is_initial(school, world.timur)
    proof = prove_password(school, world.timur, password="office 1 pass")
    with school.work(world.timur) as uow:
        change_own_password(uow, old_password=proof, new_password="own 1 password")
    assert not is_initial(school, world.timur)


def test_an_administrator_who_changes_their_own_password_chose_it(school: Educore, world: World) -> None:
    proof = prove_password(school, world.rustam, password=PASSWORD)
    with school.work(world.rustam) as uow:
        fields = {"password": "own 1 password", "old_password": proof}
        perform(uow, User, "update", world.rustam.user_id or 0, fields)
    assert not is_initial(school, world.rustam)


def test_who_uses_a_mailed_link_chose_their_password(school: Educore, world: World) -> None:
    change_password(school, world.dilshod, world.timur, "office 1 pass")
    with school.work(ROOT) as uow:
        token = issue_link(uow, uow.get(User, world.timur.user_id or 0), purpose=CodePurpose.RESET_PASSWORD, host="")
    reset_password(school, token=token, password="own 1 password")
    assert not is_initial(school, world.timur)


def test_the_platform_itself_chooses_for_nobody(school: Educore, world: World) -> None:
    change_password(school, ROOT, world.timur, PASSWORD)
    assert not is_initial(school, world.timur)


def test_other_changes_of_an_account_leave_it_as_it_was(school: Educore, world: World) -> None:
    change_password(school, world.dilshod, world.timur, "office 1 pass")
    with school.work(world.dilshod) as uow:
        perform(uow, User, "update", world.timur.user_id or 0, {"first_name": "Temur"})
    assert is_initial(school, world.timur)

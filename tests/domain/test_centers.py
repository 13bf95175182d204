"""Centers, their directors, branches and rooms."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from educore import Actor, Conflict, Educore, FixedClock, Forbidden, Invalid, NotFound, perform, where
from educore.identity import Membership, User
from educore.organization import (
    Branch,
    BranchStatus,
    Center,
    CenterStatus,
    Room,
    activate_center,
    appoint_director,
    change_branch,
    change_center,
    close_branch,
    create_branch,
    create_center,
    deactivate_center,
    local_today,
    open_branch,
    toggle_room,
)
from educore.people import change_member, register_director
from support.cast import World, account
from support.plain_rows import change_row, remove_row
from support.refusals import expect_invalid


def main_director(school: Educore, world: World, center: Center) -> int | None:
    with school.work(world.rustam) as uow:
        return uow.get(Center, center.id).director_id


def center_of(school: Educore, world: World, who: Actor) -> tuple[int | None, int | None]:
    """Where a member belongs, and where their account does."""
    with school.work(world.rustam) as uow:
        member = uow.get(Membership, who.membership_id or 0)
        return member.center_id, uow.get(User, member.user_id).center_id


# -- Centers -------------------------------------------------------------------------------------------


def test_a_superadmin_opens_a_center(school: Educore, world: World) -> None:
    with school.work(world.rustam) as uow:
        center = create_center(uow, name="Bukhara Academy")
    assert (center.status, center.time_zone, center.director_id) == (CenterStatus.ACTIVE, "Asia/Tashkent", None)


def test_a_director_named_for_a_new_center_moves_to_it(school: Educore, world: World) -> None:
    with school.work(world.rustam) as uow:
        center = create_center(uow, name="Bukhara Academy", director_id=world.dilshod.membership_id)
    assert center.director_id == world.dilshod.membership_id
    assert center_of(school, world, world.dilshod) == (center.id, center.id)
    assert main_director(school, world, world.tashkent.center) is None


def test_only_a_director_can_be_named_director(school: Educore, world: World) -> None:
    with expect_invalid() as codes, school.work(world.rustam) as uow:
        create_center(uow, name="Bukhara Academy", director_id=world.malika.membership_id)
    assert codes == {"director_id": "not_a_director"}
    with school.work(world.rustam) as uow:
        assert uow.count(Center) == 2


def test_no_two_centers_share_a_license(school: Educore, world: World) -> None:
    with expect_invalid(Conflict) as codes, school.work(world.rustam) as uow:
        create_center(uow, name="Bukhara Academy", license_number="L-Tashkent")
    assert codes == {"license_number": "taken"}


def test_another_main_director_comes_from_elsewhere(school: Educore, world: World) -> None:
    with school.work(world.rustam) as uow:
        changed = change_center(uow, world.tashkent.center, name="New", director_id=world.davron.membership_id)
    assert (changed.name, changed.director_id) == ("New", world.davron.membership_id)
    assert center_of(school, world, world.davron) == (world.tashkent.center.id,) * 2
    assert main_director(school, world, world.samarkand.center) is None


def test_a_center_may_be_without_a_main_director(school: Educore, world: World) -> None:
    with school.work(world.rustam) as uow:
        assert change_center(uow, world.tashkent.center, director_id=None).director_id is None


def test_changing_a_name_keeps_the_main_director(school: Educore, world: World) -> None:
    with school.work(world.rustam) as uow:
        changed = change_center(uow, world.tashkent.center, name="New")
    assert changed.director_id == world.dilshod.membership_id


def test_the_second_director_of_a_center_is_not_the_main_one(school: Educore, world: World) -> None:
    with school.work(world.rustam) as uow:
        second = register_director(uow, account=account("Doniyor"), center_id=world.tashkent.center.id)
    assert main_director(school, world, world.tashkent.center) == world.dilshod.membership_id
    with school.work(world.rustam) as uow:
        appoint_director(uow, world.tashkent.center, membership_id=second.id)
    assert main_director(school, world, world.tashkent.center) == second.id


def test_a_director_who_moves_leads_the_other_center_only_if_nobody_does(school: Educore, world: World) -> None:
    with school.work(world.rustam) as uow:
        member = uow.get(Membership, world.dilshod.membership_id or 0)
        change_member(uow, member, center_id=world.samarkand.center.id)
    assert main_director(school, world, world.samarkand.center) == world.davron.membership_id
    assert main_director(school, world, world.tashkent.center) is None
    assert center_of(school, world, world.dilshod) == (world.samarkand.center.id,) * 2


def test_a_director_cannot_move_to_a_center_that_is_not_there(school: Educore, world: World) -> None:
    with expect_invalid() as codes, school.work(world.rustam) as uow:
        member = uow.get(Membership, world.dilshod.membership_id or 0)
        change_member(uow, member, center_id=10**6)
    assert codes == {"center_id": "unknown_id"}


def test_a_director_of_a_center_that_is_not_there_cannot_be_registered(school: Educore, world: World) -> None:
    with expect_invalid() as codes, school.work(world.rustam) as uow:
        register_director(uow, account=account("Doniyor"), center_id=10**6)
    assert codes == {"center_id": "unknown_id"}


def test_a_center_is_deactivated_and_activated(school: Educore, world: World) -> None:
    with school.work(world.rustam) as uow:
        asleep = deactivate_center(uow, world.tashkent.center)
        assert asleep.status is CenterStatus.INACTIVE
        assert activate_center(uow, asleep).status is CenterStatus.ACTIVE


@pytest.mark.parametrize("name", ["dilshod", "malika", "aziza", "timur", "sardor"])
@pytest.mark.parametrize("action", ["update", "delete", "activate", "deactivate"])
def test_only_a_superadmin_runs_centers(school_in_memory: Educore, world: World, name: str, action: str) -> None:
    with pytest.raises(Forbidden), school_in_memory.work(getattr(world, name)) as uow:
        perform(uow, Center, action, world.tashkent.center.id)


def test_a_center_with_people_cannot_be_deleted(school: Educore, world: World) -> None:
    with expect_invalid(Conflict) as codes, school.work(world.rustam) as uow:
        perform(uow, Center, "delete", world.tashkent.center.id)
    assert codes == {"": "in_use"}


def test_an_empty_center_can_be_deleted(school: Educore, world: World) -> None:
    with school.work(world.rustam) as uow:
        perform(uow, Center, "delete", create_center(uow, name="Mistake").id)
        assert uow.count(Center) == 2


# -- the calendar on the wall --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Asia/Tashkent", date(2024, 3, 11)),
        ("UTC", date(2024, 3, 10)),
        ("America/New_York", date(2024, 3, 10)),
        ("Pacific/Kiritimati", date(2024, 3, 11)),
        ("Africa/Casablanca", date(2024, 3, 10)),
    ],
)
def test_today_depends_on_where_the_center_is(
    school_in_memory: Educore, world: World, clock: FixedClock, zone: str, day: date
) -> None:
    clock.time = datetime(2024, 3, 10, 21, 30, tzinfo=UTC)
    with school_in_memory.work(world.rustam) as uow:
        change_center(uow, world.tashkent.center, time_zone=zone)
        assert local_today(uow, world.tashkent.center.id) == day


# -- branches ------------------------------------------------------------------------------------------


def test_a_branch_is_looked_after_by_one_of_its_managers(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        branch = create_branch(uow, name="Chilonzor", manager_id=world.malika.user_id)
    assert (branch.center_id, branch.manager_id) == (world.tashkent.center.id, world.malika.user_id)


@pytest.mark.parametrize("name", ["aziza", "timur", "sardor", "dilshod"])
def test_only_a_manager_looks_after_a_branch(school: Educore, world: World, name: str) -> None:
    with expect_invalid() as codes, school.work(world.dilshod) as uow:
        change_branch(uow, world.tashkent.branch, manager_id=getattr(world, name).user_id)
    assert codes == {"manager_id": "not_a_manager"}


def test_a_manager_of_another_center_is_no_manager_here(school: Educore, world: World) -> None:
    for who in (world.dilshod, world.rustam):
        with expect_invalid() as codes, school.work(who) as uow:
            change_branch(uow, world.tashkent.branch, manager_id=world.mansur.user_id)
        assert codes == {"manager_id": "not_a_manager"}


def test_a_branch_without_its_manager_stays(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        change_branch(uow, world.tashkent.branch, manager_id=world.malika.user_id)
        perform(uow, Membership, "delete", world.malika.membership_id)
        assert uow.get(Branch, world.tashkent.branch.id).manager_id is None


def test_a_branch_is_closed_and_opened(school: Educore, world: World) -> None:
    with school.work(world.malika) as uow:
        closed = close_branch(uow, world.tashkent.branch)
        assert closed.status is BranchStatus.CLOSED
        assert open_branch(uow, closed).status is BranchStatus.OPEN


def test_a_branch_in_use_names_what_uses_it(school: Educore, world: World) -> None:
    with pytest.raises(Conflict) as error, school.work(world.dilshod) as uow:
        remove_row(uow, world.tashkent.branch)
    by = error.value.fields[""][0].params["by"]
    assert by == {"Room": 1, "Teacher": 2, "Group": 2, "Student": 3}


def test_a_branch_nobody_uses_can_be_deleted(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        remove_row(uow, world.tashkent.closed_branch)
        assert uow.count(Branch) == 1


# -- rooms ---------------------------------------------------------------------------------------------


def test_a_room_belongs_to_the_center_of_whoever_adds_it(school: Educore, world: World) -> None:
    with school.work(world.aziza) as uow:
        room = uow.add(Room, {"branch_id": world.tashkent.branch.id, "name": "102", "capacity": 10})
    assert room.center_id == world.tashkent.center.id


def test_a_room_added_by_a_superadmin_belongs_to_the_center_of_its_branch(school: Educore, world: World) -> None:
    with school.work(world.rustam) as uow:
        room = uow.add(Room, {"branch_id": world.samarkand.branch.id, "name": "102", "capacity": 10})
    assert room.center_id == world.samarkand.center.id


def test_a_branch_has_no_two_rooms_of_one_name_but_two_branches_have(school: Educore, world: World) -> None:
    with expect_invalid(Conflict) as codes, school.work(world.aziza) as uow:
        uow.add(Room, {"branch_id": world.tashkent.branch.id, "name": "101", "capacity": 10})
    assert codes == {"name": "taken"}
    with school.work(world.aziza) as uow:
        assert uow.add(Room, {"branch_id": world.tashkent.closed_branch.id, "name": "101", "capacity": 10})


def test_a_room_is_toggled_back_and_forth(school: Educore, world: World) -> None:
    with school.work(world.aziza) as uow:
        off = toggle_room(uow, world.tashkent.room)
        assert (off.is_available, toggle_room(uow, off).is_available) == (False, True)


def test_a_room_for_nobody_is_no_room(school: Educore, world: World) -> None:
    with expect_invalid(Invalid) as codes, school.work(world.aziza) as uow:
        change_row(uow, world.tashkent.room, {"capacity": 0})
    assert codes == {"capacity": "greater_than_equal"}


def test_a_room_elsewhere_cannot_be_toggled(school: Educore, world: World) -> None:
    with pytest.raises(NotFound), school.work(world.aziza) as uow:
        perform(uow, Room, "toggle", world.samarkand.room.id)


def test_a_room_may_be_found_by_its_place(school: Educore, world: World) -> None:
    with school.work(world.sardor) as uow:
        assert [room.name for room in uow.find(Room, where(branch__name="Tashkent Centre"))] == ["101"]

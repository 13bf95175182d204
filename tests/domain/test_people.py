"""Staff and teachers: taking on, changing, blocking, rating and letting go."""

from __future__ import annotations

from decimal import Decimal

import pytest

from educore import Actor, Conflict, Educore, Forbidden, Invalid, Role, UnitOfWork, perform, where
from educore.groups import Enrollment, Group
from educore.identity import (
    Membership,
    SignIn,
    User,
    block_member,
    change_account,
    open_account,
    remove_member,
    unblock_member,
)
from educore.people import (
    Teacher,
    TeacherRating,
    change_member,
    change_teacher,
    rate_teacher,
    register_staff,
    register_teacher,
    remove_teacher,
    sign_in,
)
from support.cast import PASSWORD, World, account, all_rows
from support.plain_rows import change_row, plain
from support.refusals import expect_invalid


def member(uow: UnitOfWork, who: Actor) -> Membership:
    return uow.get(Membership, who.membership_id or 0)


# -- accounts ------------------------------------------------------------------------------------------


def test_a_user_name_names_one_person_on_the_whole_platform(school: Educore, world: World) -> None:
    with expect_invalid(Conflict) as codes, school.work(world.davron) as uow:
        open_account(uow, center_id=world.samarkand.center.id, username="SEVARA")
    assert codes == {"username": "taken"}


def test_a_new_password_for_somebody_signs_them_out(school: Educore, world: World) -> None:
    sign_in(school, username="timur", password=PASSWORD)
    with school.work(world.dilshod) as uow:
        change_account(uow, uow.get(User, world.timur.user_id or 0), password="lagman 9")
    assert sign_in(school, username="timur", password="lagman 9")
    with school.work(world.rustam) as uow:
        assert uow.count(SignIn, where(user_id=world.timur.user_id, ended_at__isnull=True)) == 1


def test_changing_a_name_signs_nobody_out(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        change_account(uow, uow.get(User, world.sardor.user_id or 0), first_name="Sardorbek")
    with school.work(world.rustam) as uow:
        assert uow.count(SignIn, where(user_id=world.sardor.user_id, ended_at__isnull=True)) == 1


# -- staff ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMIN, Role.STAFF])
def test_a_director_takes_on_staff_for_their_own_center(school: Educore, world: World, role: Role) -> None:
    with school.work(world.dilshod) as uow:
        staff = register_staff(uow, account=account("Nodira"), role=role)
        user = uow.get(User, staff.user_id)
    assert (staff.role, staff.center_id, user.center_id) == (role, world.tashkent.center.id, world.tashkent.center.id)


@pytest.mark.parametrize("role", [Role.DIRECTOR, Role.SUPERADMIN])
def test_a_director_makes_nobody_their_equal(school: Educore, world: World, role: Role) -> None:
    before = all_rows(school.store)
    with pytest.raises(Forbidden), school.work(world.dilshod) as uow:
        register_staff(uow, account=account("Nodira"), role=role)
    assert all_rows(school.store) == before


@pytest.mark.parametrize("name", ["malika", "aziza", "timur", "sardor"])
def test_only_directors_take_on_admins(school_in_memory: Educore, world: World, name: str) -> None:
    with pytest.raises(Forbidden), school_in_memory.work(getattr(world, name)) as uow:
        register_staff(uow, account=account("Nodira"), role=Role.ADMIN)


def test_a_director_takes_on_nobody_for_another_center(school: Educore, world: World) -> None:
    with expect_invalid() as codes, school.work(world.dilshod) as uow:
        register_staff(uow, account=account("Nodira"), role=Role.ADMIN, center_id=world.samarkand.center.id)
    assert codes == {"center_id": "unknown_id"}


def test_a_superadmin_says_for_which_center(school: Educore, world: World) -> None:
    with expect_invalid() as codes, school.work(world.rustam) as uow:
        register_staff(uow, account=account("Nodira"), role=Role.ADMIN)
    assert codes == {"center_id": "missing"}


def test_a_taken_user_name_is_told_under_the_account(school: Educore, world: World) -> None:
    with expect_invalid(Conflict) as codes, school.work(world.dilshod) as uow:
        register_staff(uow, account=account("Sobir"), role=Role.ADMIN)
    assert codes == {"account.username": "taken"}


def test_a_wrong_account_is_told_under_the_account(school: Educore, world: World) -> None:
    with expect_invalid() as codes, school.work(world.dilshod) as uow:
        register_staff(uow, account=account("two words", phone="123"), role=Role.ADMIN)
    assert codes == {"account.username": "username", "account.phone": "phone"}


def test_a_member_is_changed_with_their_account(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        change_member(uow, member(uow, world.aziza), account={"first_name": "Azizaxon"}, is_blocked=True)
        assert uow.get(User, world.aziza.user_id or 0).first_name == "Azizaxon"
        assert uow.get(Membership, world.aziza.membership_id or 0).is_blocked


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMIN])
def test_making_a_member_is_registering_staff(school: Educore, world: World, role: Role) -> None:
    with school.work(world.dilshod) as uow:
        made = perform(uow, Membership, "create", fields={"account": account("Nodira"), "role": role})
    assert (made.role, made.center_id) == (role, world.tashkent.center.id)


def test_making_a_member_a_director_needs_a_center(school: Educore, world: World) -> None:
    with expect_invalid() as codes, school.work(world.rustam) as uow:
        perform(uow, Membership, "create", fields={"account": account("Nodira"), "role": Role.DIRECTOR})
    assert codes == {"center_id": "missing"}
    with school.work(world.rustam) as uow:
        center = world.samarkand.center.id
        made = perform(
            uow, Membership, "create", fields={"account": account("Nodira"), "role": Role.DIRECTOR, "center_id": center}
        )
    assert (made.role, made.center_id) == (Role.DIRECTOR, center)


@pytest.mark.parametrize("role", [Role.STUDENT, Role.TEACHER, Role.SUPERADMIN, Role.PARENT])
def test_who_has_a_profile_is_not_made_a_bare_member(school: Educore, world: World, role: Role) -> None:
    with expect_invalid() as codes, school.work(world.dilshod) as uow:
        perform(uow, Membership, "create", fields={"account": account("Nodira"), "role": role})
    assert codes == {"role": "not_this_role"}


def test_updating_an_account_with_a_password_hashes_it(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        perform(uow, User, "update", world.timur.user_id, {"password": "lagman 9"})
    assert sign_in(school, username="timur", password="lagman 9")


def test_a_role_is_for_good(school: Educore, world: World) -> None:
    with expect_invalid() as codes, school.work(world.dilshod) as uow:
        change_member(uow, member(uow, world.aziza), role=Role.MANAGER)
    assert codes == {"role": "cannot_change"}


def test_only_directors_move_between_centers(school: Educore, world: World) -> None:
    with expect_invalid() as codes, school.work(world.rustam) as uow:
        change_member(uow, member(uow, world.aziza), center_id=world.samarkand.center.id)
    assert codes == {"center_id": "cannot_change"}


def test_blocking_and_unblocking_may_be_repeated(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        aziza = member(uow, world.aziza)
        assert block_member(uow, block_member(uow, aziza)).is_blocked
        assert not unblock_member(uow, unblock_member(uow, aziza)).is_blocked


def test_a_member_who_leaves_takes_their_account_along(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        remove_member(uow, member(uow, world.aziza))
        assert uow.count(User, where(username="aziza")) == 0


def test_an_account_that_is_still_somebody_stays(school: Educore, world: World) -> None:
    with school.work(world.rustam) as uow:
        plain(uow, Membership).add(
            Membership, {"user_id": world.aziza.user_id, "role": Role.MANAGER, "center_id": world.samarkand.center.id}
        )
    with school.work(world.dilshod) as uow:
        remove_member(uow, member(uow, world.aziza))
        assert uow.count(User, where(username="aziza")) == 1


def test_a_member_whose_account_another_center_keeps_can_leave(school: Educore, world: World) -> None:
    with school.work(world.rustam) as uow:
        guest = plain(uow, Membership).add(
            Membership, {"user_id": world.alisher.user_id, "role": Role.ADMIN, "center_id": world.tashkent.center.id}
        )
    with school.work(world.dilshod) as uow:
        remove_member(uow, guest)
    with school.work(world.rustam) as uow:
        assert uow.count(Membership, where(user_id=world.alisher.user_id)) == 1
        assert uow.count(User, where(username="alisher")) == 1


# -- teachers ------------------------------------------------------------------------------------------


def test_a_teacher_is_taken_on_at_a_branch(school: Educore, world: World) -> None:
    with school.work(world.malika) as uow:
        teacher = register_teacher(
            uow, account=account("Tohira"), branch_id=world.tashkent.branch.id, hourly_rate="9.5"
        )
        role = uow.find(Membership, where(user_id=teacher.user_id))[0].role
    assert (teacher.center_id, teacher.hourly_rate, role) == (world.tashkent.center.id, Decimal("9.5"), Role.TEACHER)


def test_a_teacher_is_not_taken_on_at_a_branch_elsewhere(school: Educore, world: World) -> None:
    with expect_invalid() as codes, school.work(world.malika) as uow:
        register_teacher(uow, account=account("Tohira"), branch_id=world.samarkand.branch.id)
    assert codes == {"branch_id": "unknown_id"}


def test_a_superadmin_takes_on_a_teacher_where_the_branch_is(school: Educore, world: World) -> None:
    with school.work(world.rustam) as uow:
        teacher = register_teacher(uow, account=account("Tohira"), branch_id=world.samarkand.branch.id)
    assert teacher.center_id == world.samarkand.center.id


def test_what_is_wrong_with_a_teacher_leaves_no_account_behind(school: Educore, world: World) -> None:
    with expect_invalid() as codes, school.work(world.malika) as uow:
        register_teacher(uow, account=account("Tohira"), branch_id=world.tashkent.branch.id, hourly_rate="-1")
    assert codes == {"hourly_rate": "greater_than_equal"}
    with school.work(world.malika) as uow:
        assert uow.count(User, where(username="tohira")) == 0


def test_a_teacher_changes_with_their_account(school: Educore, world: World) -> None:
    with school.work(world.malika) as uow:
        teacher = uow.get(Teacher, world.timur.teacher_id or 0)
        changed = change_teacher(uow, teacher, account={"last_name": "Malik"}, specialization="Maths")
        assert changed.specialization == "Maths"
        assert uow.get(User, teacher.user_id).last_name == "Malik"


def test_a_rating_is_kept_with_who_gave_it_and_the_one_before(school: Educore, world: World) -> None:
    with school.work(world.malika) as uow:
        rated = rate_teacher(uow, uow.get(Teacher, world.timur.teacher_id or 0), rating=Decimal("3.0"))
        assert rated.performance_rating == Decimal("3.0")
        log = uow.find(TeacherRating, where(teacher_id=rated.id), order=("-rated_at", "-id"))
    assert [(one.rated_by_id, one.rating, one.previous_rating) for one in log] == [
        (world.malika.user_id, Decimal("3.0"), Decimal("4.5")),
        (world.dilshod.user_id, Decimal("4.5"), Decimal(0)),
    ]


def test_no_teacher_is_rated_above_five(school: Educore, world: World) -> None:
    with expect_invalid() as codes, school.work(world.malika) as uow:
        rate_teacher(uow, uow.get(Teacher, world.timur.teacher_id or 0), rating=Decimal("5.1"))
    assert codes == {"performance_rating": "less_than_equal"}


@pytest.mark.parametrize("name", ["aziza", "timur", "tamara", "sardor"])
def test_directors_and_managers_rate_teachers_and_nobody_else(school: Educore, world: World, name: str) -> None:
    with pytest.raises(Forbidden), school.work(getattr(world, name)) as uow:
        perform(uow, Teacher, "rate", world.timur.teacher_id, {"rating": Decimal(5)})


def test_a_teacher_sees_their_own_rate_and_ratings_and_nobody_elses(school: Educore, world: World) -> None:
    with school.work(world.timur) as uow:
        rates = {teacher.id: teacher.hourly_rate for teacher in uow.find(Teacher)}
        ratings = uow.find(TeacherRating)
    assert rates == {world.timur.teacher_id: Decimal("50000.50"), world.tamara.teacher_id: None}
    assert {rating.teacher_id for rating in ratings} == {world.timur.teacher_id}


def test_a_teacher_who_goes_leaves_their_groups_behind(school: Educore, world: World) -> None:
    with school.work(world.malika) as uow:
        remove_teacher(uow, uow.get(Teacher, world.timur.teacher_id or 0))
    with school.work(world.dilshod) as uow:
        assert uow.get(Group, world.tashkent.morning.id).teacher_id is None
        assert uow.count(Enrollment, where(group_id=world.tashkent.morning.id)) == 2
        assert uow.count(User, where(username="timur")) == 0
        assert uow.count(TeacherRating) == 0


def test_whoever_gave_a_rating_stays_named(school: Educore, world: World) -> None:
    with school.work(world.malika) as uow:
        rate_teacher(uow, uow.get(Teacher, world.timur.teacher_id or 0), rating=Decimal(3))
    with pytest.raises(Conflict) as refused, school.work(world.dilshod) as uow:
        perform(uow, Membership, "delete", world.malika.membership_id)
    assert refused.value.fields[""][0].params["by"] == {"TeacherRating": 1}
    with school.work(world.dilshod) as uow:
        given = uow.find(TeacherRating, order=("-id",))[0]
        assert (given.rating, given.rated_by_id) == (3, world.malika.user_id)


def test_the_person_who_teaches_cannot_be_swapped(school: Educore, world: World) -> None:
    with expect_invalid(Invalid) as codes, school.work(world.malika) as uow:
        change_row(uow, uow.get(Teacher, world.timur.teacher_id or 0), {"user_id": world.aziza.user_id})
    assert codes == {"user_id": "cannot_change"}

"""Groups, the seats in them and the students who take them."""

from __future__ import annotations

from datetime import date

import pytest

from educore import Actor, Conflict, Educore, FixedClock, Forbidden, Invalid, Role, perform, where
from educore.groups import (
    Enrollment,
    Group,
    GroupStatus,
    StudentBlocked,
    StudentEnrolled,
    block_student,
    change_group,
    change_student,
    create_group,
    enroll_student,
    leave_group,
    move_student,
    register_student,
    remove_student,
    unblock_student,
)
from educore.groups.entities import takes_seat
from educore.identity import Membership, SignIn, User
from educore.organization import Branch, close_branch, open_branch
from educore.people import Student, StudentStatus, sign_in
from support.cast import PASSWORD, World, account, all_rows
from support.plain_rows import plain
from support.refusals import expect_invalid


def student(school: Educore, world: World, who: Actor) -> Student:
    with school.work(world.rustam) as uow:
        return uow.get(Student, who.student_id or 0)


def open_places(school: Educore, world: World, who: Actor) -> list[int]:
    """The groups somebody sits in."""
    with school.work(world.rustam) as uow:
        found = uow.find(Enrollment, where(student_id=who.student_id, left_on__isnull=True), order=("group_id",))
    return [place.group_id for place in found]


def seated(school: Educore, world: World, group: Group) -> int:
    with school.work(world.rustam) as uow:
        return uow.count(Enrollment, where(group_id=group.id) & takes_seat)


def enroll(school: Educore, world: World, who: Actor, group: Group) -> Enrollment:
    with school.work(world.aziza) as uow:
        return enroll_student(uow, group_id=group.id, student_id=who.student_id or 0)


def register(school: Educore, world: World, name: str, **fields: object) -> Student:
    with school.work(world.aziza) as uow:
        return register_student(
            uow,
            account=account(name),
            **{"branch_id": world.tashkent.branch.id, **fields},  # type: ignore[arg-type]
        )


# -- groups --------------------------------------------------------------------------------------------


def new_group(world: World, **fields: object) -> dict[str, object]:
    return {"branch_id": world.tashkent.branch.id, "course_id": world.tashkent.course.id, "name": "Noon", **fields}


def test_a_director_opens_a_group_of_any_size(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        group = create_group(uow, **new_group(world))
    assert (group.center_id, group.capacity, group.status) == (world.tashkent.center.id, None, GroupStatus.ACTIVE)


def test_a_group_of_no_center_names_what_is_missing(school: Educore, world: World) -> None:
    with expect_invalid() as codes, school.work(world.rustam) as uow:
        create_group(uow, name="Noon")
    assert (codes["branch_id"], codes["course_id"]) == ("missing", "missing")


def test_no_group_opens_in_a_closed_branch(school: Educore, world: World) -> None:
    with expect_invalid() as codes, school.work(world.dilshod) as uow:
        create_group(uow, **new_group(world, branch_id=world.tashkent.closed_branch.id))
    assert codes == {"branch_id": "branch_closed"}
    with school.work(world.dilshod) as uow:
        assert uow.count(Group) == 2


def test_no_group_moves_to_a_closed_branch(school: Educore, world: World) -> None:
    with expect_invalid() as codes, school.work(world.dilshod) as uow:
        change_group(uow, world.tashkent.morning, branch_id=world.tashkent.closed_branch.id)
    assert codes == {"branch_id": "branch_closed"}


def test_a_running_group_goes_on_in_a_branch_that_closes(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        close_branch(uow, world.tashkent.branch)
        assert change_group(uow, world.tashkent.morning, name="Early").name == "Early"
        assert enroll_student(uow, group_id=world.tashkent.morning.id, student_id=world.shirin.student_id or 0)


def test_a_group_does_not_end_before_it_starts(school: Educore, world: World) -> None:
    with expect_invalid() as codes, school.work(world.dilshod) as uow:
        change_group(uow, world.tashkent.morning, end_date=date(2023, 12, 31))
    assert codes == {"end_date": "ends_before_start"}


@pytest.mark.parametrize("field", ["branch_id", "course_id", "teacher_id"])
def test_a_group_refers_to_nothing_of_another_center(school: Educore, world: World, field: str) -> None:
    elsewhere = {
        "branch_id": world.samarkand.branch.id,
        "course_id": world.samarkand.course.id,
        "teacher_id": world.tohir.teacher_id,
    }
    for who in (world.dilshod, world.rustam):
        with expect_invalid() as codes, school.work(who) as uow:
            change_group(uow, world.tashkent.morning, **{field: elsewhere[field]})
        assert codes == {field: "unknown_id"}


def test_a_group_is_not_smaller_than_those_who_sit_in_it(school: Educore, world: World) -> None:
    with pytest.raises(Invalid) as error, school.work(world.dilshod) as uow:
        change_group(uow, world.tashkent.morning, capacity=1)
    assert error.value.fields["capacity"][0].code == "capacity_below_enrolment"
    assert error.value.fields["capacity"][0].params == {"seated": 2}
    with school.work(world.dilshod) as uow:
        assert change_group(uow, world.tashkent.morning, capacity=2).capacity == 2


def test_a_group_with_history_cannot_be_deleted_but_an_empty_one_can(school: Educore, world: World) -> None:
    with expect_invalid(Conflict) as codes, school.work(world.dilshod) as uow:
        perform(uow, Group, "delete", world.tashkent.morning.id)
    assert codes == {"": "in_use"}
    with school.work(world.dilshod) as uow:
        perform(uow, Group, "delete", world.tashkent.evening.id)
        assert uow.count(Group) == 1


def test_managers_open_and_change_groups(school: Educore, world: World) -> None:
    with school.work(world.malika) as uow:
        group = perform(uow, Group, "create", fields=new_group(world))
        assert perform(uow, Group, "update", group.id, {"name": "Dawn"}).name == "Dawn"


@pytest.mark.parametrize("name", ["aziza", "timur", "sardor"])
def test_nobody_else_changes_groups(school_in_memory: Educore, world: World, name: str) -> None:
    with pytest.raises(Forbidden), school_in_memory.work(getattr(world, name)) as uow:
        perform(uow, Group, "update", world.tashkent.morning.id, {"name": "Mine"})


# -- enrolling -----------------------------------------------------------------------------------------


def test_a_student_gets_a_seat_and_a_main_group(school: Educore, world: World, events: list[object]) -> None:
    place = enroll(school, world, world.shirin, world.tashkent.evening)
    assert (place.center_id, place.enrolled_on, place.left_on) == (world.tashkent.center.id, date(2024, 1, 1), None)
    assert student(school, world, world.shirin).group_id == world.tashkent.evening.id
    assert events == [
        StudentEnrolled(world.tashkent.center.id, world.tashkent.evening.id, world.shirin.student_id or 0)
    ]


def test_a_second_group_stands_beside_the_main_one(school: Educore, world: World) -> None:
    enroll(school, world, world.sardor, world.tashkent.evening)
    assert student(school, world, world.sardor).group_id == world.tashkent.morning.id
    assert open_places(school, world, world.sardor) == [world.tashkent.morning.id, world.tashkent.evening.id]


def test_enrolling_again_gives_the_same_place(school: Educore, world: World, events: list[object]) -> None:
    first = enroll(school, world, world.shirin, world.tashkent.evening)
    assert enroll(school, world, world.shirin, world.tashkent.evening) == first
    assert len(events) == 1


def test_a_full_group_takes_nobody(school: Educore, world: World) -> None:
    enroll(school, world, world.shirin, world.tashkent.morning)
    olim = register(school, world, "Olim")
    with pytest.raises(Conflict) as error, school.work(world.aziza) as uow:
        enroll_student(uow, group_id=world.tashkent.morning.id, student_id=olim.id)
    assert error.value.fields["group_id"][0].code == "group_full"
    assert error.value.fields["group_id"][0].params == {"capacity": 3}


def test_who_already_sits_in_a_full_group_is_not_turned_away(school: Educore, world: World) -> None:
    enroll(school, world, world.shirin, world.tashkent.morning)
    assert enroll(school, world, world.sardor, world.tashkent.morning)


def test_a_seat_that_becomes_free_is_given_away(school: Educore, world: World) -> None:
    enroll(school, world, world.shirin, world.tashkent.morning)
    olim = register(school, world, "Olim")
    with school.work(world.aziza) as uow:
        leave_group(uow, group_id=world.tashkent.morning.id, student_id=world.sardor.student_id or 0)
        assert enroll_student(uow, group_id=world.tashkent.morning.id, student_id=olim.id)


@pytest.mark.parametrize("status", [GroupStatus.INACTIVE, GroupStatus.COMPLETED])
def test_only_an_active_group_takes_students(school: Educore, world: World, status: GroupStatus) -> None:
    with school.work(world.dilshod) as uow:
        change_group(uow, world.tashkent.evening, status=status)
    with expect_invalid(Conflict) as codes:
        enroll(school, world, world.shirin, world.tashkent.evening)
    assert codes == {"group_id": "group_not_active"}


def test_groups_and_students_of_another_center_are_unknown(school: Educore, world: World) -> None:
    with expect_invalid() as codes:
        enroll(school, world, world.shirin, world.samarkand.evening)
    assert codes == {"group_id": "unknown_id"}
    with expect_invalid() as codes:
        enroll(school, world, world.sobir, world.tashkent.evening)
    assert codes == {"student_id": "unknown_id"}


def test_not_even_a_superadmin_seats_a_student_of_one_center_in_another(school: Educore, world: World) -> None:
    with expect_invalid() as codes, school.work(world.rustam) as uow:
        enroll_student(uow, group_id=world.samarkand.evening.id, student_id=world.shirin.student_id or 0)
    assert codes == {"student_id": "unknown_id"}


@pytest.mark.parametrize("name", ["timur", "tamara", "sardor"])
def test_teachers_and_students_give_no_seats(school: Educore, world: World, name: str) -> None:
    with pytest.raises((Forbidden, Invalid)), school.work(getattr(world, name)) as uow:
        enroll_student(uow, group_id=world.tashkent.evening.id, student_id=world.sardor.student_id or 0)
    assert open_places(school, world, world.sardor) == [world.tashkent.morning.id]


def test_the_day_of_enrolling_is_the_day_on_the_wall_of_the_center(
    school: Educore, world: World, clock: FixedClock
) -> None:
    clock.advance(hours=10)  # 20:00 UTC is already tomorrow in Tashkent
    assert enroll(school, world, world.shirin, world.tashkent.evening).enrolled_on == date(2024, 1, 2)


# -- leaving -------------------------------------------------------------------------------------------


def test_leaving_keeps_the_place_as_history(school: Educore, world: World, clock: FixedClock) -> None:
    clock.advance(days=5)
    with school.work(world.aziza) as uow:
        leave_group(uow, group_id=world.tashkent.morning.id, student_id=world.sardor.student_id or 0)
        place = uow.find(Enrollment, where(student_id=world.sardor.student_id))[0]
    assert (place.enrolled_on, place.left_on) == (date(2024, 1, 1), date(2024, 1, 6))
    assert student(school, world, world.sardor).group_id is None


def test_leaving_a_second_group_keeps_the_main_one(school: Educore, world: World) -> None:
    enroll(school, world, world.sardor, world.tashkent.evening)
    with school.work(world.aziza) as uow:
        leave_group(uow, group_id=world.tashkent.evening.id, student_id=world.sardor.student_id or 0)
    assert student(school, world, world.sardor).group_id == world.tashkent.morning.id


def test_leaving_a_group_one_is_not_in_is_fine(school: Educore, world: World) -> None:
    with school.work(world.aziza) as uow:
        leave_group(uow, group_id=world.tashkent.evening.id, student_id=world.sardor.student_id or 0)
    assert open_places(school, world, world.sardor) == [world.tashkent.morning.id]


def test_coming_back_is_a_new_place(school: Educore, world: World) -> None:
    with school.work(world.aziza) as uow:
        leave_group(uow, group_id=world.tashkent.morning.id, student_id=world.sardor.student_id or 0)
    enroll(school, world, world.sardor, world.tashkent.morning)
    with school.work(world.aziza) as uow:
        assert uow.count(Enrollment, where(student_id=world.sardor.student_id)) == 2


def test_a_student_cannot_leave_by_themselves(school: Educore, world: World) -> None:
    with pytest.raises(Forbidden), school.work(world.sardor) as uow:
        leave_group(uow, group_id=world.tashkent.morning.id, student_id=world.sardor.student_id or 0)


def test_ending_a_place_is_leaving_its_group(school: Educore, world: World) -> None:
    with school.work(world.aziza) as uow:
        place = uow.find(Enrollment, where(student_id=world.sardor.student_id))[0]
        assert perform(uow, Enrollment, "leave", place.id).left_on == date(2024, 1, 1)
    assert student(school, world, world.sardor).group_id is None


def test_creating_a_place_is_enrolling(school: Educore, world: World) -> None:
    ids = {"group_id": world.tashkent.evening.id, "student_id": world.shirin.student_id}
    with school.work(world.aziza) as uow:
        assert perform(uow, Enrollment, "create", fields=ids).enrolled_on == date(2024, 1, 1)
    assert student(school, world, world.shirin).group_id == world.tashkent.evening.id


# -- moving --------------------------------------------------------------------------------------------


def test_moving_leaves_the_one_group_for_the_other(school: Educore, world: World) -> None:
    with school.work(world.aziza) as uow:
        moved = move_student(uow, uow.get(Student, world.sardor.student_id or 0), group_id=world.tashkent.evening.id)
    assert moved.group_id == world.tashkent.evening.id
    assert open_places(school, world, world.sardor) == [world.tashkent.evening.id]


def test_moving_to_the_same_group_changes_nothing(school: Educore, world: World) -> None:
    before = all_rows(school.store)
    with school.work(world.aziza) as uow:
        move_student(uow, uow.get(Student, world.sardor.student_id or 0), group_id=world.tashkent.morning.id)
    assert all_rows(school.store) == before


def test_moving_to_no_group_is_leaving(school: Educore, world: World) -> None:
    with school.work(world.aziza) as uow:
        moved = move_student(uow, uow.get(Student, world.sardor.student_id or 0), group_id=None)
    assert moved.group_id is None
    assert open_places(school, world, world.sardor) == []


def test_who_cannot_move_stays_where_they_are(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        change_group(uow, world.tashkent.evening, capacity=1)
    enroll(school, world, world.shirin, world.tashkent.evening)
    with expect_invalid(Conflict) as codes, school.work(world.aziza) as uow:
        move_student(uow, uow.get(Student, world.sardor.student_id or 0), group_id=world.tashkent.evening.id)
    assert codes == {"group_id": "group_full"}
    assert open_places(school, world, world.sardor) == [world.tashkent.morning.id]


def test_the_branch_follows_the_main_group(school: Educore, world: World) -> None:
    with school.work(world.dilshod) as uow:
        branch = plain(uow, Branch).add(Branch, {"name": "Chilonzor"})
        group = create_group(uow, **new_group(world, branch_id=branch.id))
        moved = move_student(uow, uow.get(Student, world.sardor.student_id or 0), group_id=group.id)
    assert moved.branch_id == branch.id


# -- registering ---------------------------------------------------------------------------------------


def test_a_student_is_registered_with_an_account_and_a_seat(school: Educore, world: World) -> None:
    olim = register(school, world, "Olim", group_id=world.tashkent.evening.id, parent_name="Karim")
    assert (olim.center_id, olim.group_id, olim.status, olim.enrollment_date) == (
        world.tashkent.center.id,
        world.tashkent.evening.id,
        StudentStatus.ACTIVE,
        date(2024, 1, 1),
    )
    assert sign_in(school, username="olim", password=PASSWORD).actor.student_id == olim.id


def test_nobody_is_registered_at_a_closed_branch(school: Educore, world: World) -> None:
    with expect_invalid() as codes:
        register(school, world, "Olim", branch_id=world.tashkent.closed_branch.id)
    assert codes == {"branch_id": "branch_closed"}


def test_nobody_moves_to_a_closed_branch(school: Educore, world: World) -> None:
    closed, shirin = world.tashkent.closed_branch, world.shirin.student_id
    with expect_invalid() as codes, school.work(world.dilshod) as uow:
        perform(uow, Student, "update", shirin, {"branch_id": closed.id})
    assert codes == {"branch_id": "branch_closed"}
    with school.work(world.dilshod) as uow:
        open_branch(uow, closed)
        assert perform(uow, Student, "update", shirin, {"branch_id": closed.id}).branch_id == closed.id
        close_branch(uow, closed)
        perform(uow, Student, "update", shirin, {"branch_id": closed.id, "parent_name": "Whoever is there stays"})


def test_nobody_is_registered_at_a_branch_elsewhere(school: Educore, world: World) -> None:
    with expect_invalid() as codes:
        register(school, world, "Olim", branch_id=world.samarkand.branch.id)
    assert codes == {"branch_id": "unknown_id"}


def test_a_registration_that_fails_leaves_no_account(school: Educore, world: World) -> None:
    enrolled = register(school, world, "Olim", group_id=world.tashkent.morning.id)
    with school.work(world.aziza) as uow:
        remove_student(uow, enrolled)
    before = all_rows(school.store)
    with expect_invalid(Conflict) as codes:
        register(school, world, "Sevara", group_id=world.tashkent.evening.id)
    assert codes == {"account.username": "taken"}
    with expect_invalid() as codes:
        register(school, world, "Olim", group_id=world.samarkand.evening.id)
    assert codes == {"group_id": "unknown_id"}
    assert all_rows(school.store) == before


def test_a_student_registered_as_blocked_cannot_sign_in(school: Educore, world: World) -> None:
    register(school, world, "Olim", status="blocked")
    with pytest.raises(Forbidden) as error:
        sign_in(school, username="olim", password=PASSWORD)
    assert error.value.code == "blocked"


def test_a_teacher_registers_nobody(school: Educore, world: World) -> None:
    with pytest.raises(Forbidden), school.work(world.timur) as uow:
        register_student(uow, account=account("Olim"), branch_id=world.tashkent.branch.id)


# -- what a student is ---------------------------------------------------------------------------------


def test_a_blocked_student_keeps_their_seat(school: Educore, world: World, events: list[object]) -> None:
    with school.work(world.malika) as uow:
        blocked = block_student(uow, uow.get(Student, world.sardor.student_id or 0))
    assert blocked.status is StudentStatus.BLOCKED
    assert seated(school, world, world.tashkent.morning) == 2
    assert events == [StudentBlocked(world.tashkent.center.id, blocked.id)]
    with school.work(world.rustam) as uow:
        assert uow.count(SignIn, where(student_id=blocked.id, ended_at__isnull=True)) == 0
        assert uow.get(Membership, world.sardor.membership_id or 0).is_blocked


def test_blocking_again_tells_nobody_again(school: Educore, world: World, events: list[object]) -> None:
    with school.work(world.malika) as uow:
        block_student(uow, block_student(uow, uow.get(Student, world.sardor.student_id or 0)))
    assert len(events) == 1


def test_unblocking_lets_a_student_in_again(school: Educore, world: World) -> None:
    with school.work(world.malika) as uow:
        unblock_student(uow, block_student(uow, uow.get(Student, world.sardor.student_id or 0)))
    assert sign_in(school, username="sardor", password=PASSWORD)
    assert student(school, world, world.sardor).status is StudentStatus.ACTIVE


def test_unblocking_somebody_who_is_not_blocked_changes_nothing(school: Educore, world: World) -> None:
    with school.work(world.malika) as uow:
        gone = change_student(uow, uow.get(Student, world.sardor.student_id or 0), status=StudentStatus.GRADUATED)
        assert unblock_student(uow, gone) == gone


@pytest.mark.parametrize("status", [StudentStatus.INACTIVE, StudentStatus.GRADUATED])
def test_a_student_who_is_no_longer_there_frees_their_seat(
    school: Educore, world: World, status: StudentStatus
) -> None:
    with school.work(world.malika) as uow:
        change_student(uow, uow.get(Student, world.sardor.student_id or 0), status=status)
    assert seated(school, world, world.tashkent.morning) == 1


@pytest.mark.parametrize("status", [StudentStatus.ACTIVE, StudentStatus.BLOCKED])
def test_a_student_who_comes_back_needs_a_free_seat(school: Educore, world: World, status: StudentStatus) -> None:
    with school.work(world.malika) as uow:
        change_student(uow, uow.get(Student, world.sardor.student_id or 0), status=StudentStatus.INACTIVE)
    with school.work(world.dilshod) as uow:
        change_group(uow, world.tashkent.morning, capacity=1)
    with expect_invalid(Conflict) as codes, school.work(world.malika) as uow:
        change_student(uow, uow.get(Student, world.sardor.student_id or 0), status=status)
    assert codes == {"group_id": "group_full"}
    with school.work(world.dilshod) as uow:
        change_group(uow, world.tashkent.morning, capacity=2)
        back = change_student(uow, uow.get(Student, world.sardor.student_id or 0), status=status)
    assert back.status is status


def test_setting_the_status_blocks_and_unblocks(school: Educore, world: World) -> None:
    with school.work(world.malika) as uow:
        sardor = uow.get(Student, world.sardor.student_id or 0)
        change_student(uow, sardor, status="blocked")
        assert uow.get(Membership, world.sardor.membership_id or 0).is_blocked
        change_student(uow, uow.get(Student, sardor.id), status="inactive")
        assert not uow.get(Membership, world.sardor.membership_id or 0).is_blocked


def test_one_change_may_touch_account_status_and_group(school: Educore, world: World) -> None:
    with school.work(world.malika) as uow:
        changed = change_student(
            uow,
            uow.get(Student, world.sardor.student_id or 0),
            account={"last_name": "Karimov"},
            parent_name="Karim",
            group_id=world.tashkent.evening.id,
            status=StudentStatus.BLOCKED,
        )
        assert uow.get(User, changed.user_id).last_name == "Karimov"
    assert (changed.parent_name, changed.group_id, changed.status) == (
        "Karim",
        world.tashkent.evening.id,
        StudentStatus.BLOCKED,
    )


# -- removing ------------------------------------------------------------------------------------------


def test_a_student_who_is_removed_takes_account_seat_and_sign_ins_along(school: Educore, world: World) -> None:
    with school.work(world.malika) as uow:
        remove_student(uow, uow.get(Student, world.sardor.student_id or 0))
    with school.work(world.rustam) as uow:
        assert uow.count(User, where(username="sardor")) == 0
        assert uow.count(Enrollment, where(group_id=world.tashkent.morning.id)) == 1
        assert uow.count(SignIn, where(user_id=world.sardor.user_id)) == 0


def test_a_student_who_is_something_else_too_keeps_their_account(school: Educore, world: World) -> None:
    with school.work(world.rustam) as uow:
        plain(uow, Membership).add(
            Membership, {"user_id": world.sardor.user_id, "role": Role.STUDENT, "center_id": world.samarkand.center.id}
        )
    with school.work(world.malika) as uow:
        remove_student(uow, uow.get(Student, world.sardor.student_id or 0))
    with school.work(world.rustam) as uow:
        assert uow.count(User, where(username="sardor")) == 1


# -- what a student may do -----------------------------------------------------------------------------


def test_a_student_keeps_the_name_and_phone_of_a_parent_up_to_date(school: Educore, world: World) -> None:
    with school.work(world.sardor) as uow:
        mine = uow.get(Student, world.sardor.student_id or 0)
        assert change_student(uow, mine, parent_name="Karim", parent_phone="+998901112233").parent_name == "Karim"


@pytest.mark.parametrize("field", ["status", "group_id", "branch_id", "enrollment_date", "center_id", "user_id"])
def test_a_student_changes_nothing_else_about_themselves(school: Educore, world: World, field: str) -> None:
    before = all_rows(school.store)
    with pytest.raises(Forbidden), school.work(world.sardor) as uow:
        perform(uow, Student, "update", world.sardor.student_id, {field: getattr(before["Student"][0], field)})
    assert all_rows(school.store) == before


def test_a_student_changes_their_own_email_and_no_other_part_of_the_account(school: Educore, world: World) -> None:
    with school.work(world.sardor) as uow:
        mine = uow.get(Student, world.sardor.student_id or 0)
        change_student(uow, mine, account={"email": "Sardor@Example.com"})
        assert uow.get(User, mine.user_id).email == "sardor@example.com"
    with pytest.raises(Forbidden), school.work(world.sardor) as uow:
        change_student(uow, uow.get(Student, world.sardor.student_id or 0), account={"username": "boss"})


def test_a_student_sees_their_groups_and_themselves_only(school: Educore, world: World) -> None:
    with school.work(world.sardor) as uow:
        assert [group.id for group in uow.find(Group)] == [world.tashkent.morning.id]
        assert [one.id for one in uow.find(Student)] == [world.sardor.student_id]
        assert [user.id for user in uow.find(User)] == [world.sardor.user_id]


def test_a_teacher_sees_the_students_of_their_groups_only(school: Educore, world: World) -> None:
    with school.work(world.timur) as uow:
        assert [one.id for one in uow.find(Student)] == [world.sardor.student_id, world.sevara.student_id]
        assert [group.id for group in uow.find(Group)] == [world.tashkent.morning.id]
    with school.work(world.tamara) as uow:
        assert uow.find(Student) == []


def test_a_teacher_no_longer_sees_a_student_who_left(school: Educore, world: World) -> None:
    with school.work(world.aziza) as uow:
        leave_group(uow, group_id=world.tashkent.morning.id, student_id=world.sardor.student_id or 0)
    with school.work(world.timur) as uow:
        assert [one.id for one in uow.find(Student)] == [world.sevara.student_id]

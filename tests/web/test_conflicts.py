"""What is well formed and yet impossible, because of what is there already."""

from __future__ import annotations

from typing import Any

import pytest

from support.web.client import ApiResponse
from support.web.recipes import Place, account, call_operation, recipe_body, recipe_row
from support.web.running_platform import RunningPlatform


@pytest.fixture
def here(site: RunningPlatform) -> Place:
    """Tashkent."""
    return Place(site, site.world.tashkent)


def _refused(answer: ApiResponse, field: str, words: str = "") -> None:
    assert (answer.status, answer.fields()) == (400, {field}), answer.text
    assert words in answer.text


@pytest.mark.parametrize("value", ["SARDOR", "sobir"])
def test_user_names_are_unique_on_the_platform_whatever_their_spelling(value: str, here: Place) -> None:
    field = "username"
    for name in ("students.create", "teachers.create"):
        body = recipe_body(name, here)
        body["user"] |= {field: value}
        _refused(call_operation(here.site.client("dilshod"), name, body=body), f"user.{field}", "already taken")
    for name in ("staff.create", "directors.create"):
        answer = call_operation(here.site.client("rustam"), name, body=recipe_body(name, here) | {field: value})
        _refused(answer, field, "already taken")
    answer = here.site.client("dilshod").patch(f"/students/{here.town.newcomer.student_id}/", {"user": {field: value}})
    _refused(answer, f"user.{field}", "already taken")
    assert here.site.changed() == []


def test_everything_that_is_taken_and_everything_unknown_is_named_at_once(here: Place) -> None:
    user = account("sardor") | {"email": "sevara@tashkent.uz", "phone": "+998910000002"}
    body = {"user": user, "branch": 999, "group": 998}
    answer = here.site.client("rustam").post("/students/", body)
    assert answer.status == 400
    assert answer.fields() == {"user.username", "branch", "group"}
    assert here.site.changed() == []


def test_ones_own_values_sent_back_are_no_conflict(here: Place) -> None:
    for kind in ("centers", "directors", "staff", "branches", "subjects", "groups", "students", "teachers", "rooms"):
        id, rustam = recipe_row(f"{kind}.retrieve", here), here.site.client("rustam")
        shown = call_operation(rustam, f"{kind}.retrieve", id=id).body
        sent = shown | shown["user"] if kind in ("directors", "staff") else shown
        known = {field: value for field, value in sent.items() if value is not None}
        answer = call_operation(rustam, f"{kind}.partial_update", id=id, body=known)
        assert (answer.status, answer.body) == (200, shown)
    assert here.site.changed() == []


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("centers.create", "license_number", "L-Samarkand"),
        ("subjects.create", "name", "English"),
        ("rooms.create", "name", "101"),
    ],
)
def test_licenses_subjects_and_rooms_are_unique(name: str, field: str, value: str, here: Place) -> None:
    answer = call_operation(here.site.client("rustam"), name, body=recipe_body(name, here) | {field: value})
    _refused(answer, field, "already taken")  # C36


def test_a_subject_of_the_same_name_in_another_center_is_no_conflict(here: Place) -> None:
    there = here.site.world.samarkand.center.id
    here.site.client("dilshod").post("/subjects/", {"name": "Only here"}).expect(201)
    here.site.client("rustam").post("/subjects/", {"name": "Only here", "educational_center": there}).expect(201)


@pytest.mark.parametrize(
    ("capacity", "status"), [(1, 400), (2, 200), (0, 400), (-1, 400), (10_000, 200), (10_001, 400)]
)
def test_a_group_is_never_smaller_than_its_students(capacity: int, status: int, here: Place) -> None:
    answer = here.site.client("dilshod").patch(f"/groups/{here.town.morning.id}/", {"capacity": capacity})
    assert answer.status == status
    assert status == 200 or answer.fields() == {"capacity"}  # C43


def test_a_group_does_not_end_before_it_starts(here: Place) -> None:
    dates = {"start_date": "2024-06-15", "end_date": "2024-06-14"}
    answer = call_operation(
        here.site.client("dilshod"), "groups.create", body=recipe_body("groups.create", here) | dates
    )
    _refused(answer, "end_date")
    answer = here.site.client("dilshod").patch(f"/groups/{here.town.morning.id}/", {"end_date": "2023-12-31"})
    _refused(answer, "end_date")


def test_the_fourth_student_finds_the_morning_group_full(here: Place) -> None:
    dilshod, group = here.site.client("dilshod"), here.town.morning.id
    path = f"/students/{here.town.newcomer.student_id}/assign-group/"
    assert dilshod.post(path, {"group_id": group}).body == {"status": "Student assigned to group"}
    body = recipe_body("students.create", here) | {"group": group}
    _refused(dilshod.post("/students/", body), "group", "places")
    shirin = dilshod.get(f"/students/{here.town.newcomer.student_id}/")
    assert (shirin["group"], shirin["group_name"]) == (group, "Morning")


@pytest.mark.parametrize("status", ["Inactive", "Completed"])
def test_a_group_that_is_not_active_takes_nobody(status: str, here: Place) -> None:
    dilshod, group = here.site.client("dilshod"), here.town.evening.id
    dilshod.patch(f"/groups/{group}/", {"status": status}).expect(200)
    answer = dilshod.post(f"/students/{here.town.newcomer.student_id}/assign-group/", {"group_id": group})
    _refused(answer, "group_id", "not active")  # C48


@pytest.mark.parametrize("group_id", ["", None, "x", 1.5])
def test_assigning_to_what_is_no_group_is_refused_on_group_id(group_id: Any, here: Place) -> None:
    answer = here.site.client("dilshod").post(
        f"/students/{here.town.newcomer.student_id}/assign-group/", {"group_id": group_id}
    )
    _refused(answer, "group_id")


def test_a_closed_branch_takes_no_new_groups_and_students(here: Place) -> None:
    for name in ("groups.create", "students.create"):
        body = recipe_body(name, here) | {"branch": here.town.closed_branch.id}
        _refused(call_operation(here.site.client("dilshod"), name, body=body), "branch", "closed")  # C39
    assert here.site.changed() == []


@pytest.mark.parametrize("kind", ["centers", "branches", "subjects", "groups"])
def test_what_is_in_use_cannot_be_deleted_and_the_answer_says_why(kind: str, here: Place) -> None:
    id = recipe_row(f"{kind}.retrieve", here)
    answer = call_operation(here.site.client("rustam"), f"{kind}.delete", id=id)
    assert (answer.status, set(answer.body)) == (400, {"error", "status_code"})
    assert "depends on it" in answer["error"]
    assert here.site.changed() == []  # C34


@pytest.mark.parametrize("kind", ["directors", "staff"])
def test_whoever_acted_is_not_deleted_and_the_answer_says_what_they_did(kind: str, here: Place) -> None:
    answer = call_operation(here.site.client("rustam"), f"{kind}.delete", id=recipe_row(f"{kind}.retrieve", here))
    assert (answer.status, set(answer.body)) == (400, {"error", "status_code"})
    assert "depends on it" in answer["error"]
    assert "ledger entr" in answer["error"]
    assert here.site.changed() == []
    assert (
        call_operation(here.site.client("rustam"), f"{kind}.delete", id=recipe_row(f"{kind}.delete", here)).status
        == 204
    )


@pytest.mark.parametrize("rating", [0, 5, 4.5, "3.5", 0.0])
def test_ratings_from_0_to_5_with_one_decimal_stand(rating: Any, here: Place) -> None:
    path = f"/teachers/{here.town.teacher.teacher_id}"
    assert here.site.client("malika").post(f"{path}/rate/", {"rating": rating})["rating"] == float(rating)
    assert here.site.client("malika").get(f"{path}/performance/")["performance_rating"] == float(rating)  # C52


@pytest.mark.parametrize("rating", [-0.1, 5.1, 4.55, 10, None, "", "five", True])
def test_other_ratings_are_refused(rating: Any, here: Place) -> None:
    answer = here.site.client("malika").post(f"/teachers/{here.town.teacher.teacher_id}/rate/", {"rating": rating})
    _refused(answer, "rating")


@pytest.mark.parametrize("password", ["short1", "12345678901", "onlyletters", "password123", "x1" * 65, "        "])
def test_weak_passwords_are_refused_wherever_they_are_set(password: str, here: Place) -> None:
    body = recipe_body("students.create", here)
    body["user"]["password"] = password
    _refused(here.site.client("dilshod").post("/students/", body), "user.password")
    answer = call_operation(
        here.site.client("rustam"),
        "directors.create",
        body=recipe_body("directors.create", here) | {"password": password},
    )
    _refused(answer, "password")  # C06
    assert here.site.changed() == []


@pytest.mark.parametrize("role", ["Manager", "SuperAdmin", "director", ""])
def test_section_2_makes_directors_and_nothing_else(role: str, here: Place) -> None:
    answer = call_operation(
        here.site.client("rustam"), "directors.create", body=recipe_body("directors.create", here) | {"role": role}
    )
    if role:
        _refused(answer, "role")
    assert role or answer["role"] == "Director"  # C05


def test_nobody_is_raised_by_putting_another_role(here: Place) -> None:
    malika = here.town.manager.membership_id
    _refused(here.site.client("dilshod").patch(f"/staff/{malika}/", {"role": "Admin"}), "role")
    _refused(here.site.client("dilshod").patch(f"/staff/{malika}/", {"role": "Director"}), "role")
    assert here.site.changed() == []


def test_directors_and_staff_are_found_only_under_their_own_section(here: Place) -> None:
    rustam = here.site.client("rustam")
    for section, ids in {
        "directors": (here.town.manager.membership_id, here.town.student.membership_id),
        "staff": (here.town.director.membership_id, here.town.teacher.membership_id),
    }.items():
        for id in ids:
            for answer in (
                rustam.get(f"/{section}/{id}/"),
                rustam.patch(f"/{section}/{id}/", {}),
                rustam.delete(f"/{section}/{id}/"),
            ):
                assert answer.status == 404
    assert here.site.changed() == []

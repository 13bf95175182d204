"""19. Leads, as the document speaks of them."""

from __future__ import annotations

from typing import Any

import pytest

from support.cast import PASSWORD
from support.web.classroom import TODAY, Classroom, assert_refused
from support.web.client import ApiResponse
from support.web.invalid_values import UNKNOWN_ID

WORDS = ("Website", "Phone", "Social Media", "Referral", "Walk-in", "Other")


def _lead(here: Classroom, **more: Any) -> dict[str, Any]:
    """The body of 19.2."""
    return {
        "branch": here.town.branch.id,
        "name": "Ahmed Khaitov",
        "email": "ahmed@example.com",
        "phone": "+998901234567",
        "course_interested": here.town.course.id,
        "status": "New",
        "source": "Website",
        "notes": "Interested in English course",
    } | more


def _asked(here: Classroom, **more: Any) -> ApiResponse:
    return here.malika.post("/leads/", _lead(here, **more)).expect(201)


def _convert(here: Classroom, lead: int, who: str = "malika", **body: Any) -> ApiResponse:
    return here.site.client(who).post(f"/leads/{lead}/convert-to-student/", body)


def test_a_lead_is_shown_as_the_document_prints_it(here: Classroom) -> None:
    assert _asked(here).body == {
        "id": 3,
        "branch": here.town.branch.id,
        "branch_name": "Tashkent Centre",
        "name": "Ahmed Khaitov",
        "email": "ahmed@example.com",
        "phone": "+998901234567",
        "course_interested": here.town.course.id,
        "course_name": "English",
        "status": "New",
        "source": "Website",
        "assigned_to": None,
        "assigned_to_name": None,
        "notes": "Interested in English course",
        "created_at": "2024-01-01T10:00:00Z",
        "updated_at": "2024-01-01T10:00:00Z",
    }


def test_branch_name_and_telephone_are_enough(here: Classroom) -> None:
    few = {name: _lead(here)[name] for name in ("branch", "name", "phone")}
    lead = here.dilshod.post("/leads/", few | {"email": "", "course_interested": "", "source": ""}).expect(201)
    assert (lead["status"], lead["email"], lead["source"], lead["notes"]) == ("New", None, None, "")
    assert lead["course_name"] is None
    assert_refused(here.rustam.post("/leads/", {"name": "Odil", "phone": "+998901234567"}), "branch", "required")


def test_sources_are_these_words_or_any_other(here: Classroom) -> None:
    for source in (*WORDS, "Telegram: @bozor 🙂"):
        assert _asked(here, source=source)["source"] == source
        assert [row["source"] for row in here.malika.get("/leads/", source=source).results] == [source]
    assert_refused(here.malika.post("/leads/", _lead(here, source="x" * 101)), "source", "100")


def test_a_manager_of_the_center_can_be_put_in_charge(here: Classroom) -> None:
    malika = here.town.manager.user_id
    lead = _asked(here, assigned_to=malika)
    assert (lead["assigned_to"], lead["assigned_to_name"]) == (malika, "Malika Malikaov")
    assert here.malika.get("/leads/", assigned_to=malika).ids == [lead["id"]]
    for who in (here.town.director, here.town.admin, here.there.manager):
        assert_refused(here.dilshod.patch(f"/leads/{lead['id']}/", {"assigned_to": who.user_id}), "assigned_to")
    assert here.malika.patch(f"/leads/{lead['id']}/", {"assigned_to": None})["assigned_to_name"] is None


def test_the_newest_come_first_and_can_be_filtered_searched_and_ordered(here: Classroom) -> None:
    first = _asked(here, name="Odil Botirov", email=None)["id"]
    here.site.clock.advance(days=1)
    second = here.later("malika").post("/leads/", _lead(here, status="Lost", course_interested=None))["id"]
    malika = here.later("malika")
    assert malika.get("/leads/").ids[:2] == [second, first]  # C25
    assert malika.get("/leads/", ordering="name", search="o").ids.index(second) == 0
    assert malika.get("/leads/", status="Lost").ids == [second]
    assert malika.get("/leads/", created_at_from="2024-01-02").ids == [second]
    assert first in malika.get("/leads/", course_interested=here.town.course.id, created_at_to=TODAY).ids
    for words in ("botirov", "998901234567 odil"):
        assert malika.get("/leads/", search=words).ids == [first], words


def test_everything_wrong_is_said_at_once_and_nothing_is_written(here: Classroom) -> None:
    body = {
        "branch": here.there.branch.id,
        "name": "x" * 10_000,
        "email": "ahmed",
        "phone": "call me",
        "course_interested": UNKNOWN_ID,
        "status": "Sold",
        "source": "a\0b",
        "assigned_to": -1,
        "notes": ["?"],
    }
    answer = here.malika.post("/leads/", body)
    assert (answer.status, answer.fields()) == (400, set(body))
    assert_refused(
        here.malika.post("/leads/", _lead(here, branch=here.town.closed_branch.id)), "branch", "closed"
    )  # C39
    assert here.site.changed() == []


def test_converted_is_no_word_to_send(here: Classroom) -> None:
    assert_refused(here.malika.post("/leads/", _lead(here, status="Converted")), "status", "Convert the lead")  # C82
    lead = _asked(here)["id"]
    assert_refused(here.malika.patch(f"/leads/{lead}/", {"status": "Converted"}), "status", "Convert the lead")
    for status in ("Contacted", "Lost", "New"):
        assert here.malika.patch(f"/leads/{lead}/", {"status": status})["status"] == status


def test_a_conversion_says_where_the_student_is(here: Classroom) -> None:
    lead = _asked(here)["id"]
    answer = _convert(here, lead).expect(200)
    assert answer.body == {"status": "Lead converted to student"}
    student = here.malika.get(answer.headers["location"].partition("/api")[2]).expect(200)
    assert answer.headers["location"] == f"http://school.test/center-crm/api/students/{student['id']}/"
    user = dict(student["user"])
    del user["id"]
    assert user == {"username": "ahmed", "email": "ahmed@example.com", "first_name": "Ahmed", "last_name": "Khaitov"}
    assert (student["branch"], student["group"], student["status"]) == (here.town.branch.id, None, "Active")
    assert student["user_info"]["phone"] == "+998901234567"
    assert here.malika.get(f"/leads/{lead}/")["status"] == "Converted"


def test_nobody_signs_in_before_the_staff_sets_a_password(here: Classroom) -> None:
    place = _convert(here, _asked(here)["id"]).headers["location"].partition("/api")[2]
    credentials = {"username": "ahmed", "password": PASSWORD}
    assert here.site.client().post("/auth/login/", credentials).status == 401
    here.aziza.patch(place, {"user": {"password": PASSWORD}}).expect(200)
    here.site.client().post("/auth/login/", credentials).expect(200)


def test_a_group_and_a_user_name_may_be_sent(here: Classroom) -> None:
    group = here.town.evening.id
    answer = _convert(here, _asked(here)["id"], group=group, username="Ahmadjon").expect(200)
    student = here.malika.get(answer.headers["location"].partition("/api")[2])
    assert (student["group"], student["user"]["username"]) == (group, "ahmadjon")


def test_what_stands_in_the_way_of_a_conversion_is_named(here: Classroom) -> None:
    sardor = here.malika.get(f"/students/{here.student('sardor')}/")
    lead = _asked(here, email=sardor["user"]["email"], phone=sardor["user_info"]["phone"])["id"]
    answer = _convert(here, lead, username="sevara")
    assert (answer.status, answer.fields()) == (400, {"username"})  # C81
    other = _asked(here)["id"]
    for group in (UNKNOWN_ID, here.there.morning.id, -1, "x"):
        assert_refused(_convert(here, other, group=group), "group")
    here.dilshod.post(f"/branches/{here.town.branch.id}/close/").expect(200)
    answer = _convert(here, other)
    assert (answer.status, answer.is_whole_refusal) == (400, True)
    assert "closed" in answer["error"]
    assert here.malika.get("/leads/", status="Converted")["count"] == 0


def test_a_converted_lead_keeps_everything_but_its_notes(here: Classroom) -> None:
    lead = _asked(here)
    path = f"/leads/{lead['id']}/"
    _convert(here, lead["id"]).expect(200)
    shown = here.malika.get(path).body
    noted = here.malika.put(path, shown | {"notes": "Pays in May"}).expect(200)
    assert noted.body == shown | {"notes": "Pays in May"}  # C82
    for answer in (
        here.malika.patch(path, {"name": "Ahmad"}),
        here.malika.patch(path, {"status": "Lost"}),
        here.dilshod.delete(path),
        _convert(here, lead["id"]),
        _convert(here, lead["id"], username="other"),
    ):
        assert (answer.status, answer.is_whole_refusal) == (400, True), answer.text
        assert "has become a student" in answer["error"]
    assert here.malika.get(path).body == noted.body


def test_statistics_count_what_was_taken_down_between_two_days(here: Classroom) -> None:
    for number in range(3):
        lead = _asked(here, email=None, phone=f"+99890000000{number}")["id"]
    _convert(here, lead).expect(200)
    path, none = "/leads/statistics/", {"total_leads": 0, "converted_leads": 0, "conversion_rate": 0.0}
    assert here.malika.get(path).body == {"total_leads": 4, "converted_leads": 1, "conversion_rate": 25.0}
    assert '"conversion_rate":25.0' in here.malika.get(path).text
    assert here.malika.get(path, date_from=TODAY, date_to=TODAY)["total_leads"] == 4
    assert here.malika.get(path, date_to="2023-12-31").body == none
    assert here.malika.get(path, date_from="2024-01-02").body == none
    assert here.davron.get(path)["total_leads"] == 1
    assert here.rustam.get(path)["total_leads"] == 5
    bad = here.malika.get(path, date_from="yesterday", date_to="2024-02-31")
    assert (bad.status, bad.fields()) == (400, {"date_from", "date_to"})


@pytest.mark.parametrize("who", ["aziza", "timur", "sardor"])
def test_leads_are_for_managers_and_those_above(who: str, here: Classroom) -> None:
    lead, client = _asked(here)["id"], here.site.client(who)
    for answer in (
        client.get("/leads/"),
        client.get("/leads/statistics/"),
        client.get(f"/leads/{lead}/"),
        client.post("/leads/", _lead(here)),
        client.patch(f"/leads/{lead}/", {}),
        client.delete(f"/leads/{lead}/"),
        _convert(here, lead, who),
    ):
        assert answer.status == 403
    for path in (f"/leads/{lead}/", f"/leads/{lead}/convert-to-student/"):
        method = "POST" if "convert" in path else "GET"
        assert here.davron.send(method, path).status == 404
    here.dilshod.delete(f"/leads/{lead}/").expect(204)

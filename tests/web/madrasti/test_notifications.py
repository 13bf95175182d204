"""Notifications about attendance: told to the parents, written by the office, read and answered by their receivers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest

from educore import where
from educore.attendance import AbsenceFlag, AttendanceStatus, FlagDocument, mark_class, prepare_register, start_register
from educore.kernel.ports import NO_SENDER
from educore.messaging import Delivery, DeliveryStatus, Notification, NotificationType, notify
from educore.people import link_guardian
from educore.timetable import add_slot, open_timetable
from support.plain_rows import change_row
from support.web.madrasti_classes import Classes
from support.web.madrasti_school import Answer, School

PATH = "/attendance/notifications/"
TODAY = date(2024, 1, 1)


@pytest.fixture
def told(school: School, classes: Classes) -> int:
    """The id of what Parvin was told: her child Sardor was absent today in the lesson of Timur."""
    world = school.site.world
    parvin = school.member("parvin").user_id
    with school.site.platform.school.work(replace(world.dilshod, school_id=world.tashkent.center.id)) as uow:
        link_guardian(uow, guardian_id=parvin, student_id=world.sardor.student_id or 0)
        week = open_timetable(uow, group_id=classes.a, effective_from=TODAY)
        hours: dict[str, Any] = {"start_time": time(14), "end_time": time(15), "teacher_id": world.timur.teacher_id}
        slot = add_slot(uow, timetable_id=week.id, weekday="mon", **hours)
        lesson = start_register(uow, prepare_register(uow, series_id=slot.id, date=TODAY))
        absent = {"student_id": world.sardor.student_id, "status": AttendanceStatus.ABSENT}
        mark_class(uow, lesson, marks=[absent])
    (row,) = school.caller("parvin").get(PATH)["results"]
    id: int = row["id"]
    return id


def written(school: School, **fields: Any) -> dict[str, Any]:
    """What the office writes to Parvin about Sardor."""
    people = {"recipient": school.member("parvin").user_id, "student": school.member("sardor").user_id}
    texts = {"title": "Certificate", "message": "Please bring one", "notification_type": "EXCUSE_REQUIRED"}
    return {**people, **texts, **fields}


def write(school: School, who: str = "salima", **fields: Any) -> Answer:
    return school.caller(who).post(PATH, written(school, **fields))


def flags(school: School) -> list[AbsenceFlag]:
    with school.site.platform.school.work(school.site.world.rustam, read_only=True) as uow:
        return uow.find(AbsenceFlag, where(center_id=school.site.world.tashkent.center.id))


# -- reading ---------------------------------------------------------------------------------------------


def test_a_parent_reads_what_she_was_told(school: School, told: int) -> None:
    parvin = school.caller("parvin")
    row = parvin.get(f"{PATH}{told}/")
    assert (row["notification_type"], row["priority"], row["status"]) == ("ABSENCE_ALERT", "LOW", "SENT")
    assert row["recipient"] == school.member("parvin").user_id
    assert row["student"] == row["student_id"] == school.member("sardor").user_id
    assert (row["delivery_method"], row["reference_type"]) == (["IN_APP", "EMAIL"], "attendance_record")
    assert (row["auto_generated"], row["requires_action"], row["action_taken"]) == (True, True, False)
    assert (row["read_at"], row["sent_at"]) == (None, row["created_at"])
    assert row["student_name"] in row["message"]
    assert row["title_arabic"] == "غياب"
    assert "absent" in row["message_french"]


@pytest.mark.parametrize(("name", "count"), [("dilshod", 1), ("salima", 1), ("timur", 1), ("tamara", 0), ("parvin", 1)])
def test_everybody_reads_those_of_the_school_of_their_students_or_their_own(
    school: School, told: int, name: str, count: int
) -> None:
    caller = school.caller(name)
    assert [row["id"] for row in caller.get(PATH)["results"]] == [told] * count
    assert caller.get(f"{PATH}{told}/").status == (200 if count else 404)
    unread = caller.get(f"{PATH}unread/")
    assert unread.status == (200 if name == "parvin" else 403)
    assert name != "parvin" or [row["id"] for row in unread["results"]] == [told]


@pytest.mark.parametrize("name", ["sardor", "davud"])
def test_pupils_and_drivers_have_none(school: School, told: int, name: str) -> None:
    caller = school.caller(name)
    assert {caller.get(path).status for path in (PATH, f"{PATH}{told}/", f"{PATH}unread/")} == {403}
    assert caller.post(f"{PATH}{told}/mark_read/").status == caller.post(f"{PATH}bulk_read/").status == 403


def test_other_notifications_are_not_in_this_list(school: School, told: int) -> None:
    parvin = school.member("parvin").user_id
    with school.site.platform.school.work(school.site.world.rustam) as uow:
        center = school.site.world.tashkent.center.id
        holiday: dict[str, Any] = {"kind": NotificationType.GENERAL, "title": "Holiday", "message": "No lessons"}
        (other,) = notify(uow, [parvin], center_id=center, **holiday)
    caller = school.caller("parvin")
    assert caller.get(PATH)["count"] == caller.get(f"{PATH}unread/")["count"] == 1
    assert caller.get(f"{PATH}{other.id}/").status == caller.post(f"{PATH}{other.id}/mark_read/").status == 404
    assert caller.post(f"{PATH}bulk_read/")["updated_count"] == 1
    with school.site.platform.school.work(school.site.world.rustam, read_only=True) as uow:
        (row,) = uow.find(Notification, where(id=other.id), to="remind")
        assert not row.is_read


def test_a_list_is_filtered(school: School, told: int) -> None:
    office, child = school.caller("dilshod"), school.member("sardor").user_id
    second = write(school)["id"]
    for query, found in [
        ("notification_type=ABSENCE_ALERT", [told]),
        ("notification_type=excuse_required", [second]),
        (f"student={child}&ordering=created_at", [told, second]),
        (f"student={child + 1}", []),
        ("priority=LOW", [told]),
        ("is_read=true", []),
        ("requires_action=true", [told]),
        ("search=bring", [second]),
    ]:
        assert sorted(row["id"] for row in office.get(f"{PATH}?{query}")["results"]) == found, query


# -- reading once ------------------------------------------------------------------------------------------


def test_reading_is_noted_once_and_by_the_receiver_only(school: School, told: int) -> None:
    parvin = school.caller("parvin")
    assert {school.caller(name).post(f"{PATH}{told}/mark_read/").status for name in ("dilshod", "timur")} == {403}
    first = parvin.post(f"{PATH}{told}/mark_read/")
    assert (first["status"], first["is_read"]) == ("READ", True)
    assert first["read_at"] is not None
    assert parvin.post(f"{PATH}{told}/mark_read/").body == first.body
    assert parvin.get(f"{PATH}unread/")["count"] == 0
    assert school.caller("dilshod").get(f"{PATH}{told}/")["status"] == "READ"


def test_many_are_read_at_once(school: School, told: int) -> None:
    parvin, (second, third) = school.caller("parvin"), (write(school)["id"] for _ in range(2))
    assert {school.caller(name).post(f"{PATH}bulk_read/").status for name in ("dilshod", "timur")} == {403}
    assert parvin.post(f"{PATH}bulk_read/", {"ids": [second, second, 987654, 10**17]})["updated_count"] == 1
    assert {row["id"] for row in parvin.get(f"{PATH}unread/")["results"]} == {told, third}
    assert parvin.post(f"{PATH}bulk_read/")["updated_count"] == 2
    assert parvin.post(f"{PATH}bulk_read/", {"ids": []})["updated_count"] == 0
    for ids in ("all", [1.5], [None], [10**30], list(range(1, 1002)), {"a": 1}):
        assert parvin.post(f"{PATH}bulk_read/", {"ids": ids}).status == 400, ids


# -- writing -------------------------------------------------------------------------------------------------


def test_the_office_writes_to_a_guardian(school: School, told: int) -> None:
    (flag,) = flags(school)
    about = {"reference_type": "ABSENCE_FLAG", "reference_id": flag.id}
    texts = {"title_french": "Certificat", "message_arabic": "شهادة طبية"}
    made = write(school, **about, **texts, priority="urgent", requires_action=True, delivery_method=["IN_APP"])
    assert made.status == 201
    assert (made["reference_type"], made["reference_id"]) == ("absence_flag", flag.id)
    assert (made["priority"], made["auto_generated"], made["requires_action"]) == ("URGENT", False, True)
    assert (made["title_french"], made["message_arabic"], made["title_arabic"]) == ("Certificat", "شهادة طبية", None)
    assert school.caller("parvin").get(f"{PATH}{made['id']}/").body == made.body


def test_only_the_office_writes(school: School, told: int) -> None:
    for name in ("timur", "parvin", "sardor", "davud"):
        assert write(school, name).status == 403
    for name in ("dilshod", "malika", "aziza", "salima", "rustam"):
        assert write(school, name).status == 201


def test_what_cannot_be_written_is_refused_by_field(school: School, told: int, classes: Classes) -> None:
    office, (flag,) = school.caller("dilshod"), flags(school)
    stranger, other = school.member("salima").user_id, school.member("sevara").user_id
    for fields, field in [
        ({"recipient": stranger}, "recipient"),
        ({"recipient": 987654}, "recipient"),
        ({"student": other}, "recipient"),
        ({"student": 987654}, "student"),
        ({"notification_type": "GENERAL"}, "notification_type"),
        ({"priority": "highest"}, "priority"),
        ({"title": ""}, "title"),
        ({"title": "x" * 10_000}, "title"),
        ({"message": ""}, "message"),
        ({"status": "READ"}, "status"),
        ({"delivery_method": ["PUSH"]}, "delivery_method"),
        ({"delivery_method": ["SMS", "IN_APP"]}, "delivery_method"),
        ({"delivery_method": "PIGEON"}, "delivery_method"),
        ({"reference_id": flag.id}, "reference_id"),
        ({"reference_type": "absence_flag"}, "reference_id"),
        ({"reference_type": "absence_flag", "reference_id": 987654}, "reference_id"),
        ({"reference_type": "homework", "reference_id": 1}, "reference_type"),
    ]:
        answer = write(school, "dilshod", **fields)
        assert (answer.status, list(answer.details)) == (400, [field]), fields
    assert office.get(PATH)["count"] == 1


def test_a_notification_goes_by_mail_where_there_is_a_server(school: School, told: int) -> None:
    made, platform = write(school, delivery_method=["EMAIL"]), school.site.platform.school
    assert (made.status, made["delivery_method"], made["status"]) == (201, ["IN_APP", "EMAIL"], "SENT")
    with platform.work(school.site.world.rustam) as uow:
        (mail,) = uow.find(Delivery, where(notification_id=made["id"]))
        assert (mail.address, mail.subject) == ("parvin@school.example", "Certificate")
        change_row(uow, mail, {"status": DeliveryStatus.FAILED})
    parvin = school.caller("parvin")
    assert parvin.get(f"{PATH}{made['id']}/")["status"] == "FAILED"
    assert parvin.post(f"{PATH}{made['id']}/mark_read/")["status"] == "READ"
    before, platform.ports = platform.ports, replace(platform.ports, mail=NO_SENDER)
    try:
        refused = write(school, delivery_method=["EMAIL"])
    finally:
        platform.ports = before
    assert (refused.status, list(refused.details)) == (400, ["delivery_method"])


# -- changing ------------------------------------------------------------------------------------------------


def test_a_parent_answers_and_her_words_reach_the_flag(school: School, told: int) -> None:
    parvin = school.caller("parvin")
    answer = parvin.send("PATCH", f"{PATH}{told}/", {"action_taken": True, "message": "He has the flu"})
    assert (answer["action_taken"], answer["status"]) == (True, "READ")
    assert answer["message"] != "He has the flu", "the school's words stay"
    (flag,) = flags(school)
    with school.site.platform.school.work(school.site.world.rustam, read_only=True) as uow:
        (document,) = uow.find(FlagDocument, where(flag_id=flag.id))
    assert (document.flag_id, document.note) == (flag.id, "He has the flu")
    assert document.added_by_id == school.member("parvin").user_id


def test_an_answer_about_no_flag_is_refused_whole(school: School, told: int) -> None:
    made, parvin = write(school)["id"], school.caller("parvin")
    answer = parvin.send("PATCH", f"{PATH}{made}/", {"action_taken": True, "message": "He has the flu"})
    assert (answer.status, list(answer.details)) == (400, ["message"])
    assert parvin.get(f"{PATH}{made}/")["action_taken"] is False
    assert parvin.send("PATCH", f"{PATH}{made}/", {"action_taken": True})["action_taken"] is True


def test_a_parent_changes_nothing_else(school: School, told: int) -> None:
    parvin = school.caller("parvin")
    shown = parvin.get(f"{PATH}{told}/").body
    assert parvin.send("PATCH", f"{PATH}{told}/", shown).body == shown, "sent back as it is"
    for fields in ({"title": "Mine"}, {"priority": "LOW" if shown["priority"] != "LOW" else "HIGH"}):
        answer = parvin.send("PATCH", f"{PATH}{told}/", fields)
        assert (answer.status, list(answer.details)) == (400, list(fields))
    for fields in ({"requires_action": False}, {"status": "FAILED"}, {"delivery_method": ["EMAIL"]}):
        assert parvin.send("PATCH", f"{PATH}{told}/", fields).status == 400
    assert parvin.get(f"{PATH}{told}/").body == shown
    assert parvin.send("PATCH", f"{PATH}{told}/", {"status": "READ"})["status"] == "READ"


def test_the_office_changes_the_words_until_they_are_read(school: School, told: int) -> None:
    salima, made = school.caller("salima"), write(school)["id"]
    assert salima.send("PATCH", f"{PATH}{made}/", {"title": "A certificate"})["title"] == "A certificate"
    assert salima.send("PATCH", f"{PATH}{made}/", {"status": "READ"}).status == 400
    school.caller("parvin").post(f"{PATH}{made}/mark_read/")
    refused = salima.send("PATCH", f"{PATH}{made}/", {"message": "Another text"})
    assert (refused.status, list(refused.details)) == (400, ["message"])
    assert salima.send("PATCH", f"{PATH}{made}/", {"action_taken": True})["action_taken"] is True
    for fields in ({"student": school.member("sevara").user_id}, {"notification_type": "FLAG_CREATED"}):
        assert salima.send("PATCH", f"{PATH}{made}/", fields).status == 400
    assert school.caller("timur").send("PATCH", f"{PATH}{told}/", {"title": "Mine"}).status == 403


def test_a_school_sees_nothing_of_another_one(school: School, told: int, classes: Classes) -> None:
    school.make_school("samarkand")
    stranger = school.caller("davron")
    assert stranger.get(PATH)["count"] == 0
    assert stranger.get(f"{PATH}{told}/").status == 404
    assert stranger.send("PATCH", f"{PATH}{told}/", {"title": "Mine"}).status == 404
    assert stranger.post(PATH, written(school)).status == 400

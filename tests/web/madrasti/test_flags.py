"""Absence flags: from the absences of a pupil to the certificate that excuses them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from educore import where
from educore.attendance import AbsenceFlag, Attendance
from support.plain_rows import plain
from support.web.client import HOST
from support.web.madrasti_classes import Classes
from support.web.madrasti_lessons import Lessons, plan_lessons
from support.web.madrasti_school import Answer, Caller, School
from support.web.sample_files import HTML, PNG

FLAGS = "/attendance/absence-flags/"
SIGNATURE = "/files/upload-signature/"
DAYS = (date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 3))
JUSTIFIED = {"resolution_type": "justified", "resolution_notes": "Medical certificate"}


@pytest.fixture
def lessons(school: School, classes: Classes) -> Lessons:
    """Two lessons a day for class A."""
    return plan_lessons(school, classes)


@pytest.fixture
def office(school: School) -> Caller:
    """The clerk."""
    return school.caller("salima")


@pytest.fixture
def absent(school: School, lessons: Lessons) -> list[int]:
    """Sardor was absent from Monday to Wednesday: the ids of his flags."""
    for day in DAYS:
        lessons.take(day, {"sardor": "absent"})
        if day != DAYS[-1]:
            school.site.clock.advance(days=1)
    return flags_of(school)


@pytest.fixture
def mother(school: School) -> None:
    """Parvin is Sardor's mother."""
    link(school, "sardor")


def link(school: School, child: str) -> None:
    """Make Parvin the mother of a pupil."""
    ids = {"parent": school.member("parvin").user_id, "student": school.member(child).user_id}
    assert school.caller("dilshod").post("/users/guardianships/", ids).status == 201


def flags_of(school: School) -> list[int]:
    """The ids of all flags, the oldest first."""
    with school.site.platform.school.work(school.site.world.dilshod, read_only=True) as uow:
        return [flag.id for flag in uow.find(AbsenceFlag, order=("id",))]


def upload(caller: Caller, content: bytes = PNG, name: str = "certificate.png") -> str:
    """Send a certificate and return its key."""
    signed = caller.post(SIGNATURE, {"file_type": "image", "context": "absence_document"})
    form = {field: str(signed[field]) for field in ("signature", "timestamp", "api_key", "folder")}
    sent = caller.wire.send("POST", signed["upload_url"], data=form, files={"file": (name, content)})
    assert sent.status_code == 200, sent.text
    return str(sent.json()["public_id"])


def raise_by_hand(school: School, session: int, /, **fields: Any) -> Answer:
    """Let the clerk raise a flag about Sardor."""
    about = {"student": school.member("sardor").user_id, "session": session}
    return school.caller("salima").post(FLAGS, about | fields)


# -- seen ----------------------------------------------------------------------------------------------


def test_an_absence_is_flagged_and_told_with_its_lesson(school: School, absent: list[int], office: Caller) -> None:
    flag = office.get(f"{FLAGS}{absent[2]}/")
    assert (flag["student"], flag["student_name"]) == (school.member("sardor").user_id, "Sardor Sardorov")
    assert (flag["flag_type"], flag["priority"], flag["status"], flag["absence_count"]) == (
        "ABSENCE",
        "MEDIUM",
        "ACTIVE",
        3,
    )
    details = flag["session_details"]
    assert (details["date"], details["start_time"], details["end_time"]) == ("2024-01-03", "08:00", "09:00")
    assert (details["class_name"], details["teacher_name"]) == ("1ère Année Primaire - A", "Timur Timurov")
    assert (flag["auto_generated"], flag["follow_up_required"], flag["documents"], flag["resolved_at"]) == (
        True,
        False,
        [],
        None,
    )


def test_who_sees_a_flag(school: School, absent: list[int], mother: None) -> None:
    for name, count in {"dilshod": 3, "salima": 3, "timur": 3, "sardor": 3, "parvin": 3, "shirin": 0}.items():
        assert school.caller(name).get(FLAGS)["count"] == count, name
    assert school.caller("davud").get(FLAGS).status == 403
    for name in ("timur", "sardor", "parvin"):
        caller = school.caller(name)
        assert caller.get(f"{FLAGS}pending/").status == 403
        assert caller.post(f"{FLAGS}{absent[0]}/resolve/", JUSTIFIED).status == 403
        assert caller.post(f"{FLAGS}{absent[0]}/dismiss/").status == 403
        assert caller.send("PATCH", f"{FLAGS}{absent[0]}/", {"priority": "LOW"}).status == 403


def test_the_parent_of_another_child_finds_nothing(school: School, absent: list[int]) -> None:
    link(school, "shirin")
    parvin = school.caller("parvin")
    assert parvin.get(FLAGS)["results"] == []
    assert parvin.get(f"{FLAGS}{absent[0]}/").status == 404
    assert parvin.post(f"{FLAGS}{absent[0]}/documents/", {"note": "He was ill"}).status == 404
    link(school, "sardor")
    assert parvin.get(f"{FLAGS}{absent[0]}/").status == 200
    assert parvin.post(f"{FLAGS}{absent[0]}/documents/", {"note": "He was ill"}).status == 201


def test_families_do_not_see_the_notes_of_the_office(
    school: School, absent: list[int], office: Caller, mother: None
) -> None:
    office.send("PATCH", f"{FLAGS}{absent[0]}/", {"resolution_notes": "Speak with the uncle"})
    for name, notes in {"salima": "Speak with the uncle", "timur": "Speak with the uncle", "parvin": None}.items():
        assert school.caller(name).get(f"{FLAGS}{absent[0]}/")["resolution_notes"] == notes
    pupil = school.caller("sardor")
    assert {row["resolution_notes"] for row in pupil.get(FLAGS)["results"]} == {None}
    assert pupil.get(f"{FLAGS}?search=uncle")["count"] == 0


def test_pending_flags_come_by_urgency_and_then_by_age(
    school: School, lessons: Lessons, absent: list[int], office: Caller
) -> None:
    urgent = raise_by_hand(school, lessons.take(DAYS[2], {"sardor": "absent"}), priority="URGENT")["id"]
    office.post(f"{FLAGS}{absent[1]}/dismiss/")
    pending = office.get(f"{FLAGS}pending/")["results"]
    assert [(row["id"], row["priority"]) for row in pending] == [
        (urgent, "URGENT"),
        (absent[2], "MEDIUM"),
        (absent[0], "LOW"),
    ]
    assert office.get(f"{FLAGS}?ordering=priority&status=ACTIVE")["results"][0]["id"] == absent[0]


# -- raised and changed by hand ------------------------------------------------------------------------


def test_a_flag_is_raised_by_hand(school: School, lessons: Lessons, mother: None) -> None:
    register = lessons.take(DAYS[0], {"sardor": "present"})
    made = raise_by_hand(school, register, flag_type="late_pattern", resolution_notes="Often late")
    assert (made.status, made["flag_type"], made["auto_generated"]) == (201, "LATE_PATTERN", False)
    assert made["created_by"] == school.member("salima").user_id
    again = raise_by_hand(school, register, flag_type="LATE_PATTERN")
    assert (again.status, [*again.details]) == (400, ["flag_type"])
    assert raise_by_hand(school, register, priority="high")["follow_up_required"] is True


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"student": 987654}, "student"),
        ({"student": None}, "student"),
        ({"session": 987654}, "session"),
        ({"flag_type": "HOLIDAY"}, "flag_type"),
        ({"priority": "EXTREME"}, "priority"),
        ({"status": "RESOLVED"}, "status"),
        ({"follow_up_required": "maybe"}, "follow_up_required"),
        ({"documents": ["medical_cert_123"]}, "documents"),
        ({"documents": "medical_cert_123"}, "documents"),
        ({"documents": [7]}, "documents"),
    ],
)
def test_a_flag_that_cannot_be_is_refused(school: School, lessons: Lessons, fields: dict[str, Any], field: str) -> None:
    register = lessons.take(DAYS[0], {"sardor": "present"})
    refused = raise_by_hand(school, register, **fields)
    assert (refused.status, [*refused.details]) == (400, [field])
    assert flags_of(school) == []
    assert raise_by_hand(school, register).status == 201


def test_a_lesson_without_a_register_and_a_stranger_are_refused(school: School, lessons: Lessons) -> None:
    register = lessons.take(DAYS[0], {"sardor": "present"})
    assert raise_by_hand(school, register + 1).details.keys() == {"session"}
    stranger = raise_by_hand(school, register, student=school.member("shirin").user_id)
    assert (stranger.status, [*stranger.details]) == (400, ["student"])


def test_a_flag_that_is_sent_back_stays_and_only_some_of_it_changes(
    school: School, absent: list[int], office: Caller
) -> None:
    path = f"{FLAGS}{absent[0]}/"
    key = upload(office)
    assert office.send("PATCH", path, {"documents": [key]})["documents"] == [key]
    shown = office.get(path).body
    school.site.clock.advance(days=2)
    office = school.caller("salima")
    again = office.send("PUT", path, shown)
    kept = ("updated_at", "files")
    assert {k: v for k, v in again.body.items() if k not in kept} == {k: v for k, v in shown.items() if k not in kept}
    assert office.send("PATCH", path, {"priority": "URGENT"})["priority"] == "URGENT"
    for name, value in {
        "status": "RESOLVED",
        "flag_type": "LATE_PATTERN",
        "student": school.member("shirin").user_id,
        "session": office.get(f"{FLAGS}{absent[1]}/")["session"],
    }.items():
        refused = office.send("PATCH", path, {name: value, "priority": "LOW"})
        assert (refused.status, name in refused.details) == (400, True)
    assert office.get(path)["priority"] == "URGENT"


def test_only_the_director_deletes_a_flag(school: School, absent: list[int], office: Caller) -> None:
    path = f"{FLAGS}{absent[0]}/"
    assert office.send("DELETE", path).status == 403
    assert school.caller("malika").send("DELETE", path).status == 403
    assert school.caller("dilshod").send("DELETE", path).status == 204
    assert office.get(path).status == 404


# -- documents -----------------------------------------------------------------------------------------


def test_a_mother_hands_in_a_certificate_that_opens_for_a_while(
    school: School, absent: list[int], office: Caller, mother: None
) -> None:
    parvin = school.caller("parvin")
    key = upload(parvin)
    handed = parvin.post(f"{FLAGS}{absent[0]}/documents/", {"file": key, "note": "He had a fever"})
    assert (handed.status, handed["public_id"], handed["note"]) == (201, key, "He had a fever")
    assert handed["added_by"] == school.member("parvin").user_id
    for caller in (parvin, office):
        flag = caller.get(f"{FLAGS}{absent[0]}/")
        assert (flag["documents"], [file["id"] for file in flag["files"]]) == ([key], [handed["id"]])
    address = office.get(f"{FLAGS}{absent[0]}/")["files"][0]["url"]
    assert address.startswith(f"{HOST}/files/uploads/absences/")
    assert office.wire.send("GET", address).content == PNG
    assert office.wire.send("GET", address.partition("?")[0]).status_code in (403, 404)
    school.site.clock.advance(hours=3)
    assert office.wire.send("GET", address).status_code in (403, 404)


def test_pupils_and_teachers_see_no_documents(school: School, absent: list[int], mother: None) -> None:
    parvin = school.caller("parvin")
    parvin.post(f"{FLAGS}{absent[0]}/documents/", {"file": upload(parvin)})
    for name in ("timur", "sardor"):
        flag = school.caller(name).get(f"{FLAGS}{absent[0]}/")
        assert (flag["documents"], flag["files"]) == ([], []), name
        assert school.caller(name).post(f"{FLAGS}{absent[0]}/documents/", {"note": "Ill"}).status == 403


def test_a_document_that_cannot_be_is_refused(school: School, absent: list[int], office: Caller, mother: None) -> None:
    parvin, path = school.caller("parvin"), f"{FLAGS}{absent[0]}/documents/"
    refused: list[tuple[dict[str, Any], set[str]]] = [
        ({}, {"file"}),
        ({"note": ""}, {"file"}),
        ({"file": "medical_cert_123"}, {"file"}),
        ({"file": upload(office)}, {"file"}),
        ({"file": 7, "note": "He was ill"}, {"file"}),
    ]
    for body, fields in refused:
        answer = parvin.post(path, body)
        assert (answer.status, set(answer.details)) == (400, fields), body
    folder = parvin.post(SIGNATURE, {"file_type": "image", "context": "absence_document"})["folder"]
    page = school.site.platform.school.ports.files.save(HTML, folder=folder, name="me.png")
    assert parvin.post(path, {"file": page}).status == 400
    key = upload(parvin)
    assert parvin.post(path, {"file": key}).status == 201
    assert parvin.post(path, {"file": key}).status == 400
    assert office.get(f"{FLAGS}{absent[0]}/")["documents"] == [key]


def test_a_document_of_another_flag_cannot_be_taken(school: School, absent: list[int], office: Caller) -> None:
    key = upload(office)
    assert office.send("PATCH", f"{FLAGS}{absent[0]}/", {"documents": [key, key]})["documents"] == [key]
    assert office.send("PATCH", f"{FLAGS}{absent[0]}/", {"documents": [key]})["documents"] == [key]
    refused = office.send("PATCH", f"{FLAGS}{absent[1]}/", {"documents": [key]})
    assert (refused.status, [*refused.details]) == (400, ["documents"])
    refused = office.post(f"{FLAGS}{absent[1]}/resolve/", JUSTIFIED | {"documents": [upload(office), key]})
    assert (refused.status, [*refused.details]) == (400, ["documents"])
    assert office.get(f"{FLAGS}{absent[1]}/")["status"] == "ACTIVE"


# -- resolved and dismissed ----------------------------------------------------------------------------


def test_the_office_resolves_a_flag_with_a_certificate(
    school: School, classes: Classes, absent: list[int], office: Caller, mother: None
) -> None:
    key = upload(office)
    body = JUSTIFIED | {"documents": [key], "mark_excused": True, "follow_up_required": False}
    resolved = office.post(f"{FLAGS}{absent[2]}/resolve/", body)
    assert resolved.status == 200
    assert resolved.body == {
        "flag_id": absent[2],
        "status": "RESOLVED",
        "resolved_at": "2024-01-03T10:00:00Z",
        "absences_updated": 3,
        "parent_notified": True,
    }
    flag = office.get(f"{FLAGS}{absent[2]}/")
    assert (flag["status"], flag["resolution_type"], flag["documents"]) == ("RESOLVED", "justified", [key])
    assert flag["resolved_by"] == school.member("salima").user_id
    assert {row["status"] for row in office.get(FLAGS)["results"]} == {"RESOLVED"}
    assert office.get(f"{FLAGS}pending/")["count"] == 0
    with school.site.platform.school.work(school.site.world.dilshod, read_only=True) as uow:
        marked = where(session__group_id=classes.a)
        assert {mark.status for mark in uow.find(Attendance, marked)} == {"excused"}
    again = office.post(f"{FLAGS}{absent[2]}/resolve/", body | {"documents": []})
    assert (again.status, office.post(f"{FLAGS}{absent[2]}/dismiss/").status) == (400, 400)


def test_a_partial_resolution_excuses_what_is_named(
    school: School, classes: Classes, absent: list[int], office: Caller
) -> None:
    with school.site.platform.school.work(school.site.world.dilshod, read_only=True) as uow:
        records = [mark.id for mark in uow.find(Attendance, where(session__group_id=classes.a), order=("id",))]
        foreign = [mark.id for mark in uow.find(Attendance) if mark.id not in records][:1]
    partial = {"resolution_type": "partial", "resolution_notes": "Ill on Monday", "mark_excused": True}
    unknown = office.post(f"{FLAGS}{absent[2]}/resolve/", partial | {"records": [987654]})
    assert (unknown.status, [*unknown.details]) == (400, ["records"])
    later = office.post(f"{FLAGS}{absent[2]}/resolve/", partial | {"records": foreign})
    assert (later.status, [*later.details]) == (400, ["records"])
    resolved = office.post(f"{FLAGS}{absent[2]}/resolve/", partial | {"records": records[:1]})
    assert (resolved.status, resolved["absences_updated"]) == (200, 1)
    assert office.get(f"{FLAGS}{absent[2]}/")["follow_up_required"] is True
    assert [office.get(f"{FLAGS}{id}/")["status"] for id in absent] == ["RESOLVED", "ACTIVE", "RESOLVED"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"resolution_type": "unjustified", "mark_excused": True}, "mark_excused"),
        ({"resolution_type": "perhaps"}, "resolution_type"),
        ({"resolution_type": None}, "resolution_type"),
        ({"resolution_notes": ""}, "resolution_notes"),
        ({"resolution_notes": "x" * 10_001}, "resolution_notes"),
        ({"mark_excused": "often"}, "mark_excused"),
        ({"documents": ["medical_cert_123"]}, "documents"),
        ({"documents": ["absences/" * 20] * 11}, "documents"),
        ({"records": ["first"]}, "records"),
        ({"records": [2**70]}, "records"),
    ],
)
def test_a_resolution_that_cannot_be_is_refused(
    absent: list[int], office: Caller, fields: dict[str, Any], field: str
) -> None:
    refused = office.post(f"{FLAGS}{absent[0]}/resolve/", JUSTIFIED | fields)
    assert (refused.status, [*refused.details]) == (400, [field])
    assert office.get(f"{FLAGS}{absent[0]}/")["status"] == "ACTIVE"
    unjustified = {"resolution_type": "unjustified", "resolution_notes": "No letter"}
    assert office.post(f"{FLAGS}{absent[0]}/resolve/", unjustified)["absences_updated"] == 0


def test_a_flag_is_dismissed_in_the_readers_language(school: School, absent: list[int], office: Caller) -> None:
    dismissed = office.post(f"{FLAGS}{absent[0]}/dismiss/")
    assert dismissed.body == {
        "flag_id": absent[0],
        "status": "DISMISSED",
        "resolved_at": "2024-01-03T10:00:00Z",
        "message": "Absence flag has been dismissed",
    }
    french = office.post(f"{FLAGS}{absent[1]}/dismiss/", {"resolution_notes": "A mistake"}, accept_language="fr")
    assert french["message"] == "Le signalement d’absence a été classé"
    assert office.get(f"{FLAGS}{absent[1]}/")["resolution_notes"] == "A mistake"
    assert office.post(f"{FLAGS}{absent[0]}/dismiss/").status == 400


def test_a_flag_tells_whether_parents_were_notified(
    school: School, lessons: Lessons, absent: list[int], office: Caller
) -> None:
    assert {row["parent_notified"] for row in office.get(FLAGS)["results"]} == {False}  # nobody is his parent
    link(school, "sardor")
    register = lessons.take(DAYS[2], {"sardor": "absent"}, hour=9)
    by_hand = raise_by_hand(school, register)["id"]
    school.site.clock.advance(days=1)
    later = lessons.take(date(2024, 1, 4), {"sardor": "absent"})
    for name in ("salima", "timur", "sardor", "parvin"):
        seen = {row["id"]: row["parent_notified"] for row in school.caller(name).get(FLAGS)["results"]}
        assert {id for id, notified in seen.items() if notified} == {by_hand, max(seen)}, name
    assert school.caller("salima").get(f"{FLAGS}{max(seen)}/")["session"] == later


# -- figures -------------------------------------------------------------------------------------------


def test_the_figures_of_flags(school: School, classes: Classes, absent: list[int], office: Caller) -> None:
    office.post(f"{FLAGS}{absent[1]}/resolve/", {"resolution_type": "unjustified", "resolution_notes": "No letter"})
    office.post(f"{FLAGS}{absent[0]}/dismiss/")
    figures = office.get(f"{FLAGS}analytics/")
    assert figures["period"] == {"start_date": "2024-01-01", "end_date": "2024-01-31"}
    assert [figures[name] for name in ("total_flags", "active", "resolved", "dismissed")] == [3, 1, 1, 1]
    assert figures["by_type"] == {"ABSENCE": 3, "CHRONIC_ABSENCE": 0, "LATE_PATTERN": 0}
    assert figures["by_priority"] == {"LOW": 1, "MEDIUM": 2, "HIGH": 0, "URGENT": 0}
    assert figures["average_resolution_hours"] == 24.0
    assert [(day["date"], day["created"], day["resolved"]) for day in figures["trend"]] == [
        ("2024-01-01", 1, 0),
        ("2024-01-02", 1, 0),
        ("2024-01-03", 1, 2),
    ]
    assert office.get(f"{FLAGS}analytics/?class={classes.b}")["total_flags"] == 0
    assert office.get(f"{FLAGS}analytics/?start_date=2024-01-02&end_date=2024-01-02")["total_flags"] == 1


@pytest.mark.parametrize(
    ("query", "status", "fields"),
    [
        ("start_date=2024-13-01", 400, {"start_date"}),
        ("start_date=2024-02-01&end_date=2024-01-01", 400, {"end_date"}),
        ("start_date=2024-01-01&end_date=2025-01-01", 400, {"end_date"}),
        ("class=abc", 400, {"class"}),
        ("clas=1", 400, {"non_field_errors"}),
        ("class=987654", 404, {"resource", "resource_id", "message"}),
        ("start_date=2024-01-01&end_date=2024-12-31", 200, None),
    ],
)
def test_figures_that_cannot_be_are_refused(
    office: Caller, classes: Classes, query: str, status: int, fields: set[str] | None
) -> None:
    answer = office.get(f"{FLAGS}analytics/?{query}")
    assert answer.status == status
    assert fields is None or set(answer.details) == fields


def test_a_list_of_many_flags_costs_no_more_statements(school: School, absent: list[int], office: Caller) -> None:
    def cost() -> int:
        with school.site.statements() as seen:
            office.get(FLAGS)
        return len(seen)

    few = cost()
    with school.site.platform.school.work(school.site.world.rustam) as uow:
        first = uow.get(AbsenceFlag, absent[0])
        shared = {"center_id": first.center_id, "student_id": first.student_id, "session_id": first.session_id}
        moment = uow.ports.clock.now()
        fields = {**shared, "type": "absence", "priority": "low", "created_at": moment, "updated_at": moment}
        for _ in range(15):
            plain(uow, AbsenceFlag).add(AbsenceFlag, fields)
    assert (office.get(FLAGS)["count"], cost()) == (18, few)

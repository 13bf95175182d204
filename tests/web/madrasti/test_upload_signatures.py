"""The signature of an upload: who gets one for what, and the way of a picture into a profile."""

from __future__ import annotations

from typing import Any

import pytest

from support.web.client import HOST, AsgiConnection
from support.web.madrasti_school import Answer, Caller, School
from support.web.sample_files import HTML, PNG

PATH = "/files/upload-signature/"
PRINTED = {"file_type": "image", "context": "profile_picture", "folder": "profiles", "max_size": 5242880}
EVERYBODY = ("rustam", "dilshod", "malika", "salima", "timur", "sardor", "parvin", "davud")
OFFICE = ("rustam", "dilshod", "malika", "salima")
ALLOWED = {
    "profile_picture": EVERYBODY,
    "school_logo": OFFICE,
    "lesson_resource": (*OFFICE, "timur"),
    "question_image": (*OFFICE, "timur"),
    "absence_document": (*OFFICE, "parvin"),
}


def send(wire: AsgiConnection, signed: Answer, content: bytes = PNG, name: str = "me.png") -> Any:
    """Send a file as the document shows it: five fields and nothing else."""
    form = {field: str(signed[field]) for field in ("signature", "timestamp", "api_key", "folder")}
    return wire.send("POST", signed["upload_url"], data=form, files={"file": (name, content)})


def upload(caller: Caller, content: bytes = PNG) -> str:
    """Send a picture for one's profile and return its key."""
    sent = send(caller.wire, caller.post(PATH, PRINTED), content)
    assert sent.status_code == 200, sent.text
    return str(sent.json()["public_id"])


def test_the_three_printed_steps_bring_a_picture_into_the_profile(school: School) -> None:
    sardor = school.caller("sardor")
    signed = sardor.post(PATH, PRINTED)
    assert (signed.status, set(signed.body)) == (
        200,
        {"signature", "timestamp", "api_key", "upload_url", "folder", "expires_at"},
    )
    assert (signed["timestamp"], signed["expires_at"]) == (1704103200, "2024-01-01T10:05:00Z")
    sent = send(sardor.wire, signed).json()
    changed = sardor.send("PATCH", "/users/profile/", {"profile_picture": sent["public_id"]})
    assert (changed.status, changed["profile_picture"]) == (200, sent["public_id"])
    address = sardor.get("/users/profile/")["profile_picture_url"]
    assert address.startswith(f"{HOST}/files/uploads/profiles/")
    assert sardor.wire.send("GET", address).content == PNG


def test_a_profile_that_is_sent_back_keeps_its_picture(school: School) -> None:
    sardor = school.caller("sardor")
    key = upload(sardor)
    sardor.send("PATCH", "/users/profile/", {"profile_picture": key})
    school.site.clock.advance(minutes=10)
    whole = sardor.get("/users/profile/").body
    again = sardor.send("PUT", "/users/profile/", whole)
    assert (again.status, again["profile_picture"]) == (200, key), again.body


@pytest.mark.parametrize("context", ALLOWED)
@pytest.mark.parametrize("name", EVERYBODY)
def test_each_role_signs_for_its_own_purposes(school: School, name: str, context: str) -> None:
    answer = school.caller(name).post(PATH, {"file_type": "image", "context": context})
    assert answer.status == (200 if name in ALLOWED[context] else 403)


def test_nobody_signs_without_a_token(school: School) -> None:
    assert school.caller().post(PATH, PRINTED).status == 401


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"file_type": "video"}, "file_type"),
        ({"file_type": "virus"}, "file_type"),
        ({"file_type": None}, "file_type"),
        ({"context": "homework"}, "context"),
        ({"context": ["profile_picture"]}, "context"),
        ({"folder": "logos"}, "folder"),
        ({"folder": "../profiles"}, "folder"),
        ({"folder": "uploads/profiles/1-00000000"}, "folder"),
        ({"max_size": 5242881}, "max_size"),
        ({"max_size": 0}, "max_size"),
        ({"max_size": -1}, "max_size"),
        ({"max_size": "5MB"}, "max_size"),
        ({"max_size": 10**30}, "max_size"),
    ],
)
def test_a_bad_wish_is_refused_on_its_field(school: School, changes: dict[str, Any], field: str) -> None:
    answer = school.caller("sardor").post(PATH, PRINTED | changes)
    assert (answer.status, set(answer.details)) == (400, {field})


def test_the_limit_and_the_folder_may_be_left_out(school: School) -> None:
    timur = school.caller("timur")
    for kind in ("image", "document", "video", "audio"):
        assert timur.post(PATH, {"file_type": kind, "context": "lesson_resource"}).status == 200


def test_a_picture_of_another_pupil_or_purpose_is_refused(school: School) -> None:
    sardor, timur = school.caller("sardor"), school.caller("timur")
    theirs = upload(timur)
    question = send(timur.wire, timur.post(PATH, {"file_type": "image", "context": "question_image"})).json()
    for caller, key in ((sardor, theirs), (timur, question["public_id"])):
        answer = caller.send("PATCH", "/users/profile/", {"profile_picture": key})
        assert (answer.status, set(answer.details)) == (400, {"profile_picture"})
    assert timur.send("PATCH", "/users/profile/", {"profile_picture": theirs}).status == 200


def test_what_is_no_picture_reaches_no_profile(school: School) -> None:
    sardor = school.caller("sardor")
    assert send(sardor.wire, sardor.post(PATH, PRINTED), HTML).status_code == 400
    folder = sardor.post(PATH, PRINTED)["folder"]
    key = school.site.platform.school.ports.files.save(HTML, folder=folder, name="me.png")
    answer = sardor.send("PATCH", "/users/profile/", {"profile_picture": key})
    assert (answer.status, set(answer.details)) == (400, {"profile_picture"})


def test_a_replaced_picture_is_deleted(school: School) -> None:
    sardor = school.caller("sardor")
    first, second = upload(sardor), upload(sardor)
    for key in (first, second, None):
        assert sardor.send("PATCH", "/users/profile/", {"profile_picture": key})["profile_picture"] == key
    files = school.site.platform.school.ports.files
    assert list(files.keys("uploads")) == []

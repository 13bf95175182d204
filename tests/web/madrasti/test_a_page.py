"""A page that was written against the original system, and knows nothing but its own names."""

from __future__ import annotations

from typing import Any

import pytest

from support.cast import PASSWORD
from support.web.madrasti_classes import Classes
from support.web.madrasti_school import Answer, Caller, School, claims_of, email_of


class Page:
    """Keeps the tokens of a sign-in, and reads its user from the access token, as pages do."""

    def __init__(self, school: School, name: str) -> None:
        visitor = Caller(school.site.wire)
        signed = visitor.post("/users/login/", {"email": email_of(name), "password": PASSWORD})
        self.visitor, self.refresh_token = visitor, signed["refresh"]
        self.start(signed["access"])

    def start(self, access: str) -> None:
        """Load the page again with an access token."""
        assert self.visitor.post("/token/verify/", {"token": access}).status == 200
        self.caller, self.claims = Caller(self.visitor.wire, access), claims_of(access)

    def read(self, path: str) -> Any:
        """Read."""
        answer = self.caller.get(path)
        assert answer.status == 200, answer
        return answer.body

    def send(self, method: str, path: str, status: int = 200, **fields: Any) -> Answer:
        """Send a form."""
        answer = self.caller.send(method, path, fields)
        assert answer.status == status, answer
        return answer


@pytest.fixture
def office(school: School) -> Page:
    """The page of the director."""
    return Page(school, "dilshod")


def test_the_user_is_read_from_the_token(school: School) -> None:
    for name, role in (("dilshod", "ADMIN"), ("timur", "TEACHER"), ("sardor", "STUDENT"), ("parvin", "PARENT")):
        page = Page(school, name)
        profile = page.read("/users/profile/")
        assert {"exp", "user_id", "email", "full_name", "first_name", "last_name", "permissions"} <= page.claims.keys()
        assert page.claims["role"] == profile["role"] == role
        assert page.claims["email"] == profile["email"]


def test_each_load_of_a_page_verifies_its_token(school: School, office: Page) -> None:
    """More often than the hundred requests that a visitor has in an hour."""
    for _ in range(120):
        assert office.visitor.post("/token/verify/", {"token": office.caller.token}).status == 200
        renewed = office.visitor.post("/token/refresh/", {"refresh": office.refresh_token})
    office.start(renewed["access"])
    assert office.read("/users/profile/")["role"] == "ADMIN"


def test_a_wrong_password_is_400(school: School) -> None:
    wrong = Caller(school.site.wire).post("/users/login/", {"email": email_of("dilshod"), "password": "Xx12345678"})
    assert wrong.status == 400


@pytest.mark.parametrize("id", ["null", "undefined", "NaN", "[object Object]".replace(" ", "%20")])
def test_a_row_that_is_not_there_yet_is_404(office: Page, id: str) -> None:
    headers = {"authorization": f"Bearer {office.caller.token}"}
    for path in ("schools/rooms/{}/", "schools/classes/{}/", "schools/classes/{}/students/", "users/{}/"):
        answer = office.visitor.wire.send("GET", f"/madrasti/api/{path.format(id)}", headers=headers)
        assert (answer.status_code, answer.json()["error_code"]) == (404, "RESOURCE_NOT_FOUND")


def test_an_office_keeps_rooms_and_subjects_by_their_other_names(office: Page) -> None:
    room = office.send("POST", "/schools/rooms/", 201, name="Lab", code="L-1", room_type="lab", capacity=20)
    assert (room["code"], room["room_number"], room["room_type"]) == ("L-1", "L-1", "LAB")
    path = f"/schools/rooms/{room['id']}/"
    assert office.send("PATCH", path, code="L-2")["room_number"] == "L-2"
    assert office.send("PUT", path, **office.read(path) | {"capacity": 25})["capacity"] == 25
    subject = office.send("POST", "/schools/subjects/", 201, name="Maths", code="M-1", name_arabic="", name_french="")
    assert (
        office.send("PATCH", f"/schools/subjects/{subject['id']}/", name_arabic="رياضيات")["name_arabic"] == "رياضيات"
    )
    assert [row["code"] for row in office.read("/schools/rooms/?search=lab")["results"]] == ["L-2"]


def test_everything_that_is_put_is_patched_too(office: Page, classes: Classes) -> None:
    for path in ("/schools/config/", "/users/profile/"):
        office.send("PATCH", path)
    for section in ("academic-years", "levels", "grades", "classes", "subjects"):
        row = office.read(f"/schools/{section}/")["results"][0]
        assert office.send("PATCH", f"/schools/{section}/{row['id']}/")["id"] == row["id"]


def test_enrollments_are_filtered_and_the_page_signs_out(school: School, office: Page, classes: Classes) -> None:
    place = office.read("/users/enrollments/")["results"][0]
    for name in ("student", "school_class", "academic_year"):
        found = office.read(f"/users/enrollments/?{name}={place[name]}")["results"]
        assert {row[name] for row in found} == {place[name]}
        assert office.read(f"/users/enrollments/?{name}=987654")["results"] == []
    office.send("POST", "/users/logout/")
    assert office.caller.get("/users/profile/").status == 401


def test_a_teacher_takes_a_register_by_the_names_of_the_page(school: School, office: Page, classes: Classes) -> None:
    tamara, sardor = (school.member(name).user_id for name in ("tamara", "sardor"))
    subject = office.send("POST", "/schools/subjects/", 201, name="Maths", code="M-1", name_arabic="")["id"]
    week = {"school_class": classes.a, "academic_year": classes.year, "effective_from": "2024-01-01"}
    timetable = office.send("POST", "/attendance/timetables/", 201, **week)["id"]
    hour = {"timetable": timetable, "day_of_week": 1, "start_time": "14:30", "end_time": "15:30", "subject": subject}
    office.send("POST", "/attendance/timetable-sessions/", 201, **hour, teacher=tamara)

    teacher = Page(school, "tamara")
    (slot,) = teacher.read("/attendance/timetable-sessions/?my_sessions=true")["results"]
    assert (slot["session_order"], bool(slot["class_name"])) == (1, True)
    today = {"timetable_session": slot["id"], "date": "2024-01-01"}
    register = f"/attendance/sessions/{teacher.send('POST', '/attendance/sessions/', 201, **today)['id']}/"
    teacher.send("POST", f"{register}start/")
    rows = teacher.read(f"{register}students/")
    assert [(row["student"].keys() >= {"id", "full_name", "email"}, row["status"]) for row in rows] == [
        (True, "not_marked")
    ]
    records = [{"student_id": row["student"]["id"], "status": "present"} for row in rows]
    assert teacher.send("POST", f"{register}bulk_mark/", records=records)["present_count"] == 1
    teacher.send("POST", f"{register}complete/")
    figures = office.read(f"/attendance/records/student-statistics/{sardor}/")
    assert figures["summary"]["present"] == 1
    assert teacher.read("/attendance/timetable-sessions/my_schedule/")["week_start"] == "2024-01-01"

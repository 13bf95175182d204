"""A day of a client that was written against other names than those of the document, without one refusal."""

from __future__ import annotations

from typing import Any

import pytest

from support.cast import PASSWORD
from support.web.client import ApiResponse, Client
from support.web.running_platform import RunningPlatform
from support.web.system import File

TODAY = "2024-01-01"
PDF = File("paper.pdf", b"%PDF-1.7\n%%EOF")


class OtherClient:
    """Knows only its own names, reads rows, changes one value and sends all of it back."""

    def __init__(self, site: RunningPlatform, username: str, password: str = PASSWORD) -> None:
        signed = site.client().post("/login/", {"username": username, "password": password}).expect(200)
        self.client: Client = site.with_token(signed["token"])

    def create(self, path: str, **fields: Any) -> ApiResponse:
        """Add a row."""
        return self.client.post(path, fields).expect(201)

    def edit(self, path: str, **changes: Any) -> ApiResponse:
        """Read a row, change some values and send the whole row back."""
        row = self.client.get(path).expect(200).body
        edited = self.client.put(path, row | changes).expect(200)
        assert {name: edited[name] for name in changes if name in edited.body} == {
            name: value for name, value in changes.items() if name in edited.body
        }
        return edited

    def read(self, path: str, **query: Any) -> Any:
        """Read rows or a report."""
        return self.client.get(path, **query).expect(200).body


@pytest.fixture
def office(site: RunningPlatform) -> OtherClient:
    """The office of Tashkent."""
    return OtherClient(site, "dilshod")


def _person(name: str, phone: str, **more: Any) -> dict[str, Any]:
    return {
        "username": name,
        "password": "Kitob@1234",
        "first_name": name.title(),
        "last_name": "Yusupov",
        "email": f"{name}@mail.uz",
        "phone": phone,
        **more,
    }


def test_a_day_in_other_names(site: RunningPlatform, office: OtherClient) -> None:
    town = site.world.tashkent
    group, branch = town.morning.id, town.branch.id

    teacher = office.create("/teachers/", **_person("anvar", "+998770000021", branch=branch)).body
    assert (teacher["phone"], teacher["image"]) == ("+998770000021", None)
    student = office.create("/students/", **_person("zuhra", "+998770000022", branch=branch, group=group)).body
    student = office.edit(f"/students/{student['id']}/", phone="+998770000023", first_name="Zuhro").body
    assert (student["phone"], student["user"]["first_name"]) == ("+998770000023", "Zuhro")
    assert student["user_info"]["phone"] == "+998770000023"
    own = OtherClient(site, "zuhra", "Kitob@1234")

    lesson = office.create("/lessons/", group=group, date=TODAY, start_time="09:00", end_time="10:30").body
    assert (lesson["duration_minutes"], lesson["subject"]) == (90, town.course.id)
    office.create("/attendance/", lesson=lesson["id"], student=student["id"], status="Present")

    paid = office.create("/payments/", student=student["id"], group=group, amount=500, payment_method="Card").body
    assert (paid["payment_method"], paid["status"]) == ("Card", "Paid")
    assert office.edit(f"/payments/{paid['id']}/", payment_method="Transfer")["payment_type"] == "Transfer"
    (line,) = own.read(f"/students/{student['id']}/payment-history/")
    assert (line["student"], line["group"], line["payment_method"]) == (student["id"], group, "Transfer")

    hours = {"start_time": "09:00", "end_time": "11:00"}
    exam = office.create(
        "/exams/", group=group, title="Test", date=TODAY, total_marks=50, passing_marks=30, **hours
    ).body
    exam = office.edit(f"/exams/{exam['id']}/", passing_marks=25, total_marks=40).body
    assert (exam["passing_score"], exam["total_points"]) == (25, 40)
    result = office.create("/exam-results/", exam=exam["id"], student=student["id"], marks=36).body
    assert (result["percentage"], result["is_passed"], result["grade"]) == (90.0, True, "A")
    result = office.client.patch(f"/exam-results/{result['id']}/", {"marks": 10}).expect(200).body
    assert (result["marks"], result["percentage"], result["is_passed"], result["grade"]) == (10, 25.0, False, "F")
    assert own.read("/exam-results/")["results"][0]["marks"] == 10

    salary = office.create("/payroll/", teacher=teacher["id"], month="2024-01", salary=1000, deduction=100).body
    assert (salary["base_salary"], salary["net_salary"]) == (1000, 900)
    assert office.edit(f"/payroll/{salary['id']}/", deduction=150)["total_salary"] == 850

    contract = office.create("/contracts/", student=student["id"], file=PDF, contract_date=TODAY).body
    assert contract["file"].startswith("http")
    assert contract["signed_date"] == TODAY
    assert office.edit(f"/contracts/{contract['id']}/", contract_date="2023-12-31")["signed_date"] == "2023-12-31"

    work = office.create("/assignments/", group=group, title="Essay", due_date="2024-01-20").body
    handed_in = own.create("/submissions/", assignment=work["id"], file=PDF).body
    assert handed_in["file"].startswith("http")
    assert handed_in["submission_date"] == handed_in["submitted_at"]

    for report in (
        f"/groups/{group}/statistics/",
        f"/groups/{group}/attendance-report/",
        f"/students/{student['id']}/attendance-history/",
        f"/teachers/{teacher['id']}/performance/",
        f"/teachers/{teacher['id']}/schedule/",
        "/payments/statistics/",
    ):
        assert office.read(report) is not None
    assert office.read("/exams/", date_from=TODAY, ordering="-date")["count"] >= 1
    assert office.read("/payments/", payment_method="Transfer")["count"] == 1
    (here,) = (row for row in office.read("/branches/")["results"] if row["id"] == branch)
    assert here["student_count"] == office.read("/students/", branch=branch)["count"]


def test_debtors_name_the_person_the_group_and_the_branch(site: RunningPlatform) -> None:
    site.clock.advance(days=40)
    debtors = OtherClient(site, "dilshod").read("/payments/debtors/")
    assert debtors
    for row in debtors:
        assert row["user"] == {name: row["user_info"][name] for name in row["user"]}
        assert row["phone"] == row["user_info"]["phone"]
        assert (row["branch"], row["group"] is None) == (site.world.tashkent.branch.id, row["group_name"] is None)


def test_a_center_is_set_up_with_what_such_clients_send(site: RunningPlatform) -> None:
    rustam = OtherClient(site, "rustam")
    director = rustam.create("/directors/", username="umid", password="Kitob@1234").body
    center = rustam.create("/centers/", name="Khiva School", director=director["id"]).body
    assert rustam.edit(f"/centers/{center['id']}/", name="Khiva", status="Active")["director"] == director["id"]
    umid = OtherClient(site, "umid", "Kitob@1234")
    branch = umid.create("/branches/", name="Ichan Kala").body
    subject = umid.create("/subjects/", name="History").body
    group = umid.create("/groups/", name="H1", branch=branch["id"], subject=subject["id"]).body
    assert (group["start_date"], group["capacity"]) == (None, None)
    student = umid.create(
        "/students/", **_person("laylo", "+998770000031", branch=branch["id"], group=group["id"])
    ).body
    assert student["group_name"] == "H1"
    note = umid.create("/notifications/", user=student["user"]["id"], title="Welcome", message="Hello").body
    assert note["notification_type"] == "general"
    room = umid.create("/rooms/", branch=branch["id"], name="1", capacity=12).body
    assert room["created_at"] == "2024-01-01T10:00:00Z"

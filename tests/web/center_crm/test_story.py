"""The examples of teaching and business that the document prints, told in order: each request and answer as printed.

Ids are whatever the database gave out; the day is the one the examples speak of.
"""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest

from support.web.classroom import BUSINESS, PDF, SECTIONS, Classroom
from support.web.client import ApiResponse
from support.web.recipes import additions, call_operation
from support.web.system import File
from support.web.systems.center_crm import CATALOG

IDS = {"id", "group", "teacher", "room", "lesson", "student", "assignment", "exam", "marked_by"}
IDS |= {"branch", "course_interested", "user", "paid_by"}
FILES = {"file", "submission_file", "answer_file", "online_link", "document", "contract_file"}


class Story:
    """Elite's English A1 in Tashkent: John Teacher teaches Ahmed Begov and two others in Room 101."""

    def __init__(self, here: Classroom) -> None:
        self.here, self.told = here, set[str]()
        dilshod, town = here.dilshod, here.town
        dilshod.patch(f"/groups/{town.morning.id}/", {"name": "English A1"}).expect(200)
        dilshod.patch(f"/rooms/{town.room.id}/", {"name": "Room 101"}).expect(200)
        john = {"user": {"first_name": "John", "last_name": "Teacher"}}
        dilshod.patch(f"/teachers/{here.teacher('timur')}/", john).expect(200)
        ahmed = {"user": {"first_name": "Ahmed", "last_name": "Begov"}}
        dilshod.patch(f"/students/{here.student('sardor')}/", ahmed).expect(200)
        third = f"/students/{here.student('shirin')}/assign-group/"
        dilshod.post(third, {"group_id": town.morning.id}).expect(200)
        self.students = [here.student(name) for name in ("sardor", "sevara", "shirin")]
        self.ids = {
            "group": town.morning.id,
            "teacher": here.teacher("timur"),
            "room": town.room.id,
            "student": here.student("sardor"),
            "branch": town.branch.id,
            "course_interested": town.course.id,
            "user": town.student.user_id or 0,
        }

    def on(self, moment: str) -> None:
        """Let it be that moment."""
        self.here.site.clock.time = datetime.fromisoformat(moment).replace(tzinfo=UTC)

    def tell(self, who: str, name: str, *, without: tuple[str, ...] = ()) -> ApiResponse:
        """Send the printed request as somebody, and compare the answer with the printed one."""
        body = self._body(name, without)
        self.told.add(name)
        section = name.split(".")[0]
        id = None if name.endswith((".create", ".bulk_mark", ".mark_all_read")) else self.ids[section]
        answer = call_operation(self.here.later(who), name, id=id, **({} if body is None else {"body": body}))
        documented = CATALOG.response(name)
        assert answer.status == documented["status"], answer.text
        printed = documented.get("example")
        rows = zip(printed, answer.body, strict=True) if isinstance(printed, list) else [(printed or {}, answer.body)]
        for expected, shown in rows:
            changed = IDS | FILES | set(without) | set(additions(name))
            assert {k: v for k, v in shown.items() if k not in changed} == {
                k: v for k, v in (expected or shown).items() if k not in changed
            }
            assert all((shown[k] or "").startswith("http") for k in FILES & shown.keys() if (expected or {}).get(k))
        return answer

    def remember(self, word: str, section: str, answer: ApiResponse) -> None:
        """Call a row what bodies call it."""
        self.ids[word] = self.ids[section] = answer["id"]

    def _body(self, name: str, without: tuple[str, ...]) -> dict[str, Any] | None:
        body = copy.deepcopy(CATALOG.request_example(name))
        for key in (body or {}).keys() & self.ids.keys():
            body[key] = self.ids[key]  # type: ignore[index]
        for place, entry in enumerate((body or {}).get("attendance_data", ())):
            entry["student_id"] = self.students[place]
        if "lesson_id" in (body or {}):
            body["lesson_id"] = self.ids["lesson"]  # type: ignore[index]
        sent = {key: value for key, value in (body or {}).items() if key not in without}
        return None if body is None else {k: File("x.pdf", PDF) if v == "file_upload" else v for k, v in sent.items()}


@pytest.fixture
def story(here: Classroom) -> Story:
    """The story, about to begin."""
    return Story(here)


def test_every_example_answers_as_printed(story: Story) -> None:
    story.on("2024-01-01T10:00:00")
    story.remember("lesson", "lessons", story.tell("dilshod", "lessons.create"))
    link = story.tell("timur", "lessons.generate_online_link")
    assert len(link["online_link"].rpartition("/")[2]) == len("a1b2c3d4e5")
    story.on("2024-01-15T09:00:00")
    story.remember("attendance", "attendance", story.tell("timur", "attendance.create"))
    story.tell("timur", "attendance.bulk_mark")
    story.on("2024-01-15T10:00:00")
    story.remember("assignment", "assignments", story.tell("timur", "assignments.create"))
    story.remember("exam", "exams", story.tell("timur", "exams.create"))
    story.on("2024-01-18T15:30:00")
    story.remember("submission", "submissions", story.tell("sardor", "submissions.create"))
    graded = story.tell("timur", "submissions.update")
    assert (graded["grade"], graded["feedback"]) == (95, "Excellent work!")
    story.on("2024-02-15T11:00:00")
    story.remember("result", "exam_results", story.tell("timur", "exam_results.create"))
    story.tell("sardor", "exams.results")
    story.here.later("dilshod").delete(f"/attendance/{story.ids['attendance']}/").expect(204)
    for mark in story.here.later("dilshod").get("/attendance/", lesson=story.ids["lesson"]).ids:
        story.here.later("dilshod").delete(f"/attendance/{mark}/").expect(204)
    story.tell("timur", "lessons.cancel")
    printed = {n for n, op in CATALOG.operations.items() if op["request"] and n.split(".")[0] in SECTIONS}
    assert printed <= story.told


def test_the_printed_answers_of_a_student_are_without_a_score(story: Story) -> None:
    story.on("2024-01-15T10:00:00")
    story.remember("exam", "exams", story.tell("timur", "exams.create"))
    story.on("2024-02-15T11:00:00")
    body = story._body("exam_results.create", ())
    assert call_operation(story.here.later("sardor"), "exam_results.create", body=body).status == 403  # C70
    answer = story.tell("sardor", "exam_results.create", without=("score", "grade"))
    assert (answer["score"], answer["grade"]) == (None, None)


def test_every_example_of_business_answers_as_printed(story: Story) -> None:
    here, money = story.here, story.here.site.extras.money[story.here.town.center.id]
    here.dilshod.patch(f"/branches/{here.town.branch.id}/", {"name": "Tashkent Branch"}).expect(200)
    here.dilshod.patch(f"/subjects/{here.town.course.id}/", {"name": "English Language"}).expect(200)
    admin = {"first_name": "Admin", "last_name": "Name"}
    here.dilshod.patch(f"/staff/{here.town.admin.membership_id}/", admin).expect(200)
    here.aziza.patch(f"/payments/{money.payment}/", {"receipt_number": "OLD-001"}).expect(200)
    here.malika.delete(f"/payroll/{money.salary}/").expect(204)
    story.on("2024-01-01T10:00:00")
    story.remember("contract", "contracts", story.tell("aziza", "contracts.create"))
    story.tell("dilshod", "contracts.verify")
    story.on("2024-01-15T10:00:00")
    story.remember("payment", "payments", story.tell("aziza", "payments.create"))
    assert here.later("dilshod").get("/payments/statistics/")["payment_count"] == 2
    story.remember("lead", "leads", story.tell("malika", "leads.create"))
    story.tell("malika", "leads.convert_to_student")
    user = {"username": "student1"}
    here.later("dilshod").patch(f"/students/{story.ids['student']}/", {"user": user}).expect(200)
    story.remember("note", "notifications", story.tell("malika", "notifications.create"))
    assert story.tell("student1", "notifications.update")["is_read"] is True
    story.tell("student1", "notifications.mark_all_read")
    story.on("2024-01-31T10:00:00")
    story.remember("salary", "payroll", story.tell("malika", "payroll.create"))
    story.tell("dilshod", "payroll.mark_paid")
    printed = {n for n, op in CATALOG.operations.items() if op["request"] and n.split(".")[0] in BUSINESS}
    assert printed <= story.told

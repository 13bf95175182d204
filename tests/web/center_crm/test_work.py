"""Assignments given to a group, what students hand in, and how it is graded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.web.classroom import PDF, Classroom, assert_refused
from support.web.client import HOST, ApiResponse
from support.web.recipes import documented_keys
from support.web.sample_files import HTML, PNG


@pytest.fixture
def essay(here: Classroom) -> int:
    """An assignment of the morning group."""
    return int(here.given()["id"])


def _kept(here: Classroom) -> list[Path]:
    return [path for path in here.site.platform.settings.files.rglob("*") if path.is_file()]


def _open(here: Classroom, url: str) -> bytes:
    assert url.startswith(HOST)
    return here.site.wire.send("GET", url.removeprefix(HOST)).content


def _grade(here: Classroom, submission: int, who: str = "timur", **body: Any) -> ApiResponse:
    return here.site.client(who).put(f"/submissions/{submission}/", body)


# -- assignments ---------------------------------------------------------------------------------------


def test_an_assignment_is_shown_as_the_document_prints_it(here: Classroom) -> None:
    parts: dict[str, Any] = {name: (None, str(value)) for name, value in here.assignment().items()}
    answer = here.timur.send("POST", "/assignments/", files=parts | {"file": ("essay.pdf", PDF)}).expect(201)
    shown = dict(answer.body)
    assert _open(here, shown.pop("file")) == PDF
    assert shown == {
        "id": answer["id"],
        "group": here.town.morning.id,
        "group_name": "Morning",
        "teacher": here.teacher("timur"),
        "teacher_name": "Timur Timurov",
        "title": "English Essay",
        "description": "Write an essay about your dreams",
        "due_date": "2024-01-20",
        "status": "Assigned",
        "submissions_count": 0,
        "created_at": "2024-01-01T10:00:00Z",
        "updated_at": "2024-01-01T10:00:00Z",
    }
    assert here.sardor.get(f"/assignments/{answer['id']}/")["title"] == "English Essay"


def test_json_and_forms_mean_the_same(here: Classroom) -> None:
    plain = here.timur.post("/assignments/", here.assignment(file="file_upload")).expect(201)
    form = here.timur.send("POST", "/assignments/", form=here.assignment()).expect(201)
    assert {**plain.body, "id": 0} == {**form.body, "id": 0}
    assert plain["file"] is None


def test_a_teacher_gives_work_to_the_own_groups_in_the_own_name(here: Classroom) -> None:
    body = here.assignment(teacher=here.teacher("tamara"))
    assert_refused(here.timur.post("/assignments/", body), "teacher", "Only yourself")  # C67
    assert_refused(here.timur.post("/assignments/", here.assignment(group=here.town.evening.id)), "group")
    assert here.dilshod.post("/assignments/", body).expect(201)["teacher"] == here.teacher("tamara")
    assert here.rustam.post("/assignments/", here.assignment()).expect(201)["teacher"] == here.teacher("timur")


def test_the_same_limit_holds_for_changes(here: Classroom, essay: int) -> None:
    path = f"/assignments/{essay}/"
    assert_refused(here.timur.patch(path, {"teacher": here.teacher("tamara")}), "teacher")  # C67
    assert_refused(here.timur.patch(path, {"group": here.town.evening.id}), "group")
    assert here.tamara.patch(path, {"title": "Mine"}).status == 404
    assert here.tamara.delete(path).status == 404
    assert here.timur.put(path, here.assignment(title="Essay")).expect(200)["title"] == "Essay"
    here.timur.delete(path).expect(204)


@pytest.mark.parametrize("who", ["malika", "aziza", "sardor"])
def test_others_give_no_work(who: str, here: Classroom, essay: int) -> None:
    client = here.site.client(who)
    assert client.post("/assignments/", here.assignment()).status == 403
    assert client.patch(f"/assignments/{essay}/", {"title": "Mine"}).status == 403
    assert client.delete(f"/assignments/{essay}/").status == 403


def test_everybody_sees_the_work_that_concerns_them(here: Classroom, essay: int) -> None:
    seen = {name: essay in here.site.client(name).get("/assignments/").ids for name in here.site.world.everybody()}
    assert {name for name, found in seen.items() if found} == {
        "rustam",
        "dilshod",
        "malika",
        "aziza",
        "timur",
        "sardor",
        "sevara",
    }  # C14


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"", "a.pdf"), (HTML, "a.html"), (HTML, "a.pdf"), (b"MZ\x90\0" + b"\0" * 99, "a.exe"), (PDF, "a.docx")],
    ids=["empty", "page", "page as PDF", "program", "misnamed"],
)
def test_files_of_other_kinds_are_refused_and_not_kept(content: bytes, name: str, here: Classroom, essay: int) -> None:
    parts: dict[str, Any] = {"file": (name, content)}
    answer = here.timur.send("PATCH", f"/assignments/{essay}/", files=parts)
    assert_refused(answer, "file")
    assert_refused(here.handed_in(essay, content=content, file=name), "submission_file")
    assert _kept(here) == []


@pytest.mark.parametrize(
    "name", ["../../x", "..\\..\\x.pdf", "/etc/passwd", "картина.pdf", "a\0b.pdf", "x" * 300 + ".pdf"]
)
def test_whatever_a_file_is_called_it_stays_in_its_folder_and_opens(name: str, here: Classroom, essay: int) -> None:
    answer = here.handed_in(essay, file=name)
    folder = here.site.platform.settings.files.resolve()
    assert all(path.resolve().is_relative_to(folder) for path in _kept(here))
    if answer.status == 201:
        assert _open(here, answer["submission_file"]) == PDF
    else:
        assert_refused(answer, "submission_file")


# -- handing in ----------------------------------------------------------------------------------------


def test_a_submission_is_shown_as_the_document_prints_it(here: Classroom, essay: int) -> None:
    parts = {
        "assignment": (None, str(essay)),
        "student": (None, str(here.student("sardor"))),
        "submission_file": ("essay.pdf", PDF),
    }
    answer = here.sardor.send("POST", "/submissions/", files=parts).expect(201)
    shown = documented_keys("submissions.create", answer.body)
    assert _open(here, shown.pop("submission_file")) == PDF
    assert shown == {
        "id": answer["id"],
        "assignment": essay,
        "assignment_title": "English Essay",
        "student": here.student("sardor"),
        "student_name": "Sardor Sardorov",
        "submitted_at": "2024-01-01T10:00:00Z",
        "grade": None,
        "feedback": None,
        "graded_at": None,
    }
    assert here.timur.get(f"/assignments/{essay}/")["submissions_count"] == 1


def test_handing_in_again_replaces_the_file_until_it_is_graded(here: Classroom, essay: int) -> None:
    first = here.handed_in(essay).expect(201)
    here.site.clock.advance(minutes=5)
    second = here.handed_in(essay, content=PNG, file="essay.png").expect(201)  # C68
    assert (second["id"], second["submitted_at"]) == (first["id"], "2024-01-01T10:05:00Z")
    assert _open(here, second["submission_file"]) == PNG
    assert len(_kept(here)) == 1
    _grade(here, first["id"], grade=95).expect(200)
    assert_refused(here.handed_in(essay), "assignment", "has been graded")
    assert len(_kept(here)) == 1


def test_what_comes_late_is_taken_while_the_assignment_is_open(here: Classroom) -> None:
    late = here.given(due_date="2023-12-01")["id"]
    here.handed_in(late).expect(201)
    here.timur.patch(f"/assignments/{late}/", {"status": "Closed"}).expect(200)
    assert_refused(here.handed_in(late, "sevara"), "assignment", "closed")
    assert_refused(here.handed_in(late), "assignment", "closed")


def test_students_hand_in_for_themselves_and_their_own_group(here: Classroom, essay: int) -> None:
    parts = {
        "assignment": (None, str(essay)),
        "student": (None, str(here.student("sevara"))),
        "submission_file": ("essay.pdf", PDF),
    }
    assert_refused(here.sardor.send("POST", "/submissions/", files=parts), "student", "Only yourself")
    for who in ("shirin", "sobir"):
        assert_refused(here.handed_in(essay, who), "assignment", "exists here")
    for id in (987654321, 0, -1, 2**63, 10**30):
        assert_refused(here.handed_in(id), "assignment")
    assert _kept(here) == []


@pytest.mark.parametrize("who", ["rustam", "dilshod", "malika", "aziza", "timur"])
def test_nobody_else_hands_anything_in(who: str, here: Classroom, essay: int) -> None:
    assert here.handed_in(essay, who).status == 403


@pytest.mark.parametrize("value", ["file", "", None, 5, {}, [PDF.hex()]])
def test_a_submission_without_a_file_is_refused(value: Any, here: Classroom, essay: int) -> None:
    assert_refused(
        here.sardor.post("/submissions/", {"assignment": essay, "submission_file": value}), "submission_file"
    )
    assert_refused(here.sardor.post("/submissions/", {"assignment": essay}), "submission_file")


# -- grading -------------------------------------------------------------------------------------------


def test_a_grade_says_when_it_was_given_and_can_be_taken_back(here: Classroom, essay: int) -> None:
    work = here.handed_in(essay).expect(201)
    here.site.clock.advance(minutes=5)
    graded = _grade(here, work["id"], grade=95, feedback="Excellent work!").expect(200)
    assert graded.body == work.body | {
        "grade": 95,
        "feedback": "Excellent work!",
        "graded_at": "2024-01-01T10:05:00Z",
        "submission_file": graded["submission_file"],
    }
    assert here.timur.patch(f"/submissions/{work['id']}/", {"feedback": "Well done"}).expect(200)["grade"] == 95
    again = _grade(here, work["id"], grade=None).expect(200)
    assert (again["grade"], again["graded_at"], again["feedback"]) == (None, None, "Well done")
    here.handed_in(essay).expect(201)


@pytest.mark.parametrize("grade", [0, 100, 99.5, "77.25"])
def test_grades_go_from_0_to_100(grade: Any, here: Classroom, essay: int) -> None:
    work = here.handed_in(essay)["id"]
    assert _grade(here, work, grade=grade).expect(200)["grade"] == float(grade)  # C69


@pytest.mark.parametrize("grade", [-1, 100.01, 101, 10**30, "NaN", "Infinity", "A", True, [], {}, 5.555])
def test_other_grades_are_refused(grade: Any, here: Classroom, essay: int) -> None:
    work = here.handed_in(essay)["id"]
    assert_refused(_grade(here, work, grade=grade), "grade")
    assert_refused(here.timur.patch(f"/submissions/{work}/", {"grade": grade}), "grade")
    answer = here.timur.put(f"/submissions/{work}/", {"feedback": "?"})
    assert_refused(answer, "grade", "required")
    assert here.timur.get(f"/submissions/{work}/")["graded_at"] is None


def test_a_grading_changes_nothing_but_grade_and_feedback(here: Classroom, essay: int) -> None:
    work = here.handed_in(essay).expect(201)
    body = {"grade": 50, "student": here.student("sevara"), "assignment": 99, "submitted_at": "x", "graded_at": 5}
    graded = here.timur.put(f"/submissions/{work['id']}/", body).expect(200)
    assert (graded["student"], graded["assignment"]) == (work["student"], essay)  # C30, C33


@pytest.mark.parametrize(("who", "status"), [("sardor", 403), ("malika", 403), ("aziza", 403), ("tamara", 404)])
def test_only_the_teacher_and_the_owners_grade(who: str, status: int, here: Classroom, essay: int) -> None:
    work = here.handed_in(essay)["id"]
    client = here.site.client(who)
    assert _grade(here, work, who, grade=100).status == status
    assert client.patch(f"/submissions/{work}/", {"grade": 100}).status == status
    assert client.delete(f"/submissions/{work}/").status == status
    assert here.dilshod.patch(f"/submissions/{work}/", {"grade": 60}).status == 200
    assert here.rustam.patch(f"/submissions/{work}/", {"grade": 61}).status == 200


def test_students_see_their_own_work_only_and_the_newest_comes_first(here: Classroom, essay: int) -> None:
    mine, hers = here.handed_in(essay)["id"], here.handed_in(essay, "sevara")["id"]
    assert here.sardor.get("/submissions/", assignment=essay).ids == [mine]  # C15
    assert here.sardor.get(f"/submissions/{hers}/").status == 404
    assert here.timur.get("/submissions/").ids[:2] == [hers, mine]  # C25
    assert here.timur.get("/submissions/", student=here.student("sevara"), assignment=essay).ids == [hers]
    assert here.tamara.get("/submissions/")["count"] == 0
    assert here.davron.get("/submissions/", assignment=essay)["count"] == 0


def test_an_assignment_with_submissions_stays(here: Classroom, essay: int) -> None:
    work = here.handed_in(essay)["id"]
    assert here.timur.delete(f"/assignments/{essay}/").status == 400  # C34
    here.timur.delete(f"/submissions/{work}/").expect(204)
    assert _kept(here) == []
    here.timur.delete(f"/assignments/{essay}/").expect(204)

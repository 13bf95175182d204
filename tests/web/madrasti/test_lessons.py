"""Lessons: written by teachers, found and read by pupils and parents, with resources, tags and figures."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from educore import where
from educore.courses import Course
from educore.learning import Lesson, LessonView
from support.plain_rows import plain
from support.web.madrasti_classes import Classes
from support.web.madrasti_school import Answer, Caller, School
from support.web.sample_files import HTML, PNG

LESSONS, TAGS = "/lessons/lessons/", "/lessons/tags/"
PDF = b"%PDF-1.7\n"
HOSTILE = '<p>Sebou</p><script>alert(1)</script><img src=x onerror="alert(1)"><svg onload=alert(1)>'
CLEAN = '<p>Sebou</p><img src="x">'
TEXTS = {
    "title": "Les fleuves",
    "title_arabic": "الأنهار",
    "title_french": "Les fleuves",
    "description": "Du Sebou au Drâa",
    "content": "<p>Le Sebou</p>",
    "cycle": "first",
    "order": 1,
    "difficulty_level": "easy",
    "estimated_duration": 45,
}


@pytest.fixture
def teacher(school: School, classes: Classes) -> Caller:
    """Timur, who leads class A."""
    return school.caller("timur")


@pytest.fixture
def mother(school: School, classes: Classes) -> Caller:
    """Parvin, Sardor's mother."""
    ids = {"parent": school.member("parvin").user_id, "student": school.member("sardor").user_id}
    assert school.caller("dilshod").post("/users/guardianships/", ids).status == 201
    return school.caller("parvin")


def place_of(school: School, classes: Classes) -> dict[str, int]:
    """The subject and the grade of a lesson."""
    return {"subject": school.site.world.tashkent.course.id, "grade": classes.grade}


@pytest.fixture
def lesson(school: School, classes: Classes, teacher: Caller) -> Any:
    """A published lesson of Timur."""
    made = teacher.post(LESSONS, {**TEXTS, **place_of(school, classes), "tags": ["Eau"], "is_published": True})
    assert made.status == 201, made.body
    return made.body


def found(answer: Answer, key: str = "id") -> list[Any]:
    """The values of a field on a page."""
    assert answer.status == 200, answer.body
    return [row[key] for row in answer["results"]]


def test_a_teacher_writes_a_lesson_that_is_shown_as_documented(
    school: School, classes: Classes, lesson: dict[str, Any]
) -> None:
    assert lesson | TEXTS == lesson
    assert (lesson["tags"], lesson["view_count"], lesson["resources_count"]) == (["Eau"], 0, 0)
    assert (lesson["created_by"], lesson["grade_name"]) == (school.member("timur").user_id, "1ère Année Primaire")
    assert "resources" not in lesson
    for name in ("dilshod", "salima", "timur", "tamara", "sardor"):
        assert found(school.caller(name).get(LESSONS)) == [lesson["id"]], name
    assert school.caller("davud").get(LESSONS).status == 403


def test_parents_see_the_lessons_of_their_children(school: School, lesson: dict[str, Any], mother: Caller) -> None:
    assert found(mother.get(LESSONS)) == [lesson["id"]]
    shown = mother.get(f"{LESSONS}{lesson['id']}/")
    assert (shown.status, shown["view_count"], shown["created_by_name"]) == (200, 0, lesson["created_by_name"])


@pytest.mark.parametrize("fields", [{"is_published": False}, {"is_active": False}])
def test_pupils_see_what_is_published_and_active(
    school: School, lesson: dict[str, Any], teacher: Caller, fields: dict[str, Any]
) -> None:
    address = f"{LESSONS}{lesson['id']}/"
    assert school.caller("sardor").get(address).status == 200
    assert teacher.send("PATCH", address, fields).status == 200
    assert school.caller("sardor").get(address).status == 404
    assert found(school.caller("sardor").get(LESSONS)) == []


def test_only_the_author_and_the_director_write(school: School, lesson: dict[str, Any]) -> None:
    address = f"{LESSONS}{lesson['id']}/"
    for name in ("tamara", "salima", "sardor"):
        caller = school.caller(name)
        assert caller.send("PATCH", address, {"title": "x"}).status == 403
        assert caller.send("DELETE", address).status == 403
        assert caller.post(f"{address}unpublish/").status == 403
        assert (
            caller.post(f"{address}resources/", {"title": "x", "resource_type": "TEXT", "content": "x"}).status == 403
        )
    assert school.caller("dilshod").send("PATCH", address, {"title": "Rivières"})["title"] == "Rivières"


def test_html_comes_back_harmless(school: School, lesson: dict[str, Any], teacher: Caller) -> None:
    address = f"{LESSONS}{lesson['id']}/"
    assert teacher.send("PUT", address, {"content": HOSTILE})["content"] == CLEAN
    resource = {"title": "Note", "resource_type": "TEXT", "content": HOSTILE}
    assert teacher.post(f"{address}resources/", resource)["content"] == CLEAN
    shown = school.caller("sardor").get(f"{address}?detailed=true")
    assert (shown["content"], shown["resources"][0]["content"]) == (CLEAN, CLEAN)


def test_lessons_are_found_by_tag_subject_grade_and_words(
    school: School, classes: Classes, lesson: dict[str, Any], teacher: Caller
) -> None:
    place = place_of(school, classes)
    other = teacher.post(LESSONS, {**TEXTS, **place, "title": "Les monts", "order": 2, "tags": ["Relief", "EAU"]})
    third = teacher.post(LESSONS, {**TEXTS, **place, "title": "Le désert", "order": 3, "difficulty_level": "hard"})
    assert other["tags"] == ["Relief", "Eau"]
    ids = [lesson["id"], other["id"], third["id"]]
    for query, expected in (
        ("tags=eau", ids[:2]),
        ("tags=relief,sable", [ids[1]]),
        (f"subject={place['subject']}&grade={classes.grade}", ids),
        (f"grade={classes.second_grade}", []),
        ("difficulty_level=HARD", [ids[2]]),
        ("is_published=true", [ids[0]]),
        (f"created_by={school.member('timur').user_id}", ids),
        ("search=monts", [ids[1]]),
        ("ordering=-order", ids[::-1]),
        ("cycle=second", []),
    ):
        assert found(teacher.get(f"{LESSONS}?{query}")) == expected, query
    assert teacher.get(f"{LESSONS}?tags=%00").status == 400


def test_a_lesson_is_published_with_the_documented_words(lesson: dict[str, Any], teacher: Caller) -> None:
    address = f"{LESSONS}{lesson['id']}/"
    hidden = teacher.post(f"{address}unpublish/")
    assert hidden.body == {
        "id": lesson["id"],
        "is_published": False,
        "published_at": None,
        "message": "Lesson unpublished successfully",
    }
    published = teacher.post(f"{address}publish/")
    assert (published["is_published"], published["message"]) == (True, "Lesson published successfully")
    assert teacher.post(f"{address}publish/")["published_at"] == published["published_at"]
    assert teacher.post(f"{address}publish/", accept_language="fr")["message"] == "Leçon publiée"


def test_a_look_of_a_pupil_counts_once_in_half_an_hour(school: School, lesson: dict[str, Any], teacher: Caller) -> None:
    address, pupil = f"{LESSONS}{lesson['id']}/", school.caller("sardor")
    tag = teacher.get(address).headers["etag"]
    assert [pupil.get(address)["view_count"] for _ in range(3)] == [1, 1, 1]
    school.site.clock.advance(minutes=31)
    assert school.caller("sardor").get(address)["view_count"] == 2
    teacher = school.caller("timur")  # the token of before has expired
    assert teacher.get(address)["view_count"] == 2
    assert teacher.send("PATCH", address, {"title": "Fleuves"}, if_match=tag).status == 200
    with school.site.platform.school.work(school.site.world.rustam, read_only=True) as uow:
        assert uow.count(LessonView, where(lesson_id=lesson["id"])) == 2


def test_progress_and_figures(school: School, lesson: dict[str, Any], teacher: Caller) -> None:
    address, pupil = f"{LESSONS}{lesson['id']}/", school.caller("sardor")
    pupil.get(address)
    assert pupil.post(f"{address}progress/", {"time_spent": 100})["time_spent"] == 100
    done = pupil.post(f"{address}progress/", {"time_spent": 20, "completed": True})
    assert (done["time_spent"], done["completed_at"] is not None) == (120, True)
    for wrong in (-1, 3601, "x", None, 1.5, [5]):
        refused = pupil.post(f"{address}progress/", {"time_spent": wrong})
        assert refused.status in (200, 400), wrong
    assert teacher.post(f"{address}progress/", {"time_spent": 5}).status == 403
    figures = teacher.get(f"{address}analytics/").body
    assert figures["top_viewers"][0]["view_count"] == 1
    assert (
        figures
        | {
            "lesson_id": lesson["id"],
            "view_count": 1,
            "unique_viewers": 1,
            "completion_rate": 100.0,
            "average_time_spent": 120,
        }
        == figures
    )
    assert (len(figures["weekly_views"]), sum(figures["weekly_views"])) == (7, 1)
    for name, status in (("salima", 200), ("dilshod", 200), ("tamara", 403), ("sardor", 403)):
        assert school.caller(name).get(f"{address}analytics/").status == status


def test_a_copy_is_a_draft_with_the_same_resources_and_tags(
    school: School, lesson: dict[str, Any], teacher: Caller
) -> None:
    address = f"{LESSONS}{lesson['id']}/"
    resource = {"title": "Carte", "resource_type": "LINK", "external_url": "https://example.com/carte"}
    assert teacher.post(f"{address}resources/", resource).status == 201
    school.caller("sardor").get(address)
    copy = school.caller("tamara").post(f"{address}duplicate/")
    assert copy.status == 201
    assert (copy["title"], copy["is_published"], copy["view_count"]) == ("Les fleuves (copy)", False, 0)
    assert (copy["created_by"], copy["tags"], copy["resources_count"]) == (school.member("tamara").user_id, ["Eau"], 1)
    assert school.caller("sardor").post(f"{address}duplicate/").status == 403


def test_a_lesson_is_deleted_and_restored(school: School, lesson: dict[str, Any], teacher: Caller) -> None:
    address = f"{LESSONS}{lesson['id']}/"
    deleted = teacher.send("DELETE", address)
    assert (deleted.status, deleted["deleted"]) == (200, True)
    assert teacher.get(address).status == teacher.get(f"{address}resources/").status == 404
    assert found(teacher.get(f"{LESSONS}?deleted=true")) == [lesson["id"]]
    assert teacher.post(f"{address}restore/")["id"] == lesson["id"]


def test_many_lessons_are_written_at_once(school: School, classes: Classes, teacher: Caller) -> None:
    body = {**TEXTS, **place_of(school, classes)}
    made = teacher.post(f"{LESSONS}bulk_create/", {"items": [body, {**body, "subject": 999_999}]})
    assert (made.status, made["created_count"], made["failed_count"]) == (201, 1, 1)


# -- resources -----------------------------------------------------------------------------------------


def upload(caller: Caller, content: bytes, name: str, kind: str) -> str:
    """Send a file for a lesson and return its key."""
    signed = caller.post("/files/upload-signature/", {"file_type": kind, "context": "lesson_resource"})
    form = {field: str(signed[field]) for field in ("signature", "timestamp", "api_key", "folder")}
    sent = caller.wire.send("POST", signed["upload_url"], data=form, files={"file": (name, content)})
    assert sent.status_code == 200, sent.text
    return str(sent.json()["public_id"])


def test_a_file_hangs_on_a_lesson_and_is_opened_by_its_pupils(
    school: School, lesson: dict[str, Any], teacher: Caller
) -> None:
    address = f"{LESSONS}{lesson['id']}/resources/"
    key = upload(teacher, PDF, "carte.pdf", "document")
    made = teacher.post(address, {"title": "Carte", "resource_type": "PDF", "file": key})
    assert made.status == 201, made.body
    assert (made["file"], made["file_size"], made["mime_type"]) == (key, len(PDF), "application/pdf")
    assert (made["lesson"], made["order"], made["is_downloadable"]) == (lesson["id"], 1, True)
    (seen,) = school.caller("sardor").get(address)["results"]
    assert school.site.wire.send("GET", seen["file_url"]).content == PDF
    again = teacher.send("PUT", f"{address}{made['id']}/", {**made.body, "title": "La carte"})
    assert (again["title"], again["file"], again["file_size"]) == ("La carte", key, len(PDF))
    assert teacher.send("DELETE", f"{address}{made['id']}/").status == 204


def test_a_form_brings_the_file_itself(school: School, lesson: dict[str, Any], teacher: Caller) -> None:
    sent = teacher.wire.send(
        "POST",
        f"/madrasti/api{LESSONS}{lesson['id']}/resources/",
        headers={"authorization": f"Bearer {teacher.token}"},
        data={"title": "Photo", "resource_type": "IMAGE", "external_url": "", "content": ""},
        files={"file": ("photo.png", PNG)},
    )
    assert sent.status_code == 201, sent.text
    assert (sent.json()["mime_type"], sent.json()["file_size"]) == ("image/png", len(PNG))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"resource_type": "LINK"}, "external_url"),
        ({"resource_type": "LINK", "external_url": "javascript:alert(1)"}, "external_url"),
        ({"resource_type": "TEXT"}, "content"),
        ({"resource_type": "VIDEO"}, "file"),
        ({"resource_type": "PDF", "external_url": "https://example.com"}, "external_url"),
        ({"resource_type": "PDF", "file": "lessons/9-00000000/1/x.pdf"}, "file"),
        ({"resource_type": "LINK", "external_url": "https://example.com", "lesson": 999_999}, "lesson"),
        ({"resource_type": "SCROLL", "external_url": "https://example.com"}, "resource_type"),
        ({"resource_type": "LINK", "external_url": "https://example.com", "order": 0}, "order"),
    ],
)
def test_a_resource_that_cannot_be_is_refused(
    lesson: dict[str, Any], teacher: Caller, body: dict[str, Any], field: str
) -> None:
    refused = teacher.post(f"{LESSONS}{lesson['id']}/resources/", {"title": "Ressource", **body})
    assert (refused.status, set(refused.details)) == (400, {field})


def test_a_file_of_another_kind_is_refused(lesson: dict[str, Any], teacher: Caller) -> None:
    address = f"{LESSONS}{lesson['id']}/resources/"
    picture = upload(teacher, PNG, "photo.png", "image")
    refused = teacher.post(address, {"title": "Carte", "resource_type": "PDF", "file": picture})
    assert (refused.status, set(refused.details)) == (400, {"file"})
    made = teacher.post(address, {"title": "Photo", "resource_type": "IMAGE", "file": picture})
    assert made.status == 201
    assert teacher.send("PATCH", f"{address}{made['id']}/", {"resource_type": "AUDIO"}).status == 400
    linked = {"resource_type": "LINK", "external_url": "https://example.com/photo"}
    changed = teacher.send("PATCH", f"{address}{made['id']}/", linked)
    assert (changed["file"], changed["file_size"], changed["external_url"]) == (None, None, linked["external_url"])


def test_what_is_no_file_for_a_lesson_is_not_kept(lesson: dict[str, Any], teacher: Caller) -> None:
    key = upload(teacher, PDF, "page.pdf", "document")
    school_key = key.replace("lessons/", "profiles/")
    body = {"title": "Carte", "resource_type": "PDF", "file": school_key}
    assert teacher.post(f"{LESSONS}{lesson['id']}/resources/", body).status == 400
    sent = teacher.wire.send(
        "POST",
        f"/madrasti/api{LESSONS}{lesson['id']}/resources/",
        headers={"authorization": f"Bearer {teacher.token}"},
        data={"title": "Page", "resource_type": "DOCUMENT"},
        files={"file": ("page.pdf", HTML)},
    )
    assert sent.status_code == 400


def test_resources_are_hidden_with_their_lesson(school: School, lesson: dict[str, Any], teacher: Caller) -> None:
    address = f"{LESSONS}{lesson['id']}/resources/"
    made = teacher.post(address, {"title": "Note", "resource_type": "TEXT", "content": "<p>Le Drâa</p>"})
    pupil = school.caller("sardor")
    assert pupil.get(f"{address}{made['id']}/").status == 200
    teacher.post(f"{LESSONS}{lesson['id']}/unpublish/")
    assert pupil.get(address).status == pupil.get(f"{address}{made['id']}/").status == 404
    assert school.caller("tamara").get(address).status == 404


# -- tags and helpers ----------------------------------------------------------------------------------


def test_tags_are_kept_by_office_and_teachers(school: School, lesson: dict[str, Any], teacher: Caller) -> None:
    made = school.caller("salima").post(TAGS, {"name": "Relief", "name_arabic": "تضاريس", "color": "#33AA55"})
    assert (made.status, made["lessons_count"]) == (201, 0)
    (water,) = (tag for tag in teacher.get(TAGS)["results"] if tag["name"] == "Eau")
    assert water["lessons_count"] == 1
    for method, address in (("POST", TAGS), ("PATCH", f"{TAGS}{made['id']}/")):
        refused = teacher.send(method, address, {"name": "EAU"})
        assert (refused.status, set(refused.details)) == (400, {"name"})
    assert teacher.send("PATCH", f"{TAGS}{water['id']}/", {"name": "EAUX"})["name"] == "EAUX"
    assert teacher.get(f"{LESSONS}{lesson['id']}/")["tags"] == ["EAUX"]
    pupil = school.caller("sardor")
    assert found(pupil.get(TAGS), "name") == ["EAUX", "Relief"]
    assert pupil.post(TAGS, {"name": "Moi"}).status == 403
    assert school.caller("davud").get(TAGS).status == 403
    assert teacher.send("DELETE", f"{TAGS}{water['id']}/").status == 204
    assert teacher.get(f"{LESSONS}{lesson['id']}/")["tags"] == []


def test_the_grades_of_a_subject_and_the_subjects_of_a_grade(school: School, classes: Classes) -> None:
    subject = school.site.world.tashkent.course.id
    office = school.caller("dilshod")
    assert found(office.get(f"/lessons/subjects/{subject}/grades/")) == []
    office.send("PATCH", f"/schools/grades/{classes.grade}/", {"subjects": [subject]})
    for name in ("dilshod", "timur", "sardor", "parvin", "davud"):
        caller = school.caller(name)
        assert found(caller.get(f"/lessons/subjects/{subject}/grades/")) == [classes.grade]
        assert found(caller.get(f"/lessons/grades/{classes.grade}/subjects/")) == [subject]
    assert office.get("/lessons/subjects/999999/grades/").status == 404
    assert office.get("/lessons/grades/0/subjects/").status == 404


def test_a_subject_with_lessons_stays(school: School, lesson: dict[str, Any]) -> None:
    address = f"/schools/subjects/{lesson['subject']}/"
    assert school.caller("dilshod").send("DELETE", address).status == 400
    with school.site.platform.school.work(school.site.world.rustam, read_only=True) as uow:
        assert uow.get(Course, lesson["subject"]).archived_at is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"content": "x" * 100_001}, "content"),
        ({"cycle": "third"}, "cycle"),
        ({"order": 0}, "order"),
        ({"estimated_duration": 1001}, "estimated_duration"),
        ({"subject": 999_999}, "subject"),
        ({"grade": "x"}, "grade"),
        ({"tags": "Eau"}, "tags"),
        ({"tags": ["x" * 51]}, "tags"),
        ({"tags": [str(number) for number in range(51)]}, "tags"),
        ({"description": "a\u202eb"}, "description"),
    ],
)
def test_a_lesson_that_cannot_be_is_refused(
    school: School, classes: Classes, teacher: Caller, body: dict[str, Any], field: str
) -> None:
    refused = teacher.post(LESSONS, {**TEXTS, **place_of(school, classes), **body})
    assert (refused.status, set(refused.details)) == (400, {field})
    with school.site.platform.school.work(school.site.world.rustam, read_only=True) as uow:
        assert uow.count(Lesson, where(center_id=school.site.world.tashkent.center.id)) == 0


@pytest.mark.parametrize("query", ["", "?detailed=true"])
def test_a_list_of_many_lessons_costs_no_more_statements(
    school: School, classes: Classes, lesson: dict[str, Any], teacher: Caller, query: str
) -> None:
    def cost() -> int:
        with school.site.statements() as seen:
            assert teacher.get(f"{LESSONS}{query}").status == 200
        return len(seen)

    few = cost()
    with school.site.platform.school.work(school.site.world.rustam) as uow:
        first = uow.get(Lesson, lesson["id"])
        row = {name: value for name, value in dict(first).items() if name not in ("id", "archived_at")}
        for _ in range(15):
            plain(uow, Lesson).add(Lesson, row)
    assert (teacher.get(LESSONS)["count"], cost()) == (16, few)


def test_a_clock_that_runs_on_counts_each_half_hour(school: School, lesson: dict[str, Any]) -> None:
    address = f"{LESSONS}{lesson['id']}/"
    for _ in range(4):
        assert school.caller("sardor").get(address).status == 200
        school.site.clock.time += timedelta(minutes=20)
    assert school.caller("timur").get(address)["view_count"] == 2

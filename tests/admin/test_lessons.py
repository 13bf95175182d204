"""Teaching material in the admin: written, published, tagged, copied and shown in numbers."""

from __future__ import annotations

import pytest

from educore.learning import Lesson, LessonResource, LessonTag
from support.admin.browser import page_text
from support.admin.structure import write_lesson

HOSTILE = '<p>Sebou</p><script>alert(1)</script><img src=x onerror="alert(1)">'
CLEAN = '<p>Sebou</p><img src="x">'


@pytest.fixture
def lesson(world):
    """A published lesson with a resource, a tag and a look."""
    with world.as_boss() as uow:
        return write_lesson(uow, world.registon, "Registon")


def stored(world, id):
    return next(row for row in world.find(Lesson) if row.id == id)


def test_html_typed_into_the_forms_is_stored_harmless(director, world):
    director.post("/lesson/create", {"title": "Rivers", "content": HOSTILE, "is_active": "y"})
    (lesson,) = world.find(Lesson)
    assert lesson.content == CLEAN
    note = {"lesson_id": str(lesson.id), "kind": "text", "title": "Note", "text": HOSTILE}
    page = director.post("/lesson-resource/create", note)
    assert [row.text for row in world.find(LessonResource)] == [CLEAN], page_text(page)
    assert "<script>alert(1)" not in director.get(f"/lesson/details/{lesson.id}").text


def test_a_lesson_is_hidden_published_and_copied_with_its_buttons(director, world, lesson):
    director.post(f"/lesson/action/unpublish_lesson?pks={lesson.id}")
    assert not stored(world, lesson.id).is_published
    director.post(f"/lesson/action/publish_lesson?pks={lesson.id}")
    assert stored(world, lesson.id).is_published
    director.post(f"/lesson/action/duplicate_lesson?pks={lesson.id}")
    (copy,) = (row for row in world.find(Lesson) if row.title == "Registon rivers (copy)")
    assert not copy.is_published
    for kind in (LessonResource, LessonTag):
        assert len([row for row in world.find(kind) if row.lesson_id == copy.id]) == 1


def test_the_page_of_a_lesson_shows_its_tags_resources_and_numbers(director, lesson):
    page = page_text(director.get(f"/lesson/details/{lesson.id}"))
    assert "Registon water" in page
    assert "Resources of materials" in page
    assert "Registon map" in page_text(director.get("/lesson-resource/list"))
    numbers = director.get(f"/lesson/{lesson.id}/analytics")
    assert numbers.status_code == 200
    assert "Looks of students" in page_text(numbers)
    assert "Registon water" in page_text(director.get("/tag/list"))


def test_the_numbers_of_another_center_are_not_there(as_, lesson):
    assert as_("dilnoza-r").get(f"/lesson/{lesson.id}/analytics").status_code == 200
    assert as_("dilnoza-z").get(f"/lesson/{lesson.id}/analytics").status_code == 404

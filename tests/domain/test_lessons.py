"""Lessons of a school: written, published, tagged, copied, looked at and learned, in every store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from educore import Actor, Conflict, Educore, FixedClock, Forbidden, Invalid, NotFound, Ports, perform, where
from educore.groups import Group, enroll_in_class
from educore.kernel.store import Store
from educore.learning import (
    Lesson,
    LessonProgress,
    LessonResource,
    LessonTag,
    LessonView,
    Tag,
    add_lesson,
    add_resource,
    add_tag,
    change_lesson,
    change_resource,
    change_tag,
    duplicate_lesson,
    lesson_figures,
    note_progress,
    publish_lesson,
    see_lesson,
    unpublish_lesson,
)
from support.cast import ROOT, World
from support.refusals import expect_invalid
from support.school_cast import School, create_school

MONDAY = datetime(2024, 11, 4, 10, tzinfo=UTC)
HOSTILE = '<p>Sebou</p><script>alert(1)</script><img src=x onerror="alert(1)">'


@pytest.fixture
def platform(store: Store, ports: Ports) -> Educore:
    """Both towns and the school, in each of the stores in turn."""
    return Educore(store, ports)


@pytest.fixture
def school(platform: Educore, world: World, clock: FixedClock) -> School:
    """The school on a Monday of November 2024; Yasmine is in class A of the first grade, Younes in no class."""
    school = create_school(platform, world.rustam)
    clock.time = MONDAY
    return school


def do(platform: Educore, who: Actor, act: Callable[..., Any], *row: Any, **fields: Any) -> Any:
    """A use case in a transaction of its own."""
    with platform.work(who) as uow:
        return act(uow, *row, **fields)


def write(platform: Educore, school: School, who: Actor | None = None, **fields: Any) -> Lesson:
    """A lesson of Tarik for the first grade."""
    place = {"course_id": school.course.id, "grade_level_id": school.first_grade.id}
    lesson: Lesson = do(platform, who or school.teacher, add_lesson, **{"title": "Fleuves", **place, **fields})
    return lesson


def refused(act: Callable[[], Any], kind: type[Invalid] = Invalid) -> dict[str, Any]:
    """What is wrong, by field."""
    with expect_invalid(kind) as found:
        act()
    return dict(found)


READERS = ("director", "manager", "staff", "teacher", "second_teacher", "student", "newcomer", "parent", "driver")


def readers_of(platform: Educore, school: School, kind: type[Any]) -> set[str]:
    found = set()
    for name in READERS:
        with platform.work(getattr(school, name), read_only=True) as uow:
            found |= {name} if uow.count(kind) else set()
    return found


OFFICE = {"director", "manager", "staff"}


def test_who_sees_a_lesson(platform: Educore, school: School) -> None:
    lesson = write(platform, school, tags=["Eau"])
    do(platform, school.teacher, add_resource, lesson_id=lesson.id, kind="link", title="Carte", url="https://a.ma")
    for kind in (Lesson, LessonResource, LessonTag):
        assert readers_of(platform, school, kind) == OFFICE | {"teacher"}
    do(platform, school.teacher, publish_lesson, lesson)
    everybody = OFFICE | {"teacher", "second_teacher", "student", "parent"}
    for kind in (Lesson, LessonResource, LessonTag):
        assert readers_of(platform, school, kind) == everybody
    do(platform, school.teacher, change_lesson, lesson, is_active=False)
    for kind in (Lesson, LessonResource, LessonTag):
        assert readers_of(platform, school, kind) == everybody - {"student", "parent"}


def test_an_archived_lesson_hides_its_resources_from_families(platform: Educore, school: School) -> None:
    lesson = write(platform, school, tags=["Eau"], is_published=True)
    do(platform, school.teacher, add_resource, lesson_id=lesson.id, kind="link", title="Carte", url="https://a.ma")
    assert {"student", "parent"} <= readers_of(platform, school, LessonResource)
    do(platform, school.teacher, perform, Lesson, "archive", lesson.id)
    assert readers_of(platform, school, Lesson) == set()
    for kind in (LessonResource, LessonTag):
        assert not readers_of(platform, school, kind) & {"student", "parent"}
    do(platform, school.teacher, perform, Lesson, "restore", lesson.id)
    assert {"student", "parent"} <= readers_of(platform, school, LessonResource)


def test_a_student_sees_the_lessons_of_their_grade_as_long_as_they_are_in_it(platform: Educore, school: School) -> None:
    write(platform, school, is_published=True)
    write(platform, school, is_published=True, grade_level_id=school.second_grade.id)
    with platform.work(school.student, read_only=True) as uow:
        assert [lesson.grade_level_id for lesson in uow.find(Lesson)] == [school.first_grade.id]
    assert "newcomer" not in readers_of(platform, school, Lesson)
    with platform.work(school.director) as uow:
        enroll_in_class(uow, group_id=school.class_b.id, student_id=school.newcomer.student_id or 0)
    assert "newcomer" in readers_of(platform, school, Lesson)


def test_only_the_author_and_the_director_change_a_lesson(platform: Educore, school: School) -> None:
    lesson = write(platform, school, is_published=True)
    for act in (change_lesson, publish_lesson, unpublish_lesson):
        for who in (school.second_teacher, school.staff, school.student, school.parent):
            with pytest.raises(Forbidden):
                do(platform, who, act, lesson)
    for who in (school.staff, school.student, school.parent):
        with pytest.raises(Forbidden):
            write(platform, school, who)
        with pytest.raises(Forbidden):
            do(platform, who, duplicate_lesson, lesson)
    assert do(platform, school.director, change_lesson, lesson, title="Rivières").title == "Rivières"


def test_a_lesson_is_published_once_and_hidden_again(platform: Educore, school: School, clock: FixedClock) -> None:
    lesson = write(platform, school)
    first = do(platform, school.teacher, publish_lesson, lesson)
    clock.time += timedelta(hours=1)
    assert do(platform, school.teacher, publish_lesson, lesson).published_at == first.published_at == MONDAY
    hidden = do(platform, school.teacher, unpublish_lesson, lesson)
    assert (hidden.is_published, hidden.published_at) == (False, None)
    again = do(platform, school.teacher, change_lesson, lesson, is_published=True)
    assert again.published_at == clock.time
    assert do(platform, school.teacher, change_lesson, lesson, is_published=True).published_at == clock.time


def test_html_is_cleaned_on_its_way_in(platform: Educore, school: School) -> None:
    lesson = write(platform, school, content=HOSTILE)
    assert lesson.content == '<p>Sebou</p><img src="x">'
    changed = do(platform, school.teacher, change_lesson, lesson, content=f"{HOSTILE}<svg onload=alert(1)>")
    assert changed.content == '<p>Sebou</p><img src="x">'
    text = {"lesson_id": lesson.id, "kind": "text", "title": "Note", "text": HOSTILE}
    assert do(platform, school.teacher, add_resource, **text).text == '<p>Sebou</p><img src="x">'


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("link", {"url": "https://example.com"}),
        ("video", {"url": "https://example.com/film"}),
        ("video", {"file": "lessons/1/film.mp4", "media_type": "video/mp4"}),
        ("text", {"text": "<p>Texte</p>"}),
        ("pdf", {"file": "lessons/1/a.pdf", "media_type": "application/pdf", "size": 5}),
        ("presentation", {"file": "lessons/1/a.ppt", "media_type": "application/vnd.ms-powerpoint"}),
    ],
)
def test_a_resource_has_the_content_of_its_kind(
    platform: Educore, school: School, kind: str, content: dict[str, Any]
) -> None:
    lesson = write(platform, school)
    add = {"lesson_id": lesson.id, "title": "Ressource", "kind": kind}
    first, second = (do(platform, school.teacher, add_resource, **add, **content) for _ in range(2))
    assert (first.position, second.position) == (1, 2)
    assert {name: getattr(first, name) for name in content} == content


@pytest.mark.parametrize(
    ("kind", "content", "problem"),
    [
        ("link", {}, {"url": "missing"}),
        ("video", {}, {"file": "missing"}),
        ("text", {"text": ""}, {"text": "missing"}),
        ("pdf", {"url": "https://example.com"}, {"url": "not_with_kind"}),
        ("link", {"text": "<p>x</p>"}, {"text": "not_with_kind"}),
        ("video", {"file": "a/b.mp4", "url": "https://example.com"}, {"url": "not_with_kind"}),
        ("link", {"url": "javascript:alert(1)"}, {"url": "url_scheme"}),
        ("image", {"file": "a/b.pdf", "media_type": "application/pdf"}, {"file": "file_not_with_kind"}),
    ],
)
def test_another_content_is_refused(
    platform: Educore, school: School, kind: str, content: dict[str, Any], problem: dict[str, str]
) -> None:
    lesson = write(platform, school)
    fields = {"lesson_id": lesson.id, "title": "Ressource", "kind": kind, **content}
    found = refused(lambda: do(platform, school.teacher, add_resource, **fields))
    assert found.keys() == problem.keys()
    if "url_scheme" not in problem.values():
        assert found == problem


def test_a_new_content_takes_the_place_of_the_old_one(platform: Educore, school: School) -> None:
    lesson = write(platform, school, is_published=True)
    film = {"kind": "video", "file": "lessons/1/film.mp4", "media_type": "video/mp4", "size": 9}
    resource = do(platform, school.teacher, add_resource, lesson_id=lesson.id, title="Film", **film)
    linked = do(platform, school.teacher, change_resource, resource, url="https://example.com/film")
    assert (linked.file, linked.size, linked.media_type) == (None, None, "")
    note = do(platform, school.teacher, change_resource, linked, kind="text", text="<p>Note</p>")
    assert (note.url, note.text) == (None, "<p>Note</p>")
    with pytest.raises(Forbidden):
        do(platform, school.second_teacher, add_resource, lesson_id=lesson.id, title="Film", **film)


def test_tags_are_names_that_differ_by_more_than_case(platform: Educore, school: School) -> None:
    lesson = write(platform, school, tags=["Eau", "EAU ", "Géographie"])
    with platform.work(school.teacher, read_only=True) as uow:
        assert [tag.name for tag in uow.find(Tag, order=("id",))] == ["Eau", "Géographie"]
        assert uow.count(LessonTag, where(lesson_id=lesson.id)) == 2
    do(platform, school.teacher, change_lesson, lesson, tags=["eau", "Carte"])
    with platform.work(school.teacher, read_only=True) as uow:
        names = {row.tag_id for row in uow.find(LessonTag, where(lesson_id=lesson.id))}
        assert {tag.name for tag in uow.find(Tag, where(id__in=names))} == {"Eau", "Carte"}
    taken = {"name": "taken"}
    assert refused(lambda: do(platform, school.staff, add_tag, name="CARTE"), Conflict) == taken
    with platform.work(school.staff, read_only=True) as uow:
        (water,) = uow.find(Tag, where(name="Eau"))
    assert refused(lambda: do(platform, school.staff, change_tag, water, name="carte"), Conflict) == taken
    assert do(platform, school.staff, change_tag, water, name="EAU").name == "EAU"
    with pytest.raises(Forbidden):
        do(platform, school.student, add_tag, name="Moi")
    assert refused(lambda: write(platform, school, tags=["Eau", "x" * 51])) == {"tags.1": "string_too_long"}
    assert refused(lambda: write(platform, school, tags=[str(n) for n in range(51)]), Conflict) == {"tags": "too_many"}


def test_a_copy_is_a_draft_in_the_name_of_who_made_it(platform: Educore, school: School, ports: Ports) -> None:
    lesson = write(platform, school, tags=["Eau"], is_published=True, content="<p>Sebou</p>")
    key = ports.files.save(b"%PDF-1.7", folder="lessons", name="carte.pdf")
    file = {"kind": "pdf", "title": "Carte", "file": key, "media_type": "application/pdf", "size": 8}
    do(platform, school.teacher, add_resource, lesson_id=lesson.id, **file)
    copy = do(platform, school.second_teacher, duplicate_lesson, lesson)
    assert (copy.title, copy.is_published, copy.published_at) == ("Fleuves (copy)", False, None)
    assert (copy.created_by_id, copy.content) == (school.second_teacher.user_id, lesson.content)
    with platform.work(school.second_teacher) as uow:
        (resource,) = uow.find(LessonResource, where(lesson_id=copy.id))
        assert resource.file != key
        assert ports.files.read(resource.file or "") == b"%PDF-1.7"
        assert uow.count(LessonTag, where(lesson_id=copy.id)) == 1
        perform(uow, LessonResource, "delete", resource.id)
    assert ports.files.read(key) == b"%PDF-1.7"  # that of the original stays
    long = write(platform, school, title="x" * 200)
    assert do(platform, school.teacher, duplicate_lesson, long).title == f"{'x' * 193} (copy)"


def test_looks_within_half_an_hour_count_once(platform: Educore, school: School, clock: FixedClock) -> None:
    lesson = write(platform, school, is_published=True)
    clock.time = MONDAY + timedelta(minutes=29)
    assert do(platform, school.student, see_lesson, lesson)
    for minutes, counts in ((1, False), (29, False), (30, True), (59, False), (61, True)):
        clock.time = MONDAY + timedelta(minutes=29 + minutes)
        assert do(platform, school.student, see_lesson, lesson) is counts, minutes
    with platform.work(school.teacher, read_only=True) as uow:
        assert uow.count(LessonView, where(lesson_id=lesson.id)) == 3
    for who in (school.teacher, school.parent, school.director):
        with pytest.raises(Forbidden):
            do(platform, who, see_lesson, lesson)
    with pytest.raises(NotFound):
        do(platform, school.newcomer, see_lesson, lesson)


def test_progress_adds_up_and_completes_once(platform: Educore, school: School, clock: FixedClock) -> None:
    lesson = write(platform, school, is_published=True)
    do(platform, school.student, note_progress, lesson, seconds=100)
    clock.time += timedelta(hours=1)
    done = do(platform, school.student, note_progress, lesson, seconds=50, completed=True)
    assert (done.seconds, done.completed_at) == (150, clock.time)
    clock.time += timedelta(hours=1)
    later = do(platform, school.student, note_progress, lesson, seconds=3600, completed=True)
    assert (later.seconds, later.completed_at) == (3750, done.completed_at)
    for seconds, code in ((-1, "greater_than_equal"), (3601, "less_than_equal")):
        found = refused(lambda s=seconds: do(platform, school.student, note_progress, lesson, seconds=s))
        assert found == {"seconds": code}
    with pytest.raises(NotFound):
        do(platform, school.newcomer, note_progress, lesson)


def test_the_figures_of_a_lesson(platform: Educore, school: School, clock: FixedClock) -> None:
    """Yasmine looks on Monday, on Sunday and when it is Monday again in the Center; Younes once on Monday."""
    lesson = write(platform, school, is_published=True)
    with platform.work(school.director) as uow:
        enroll_in_class(uow, group_id=school.class_b.id, student_id=school.newcomer.student_id or 0)
    do(platform, school.student, see_lesson, lesson)
    do(platform, school.newcomer, see_lesson, lesson)
    for hour in (10, 21):
        clock.time = MONDAY + timedelta(days=6, hours=hour - 10)
        do(platform, school.student, see_lesson, lesson)
    do(platform, school.student, note_progress, lesson, seconds=101, completed=True)
    do(platform, school.newcomer, note_progress, lesson, seconds=0)
    with platform.work(school.staff, read_only=True) as uow:
        figures = lesson_figures(uow, lesson)
    assert (figures.view_count, figures.unique_viewers, figures.completion_rate) == (4, 2, Decimal("50.0"))
    assert figures.average_seconds == 51  # half of 101
    assert figures.weekly_views == (3, 0, 0, 0, 0, 0, 1)
    assert sum(figures.weekly_views) == figures.view_count
    assert [(viewer.name, viewer.views) for viewer in figures.top_viewers] == [("Yasmine", 3), ("Younes", 1)]
    for who in (school.second_teacher, school.student, school.parent):
        with platform.work(who, read_only=True) as uow, pytest.raises(Forbidden):
            lesson_figures(uow, lesson)


def test_a_lesson_that_nobody_looked_at_has_figures_too(platform: Educore, school: School) -> None:
    lesson = write(platform, school)
    with platform.work(school.teacher, read_only=True) as uow:
        figures = lesson_figures(uow, lesson)
    assert (figures.view_count, figures.completion_rate, figures.average_seconds) == (0, 0, 0)
    assert (figures.weekly_views, figures.top_viewers) == ((0,) * 7, ())


def test_what_a_lesson_has_does_not_keep_it_from_the_archive(platform: Educore, school: School) -> None:
    lesson = write(platform, school, tags=["Eau"], is_published=True)
    do(platform, school.student, see_lesson, lesson)
    do(platform, school.student, note_progress, lesson, seconds=5)
    do(platform, school.director, perform, Lesson, "archive", lesson.id)
    with platform.work(ROOT, read_only=True) as uow:
        assert (uow.count(LessonView), uow.count(LessonProgress)) == (1, 1)
    blockers = refused(lambda: do(platform, school.director, perform, Group, "archive", school.class_a.id), Conflict)
    assert blockers == {"": "in_use"}

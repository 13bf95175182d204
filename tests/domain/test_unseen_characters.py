"""Signs nobody sees, in texts of every kind: refused where they are written, readable where they are stored."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from educore import EDUCATION, Educore, Entity, Fixed, Invalid, perform
from educore.admissions import create_lead
from educore.billing import Invoice, take_payment
from educore.groups import register_student
from educore.kernel import is_marked
from educore.kernel.entity import marks
from educore.learning import Lesson, LessonResource
from educore.messaging import add_template
from educore.people import Student
from educore.values import PlainText
from support.business_day import keep_a_school
from support.cast import ROOT, World, account, all_rows
from support.plain_rows import body_of, change_row, plain
from support.refusals import problem_codes
from support.teaching_week import teach_week

NOT_TRIED = {"Contract", "Delivery", "Notification"}
"""Kinds that need a file, or whose texts nobody ever changes."""
HIDDEN = "a\x1b[31m\u202eb"
TWO_LINES = "a\r\nb"


def mark_of(kind: type[Entity], name: str) -> PlainText | None:
    """What becomes of signs in a text that nobody sees."""
    return next((mark for mark in reversed(marks(kind, name)) if isinstance(mark, PlainText)), None)


TEXTS = [
    (kind, name, mark)
    for kind in EDUCATION.kinds.values()
    for name in kind.model_fields
    if (mark := mark_of(kind, name)) and not is_marked(kind, name, Fixed)
]


FOLLOWING = {("Tag", "folded")}
"""Texts that follow from others: a tag is folded from its name."""

MARKUP = {("Lesson", "content"), ("LessonResource", "text")}
"""Texts in HTML, whose lines end as those of every document do once it has been read."""


def rows_of_every_kind(school: Educore, world: World) -> dict[str, list[Entity]]:
    """Rows of each kind that holds texts."""
    teach_week(school, world)
    keep_a_school(school, world)
    student, day = world.sardor.student_id or 0, date(2024, 1, 1)
    with school.work(world.dilshod) as uow:
        perform(
            uow,
            Invoice,
            "create",
            fields={"student_id": student, "amount": Decimal(5), "issued_on": day, "due_date": day},
        )
        take_payment(uow, student_id=student, amount=Decimal(5), method="cash")
        lead = {"name": "Nargiza", "phone": "+998901234567", "source": "Instagram"}
        create_lead(uow, branch_id=world.tashkent.branch.id, **lead)
        add_template(uow, name="Hello", text="Hello {name}")
    with school.work(ROOT) as uow:
        page = {"kind": "text", "title": "Rivers", "text": "<p>Rivers</p>", "position": 2}
        lesson = uow.find(Lesson, limit=1)[0]
        plain(uow, LessonResource).add(LessonResource, {"center_id": lesson.center_id, "lesson_id": lesson.id, **page})
    return {name: rows for name, rows in all_rows(school.store).items() if rows}


def test_texts_of_every_kind_of_row(school: Educore, world: World) -> None:
    rows = rows_of_every_kind(school, world)
    assert {kind.__name__ for kind, _, _ in TEXTS} - rows.keys() == NOT_TRIED
    for kind, name, mark in TEXTS:
        if kind.__name__ not in NOT_TRIED and (kind.__name__, name) not in FOLLOWING:
            row = row_with(rows[kind.__name__], name)
            what_is_written(school, row, name, mark)
            if mark.breaks != "refuse" and (kind.__name__, name) not in MARKUP:  # which was always cleaned
                what_is_stored(school, row, name)


def row_with(rows: list[Entity], name: str) -> Entity:
    """The first row that has such a text, or could: a class has a section, a cohort has none."""
    return next((row for row in rows if getattr(row, name)), rows[0])


def what_is_written(school: Educore, row: Any, name: str, mark: PlainText) -> None:
    """One after the other, each undone: hidden signs, two lines, and a text as people write it."""
    code = "url" if mark.breaks == "refuse" else "unseen_characters"
    with school.work(ROOT) as uow:
        if mark.is_copy:
            assert getattr(change_row(uow, row, {name: HIDDEN}), name) == "a [31m b"
        else:
            with pytest.raises(Invalid) as refused:
                change_row(uow, row, {name: HIDDEN})
            assert problem_codes(refused.value) == {name: [code]}
            with pytest.raises(Invalid) as refused:
                plain(uow, type(row), "update").change_each(type(row), {row.id: {name: HIDDEN}})
            assert problem_codes(refused.value) == {f"0.{name}": [code]}
        if mark.breaks == "refuse":
            with pytest.raises(Invalid):
                change_row(uow, row, {name: f"https://educore.uz/{TWO_LINES}"})
        else:
            changed = change_row(uow, row, {name: TWO_LINES})
            kept = TWO_LINES.replace("\r\n", "\n") if (type(row).__name__, name) in MARKUP else TWO_LINES
            assert getattr(changed, name) == (kept if mark.breaks == "keep" else "a b")
            change_row(uow, changed, {name: getattr(row, name)})


def what_is_stored(school: Educore, row: Any, name: str) -> None:
    """What was stored before there was this rule can be read, sent back as it is, and replaced."""
    old = row.model_copy(update={name: HIDDEN + TWO_LINES})
    transaction = school.store.begin()
    transaction.update(old, [name])
    transaction.commit()
    with school.work(ROOT) as uow:
        found = uow.get(type(row), row.id)
        assert getattr(found, name) == HIDDEN + TWO_LINES
        change_row(uow, found, body_of(found))
        plain(uow, type(row), "update").change_each(type(row), {row.id: {name: HIDDEN + TWO_LINES}})
        change_row(uow, found, {name: getattr(row, name)})


def test_a_new_row_is_held_to_it_too_wherever_its_texts_lie(school: Educore, world: World) -> None:
    def register(**more: str) -> Student:
        with school.work(world.dilshod) as uow:
            given = account("Olim", last_name=more.pop("last_name", ""))
            return register_student(uow, account=given, branch_id=world.tashkent.branch.id, **more)

    for fields, path in (({"last_name": HIDDEN}, "account.last_name"), ({"parent_name": HIDDEN}, "parent_name")):
        with pytest.raises(Invalid) as refused:
            register(**fields)
        assert problem_codes(refused.value) == {path: ["unseen_characters"]}
    assert register(parent_name="Karim\nKarimov").parent_name == "Karim Karimov"


def test_a_copy_of_an_old_text_stops_nothing(school: Educore, world: World) -> None:
    """A correction keeps the note that was there, whatever it holds."""
    lesson = teach_week(school, world)[world.tashkent.center.id]
    transaction = school.store.begin()
    transaction.update(lesson.mark.model_copy(update={"notes": HIDDEN}), ["notes"])
    transaction.commit()
    with school.work(world.timur) as uow:
        perform(uow, type(lesson.mark), "update", lesson.mark.id, {"notes": "Better"})
    (correction,) = [row for row in all_rows(school.store)["AttendanceCorrection"] if row.notes_after == "Better"]
    assert correction.notes_before == "a [31m b"

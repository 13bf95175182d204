"""What is typed into the admin's forms and sheets: numbers read in one way, and no way round a rule in two steps."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

import pytest

from educore import Invalid, perform
from educore.groups import Group
from educore.timetable import Session
from educore_web.admin.screens import SCREENS
from educore_web.admin.ui.forms import Form
from support.parametrize import each

NUMBERS = {
    (screen.kind.__name__, question.name): question
    for screen in SCREENS
    for question in (*screen.create, *screen.edit, *(asked for action in screen.actions for asked in action.questions))
    if question.type[0] in (int, Decimal) and not question.target
}


def test_there_are_numbers_of_both_sorts():
    assert {question.type[0] for question in NUMBERS.values()} == {int, Decimal}


@each("kind, name", NUMBERS)
@each("text", ["1_0", "+5", "٥", "５", "1e1", "0x10", "NaN", "Infinity", "5 so‘m"])
def test_no_form_takes_for_a_number_what_only_python_does(kind, name, text):
    question = NUMBERS[kind, name]
    with pytest.raises(Invalid) as refused:
        Form((question,)).read({name: text}, language="en")
    (problem,) = refused.value.fields[name]
    with_words = "amount_with_words" if "so‘m" in text else "decimal_parsing"
    assert problem.code == ("int_parsing" if question.type[0] is int else with_words)


@each("kind, name", [place for place, question in NUMBERS.items() if question.type[0] is Decimal])
def test_every_form_asks_what_one_mark_before_three_digits_means(kind, name):
    form = Form((NUMBERS[kind, name],))
    with pytest.raises(Invalid) as refused:
        form.read({name: "1.250"}, language="en")
    form.refuse(refused.value)
    assert form.errors[name]
    assert form.read({name: "1.250", f"{name}.reading": "1.2"}) == {name: Decimal("1.2")}


def test_no_form_lets_a_lesson_change_its_group(browser_of, world):
    """So a substitute moves none into a group that they may not plan, as they could in an API once."""
    ours = world.registon
    with world.as_boss() as uow:
        other = perform(
            uow, Group, "create", fields={"branch_id": ours.branch, "course_id": ours.course, "name": "Another"}
        )
        at = {"teacher_id": ours.teacher, "start_time": time(6), "end_time": time(7)}
        perform(uow, Session, "create", fields={"group_id": other.id, "date": date(2024, 3, 4), **at})
        own = perform(uow, Session, "create", fields={"group_id": ours.group, "date": date(2024, 3, 5), **at})
    written = {"date": "2024-03-05", "start_time": "06:00", "end_time": "07:00", "topic": "Plov"}
    for name in ("teacher-r", "dilnoza-r"):
        browser_of(name).post(f"/session/edit/{own.id}", written | {"group_id": str(other.id), "topic": name})
        assert (world.get(Session, own.id).group_id, world.get(Session, own.id).topic) == (ours.group, name)

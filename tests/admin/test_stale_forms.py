"""What somebody else changed meanwhile is not overwritten behind their back: not in any form, action or sheet."""

from __future__ import annotations

import re

import pytest

from educore import perform
from educore.admissions import Lead, LeadStatus
from educore.assessment import Exam, ExamResult, Submission
from educore.billing import Payment
from educore.groups import Enrollment, Group
from educore.identity import Membership, User
from educore.organization import Room
from educore.people import Student
from educore.timetable import Session
from educore_web.admin.screen import RESTORE
from educore_web.admin.screens import SCREENS
from support.admin.browser import page_text
from support.admin.forms import (
    SCREENS_BY_NAME,
    possible_changes,
    read_form,
    reader_name,
    screen_address,
    screen_rows,
    stored_data,
)
from support.admin.sheets import chosen_marks, sheet_line, stored_mark

pytestmark = pytest.mark.usefixtures("structure")

EDITED = [screen.name for screen in SCREENS if screen.edit]


@pytest.fixture
def boss(as_, lessons, office):
    return as_("sayyora")


def row_to_edit(world, screen):
    return next(row for row in world.find(screen.kind) if screen.only.holds(row) and screen.editable.holds(row))


@pytest.mark.parametrize("name", EDITED)
def test_no_form_overwrites_what_it_has_not_shown(boss, world, name):
    """Two tabs: the first saves one field, the second another; it is refused, shows both, and then saves both."""
    screen = SCREENS_BY_NAME[name]
    path = f"/{screen_address(name)}/edit/{row_to_edit(world, screen).id}"
    first, second = read_form(boss.get(path)), read_form(boss.get(path))
    assert second["seen"]
    for field, text in possible_changes(screen, first).items():
        if boss.post(path, first | {field: text}, follow_redirects=False).status_code == 302:
            break
    else:
        pytest.fail(f"nothing of {name} could be changed")
    stored = stored_data(world)
    page = boss.post(path, second)
    assert page.status_code == 409, page_text(page)
    assert stored_data(world) == stored
    assert re.findall(r'data-stale="([^"]+)"', page.text) == [field]
    assert "Stored now" in page_text(page)
    again = read_form(page)
    assert again[field] == text, "who did not touch it wants what is stored"
    page = boss.post(path, again, follow_redirects=False)
    assert page.status_code == 302, page_text(page)
    assert read_form(boss.get(path))[field] == text


@pytest.mark.parametrize("name", EDITED)
def test_a_form_that_shows_what_is_stored_is_saved(boss, world, name):
    screen = SCREENS_BY_NAME[name]
    path = f"/{screen_address(name)}/edit/{row_to_edit(world, screen).id}"
    page = boss.post(path, read_form(boss.get(path)), follow_redirects=False)
    assert page.status_code == 302, page_text(page)


@pytest.fixture
def student_form(director, world):
    """The form of a student, before somebody else changes both names of theirs."""
    path = f"/student/edit/{world.registon.student}"
    form = read_form(director.get(path))
    with world.as_boss() as uow:
        account = {"first_name": "Theirs"}
        perform(uow, Student, "update", world.registon.student, {"account": account, "parent_name": "Their parent"})
    return path, form


def names_of(world):
    student = world.get(Student, world.registon.student)
    return world.get(User, student.user_id).first_name, student.parent_name


def test_where_both_changed_a_field_both_values_stand_side_by_side(director, world, student_form):
    path, form = student_form
    page = director.post(path, form | {"account.first_name": "Mine", "account.last_name": "Kept"})
    assert page.status_code == 409
    assert re.findall(r'data-stale="([^"]+)"', page.text) == ["account.first_name", "parent_name"]
    words = page_text(page)
    assert "Yours Mine" in words
    assert "Stored now Theirs" in words
    assert "Last changed" in words
    again = read_form(page)
    assert (again["account.first_name"], again["account.last_name"]) == ("Mine", "Kept")
    assert again["parent_name"] == "Their parent"
    assert names_of(world) == ("Theirs", "Their parent")


def test_one_overwrites_knowingly(director, world, student_form):
    path, form = student_form
    page = director.post(path, form | {"account.first_name": "Mine"})
    assert "Saved" in page_text(director.post(path, read_form(page)))
    assert names_of(world) == ("Mine", "Their parent")


def test_one_takes_what_is_stored(director, world, student_form):
    path, form = student_form
    page = director.post(path, form | {"account.first_name": "Mine"})
    assert f'href="/admin{path}" data-discard' in page.text
    assert "Saved" in page_text(director.post(path, read_form(page) | {"account.first_name": "Theirs"}))
    assert names_of(world) == ("Theirs", "Their parent")


def test_what_changes_while_one_chooses_is_asked_about_again(director, world, student_form):
    path, form = student_form
    page = director.post(path, form | {"account.first_name": "Mine"})
    with world.as_boss() as uow:
        perform(uow, Student, "update", world.registon.student, {"parent_name": "A third"})
    page = director.post(path, read_form(page))
    assert page.status_code == 409
    assert re.findall(r'data-stale="([^"]+)"', page.text) == ["parent_name"]


def test_a_mistake_meanwhile_does_not_forget_what_was_seen(director, world, student_form):
    path, form = student_form
    page = director.post(path, form | {"account.phone": "12"})
    assert page.status_code == 400
    assert director.post(path, read_form(page) | {"account.phone": ""}).status_code == 409
    assert names_of(world) == ("Theirs", "Their parent")


def test_the_same_value_written_by_both_is_no_choice(director, world):
    path = f"/room/edit/{world.registon.room}"
    form = read_form(director.get(path))
    with world.as_boss() as uow:
        perform(uow, Room, "update", world.registon.room, {"name": "Blue"})
    page = director.post(path, form | {"name": "Blue"})
    assert page.status_code == 409
    assert "data-stale" not in page.text
    assert "What is stored now is what you wrote." in page_text(page)
    assert "Saved" in page_text(director.post(path, read_form(page)))


def test_a_change_of_the_account_that_the_trail_does_not_name_is_nobodys(director, as_, world):
    """The trail knows who blocked a member; who changed their name later it does not."""
    path = f"/membership/edit/{world.registon.other['aziz']}"
    with world.as_boss() as uow:
        perform(uow, Membership, "block", world.registon.other["aziz"])
    world.clock.advance(minutes=5)
    form = read_form(director.get(path))
    with world.as_boss() as uow:
        perform(uow, Membership, "update", world.registon.other["aziz"], {"account": {"last_name": "Theirs"}})
    page = page_text(director.post(path, form | {"account.last_name": "Mine"}))
    assert "Last changed Jan 1, 2024, 3:05" in page


def test_references_and_choices_are_named(director, world):
    path = f"/group/edit/{world.registon.group}"
    form = read_form(director.get(path))
    with world.as_boss() as uow:
        perform(uow, Group, "update", world.registon.group, {"teacher_id": None, "status": "inactive"})
    page = page_text(director.post(path, form | {"status": "completed"}))
    assert "Yours Kamola Registon" in page
    assert "Stored now Inactive" in page
    assert "Yours Completed" in page


def test_who_changed_money_is_named_by_the_trail(director, as_, world, office):
    path = f"/payment/edit/{office.registon.payment}"
    form = read_form(director.get(path))
    other = as_("malika")
    changed = read_form(other.get(path)) | {"notes": "Theirs"}
    assert "Saved" in page_text(other.post(path, changed))
    page = director.post(path, form | {"notes": "Mine"})
    assert page.status_code == 409
    assert "Last changed by Malika Xodimova" in page_text(page)


def test_what_a_form_carries_is_only_a_digest_and_nonsense_is_harmless(director, world):
    path = f"/room/edit/{world.registon.room}"
    form = read_form(director.get(path))
    assert "Registon room" not in form["seen"]
    for nonsense in ("x", "name", "name:", ":", "password_hash:1 id:2 __class__:3", "\0", "é:é", "center_id:0"):
        answer = director.post(path, form | {"seen": nonsense})
        is_about_a_field = nonsense.startswith("name")
        assert answer.status_code == (409 if is_about_a_field else 200), nonsense


# -- actions ----------------------------------------------------------------------------------------------


def test_an_action_is_not_done_to_a_row_that_changed_since_it_was_shown(director, world, office):
    """Somebody confirms to withdraw 200,000; meanwhile it has become 150,000."""
    path = f"/payment/action/withdraw?pks={office.registon.payment}"
    form = read_form(director.get(path))
    with world.as_boss() as uow:
        perform(uow, Payment, "update", office.registon.payment, {"amount": "150000"})
    page = director.post(path, form | {"then": "do"})
    assert page.status_code == 409
    assert "Somebody has just changed this" in page_text(page)
    assert "data-changed" in page.text
    assert world.get(Payment, office.registon.payment).withdrawn_at is None
    page = director.post(path, read_form(page) | {"then": "do"}, follow_redirects=False)
    assert page.status_code == 302
    assert world.get(Payment, office.registon.payment).withdrawn_at is not None


def test_of_many_rows_the_one_that_changed_is_named_and_nothing_is_done(director, world, lessons):
    path = f"/student/action/block?pks={world.registon.student},{lessons.second}"
    form = read_form(director.get(path))
    with world.as_boss() as uow:
        perform(uow, Student, "update", lessons.second, {"parent_name": "Somebody"})
    page = director.post(path, form)
    assert page.status_code == 409
    assert "Zilola Karimova: Somebody has just changed this" in page_text(page)
    assert {world.get(Student, id).status.value for id in (world.registon.student, lessons.second)} == {"active"}


@pytest.mark.parametrize("name", [screen.name for screen in SCREENS if screen.all_actions()])
def test_every_action_page_carries_what_it_showed(as_, world, lessons, office, name):
    screen = SCREENS_BY_NAME[name]
    browser, row = as_(reader_name(screen)), screen_rows(world, screen)[0]
    for action in screen.all_actions():
        if action == RESTORE:
            continue  # archived rows are listed elsewhere, and do not change
        form = read_form(browser.get(f"/{screen_address(name)}/action/{action.name}?pks={row.id}"))
        assert form["seen"].startswith(f"{row.id}:"), action.name
        assert form["once"], action.name


def test_a_lead_moved_meanwhile_stays_where_it_is(director, world, office):
    lead = office.registon.lead
    with world.as_boss() as uow:
        perform(uow, Lead, "update", lead, {"status": "lost"})
    page = director.post("/leads", {"id": lead, "shown": "new", "to": "contacted"})
    assert "Somebody has just changed this" in page_text(page)
    assert world.get(Lead, lead).status is LeadStatus.LOST
    director.post("/leads", {"id": lead, "shown": "lost", "to": "contacted"})
    assert world.get(Lead, lead).status is LeadStatus.CONTACTED
    page = director.post("/leads", {"id": lead, "shown": "lost", "to": "contacted"})
    assert "Somebody" not in page_text(page), "two clicks on one button"


def test_every_card_of_the_board_says_where_it_was_shown(director, world, office):
    page = director.get("/leads").text
    assert page.count('name="shown" value="new"') == page.count('class="board-moves" method="post"') == 1


# -- sheets -----------------------------------------------------------------------------------------------


@pytest.fixture
def class_form(director, lessons, world):
    """The class grid as it is shown: one is late, one not marked."""
    path = f"/session/{lessons.kamola.session}/marks"
    return path, read_form(director.get(path))


def mark(world, lessons, student, value, notes=""):
    with world.as_boss() as uow:
        marks = [{"student_id": student, "status": value, "notes": notes}]
        perform(uow, Session, "mark", lessons.kamola.session, {"marks": marks})


def test_sheets_merge_what_does_not_collide(director, lessons, world, class_form):
    """A sets one line to excused; B, who opened the page before, changes only another."""
    path, form = class_form
    mark(world, lessons, lessons.kamola.student, "excused", "Ill")
    page = director.post(path, form | {f"status-{lessons.second}": "present"})
    assert "Saved" in page_text(page)
    assert stored_mark(world, lessons.kamola.session, lessons.kamola.student) == "excused"
    assert stored_mark(world, lessons.kamola.session, lessons.second) == "present"


def test_sheets_name_what_collides_and_save_nothing_yet(director, lessons, world, class_form):
    path, form = class_form
    mine, second = lessons.kamola.student, lessons.second
    mark(world, lessons, mine, "excused", "Ill")
    page = director.post(path, form | {f"status-{mine}": "absent", f"status-{second}": "present"})
    assert page.status_code == 409
    assert "Changed meanwhile to: Excused (Ill)." in sheet_line(page, mine)
    assert "Changed meanwhile" not in sheet_line(page, second)
    assert (chosen_marks(page, mine), chosen_marks(page, second)) == (["absent"], ["present"])
    assert stored_mark(world, lessons.kamola.session, mine) == "excused"
    assert stored_mark(world, lessons.kamola.session, second) is None
    assert "Saved" in page_text(director.post(path, read_form(page)))
    assert stored_mark(world, lessons.kamola.session, mine) == "absent"
    assert stored_mark(world, lessons.kamola.session, second) == "present"


def test_both_marked_a_line_the_same_way(director, lessons, world, class_form):
    path, form = class_form
    mark(world, lessons, lessons.second, "present")
    assert "Saved" in page_text(director.post(path, form | {f"status-{lessons.second}": "present"}))


def test_a_score_entered_meanwhile_is_not_replaced(director, lessons, world):
    path, mine = f"/exam/{lessons.kamola.exam}/results", lessons.kamola.student
    form = read_form(director.get(path))
    with world.as_boss() as uow:
        perform(uow, Exam, "record_results", lessons.kamola.exam, {"results": [{"student_id": mine, "score": "49"}]})
    page = director.post(path, form | {f"score-{mine}": "11"})
    assert page.status_code == 409
    assert "Changed meanwhile to: 49" in sheet_line(page, mine)
    assert world.find(ExamResult, exam_id=lessons.kamola.exam)[0].score == 49
    director.post(path, form | {f"score-{lessons.second}": "12"})
    scores = {r.student_id: r.score for r in world.find(ExamResult, exam_id=lessons.kamola.exam)}
    assert scores == {mine: 49, lessons.second: 12}


def test_a_grade_given_meanwhile_is_not_replaced(director, lessons, world):
    path, mine = f"/assignment/{lessons.kamola.assignment}/work", lessons.kamola.student
    form = read_form(director.get(path))
    with world.as_boss() as uow:
        perform(uow, Submission, "update", lessons.kamola.submission, {"grade": "90", "feedback": "One\nTwo"})
    page = director.post(path, form | {f"grade-{mine}": "10"})
    assert page.status_code == 409
    assert "Changed meanwhile to: 90, One Two" in page_text(page)
    assert world.get(Submission, lessons.kamola.submission).grade == 90
    page = director.get(path)
    feedback = read_form(page)[f"feedback-{mine}"].replace("\n", "\r\n")  # as browsers send it
    assert "Saved" in page_text(director.post(path, read_form(page) | {f"feedback-{mine}": feedback}))
    assert world.get(Submission, lessons.kamola.submission).feedback == "One\nTwo"


def test_a_line_that_the_page_did_not_show_stays_as_it_is(director, lessons, world):
    """Somebody joined the group and got a score while the page was open."""
    path, mine = f"/exam/{lessons.kamola.exam}/results", lessons.kamola.student
    form = read_form(director.get(path))
    newcomer = lessons.bobur.student
    with world.as_boss() as uow:
        perform(uow, Group, "update", lessons.kamola.group, {"capacity": None})
        perform(uow, Enrollment, "create", fields={"group_id": lessons.kamola.group, "student_id": newcomer})
        perform(
            uow, Exam, "record_results", lessons.kamola.exam, {"results": [{"student_id": newcomer, "score": "30"}]}
        )
    assert "Saved" in page_text(director.post(path, form | {f"score-{mine}": "41"}))
    scores = {r.student_id: r.score for r in world.find(ExamResult, exam_id=lessons.kamola.exam)}
    assert scores == {mine: 41, newcomer: 30}


def test_everybody_present_keeps_what_was_seen(director, lessons, world, class_form):
    path, form = class_form
    mark(world, lessons, lessons.second, "absent")
    page = director.post(path, form | {"quick": "present"})
    page = director.post(path, read_form(page))
    assert page.status_code == 409
    assert stored_mark(world, lessons.kamola.session, lessons.second) == "absent"
